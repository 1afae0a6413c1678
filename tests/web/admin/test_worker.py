"""An administrator sees whether messages leave, and nobody's address or words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.config import MailSettings
from clinic.core.scope import Role
from clinic.db.models import Clinic, Outbox, WorkerRun
from clinic.db.session import begin_write, db
from clinic.mail.letter import REASONS
from clinic.services import outbox, work
from clinic.web.worker import failure_words
from tests.factories import make_clinic
from tests.web.page_check import PageClient, parsed, text_of
from tests.web.staff.conftest import Desk

PAGE = "/admin/worker"


@contextmanager
def writing(app: Flask) -> Iterator[Session]:
    with app.app_context():
        begin_write(db.session)
        yield db.session
        db.session.commit()


def run_all(app: Flask, **changes: Any) -> None:
    """Note that a worker has just done all of its jobs."""
    now = app.config["CLOCK"]()
    with writing(app) as session:
        for name in work.JOBS:
            values = {"worker": "server:12:ab", "ran_at": now, "done_at": now, "last_error": None}
            session.add(WorkerRun(job=name, **values | changes))


def put(app: Flask, clinic: int, **changes: Any) -> None:
    now = app.config["CLOCK"]()
    with writing(app) as session:
        values = {
            "clinic_id": clinic,
            "kind": "reminder",
            "key": "reminder:1:7",
            "recipient": "maria@mail.example",
            "subject": "Your visit",
            "text": "A secret link",
            "now": now,
        }
        outbox.put(session, **values | changes)


def page(client: PageClient) -> str:
    return text_of(parsed(client.get(PAGE)))


def post_test(client: PageClient) -> Any:
    return client.post(f"{PAGE}/test", data={"csrf_token": client.token(PAGE)})


def with_mail(app: Flask) -> None:
    mail = MailSettings(
        host="mail.example", port=587, security="starttls", user="u", password="p-word", sender="f@h.example"
    )
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail=mail)


def test_where_the_worker_runs_and_nothing_waits_all_is_well(app: Flask, admin: PageClient) -> None:
    with_mail(app)
    run_all(app)
    shown = page(admin)

    assert "All is well" in shown
    assert "mail.example:587 (TLS)" in shown
    assert "p-word" not in shown


def test_a_worker_that_never_ran_is_told_first(app: Flask, admin: PageClient) -> None:
    with_mail(app)

    assert "The worker has not done all of its work" in page(admin)
    assert "All is well" not in page(admin)


def test_without_a_mail_server_it_says_what_to_set(app: Flask, admin: PageClient) -> None:
    run_all(app)

    assert "Nobody has said how messages leave (SMTP_URL and MAIL_FROM)" in page(admin)


def test_a_job_that_ended_badly_says_where(app: Flask, admin: PageClient) -> None:
    with_mail(app)
    run_all(app, last_error="LookupError in clinic.services.reminders, line 7")

    assert "LookupError in clinic.services.reminders, line 7" in page(admin)


def test_a_message_that_waits_says_why_and_nobodys_address(app: Flask, desk: Desk, admin: PageClient) -> None:
    with_mail(app)
    run_all(app)
    now = app.config["CLOCK"]()
    put(app, desk.staff.clinic_id, now=now - timedelta(minutes=16))
    with writing(app) as session:
        found = outbox.claim(session, "one", now)
        assert found is not None
        outbox.put_off(session, "one", found, "recipient 550", now)
    shown = page(admin)

    assert "1 message; the oldest 16 minutes ago" in shown
    assert "A message has waited for more than 15 minutes." in shown
    assert "The mail server did not take the address (550)" in shown
    assert "maria" not in shown
    assert "secret" not in shown


def test_messages_of_another_clinic_are_not_counted(app: Flask, admin: PageClient) -> None:
    with writing(app) as session:
        other = make_clinic(session, name="Other Clinic").id
    put(app, other)

    assert "0 messages" in page(admin)


def test_a_test_message_goes_to_who_asks_and_once_a_minute(app: Flask, desk: Desk, admin: PageClient) -> None:
    assert post_test(admin).status_code == 303
    assert "on its way" in page(admin)
    assert post_test(admin).status_code == 303
    assert "Wait a minute" in page(admin)

    with app.app_context():
        (row,) = db.session.scalars(select(Outbox))
        clinic = db.session.get_one(Clinic, row.clinic_id)
        assert (row.kind, row.clinic_id) == ("test", desk.staff.clinic_id)
        assert row.recipient == desk.staff.emails[Role.ADMINISTRATOR]
        assert clinic.name in row.content["subject"]


def test_every_reason_has_words(app: Flask) -> None:
    with app.test_request_context():
        said = {failure_words(one) for one in REASONS}
        assert len(said) == len(REASONS)
        assert said.isdisjoint(REASONS)
        assert failure_words("recipient 550").endswith("(550)")
        assert failure_words(None) == "Not tried yet"
