"""The day's visits as clinicians and the front desk see them."""

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from clinic.core.scope import Role
from clinic.db.models import Visit
from clinic.db.session import db
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk, counted_queries
from tests.web.staff.people import calm, given, usual, with_signal, worst

ANSWERS_OF_NOBODY = ("No signal", "Talk at the visit", "Same day", "Urgent now", "Priority", "Gap", "Watch", "wants")


def rows_of(client: PageClient, path: str = "/visits") -> dict[str, str]:
    """Return the words of each row by the patient's name."""
    tree = parsed(client.get(path))
    return {name_of(row): text_of(row) for row in tree.iter(f"{XHTML}tr") if name_of(row)}


def name_of(row: Element) -> str:
    links = list(row.iter(f"{XHTML}a"))
    return text_of(links[0]) if links else ""


def test_a_clinician_sees_every_state_in_words(desk: Desk) -> None:
    desk.make_visit(name="Nora New")
    desk.make_visit(given=given(answers={"ACC1": 4}), state="draft", name="Stan Started")
    desk.make_visit(given=usual(), name="Dora Done")
    desk.make_visit(given=given(answers={"ACC1": 4, "ACC2": 2}), state="partial", name="Paul Partial")
    read = desk.make_visit(given=calm(), name="Rita Read")
    client = desk.client(Role.CLINICIAN)
    client.submit(f"/visits/{read}/read", page=f"/visits/{read}")

    rows = rows_of(client)

    assert "Link not sent" in rows["Nora New"]
    assert "Started" in rows["Stan Started"]
    assert "On page 3 of about" in rows["Stan Started"]
    assert "Done" in rows["Dora Done"]
    assert "Summary unread" in rows["Dora Done"]
    assert "Closed, not sent" in rows["Paul Partial"]
    assert "Summary read" in rows["Rita Read"]


def test_a_clinician_sees_gaps_and_picks_only_of_forms_that_were_sent(desk: Desk) -> None:
    desk.make_visit(given=usual(), name="Dora Done")
    desk.make_visit(given=usual(), state="draft", name="Stan Started")

    rows = rows_of(desk.client(Role.CLINICIAN))

    assert "Keeping up with treatment" in rows["Dora Done"]
    assert "Adherence Priority" in rows["Dora Done"].replace("AdherencePriority", "Adherence Priority")
    assert "Keeping up with treatment" not in rows["Stan Started"]
    assert "Priority" not in rows["Stan Started"]
    assert "no answers yet" in rows["Stan Started"]


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        pytest.param({}, "Not acknowledged yet", id="open"),
        pytest.param({"acknowledged": True}, "Acknowledged", id="acknowledged"),
        pytest.param({"state": "waiting", "level": "S2", "opens_in": 10}, "Alert opens", id="waiting"),
        pytest.param({"closed": True}, "Alert closed", id="closed"),
    ],
)
def test_the_safety_of_a_form_that_is_not_sent_is_shown_with_its_alert(
    desk: Desk, clock: Clock, alert: dict[str, object], words: str
) -> None:
    columns: dict[str, object] = {key: alert[key] for key in ("state", "level") if key in alert}
    if alert.get("acknowledged"):
        columns |= {"acknowledged_at": clock(), "acknowledged_by": desk.staff.ids[Role.CLINICIAN]}
    if alert.get("closed"):
        columns |= {"state": "closed", "closed_at": clock()}
    if minutes := alert.get("opens_in"):
        columns |= {"opens_at": clock() + timedelta(minutes=int(str(minutes)))}
    desk.make_visit(given=worst(), state="draft", name="Marta Now", alert=columns)

    row = rows_of(desk.client(Role.CLINICIAN))["Marta Now"]

    assert "Urgent now" in row
    assert words in row


def test_an_alert_that_opened_keeps_its_level_when_the_answers_fall_back(desk: Desk) -> None:
    desk.make_visit(given=calm(), name="Ada Back", alert={"level": "S2"})
    assert "Same day" in rows_of(desk.client(Role.CLINICIAN))["Ada Back"]


def test_a_settled_alert_raises_no_level(desk: Desk, clock: Clock) -> None:
    settled = {"level": "S1", "state": "settled", "settled_at": clock()}
    desk.make_visit(given=calm(), name="Ada Settled", alert=settled)
    assert "No signal" in rows_of(desk.client(Role.CLINICIAN))["Ada Settled"]


def test_the_front_desk_sees_states_and_slips_and_no_answers(desk: Desk) -> None:
    desk.make_visit(given=worst(), name="Dora Done", alert={})
    desk.make_visit(given=with_signal(), state="draft", name="Stan Started")
    visit = desk.make_visit(name="Nora New")
    client = desk.client(Role.FRONT_DESK)

    rows = rows_of(client)

    assert "Done" in rows["Dora Done"]
    assert "Started" in rows["Stan Started"]
    assert "Print the slip" in rows["Nora New"]
    assert f'href="/visits/{visit}/slip"' in client.get("/visits").text
    assert [word for word in ANSWERS_OF_NOBODY for row in rows.values() if word in row] == []
    assert "someone else" not in rows["Dora Done"]


def test_the_front_desk_is_never_given_an_answer_by_the_database(app: Flask, desk: Desk) -> None:
    desk.make_visit(given=worst(), name="Dora Done")
    client = desk.client(Role.FRONT_DESK)
    with counted_queries(app) as statements:
        client.get("/visits")
    assert [one for one in statements if "assessment.document" in one or "accessibility_level" in one] == []


