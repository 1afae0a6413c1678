"""When a month, quarter or year has settled: when the fifteenth day after it begins, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.trends import KINDS, SETTLES, Kind, Period, unsettled

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [ZoneInfo(name) for name in ("UTC", "America/New_York", "America/Havana", "Asia/Beirut", "Pacific/Apia")]
SECOND = timedelta(seconds=1)


def test_a_month_settles_as_a_day_begins_though_the_clocks_go_back_meanwhile() -> None:
    # October ends at four in UTC; two weeks later the clocks of New York have been put back.
    october = Period(date(2026, 10, 1), "month")
    moment = october.settled_at(NEW_YORK)
    assert moment == datetime(2026, 11, 15, 5, tzinfo=UTC)
    assert moment.astimezone(NEW_YORK).date() == date(2026, 11, 15)
    assert unsettled("month", moment - SECOND, NEW_YORK) == october
    assert unsettled("month", moment, NEW_YORK) == october.next()


def test_the_clock_on_which_a_moment_is_told_changes_nothing() -> None:
    moment = datetime(2026, 11, 15, 5, tzinfo=UTC)
    assert unsettled("month", moment.astimezone(NEW_YORK), NEW_YORK) == unsettled("month", moment, NEW_YORK)


@pytest.mark.parametrize("kind", KINDS)
@given(day=st.dates(date(2000, 1, 1), date(2040, 1, 1)), zone=st.sampled_from(ZONES))
def test_the_oldest_period_that_is_not_due_is_the_one_after_the_last_that_is(
    kind: Kind, day: date, zone: ZoneInfo
) -> None:
    period = Period.of(kind, day)
    moment = period.settled_at(zone)
    assert moment.astimezone(zone).date() - SETTLES == period.end
    assert unsettled(kind, moment - SECOND, zone) == period
    assert unsettled(kind, moment, zone) == period.next()
