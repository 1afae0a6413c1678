"""Times, constraints and encryption of the tables, on both kinds of database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from clinic.config import Settings, SettingsError
from clinic.core.answers import AnswerSet
from clinic.core.errors import DamagedRecord
from clinic.core.result import evaluate
from clinic.db import queries, schema
from clinic.db.crypto import Keyring, keyring_of
from clinic.db.models import (
    Alert,
    AlertEvent,
    Assessment,
    AssessmentScore,
    ClinicSettingChange,
    Patient,
    ScoringProfile,
    Visit,
)
from clinic.db.models.assessment import CORE_ITEMS, DOMAINS
from clinic.db.session import db
from clinic.services import drafts
from clinic.services.score_rows import score_row
from tests.conftest import dispose, make_app
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW, make_assessment, make_clinic, make_link, make_patient, make_user, make_visit


def make_alert(session: Session, **changes: object) -> Alert:
    assessment = make_assessment(session, make_visit(session, make_clinic(session)))
    values = {
        "clinic_id": assessment.clinic_id,
        "assessment_id": assessment.id,
        "patient_id": assessment.patient_id,
        "level": "S2",
        "state": "open",
        "triggers": ["raw:RCV"],
        "raised_at": NOW,
        "opens_at": NOW,
    }
    alert = Alert(**values | changes)
    session.add(alert)
    session.flush()
    return alert


def test_a_time_comes_back_aware_and_in_utc(session: Session) -> None:
    local = datetime(2026, 7, 1, 14, 30, 5, 123456, tzinfo=timezone(timedelta(hours=2)))
    visit = make_visit(session, make_clinic(session), scheduled_at=local)
    session.commit()
    found = session.scalars(select(Visit.scheduled_at).where(Visit.id == visit.id)).one()
    assert found == local
    assert found.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    clinic = make_clinic(session)
    with pytest.raises(StatementError, match="needs its zone"):
        make_visit(session, clinic, scheduled_at=datetime(2026, 7, 1, 14, 30))  # noqa: DTZ001


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"state": "submitted"}, id="submitted without its time"),
        pytest.param({"submitted_at": NOW}, id="a draft with the time of sending"),
        pytest.param({"state": "partial", "completion": "partial"}, id="closed without its time"),
        pytest.param({"state": "submitted", "submitted_at": NOW}, id="submitted without its completeness"),
        pytest.param({"closed_by": 1}, id="a draft that somebody closed"),
        pytest.param({"overall_twelfths": 1201}, id="an overall score above 100"),
        pytest.param({"responded": 22}, id="more responses than the core has items"),
        pytest.param({"pages_left": 13, "pages_total": 12}, id="more pages left than there are"),
        pytest.param({"respondent": "nobody"}, id="an unknown respondent"),
        pytest.param({"mode": "fax"}, id="an unknown mode"),
        pytest.param({"revision": -1}, id="a revision below zero"),
    ],
)
def test_the_database_refuses_an_impossible_form(session: Session, changes: dict[str, object]) -> None:
    visit = make_visit(session, make_clinic(session))
    with pytest.raises(IntegrityError):
        make_assessment(session, visit, **changes)


def test_the_database_refuses_a_second_form_of_a_visit(session: Session) -> None:
    visit = make_visit(session, make_clinic(session))
    make_assessment(session, visit)
    with pytest.raises(IntegrityError):
        make_assessment(session, visit)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"state": "settled", "settled_at": NOW}, id="settled but still S2"),
        pytest.param({"state": "settled", "level": "S1"}, id="settled without its time"),
        pytest.param({"state": "closed"}, id="closed without its time"),
        pytest.param({"acknowledged_at": NOW}, id="acknowledged by nobody"),
    ],
)
def test_the_database_refuses_an_impossible_alert(session: Session, changes: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        make_alert(session, **changes)


def test_the_database_refuses_an_event_of_no_known_kind(session: Session) -> None:
    alert = make_alert(session)
    session.add(AlertEvent(alert_id=alert.id, clinic_id=alert.clinic_id, at=NOW, kind="lost", level="S2", detail={}))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_database_keeps_the_wishes_of_the_questionnaire_and_no_other(session: Session, domain: str) -> None:
    visit = make_visit(session, make_clinic(session))
    form = make_assessment(session, visit, state="submitted", submitted_at=NOW, completion="complete")
    row = score_row(form.id, evaluate(INSTRUMENT, AnswerSet(), None), AnswerSet(), "S0")
    for wish in INSTRUMENT.wishes:
        session.execute(delete(AssessmentScore))
        session.execute(insert(AssessmentScore).values(row | {f"{domain}_wish": wish}))
    session.execute(delete(AssessmentScore))
    with pytest.raises(IntegrityError):
        session.execute(insert(AssessmentScore).values(row | {f"{domain}_wish": "maybe"}))


def test_the_database_knows_how_many_items_the_core_has() -> None:
    assert evaluate(INSTRUMENT, AnswerSet(), None).completion.items == CORE_ITEMS


def test_the_database_refuses_a_form_of_no_visit(session: Session) -> None:
    visit = make_visit(session, make_clinic(session))
    with pytest.raises(IntegrityError):
        make_assessment(session, visit, visit_id=visit.id + 1)


def add_event(session: Session) -> type[AlertEvent]:
    alert = make_alert(session)
    session.add(
        AlertEvent(alert_id=alert.id, clinic_id=alert.clinic_id, at=NOW, kind="raised", level="S2", detail={"x": 1})
    )
    return AlertEvent


def add_change(session: Session) -> type[ClinicSettingChange]:
    make_clinic(session, ready=True)
    return ClinicSettingChange


def add_profile(session: Session) -> type[ScoringProfile]:
    session.add(
        ScoringProfile(
            name="1.0",
            instrument_id="trd-barrier-check",
            instrument_version="1.0",
            thresholds={"watch": 25},
            created_at=NOW,
        )
    )
    return ScoringProfile


@pytest.mark.parametrize("add", [add_event, add_change, add_profile])
@pytest.mark.parametrize("statement", [update, delete])
def test_what_is_only_added_to_is_neither_changed_nor_deleted(
    session: Session, add: Callable[[Session], type], statement: Callable[..., object]
) -> None:
    model = add(session)
    session.commit()
    change = statement(model)
    with pytest.raises(DatabaseError, match="only ever added to"):
        session.execute(change.values(id=99) if statement is update else change)
    session.rollback()
    assert session.scalars(select(model)).first() is not None


def test_a_draft_comes_back_from_the_database_as_it_was(session: Session) -> None:
    given = AnswerSet(
        answers={"EMO": 3, "ALT": "NA"},
        ticks=frozenset({"ACC.cost_barriers"}),
        picks=("ACC",),
        wishes={"ACCESSIBILITY": "now"},
        respondent="helped",
        texts={"TXT": "Ñandú, שלום"},
    )
    assessment = make_assessment(session, make_visit(session, make_clinic(session)), given)
    session.commit()
    session.expire_all()
    assert drafts.from_document(assessment.document).given == given
    assert drafts.to_document(drafts.from_document(assessment.document)) == assessment.document


def test_a_damaged_value_raises_only_where_it_is_read(session: Session) -> None:
    clinic = make_clinic(session)
    damaged, sound = make_patient(session, clinic), make_patient(session, clinic, name="Ana Ruiz")
    for patient in (damaged, sound):
        make_visit(session, clinic, patient)
    damaged_id = damaged.id
    session.execute(
        text("UPDATE patient SET name = substr(name, 1, 40) || 'AAAA' || substr(name, 45) WHERE id = :id"),
        {"id": damaged_id},
    )
    session.commit()
    assert session.get(Patient, sound.id).name == "Ana Ruiz"
    assert session.scalars(select(Patient.born_on).where(Patient.id == damaged_id)).one() == "1980-05-03"
    with pytest.raises(DamagedRecord):
        session.scalars(select(Patient.name).where(Patient.id == damaged_id)).one()
    board = queries.visits_between(session, clinic.id, NOW, NOW + timedelta(days=1))
    assert [row.patient_name for row in board] == [None, "Ana Ruiz"]
    assert [row.name for row in queries.find_patients(session, clinic.id, "1980-05-03")] == [None, "Ana Ruiz"]


def test_a_record_of_an_older_key_is_read_after_the_keys_were_rotated(settings: Settings) -> None:
    old = Keyring.of(settings)
    new = Keyring.of(replace(settings, fernet_keys=(Fernet.generate_key().decode(), *settings.fernet_keys)))
    assert new.open(old.seal("Ana")) == "Ana"
    assert new.digest("name:1", "ana") == old.digest("name:1", "ana")
    assert new.link_token("salt") == old.link_token("salt")
    with pytest.raises(DamagedRecord):
        old.open(new.seal("Ana"))


def test_a_link_has_a_long_token_and_a_short_code_that_can_be_typed(session: Session) -> None:
    link = make_link(session, make_visit(session, make_clinic(session)))
    keyring = keyring_of(session)
    code = keyring.short_code(link.salt)
    assert len(keyring.link_token(link.salt)) == 32
    assert len(code) == 8
    assert not set(code) & set("ILOU01")
    assert keyring.code_hash(link.clinic_id, f" {code[:4].lower()}-{code[4:]} ") == link.code_hash
    assert keyring.code_hash(link.clinic_id + 1, code) != link.code_hash


def test_the_keys_of_another_database_are_refused_at_start(app: Flask, session: Session, settings: Settings) -> None:
    schema.check(session, NOW)
    session.commit()
    schema.check(session, NOW)
    url = db.engine.url.render_as_string(hide_password=False)
    for change, told in (
        ({"fernet_keys": (Fernet.generate_key().decode(),)}, "encryption keys are not those"),
        ({"root_secret": bytes(range(32))}, "root secret is not that"),
    ):
        stranger = make_app(replace(settings, database_url=url, **change))
        with stranger.app_context(), pytest.raises(SettingsError, match=told):
            schema.check(db.session, NOW)
        dispose(stranger)


def test_a_newer_and_an_empty_database_are_refused_at_start(
    session: Session, tmp_path: Path, settings: Settings
) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer"):
        schema.check(session, NOW)
    empty = make_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}"))
    with empty.app_context(), pytest.raises(SettingsError, match="older"):
        schema.check(db.session, NOW)
    dispose(empty)


def test_no_name_answer_or_token_stands_in_the_files_in_clear(settings: Settings, sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        clinic = make_clinic(db.session, name="Openly named clinic")
        patient = make_patient(
            db.session, clinic, name="Quetzalcoatl Itzcoatl", record_number="MRN-7531902", email="quetzal@mail.example"
        )
        visit = make_visit(db.session, clinic, patient, make_user(db.session, clinic))
        make_assessment(db.session, visit, AnswerSet(answers={"EMO": 4}, texts={"TXT": "marmalade unicorn"}))
        link = make_link(db.session, visit)
        token = keyring_of(db.session).link_token(link.salt)
        db.session.commit()
        files = [one for one in settings.instance.iterdir() if one.is_file()]
        stored = b"".join(one.read_bytes() for one in files)
    assert {one.name for one in files} >= {"clinic.sqlite3", "clinic.sqlite3-wal"}
    # The clinic's own name is not a secret, and shows that the search below can find what is there.
    assert b"Openly named clinic" in stored
    secrets = ("quetzalcoatl", "itzcoatl", "quetzal@", "mrn-7531902", "1980-05-03", "marmalade", '"emo"', token)
    assert [one for one in secrets if one.lower().encode() in stored.lower()] == []


def test_a_row_can_be_written_by_core_statements(session: Session) -> None:
    assessment = make_assessment(session, make_visit(session, make_clinic(session)))
    statement = update(Assessment).where(Assessment.id == assessment.id, Assessment.revision == 0)
    first = session.execute(statement.values(revision=1, document={"answers": {}}))
    second = session.execute(statement.values(revision=1, document={"answers": {"x": 1}}))
    assert (first.rowcount, second.rowcount) == (1, 0)
    assert session.scalars(select(Assessment.document)).one() == {"answers": {}}
