"""What a clinic did in a period: each measure counted by hand, on both kinds of database."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from clinic.core.suppression import Cell, Table, decide
from clinic.core.trends import Period
from clinic.db.models import Alert, Assessment, Clinic, Visit
from clinic.services import clinic_settings, trend_process, trend_publishing, trends
from tests import factories
from tests.services.trend_forms import count, forms, moment, people

MARCH = Period.parse("2026-03")
# A Tuesday at ten in New York, where the ready clinic is staffed from nine to five.
TUESDAY = moment(2026, 3, 17, 14)


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session, ready=True)


def counted(session: Session, clinic: Clinic) -> dict[str, Table]:
    found = trend_process.tables(session, clinic_settings.read(session, clinic.id), MARCH)
    # Whatever is counted has to be something that the suppression can reckon with.
    decide("month", found)
    return found


def whole(session: Session, clinic: Clinic) -> dict[str, tuple[int, int]]:
    return {name: (one.whole.x, one.whole.n) for name, one in counted(session, clinic).items()}


def visit(session: Session, clinic: Clinic, at: datetime = TUESDAY, **changes: Any) -> Visit:
    return factories.make_visit(session, clinic, scheduled_at=at, **changes)


def form(session: Session, clinic: Clinic, at: datetime = TUESDAY, **changes: Any) -> Assessment:
    values: dict[str, Any] = {"state": "submitted", "submitted_at": at, "completion": "complete", "respondent": "self"}
    return factories.make_assessment(session, visit(session, clinic, at), **values | changes)


def alert(
    session: Session, of: Assessment, level: str, opened: datetime, seen: datetime | None, **changes: Any
) -> None:
    values: dict[str, Any] = {
        "clinic_id": of.clinic_id,
        "assessment_id": of.id,
        "patient_id": of.patient_id,
        "level": level,
        "state": "open",
        "triggers": {"checkin": None, "signals": []},
        "raised_at": opened,
        "opens_at": opened,
        "acknowledged_at": seen,
        "acknowledged_by": session.get_one(Visit, of.visit_id).clinician_id if seen else None,
    }
    session.add(Alert(**values | changes))
    session.flush()


def test_of_nothing_every_measure_is_nothing(session: Session, clinic: Clinic) -> None:
    assert set(whole(session, clinic).values()) == {(0, 0)}
    assert trend_process.quantities(session, clinic_settings.read(session, clinic.id), MARCH) == {}


def test_the_funnel_goes_from_invited_to_done_and_says_where_forms_were_left(session: Session, clinic: Clinic) -> None:
    # Nobody was asked at this visit, so that it is in no count.
    visit(session, clinic)
    factories.make_link(session, visit(session, clinic))
    opened = factories.make_link(session, visit(session, clinic), opened_at=TUESDAY)
    factories.make_link(session, visit(session, clinic, declined_at=TUESDAY))
    form(session, clinic)
    form(session, clinic, state="draft", submitted_at=None, completion=None, pages_left=3)
    form(session, clinic, state="partial", submitted_at=None, closed_at=TUESDAY, completion="partial", pages_left=11)
    factories.make_link(session, visit(session, clinic, cancelled_at=TUESDAY), opened_at=TUESDAY)
    assert opened.revoked_at is None
    found = whole(session, clinic)
    assert (found["opened"], found["done"], found["declined"]) == ((4, 6), (1, 4), (1, 6))
    # A link that was opened and left is a form that was left on its first page.
    assert {name: one for name, one in found.items() if name.startswith("left") and one[0]} == {
        "left:1": (1, 4),
        "left:4": (1, 4),
        "left:9": (1, 4),
    }


def test_several_links_of_one_visit_are_one_invitation(session: Session, clinic: Clinic) -> None:
    one = visit(session, clinic)
    factories.make_link(session, one, revoked_at=TUESDAY, opened_at=TUESDAY)
    factories.make_link(session, one)
    assert whole(session, clinic)["opened"] == (1, 1)


def test_done_is_told_by_mode_and_language_of_the_forms_that_were_begun(session: Session, clinic: Clinic) -> None:
    form(session, clinic, mode="tablet", language="es")
    form(session, clinic, mode="tablet")
    form(session, clinic, mode="paper", state="draft", submitted_at=None, completion=None)
    factories.make_link(session, visit(session, clinic), opened_at=TUESDAY)
    groups = counted(session, clinic)["done"].groups
    assert groups["mode"] == {"tablet": Cell(2, 2), "paper": Cell(0, 1), "": Cell(0, 1)}
    assert groups["language"] == {"es": Cell(1, 1), "en": Cell(1, 2), "": Cell(0, 1)}


def test_who_opened_and_never_began_is_published_under_no_name(session: Session, clinic: Clinic) -> None:
    forms(session, clinic, people(session, clinic, 60), TUESDAY)
    for _ in range(20):
        factories.make_link(session, visit(session, clinic), opened_at=TUESDAY)
    now = moment(2026, 6, 20)
    count(session, clinic, now)
    trend_publishing.publish_clinic(session, clinic.id, now=now)
    view = trends.read(session, clinic.id, "month", now=now)
    assert (view.series["done"].points[0].figure.x, view.series["done"].points[0].figure.n) == (60, 80)
    assert view.series["done:mode=web"].points[0].figure.n == 60
    assert [name for name in view.series if name.startswith("done")] == [
        "done",
        *(f"done:mode={mode}" for mode in ("web", "tablet", "paper")),
        "done:language=en",
        "done:language=es",
    ]


def test_proxy_forms_are_told_of_all_that_were_done(session: Session, clinic: Clinic) -> None:
    form(session, clinic)
    form(session, clinic, respondent="proxy")
    form(session, clinic, respondent="proxy", state="draft", submitted_at=None, completion=None)
    assert whole(session, clinic)["proxy"] == (1, 2)


def test_a_visit_of_the_last_evening_is_of_the_clinics_own_month(session: Session, clinic: Clinic) -> None:
    # The last of March at 23:30 in New York, and the first of April at 00:30.
    form(session, clinic, moment(2026, 4, 1, 3, 30))
    form(session, clinic, moment(2026, 4, 1, 4, 30))
    # Before the clocks change, March begins at five o'clock in UTC.
    form(session, clinic, moment(2026, 3, 1, 4, 59))
    assert whole(session, clinic)["done"] == (1, 1)


def test_what_is_sent_within_two_weeks_of_the_months_end_is_in_it_and_later_is_not(
    session: Session, clinic: Clinic
) -> None:
    at = moment(2026, 3, 31, 14)
    form(session, clinic, at, started_at=at, submitted_at=moment(2026, 4, 14, 14))
    form(session, clinic, at, started_at=at, submitted_at=moment(2026, 4, 15, 14))
    assert whole(session, clinic)["done"] == (1, 2)


def test_a_flag_is_agreed_on_once_however_much_was_agreed(session: Session, clinic: Clinic) -> None:
    one, other, third = (visit(session, clinic) for _ in range(3))
    shared = {"gap": "support", "created_at": TUESDAY}
    factories.make_agreement(session, one, **shared)
    factories.make_agreement(session, one, **shared, what="Call the group")
    factories.make_agreement(session, other, **shared, kind="discussed", what=None, who=None)
    undone = {"taken_back_at": TUESDAY, "taken_back_by": third.clinician_id}
    factories.make_agreement(session, third, **shared, **undone)
    factories.make_agreement(session, third, gap="stigma", created_at=moment(2026, 4, 2))
    found = whole(session, clinic)
    assert (found["agreed:support"], found["agreed:stigma"], found["agreed:other"]) == ((1, 2), (0, 0), (0, 0))


def test_what_happened_is_of_those_who_said_so_and_what_helped_of_what_happened(
    session: Session, clinic: Clinic
) -> None:
    after = form(session, clinic)
    told: list[tuple[str | None, int | None]] = [
        *(("yes", 4), ("partly", 2), ("yes", 1), ("yes", None)),
        *(("no", None), ("not_needed", None), (None, None)),
    ]
    for happened, helped in told:
        answers = {"happened": happened, "helped": helped, "answered_in": after.id, "answered_at": TUESDAY}
        factories.make_agreement(session, visit(session, clinic), created_at=TUESDAY, **answers)
    factories.make_agreement(session, visit(session, clinic), created_at=TUESDAY)
    found = whole(session, clinic)
    assert (found["happened:adherence"], found["helped:adherence"]) == ((4, 5), (2, 4))


def test_what_happened_belongs_to_the_day_of_the_answer_and_not_to_that_of_the_agreement(
    session: Session, clinic: Clinic
) -> None:
    after, before, later = form(session, clinic), moment(2026, 2, 3), moment(2026, 4, 2)
    for agreed, answered in ((before, TUESDAY), (before, before), (TUESDAY, later)):
        answers = {"happened": "yes", "helped": 4, "answered_in": after.id, "answered_at": answered}
        factories.make_agreement(session, visit(session, clinic), created_at=agreed, **answers)
    found = whole(session, clinic)
    assert (found["agreed:adherence"], found["happened:adherence"]) == ((1, 1), (1, 1))


def test_alerts_count_once_a_form_at_its_highest_level(session: Session, clinic: Clinic) -> None:
    worse, settled = form(session, clinic), form(session, clinic)
    unsent = form(session, clinic, state="draft", submitted_at=None, completion=None)
    alert(session, worse, "S2", TUESDAY, None)
    alert(session, worse, "S3", TUESDAY, None)
    alert(session, settled, "S1", TUESDAY, None, state="settled", settled_at=TUESDAY)
    alert(session, unsent, "S3", TUESDAY, None)
    found = whole(session, clinic)
    assert (found["alert:S2"], found["alert:S3"]) == ((0, 2), (1, 2))


def test_the_target_is_the_clinics_own_in_staffed_time(session: Session, clinic: Clinic) -> None:
    one = form(session, clinic)
    minute = timedelta(minutes=1)
    alert(session, one, "S3", TUESDAY, TUESDAY + 15 * minute)
    alert(session, one, "S3", TUESDAY, TUESDAY + 16 * minute)
    # Twenty minutes before closing, and seen next morning at half past nine: 50 staffed minutes of 240.
    evening = moment(2026, 3, 17, 20, 40)
    alert(session, one, "S2", evening, moment(2026, 3, 18, 13, 30))
    alert(session, one, "S2", TUESDAY, None)
    alert(session, one, "S2", moment(2026, 4, 2), moment(2026, 4, 2))
    assert whole(session, clinic)["in_target"] == (2, 4)
    found = trend_process.quantities(session, clinic_settings.read(session, clinic.id), MARCH)
    assert found == {"acknowledge_median": (16.0, 3), "acknowledge_p90": (50.0, 3)}


def test_minutes_are_the_median_of_forms_that_were_sent_and_timed(session: Session, clinic: Clinic) -> None:
    for seconds in (60, 120, 240, 600):
        form(session, clinic, core_seconds=seconds)
    form(session, clinic, core_seconds=None)
    form(session, clinic, core_seconds=9999, state="draft", submitted_at=None, completion=None)
    found = trend_process.quantities(session, clinic_settings.read(session, clinic.id), MARCH)
    assert found == {"minutes": (3.0, 4)}


def test_a_quantity_is_published_from_eleven_on_with_a_rounded_number_of_forms(
    session: Session, clinic: Clinic
) -> None:
    now = moment(2026, 6, 20)
    forms(session, clinic, people(session, clinic, 10), TUESDAY, core_seconds=300)
    forms(session, clinic, people(session, clinic, 37), moment(2026, 4, 14), core_seconds=240)
    count(session, clinic, now)
    trend_publishing.publish_clinic(session, clinic.id, now=now)
    found = trends.read(session, clinic.id, "month", now=now).quantities["minutes"]
    assert [(one.state, one.value, one.n) for one in found] == [
        ("hidden", None, None),
        ("shown", 4.0, 30),
        ("hidden", None, None),
    ]


def test_a_month_that_is_hidden_cannot_be_worked_out_of_its_quarter(session: Session, clinic: Clinic) -> None:
    now = moment(2026, 6, 20)
    for month, sent, unsent in ((1, 40, 20), (2, 40, 4), (3, 40, 20)):
        at = moment(2026, month, 10)
        forms(session, clinic, people(session, clinic, sent), at)
        draft = {"state": "draft", "completion": None, "responded": None, "core_seconds": None}
        forms(session, clinic, people(session, clinic, unsent), at, **draft)
    count(session, clinic, now)
    trend_publishing.publish_clinic(session, clinic.id, now=now)
    months = trends.read(session, clinic.id, "month", last=MARCH, now=now).series["done"].points
    assert [one.figure.state for one in months] == ["shown", "hidden", "shown"]
    quarter = trends.read(session, clinic.id, "quarter", now=now).series["done"].points
    assert [one.figure.state for one in quarter] == ["hidden"]