def test_a_clinician_sees_their_own_visits_first_and_the_whole_clinic_on_request(desk: Desk) -> None:
    desk.make_visit(name="Mine Own")
    desk.make_visit(name="Another Ones", clinician=desk.staff.ids[Role.MANAGER])
    client = desk.client(Role.CLINICIAN)

    assert list(rows_of(client)) == ["Mine Own"]
    assert set(rows_of(client, "/visits?whose=all")) == {"Mine Own", "Another Ones"}
    assert set(rows_of(desk.client(Role.FRONT_DESK))) == {"Mine Own", "Another Ones"}


def test_a_day_runs_from_midnight_to_midnight_on_the_clinics_clock(desk: Desk, clock: Clock) -> None:
    # In Chicago the clocks go forward on 8 March 2026, so that this day has 23 hours.
    clock.moment = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
    midnight = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
    for name, at in (
        ("Before Midnight", midnight - timedelta(minutes=1)),
        ("First Minute", midnight),
        ("Last Minute", midnight + timedelta(hours=23) - timedelta(minutes=1)),
        ("Next Day", midnight + timedelta(hours=23)),
    ):
        desk.make_visit(hours=(at - clock()).total_seconds() / 3600, name=name)
    client = desk.client(Role.CLINICIAN)

    assert list(rows_of(client)) == ["First Minute", "Last Minute"]
    assert list(rows_of(client, "/visits?day=2026-03-07")) == ["Before Midnight"]
    assert list(rows_of(client, "/visits?day=2026-03-09")) == ["Next Day"]


def test_a_day_that_is_none_shows_today(desk: Desk) -> None:
    client = desk.client(Role.CLINICIAN)
    for day in ("", "nonsense", "2025-13-45", "9999-12-31", "0001-01-01", "2025-12-04' --"):
        page = client.get("/visits", query_string={"day": day})
        assert page.status_code == 200
        assert "<h1>Thursday 4 December</h1>" in page.text


def test_the_next_visit_is_marked(desk: Desk) -> None:
    desk.make_visit(hours=-1, name="Past One")
    desk.make_visit(hours=1, name="Coming Up")
    desk.make_visit(hours=2, name="Later On")
    rows = rows_of(desk.client(Role.CLINICIAN))
    assert ["Next" in row for row in rows.values()] == [False, True, False]


def test_a_cancelled_visit_is_told_and_is_never_the_next(app: Flask, desk: Desk, clock: Clock) -> None:
    visit = desk.make_visit(name="Called Off")
    desk.make_visit(hours=2, name="Coming Up")
    with app.app_context():
        db.session.get_one(Visit, visit).cancelled_at = clock()
        db.session.commit()
    rows = rows_of(desk.client(Role.CLINICIAN))
    assert "Cancelled" in rows["Called Off"]
    assert "Next" not in rows["Called Off"]


def headline(client: PageClient) -> str:
    return next(text_of(one) for one in parsed(client.get("/visits")).iter(f"{XHTML}p") if "visit" in text_of(one))


def test_the_count_of_a_day_leaves_out_what_was_cancelled_and_says_so(app: Flask, desk: Desk, clock: Clock) -> None:
    client, off = desk.client(Role.FRONT_DESK), [desk.make_visit(name="Called Off")]
    with app.app_context():
        db.session.get_one(Visit, off[0]).cancelled_at = clock()
        db.session.commit()
    assert headline(client) == "0 visits. Cancelled: 1. Now 8:20 am."

    desk.make_visit(given=usual(), name="Dora Done")
    desk.make_visit(name="Nora New")
    assert headline(client) == ("2 visits. Forms: 1 in, 0 half done, 1 not begun. Cancelled: 1. Now 8:20 am.")


def test_an_empty_day_says_so_and_offers_a_new_visit(desk: Desk) -> None:
    page = desk.client(Role.CLINICIAN).get("/visits?day=2025-12-24").text
    assert "None of your visits on this day." in page
    assert 'href="/visits/new"' in page


def test_what_keeps_forms_closed_is_said_on_the_day(desk: Desk, app: Flask, clock: Clock) -> None:
    from clinic.services import clinic_settings

    with app.app_context():
        clinic_settings.change(db.session, desk.staff.clinic_id, "staffed_hours", None, None, None, clock())
        db.session.commit()
    page = desk.client(Role.FRONT_DESK).get("/visits").text
    assert "No form can be opened yet." in page
    assert "staffed_hours" in page


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_a_day_of_ten_visits_asks_the_database_no_more_often_than_a_day_of_one(
    app: Flask, desk: Desk, role: Role
) -> None:
    client = desk.client(role)

    def count() -> int:
        with counted_queries(app) as statements:
            client.get("/visits")
        return len(statements)

    desk.make_visit(given=usual(), name="Ada One", alert={})
    client.get("/visits")
    one = count()
    for number in range(9):
        desk.make_visit(given=usual() if number % 2 else worst(), name=f"Ben Number{number}", alert={})

    assert count() == one
    assert one <= 9


def test_a_damaged_name_does_not_take_the_day_with_it(app: Flask, desk: Desk) -> None:
    from sqlalchemy import text

    visit = desk.make_visit(name="Ada Damaged")
    with app.app_context():
        db.session.execute(text("UPDATE patient SET name = 'broken'"))
        db.session.commit()
    page = desk.client(Role.CLINICIAN).get("/visits")
    assert page.status_code == 200
    assert "Name cannot be read" in page.text
    assert f"/visits/{visit}" in page.text
