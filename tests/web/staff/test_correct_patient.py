"""Correcting who a patient is: every page and the search follow, and of two people the later one is told."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from clinic.core.errors import RecordNumberTaken
from clinic.core.scope import Role
from clinic.db.models import Clinic, Patient, PatientIndex
from clinic.db.session import db
from clinic.services import clinic_settings, patients
from tests import factories
from tests.web.page_check import parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual
from tests.web.staff.test_change_visit import fields_in, fields_of
from tests.web.staff.test_new_visit import errors_of
from tests.web.staff.test_search import found

NEW = {
    "record_number": "R-2",
    "name": "Beatrix Quimby",
    "born_on": "1975-12-24",
    "email": "bea@example.org",
    "phone": "+1 312 555 0199",
    "language": "es",
    "other_languages": "Catalan, some English",
}


@pytest.fixture
def patient(desk: Desk) -> int:
    return desk.patient_of(desk.make_visit(name="Ada Lovelace", record_number="R-1", phone="555 0100"))


def stored(app: Flask, patient: int) -> dict[str, Any]:
    with app.app_context():
        row = db.session.get_one(Patient, patient)
        return {key: getattr(row, key) for key in NEW}


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_every_detail_is_corrected(app: Flask, desk: Desk, patient: int, role: Role) -> None:
    client, path = desk.client(role), f"/patients/{patient}/edit"
    fields = fields_of(client, path)
    assert (fields["name"], fields["record_number"], fields["born_on"]) == ("Ada Lovelace", "R-1", "1980-05-03")

    answer = client.post(path, data=fields | NEW)

    assert (answer.status_code, answer.location) == (303, f"/patients/{patient}")
    assert stored(app, patient) == NEW
    page = client.get(answer.location).text
    assert "Beatrix Quimby" in page
    assert "The details are corrected." in page
    assert "Ada" not in client.get("/visits").text


def test_a_search_finds_the_new_details_and_the_old_ones_no_more(app: Flask, desk: Desk, patient: int) -> None:
    client, path = desk.client(Role.FRONT_DESK), f"/patients/{patient}/edit"
    client.post(path, data=fields_of(client, path) | NEW)

    for words in ("beatrix", "quim", "R-2", "1975-12-24"):
        assert found(client, words) == ["Beatrix Quimby"], words
    for words in ("ada", "lovelace", "R-1", "1980-05-03"):
        assert found(client, words) == [], words
    with app.app_context():
        kinds = db.session.execute(select(PatientIndex.kind, func.count()).group_by(PatientIndex.kind)).all()
    assert dict(kinds)["record"] == 1


def test_the_old_record_number_is_free_for_another_patient(app: Flask, desk: Desk, patient: int) -> None:
    client, path = desk.client(Role.FRONT_DESK), f"/patients/{patient}/edit"
    client.post(path, data=fields_of(client, path) | NEW)
    with app.app_context():
        clinic = db.session.get_one(Clinic, desk.staff.clinic_id)
        factories.make_patient(db.session, clinic, name="Next One", record_number="R-1")
        db.session.commit()
    assert found(client, "R-1") == ["Next One"]


def test_a_record_number_of_another_patient_is_refused(app: Flask, desk: Desk, patient: int) -> None:
    desk.make_visit(name="Bea Second", record_number="R-2")
    client, path = desk.client(Role.FRONT_DESK), f"/patients/{patient}/edit"
    fields = fields_of(client, path)

    answer = client.post(path, data=fields | {"record_number": " r-2 "})

    assert answer.status_code == 422
    assert errors_of(parsed(answer))["record_number"].startswith("A patient with this record number is here already.")
    # The patient's own number is no other's.
    assert client.post(path, data=fields | {"record_number": "r-1"}).status_code == 303
    new = patients.NewPatient("R-2", "Ada", factories.NOW.date(), "en")
    with app.app_context(), pytest.raises(RecordNumberTaken):
        patients.correct(db.session, desk.staff.clinic_id, patient, new, seen=1, now=desk.clock())


def test_what_cannot_be_used_is_said_beside_its_field(app: Flask, desk: Desk, patient: int) -> None:
    client, path = desk.client(Role.FRONT_DESK), f"/patients/{patient}/edit"
    fields, before = fields_of(client, path), stored(app, patient)
    for field, value, words in (
        ("name", "", "Give the patient’s name."),
        ("record_number", " ", "Give the record number."),
        ("born_on", "2031-01-01", "This day has not come yet. Check the year."),
        ("email", "no address", "This is not an e-mail address. It looks like name@example.org."),
        ("phone", "call me", "Use 5 to 30 digits, spaces and + ( ) - only."),
        ("language", "xx", "Choose one from the list."),
    ):
        answer = client.post(path, data={**fields, field: value})
        assert (answer.status_code, errors_of(parsed(answer))) == (422, {field: words})
    assert stored(app, patient) == before


def test_the_later_of_two_people_is_told_and_loses_nothing(app: Flask, desk: Desk, patient: int) -> None:
    path = f"/patients/{patient}/edit"
    first, second = desk.client(Role.CLINICIAN), desk.client(Role.FRONT_DESK)
    theirs, mine = fields_of(first, path), fields_of(second, path)
    assert first.post(path, data=theirs | {"phone": "555 0111"}).status_code == 303

    answer = second.post(path, data=mine | {"name": "Ada King"})

    assert answer.status_code == 409
    words = text_of(parsed(answer))
    assert "Somebody else corrected this patient in the meantime." in words
    assert "555 0111" in words
    assert stored(app, patient)["name"] == "Ada Lovelace"
    again = fields_in(parsed(answer), path)
    assert again["name"] == "Ada King"
    assert second.post(path, data=again | {"phone": "555 0111"}).status_code == 303
    assert {key: stored(app, patient)[key] for key in ("name", "phone")} == {"name": "Ada King", "phone": "555 0111"}


@pytest.mark.parametrize("seen", ["", "7", "x", None])
def test_a_correction_that_names_no_revision_stores_nothing(
    app: Flask, desk: Desk, patient: int, seen: str | None
) -> None:
    client, path = desk.client(Role.FRONT_DESK), f"/patients/{patient}/edit"
    fields, before = fields_of(client, path) | NEW, stored(app, patient)
    fields.pop("seen") if seen is None else fields.update(seen=seen)
    assert client.post(path, data=fields).status_code == 409
    assert stored(app, patient) == before
    assert found(client, "lovelace") == ["Ada Lovelace"]


def test_a_damaged_name_is_mended_and_a_damaged_address_left_alone(app: Flask, desk: Desk, patient: int) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE patient SET name = 'broken', email = 'kept as it is'"))
        db.session.commit()
    client, path = desk.client(Role.FRONT_DESK), f"/patients/{patient}/edit"
    page = client.get(path)
    assert "Some of what is stored cannot be read." in page.text
    assert client.post(path, data=fields_of(client, path)).status_code == 422

    assert client.post(path, data=fields_of(client, path) | {"name": "Ada Mended"}).status_code == 303

    assert found(client, "mended") == ["Ada Mended"]
    with app.app_context():
        assert db.session.scalar(text("SELECT email FROM patient")) == "kept as it is"


def test_a_language_that_is_no_longer_offered_stays_with_the_patient(app: Flask, desk: Desk) -> None:
    patient = desk.patient_of(desk.make_visit(language="es"))
    with app.app_context():
        clinic_settings.change(db.session, desk.staff.clinic_id, "language_reviewer.es", None, None, None, desk.clock())
        db.session.commit()
    client, path = desk.client(Role.FRONT_DESK), f"/patients/{patient}/edit"
    fields = fields_of(client, path)
    assert fields["language"] == "es"
    assert client.post(path, data=fields | {"name": "Eva Español"}).status_code == 303
    assert stored(app, patient)["language"] == "es"


def test_the_one_page_prints_the_corrected_details(desk: Desk) -> None:
    visit = desk.make_visit(given=usual(), name="Ada Lovelace")
    client, path = desk.client(Role.CLINICIAN), f"/patients/{desk.patient_of(visit)}/edit"
    client.post(path, data=fields_of(client, path) | NEW)
    page = client.get(f"/visits/{visit}").text
    assert "Beatrix Quimby" in page
    assert "R-2" in page
