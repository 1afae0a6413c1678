"""Reading of the trends: which periods, groups and refusals, and that it costs the same whatever there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from clinic.core.errors import BadView
from clinic.core.intervals import newcombe, wilson
from clinic.core.suppression import Cell
from clinic.core.trends import EVERYBODY, Dimension, Group, Kind, Period, Run
from clinic.db.models import Alert, Assessment, Clinic, TrendCount
from clinic.services import clinic_settings, trend_publishing, trends
from clinic.services.trend_running import rounded
from tests import factories
from tests.services.trend_forms import count, forms, moment, people, site
from tests.trend_objects import months, store

NOW = moment(2026, 6, 20)
MAY = Period(date(2026, 5, 1), "month")


def publish(session: Session, clinic: Clinic) -> None:
    count(session, clinic, NOW)
    trend_publishing.publish_clinic(session, clinic.id, now=NOW)


def clinic_of_two_sites(session: Session) -> tuple[Clinic, int, int]:
    clinic = factories.make_clinic(session)
    first, second = site(session, clinic), site(session, clinic, "Riverside")
    crowd = people(session, clinic, 120)
    for month, gaps in ((3, 30), (4, 36), (5, 40)):
        forms(session, clinic, crowd[:80], moment(2026, month, 10), gaps=gaps, wishes=15, site_id=first)
        forms(session, clinic, crowd[80:], moment(2026, month, 10), gaps=15, site_id=second, language="es")
    publish(session, clinic)
    return clinic, first, second


@contextmanager
def queries(session: Session) -> Iterator[list[str]]:
    found: list[str] = []
    bind = session.get_bind()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    yield found
    event.remove(bind, "before_cursor_execute", note)


def test_a_view_has_the_newest_periods_with_their_intervals(session: Session) -> None:
    clinic, _first, _second = clinic_of_two_sites(session)
    view = trends.read(session, clinic.id, "month", now=NOW)
    assert [str(one) for one in view.periods] == ["2026-03", "2026-04", "2026-05"]
    assert (str(view.first), str(view.newest), view.versions, view.is_outside) == (
        "2026-03",
        "2026-05",
        ("1.0",),
        False,
    )
    figure = view.series["gap:stigma"].points[-1].figure
    assert (figure.state, figure.x, figure.n, figure.share) == ("shown", 55, 120, 55 / 120)
    assert (figure.low, figure.high) == wilson(55, 120)
    change = view.series["gap:stigma"].change
    assert change is not None
    assert (change.difference, change.low, change.high) == newcombe(51, 120, 55, 120)
    assert (change.earlier, change.later) == (MAY.previous(), MAY)


def test_a_difference_is_told_only_where_both_periods_have_thirty(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 30)
    forms(session, clinic, crowd[:29], moment(2026, 4, 10), gaps=12)
    forms(session, clinic, crowd, moment(2026, 5, 10), gaps=12)
    publish(session, clinic)
    series = trends.read(session, clinic.id, "month", now=NOW).series["gap:stigma"]
    assert [one.figure.n for one in series.points] == [29, 30]
    assert series.change is None


def test_one_group_is_its_own_view_with_the_name_of_its_site(session: Session) -> None:
    clinic, _first, second = clinic_of_two_sites(session)
    group = Group("site", str(second))
    view = trends.read(session, clinic.id, "month", group, now=NOW)
    assert (view.group, view.group_name) == (group, "Riverside")
    assert [point.figure.x for point in view.series["gap:stigma"].points] == [15, 15, 15]
    assert (view.quantities, view.sites, view.provisional) == ({}, {}, None)
    assert "opened" not in view.series
    assert (Group("language", "es"), "es") in view.filters
    assert (group, "Riverside") in view.filters


def test_sites_stand_beside_the_whole_where_they_have_thirty(session: Session) -> None:
    clinic, first, second = clinic_of_two_sites(session)
    view = trends.read(session, clinic.id, "month", now=NOW)
    compared = {one.name: (one.group, one.figure.x, one.figure.n) for one in view.sites["gap:support"]}
    assert compared == {
        "Main building": (Group("site", str(first)), 40, 80),
        "Riverside": (Group("site", str(second)), 15, 40),
    }
    small = trends.read(session, clinic.id, "month", Group("language", "es"), now=NOW)
    assert small.sites == {}


def test_sites_below_thirty_are_not_compared(session: Session) -> None:
    clinic = factories.make_clinic(session)
    first, second = site(session, clinic), site(session, clinic, "Riverside")
    crowd = people(session, clinic, 120)
    forms(session, clinic, crowd[:80], moment(2026, 5, 10), gaps=40, site_id=first)
    forms(session, clinic, crowd[80:109], moment(2026, 5, 10), gaps=14, site_id=second)
    publish(session, clinic)
    view = trends.read(session, clinic.id, "month", now=NOW)
    assert [one.name for one in view.sites["gap:support"]] == ["Main building"]
    assert trends.read(session, clinic.id, "month", Group("site", str(second)), now=NOW).periods


@pytest.mark.parametrize(
    ("kind", "group", "first", "last", "words"),
    [
        ("month", EVERYBODY, "2026-01", None, "2026-01 has not been published: choose from 2026-03 to 2026-05"),
        ("month", EVERYBODY, None, "2026-06", "2026-06 has not been published"),
        ("month", EVERYBODY, None, "9999-12", "9999-12 has not been published"),
        ("month", EVERYBODY, "2026-05", "2026-03", "choose an end that is not before its start"),
        ("month", EVERYBODY, "2026-Q1", None, "2026-Q1 is a quarter, and this view is by month"),
        ("year", EVERYBODY, "2026", None, "Nothing has been published by year yet"),
        ("month", Group("site", "999"), None, None, "Nothing was published for this site: choose one of Main building"),
        ("month", Group("language", "xx"), None, None, "choose one of en (language=en), es (language=es)"),
        ("month", Group("mode", "paper"), None, None, "Nothing was published for this mode: choose one of web"),
        ("quarter", Group("respondent", "proxy"), None, None, "Nothing was published for this respondent"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(
    session: Session, kind: Kind, group: Group, first: str | None, last: str | None, words: str
) -> None:
    clinic, _first, _second = clinic_of_two_sites(session)
    ends = {name: Period.parse(one) for name, one in (("first", first), ("last", last)) if one}
    with pytest.raises(BadView) as refused:
        trends.read(session, clinic.id, kind, group, **ends, now=NOW)
    assert words in str(refused.value)


def test_a_filter_on_what_was_never_shown_says_to_take_it_away(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 4), moment(2026, 5, 10), gaps=2)
    publish(session, clinic)
    with pytest.raises(BadView, match="take the filter away"):
        trends.read(session, clinic.id, "month", Group("language", "en"), now=NOW)


def test_more_periods_than_fit_are_refused_and_the_newest_are_shown_without_asking(session: Session) -> None:
    clinic = factories.make_clinic(session)
    forms(session, clinic, people(session, clinic, 12), moment(2023, 1, 10), gaps=12)
    publish(session, clinic)
    view = trends.read(session, clinic.id, "month", now=NOW)
    assert (str(view.periods[0]), str(view.periods[-1]), len(view.periods)) == ("2024-06", "2026-05", 24)
    with pytest.raises(BadView, match="at most 24 months"):
        trends.read(session, clinic.id, "month", first=Period.parse("2024-05"), now=NOW)


def test_a_clinic_of_which_nothing_was_published_has_an_empty_view(session: Session) -> None:
    clinic = factories.make_clinic(session)
    view = trends.read(session, clinic.id, "month", now=NOW)
    assert (view.periods, view.first, view.newest, view.filters, view.overdue) == ((), None, None, (), 0)
    assert all(series.points == () for series in view.series.values())
    with pytest.raises(BadView, match="Nothing has been published by month yet"):
        trends.read(session, clinic.id, "month", last=MAY, now=NOW)


def test_periods_without_anybody_are_told_from_hidden_ones(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 30)
    forms(session, clinic, crowd[:5], moment(2026, 3, 10), gaps=2)
    forms(session, clinic, crowd, moment(2026, 5, 10), gaps=12)
    publish(session, clinic)
    points = trends.read(session, clinic.id, "month", now=NOW).series["gap:stigma"].points
    assert [(point.version, point.figure.state) for point in points] == [
        ("1.0", "hidden"),
        ("", "nothing"),
        ("1.0", "shown"),
    ]


def test_another_clinics_trends_are_not_read(session: Session) -> None:
    clinic, first, _second = clinic_of_two_sites(session)
    other = factories.make_clinic(session, name="Another clinic")
    assert trends.read(session, other.id, "month", now=NOW).periods == ()
    forms(session, other, people(session, other, 30), moment(2026, 5, 10), gaps=12)
    publish(session, other)
    with pytest.raises(BadView, match="Nothing was published for this site"):
        trends.read(session, other.id, "month", Group("site", str(first)), now=NOW)
    assert trends.read(session, other.id, "month", now=NOW).series["gap:stigma"].points[0].figure.n == 30
    assert clinic.id != other.id


@pytest.mark.parametrize("dimension", ["site", "language", "mode", "respondent"])
def test_reading_asks_as_much_of_many_forms_as_of_few(session: Session, dimension: Dimension) -> None:
    clinic, first, _second = clinic_of_two_sites(session)
    values: dict[Dimension, str] = {"site": str(first), "language": "es", "mode": "web", "respondent": "self"}
    for group in (EVERYBODY, Group(dimension, values[dimension])):
        with queries(session) as few:
            trends.read(session, clinic.id, "month", group, now=NOW)
        assert not [one for one in few if "assessment" in one]
        assert len(few) <= 10
        forms(session, clinic, people(session, clinic, 60), moment(2026, 6, 19, 1), gaps=30)
        count(session, clinic, NOW)
        with queries(session) as many:
            trends.read(session, clinic.id, "month", group, now=NOW)
        assert len(many) <= len(few) + 1


def test_the_running_period_is_told_in_round_numbers_to_the_clinic_alone(session: Session) -> None:
    clinic, _first, _second = clinic_of_two_sites(session)
    forms(session, clinic, people(session, clinic, 48), moment(2026, 6, 18), gaps=17)
    count(session, clinic, NOW)
    found = trends.read(session, clinic.id, "month", now=NOW).provisional
    assert found is not None
    assert (str(found.period), found.shares["gap:stigma"]) == ("2026-06", (0.35, 50))
    assert trends.read(session, clinic.id, "month", outside=True, now=NOW).provisional is None
    # A month that is over and settles is not published, so that it is still the running one.
    early = trends.read(session, clinic.id, "month", now=moment(2026, 6, 10)).provisional
    assert early is not None
    assert str(early.period) == "2026-05"


def test_the_running_period_is_hidden_where_it_would_tell_of_few(session: Session) -> None:
    clinic, _first, _second = clinic_of_two_sites(session)
    forms(session, clinic, people(session, clinic, 48), moment(2026, 6, 18), gaps=10)
    count(session, clinic, NOW)
    found = trends.read(session, clinic.id, "month", now=NOW).provisional
    assert found is not None
    assert set(found.shares.values()) == {None}
    clinic_settings.change(session, clinic.id, "smallest_shown", 5, None, None, NOW)
    found = trends.read(session, clinic.id, "month", now=NOW).provisional
    assert found is not None
    assert found.shares["gap:stigma"] == (0.2, 50)


def test_alerts_that_are_overdue_now_are_counted_for_the_clinic_alone(session: Session) -> None:
    clinic = factories.make_clinic(session, ready=True)
    form = forms(session, clinic, people(session, clinic, 1), NOW - timedelta(days=4))[0]
    for level, days, seen in (("S3", 3, False), ("S2", 3, False), ("S3", 3, True), ("S2", 0, False)):
        add_alert(session, clinic, form, level, days, seen=seen)
    assert trends.read(session, clinic.id, "month", now=NOW).overdue == 2
    assert trends.read(session, clinic.id, "month", outside=True, now=NOW).overdue is None


def add_alert(session: Session, clinic: Clinic, form: int, level: str, days: int, *, seen: bool) -> None:

    opened = NOW - timedelta(days=days)
    by = factories.make_user(session, clinic).id if seen else None
    session.add(
        Alert(
            clinic_id=clinic.id,
            assessment_id=form,
            patient_id=session.get_one(Assessment, form).patient_id,
            level=level,
            state="open",
            triggers={"checkin": None, "signals": []},
            raised_at=opened,
            opens_at=opened,
            acknowledged_at=opened if seen else None,
            acknowledged_by=by,
        )
    )
    session.flush()


def test_eight_points_on_one_side_of_the_median_are_a_run_also_in_a_shorter_view(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 40)
    month = Period(date(2025, 2, 1), "month")
    for gaps in (*[12] * 8, *[20] * 8):
        forms(session, clinic, crowd, moment(month.start.year, month.start.month, 10), gaps=gaps)
        month = month.next()
    publish(session, clinic)
    run = Run(8, Period(date(2025, 10, 1), "month"), is_above=True, middle=16 / 40, of=16)
    for most in (24, 12, 1):
        for group in (EVERYBODY, Group("language", "en")):
            view = trends.read(session, clinic.id, "month", group, most=most, now=NOW)
            assert view.series["gap:stigma"].run == run
            assert view.series["wish:stigma"].run is None
    # Up to April there are seven.
    assert trends.read(session, clinic.id, "month", last=MAY.previous(), now=NOW).series["gap:stigma"].run is None


def test_a_run_is_looked_for_in_the_newest_sixty_periods_and_costs_one_question(session: Session) -> None:
    clinic = factories.make_clinic(session)
    for gaps, end in (([(10, 80)] * 30, date(2021, 5, 1)), ([*[(20, 80)] * 40, *[(40, 80)] * 20], date(2026, 5, 1))):
        store(session, clinic.id, months(len(gaps), end), stigma=gaps)
    with queries(session) as asked:
        run = trends.read(session, clinic.id, "month", most=12, now=NOW).series["gap:stigma"].run
    assert run is not None
    assert (run.count, run.of, run.middle, str(run.first)) == (20, 60, 20 / 80, "2024-10")
    assert len([one for one in asked if "json_extract" in one.lower() or "->" in one]) == 1


def test_counts_that_change_later_are_not_read(session: Session) -> None:
    clinic, _first, _second = clinic_of_two_sites(session)
    before = trends.read(session, clinic.id, "month", now=NOW).series
    session.execute(update(TrendCount).values(counts=b"\xff" * 400))
    assert trends.read(session, clinic.id, "month", outside=True, now=NOW).series == before


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (Cell(17, 48), (0.35, 50)),
        (Cell(16, 32), (0.5, 30)),
        (Cell(15, 48), None),
        (Cell(33, 48), None),
        # What is nobody on one day is one person on the next.
        (Cell(0, 40), None),
        (Cell(40, 40), None),
        (Cell(0, 0), None),
    ],
)
def test_the_running_period_is_told_in_steps_and_not_of_few(cell: Cell, told: tuple[float, int] | None) -> None:
    assert rounded(cell, 11) == told
