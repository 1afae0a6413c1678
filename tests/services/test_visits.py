"""Times on a clinic's clock, and the bounds of its days."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from clinic.core.errors import BadVisit
from clinic.services.board import day_bounds
from clinic.services.visits import local_moment

CHICAGO, KATHMANDU, LONDON = (ZoneInfo(name) for name in ("America/Chicago", "Asia/Kathmandu", "Europe/London"))


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        pytest.param(CHICAGO, date(2026, 1, 5), time(9, 0), datetime(2026, 1, 5, 15, 0, tzinfo=UTC), id="winter"),
        pytest.param(CHICAGO, date(2026, 7, 5), time(9, 0), datetime(2026, 7, 5, 14, 0, tzinfo=UTC), id="summer"),
        pytest.param(KATHMANDU, date(2026, 1, 5), time(9, 0), datetime(2026, 1, 5, 3, 15, tzinfo=UTC), id="a quarter"),
        pytest.param(LONDON, date(2026, 10, 25), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="twice"),
        pytest.param(LONDON, date(2026, 3, 29), time(2, 0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC), id="after a gap"),
    ],
)
def test_a_time_on_the_clinics_clock_is_one_moment(zone: ZoneInfo, day: date, clock: time, moment: datetime) -> None:
    assert local_moment(day, clock, zone) == moment


@pytest.mark.parametrize(("zone", "day"), [(LONDON, date(2026, 3, 29)), (CHICAGO, date(2026, 3, 8))])
def test_an_hour_that_is_left_out_is_refused_and_says_what_it_becomes(zone: ZoneInfo, day: date) -> None:
    clock = time(1, 30) if zone is LONDON else time(2, 30)
    with pytest.raises(BadVisit, match=f"{clock:%H:%M} becomes {clock.hour + 1:02}:30"):
        local_moment(day, clock, zone)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)], ids=str
)
def test_a_day_is_as_long_as_its_clock_says(day: date, hours: int) -> None:
    start, end = day_bounds(day, CHICAGO)
    assert (end - start).total_seconds() == hours * 3600
