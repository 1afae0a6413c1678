"""Who comes without an appointment gets a visit and its code at once, and a form that is handed over begins here."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.scope import Role
from clinic.db.models import Assessment, FormLink, Outbox, Visit
from clinic.db.session import db
from clinic.services import clinic_settings, links
from tests.web.conftest import Clock
from tests.web.page_check import PageClient, parsed, text_of
from tests.web.patient.conftest import Patient
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual
from tests.web.staff.test_new_visit import ADD, code_of, filled


def the_visit(app: Flask) -> Visit:
    with app.app_context():
        return db.session.scalars(select(Visit)).one()


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def linked(desk: Desk, **changes: object) -> int:
    visit = desk.make_visit(**changes)  # type: ignore[arg-type]
    with desk.app.app_context():
        links.issue(db.session, desk.staff.clinic_id, visit, by=None, now=desk.clock())
        db.session.commit()
    return visit


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_a_walk_in_begins_at_this_minute_whatever_was_typed_and_the_code_is_shown(
    app: Flask, desk: Desk, clock: Clock, role: Role
) -> None:
    clock.forward(seconds=42)
    client = desk.client(role)
    typed = filled(desk, client, day="", clock="", start="now", email="ada@example.org", invites="y")

    answer = client.submit(ADD, typed)

    visit = the_visit(app)
    assert (answer.status_code, answer.location) == (303, f"/visits/{visit.id}/tablet")
    assert visit.scheduled_at == clock().replace(second=0)
    page = client.get(answer.location)
    with app.app_context():
        link = links.current(db.session, desk.staff.clinic_id, visit.id, now=clock())
    assert link is not None
    assert code_of(page.text) == link.spaced_code
    assert "localhost/start" in page.text
    assert count(app, Outbox) == 0


def test_a_walk_in_of_somebody_who_is_known(app: Flask, desk: Desk) -> None:
    patient = desk.patient_of(desk.make_visit(hours=48, name="Kim Known"))
    client = desk.client(Role.FRONT_DESK)
    path = f"/visits/new?patient={patient}"
    typed = {key: value for key, value in filled(desk, client).items() if key in ("clinician", "site")}
    place = client.submit(path, {**typed, "start": "now"}).location
    assert place.endswith("/tablet")
    assert "Kim Known" in client.get(place).text
    assert count(app, Visit) == 2


@pytest.mark.parametrize("minutes", [0, 1, 9])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_second_press_a_little_later_is_led_to_the_same_visit(
    app: Flask, desk: Desk, clock: Clock, minutes: int, is_new: bool
) -> None:
    client = desk.client(Role.FRONT_DESK)
    typed = filled(desk, client, start="now")
    first = client.submit(ADD, typed).location
    clock.forward(minutes=minutes)
    path = ADD if is_new else f"/visits/new?patient={desk.patient_of(the_visit(app).id)}"
    assert client.submit(path, typed).location == first
    assert count(app, Visit) == 1


def test_a_walk_in_with_something_missing_is_asked_for_it(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = client.submit(ADD, filled(desk, client, start="now", name="", clock=""))
    assert answer.status_code == 422
    assert "Give the patient’s name." in answer.text
    assert "Say at what time it is." not in answer.text


def test_the_page_to_hand_over_says_nothing_about_health(desk: Desk) -> None:
    visit = linked(desk, name="Tom Tablet")
    words = text_of(parsed(desk.client(Role.FRONT_DESK).get(f"/visits/{visit}/tablet")).find("*//{*}main"))  # type: ignore[arg-type]
    assert "Tom Tablet" in words
    for word in ("barrier", "depress", "symptom", "health"):
        assert word not in words.lower()


def opened_here(desk: Desk, visit: int) -> PageClient:
    client = desk.client(Role.FRONT_DESK)
    answer = client.submit(f"/visits/{visit}/tablet")
    assert (answer.status_code, answer.location) == (303, "/form")
    return client


def test_opening_it_here_signs_the_staff_out_of_this_browser_and_begins_the_form(app: Flask, desk: Desk) -> None:
    visit = linked(desk)
    client = opened_here(desk, visit)

    assert client.get("/visits").location.startswith("/login")
    assert client.get("/form").location == "/form/start"
    with app.app_context():
        assert db.session.scalars(select(FormLink.opened_at)).one() == desk.clock()


def test_a_form_that_was_begun_here_is_kept_as_one_from_the_tablet_and_others_are_not(app: Flask, desk: Desk) -> None:
    modes = []
    for visit in (linked(desk), linked(desk)):
        client = opened_here(desk, visit) if not modes else app.test_client()
        if modes:
            with app.app_context():
                link = links.current(db.session, desk.staff.clinic_id, visit, now=desk.clock())
            assert link is not None
            client.get(link.path)
        patient = Patient(client)  # type: ignore[arg-type]
        patient.open("/form")
        patient.press("next")
        with app.app_context():
            modes.append(db.session.scalars(select(Assessment.mode).where(Assessment.visit_id == visit)).one())
    assert modes == ["tablet", "web"]


def test_who_gets_the_device_back_finds_nothing_of_the_one_before(app: Flask, desk: Desk) -> None:
    patient = Patient(opened_here(desk, linked(desk)))
    patient.open("/form")
    patient.go_to("check", {"txt": {"TXT": "Nobody else may read this"}})
    patient.press("send")
    assert patient.key == "done"
    assert "give the device back" in patient.words
    assert patient.page is not None
    assert "Nobody else may read this" not in patient.page.text
    for address in ("/form", "/form/mine", "/form/done", "/form/txt"):
        assert patient.client.get(address).status_code == 401


def test_a_form_that_was_begun_at_home_stays_one_from_home(app: Flask, desk: Desk) -> None:
    visit = linked(desk, given=usual(), state="draft")
    client = opened_here(desk, visit)
    patient = Patient(client)
    patient.open("/form")
    patient.press("next")
    with app.app_context():
        assert db.session.scalars(select(Assessment.mode)).one() == "web"


def test_nobody_is_asked_for_a_date_of_birth_on_a_device_that_was_handed_over(app: Flask, desk: Desk) -> None:
    with app.app_context():
        clinic_settings.change(db.session, desk.staff.clinic_id, "ask_birth_date", True, None, None, desk.clock())
        db.session.commit()
    assert opened_here(desk, linked(desk)).get("/form").location == "/form/start"


def test_a_form_that_was_sent_and_an_ended_link_open_nothing_and_sign_nobody_out(desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    for visit in (desk.make_visit(given=usual()), desk.make_visit()):
        assert "There is nothing to offer" in client.get(f"/visits/{visit}/tablet").text
        assert client.submit(f"/visits/{visit}/tablet", page="/account").status_code == 409
    assert client.get("/visits").status_code == 200


def test_a_clinic_that_is_not_ready_offers_no_form_here(app: Flask, desk: Desk) -> None:
    visit = linked(desk)
    with app.app_context():
        clinic_settings.change(db.session, desk.staff.clinic_id, "backup_role", None, None, None, desk.clock())
        db.session.commit()
    page = desk.client(Role.FRONT_DESK).get(f"/visits/{visit}/tablet").text
    assert "No form can be opened yet." in page
    assert "Sign me out" not in page
