"""Staffed time: when somebody is there to read an alert, and how much of that time has passed between two moments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# A clinic that has not opened for this long is one that never opens.
FARTHEST_OPENING_DAYS = 400
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a clinic is staffed: minutes since midnight by weekday on its own clock, Monday is 0, but on no holiday.

    A weekday left out is closed; 24:00 is minute 1440. On the days on which the clock is changed, a time that it leaves
    out is the moment of the change, and of a time that it shows twice the first is meant.
    """

    zone: tzinfo
    by_weekday: Mapping[int, tuple[int, int]]
    holidays: frozenset[date] = frozenset()


def is_staffed(hours: Hours, when: datetime) -> bool:
    """Tell whether somebody is there at this moment; the moment of closing is no longer staffed."""
    opening = next_opening(hours, when)
    return opening is not None and opening <= when


def next_opening(hours: Hours, when: datetime) -> datetime | None:
    """Return the first moment, from this one on, that is staffed, in the clinic's zone; None where there never is one.

    It is this very moment where that is staffed.
    """
    span = next(_spans(hours, when), None)
    return max(span[0], when.astimezone(UTC)).astimezone(hours.zone) if span else None


def staffed_between(hours: Hours, start: datetime, end: datetime) -> timedelta:
    """Return how much staffed time lies between two moments, as time that really passes; none where `end` is first."""
    passed, begun, over = timedelta(), start.astimezone(UTC), end.astimezone(UTC)
    for opens, closes in _spans(hours, begun):
        from_here = max(opens, begun)
        if from_here >= over:
            break
        passed += min(closes, over) - from_here
    return passed


def deadline(hours: Hours, start: datetime, staffed: timedelta) -> datetime | None:
    """Return the first moment, in UTC, by which this much staffed time has passed since `start`.

    Returns None where the clinic never is staffed for so long.
    """
    begun, left = start.astimezone(UTC), staffed
    if left <= timedelta():
        return begun
    for opens, closes in _spans(hours, begun):
        from_here = max(opens, begun)
        if closes - from_here >= left:
            return from_here + left
        left -= closes - from_here
    return None


def _spans(hours: Hours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield, in order and in UTC, each stretch of staffed time that ends after a moment.

    They never overlap; it stops where the clinic stays closed for FARTHEST_OPENING_DAYS.
    """
    day = last = start.astimezone(hours.zone).date()
    while (day - last).days <= FARTHEST_OPENING_DAYS:
        minutes = None if day in hours.holidays else hours.by_weekday.get(day.weekday())
        if minutes is not None:
            opens, closes = (_reached(hours.zone, day, one) for one in minutes)
            if opens < closes:
                last = day
                if closes > start:
                    yield opens, closes
        day += _DAY


def _reached(zone: tzinfo, day: date, minutes: int) -> datetime:
    """Return the first moment at which the clock of a zone has reached a time of a day."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    local = wall.replace(tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # The clock leaves this time out: the change lies between what the two offsets make of it.
    before, after = local.replace(fold=1).astimezone(UTC), moment
    while after - before > _SECOND:
        middle = before + ((after - before) // _SECOND // 2) * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after
