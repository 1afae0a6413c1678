"""Staffed time across changes of the clock, holidays, zones and midnight."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume
from hypothesis import given as forall
from hypothesis import strategies as st

from clinic.core.staffed import Hours, deadline, is_staffed, next_opening, staffed_between

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = dict.fromkeys(range(5), (9 * 60, 17 * 60))
ALWAYS = dict.fromkeys(range(7), (0, 1440))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Zones that change their clocks by day and by night, at midnight, around it, by half an hour, and one that left out a
# whole day.
ZONES = [
    "UTC",
    "America/New_York",
    "America/Havana",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Madrid",
    "Pacific/Apia",
]

zones = st.sampled_from(ZONES).map(ZoneInfo)
spans = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda one: one[0] < one[1])
weeks = st.dictionaries(st.integers(0, 6), spans, min_size=1)
moments = st.timedeltas(timedelta(), timedelta(days=9000)).map(lambda one: datetime(2005, 1, 1, tzinfo=UTC) + one)
lengths = st.timedeltas(timedelta(), timedelta(days=40))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Draw the hours of a clinic with a moment, often one near a change of its clock, and holidays near it."""
    zone, moment = draw(zones), draw(moments)
    changes = _changes(zone, moment.year)
    near = draw(st.integers(0, 2 * len(changes)))
    if near < len(changes):
        moment = changes[near] + draw(st.timedeltas(-2 * DAY, 2 * DAY))
    days = draw(st.frozensets(st.integers(-3, 40), max_size=6))
    holidays = frozenset(moment.astimezone(zone).date() + timedelta(days=one) for one in days)
    return Hours(zone, draw(weeks), holidays), moment


@cache
def _changes(zone: ZoneInfo, year: int) -> list[datetime]:
    hours = [datetime(year, 1, 1, tzinfo=UTC) + HOUR * number for number in range(366 * 24)]
    offsets = [one.astimezone(zone).utcoffset() for one in hours]
    return [one for one, before, after in zip(hours[1:], offsets, offsets[1:], strict=False) if before != after]


