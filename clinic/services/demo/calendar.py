"""When the people of the demo come: days and hours of visits, from a seed and the visits before."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from clinic.services.demo.people import Person, chance

SHORTEST_DAYS, LONGEST_DAYS = 28, 84
SLOTS = tuple(time(9 + half // 2, 30 * (half % 2)) for half in range(16))

Outcome = Literal["sent", "none", "partial", "draft", "cancelled"]


def next_day(seed: int, person: Person, before: date) -> date:
    """Return the day of the visit that follows one; few visits fall on a weekend."""
    random = chance(seed, person, "next", before)
    days = min(max(person.weeks * 7 + random.randint(-8, 10), SHORTEST_DAYS), LONGEST_DAYS)
    day = before + timedelta(days=days)
    if day.weekday() >= 5 and random.random() < 0.75:
        later = day + timedelta(days=7 - day.weekday())
        day = later if (later - before).days <= LONGEST_DAYS else day - timedelta(days=day.weekday() - 4)
    return day


def days_until(seed: int, person: Person, last: date | None, today: date) -> Iterator[date]:
    """Yield the days of a person's visits after `last`: those before today, and one that is today or later."""
    day = person.joins if last is None else next_day(seed, person, last)
    while day < today:
        yield day
        day = next_day(seed, person, day)
    yield day


def outcome(seed: int, person: Person, day: date) -> Outcome:
    """Return what became of the form of a past visit."""
    kinds: tuple[Outcome, ...] = ("sent", "none", "partial", "draft", "cancelled")
    partial = 14 if "skips" in person.traits else 3
    return chance(seed, person, "outcome", day).choices(kinds, (86, 6, partial, 1.5, 3))[0]


class Diary:
    """The hours that are taken, so that no clinician sees two people at once."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Begin with every hour free."""
        self.zone = zone
        self._taken: set[tuple[int, datetime]] = set()

    def take(self, clinician: int, at: datetime) -> None:
        """Note an hour that is taken."""
        self._taken.add((clinician, at))

    def hour(self, seed: int, person: Person, clinician: int, day: date) -> datetime:
        """Return a free hour of a clinician on a day, in UTC, and take it."""
        first = chance(seed, person, "hour", day).randrange(len(SLOTS))
        slots = [self.at(day, SLOTS[(first + step) % len(SLOTS)]) for step in range(len(SLOTS))]
        at = next((one for one in slots if (clinician, one) not in self._taken), slots[0])
        self.take(clinician, at)
        return at

    def at(self, day: date, clock: time) -> datetime:
        """Return a clinic's clock time on a day, in UTC."""
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)

    def day(self, moment: datetime) -> date:
        """Return the day of a moment in the clinic's zone."""
        return moment.astimezone(self.zone).date()
