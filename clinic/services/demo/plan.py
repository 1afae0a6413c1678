"""Decide which visits of the demo happen, on which day and with what result, up to a day that is today."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from clinic.core.instrument import CHECKIN_NOW, CHECKIN_PAST
from clinic.services.demo import material
from clinic.services.demo.calendar import SHORTEST_DAYS, Diary, days_until, outcome
from clinic.services.demo.people import Person, chance, month_of

Result = Literal["sent", "read", "urgent", "partial", "draft", "nearly", "none", "cancelled", "coming"]

# Today's list in the order of its hours, without the urgent form and the one that was closed.
TODAY: tuple[Result, ...] = (
    *("read", "sent", "read", "draft", "sent", "coming", "nearly", "coming", "sent"),
    *("coming", "cancelled", "coming", "coming"),
)
MORE_TODAY = 2  # The urgent form and the one that was closed.
EARLY = time(8, 30)
# So many forms of the days between these say that there were such thoughts.
ALERTS_LATELY = 3
LATELY = (timedelta(days=12), timedelta(days=2))


@dataclass(frozen=True, slots=True)
class Known:
    """One visit that the database has; `form` is its state there, None where it was not opened."""

    visit_id: int
    number: int
    at: datetime
    clinician: int
    form: str | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Booking:
    """One visit to write; `visit_id` is None for a new one, `moved` tells that its hour has changed."""

    person: Person
    at: datetime
    clinician: int
    result: Result
    visit_id: int | None = None
    moved: bool = False


def book(
    seed: int,
    people: Sequence[Person],
    known: Iterable[Known],
    clinicians: Sequence[int],
    diary: Diary,
    *,
    opened_on: date | None,
    now: datetime,
) -> list[Booking]:
    """Return every visit to write so that the demo stands at this moment, in order of time.

    `known` is what the database has already, and `opened_on` the last day whose list was made.
    """
    today = diary.day(now)
    if opened_on == today:
        return []
    by_number: dict[int, list[Known]] = {person.number: [] for person in people}
    for visit in known:
        diary.take(visit.clinician, visit.at)
        by_number.get(visit.number, []).append(visit)
    found = [
        booking
        for person in people
        for booking in _of_person(seed, person, by_number[person.number], clinicians, diary, opened_on, today)
    ]
    past = [one for one in found if diary.day(one.at) < today]
    ahead = [one for one in found if diary.day(one.at) >= today]
    last = {
        number: max((diary.day(one.at) for one in visits if diary.day(one.at) < today), default=None)
        for number, visits in by_number.items()
    }
    for one in past:
        day = diary.day(one.at)
        last[one.person.number] = max(last[one.person.number] or day, day)
    return sorted([*past, *_open_today(seed, ahead, last, diary, now)], key=lambda one: (one.at, one.person.number))


def alarming(seed: int, bookings: Sequence[Booking], diary: Diary, now: datetime) -> dict[int, dict[date, str]]:
    """Return, by person, the days on whose forms the check-in is answered with a yes, and with which.

    Besides today's urgent form there are some of the days before, so that alerts stand at every step.
    """
    found: dict[int, dict[date, str]] = defaultdict(dict)
    today = diary.day(now)
    lately = [
        one
        for one in bookings
        if one.result == "sent" and _tells(one.person) and today - LATELY[0] <= diary.day(one.at) <= today - LATELY[1]
    ]
    for one in sorted(lately, key=lambda one: _urgency(seed, one))[:ALERTS_LATELY]:
        found[one.person.number][diary.day(one.at)] = CHECKIN_PAST
    for one in bookings:
        if one.result == "urgent":
            found[one.person.number][diary.day(one.at)] = CHECKIN_NOW
    return found


def further(seed: int, person: Person, last: date, clinicians: Sequence[int], diary: Diary) -> Booking:
    """Return one more visit for a person whose last one is known."""
    clinician = clinicians[person.clinician]
    day = next(days_until(seed, person, last, last))
    return Booking(person, diary.hour(seed, person, clinician, day), clinician, "coming")


def _of_person(
    seed: int,
    person: Person,
    known: Sequence[Known],
    clinicians: Sequence[int],
    diary: Diary,
    opened_on: date | None,
    today: date,
) -> list[Booking]:
    found = []
    for visit in known:
        day = diary.day(visit.at)
        waits = visit.form is None and not visit.cancelled and (opened_on is None or day >= opened_on)
        if waits:
            result: Result = "coming" if day >= today else outcome(seed, person, day)
            result = "none" if result == "cancelled" else result
            found.append(Booking(person, visit.at, visit.clinician, result, visit.visit_id))
    last = max((diary.day(one.at) for one in known), default=None)
    if last is None or last < today:
        for day in days_until(seed, person, last, today):
            clinician = clinicians[person.clinician]
            result = "coming" if day >= today else outcome(seed, person, day)
            found.append(Booking(person, diary.hour(seed, person, clinician, day), clinician, result))
    return found


def _open_today(
    seed: int, ahead: Sequence[Booking], last: Mapping[int, date | None], diary: Diary, now: datetime
) -> list[Booking]:
    """Return the coming visits, with enough of them brought forward to today and today's results dealt out."""
    today = diary.day(now)
    chosen = [one for one in ahead if diary.day(one.at) == today][: len(TODAY) + MORE_TODAY]
    others = sorted((one for one in ahead if one not in chosen), key=lambda one: (one.at, one.person.number))
    rested = [one for one in others if _rest_days(last, one, today) >= SHORTEST_DAYS]
    # Whoever looks at the demo sees today first: so those come today who have something to say.
    rested.sort(key=lambda one: not (_tells(one.person) and _is_troubled(one.person, today)))
    tired = sorted((one for one in others if one not in rested), key=lambda one: -_rest_days(last, one, today))
    missing = max(len(TODAY) + MORE_TODAY - len(chosen), 0)
    for one in [*rested, *tired][:missing]:
        at = diary.hour(seed, one.person, one.clinician, today)
        chosen.append(replace(one, at=at, moved=one.visit_id is not None))
    people = {one.person.number for one in chosen}
    rest = [one for one in ahead if one.person.number not in people]
    return [*rest, *_dealt(seed, chosen, diary, now)]


