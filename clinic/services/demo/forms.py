"""Write what one person of the demo answers at each visit: small steps from form to form, ticks and words that fit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from clinic.core import gaps
from clinic.core.answers import Answer, AnswerSet
from clinic.core.instrument import (
    NO_ANSWER,
    NO_PICK,
    NOT_APPLICABLE,
    OTHER_PICK,
    OWN_WORDS,
    SOMETHING_ELSE,
    Instrument,
)
from clinic.core.scoring import item_burdens
from clinic.services.demo import checklists, material
from clinic.services.demo.material import Phase
from clinic.services.demo.people import USUAL, Person, chance, month_of

# Dark months weigh a little on these; a year's deductible begins in January; waits grow for everybody over the months.
WINTER = {"EMO": 0.45, "DLY": 0.35, "COP": 0.3, "PRG": 0.2, "SLF": 0.2}
WINTER_MONTHS = {11: 0.6, 12: 1.0, 1: 1.0, 2: 0.7}
JANUARY = {1: 0.7, 2: 0.5, 3: 0.2}
WAITS_A_YEAR = 0.5
# What the check-in says where it was reached: by phase with many signals or few.
CHECKINS: tuple[str | None, ...] = ("no", "yes_past", NO_ANSWER, "yes_now", None)
OFTEN = (52, 26, 12, 4, 6)
RARELY = (78, 8, 10, 0, 4)
# In the heaviest weeks of this story each person has one form with a check-in known beforehand.
HEAVY = "heavy_weeks"
HEAVY_CHECKINS = ("yes_past", "yes_now", "no", "yes_past", NO_ANSWER, "yes_past", "yes_now", "no")
NO_SIGNAL = 0.015


@dataclass(frozen=True, slots=True)
class Filled:
    """One form as its person would fill it in to the end; `seconds` is the time on the core pages."""

    day: date
    given: AnswerSet
    seconds: int
    tablet: bool


def fill(
    instrument: Instrument,
    seed: int,
    person: Person,
    days: Sequence[date],
    *,
    alarming: Mapping[date, str] | None = None,
) -> dict[date, Filled]:
    """Return a person's forms by day; each grows out of the one before.

    `alarming` are days on which the check-in comes, with what it is answered by.
    """
    return {one.day: one for one in _fill(instrument, seed, person, days, alarming or {})}


def _fill(
    instrument: Instrument, seed: int, person: Person, days: Sequence[date], alarming: Mapping[date, str]
) -> Iterator[Filled]:
    burdens: dict[str, int] = {}
    said: list[str] = []
    heavy_before = 0
    for day in days:
        random = chance(seed, person, "form", day)
        month = month_of(person, day)
        phase = material.story(person.story).phase(month)
        heavy = person.story == HEAVY and phase.signal > 0.3
        heavy_before += heavy
        checkin = _checkin(random, person, phase, is_known=heavy and heavy_before == 2)
        if day in alarming:
            checkin, phase = alarming[day], next(one for one in material.story(HEAVY).phases if one.signal > 0.3)
        burdens = {
            item: _step(burdens.get(item), _target(random, person, item, month, day)) for item in instrument.items
        }
        given = _core(instrument, random, person, phase, burdens, has_signal=checkin is not _CALM)
        if "few" not in person.traits:
            given = _rest(instrument, seed, random, person, phase, given, said, checkin)
        seconds = random.randint(28, 44) if "alike" in person.traits else round(random.triangular(75, 420, 160))
        yield Filled(day, given, seconds, "tablet" in person.traits or random.random() < 0.08)


# A form without any signal never comes to the check-in; None is a check-in that was left empty.
_CALM = "calm"


def _checkin(random: Random, person: Person, phase: Phase, *, is_known: bool) -> str | None:
    comes = random.random() < (phase.signal or NO_SIGNAL)
    answer = random.choices(CHECKINS, OFTEN if phase.signal > 0.1 else RARELY)[0]
    if is_known:
        return HEAVY_CHECKINS[person.rank % len(HEAVY_CHECKINS)]
    return answer if comes else _CALM


def _target(random: Random, person: Person, item: str, month: float, day: date) -> float:
    level = material.story(person.story).burden(item, month, person.usual[item])
    level += WINTER.get(item, 0.0) * WINTER_MONTHS.get(day.month, 0.0)
    if item == "ACC1":
        level += JANUARY.get(day.month, 0.0)
    if item == "ACC2":
        level += WAITS_A_YEAR * (day - person.joins).days / 365
    return level + (person.usual[item] - USUAL[item]) * 0.3 + random.gauss(0, 0.25)


def _step(before: int | None, target: float) -> int:
    """Return a burden 0-4 that follows its target by at most one, and not for a trifle."""
    wanted = min(max(target, 0.0), 4.0)
    if before is None:
        return round(wanted)
    if abs(wanted - before) < 0.65:
        return before
    return before + (1 if wanted > before else -1)


def _core(
    instrument: Instrument,
    random: Random,
    person: Person,
    phase: Phase,
    burdens: Mapping[str, int],
    *,
    has_signal: bool,
) -> AnswerSet:
    answers: dict[str, Answer] = {}
    for key, item in instrument.items.items():
        burden = burdens[key]
        if item.safety_raw:
            # "Not at all" is a signal by itself here, so it comes only where one is meant.
            burden = max(min(burden, 4 if random.random() < 0.3 else 3), 2) if has_signal else min(burden, 3)
        elif has_signal and key in ("EMO", "SLF"):
            burden = max(burden, 3)
        answers[key] = burden if item.direction == "burden" else 4 - burden
    for key in phase.not_applicable:
        answers[key] = NOT_APPLICABLE
    if "alone" in person.traits:
        answers["SUP2"] = NOT_APPLICABLE
    if "alike" in person.traits:
        answers = dict.fromkeys(answers, 2)
    return AnswerSet(answers=_gaps(random, person, answers), respondent=_respondent(random, person))


def _gaps(random: Random, person: Person, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Leave out what this person does not say."""
    if "few" in person.traits:
        return dict(list(answers.items())[: random.randint(4, 7)])
    rate = 0.16 if "skips" in person.traits else 0.006
    kept: dict[str, Answer] = {}
    for key, raw in answers.items():
        if random.random() < rate:
            if random.random() < 0.35:
                kept[key] = NO_ANSWER
            continue
        kept[key] = raw
    return kept


