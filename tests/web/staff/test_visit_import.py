"""Visits from a file: a preview of every line, all of it or nothing, and the same file twice changes nothing."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from clinic.core.scope import Role
from clinic.db.models import Clinic, Outbox, Patient, Site, Visit
from clinic.db.session import db
from clinic.services import links, visit_import
from tests import factories
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk

PATH = "/visits/import"
HEADER = "record_number,name,date_of_birth,date,time,clinician,language,email,phone"
DOCTOR = "clinician@riverside.example"
ADA = f"R-1,Ada Lovelace,1980-05-03,2025-12-05,09:20,{DOCTOR},es,ada@example.org,+1 312 555 0101"
BEN = f"R-2,Ben Bo,1975-11-21,2025-12-05,10:00,{DOCTOR.upper()},,,"


def upload(desk: Desk, client: PageClient, *lines: str, raw: bytes | None = None, **fields: Any) -> TestResponse:
    """Choose a file of these lines."""
    content = "\n".join((HEADER, *lines)).encode() if raw is None else raw
    with desk.app.app_context():
        site = db.session.scalar(select(Site.id).where(Site.clinic_id == desk.staff.clinic_id))
    token = client.token(PATH)
    data = {"csrf_token": token, "site": site, "file": (BytesIO(content), "visits.csv"), **fields}
    return client.post(PATH, data=data)


def sealed(answer: TestResponse) -> str:
    fields = (one for one in parsed(answer).iter(f"{XHTML}input") if one.get("name") == "upload")
    return next(fields).get("value", "")


def confirm(client: PageClient, answer: TestResponse) -> TestResponse:
    return client.submit(f"{PATH}/confirm", {"upload": sealed(answer)}, page=PATH)


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def does(answer: TestResponse) -> dict[str, str]:
    """Return what each line does, by its number."""
    rows = [one for one in parsed(answer).iter(f"{XHTML}tr") if one.get("id", "").startswith("line-")]
    return {
        one.get("id", "").removeprefix("line-"): text_of(list(one)[3]).removeprefix("What it does").strip()
        for one in rows
    }


def errors(answer: TestResponse) -> str:
    assert answer.status_code == 422, answer.text
    boxes = (one for one in parsed(answer).iter(f"{XHTML}div") if one.get("class") == "nhsuk-error-summary")
    return text_of(next(boxes))


def test_the_preview_says_what_each_line_does_and_writes_nothing(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = upload(desk, client, ADA, BEN)

    assert answer.status_code == 200
    assert does(answer) == {"2": "New patient, new visit", "3": "New patient, new visit"}
    assert "Make 2 visits" in answer.text
    assert "2 new patients." in answer.text
    assert (count(app, Visit), count(app, Patient)) == (0, 0)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_confirming_makes_the_visits_with_their_patients_and_links(app: Flask, desk: Desk, role: Role) -> None:
    client = desk.client(role)
    answer = confirm(client, upload(desk, client, ADA, BEN))

    assert (answer.status_code, answer.location) == (303, "/visits?day=2025-12-05&whose=all")
    assert "2 visits were made." in client.get(answer.location).text
    with app.app_context():
        first, second = db.session.scalars(select(Visit).order_by(Visit.scheduled_at))
        people = {one.id: one for one in db.session.scalars(select(Patient))}
        ada, ben = people[first.patient_id], people[second.patient_id]
        assert (ada.name, ada.born_on, ada.language, ada.email) == (
            "Ada Lovelace",
            "1980-05-03",
            "es",
            "ada@example.org",
        )
        assert (ben.name, ben.language, ben.email, ben.phone) == ("Ben Bo", "en", None, None)
        assert first.scheduled_at == datetime.fromisoformat("2025-12-05T09:20:00-06:00")
        assert first.clinician_id == desk.staff.ids[Role.CLINICIAN]
        assert first.created_by == desk.staff.ids[role]
        assert links.current(db.session, desk.staff.clinic_id, first.id, now=desk.clock()) is not None
    assert count(app, Outbox) == 0


def test_links_are_sent_where_that_is_asked_for_and_there_is_an_address(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    confirm(client, upload(desk, client, ADA, BEN, invites="y"))
    with app.app_context():
        assert db.session.scalars(select(Outbox)).one().recipient == "ada@example.org"


def test_the_same_file_twice_changes_nothing(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    first = upload(desk, client, ADA, BEN)
    confirm(client, first)
    again = upload(desk, client, ADA, BEN)
    assert set(does(again).values()) == {"A visit that is here already: nothing"}
    assert "This file changes nothing" in again.text
    assert '<form method="post" action="/visits/import/confirm"' not in again.text
    # The button of the first page, pressed once more.
    assert confirm(client, first).location == "/visits"
    assert "Nothing was done: all visits of the file are here already." in client.get("/visits").text
    assert (count(app, Visit), count(app, Patient)) == (2, 2)


def test_a_known_patient_keeps_their_details_and_the_preview_says_which_differ(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    confirm(client, upload(desk, client, ADA))
    changed = (
        ADA.replace("ada@example.org", "new@example.org").replace("Ada Lovelace", "Ada King").replace("09:20", "11:00")
    )
    plain = ADA.replace("09:20", "12:00").replace("ada@example.org", "")

    answer = upload(desk, client, changed, plain.replace("Ada Lovelace", "Ada King"))

    assert does(answer) == {
        "2": "Known patient, new visit Differs from what is stored, which stays: name, e-mail",
        "3": "Known patient, new visit Differs from what is stored, which stays: name",
    }
    confirm(client, answer)
    with app.app_context():
        ada = db.session.scalars(select(Patient)).one()
        assert (ada.name, ada.email) == ("Ada Lovelace", "ada@example.org")
    assert count(app, Visit) == 3


def test_another_persons_record_number_is_an_error(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    confirm(client, upload(desk, client, ADA))
    wrong = ADA.replace("Ada Lovelace", "Somebody Else").replace("1980-05-03", "1960-01-01").replace("09:20", "11:00")
    assert "another patient of the clinic has this number" in errors(upload(desk, client, wrong))


def test_a_visit_with_another_clinician_is_left_and_said(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    confirm(client, upload(desk, client, ADA))
    with app.app_context():
        clinic = db.session.get_one(Clinic, desk.staff.clinic_id)
        factories.make_user(db.session, clinic, email="other@riverside.example")
        db.session.commit()
    answer = upload(desk, client, ADA.replace(DOCTOR, "other@riverside.example"))
    assert does(answer)["2"].endswith("which stays: clinician")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("R-1", "", "record_number: use 1 to 40 characters."),
        ("R-1", "R" * 41, "record_number: use 1 to 40 characters."),
        ("Ada Lovelace", " ", "name: use 1 to 120 characters."),
        ("1980-05-03", "03.05.1980", "date_of_birth: use a past day as year-month-day"),
        ("1980-05-03", "2980-05-03", "date_of_birth: use a past day as year-month-day"),
        ("1980-05-03", "1780-05-03", "date_of_birth: use a past day as year-month-day"),
        ("2025-12-05", "2025-12-03", "date: use a day from 2025-12-04 to 2027-12-04"),
        ("2025-12-05", "2025-13-40", "date: use a day from"),
        ("2025-12-05", "5.12.2025", "date: use a day from"),
        ("09:20", "25:00", "time: use hours and minutes"),
        ("09:20", "9.20", "time: use hours and minutes"),
        ("2025-12-05,09:20", "2026-03-08,02:30", "time: There is no 02:30 on this day"),
        (DOCTOR, "nobody@riverside.example", f"clinician: use the e-mail of one of the clinic’s clinicians: {DOCTOR}"),
        (DOCTOR, "front_desk@riverside.example", "clinician: use the e-mail"),
        (",es,", ",de,", "language: use en or es, or leave it empty."),
        ("ada@example.org", "ada at example", "email: use an address"),
        ("ada@example.org", "adá@example.org", "email: use an address"),
        ("+1 312 555 0101", "call me", "phone: use 5 to 30 digits"),
        ("Ada Lovelace", "Lovelace, Ada", "There are 10 values for 9 columns"),
    ],
)
def test_a_wrong_value_is_told_with_its_line_and_what_is_allowed_and_nothing_is_done(
    app: Flask, desk: Desk, old: str, new: str, says: str
) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = upload(desk, client, BEN, ADA.replace(old, new))
    assert "1 line cannot be used, so nothing is done" in errors(answer)
    assert "Line 3" in errors(answer)
    assert says in errors(answer)
    assert does(answer)["2"] == "New patient, new visit"
    assert "Make " not in answer.text


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([ADA, ADA], "the same visit stands in line 2 already"),
        (
            [ADA, ADA.replace("Ada Lovelace", "Eva Else").replace("09:20", "11:00")],
            "line 2 has this number with another",
        ),
        ([ADA, ADA.replace("R-1", "r-1")], "the same visit stands in line 2 already"),
        (
            [ADA, ADA.replace("R-1", "r-1").replace("Ada Lovelace", "Eva Else").replace("09:20", "11:00")],
            "line 2 has this number with another",
        ),
    ],
)
def test_lines_that_contradict_each_other_are_told(desk: Desk, lines: list[str], says: str) -> None:
    assert says in errors(upload(desk, desk.client(Role.FRONT_DESK), *lines))


@pytest.mark.parametrize("number", ["R-1", "r-1"])
def test_two_visits_of_one_new_patient_add_them_once(app: Flask, desk: Desk, number: str) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = upload(desk, client, ADA, ADA.replace("09:20", "15:00").replace("R-1", number))
    assert "1 new patient." in answer.text
    confirm(client, answer)
    assert (count(app, Visit), count(app, Patient)) == (2, 1)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "Choose a file that is not empty."),
        (b"\n\n", "The file is empty."),
        (HEADER.encode(), "The file names its columns and no visit."),
        (b"record_number,name\nR-1,Ada", "These columns are missing: date_of_birth, date, time, clinician."),
        (f"{HEADER},name\n{ADA},x".encode(), "A column stands there twice."),
        (f"{HEADER}\n{ADA}".encode("utf-16"), "Save the file as CSV in UTF-8"),
        (f"{HEADER}\nR-1,Jos\u00e9".encode("latin-1"), "Save the file as CSV in UTF-8"),
        (f'{HEADER}\nR-1,"Ada'.encode(), "Line 2 cannot be read: a quotation mark"),
        (b"PK\x03\x04\x00\x00", "Save the file as CSV in UTF-8"),
        (("\n".join([HEADER, *[ADA] * 301])).encode(), "at most 300 are taken at once"),
        (b"x" * (visit_import.LARGEST_FILE + 1), "This file is too large: at most 100 kB are taken."),
    ],
    ids=range(11),
)
def test_a_file_that_cannot_be_read_is_told_in_words(desk: Desk, raw: bytes, says: str) -> None:
    assert says in errors(upload(desk, desk.client(Role.FRONT_DESK), raw=raw))


def test_no_file_at_all_is_told(desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    assert "Choose a file" in errors(client.submit(PATH))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(f"{HEADER}\r\n{ADA}\r\n".encode("utf-8-sig"), id="with a mark at its start and other line ends"),
        pytest.param(f"{HEADER};room\n{ADA};7".replace(",", ";").encode(), id="semicolons and a column of its own"),
        pytest.param(
            f"Name,Record number,Date of birth,Date,Time,Clinician\n"
            f'"Ada Lovelace",R-1,1980-05-03,2025-12-05,9:20,{DOCTOR}\n\n,,,,,\n'.encode(),
            id="another order, capitals, spaces and empty lines",
        ),
    ],
)
def test_what_scheduling_systems_write_is_read(app: Flask, desk: Desk, raw: bytes) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = upload(desk, client, raw=raw)
    assert list(does(answer).values()) == ["New patient, new visit"]
    assert ("These columns are not used: room" in text_of(parsed(answer))) is (b"room" in raw)
    confirm(client, answer)
    with app.app_context():
        assert db.session.scalars(select(Patient)).one().name == "Ada Lovelace"


def test_what_is_confirmed_is_what_was_shown_and_not_what_a_browser_sends(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    shown = sealed(upload(desk, client, ADA))
    assert "Ada" not in shown
    for forged in ("", "x", ADA, shown[:-6] + "AAAAAA", shown[:40] + "B" + shown[41:]):
        answer = client.submit(f"{PATH}/confirm", {"upload": forged}, page=PATH)
        assert answer.status_code == 409
    assert count(app, Visit) == 0


def test_a_preview_is_of_one_person_and_of_one_hour(app: Flask, desk: Desk, clock: Clock) -> None:
    client = desk.client(Role.FRONT_DESK)
    shown = {"upload": sealed(upload(desk, client, ADA))}
    assert desk.client(Role.CLINICIAN).submit(f"{PATH}/confirm", shown, page=PATH).status_code == 409
    clock.forward(minutes=61)
    assert desk.client(Role.FRONT_DESK).submit(f"{PATH}/confirm", shown, page=PATH).status_code == 409
    assert count(app, Visit) == 0


def test_what_changed_since_the_preview_is_shown_again_and_nothing_is_done(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    both = upload(desk, client, ADA, BEN)
    confirm(client, upload(desk, client, ADA))
    answer = confirm(client, both)
    assert answer.status_code == 409
    assert "Something has changed since the file was shown." in answer.text
    assert does(answer) == {"2": "A visit that is here already: nothing", "3": "New patient, new visit"}
    assert count(app, Visit) == 1
    assert confirm(client, answer).status_code == 303
    assert count(app, Visit) == 2


def test_the_sample_file_can_be_imported_as_it_is(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    sample = client.get(f"{PATH}/sample.csv")
    assert sample.mimetype == "text/csv"
    answer = upload(desk, client, raw=sample.data)
    assert set(does(answer).values()) == {"New patient, new visit"}
    assert confirm(client, answer).status_code == 303
    assert count(app, Visit) == 2
