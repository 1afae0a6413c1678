"""What surrounds the answers on the one page: whose, when, in which words, and with what it is compared."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from clinic.core.errors import NotFound, NotSent
from clinic.core.page import Page, lines
from clinic.core.safety import judge
from clinic.db.models import Assessment, Clinic, Visit
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import alerts, clinic_settings, summaries
from clinic.services.alerts import Subject
from tests import factories
from tests.factories import NOW
from tests.web.staff.conftest import fill, raise_alert
from tests.web.staff.people import calm, given, usual, worst


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session, ready=True)


def make(
    session: Session, clinic: Clinic, days_ago: float, answers: Any, *, like: Visit | None = None, **form: Any
) -> Visit:
    """Make a visit with a form that was sent some days ago, of the same patient as another visit if one is given."""
    at = NOW - timedelta(days=days_ago)
    changes: dict[str, Any] = {"patient_id": like.patient_id, "clinician_id": like.clinician_id} if like else {}
    visit = factories.make_visit(session, clinic, scheduled_at=at + timedelta(hours=2), **changes)
    fill(session, visit, answers, at, **form)
    return visit


def page(session: Session, clinic: Clinic, visit: Visit, **asked: Any) -> Page:
    return summaries.page_for(session, clinic.id, visit.id, printed_by="Dr. Reader", now=NOW, **asked)


def note(session: Session, clinic: Clinic, visit: Visit) -> str:
    return page(session, clinic, visit).gaps.note or ""


def test_the_page_compares_with_the_latest_earlier_form(session: Session, clinic: Clinic) -> None:
    now = make(session, clinic, 1, usual())
    make(session, clinic, 90, calm(), like=now)
    make(session, clinic, 40, worst("self"), like=now)
    assert note(session, clinic, now) == "Compared with 29 Jan, 39 days before."


def test_a_later_form_is_never_what_a_page_compares_with(session: Session, clinic: Clinic) -> None:
    first = make(session, clinic, 90, usual())
    make(session, clinic, 40, calm(), like=first)
    assert note(session, clinic, first) == "First form: nothing to compare with."


def test_with_help_and_by_oneself_are_one_kind(session: Session, clinic: Clinic) -> None:
    now = make(session, clinic, 1, given(answers={"ACC1": 1}, respondent="helped"))
    make(session, clinic, 50, given(answers={"ACC1": 1}), like=now)
    assert note(session, clinic, now).startswith("Compared with")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param("proxy", "self", "that form was answered by someone else.", id="someone else before"),
        pytest.param("self", "proxy", "that form was answered by the patient.", id="the patient before"),
    ],
)
def test_the_other_kind_is_named_and_not_compared(
    session: Session, clinic: Clinic, before: str, after: str, words: str
) -> None:
    now = make(session, clinic, 1, worst(after))
    make(session, clinic, 50, worst(before), like=now)
    told = page(session, clinic, now)
    assert (told.gaps.note or "").endswith(words)
    assert {box.before for box in told.gaps.boxes} == {None}


def test_a_nearer_form_of_the_other_kind_does_not_hide_one_of_the_same(session: Session, clinic: Clinic) -> None:
    now = make(session, clinic, 1, usual())
    make(session, clinic, 90, calm(), like=now)
    make(session, clinic, 30, worst("proxy"), like=now)
    assert note(session, clinic, now).startswith("Compared with 10 Dec")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"state": "draft"}, id="not sent"),
        pytest.param({"instrument_id": "another"}, id="another questionnaire"),
    ],
)
def test_what_is_not_comparable_is_left_out(session: Session, clinic: Clinic, form: dict[str, str]) -> None:
    now = make(session, clinic, 1, usual())
    make(session, clinic, 50, calm(), like=now, **form)
    assert note(session, clinic, now) == "First form: nothing to compare with."


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"instrument_version": "0.9"}, id="another version"),
        pytest.param({"scoring_profile": "1.0+c1"}, id="another scoring"),
    ],
)
def test_a_form_of_other_rules_is_named_and_not_compared(
    session: Session, clinic: Clinic, form: dict[str, str]
) -> None:
    now = make(session, clinic, 1, usual())
    make(session, clinic, 50, calm(), like=now, **form)
    told = page(session, clinic, now).gaps
    assert told.note == "Not compared with 19 Jan: other cut points or another version."
    assert {text[0].text for box in told.boxes for label, text in box.facts if label == "Change"} == {"Not comparable"}
    make(session, clinic, 90, calm(), like=now)
    assert note(session, clinic, now).startswith("Compared with 10 Dec, 89 days before. Not compared with 19 Jan")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        pytest.param((50,), "Not compared with 19 Jan: that form was not sent.", id="alone"),
        pytest.param(
            (50, 90),
            "Compared with 10 Dec, 89 days before. Not compared with 19 Jan: that form was not sent.",
            id="nearer than the one that was sent",
        ),
        pytest.param((90, 50), "Compared with 19 Jan, 49 days before.", id="farther than the one that was sent"),
    ],
)
def test_a_form_that_was_closed_without_being_sent_is_named_and_not_compared(
    session: Session, clinic: Clinic, days: tuple[int, ...], words: str
) -> None:
    now = make(session, clinic, 1, usual())
    for number, ago in enumerate(days):
        make(session, clinic, ago, calm(), like=now, state="submitted" if number else "partial")
    told = page(session, clinic, now).gaps
    assert told.note == words
    changes = {text[0].text for box in told.boxes for label, text in box.facts if label == "Change"}
    assert ("Not comparable" in changes) is (len(days) == 1)


def test_another_patients_form_is_never_compared_with(session: Session, clinic: Clinic) -> None:
    make(session, clinic, 50, calm())
    assert note(session, clinic, make(session, clinic, 1, usual())) == "First form: nothing to compare with."


def test_times_are_told_on_the_clinics_clock(session: Session, clinic: Clinic) -> None:
    visit = make(session, clinic, 0, usual())
    header = page(session, clinic, visit).header
    # New York is four hours behind UTC in March, once the clocks have gone forward.
    assert header.visit.value.startswith("Tue 10 Mar 2026, 7:00 am")
    assert header.facts[0].value == "10 Mar 2026, 5:00 am"


def test_the_header_says_how_by_whom_and_in_which_language(session: Session, clinic: Clinic) -> None:
    visit = make(session, clinic, 0, worst(), mode="paper", language="es")
    values = [fact.value for fact in page(session, clinic, visit).header.facts]
    assert values[1:5] == ["Paper", "Spanish", "Someone else", "Partial, 20 of 21"]


def test_a_page_is_made_in_the_clinics_summary_language_with_its_reviewer(session: Session, clinic: Clinic) -> None:
    visit = make(session, clinic, 0, usual())
    clinic_settings.change(session, clinic.id, "summary_language", "es", None, None, NOW)
    told = page(session, clinic, visit)
    assert told.language == "es"
    assert "Dr. Reviewer" in told.footer.printed
    assert page(session, clinic, visit, language="en").language == "en"


def test_the_strip_tells_the_alert_with_its_times_and_people(session: Session, clinic: Clinic) -> None:
    visit = make(session, clinic, 0.1, worst("self"))
    reader = factories.make_user(session, clinic, display_name="Ruth Osei")
    form = session.scalars(select(Assessment)).one()
    raise_alert(session, form, NOW - timedelta(hours=2), acknowledged_at=NOW, acknowledged_by=reader.id)
    said = " ".join(lines(page(session, clinic, visit)))
    assert "Alert open since 10 Mar, 3:00 am. Alert acknowledged 10 Mar, 5:00 am by Ruth Osei." in said


def test_the_strip_tells_when_the_check_in_was_answered(session: Session, clinic: Clinic) -> None:
    answers = given(ticks=["EMO.despair"], safety_checkin="no", respondent="self")
    visit = make(session, clinic, 0.1, answers)
    form = session.scalars(select(Assessment)).one()
    subject, instrument = Subject(clinic.id, form.id, visit.patient_id), catalogue.current()
    for asked, minutes in ((replace(answers, checkin=None), 30), (answers, 26)):
        at = NOW - timedelta(minutes=minutes)
        judged = judge(instrument, asked)
        alerts.record(session, instrument, subject, judged, checkin_expected=asked.checkin is None, now=at)
    assert "Saved 10 Mar, 4:34 am." in " ".join(lines(page(session, clinic, visit)))


def test_an_alert_keeps_the_level_of_the_strip_when_the_answers_fall_back(session: Session, clinic: Clinic) -> None:
    visit = make(session, clinic, 0.1, calm())
    form = session.scalars(select(Assessment)).one()
    raise_alert(session, form, NOW - timedelta(hours=2))
    assert page(session, clinic, visit).safety.level == "S3"


def test_fast_answers_are_noted(session: Session, clinic: Clinic) -> None:
    visit = make(session, clinic, 0, usual(), core_seconds=20)
    assert any("45 seconds" in one for one in page(session, clinic, visit).header.notes)


@pytest.mark.parametrize("state", ["draft", None])
def test_a_page_does_not_exist_before_the_form_is_sent(session: Session, clinic: Clinic, state: str | None) -> None:
    visit = factories.make_visit(session, clinic)
    if state:
        fill(session, visit, usual(), NOW, state=state)
    with pytest.raises(NotSent):
        page(session, clinic, visit)


def test_a_visit_of_another_clinic_is_not_found(session: Session, clinic: Clinic) -> None:
    other = factories.make_clinic(session, name="Other Clinic")
    visit = make(session, other, 0, usual())
    with pytest.raises(NotFound):
        page(session, clinic, visit)


def test_a_page_takes_six_queries_once_the_clinic_s_settings_are_known(
    session: Session, clinic: Clinic, app: Flask
) -> None:
    visit = make(session, clinic, 0.1, worst("self"))
    for days in (30, 60, 90):
        make(session, clinic, days, calm(), like=visit)
    form = session.scalars(select(Assessment).where(factories.Assessment.visit_id == visit.id)).one()
    raise_alert(session, form, NOW)
    session.flush()
    page(session, clinic, visit)
    session.expunge_all()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    page(session, clinic, visit)
    assert len(statements) == 6
