"""The link by e-mail: asked for where the visit is made, said on its page, and sent again in one press."""

from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.scope import Role
from clinic.db.models import Outbox
from clinic.db.session import db
from clinic.services import clinic_settings, outbox
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual
from tests.web.staff.test_new_visit import ADD, filled


def checkbox(client: PageClient, path: str = ADD) -> Element | None:
    return next((one for one in parsed(client.get(path)).iter(f"{XHTML}input") if one.get("name") == "invites"), None)


def messages(app: Flask) -> list[Outbox]:
    with app.app_context():
        return list(db.session.scalars(select(Outbox).order_by(Outbox.id)))


def deliver(app: Flask, desk: Desk) -> None:
    with app.app_context():
        found = outbox.claim(db.session, "w", desk.clock())
        assert found is not None
        outbox.sent(db.session, "w", found, desk.clock())
        db.session.commit()


@pytest.mark.parametrize("is_on", [True, False])
def test_whether_it_is_sent_is_preselected_as_the_clinic_has_set(app: Flask, desk: Desk, is_on: bool) -> None:
    with app.app_context():
        clinic = desk.staff.clinic_id
        clinic_settings.change(db.session, clinic, "invite_by_email", is_on, None, None, desk.clock())
        db.session.commit()
    box = checkbox(desk.client(Role.FRONT_DESK))
    assert box is not None
    assert (box.get("checked") is not None) is is_on


def test_a_ticked_box_writes_the_message_with_the_visit_and_an_empty_one_does_not(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    client.submit(ADD, filled(desk, client, email="ada@example.org"))
    assert messages(app) == []
    client.submit(ADD, filled(desk, client, email="ada@example.org", record_number="R-78", invites="y"))
    (message,) = messages(app)
    assert message.recipient == "ada@example.org"
    # The message leads to this installation's own address, not to whatever a browser has called it.
    assert "http://127.0.0.1:8000/q/" in message.content["text"]


def test_the_second_press_of_the_same_button_sends_nothing_more(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    for _ in range(2):
        client.submit(ADD, filled(desk, client, email="ada@example.org", invites="y"))
    assert len(messages(app)) == 1


def test_nobody_is_asked_about_mail_to_a_patient_without_an_address(desk: Desk) -> None:
    with_one, without = (desk.patient_of(desk.make_visit(email=one)) for one in ("a@example.org", None))
    client = desk.client(Role.FRONT_DESK)
    assert checkbox(client, f"/visits/new?patient={with_one}") is not None
    assert "a@example.org" in client.get(f"/visits/new?patient={with_one}").text
    assert checkbox(client, f"/visits/new?patient={without}") is None


def test_the_page_of_the_visit_says_what_became_of_the_message_and_sends_it_again(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client, email="ada@example.org", invites="y")).location
    assert "The e-mail is about to be sent. Address: ada@example.org" in text_of(parsed(client.get(path)))
    assert "Send it" not in client.get(path).text

    deliver(app, desk)
    words = text_of(parsed(client.get(path)))
    assert "Sent by e-mail 4 December 2025, 8:20 am. Address: ada@example.org" in words
    assert "Link sent" in words
    client.submit(f"{path}/link/send", page=path)

    assert "leaves within a minute" in client.get(path).text
    assert [one.state for one in messages(app)] == ["sent", "waiting"]


def test_a_message_that_could_not_leave_is_said_on_the_page(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client, email="ada@example.org", invites="y")).location
    with app.app_context():
        found = outbox.claim(db.session, "w", desk.clock())
        assert found is not None
        outbox.put_off(db.session, "w", found, "no answer", desk.clock() + timedelta(minutes=1))
        db.session.commit()
    assert "could not be sent so far" in client.get(path).text


def test_a_new_link_keeps_the_old_message_from_leaving(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client, email="ada@example.org", invites="y")).location
    client.submit(f"{path}/link", page=path)
    assert [one.state for one in messages(app)] == ["withdrawn"]
    assert "Not sent by e-mail." in client.get(path).text


def test_a_press_on_an_old_page_of_a_form_that_was_sent_is_refused_in_words(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=usual(), email="ada@example.org")
    client = desk.client(Role.FRONT_DESK)
    answer = client.submit(f"/visits/{visit}/link/send", page=f"/visits/{visit}/edit")
    assert answer.status_code == 409
    assert "the form has been sent" in answer.text
    assert messages(app) == []


@pytest.mark.parametrize(
    ("email", "is_ready", "says"),
    [
        ("ada@example.org", True, "one is waiting already"),
        (None, True, "the patient has no address"),
        ("ada@example.org", False, "the clinic is not ready for forms"),
    ],
)
def test_why_no_mail_was_added_is_told(app: Flask, desk: Desk, email: str | None, is_ready: bool, says: str) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client, email=email or "", invites="y")).location
    if not is_ready:
        with app.app_context():
            clinic_settings.change(db.session, desk.staff.clinic_id, "backup_role", None, None, None, desk.clock())
            db.session.commit()
    client.submit(f"{path}/link/send", page=path)
    assert f"No e-mail was added: {says}." in client.get(path).text