def _rest_days(last: Mapping[int, date | None], one: Booking, today: date) -> int:
    before = last[one.person.number]
    return (today - before).days if before else SHORTEST_DAYS


def _dealt(seed: int, chosen: Sequence[Booking], diary: Diary, now: datetime) -> list[Booking]:
    in_order = sorted(chosen, key=lambda one: (one.at, one.person.number))
    partial = next((one for one in in_order if _tells(one.person)), in_order[0])
    rest = [one for one in in_order if one is not partial]
    urgent = min((one for one in rest if _tells(one.person)), key=lambda one: _urgency(seed, one), default=rest[0])
    rest.remove(urgent)
    found = [replace(urgent, result="urgent")]
    found += [replace(one, result=result) for one, result in zip(rest, TODAY, strict=False)]
    # A form is closed only from its visit's time on; whoever starts the demo before that has an earlier first visit.
    day = diary.day(now)
    early = max(min(diary.at(day, EARLY), _floor(now) - timedelta(minutes=10)), diary.at(day, time(0)))
    return [*found, replace(partial, at=early, result="partial", moved=partial.visit_id is not None)]


def _tells(person: Person) -> bool:
    """Tell whether a person's forms say enough to show something by them."""
    return person.story != "proxy" and person.traits.isdisjoint(("few", "alike", "skips"))


def _is_troubled(person: Person, day: date) -> bool:
    return "quiet" not in person.traits and material.story(person.story).phase(month_of(person, day)).wish == "now"


def _urgency(seed: int, one: Booking) -> tuple[bool, float]:
    return one.person.story not in ("heavy_weeks", "worse"), chance(seed, one.person, "urgent", one.at).random()


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute - moment.minute % 5, second=0, microsecond=0)
