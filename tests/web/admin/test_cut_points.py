"""The page of the cut points: other ones need a reason, are told everywhere, and are never lost."""

import pytest
from flask import Flask

from clinic.core.scope import Role
from tests.web.admin.conftest import errors_at, held, post, sent_by
from tests.web.page_check import PageClient, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual

PATH = "/admin/clinic/cut-points"
STRICT = {"watch": "20", "gap": "40", "priority": "60", "reason": "Agreed in the <team> meeting"}


def test_other_cut_points_hold_from_now_on_and_stand_wherever_cut_points_are_told(
    app: Flask, desk: Desk, admin: PageClient
) -> None:
    visit = desk.make_visit(given=usual())
    answer = post(admin, PATH, STRICT)
    assert (answer.status_code, answer.location) == (303, PATH)
    assert held(app, desk).scoring_profile == "1.0+c1"
    page = text_of(parsed(admin.get(PATH)))
    assert "1.0+c1 holds now204060" in page
    assert "Agreed in the <team> meeting Alex Administrator" in page
    assert "Watch from 20, gap from 40, priority gap from 60" in text_of(parsed(admin.get("/admin/clinic")))
    history = text_of(parsed(admin.get("/admin/clinic/history")))
    for words in ("Those of the questionnaire", "1.0+c1 (20, 40, 60)", "Agreed in the <team> meeting"):
        assert words in history
    doctor = desk.client(Role.CLINICIAN)
    assert "under 20 of 100" in text_of(parsed(doctor.get("/visits")))
    assert "Thin lines at 20 (watch), 40 (gap)" in doctor.get(f"/patients/{desk.patient_of(visit)}").text
    assert "M25 0v10M50 0v10M75 0v10" in doctor.get(f"/visits/{visit}").text, "an old form keeps its own"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"watch": "many"}, {"watch": "from 1 to 100"}),
        ({"gap": "20"}, {"gap": "above 20"}),
        ({"priority": ""}, {"priority": "from 1 to 100"}),
        ({"reason": ""}, {"reason": "Say why"}),
        ({"reason": "x" * 1001}, {"reason": "at most 1000"}),
        ({"watch": "25", "gap": "50", "priority": "75"}, {"watch": "present cut points"}),
    ],
)
def test_a_mistake_is_told_at_its_field(
    app: Flask, desk: Desk, admin: PageClient, fields: dict[str, str], told: dict[str, str]
) -> None:
    answer = post(admin, PATH, STRICT | fields)
    assert answer.status_code == 422
    errors = errors_at(answer)
    assert errors.keys() == told.keys()
    assert all(words in errors[name] for name, words in told.items())
    assert held(app, desk).scoring_profile is None


def test_the_later_of_two_is_told_what_holds_now(app: Flask, desk: Desk, admin: PageClient) -> None:
    other = desk.client(Role.ADMINISTRATOR)
    mine, theirs = (sent_by(parsed(one.get(PATH)), PATH) for one in (admin, other))
    for name, value in STRICT.items():
        theirs[name] = value
    assert other.post(PATH, data=theirs).status_code == 303
    for name, value in {"watch": "30", "reason": "Mine"}.items():
        mine[name] = value
    answer = admin.post(PATH, data=mine)
    assert answer.status_code == 409
    assert "1.0+c1 holds now" in text_of(parsed(answer))
    again = sent_by(parsed(answer), PATH)
    assert again["watch"] == "30"
    assert admin.post(PATH, data=again).status_code == 303
    assert held(app, desk).scoring_profile == "1.0+c2"
