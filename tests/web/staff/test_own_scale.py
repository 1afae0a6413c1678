"""Totals of the clinic's own scale: written down beside a visit, shown with the patient's visits, and taken back."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.scope import Role
from clinic.db.models import SymptomNote
from clinic.db.session import db
from tests.web.page_check import XHTML, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual

TOTAL = {"scale-scale": "Clinic-9", "scale-total": "17", "scale-on": "2025-12-03"}


def stored(app: Flask) -> list[Any]:
    with app.app_context():
        return [one.note for one in db.session.scalars(select(SymptomNote).where(SymptomNote.taken_back_at.is_(None)))]


def section(desk: Desk, visit: int) -> str:
    page = parsed(desk.client(Role.CLINICIAN).get(f"/visits/{visit}"))
    return text_of(next(one for one in page.iter(f"{XHTML}section") if one.get("id") == "own-scale"))


def test_a_total_is_kept_beside_the_visit_once_and_undone(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    path = f"/visits/{visit}/symptoms"
    for _ in range(2):
        assert client.submit(path, TOTAL, page=f"/visits/{visit}").location == f"/visits/{visit}#own-scale"
    assert stored(app) == [{"scale": "Clinic-9", "total": 17, "on": "2025-12-03"}]
    assert "Clinic-9 17, 3 Dec 2025 Alex Clinician" in section(desk, visit)

    assert client.submit(f"{path}/1/take-back", page=f"/visits/{visit}").location == f"/visits/{visit}#own-scale"

    assert stored(app) == []
    assert "17, 3 Dec 2025" not in section(desk, visit)


def test_the_name_of_the_scale_stands_there_at_the_next_visit(desk: Desk) -> None:
    visit, client = desk.make_visit(hours=-24, given=usual()), desk.client(Role.CLINICIAN)
    client.submit(f"/visits/{visit}/symptoms", TOTAL, page=f"/visits/{visit}")
    later = desk.make_visit(patient=desk.patient_of(visit), given=usual())
    page = client.get(f"/visits/{later}").text
    assert 'value="Clinic-9"' in page
    assert "17, 3 Dec 2025" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scale-scale": " "}, "Name the scale."),
        ({"scale-scale": "a" * 61}, "Use at most 60 characters."),
        ({"scale-total": ""}, "Give the total."),
        ({"scale-total": "1000"}, "Use a whole number from 0 to 999."),
        ({"scale-total": "-1"}, "Use a whole number from 0 to 999."),
        ({"scale-total": "17,5"}, "Use a whole number from 0 to 999."),
        ({"scale-total": "١٧"}, "Use a whole number from 0 to 999."),
        ({"scale-on": "2025-12-05"}, "This day has not come yet"),
        ({"scale-on": ""}, "Say on which day it was taken."),
    ],
)
def test_what_is_no_total_stays_on_the_page_with_what_is_wrong(
    app: Flask, desk: Desk, changes: dict[str, str], words: str
) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    answer = client.submit(f"/visits/{visit}/symptoms", TOTAL | changes, page=f"/visits/{visit}")
    assert answer.status_code == 422
    assert answer.text.count(words) == 2, "It is said on top, and at its field."
    assert stored(app) == []


def test_totals_stand_with_the_visits_of_a_patient_in_a_table_of_their_own(desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    for total, day in (("17", "2025-12-03"), ("22", "2025-11-03")):
        client.submit(
            f"/visits/{visit}/symptoms", TOTAL | {"scale-total": total, "scale-on": day}, page=f"/visits/{visit}"
        )
    path = f"/patients/{desk.patient_of(visit)}"
    words = text_of(parsed(client.get(path)))
    assert "Another instrument: not comparable with the scores above. Clinic-9 22 3 Nov 2025 17 3 Dec 2025" in words
    assert "Clinic-9" not in desk.client(Role.FRONT_DESK).get(path).text
