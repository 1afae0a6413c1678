"""The running month: told in round numbers, never of few, and never where it would tell of another month."""

from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic.core.suppression import LEAST, OUTSIDE, WIDTH, Cell
from clinic.core.trends import Kind
from clinic.db.models import Clinic
from clinic.services import clinic_settings, trend_publishing, trend_running, trends
from clinic.services.trend_running import PEOPLE, STEPS, rounded
from tests import factories
from tests.services.trend_forms import count, forms, moment, people

NOW = moment(2026, 3, 16)


def read(session: Session, clinic: Clinic, kind: Kind = "month", now: datetime = NOW) -> tuple[float, int] | None:
    found = trend_running.read(session, clinic_settings.read(session, clinic.id), kind, now)
    return found and found.shares["gap:stigma"]


@pytest.mark.parametrize("kind", ["quarter", "year"])
def test_a_running_quarter_or_year_does_not_give_a_hidden_month_away(session: Session, kind: Kind) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 12), moment(2026, 1, 14), gaps=1)
    forms(session, clinic, people(session, clinic, 40), moment(2026, 2, 10), gaps=20)
    count(session, clinic, NOW)
    trend_publishing.publish_clinic(session, clinic.id, now=NOW)
    points = trends.read(session, clinic.id, "month", now=NOW).series["gap:stigma"].points
    # Of the two months together 21 of 52 are known, less 20 of 40: January's one.
    assert [one.figure.state for one in points] == ["hidden", "shown"]
    assert trends.read(session, clinic.id, kind, now=NOW).provisional is None


def test_a_clinic_that_was_not_counted_has_no_running_month(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 60), moment(2026, 3, 10), gaps=30)
    count(session, clinic, NOW)
    assert read(session, clinic) == (0.5, 60)
    session.execute(update(Clinic).where(Clinic.id == clinic.id).values(trends_counted_at=None))
    assert read(session, clinic) is None
    assert trends.read(session, clinic.id, "month", now=NOW).provisional is None


def test_a_clinic_that_moves_to_another_time_zone_has_none_until_it_is_counted_anew(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 60), moment(2026, 3, 10), gaps=30)
    count(session, clinic, NOW)
    clinic_settings.change(session, clinic.id, "time_zone", "Asia/Tokyo", None, None, NOW)
    assert read(session, clinic) is None
    trend_publishing.publish_clinic(session, clinic.id, now=NOW)
    assert read(session, clinic) == (0.5, 60)


@pytest.mark.parametrize("smallest", [LEAST, OUTSIDE])
def test_between_what_is_told_and_what_may_be_hidden_are_at_least_as_many_as_an_interval_is_wide(smallest: int) -> None:
    for n in range(90):
        for x in range(n + 1):
            told = rounded(Cell(x, n), smallest)
            assert (told is not None) == (min(x, n - x) - (smallest - 1) > WIDTH)


def test_what_is_told_is_of_several_counts_at_once() -> None:
    told = rounded(Cell(20, 48), OUTSIDE)
    assert told == (0.4, 50)
    same = {(x, n) for n in range(100) for x in range(n + 1) if rounded(Cell(x, n), OUTSIDE) == told}
    assert {n for _x, n in same} == {48, 49, 50, 51, 52}
    assert {x for x, _n in same} == {18, 19, 20, 21, 22}
    assert (STEPS, PEOPLE) == (20, 5)
