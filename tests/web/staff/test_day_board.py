"""The board of the day: how far each link and form is, whose visits are shown, and a page that renews itself."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.core.scope import Role
from clinic.db.models import Clinic, Visit, WebSession
from clinic.db.session import db
from clinic.services import links
from tests import factories
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import calm, given, usual
from tests.web.staff.test_day import rows_of

REFRESH = {"X-Refresh": "1"}


def linked(desk: Desk, *, declined: bool = False, link: dict[str, Any] | None = None, **changes: Any) -> int:
    """Make a visit with a link whose columns are given."""
    number = desk.make_visit(**changes)
    with desk.app.app_context():
        visit = db.session.get_one(Visit, number)
        factories.make_link(db.session, visit, **(link or {}))
        visit.declined_at = desk.clock() if declined else None
        db.session.commit()
    return number


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_each_state_is_told_in_words_on_one_line_a_patient(desk: Desk, role: Role) -> None:
    now = desk.clock()
    linked(desk, name="Nora Nothing")
    linked(desk, name="Stella Sent", link={"sent_at": now})
    linked(desk, name="Olga Opened", link={"sent_at": now, "opened_at": now})
    linked(desk, name="Pia Page", given=given(answers={"ACC1": 4}), state="draft")
    linked(desk, name="Dana Declined", given=given(answers={"ACC1": 4}), state="draft", declined=True)
    linked(desk, name="Flo Finished", given=usual())
    linked(desk, name="Cleo Closed", given=usual(), state="partial")

    rows = rows_of(desk.client(role))

    assert "Link not sent" in rows["Nora Nothing"]
    assert "Link sent" in rows["Stella Sent"]
    assert "Link opened" in rows["Olga Opened"]
    assert "On page 3 of about" in rows["Pia Page"]
    assert "Declined" in rows["Dana Declined"]
    assert "On page" not in rows["Dana Declined"]
    assert "Done" in rows["Flo Finished"]
    assert ("Summary unread" in rows["Flo Finished"]) is (role == Role.CLINICIAN)
    assert "Closed, not sent" in rows["Cleo Closed"]


def test_a_replaced_link_starts_from_the_beginning(desk: Desk) -> None:
    visit = linked(desk, name="Rona Replaced", link={"sent_at": desk.clock(), "opened_at": desk.clock()})
    with desk.app.app_context():
        links.issue(db.session, desk.staff.clinic_id, visit, by=None, now=desk.clock())
        db.session.commit()
    assert "Link not sent" in rows_of(desk.client(Role.FRONT_DESK))["Rona Replaced"]


def test_what_a_declined_form_holds_is_shown_to_nobody(desk: Desk) -> None:
    visit = linked(desk, name="Dana Declined", given=usual(), state="draft", declined=True, hours=-1)
    client = desk.client(Role.CLINICIAN)
    page = client.get(f"/visits/{visit}").text
    assert "would rather not fill it in" in page
    assert "Use what is there" not in page
    assert "Keeping up with treatment" not in rows_of(client)["Dana Declined"]
    assert client.submit(f"/visits/{visit}/close", page=f"/visits/{visit}").status_code == 409
    assert client.get(f"/visits/{visit}/summary.pdf").status_code == 409


def someone_else(desk: Desk, app: Flask) -> int:
    with app.app_context():
        clinic = db.session.get_one(Clinic, desk.staff.clinic_id)
        other = factories.make_user(db.session, clinic, display_name="Dr. Other").id
        db.session.commit()
    return other


def test_everybody_can_ask_for_the_visits_of_one_clinician(app: Flask, desk: Desk) -> None:
    other = someone_else(desk, app)
    desk.make_visit(name="Mine Own")
    desk.make_visit(name="Theirs Only", clinician=other)
    mine = desk.staff.ids[Role.CLINICIAN]
    for role, default in ((Role.CLINICIAN, {"Mine Own"}), (Role.FRONT_DESK, {"Mine Own", "Theirs Only"})):
        client = desk.client(role)
        assert set(rows_of(client)) == default
        assert set(rows_of(client, f"/visits?whose={other}")) == {"Theirs Only"}
        assert set(rows_of(client, f"/visits?whose={mine}")) == {"Mine Own"}
        assert set(rows_of(client, "/visits?whose=all")) == {"Mine Own", "Theirs Only"}
        for nobody in ("999999", "x", "-1", "9" * 30, "٣", ""):
            assert set(rows_of(client, f"/visits?whose={nobody}")) == default


def test_the_choice_goes_along_to_another_day(app: Flask, desk: Desk) -> None:
    other = someone_else(desk, app)
    tree = parsed(desk.client(Role.FRONT_DESK).get(f"/visits?whose={other}"))
    days = [one.get("href", "") for one in tree.iter(f"{XHTML}a") if "day=" in one.get("href", "")]
    assert days
    assert all(f"whose={other}" in one for one in days)
    (chosen,) = (one for one in tree.iter(f"{XHTML}option") if one.get("selected") is not None)
    assert text_of(chosen) == "Dr. Other"


def agreed(desk: Desk, what: str, due_on: date | None, **changes: Any) -> int:
    visit = desk.make_visit(hours=-24 * 30, **changes)
    with desk.app.app_context():
        factories.make_agreement(db.session, db.session.get_one(Visit, visit), what=what, due_on=due_on)
        db.session.commit()
    return visit


def past_due(client: PageClient, path: str = "/visits") -> str:
    sections = (one for one in parsed(client.get(path)).iter(f"{XHTML}section"))
    return next((text_of(one) for one in sections if one.get("aria-labelledby") == "past-due"), "")


def test_a_clinician_sees_what_they_agreed_and_is_past_its_date(app: Flask, desk: Desk) -> None:
    today = desk.clock().date()
    agreed(desk, "Call the pharmacy", today - timedelta(days=1), name="Lara Late")
    agreed(desk, "Not due yet", today, name="Tina Today")
    agreed(desk, "Of a colleague", today - timedelta(days=9), clinician=someone_else(desk, app))
    client = desk.client(Role.CLINICIAN)

    words = past_due(client)

    assert "Agreed, and past its date" in words
    assert "Lara Late" in words
    assert "Call the pharmacy" in words
    assert "3 Dec 2025" in words
    assert "Not due yet" not in words
    assert "Of a colleague" not in words
    assert past_due(client, "/visits?whose=all") == past_due(client, "/visits?day=2025-12-01") == ""
    assert past_due(desk.client(Role.FRONT_DESK)) == ""


def test_the_parts_that_renew_themselves_are_found_by_their_names(desk: Desk) -> None:
    desk.make_visit(given=calm())
    tree = parsed(desk.client(Role.CLINICIAN).get("/visits"))
    live = [one for one in tree.iter() if isinstance(one.tag, str) and one.get("data-live") is not None]
    assert [one.get("id") for one in live] == ["count", "board"]
    assert next(one for one in live if one.get("id") == "board").find(f"{XHTML}table") is not None


def test_a_page_that_renews_itself_keeps_nobody_signed_in(app: Flask, desk: Desk, clock: Clock) -> None:
    client = desk.client(Role.FRONT_DESK)
    for _ in range(14):
        clock.forward(minutes=1)
        assert client.get("/visits", headers=REFRESH).status_code == 200
    clock.forward(minutes=2)
    answer = client.get("/visits", headers=REFRESH)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login")
    with app.app_context():
        used_at = db.session.query(WebSession).filter_by(kind="staff").one().last_used_at
    assert used_at <= clock() - timedelta(minutes=15)


def test_a_page_that_somebody_opens_does(desk: Desk, clock: Clock) -> None:
    client = desk.client(Role.FRONT_DESK)
    for _ in range(20):
        clock.forward(minutes=1)
        assert client.get("/visits").status_code == 200


def test_what_somebody_is_to_be_told_is_not_told_to_a_page_that_renews_itself(desk: Desk) -> None:
    visit = linked(desk)
    client = desk.client(Role.FRONT_DESK)
    client.submit(f"/visits/{visit}/link", page=f"/visits/{visit}")
    client.get("/visits", headers=REFRESH)
    assert "The old link has ended." in client.get(f"/visits/{visit}").text
    assert "The old link has ended." not in client.get(f"/visits/{visit}").text
