"""A patient whose stored name, birth date or number is damaged: every page still opens, and says so."""

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.core.answers import AnswerSet
from clinic.core.scope import Role
from clinic.db.session import db
from tests.reports.reading import text_of as pdf_text
from tests.web.page_check import parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual

UNREAD = "Name cannot be read"


def damage(app: Flask, *columns: str) -> None:
    with app.app_context():
        for column in columns:
            db.session.execute(text(f"UPDATE patient SET {column} = 'broken'"))  # noqa: S608 (a name of ours)
        db.session.commit()


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
@pytest.mark.parametrize("given", [None, usual()], ids=["not sent", "sent"])
def test_a_damaged_name_does_not_take_the_visit_with_it(
    app: Flask, desk: Desk, role: Role, given: AnswerSet | None
) -> None:
    visit = desk.make_visit(given=given, name="Ada Damaged", record_number="MRN-77")
    damage(app, "name")
    page = desk.client(role).get(f"/visits/{visit}")
    assert page.status_code == 200
    assert UNREAD in text_of(parsed(page))
    assert "MRN-77" in page.text


def test_a_damaged_name_does_not_take_the_patients_page_with_it(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    damage(app, "name")
    page = desk.client(Role.CLINICIAN).get(f"/patients/{desk.patient_of(visit)}")
    assert page.status_code == 200
    assert UNREAD in page.text
    assert f"/visits/{visit}" in page.text


def test_a_damaged_person_does_not_take_the_paper_with_it(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=usual(), name="Ada Damaged")
    damage(app, "name", "born_on", "record_number")
    answer = desk.client(Role.CLINICIAN).get(f"/visits/{visit}/summary.pdf")
    assert answer.status_code == 200
    words = pdf_text(answer.data)
    assert UNREAD in words
    assert "not given" not in words


def test_a_damaged_phone_number_is_left_out(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(phone="+1 312 555 0101")
    damage(app, "phone")
    page = desk.client(Role.FRONT_DESK).get(f"/visits/{visit}")
    assert page.status_code == 200
    assert "tel:" not in page.text
