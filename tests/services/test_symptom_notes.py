"""Totals of the clinic's own scale: kept encrypted beside a visit, once, and taken back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.core.errors import BadNote, NotFound
from clinic.db.models import SymptomNote, Visit
from clinic.services import symptom_notes
from clinic.services.symptom_notes import NewNote
from tests import factories
from tests.factories import NOW

NOTE = NewNote("Clinic-9", 17, date(2026, 3, 9))


@pytest.fixture
def visit(session: Session) -> Visit:
    return factories.make_visit(session, factories.make_clinic(session))


def add(session: Session, visit: Visit, new: NewNote = NOTE) -> int:
    return symptom_notes.add(session, visit.clinic_id, visit.id, new, by=visit.clinician_id, now=NOW)


def test_a_total_is_kept_once_and_encrypted(session: Session, visit: Visit) -> None:
    number = add(session, visit, replace(NOTE, scale="  Clinic-9\n"))
    assert add(session, visit) == number
    (found,) = symptom_notes.of_visit(session, visit.clinic_id, visit.id)
    assert (found.id, found.told) == (number, NOTE)
    assert "Clinic-9" not in session.connection().exec_driver_sql("SELECT note FROM symptom_note").scalar_one()


def test_totals_of_a_patient_stand_in_the_order_of_their_days(session: Session, visit: Visit) -> None:
    patient, clinic = visit.patient_id, visit.clinic_id
    later = factories.make_visit(session, factories.make_clinic(session, name="Other Clinic"))
    add(session, visit)
    add(session, visit, replace(NOTE, total=12, on=date(2026, 3, 1)))
    add(session, later)
    assert [one.told and one.told.total for one in symptom_notes.of_patient(session, clinic, patient)] == [12, 17]


@pytest.mark.parametrize(
    "changes",
    [
        {"scale": "\u200b"},
        {"scale": "a" * 61},
        {"total": -1},
        {"total": 1000},
        {"on": NOW.date() + timedelta(days=1)},
        {"on": date(1999, 12, 31)},
    ],
)
def test_what_is_no_total_is_refused(session: Session, visit: Visit, changes: dict[str, object]) -> None:
    with pytest.raises(BadNote):
        add(session, visit, replace(NOTE, **changes))  # type: ignore[arg-type]
    assert symptom_notes.of_visit(session, visit.clinic_id, visit.id) == []


@pytest.mark.parametrize("total", [0, 999])
def test_the_ends_of_the_range_are_kept(session: Session, visit: Visit, total: int) -> None:
    add(session, visit, replace(NOTE, total=total, on=NOW.date()))
    assert [one.told and one.told.total for one in symptom_notes.of_visit(session, visit.clinic_id, visit.id)] == [
        total
    ]


def test_a_total_is_taken_back_and_its_row_stays(session: Session, visit: Visit) -> None:
    number = add(session, visit)
    for _ in range(2):
        symptom_notes.take_back(session, visit.clinic_id, visit.id, number, by=visit.clinician_id, now=NOW)
    assert symptom_notes.of_visit(session, visit.clinic_id, visit.id) == []
    assert session.scalar(select(func.count()).select_from(SymptomNote)) == 1
    assert add(session, visit) != number


def test_another_clinic_adds_and_takes_back_nothing(session: Session, visit: Visit) -> None:
    number, other = add(session, visit), factories.make_clinic(session, name="Other Clinic")
    doctor = factories.make_user(session, other)
    with pytest.raises(NotFound):
        symptom_notes.add(session, other.id, visit.id, NOTE, by=doctor.id, now=NOW)
    with pytest.raises(NotFound):
        symptom_notes.take_back(session, other.id, visit.id, number, by=doctor.id, now=NOW)


def test_a_total_that_cannot_be_read_is_shown_as_such(session: Session, visit: Visit) -> None:
    add(session, visit)
    session.connection().exec_driver_sql("UPDATE symptom_note SET note = 'damaged'")
    (found,) = symptom_notes.of_patient(session, visit.clinic_id, visit.patient_id)
    assert found.told is None
