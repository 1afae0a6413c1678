"""The managers' page of the questionnaire itself: the last report, and a sentence before the first one."""

import pytest
from flask import Flask

from clinic.core.psychometrics import Report
from clinic.core.scope import Role
from clinic.db.models import Clinic
from clinic.db.session import db
from clinic.services import psychometrics
from tests import factories
from tests.instrument_report import INSTRUMENT, group, report_of
from tests.web.page_check import parsed, text_of
from tests.web.staff.conftest import Desk

PATH = "/trends/instrument"


def keep(app: Flask, clinic_id: int, desk: Desk, report: Report) -> None:
    with app.app_context():
        psychometrics.store(db.session, clinic_id, INSTRUMENT, report, change=None, now=desk.clock())
        db.session.commit()


def test_before_the_first_report_a_sentence_says_what_it_needs(desk: Desk) -> None:
    page = text_of(parsed(desk.client(Role.MANAGER).get(PATH)))
    assert "There is no report yet. It needs at least 100 patients" in page
    assert "clinic psychometrics" in page


def test_the_last_report_is_shown_with_its_day_and_its_gaps(app: Flask, desk: Desk) -> None:
    keep(app, desk.staff.clinic_id, desk, report_of())
    page = text_of(parsed(desk.client(Role.MANAGER).get(PATH)))
    for words in (
        "312 patients",
        "Made on 1 December 2025",
        "before 1 November 2025",
        "0.81 (0.77 to 0.85)",
        "Español: 140 patients",
        "possible from 21 and clear from 33 points of 100, and of all together from 14 and 22",
        "provisional limits are 25 and 38, 15 and 23",
        "omega needs 100 complete answers",
        "alpha and item-rest need 50 complete answers",
        "answering twice needs 50 pairs",
        "English by itself: it needs 100 patients",
        "answers are not stored",
        "12 %",
        "too few",
        "8.724.1",
    ):
        assert words in page, words
    assert "synthetic" not in page.lower()


def test_a_report_of_synthetic_people_says_so(app: Flask, desk: Desk) -> None:
    keep(app, desk.staff.clinic_id, desk, report_of(is_synthetic=True, limits=None, short=(), groups=(group("", 312),)))
    page = text_of(parsed(desk.client(Role.MANAGER).get(PATH)))
    assert "All of them are synthetic" in page
    assert "Limits of change can be proposed from 50 pairs on." in page


def test_a_report_of_another_clinic_is_not_shown(app: Flask, desk: Desk) -> None:
    with app.app_context():
        other: Clinic = factories.make_clinic(db.session, name="Other Clinic")
        db.session.commit()
        foreign = other.id
    keep(app, foreign, desk, report_of())
    assert "There is no report yet" in desk.client(Role.MANAGER).get(PATH).text


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK, Role.ADMINISTRATOR])
def test_it_is_a_page_of_managers_only(desk: Desk, role: Role) -> None:
    assert desk.client(role).get(PATH).status_code == 403
