"""One patient's visits over time: the table, the lines, and what is left out for the front desk."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from flask import Flask
from sqlalchemy import select

from clinic.core.scope import Role
from clinic.db.models import Assessment, Visit
from clinic.db.session import db
from clinic.web.history_chart import BOTTOM, LEFT, RIGHT, TOP, Point, chart
from tests import factories
from tests.web.page_check import XHTML, parsed, text_of
from tests.web.staff.conftest import Desk, counted_queries
from tests.web.staff.people import calm, given, usual, worst

START = datetime(2025, 1, 1, tzinfo=UTC)
CUTS = (25, 50, 75)
SELF, PROXY = ("False",), ("True",)


def point(days: int, score: int | None, series: tuple[str, ...] = SELF) -> Point:
    moment = START + timedelta(days=days)
    return Point(moment, None if score is None else Fraction(score), series, by_proxy=series is PROXY)


def test_a_line_joins_forms_in_order_of_time() -> None:
    drawn = chart([point(0, 0), point(50, 50), point(100, 100)], CUTS)
    assert drawn.lines == (f"M{LEFT + 8} {float(BOTTOM)}L154.0 70.0L{RIGHT}.0 {float(TOP)}".replace("M38 ", "M38.0 "),)
    assert [dot.is_last for dot in drawn.dots] == [False, False, True]


def test_a_line_breaks_where_there_is_no_score() -> None:
    drawn = chart([point(0, 10), point(10, 20), point(20, None), point(30, 30), point(40, 40)], CUTS)
    assert len(drawn.lines) == 2
    assert [dot.shape for dot in drawn.dots] == ["round", "round", "none", "round", "round"]
    assert drawn.dots[2].y == BOTTOM


def test_a_form_by_someone_else_is_never_joined_with_the_patients_own() -> None:
    drawn = chart([point(0, 10), point(10, 20), point(20, 30, PROXY), point(30, 40)], CUTS)
    assert len(drawn.lines) == 1
    assert drawn.dots[2].shape == "square"


def test_forms_of_two_versions_are_not_joined() -> None:
    assert chart([point(0, 10, ("1.0",)), point(10, 20, ("1.1",))], CUTS).lines == ()


def test_one_form_stands_in_the_middle_and_none_draws_the_axes() -> None:
    assert [dot.x for dot in chart([point(0, 10)], CUTS).dots] == [(LEFT + RIGHT) / 2]
    assert chart([], CUTS).ticks == ((25, 100.0), (50, 70.0), (75, 40.0))
    assert chart([], CUTS).ends == ((0, BOTTOM), (100, TOP))


def test_a_clinician_sees_the_four_gaps_of_every_visit(desk: Desk) -> None:
    latest = desk.make_visit(given=usual(), name="Ada Over Time", filled_hours_ago=1)
    patient = desk.patient_of(latest)
    for days, answers, state in ((30, calm(), "submitted"), (60, worst(), "submitted"), (90, given(), "partial")):
        desk.make_visit(
            hours=-24 * days, patient=patient, given=answers, state=state, filled_hours_ago=24 * days, name="x"
        )
    desk.make_visit(hours=24, patient=patient)

    page = desk.client(Role.CLINICIAN).get(f"/patients/{patient}")

    rows = [text_of(row) for row in parsed(page).iter(f"{XHTML}tr")]
    assert len(rows) == 6
    assert "Not started" in rows[1]
    assert "58 Gap" in rows[2]
    assert "67 Priority" in rows[2]
    assert "answered by someone else" in rows[4]
    assert "Few answers" in rows[5]
    assert page.text.count('class="bc-chart"') == 4
    assert page.text.count('class="bc-chart__line"') == 4


def test_the_front_desk_sees_the_visits_and_no_gap(desk: Desk) -> None:
    visit = desk.make_visit(given=worst(), name="Ada Over Time")
    page = desk.client(Role.FRONT_DESK).get(f"/patients/{desk.patient_of(visit)}").text
    assert "Done" in page
    for words in ("bc-chart", "Priority", "Accessibility", "someone else"):
        assert words not in page


def test_a_patient_without_visits_has_a_page(desk: Desk, app: Flask) -> None:
    with app.app_context():
        clinic = db.session.get_one(factories.Clinic, desk.staff.clinic_id)
        patient = factories.make_patient(db.session, clinic).id
        db.session.commit()
    assert "No visits yet." in desk.client(Role.CLINICIAN).get(f"/patients/{patient}").text


def test_many_visits_ask_the_database_no_more_often_than_one(desk: Desk, app: Flask) -> None:
    patient = desk.patient_of(desk.make_visit(given=usual()))
    client = desk.client(Role.CLINICIAN)

    def count() -> int:
        client.get(f"/patients/{patient}")
        with counted_queries(app) as statements:
            client.get(f"/patients/{patient}")
        return len(statements)

    one = count()
    for days in range(1, 12):
        desk.make_visit(hours=-24 * days, patient=patient, given=calm(), filled_hours_ago=24 * days)
    assert count() == one
    assert one <= 10


def test_everything_agreed_with_a_patient_stands_with_what_came_of_it(desk: Desk, app: Flask) -> None:
    visit_id = desk.make_visit(hours=-24 * 60, given=calm(), filled_hours_ago=24 * 60)
    with app.app_context():
        visit = db.session.get_one(Visit, visit_id)
        form = db.session.scalars(select(Assessment)).one()
        known = {"answered_in": form.id, "answered_at": factories.NOW}
        for what, changes in (
            ("Take the tablet with breakfast", {"happened": "yes", "helped": 3, **known}),
            ("Ask about the bus", {"happened": "no", "who": "clinic", **known}),
            ("Nothing said of it", known),
            ("Call the pharmacy", {"due_on": date(2025, 1, 1)}),
            ("A walk on two days", {"who": "family"}),
        ):
            factories.make_agreement(db.session, visit, **{"what": what, **changes})
        db.session.commit()
    page = desk.client(Role.CLINICIAN).get(f"/patients/{desk.patient_of(visit_id)}")
    table = next(one for one in parsed(page).iter(f"{XHTML}table") if "What came of it" in text_of(one))
    rows = [[text_of(cell) for cell in row] for row in table.iter(f"{XHTML}tr")]
    outcomes = {row[1]: row[4] for row in rows}
    assert outcomes["Take the tablet with breakfast"] == "Done, helped: Quite a bit"
    assert outcomes["Ask about the bus"] == "Not done"
    assert outcomes["Nothing said of it"] == "No answer"
    assert outcomes["Call the pharmacy"] == "Past its date"
    assert outcomes["A walk on two days"] == "Open"
