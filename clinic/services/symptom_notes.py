"""Totals of the clinic's own symptom scale beside a visit: kept and shown, and never mixed into our scores."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from clinic.core.errors import BadNote, NotFound
from clinic.core.one_line import one_line
from clinic.db import queries
from clinic.db.models import SymptomNote, User, Visit
from clinic.services import clinic_settings

LONGEST_NAME = 60
MOST = 999
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class NewNote:
    """One total: the name of the scale, a whole number of 0-999, and the day on which it was taken."""

    scale: str
    total: int
    on: date


@dataclass(frozen=True, slots=True)
class Note:
    """One total as it is stored, beside its visit; `told` is None where it cannot be read."""

    id: int
    visit_id: int
    told: NewNote | None
    by: str


def add(session: Session, clinic_id: int, visit_id: int, new: NewNote, *, by: int, now: datetime) -> int:
    """Keep a total beside a visit, and return its number; the same total once more makes no second row.

    Raises NotFound, and BadNote that says what is wrong.
    """
    # Of a double press, the second must see the row of the first.
    visit = select(Visit.patient_id).where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
    patient_id = session.scalar(visit.with_for_update())
    if patient_id is None:
        raise NotFound("There is no such visit.")
    checked = _checked(session, clinic_id, new, now)
    for one in of_visit(session, clinic_id, visit_id):
        if one.told == checked:
            return one.id
    row = {
        "clinic_id": clinic_id,
        "visit_id": visit_id,
        "patient_id": patient_id,
        "note": {"scale": checked.scale, "total": checked.total, "on": checked.on.isoformat()},
        "created_at": now,
        "created_by": by,
    }
    return session.execute(insert(SymptomNote).values(row).returning(SymptomNote.id)).scalar_one()


def take_back(session: Session, clinic_id: int, visit_id: int, note_id: int, *, by: int, now: datetime) -> None:
    """Take a total back; its row stays, and is shown nowhere. Raises NotFound."""
    mine = (SymptomNote.clinic_id == clinic_id, SymptomNote.visit_id == visit_id, SymptomNote.id == note_id)
    if session.scalar(select(SymptomNote.id).where(*mine)) is None:
        raise NotFound("There is no such total beside this visit.")
    session.execute(
        update(SymptomNote)
        .where(*mine, SymptomNote.taken_back_at.is_(None))
        .values(taken_back_at=now, taken_back_by=by)
    )


def of_visit(session: Session, clinic_id: int, visit_id: int) -> list[Note]:
    """Return the totals beside a visit, in the order in which they were written down."""
    return _notes(session, clinic_id, SymptomNote.visit_id == visit_id)


def of_patient(session: Session, clinic_id: int, patient_id: int) -> list[Note]:
    """Return all totals of a patient, the oldest day first; one that cannot be read comes last."""
    found = _notes(session, clinic_id, SymptomNote.patient_id == patient_id)
    return sorted(found, key=lambda one: (one.told.on if one.told else date.max, one.id))


def _notes(session: Session, clinic_id: int, *which: ColumnElement[bool]) -> list[Note]:
    rows = session.execute(
        select(SymptomNote.id, SymptomNote.visit_id, queries.lenient(SymptomNote.note), User.display_name)
        .join(User, User.id == SymptomNote.created_by)
        .where(SymptomNote.clinic_id == clinic_id, SymptomNote.taken_back_at.is_(None), *which)
        .order_by(SymptomNote.id)
    )
    return [Note(row.id, row.visit_id, _told(row.note), row.display_name) for row in rows]


def _told(stored: str | None) -> NewNote | None:
    if stored is None:
        return None
    raw: dict[str, Any] = json.loads(stored)
    return NewNote(raw["scale"], raw["total"], date.fromisoformat(raw["on"]))


def _checked(session: Session, clinic_id: int, new: NewNote, now: datetime) -> NewNote:
    scale = one_line(new.scale)
    if not scale or len(scale) > LONGEST_NAME:
        raise BadNote(f"Name the scale, in at most {LONGEST_NAME} characters.")
    if not 0 <= new.total <= MOST:
        raise BadNote(f"The total is a whole number from 0 to {MOST}.")
    if not FIRST_DAY <= new.on <= now.astimezone(clinic_settings.read(session, clinic_id).zone).date():
        raise BadNote("Give the day on which the total was taken: today or earlier.")
    return NewNote(scale, new.total, new.on)
