"""Fixtures of the staff's pages: one clinic's day, forms as if sent by patients, and a count of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from clinic.core import path
from clinic.core.answers import AnswerSet
from clinic.core.path import Draft
from clinic.core.result import evaluate
from clinic.core.scope import Role
from clinic.db.models import Alert, Assessment, AssessmentScore, Clinic, Patient, User, Visit
from clinic.db.session import db
from clinic.services.drafts import to_document
from clinic.services.score_rows import completion_columns, score_row
from tests import factories
from tests.web.conftest import Clock, Staff, sign_in
from tests.web.page_check import PageClient
from tests.web.staff.people import INSTRUMENT


@dataclass
class Desk:
    """One clinic under test: makes its visits, and signs its people in."""

    app: Flask
    staff: Staff
    clock: Clock

    def make_visit(
        self,
        *,
        hours: float = 1,
        patient: int | None = None,
        given: AnswerSet | None = None,
        state: str = "submitted",
        filled_hours_ago: float = 2,
        alert: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        clinician: int | None = None,
        **person: Any,
    ) -> int:
        """Make a visit in some hours from now, with a form if answers are given, and return its id."""
        with self.app.app_context():
            session, now = db.session, self.clock()
            clinic = session.get_one(Clinic, self.staff.clinic_id)
            known = session.get_one(Patient, patient) if patient else factories.make_patient(session, clinic, **person)
            doctor = session.get_one(User, clinician or self.staff.ids[Role.CLINICIAN])
            at = now + timedelta(hours=hours)
            visit = factories.make_visit(session, clinic, known, doctor, scheduled_at=at, created_at=now)
            if given is not None:
                when = now - timedelta(hours=filled_hours_ago)
                assessment = fill(session, visit, given, when, state=state, **(form or {}))
                if alert is not None:
                    raise_alert(session, assessment, when, **alert)
            session.commit()
            return visit.id

    def patient_of(self, visit_id: int) -> int:
        with self.app.app_context():
            return db.session.get_one(Visit, visit_id).patient_id

    def client(self, role: Role) -> PageClient:
        """Return a browser of its own in which this person is signed in."""
        client = self.app.test_client()
        assert isinstance(client, PageClient)
        answer = sign_in(client, self.staff.emails[role])
        assert answer.status_code == 302, answer.text
        return client


def fill(
    session: Session, visit: Visit, given: AnswerSet, when: datetime, *, state: str = "submitted", **changes: Any
) -> Assessment:
    """Make the form of a visit as the patient's pages leave it: a draft, or finished with its scores."""
    finished = state != "draft"
    left = frozenset(("START", "RESPONDENT", "P1")) if not finished else frozenset()
    draft = Draft(given=given, left=left)
    result = evaluate(INSTRUMENT, given, None)
    columns: dict[str, Any] = {
        "document": to_document(draft),
        "state": state,
        "respondent": given.respondent,
        "started_at": when,
        "saved_at": when,
        "pages_left": 2,
        "pages_total": len(path.steps(INSTRUMENT, draft)) - 1,
    }
    if finished:
        columns |= completion_columns(result)
        columns["submitted_at" if state == "submitted" else "closed_at"] = when
    assessment = factories.make_assessment(session, visit, given, **columns | changes)
    if finished:
        row = score_row(assessment.id, result, given, result.safety.level)
        session.execute(insert(AssessmentScore).values(row))
    return assessment


def raise_alert(session: Session, assessment: Assessment, when: datetime, **changes: Any) -> Alert:
    """Make an open alert of a form."""
    values: dict[str, Any] = {
        "clinic_id": assessment.clinic_id,
        "assessment_id": assessment.id,
        "patient_id": assessment.patient_id,
        "level": "S3",
        "state": "open",
        "triggers": {"signals": [], "checkin": "yes_now"},
        "raised_at": when,
        "opens_at": when,
    }
    alert = Alert(**values | changes)
    session.add(alert)
    session.flush()
    return alert


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """Collect the statements of the application's engine, without those that open a transaction."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SELECT pg_catalog", "SHOW")):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def desk(app: Flask, staff: Staff, clock: Clock) -> Desk:
    with app.app_context():
        session = db.session
        from clinic.db.models import Site
        from clinic.services import clinic_settings

        session.add(Site(clinic_id=staff.clinic_id, name="Main building"))
        for key, value in factories.READY.items():
            if key.startswith("crisis_locale"):
                value = {"verified_on": "2025-11-01"}
            clinic_settings.change(session, staff.clinic_id, key, value, None, None, clock())
        session.commit()
    return Desk(app, staff, clock)
