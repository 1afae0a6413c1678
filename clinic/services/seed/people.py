"""Invent the visits and forms of one synthetic patient after the other, without any database."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from clinic.services.seed.mixture import LOADS, Mixture, Who
from clinic.services.seed.pool import Features, Pool

YEARS = 5
DAYS = YEARS * 365 + 1
# The clinic grows a little: more people join in the later years than in the first.
GROWTH = 0.8
WEEKS = (4, 6, 8, 10, 12)
STAYS = 0.9
OTHER_LANGUAGE = 0.22
FIRST_SITE = 0.66
# What becomes of a visit's form, in this order and share.
Outcome = Literal["sent", "partial", "draft", "unopened", "declined"]
OUTCOMES: Sequence[Outcome] = ("sent", "partial", "draft", "unopened", "declined")
_OUTCOMES = tuple(accumulate((0.84, 0.02, 0.04, 0.08, 0.02)))
# Whoever has to wait for words in their own language finishes a little less often.
LEFT_IN_OTHER_LANGUAGE = 0.04
MODES = ("web", "tablet", "paper")
RESPONDENTS = ("self", "helped", "proxy")
_RESPONDENTS = tuple(accumulate((0.87, 0.09, 0.04)))
FIRST_HOUR, HOURS = 8, 9
GAPS = ("accessibility", "adherence", "stigma", "support")
# So many flags are closed at the visit; what came of the things agreed, as the next form says.
CLOSED = 0.6
HAPPENED: Sequence[str | None] = ("yes", "partly", "no", "not_needed", None)
OFTEN = (42, 24, 20, 7, 7)
HELPED = (7, 15, 30, 32, 16)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the seed goes: ids of the clinic's sites and clinicians, its languages (its own first), its zone."""

    sites: Sequence[int]
    clinicians: Sequence[int]
    languages: Sequence[str]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Closed:
    """How one flag of a visit was closed, and what the next form says of it (`helped` 0-4)."""

    gap: str
    kind: Literal["agreed", "discussed"]
    happened: str | None
    helped: int | None


@dataclass(slots=True)
class Form:
    """One visit and what became of its form; `entry` is a place in the pool, None where nobody began it."""

    outcome: Outcome
    at: datetime
    mode: str
    started_at: datetime
    ended_at: datetime
    entry: int | None
    pages_left: int
    closed: tuple[Closed, ...] = ()


@dataclass(slots=True)
class Patient:
    """One synthetic patient with all visits, the oldest first; `first_day` counts from the first day of the seed."""

    site: int
    clinician: int
    language: str
    respondent: str
    first_day: int
    joined_at: datetime
    forms: list[Form] = field(default_factory=list)


def invent(pool: Pool, place: Place, seed: int, count: int, until: date, length: int = DAYS) -> Iterator[Patient]:
    """Yield patients who have `count` begun forms between them, in the `length` days before the day `until`.

    The same arguments give the same patients.
    """
    random = Random(f"{seed} seed")  # noqa: S311 (made-up people need no secret chance)
    mixture = Mixture(pool)
    first = until - timedelta(days=length)
    # Turning a clinic's own hours into UTC is dear, so that each day is turned once.
    days = [first + timedelta(days=n) for n in range(length)]
    opens = [datetime.combine(day, time(FIRST_HOUR), tzinfo=place.zone).astimezone(UTC) for day in days]
    months = [(day.year - first.year) * 12 + day.month - first.month for day in days]
    left = count
    while left:
        patient = _patient(random, place, opens)
        _visits(random, patient, pool, mixture, place, days, opens, months, left)
        left -= sum(one.entry is not None for one in patient.forms)
        yield patient


def _patient(random: Random, place: Place, opens: Sequence[datetime]) -> Patient:
    number = int(len(opens) * random.random() ** GROWTH)
    is_other = len(place.languages) > 1 and random.random() < OTHER_LANGUAGE
    others = place.languages[1:]
    # Where there are several sites, most people come to the first one.
    is_first = len(place.sites) == 1 or random.random() < FIRST_SITE
    return Patient(
        site=0 if is_first else 1 + int(random.random() * (len(place.sites) - 1)),
        clinician=place.clinicians[int(random.random() * len(place.clinicians))],
        language=others[int(random.random() * len(others))] if is_other else place.languages[0],
        respondent=RESPONDENTS[bisect(_RESPONDENTS, random.random() * _RESPONDENTS[-1])],
        first_day=number,
        joined_at=opens[number],
    )


def _visits(
    random: Random,
    patient: Patient,
    pool: Pool,
    mixture: Mixture,
    place: Place,
    days: Sequence[date],
    opens: Sequence[datetime],
    months: Sequence[int],
    left: int,
) -> None:
    number = patient.first_day
    weeks, load = random.choice(WEEKS), int(random.random() * len(LOADS))
    is_other = patient.language != place.languages[0]
    stratum = None
    while number < len(days) and left:
        at = opens[number] + timedelta(minutes=5 * int(random.random() * HOURS * 12))
        outcome = OUTCOMES[bisect(_OUTCOMES, random.random() * _OUTCOMES[-1])]
        if is_other and outcome == "sent" and random.random() < LEFT_IN_OTHER_LANGUAGE:
            outcome = "draft"
        mode = _mode(random, months[number])
        minutes = 3 + random.random() ** 2 * 14 + (3 if mode == "paper" else 0)
        began = at - (timedelta(minutes=25) if mode != "web" else timedelta(hours=15 + int(random.random() * 8)))
        entry, pages_left = None, 0
        if outcome not in ("unopened", "declined"):
            who = Who(months[number], days[number].month, patient.site > 0, is_other, mode, patient.respondent, load)
            dealt = mixture.deal(random, who, stratum)
            entry, stratum = dealt.entry, dealt.stratum
            pages = pool.entries[entry].pages
            # Many who stop do so on the first pages.
            pages_left = int(pages * random.random() ** 1.6) if outcome == "draft" else pages
            left -= 1
        ended = at + timedelta(minutes=4) if outcome == "partial" else began + timedelta(seconds=int(60 * minutes))
        closed: tuple[Closed, ...] = ()
        if entry is not None and outcome in ("sent", "partial"):
            closed = _closed(random, pool.entries[entry].features, months[number])
        patient.forms.append(Form(outcome, at, mode, began, ended, entry, pages_left, closed))
        if random.random() > STAYS:
            return
        number += weeks * 7 + int(random.random() * 14) - 7


def _closed(random: Random, features: Features, month: int) -> tuple[Closed, ...]:
    """Return how the flags of one form were closed: more and more of them with something to do."""
    found = []
    for gap in GAPS:
        if gap not in features or random.random() > CLOSED:
            continue
        agreed = random.random() < 0.5 + 0.004 * month
        happened = random.choices(HAPPENED, OFTEN)[0] if agreed else None
        helps = happened in ("yes", "partly") and random.random() < 0.9
        helped = random.choices(range(5), HELPED)[0] if helps else None
        found.append(Closed(gap, "agreed" if agreed else "discussed", happened, helped))
    return tuple(found)


def _mode(random: Random, month: int) -> str:
    """Return how a form is filled in; paper gives way to the web over the years."""
    paper = max(0.22 - 0.003 * month, 0.04)
    drawn = random.random()
    return "paper" if drawn < paper else "tablet" if drawn < paper + 0.27 else "web"
