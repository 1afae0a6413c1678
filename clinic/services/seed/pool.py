"""Make a few thousand answer sets by the questionnaire's own path, and score each once by the core."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from clinic.core import path
from clinic.core.answers import AnswerSet
from clinic.core.instrument import CHECKIN_NOW, CHECKIN_PAST, PROXY, Instrument
from clinic.core.path import Draft
from clinic.core.result import evaluate
from clinic.core.safety import SafetyLevel
from clinic.services.demo import forms, people, progress
from clinic.services.demo.people import Person
from clinic.services.drafts import to_document
from clinic.services.score_rows import completion_columns, score_row

# The days on which the people of the pool are asked say nothing: every form of the seed gets a day of its own.
BEGAN_ON = date(2025, 1, 1)
WEEKS_APART = 6
SIZE = 3000
ALARMING = 4
# Subthemes that have a season of their own; a set stands apart where one of them is at least this high (twelfths).
SEASONAL = ("dly", "acc")
HIGH = 600

# Whether a set has each of the features that the mixture turns up and down: the gaps, and the seasonal subthemes.
Features = frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer set with what the core says of it: columns of the score row and of the assessment.

    `given` has no words of anybody's own; `seconds` is the time on the core pages.
    """

    given: AnswerSet
    seconds: int
    pages: int
    scores: Mapping[str, Any]
    columns: Mapping[str, Any]
    features: Features
    level: SafetyLevel
    triggers: tuple[str, ...]

    def document(self, respondent: str) -> dict[str, Any]:
        """Return the document that stands for it in the database: who answered and what was ticked, no answers."""
        return to_document(Draft(given=AnswerSet(ticks=self.given.ticks, respondent=respondent)))


@dataclass(frozen=True, slots=True)
class Pool:
    """All entries, and their places in `entries` by the features that they share."""

    instrument: Instrument
    entries: Sequence[Entry]
    strata: Mapping[Features, Sequence[int]]


def make(instrument: Instrument, seed: int, size: int = SIZE) -> Pool:
    """Return a pool of `size` answer sets, the same for the same seed and questionnaire."""
    entries: list[Entry] = []
    round_of_people = 0
    while len(entries) < size:
        everybody = people.people(seed + round_of_people, BEGAN_ON)
        for person in everybody:
            if len(entries) < size and person.story != PROXY:
                entries += _of_person(instrument, seed + round_of_people, person)
        round_of_people += 1
    del entries[size:]
    strata: dict[Features, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        strata[entry.features].append(place)
    return Pool(instrument, entries, dict(strata))


def _of_person(instrument: Instrument, seed: int, person: Person) -> list[Entry]:
    days = []
    day = person.joins
    while day < BEGAN_ON:
        days.append(day)
        day += timedelta(weeks=WEEKS_APART)
    alarming = {}
    if person.number % ALARMING == 0:
        # Some say that there have been such thoughts, or that there are, so that alerts can be looked at.
        alarming = {days[len(days) // 2]: CHECKIN_NOW if person.number % (6 * ALARMING) == 0 else CHECKIN_PAST}
    filled = forms.fill(instrument, seed, person, days, alarming=alarming)
    return [_entry(instrument, one) for one in filled.values()]


def _entry(instrument: Instrument, filled: forms.Filled) -> Entry:
    plain = replace(filled, given=replace(filled.given, texts={}))
    draft = progress.finished(instrument, plain, datetime(2025, 1, 1, tzinfo=UTC)).draft
    seconds = path.core_time(instrument, draft)
    result = evaluate(instrument, draft.given, seconds)
    scores = score_row(0, result, draft.given, result.safety.level)
    del scores["assessment_id"]
    gaps = {key.lower() for key, gap in result.gaps.items() if gap.open}
    high = {one for one in SEASONAL if (scores[one] or 0) >= HIGH}
    return Entry(
        given=draft.given,
        seconds=seconds or 0,
        pages=path.pages_done(instrument, draft)[1],
        scores=scores,
        columns=completion_columns(result),
        features=frozenset(gaps | high),
        level=result.safety.level,
        triggers=result.safety.triggers,
    )
