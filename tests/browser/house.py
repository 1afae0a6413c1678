"""One clinic, served by waitress on a free port of this machine, with its own clock and what a test puts into it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import waitress
from flask import Flask
from sqlalchemy.orm import Session

from clinic.app import create_app
from clinic.config import Settings
from clinic.core.answers import AnswerSet
from clinic.core.scope import Role
from clinic.db.models import Assessment, Clinic, Patient, User, Visit
from clinic.db.session import begin_write, db
from clinic.services import clinic_settings, links
from clinic.services.accounts import add_user
from clinic.services.drafts import from_document
from tests import factories
from tests.web.staff.conftest import fill, raise_alert

# A Tuesday, eleven in the morning on the clinic's clock: the staffed hours of the factories' settings.
NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
PASSWORD = "four words in a row"


@dataclass
class Clock:
    """The time that the application believes."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


@dataclass
class House:
    """One served clinic: makes visits, links and forms, and reads back what was stored."""

    app: Flask
    url: str
    clock: Clock
    clinic_id: int
    emails: dict[Role, str] = field(default_factory=dict)
    ids: dict[Role, int] = field(default_factory=dict)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that has the turn to write, and commit what is done with it."""
        with self.app.app_context():
            begin_write(db.session)
            yield db.session
            db.session.commit()

    def visit(
        self,
        *,
        hours: float = 1,
        given: AnswerSet | None = None,
        state: str = "submitted",
        filled_hours_ago: float = 2,
        patient: int | None = None,
        alert: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        read: bool = False,
        **person: Any,
    ) -> int:
        """Make a visit in some hours from now, with a form if answers are given, and return its id."""
        with self.writing() as session:
            clinic, now = session.get_one(Clinic, self.clinic_id), self.clock()
            known = session.get_one(Patient, patient) if patient else factories.make_patient(session, clinic, **person)
            doctor = session.get_one(User, self.ids[Role.CLINICIAN])
            at = now + timedelta(hours=hours)
            visit = factories.make_visit(session, clinic, known, doctor, scheduled_at=at, created_at=now)
            if given is not None:
                when = now - timedelta(hours=filled_hours_ago)
                assessment = fill(session, visit, given, when, state=state, **(form or {}))
                if alert is not None:
                    raise_alert(session, assessment, when, **alert)
            if read:
                visit.summary_read_at, visit.summary_read_by = now, doctor.id
            return visit.id

    def change(self, key: str, value: object) -> None:
        """Change a setting of the clinic."""
        with self.writing() as session:
            clinic_settings.change(session, self.clinic_id, key, value, None, None, self.clock())

    def link(self, visit_id: int) -> links.Link:
        """Make the link of a visit."""
        with self.writing() as session:
            return links.issue(session, self.clinic_id, visit_id, by=None, now=self.clock())

    def new_form(self, **person: Any) -> tuple[int, str]:
        """Make a visit with its link; return the visit's id and the link's address."""
        visit_id = self.visit(**person)
        return visit_id, self.url + self.link(visit_id).path

    def patient_of(self, visit_id: int) -> int:
        with self.app.app_context():
            return db.session.get_one(Visit, visit_id).patient_id

    def state_of(self, visit_id: int) -> str:
        return self._form(visit_id).state

    def answers_of(self, visit_id: int) -> AnswerSet:
        """Return what is stored of a visit's form."""
        return from_document(self._form(visit_id).document).given

    def form_id(self, visit_id: int) -> int:
        return self._form(visit_id).id

    def _form(self, visit_id: int) -> Assessment:
        with self.app.app_context():
            return db.session.query(Assessment).filter_by(visit_id=visit_id).one()


@contextmanager
def open_house(settings: Settings, *, ready: bool = True) -> Iterator[House]:
    """Serve a clinic over the migrated database of these settings; a ready one has what opens its forms."""
    clock = Clock()
    app = create_app({"SETTINGS": settings, "CLOCK": clock})
    with _served(app) as url:
        house = House(app, url, clock, 0)
        with house.writing() as session:
            clinic = factories.make_clinic(session, ready=ready)
            house.clinic_id = clinic.id
            for role in Role:
                house.emails[role] = f"{role.value.replace('_', '.')}@harbour.example"
                house.ids[role] = add_user(
                    session,
                    clinic_id=clinic.id,
                    email=house.emails[role],
                    display_name={Role.CLINICIAN: "Dr. Ana Ruiz"}.get(
                        role, f"Alex {role.value.replace('_', ' ').title()}"
                    ),
                    roles=[role],
                    password=PASSWORD,
                    now=clock(),
                )
        yield house
    with app.app_context():
        db.engine.dispose()


def instance(folder: Path, template: Path, keys: tuple[tuple[str, ...], bytes]) -> Settings:
    """Return the settings of an installation in a folder, over a copy of a migrated database."""
    file = folder / "clinic.sqlite3"
    file.write_bytes(template.read_bytes())
    return Settings(folder, f"sqlite:///{file}", fernet_keys=keys[0], root_secret=keys[1])


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    sockets: dict[int, Any] = {}
    server = waitress.create_server(app, map=sockets, host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=server.run, name="browser tests' server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # The loop ends when it has nothing left to watch; only its own thread may take things away.
        left: list[Any] = []

        def stop() -> None:
            left.extend(sockets.values())
            sockets.clear()

        server.trigger.pull_trigger(stop)
        thread.join(10)
        server.task_dispatcher.shutdown()
        for one in left:
            one.close()
