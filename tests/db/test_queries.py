"""Patients are found without their names being readable, lists cost a fixed number of queries, clinics stay apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.db import queries
from clinic.db.blind_index import dates, index_patient
from clinic.db.models import Alert, AssessmentScore, Patient
from tests.factories import NOW, make_assessment, make_clinic, make_patient, make_user, make_visit


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Collect the statements that a block sends."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(" mrn-000 77 ", id="the record number with capitals and spaces around it ignored"),
        pytest.param("1980-05-03", id="the date of birth, year first"),
        pytest.param("3.5.1980", id="the date of birth, day first"),
        pytest.param("05/03/1980", id="the date of birth, month first"),
        pytest.param("19800503", id="the date of birth, digits only"),
        pytest.param("3 de mayo de 1980", id="the date of birth in words"),
        pytest.param("gar", id="three letters of a part of the name"),
        pytest.param("GARCÍA", id="a part of the name, with its accent"),
        pytest.param("maria garcia", id="two parts"),
        pytest.param("López María", id="two parts in another order"),
        pytest.param("obrien", id="a name without its apostrophe"),
        pytest.param("O'Brien", id="a name with its apostrophe"),
        pytest.param("wolfeschlegelstein", id="more letters than the index holds"),
        pytest.param("li", id="a part of two letters, whole"),
        pytest.param("garcia 1980-05-03", id="a name and a date of birth"),
    ],
)
def test_a_patient_is_found_by(session: Session, typed: str) -> None:
    clinic = make_clinic(session)
    name = "María García-López O’Brien Li Wolfeschlegelsteinhausen"
    patient = make_patient(session, clinic, name=name, record_number="MRN-000 77")
    make_patient(session, clinic, name="Someone Else", born_on="1955-01-01")
    assert [row.id for row in queries.find_patients(session, clinic.id, typed)] == [patient.id]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("maria smith", id="a word that does not match beside one that does"),
        pytest.param("arcia", id="the middle of a name"),
        pytest.param("wolfeschlegelx", id="a long word that goes wrong after eight letters"),
        pytest.param("1980-05-04", id="another day"),
        pytest.param("%", id="a wildcard"),
        pytest.param("ma", id="two letters of a longer part"),
    ],
)
def test_a_patient_is_not_found_by(session: Session, typed: str) -> None:
    clinic = make_clinic(session)
    make_patient(session, clinic, name="María García Wolfeschlegelsteinhausen")
    assert queries.find_patients(session, clinic.id, typed) == []


def test_a_patient_with_a_new_name_is_found_by_that_name_only(session: Session) -> None:
    clinic = make_clinic(session)
    patient = make_patient(session, clinic, name="Anna Before")
    patient.name = "Anna After"
    index_patient(session, patient)
    assert queries.find_patients(session, clinic.id, "before") == []
    assert [row.name for row in queries.find_patients(session, clinic.id, "after")] == ["Anna After"]


def test_a_record_number_belongs_to_one_patient_of_a_clinic(session: Session) -> None:
    one, other = make_clinic(session), make_clinic(session)
    make_patient(session, one, record_number="MRN-1")
    make_patient(session, other, record_number="MRN-1")
    with pytest.raises(IntegrityError):
        make_patient(session, one, record_number=" mrn-1")


def test_nothing_of_another_clinic_is_found(session: Session) -> None:
    own, other = make_clinic(session), make_clinic(session)
    visit = make_visit(session, other, make_patient(session, other, name="Ana Ruiz"))
    make_assessment(session, visit, state="submitted", submitted_at=NOW, completion="complete")
    later = NOW + timedelta(days=2)
    assert queries.find_patients(session, own.id, "ana") == []
    assert queries.visits_between(session, own.id, NOW, later) == []
    assert queries.history(session, own.id, visit.patient_id) == []
    assert session.scalars(queries.scoped(Patient, own.id)).all() == []
    assert len(queries.history(session, other.id, visit.patient_id)) == 1
    assert session.scalars(queries.scoped(Patient, other.id)).one().name == "Ana Ruiz"


def test_the_visits_of_a_day_are_one_query_however_many_there_are(session: Session) -> None:
    clinic = make_clinic(session)
    clinician = make_user(session, clinic)
    for hour in range(12):
        visit = make_visit(session, clinic, None, clinician, scheduled_at=NOW + timedelta(hours=hour))
        if hour % 2:
            make_assessment(session, visit, pages_left=hour)
    make_visit(session, clinic, None, clinician, scheduled_at=NOW + timedelta(hours=24))
    session.commit()
    clinic_id = clinic.id
    with counted(session) as statements:
        rows = queries.visits_between(session, clinic_id, NOW, NOW + timedelta(hours=24))
    assert len(statements) == 1
    assert [row.pages_left for row in rows] == [None, 1, None, 3, None, 5, None, 7, None, 9, None, 11]
    assert rows[0].state is None
    assert (rows[1].state, rows[1].patient_name) == ("draft", "Maria García-Lopez")


def test_the_visits_of_one_clinician_can_be_asked_for(session: Session) -> None:
    clinic = make_clinic(session)
    mine = make_visit(session, clinic)
    make_visit(session, clinic)
    found = queries.visits_between(session, clinic.id, NOW, NOW + timedelta(days=1), clinician_id=mine.clinician_id)
    assert [row.visit_id for row in found] == [mine.id]


def test_a_history_brings_scores_and_leaves_the_answers_unread(session: Session) -> None:
    clinic = make_clinic(session)
    visit = make_visit(session, clinic)
    form = make_assessment(session, visit, state="submitted", submitted_at=NOW, completion="complete")
    levels = {f"{domain}_level": "gap" for domain in ("accessibility", "adherence", "stigma", "support")}
    session.add(AssessmentScore(assessment_id=form.id, emo=1200, safety_level="S0", **levels))
    session.commit()
    patient_id, clinic_id = visit.patient_id, clinic.id
    session.expunge_all()
    with counted(session) as statements:
        (row,) = queries.history(session, clinic_id, patient_id)
    assert len(statements) == 1
    assert "document" not in statements[0]
    assert row.score is not None
    assert (row.score.emo, row.score.cop) == (1200, None)


def test_open_alerts_are_those_whose_time_has_come_the_most_urgent_first(session: Session) -> None:
    clinic = make_clinic(session)
    form = make_assessment(session, make_visit(session, clinic, make_patient(session, clinic, name="Ana Ruiz")))

    def add(level: str, state: str, minutes: int, **more: object) -> None:
        session.add(
            Alert(
                clinic_id=clinic.id,
                assessment_id=form.id,
                patient_id=form.patient_id,
                level=level,
                state=state,
                triggers=[],
                raised_at=NOW,
                opens_at=NOW + timedelta(minutes=minutes),
                **more,
            )
        )

    add("S2", "waiting", 10)
    add("S2", "waiting", 0)
    add("S3", "open", 0)
    add("S1", "settled", 0, settled_at=NOW)
    add("S3", "closed", 0, closed_at=NOW)
    session.flush()
    found = queries.open_alerts(session, clinic.id, NOW)
    assert [(one.level, one.patient_name, one.visit_id) for one in found] == [
        ("S3", "Ana Ruiz", form.visit_id),
        ("S2", "Ana Ruiz", form.visit_id),
    ]
    assert len(queries.open_alerts(session, clinic.id, NOW + timedelta(minutes=10))) == 3


def test_a_date_with_two_meanings_has_both_and_nonsense_has_none() -> None:
    assert dates("04/05/1980") == {"1980-05-04", "1980-04-05"}
    assert dates("May 3, 1980") == dates("3 May 1980") == {"1980-05-03"}
    assert dates("31.2.1980") == dates("mañana") == dates("12") == dates("3 foo 1980") == frozenset()