def _respondent(random: Random, person: Person) -> str | None:
    if person.story == "proxy":
        return "proxy"
    if "helped" in person.traits:
        return "helped"
    return None if random.random() < 0.02 else "self"


def _rest(
    instrument: Instrument,
    seed: int,
    random: Random,
    person: Person,
    phase: Phase,
    core: AnswerSet,
    said: list[str],
    checkin: str | None,
) -> AnswerSet:
    ticks = checklists.ticked(instrument, seed, random, person, phase, core, with_signal=checkin is not _CALM)
    texts = {
        one.partition(".")[0]: material.phrases()["else"][one.partition(".")[0]][person.language]
        for one in sorted(ticks)
        if one.endswith(SOMETHING_ELSE)
    }
    picks = _picks(instrument, random, person, phase, core, texts)
    if OTHER_PICK in picks:
        texts[OTHER_PICK] = random.choice(material.phrases()["other_pick"][person.language])
    words = _words(random, person, phase, said)
    if words:
        texts[OWN_WORDS] = words
    given = replace(core, ticks=ticks, picks=picks, texts=texts)
    wanted = gaps.wish_domains(instrument, core, item_burdens(instrument, core))
    wishes = {domain: _wish(random, phase) for domain in wanted if random.random() < 0.94}
    return replace(given, wishes=wishes, checkin=None if checkin is _CALM else checkin)


def _picks(
    instrument: Instrument, random: Random, person: Person, phase: Phase, core: AnswerSet, texts: Mapping[str, str]
) -> tuple[str, ...]:
    if random.random() < 0.05:
        return ()
    burdens = item_burdens(instrument, core)
    hard = {
        key: max((burdens[item] or 0 for item in one.items), default=0) for key, one in instrument.subthemes.items()
    }
    calm = max(hard.values()) <= 2
    if NO_PICK in phase.picks and calm and random.random() < 0.6:
        return (NO_PICK,)
    found = [one for one in phase.picks if one != NO_PICK and hard[one] >= 1]
    others = sorted((key for key in hard if hard[key] >= 3 and key not in found), key=lambda key: -hard[key])
    if others and random.random() < 0.4:
        found.append(random.choice(others))
    if random.random() < 0.04 and len(found) < 3:
        found.append(OTHER_PICK)
    found = found[: random.choice((1, 2, 2, 3, 3))]
    return tuple(found) or ((NO_PICK,) if random.random() < 0.7 else ())


def _words(random: Random, person: Person, phase: Phase, said: list[str]) -> str | None:
    share = 0.08 if "quiet" in person.traits else 0.62
    left = [one for one in phase.words[person.language] if one not in said]
    speaks, closes = random.random() < share, random.random() < 0.2
    if not left or not speaks:
        return None
    chosen = random.choice(left)
    said.append(chosen)
    closings = material.phrases()["closing"]
    if person.story == "proxy":
        closings = closings["proxy"]
    ending = random.choice(closings[person.language])
    return f"{chosen} {ending}" if closes and not chosen.endswith("?") else chosen


def _wish(random: Random, phase: Phase) -> str:
    return phase.wish if random.random() < 0.72 else random.choices(("now", "later", "no", NO_ANSWER), (3, 4, 2, 1))[0]
