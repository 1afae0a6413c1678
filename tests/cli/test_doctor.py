"""`clinic doctor` says what needs a person, and is content when nothing does."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from clinic.db.models import Clinic, Outbox, WorkerRun
from clinic.db.session import begin_write, db
from clinic.services import clinic_settings, outbox, work
from tests.cli.conftest import Installation
from tests.factories import READY
from tests.sink import Sink


@pytest.fixture
def well(clinic: Installation, installed_app: Flask) -> Installation:
    """Return an installation in which everything is as it should be."""
    now = installed_app.config["CLOCK"]()
    with installed_app.app_context():
        begin_write(db.session)
        only = db.session.query(Clinic).one().id
        for key, value in (READY | {"alert_inbox_email": "duty@riverside.example"}).items():
            clinic_settings.change(db.session, only, key, value, None, None, now)
        for job in work.JOBS:
            db.session.add(WorkerRun(job=job, worker="one", ran_at=now, done_at=now))
        db.session.commit()
    return clinic


def test_where_all_is_well_it_is_content(well: Installation, sink: Sink) -> None:
    status, printed = well.run("doctor")

    assert status == 0, printed
    assert "LOOK" not in printed
    assert "Database and keys fit" in printed
    assert "Riverside: forms can be opened." in printed
    assert "Worker, sending: last done" in printed
    assert "Messages that wait: 0" in printed
    assert f"Mail: 127.0.0.1:{sink.port} answers" in printed


def test_looking_changes_nothing(installation: Installation) -> None:
    installation.run("db", "upgrade")
    before = installation.run("doctor")

    assert installation.run("doctor") == before


def test_a_database_without_tables_is_told(installation: Installation) -> None:
    status, printed = installation.run("doctor")

    assert status == 1
    assert "LOOK  Database and keys: The database is older than this version: run clinic db upgrade." in printed


def test_keys_of_another_installation_are_told(well: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_KEYS", Fernet.generate_key().decode())
    status, printed = well.run("doctor")

    assert status == 1
    assert "LOOK  Database and keys: The encryption keys are not those of this database" in printed


def test_a_clinic_that_cannot_open_forms_is_told_by_its_name(clinic: Installation) -> None:
    status, printed = clinic.run("doctor")

    assert status == 1
    assert "LOOK  Riverside: The staffed hours are not set (staffed_hours)." in printed
    assert "LOOK  Riverside: Nobody is told of safety alerts by e-mail (alert_inbox_email)." in printed
    assert "LOOK  Worker, sending: never done; is clinic worker running?" in printed
    assert "LOOK  Mail: nothing says how messages leave: set SMTP_URL and MAIL_FROM." in printed


def test_a_worker_that_is_gone_and_a_job_that_ended_badly_are_told(well: Installation, installed_app: Flask) -> None:
    with installed_app.app_context():
        begin_write(db.session)
        run = db.session.get_one(WorkerRun, work.SENDING)
        assert run.done_at is not None
        run.done_at -= timedelta(hours=1)
        run.last_error = "LookupError in clinic.services.work, line 1"
        db.session.commit()
    status, printed = well.run("doctor")

    assert status == 1
    assert "the last time it ended with LookupError in clinic.services.work, line 1; is clinic worker" in printed


def test_a_message_that_waits_too_long_is_told_without_its_address(well: Installation, installed_app: Flask) -> None:
    now = installed_app.config["CLOCK"]()
    with installed_app.app_context():
        begin_write(db.session)
        only = db.session.query(Clinic).one().id
        outbox.put(
            db.session,
            clinic_id=only,
            kind="alert",
            key="alert:1:inbox",
            recipient="duty@riverside.example",
            subject="A safety alert is waiting",
            text="Please sign in.",
            now=now - timedelta(minutes=16),
        )
        db.session.query(Outbox).one().attempts = 3
        db.session.commit()
    status, printed = well.run("doctor")

    assert status == 1
    assert "LOOK  Messages that wait: 1, 1 of them tried in vain, the oldest since" in printed
    assert "duty@" not in printed


def test_a_mail_server_that_is_away_is_told(well: Installation, sink: Sink) -> None:
    sink.shut()

    assert well.run("doctor")[0] == 1
    assert "LOOK  Mail: the mail server cannot be reached." in well.run("doctor")[1]


def test_links_that_lead_nowhere_are_told(well: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLINIC_URL")
    status, printed = well.run("doctor")

    assert status == 1
    assert "LOOK  CLINIC_URL is not set: links in messages lead to http://127.0.0.1:8000, this machine." in printed


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SMTP_URL", "http://mail.example", "SMTP_URL must be console:"),
        ("SMTP_URL", "smtp://mail.example:587?tls=0", "SMTP_URL must be console:"),
        ("SMTP_URL", "smtp://mail.example:port", "SMTP_URL must be console:"),
        ("SMTP_URL", "smtp://me:secret-word@mail.example?starttls=0", "sends its password in clear"),
        ("MAIL_FROM", "", "MAIL_FROM is missing"),
        ("MAIL_FROM", "forms@riverside..example", "MAIL_FROM must be one plain address"),
        ("MAIL_FROM", "Harbour <forms@riverside.example>", "MAIL_FROM must be one plain address"),
        ("CLINIC_URL", "forms.riverside.example", "CLINIC_URL must be where"),
        ("CLINIC_URL", "https://forms.riverside.example/here", "CLINIC_URL must be where"),
    ],
)
def test_a_setting_that_cannot_be_read_is_told_in_one_line(
    sink: Sink, installation: Installation, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    status, printed = installation.run("doctor")

    assert status == 1
    assert told in printed
    assert "secret-word" not in printed
    assert len(printed.splitlines()) == 1
