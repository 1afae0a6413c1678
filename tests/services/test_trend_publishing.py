"""Publishing of the trends: when, in which order, what is stored of a period, and that it never changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic.core import trend_tables
from clinic.core.suppression import decide
from clinic.core.trends import EVERYBODY, Group, Period
from clinic.db.models import Assessment, AssessmentScore, Clinic, ScoringProfile, TrendView, Visit
from clinic.services import being_filled, clinic_settings, rollup, trend_leaves, trend_publishing, trends
from clinic.services.seed import filling
from clinic.services.trend_publishing import Known
from tests import factories
from tests.services.trend_forms import count, forms, moment, people, site

pytestmark = pytest.mark.slow

VERSION = "trd-barrier-check|1.0|1.0"
LONG_AFTER = moment(2026, 6, 20)


def publish(session: Session, clinic: Clinic, now: datetime = LONG_AFTER) -> None:
    count(session, clinic, now)
    trend_publishing.publish_clinic(session, clinic.id, now=now)


def published(session: Session, kind: str = "month") -> list[str]:
    rows = session.execute(
        select(TrendView.start, TrendView.kind)
        .where(TrendView.dimension == "", TrendView.version == "", TrendView.kind == kind)
        .order_by(TrendView.start)
    )
    return [str(Period(row.start, kind)) for row in rows]  # type: ignore[arg-type]


def figures(session: Session, period: str, version: str = VERSION, group: Group = EVERYBODY) -> dict[str, Any] | None:
    one = Period.parse(period)
    return session.scalar(
        select(TrendView.figures).where(
            TrendView.kind == one.kind,
            TrendView.start == one.start,
            TrendView.version == version,
            TrendView.dimension == (group.dimension or ""),
            TrendView.value == group.value,
        )
    )


def everything(session: Session) -> list[tuple[Any, ...]]:
    columns = (TrendView.kind, TrendView.start, TrendView.dimension, TrendView.value, TrendView.version)
    rows = session.execute(select(*columns, TrendView.figures, TrendView.published_at).order_by(*columns))
    return [tuple(row) for row in rows]


def test_a_period_is_published_once_it_has_been_over_for_fourteen_days(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 30), moment(2026, 1, 14), gaps=15)
    # New York's January ends at five o'clock in UTC.
    end = datetime(2026, 2, 1, 5, tzinfo=UTC)
    publish(session, clinic, end + timedelta(days=14) - timedelta(seconds=1))
    assert published(session) == []
    publish(session, clinic, end + timedelta(days=14))
    assert published(session) == ["2026-01"]
    assert figures(session, "2026-01", group=EVERYBODY)["gap:stigma"] == [15, 30, True]  # type: ignore[index]


def test_a_second_run_changes_nothing(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 40), moment(2026, 1, 14), gaps=15, wishes=11)
    publish(session, clinic)
    before = everything(session)
    assert before
    trend_publishing.publish_clinic(session, clinic.id, now=LONG_AFTER)
    assert everything(session) == before


def test_every_period_since_the_first_form_is_published_after_a_long_pause(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 30)
    forms(session, clinic, crowd, moment(2024, 11, 5), gaps=12)
    forms(session, clinic, crowd, moment(2026, 4, 5), gaps=15)
    publish(session, clinic)
    months = published(session)
    assert (months[0], months[-1], len(months)) == ("2024-11", "2026-05", 19)
    assert published(session, "quarter")[0] == "2024-Q4"
    assert published(session, "quarter")[-1] == "2026-Q1"
    assert published(session, "year") == ["2024", "2025"]


def test_a_worker_catches_up_in_steps_with_each_month_before_its_quarter(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 30), moment(2025, 1, 5), gaps=12)
    count(session, clinic, LONG_AFTER)
    due = trend_publishing.due(session, clinic.id, LONG_AFTER)
    assert [str(one) for one in due[:5]] == ["2025-01", "2025-02", "2025-03", "2025-Q1", "2025-04"]
    trend_publishing.publish_clinic(session, clinic.id, now=LONG_AFTER, most=4)
    left = trend_publishing.due(session, clinic.id, LONG_AFTER)
    assert left == due[4:]
    while left:
        trend_publishing.publish_clinic(session, clinic.id, now=LONG_AFTER, most=4)
        left = trend_publishing.due(session, clinic.id, LONG_AFTER)
    in_steps = everything(session)
    session.execute(delete(TrendView))
    publish(session, clinic)
    assert everything(session) == in_steps


def test_later_forms_corrections_and_erasures_leave_a_published_period_as_it_was(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 40)
    written = forms(session, clinic, crowd, moment(2026, 1, 14), gaps=15, wishes=11)
    publish(session, clinic)
    before = everything(session)
    # Somebody's form comes in late, somebody's is corrected, somebody is erased.
    forms(session, clinic, people(session, clinic, 20), moment(2026, 1, 20), gaps=20)
    session.execute(
        update(AssessmentScore).where(AssessmentScore.assessment_id == written[0]).values(stigma_level="none")
    )
    session.execute(delete(AssessmentScore).where(AssessmentScore.assessment_id == written[1]))
    session.execute(delete(Assessment).where(Assessment.id == written[1]))
    session.execute(delete(Visit).where(Visit.patient_id == crowd[1]))
    publish(session, clinic, LONG_AFTER + timedelta(days=2))
    assert everything(session) == before
    assert trends.read(session, clinic.id, "month", now=LONG_AFTER).series["gap:stigma"].points[0].figure.x == 15


def test_nothing_before_what_is_published_is_published_later(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 30)
    forms(session, clinic, crowd, moment(2026, 3, 5), gaps=15)
    publish(session, clinic)
    months = published(session)
    forms(session, clinic, crowd, moment(2025, 3, 5), gaps=15)
    publish(session, clinic)
    assert published(session) == months == ["2026-03", "2026-04", "2026-05"]


def test_a_clinic_without_a_visit_has_nothing_to_publish(session: Session) -> None:
    clinic = factories.make_clinic(session)
    publish(session, clinic)
    assert everything(session) == []


def test_of_a_clinic_with_one_patient_nothing_is_stored_but_that_a_period_was(session: Session) -> None:
    clinic = factories.make_clinic(session)
    patients = people(session, clinic, 1)
    forms(session, clinic, patients, moment(2026, 1, 14), gaps=1)
    forms(session, clinic, patients, moment(2026, 2, 14), gaps=1)
    publish(session, clinic)
    for row in session.scalars(select(TrendView)):
        assert row.dimension == ""
        assert all(numbers[:2] == [0, 0] for numbers in row.figures.values()), row.figures


def test_a_form_of_the_last_evening_belongs_to_the_clinics_own_month(session: Session) -> None:
    clinic = factories.make_clinic(session)
    # 23:30 in New York on the last of January is February in UTC.
    forms(session, clinic, people(session, clinic, 30), datetime(2026, 2, 1, 4, 30, tzinfo=UTC), gaps=15)
    forms(session, clinic, people(session, clinic, 24), datetime(2026, 2, 1, 5, 30, tzinfo=UTC), gaps=12)
    publish(session, clinic)
    january, february = figures(session, "2026-01"), figures(session, "2026-02")
    assert january is not None
    assert february is not None
    assert january["gap:support"] == [15, 30, True]
    assert february["gap:support"] == [12, 24, True]
    work = figures(session, "2026-01", "")
    assert work is not None
    assert work["opened"] == [30, 30, True]


def test_a_clinic_that_has_moved_to_another_time_zone_goes_on(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 30)
    forms(session, clinic, crowd, moment(2026, 1, 14), gaps=15)
    publish(session, clinic, moment(2026, 2, 20))
    before = everything(session)
    clinic_settings.change(session, clinic.id, "time_zone", "Asia/Tokyo", None, None, moment(2026, 2, 21))
    forms(session, clinic, crowd, moment(2026, 2, 14), gaps=12)
    trend_publishing.publish_clinic(session, clinic.id, now=moment(2026, 3, 20))
    assert published(session) == ["2026-01", "2026-02"]
    assert [row for row in everything(session) if row[1] == date(2026, 1, 1)] == before


def test_two_versions_in_one_period_are_two_rows_that_are_never_pooled(session: Session) -> None:
    clinic = factories.make_clinic(session)
    session.add(
        ScoringProfile(
            clinic_id=clinic.id,
            name="1.0+c1",
            instrument_id="trd-barrier-check",
            instrument_version="1.0",
            thresholds={"watch": 25, "gap": 50, "priority": 80},
            created_at=factories.NOW,
        )
    )
    forms(session, clinic, people(session, clinic, 30), moment(2026, 1, 7), gaps=15)
    forms(session, clinic, people(session, clinic, 40), moment(2026, 1, 20), gaps=12, scoring_profile="1.0+c1")
    publish(session, clinic)
    old, new = figures(session, "2026-01"), figures(session, "2026-01", "trd-barrier-check|1.0|1.0+c1")
    assert old is not None
    assert new is not None
    assert (old["gap:stigma"], new["gap:stigma"]) == ([15, 30, True], [12, 40, True])
    series = trends.read(session, clinic.id, "month", now=LONG_AFTER).series["gap:stigma"]
    assert [(one.version, one.figure.x, one.figure.n) for one in series.points[:2]] == [
        ("1.0", 15, 30),
        ("1.0+c1", 12, 40),
    ]
    assert series.change is None


def test_a_clinics_own_eyes_may_see_fewer_and_what_leaves_it_never_does(session: Session) -> None:
    clinic = factories.make_clinic(session)
    clinic_settings.change(session, clinic.id, "smallest_shown", 5, None, None, factories.NOW)
    forms(session, clinic, people(session, clinic, 30), moment(2026, 1, 14), gaps=6)
    publish(session, clinic)
    mine = figures(session, "2026-01")
    assert mine is not None
    assert mine["gap:stigma"] == [6, 30, False]
    inside = trends.read(session, clinic.id, "month", now=LONG_AFTER)
    outside = trends.read(session, clinic.id, "month", outside=True, now=LONG_AFTER)
    assert inside.series["gap:stigma"].points[0].figure.x == 6
    assert outside.series["gap:stigma"].points[0].figure.state == "hidden"
    assert (inside.smallest, outside.smallest) == (5, 11)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("smallest", [5, 11])
def test_nothing_that_is_stored_or_read_is_a_figure_that_the_rule_hides(
    session: Session, seed: int, smallest: int
) -> None:
    clinic = mixed(session, seed, smallest)
    shown = 0
    for row in session.scalars(select(TrendView).where(TrendView.version != "")):
        group = Group(row.dimension, row.value) if row.dimension else EVERYBODY  # type: ignore[arg-type]
        period = Period(row.start, row.kind)  # type: ignore[arg-type]
        tables = trend_leaves.tables(session, clinic.id, period)[row.version]
        for measure, numbers in row.figures.items():
            if measure.startswith("paired"):
                assert all(count == 0 or count >= smallest for count in numbers[:4])
                continue
            cell = trend_tables.cell_of(tables[measure], group)
            x, n, may_leave = numbers
            assert (x, n) == (cell.x, cell.n)
            for least in (smallest, *([11] if may_leave else [])):
                assert not any(0 < part < least for part in (n, x, n - x)), (measure, numbers)
            shown += 1
        if row.kind == "month":
            decision = decide("month", tables, smallest=smallest)
            stored = {name for name in row.figures if not name.startswith("paired")}
            assert stored == {name for name, groups in decision.inside.items() if group in groups}
    assert shown
    for outside in (False, True):
        least = 11 if outside else smallest
        for kind in ("month", "quarter"):
            view = trends.read(session, clinic.id, kind, outside=outside, now=LONG_AFTER)  # type: ignore[arg-type]
            for series in view.series.values():
                for figure in (point.figure for point in series.points):
                    if figure.state == "shown":
                        assert figure.x is not None
                        assert figure.n is not None
                        assert not any(0 < part < least for part in (figure.n, figure.x, figure.n - figure.x))
                    else:
                        assert (figure.x, figure.share, figure.low, figure.high) == (None,) * 4


def mixed(session: Session, seed: int, smallest: int) -> Clinic:
    """Make a clinic with two sites, two languages and all modes, and publish its three months."""
    clinic = factories.make_clinic(session)
    clinic_settings.change(session, clinic.id, "smallest_shown", smallest, None, None, factories.NOW)
    sites = [site(session, clinic), site(session, clinic, "Riverside")]
    for month in (1, 2, 3):
        for number, (place, language, mode) in enumerate(
            (place, language, mode) for place in sites for language in ("en", "es") for mode in ("web", "tablet")
        ):
            size = (7 * seed + 13 * month + 11 * number) % 29 + 1
            crowd = people(session, clinic, size)
            forms(
                session,
                clinic,
                crowd,
                moment(2026, month, 3 + number),
                gaps=(5 * seed + 3 * number + month) % (size + 1),
                wishes=(seed + number) % (size + 1) // 2,
                site_id=place,
                language=language,
                mode=mode,
            )
    publish(session, clinic)
    return clinic


def test_a_clinic_whose_forms_were_never_counted_is_counted_first(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 30), moment(2026, 1, 14), gaps=15)
    session.execute(update(Clinic).values(trends_counted_at=None))
    trend_publishing.publish_clinic(session, clinic.id, now=LONG_AFTER)
    found = figures(session, "2026-01")
    assert found is not None
    assert found["gap:support"] == [15, 30, True]
    assert rollup.check(session, clinic.id) == []


def test_of_two_workers_only_one_publishes_a_period(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 30), moment(2026, 4, 14), gaps=15)
    count(session, clinic, LONG_AFTER)
    due = trend_publishing.due(session, clinic.id, LONG_AFTER)
    # This one is slow, and the other one has done all of it meanwhile.
    slow = [trend_publishing.prepare(session, clinic.id, one, Known()) for one in due]
    trend_publishing.publish_clinic(session, clinic.id, now=LONG_AFTER)
    before = everything(session)
    assert [trend_publishing.store(session, one, LONG_AFTER) for one in slow] == [False] * len(due)
    assert everything(session) == before


def _take_back(session: Session, clinic_id: int) -> None:
    filling.forget_published(session, clinic_id, LONG_AFTER)


def _show_more(session: Session, clinic_id: int) -> None:
    clinic_settings.change(session, clinic_id, "smallest_shown", 5, None, None, LONG_AFTER)


def _move(session: Session, clinic_id: int) -> None:
    clinic_settings.change(session, clinic_id, "time_zone", "Asia/Tokyo", None, None, LONG_AFTER)


def _fill(session: Session, clinic_id: int) -> None:
    being_filled.note(session, clinic_id, LONG_AFTER)


@pytest.mark.parametrize("change", [_take_back, _show_more, _move, _fill])
def test_what_was_prepared_before_a_change_of_the_clinic_is_not_published(
    session: Session, change: Callable[[Session, int], None]
) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 30), moment(2026, 4, 14), gaps=15)
    count(session, clinic, LONG_AFTER)
    first = trend_publishing.due(session, clinic.id, LONG_AFTER)[0]
    prepared = trend_publishing.prepare(session, clinic.id, first, Known())
    change(session, clinic.id)
    assert not trend_publishing.store(session, prepared, LONG_AFTER)
    assert published(session) == []
    count(session, clinic, LONG_AFTER)
    assert trend_publishing.store(session, trend_publishing.prepare(session, clinic.id, first, Known()), LONG_AFTER)


def test_what_is_known_of_shorter_periods_is_forgotten_with_what_it_rests_on(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 30), moment(2026, 4, 14), gaps=15)
    count(session, clinic, LONG_AFTER)
    april, known = Period.parse("2026-04"), Known()
    trend_publishing.prepare(session, clinic.id, april, known)
    forms(session, clinic, people(session, clinic, 30), moment(2026, 4, 15), gaps=30)
    count(session, clinic, LONG_AFTER + timedelta(minutes=1))
    prepared = trend_publishing.prepare(session, clinic.id, april, known)
    assert prepared.views[VERSION, EVERYBODY]["gap:support"] == [45, 60, True]