def local(*parts: int, zone: ZoneInfo = NEW_YORK, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


@forall(cases(), lengths, lengths)
def test_time_adds_up_wherever_it_is_cut(case: tuple[Hours, datetime], first: timedelta, second: timedelta) -> None:
    hours, start = case
    middle, end = start + first, start + first + second
    whole = staffed_between(hours, start, end)
    assert whole == staffed_between(hours, start, middle) + staffed_between(hours, middle, end)
    assert timedelta() <= whole <= end - start


@forall(cases(), lengths)
def test_no_time_passes_backwards(case: tuple[Hours, datetime], length: timedelta) -> None:
    hours, start = case
    assert staffed_between(hours, start, start - length) == timedelta()


@forall(cases(), st.timedeltas(timedelta(microseconds=1), timedelta(days=3)))
def test_a_deadline_is_the_first_moment_by_which_the_time_has_passed(
    case: tuple[Hours, datetime], staffed: timedelta
) -> None:
    hours, start = case
    due = deadline(hours, start, staffed)
    assume(due is not None)
    assert due is not None
    assert staffed_between(hours, start, due) == staffed
    # A moment before, it had not passed yet.
    assert staffed_between(hours, start, due - timedelta(microseconds=1)) < staffed


@forall(cases(), lengths, st.timedeltas(timedelta(), timedelta(days=2)))
def test_a_later_start_is_never_due_earlier(case: tuple[Hours, datetime], later: timedelta, staffed: timedelta) -> None:
    hours, start = case
    one, other = deadline(hours, start, staffed), deadline(hours, start + later, staffed)
    assume(one is not None and other is not None)
    assert one is not None
    assert other is not None
    assert one <= other


@forall(cases())
def test_before_the_next_opening_nobody_is_there_and_from_it_on_somebody_is(case: tuple[Hours, datetime]) -> None:
    hours, when = case
    opening = next_opening(hours, when)
    assume(opening is not None)
    assert opening is not None
    assert opening >= when
    assert opening.tzinfo is hours.zone
    assert is_staffed(hours, opening)
    assert is_staffed(hours, when) == (opening == when)
    assert staffed_between(hours, when, opening) == timedelta()
    assert staffed_between(hours, opening, opening + MINUTE) > timedelta()


@forall(cases())
def test_an_hour_is_staffed_by_what_the_clinics_clock_shows(case: tuple[Hours, datetime]) -> None:
    hours, when = case
    before, after = (one.astimezone(hours.zone).utcoffset() for one in (when - DAY, when + DAY))
    # Around a change of the clock the same time is shown twice or never; that is told by the cases below.
    assume(before == after)
    shown = when.astimezone(hours.zone)
    span = hours.by_weekday.get(shown.weekday())
    minute = shown.hour * 60 + shown.minute
    expected = span is not None and span[0] <= minute < span[1] and shown.date() not in hours.holidays
    assert is_staffed(hours, when) is expected


@forall(zones, moments, lengths)
def test_a_clinic_that_never_closes_counts_every_minute_that_really_passes(
    zone: ZoneInfo, start: datetime, length: timedelta
) -> None:
    hours = Hours(zone, ALWAYS)
    assert staffed_between(hours, start, start + length) == length
    assert deadline(hours, start, length) == start + length
    assert is_staffed(hours, start)


@forall(zones, moments, st.dictionaries(st.integers(0, 6), spans))
def test_a_clinic_that_is_closed_on_every_day_has_no_deadline(
    zone: ZoneInfo, start: datetime, by_weekday: dict[int, tuple[int, int]]
) -> None:
    today = start.astimezone(zone).date()
    hours = Hours(zone, by_weekday, frozenset(today + DAY * number for number in range(-2, 500)))
    assert deadline(hours, start, MINUTE) is None
    assert next_opening(hours, start) is None
    assert not is_staffed(hours, start)
    assert staffed_between(hours, start, start + 300 * DAY) == timedelta()


@pytest.mark.parametrize(
    ("start", "staffed", "due"),
    [
        pytest.param(local(2026, 3, 10, 10), 15 * MINUTE, local(2026, 3, 10, 10, 15), id="while somebody is there"),
        pytest.param(local(2026, 3, 10, 16, 50), 15 * MINUTE, local(2026, 3, 11, 9, 5), id="over the night"),
        pytest.param(local(2026, 3, 10, 16, 45), 15 * MINUTE, local(2026, 3, 10, 17), id="at closing time"),
        pytest.param(local(2026, 3, 10, 3), 4 * HOUR, local(2026, 3, 10, 13), id="before opening"),
        pytest.param(local(2026, 3, 6, 16), 4 * HOUR, local(2026, 3, 9, 12), id="over a weekend with a changed clock"),
        pytest.param(local(2026, 12, 24, 15), 4 * HOUR, local(2026, 12, 28, 11), id="over a holiday and a weekend"),
        pytest.param(local(2026, 3, 10, 10), 0 * HOUR, local(2026, 3, 10, 10), id="nothing to wait for"),
    ],
)
def test_a_target_runs_only_while_the_clinic_is_staffed(start: datetime, staffed: timedelta, due: datetime) -> None:
    hours = Hours(NEW_YORK, OFFICE, frozenset({date(2026, 12, 25)}))
    assert deadline(hours, start, staffed) == due


def test_the_hour_that_spring_leaves_out_is_not_waited_for() -> None:
    hours = Hours(NEW_YORK, {6: (0, 6 * 60)})
    assert staffed_between(hours, local(2026, 3, 7), local(2026, 3, 9)) == 5 * HOUR


def test_the_hour_that_autumn_shows_twice_counts_twice() -> None:
    hours = Hours(NEW_YORK, {6: (0, 6 * 60)})
    assert staffed_between(hours, local(2026, 10, 31), local(2026, 11, 2)) == 7 * HOUR


def test_an_opening_that_spring_leaves_out_is_the_moment_of_the_change() -> None:
    hours = Hours(NEW_YORK, {6: (2 * 60 + 30, 4 * 60)})
    change = local(2026, 3, 8, 3)
    assert next_opening(hours, local(2026, 3, 8)) == change
    assert not is_staffed(hours, change - timedelta(seconds=1))
    assert is_staffed(hours, change)
    assert staffed_between(hours, local(2026, 3, 8), local(2026, 3, 9)) == HOUR


def test_a_closing_that_autumn_shows_twice_is_the_first_of_the_two() -> None:
    hours = Hours(NEW_YORK, {6: (0, 90)})
    assert is_staffed(hours, local(2026, 11, 1, 1, 29))
    assert not is_staffed(hours, local(2026, 11, 1, 1, 29, fold=1))
    assert staffed_between(hours, local(2026, 11, 1), local(2026, 11, 2)) == 90 * MINUTE


def test_a_day_that_a_country_left_out_has_no_hours() -> None:
    # Samoa went from Thursday, 29 December 2011 to Saturday, 31 December 2011.
    hours = Hours(ZoneInfo("Pacific/Apia"), {4: (9 * 60, 17 * 60), 5: (9 * 60, 12 * 60)})
    start = local(2011, 12, 29, 12, zone=ZoneInfo("Pacific/Apia"))
    assert next_opening(hours, start) == local(2011, 12, 31, 9, zone=ZoneInfo("Pacific/Apia"))
    assert staffed_between(hours, start, start + DAY) == 3 * HOUR


def test_a_clinic_without_hours_is_never_staffed() -> None:
    hours = Hours(NEW_YORK, {})
    assert deadline(hours, local(2026, 3, 10), MINUTE) is None
    assert next_opening(hours, local(2026, 3, 10)) is None
