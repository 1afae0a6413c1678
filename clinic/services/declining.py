"""A patient who would rather not fill in a form: kept with the visit, and taken back by going on."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic.db.models import Visit
from clinic.services import outbox
from clinic.services.assessments import OpenForm


def decline(session: Session, form: OpenForm, *, now: datetime) -> None:
    """Record that the patient would rather not, and withdraw the messages that wait.

    What was saved stays, unread by anyone, and so does every alert that it has raised.
    """
    _write(session, form, form.declined_at or now)
    outbox.withdraw(session, form.settings.clinic_id, visit_id=form.visit_id)


def take_back(session: Session, form: OpenForm) -> None:
    """Record that the patient goes on after all."""
    if form.declined_at is not None:
        _write(session, form, None)


def _write(session: Session, form: OpenForm, declined_at: datetime | None) -> None:
    mine = (Visit.clinic_id == form.settings.clinic_id, Visit.id == form.visit_id)
    session.execute(update(Visit).where(*mine).values(declined_at=declined_at))
