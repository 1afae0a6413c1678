"""An installation to measure: the whole application on a migrated SQLite file, with a clinic, staff and open forms."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet
from flask import Flask

from clinic.app import create_app
from clinic.config import Settings
from clinic.core.scope import Role
from clinic.db import migrate
from clinic.db.crypto import keyring_of
from clinic.db.models import Clinic, Patient, User, Visit
from clinic.db.session import db
from clinic.services.accounts import add_user
from tests.factories import make_clinic, make_link, make_patient, make_visit

PASSWORD = "four words in a row"
CLINICIAN = "clinician@clinic.example"
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A visit with the link to its form, which nobody has opened yet."""

    visit_id: int
    link_id: int
    path: str


@dataclass(slots=True)
class Clock:
    """The time that the application believes; people take some of it on every page."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Installation:
    """The application, its settings, and the one clinic in it."""

    app: Flask
    settings: Settings
    clock: Clock
    clinic_id: int

    @property
    def file(self) -> Path:
        """Return the database's file."""
        return self.settings.instance / "clinic.sqlite3"

    def open_links(self, count: int, *, apart: bool = False) -> list[OpenLink]:
        """Make visits in an hour or later, all of one patient or each of one `apart`, and return their links."""
        with self.app.app_context():
            session = db.session
            clinic = session.get_one(Clinic, self.clinic_id)
            clinician = session.query(User).filter_by(email=CLINICIAN).one()
            one = session.query(Patient).first() or make_patient(session, clinic)
            keyring, made = keyring_of(session), []
            before = session.query(Visit).count()
            for number in range(count):
                # One patient has one visit at a time.
                at = NOW + timedelta(hours=1, seconds=before + number)
                patient = make_patient(session, clinic) if apart else one
                visit = make_visit(session, clinic, patient, clinician, scheduled_at=at, created_at=NOW)
                link = make_link(session, visit, expires_at=NOW + timedelta(days=14), created_at=NOW)
                made.append(OpenLink(visit.id, link.id, f"/q/{keyring.link_token(link.salt)}"))
            session.commit()
        return made


@contextmanager
def installation() -> Iterator[Installation]:
    """Make an installation in a folder of its own, and take it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        instance = Path(folder)
        keys, root = (Fernet.generate_key().decode(),), secrets.token_bytes(32)
        address = f"sqlite:///{instance / 'clinic.sqlite3'}"
        settings = Settings(instance, address, fernet_keys=keys, root_secret=root)
        clock = Clock()
        app = create_app({"SETTINGS": settings, "CLOCK": clock})
        migrate.upgrade(app)
        with app.app_context():
            clinic = make_clinic(db.session, ready=True)
            add_user(
                db.session,
                clinic_id=clinic.id,
                email=CLINICIAN,
                display_name="Dr. Alex Novak",
                roles=[Role.CLINICIAN],
                password=PASSWORD,
                now=NOW,
            )
            clinic_id = clinic.id
            db.session.commit()
        try:
            yield Installation(app, settings, clock, clinic_id)
        finally:
            with app.app_context():
                db.engine.dispose()
