"""Alerts as rows: what is written, what is only added, and what the one page is told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.occasion import AlertNote
from clinic.core.safety import judge
from clinic.db.models import Alert, AlertEvent
from clinic.services import alerts
from clinic.services.alerts import Subject
from tests import factories
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW

SIGNAL = frozenset({"EMO.despair"})
MINUTE = timedelta(minutes=1)


@pytest.fixture
def subject(session: Session) -> Subject:
    form = factories.make_assessment(session, factories.make_visit(session, factories.make_clinic(session)))
    return Subject(form.clinic_id, form.id, form.patient_id)


def said(session: Session, subject: Subject, given: AnswerSet, *, expected: bool = False, at: datetime = NOW) -> str:
    return alerts.record(session, INSTRUMENT, subject, judge(INSTRUMENT, given), checkin_expected=expected, now=at)


def rows(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    return [(one.level, one.state) for one in session.scalars(select(Alert).order_by(Alert.id))]


def kinds(session: Session) -> list[str]:
    return list(session.scalars(select(AlertEvent.kind).order_by(AlertEvent.id)))


def test_triggers_are_stored_and_encrypted(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(ticks=SIGNAL), expected=True)

    alert = session.scalars(select(Alert)).one()
    assert alert.triggers == {"signals": ["tick:EMO.despair"], "checkin": None}
    raw = session.execute(text("SELECT triggers FROM alert")).scalar_one()
    assert "despair" not in raw


def test_every_signal_while_it_waits_stays_with_the_alert(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(ticks=SIGNAL), expected=True)
    said(session, subject, AnswerSet(answers={"RCV": 0}), expected=True)
    said(session, subject, AnswerSet(checkin="yes_past"))

    alert = session.scalars(select(Alert)).one()
    assert alert.triggers == {"signals": ["tick:EMO.despair", "raw:RCV"], "checkin": "yes_past"}
    assert kinds(session) == ["raised", "signal_added", "opened"]


def test_a_settled_alert_is_kept_and_told_to_nobody(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(ticks=SIGNAL), expected=True)
    reached = said(session, subject, AnswerSet(ticks=SIGNAL, checkin="no"))

    assert reached == "S0"
    assert rows(session) == [("S1", "settled")]
    assert alerts.notes_for(session, subject.clinic_id, subject.assessment_id, now=NOW + MINUTE * 60) == ()


def test_an_open_alert_is_raised_higher_by_a_second_one_and_lowered_by_none(session: Session, subject: Subject) -> None:
    levels = [
        said(session, subject, AnswerSet(checkin=answer, ticks=SIGNAL), at=NOW + MINUTE * number)
        for number, answer in enumerate(["yes_past", "yes_now", "no", "no", None])
    ]

    assert levels == ["S2", "S3", "S3", "S3", "S3"]
    assert rows(session) == [("S2", "open"), ("S3", "open")]
    assert kinds(session) == ["raised", "raised", "answer_changed", "answer_changed"]


def test_the_one_page_is_told_when_an_alert_opened_and_what_was_answered_later(
    session: Session, subject: Subject
) -> None:
    said(session, subject, AnswerSet(ticks=SIGNAL), expected=True)
    waiting = alerts.notes_for(session, subject.clinic_id, subject.assessment_id, now=NOW + MINUTE)
    said(session, subject, AnswerSet(ticks=SIGNAL, checkin="yes_now"), at=NOW + MINUTE * 2)
    said(session, subject, AnswerSet(ticks=SIGNAL, checkin="no"), at=NOW + MINUTE * 5)
    opened = alerts.notes_for(session, subject.clinic_id, subject.assessment_id, now=NOW + MINUTE * 6)

    assert waiting == (AlertNote("S2", True, NOW + MINUTE * 10),)
    assert opened == (AlertNote("S3", False, NOW + MINUTE * 2, changes=(("no", NOW + MINUTE * 5),)),)


def test_the_one_page_is_told_since_when_the_check_in_has_its_answer(session: Session, subject: Subject) -> None:
    def since(answer: str | None) -> datetime | None:
        return alerts.answered_at(session, INSTRUMENT, subject.clinic_id, subject.assessment_id, answer)

    said(session, subject, AnswerSet(ticks=SIGNAL), expected=True)
    assert since(None) is None
    said(session, subject, AnswerSet(ticks=SIGNAL, checkin="yes_past"), at=NOW + MINUTE)
    said(session, subject, AnswerSet(ticks=SIGNAL, answers={"RCV": 0}, checkin="yes_past"), at=NOW + MINUTE * 2)
    assert since("yes_past") == NOW + MINUTE
    said(session, subject, AnswerSet(ticks=SIGNAL, checkin="no"), at=NOW + MINUTE * 3)
    assert since("no") == NOW + MINUTE * 3
    alert = session.scalars(select(Alert)).one()
    reader = factories.make_user(session, session.get_one(factories.Clinic, subject.clinic_id))
    seen = {"clinic_id": subject.clinic_id, "kind": "acknowledged", "level": "S2", "detail": alert.triggers}
    session.add(AlertEvent(alert_id=alert.id, at=NOW + MINUTE * 4, by=reader.id, **seen))
    session.flush()
    assert since("no") == NOW + MINUTE * 3
    assert alerts.answered_at(session, INSTRUMENT, subject.clinic_id + 1, subject.assessment_id, "no") is None


def test_an_answer_that_settled_its_alert_or_raised_one_has_its_time(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(checkin="yes_past"))
    assert alerts.answered_at(session, INSTRUMENT, subject.clinic_id, subject.assessment_id, "yes_past") == NOW


def test_an_answer_from_before_the_first_alert_has_no_time(session: Session, subject: Subject) -> None:
    given = AnswerSet(checkin="no", texts={"TXT": "I want to die"})
    said(session, subject, given)
    assert kinds(session) == ["raised"]
    assert alerts.answered_at(session, INSTRUMENT, subject.clinic_id, subject.assessment_id, "no") is None


def test_an_alert_opens_by_time_alone(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(ticks=SIGNAL), expected=True)

    assert alerts.reached(session, subject.clinic_id, subject.assessment_id, NOW + MINUTE * 9) == "S0"
    assert alerts.reached(session, subject.clinic_id, subject.assessment_id, NOW + MINUTE * 10) == "S2"
    note = alerts.notes_for(session, subject.clinic_id, subject.assessment_id, now=NOW + MINUTE * 10)[0]
    assert (note.waiting, note.opened_at) == (False, NOW + MINUTE * 10)


def test_an_alert_of_another_clinic_is_neither_seen_nor_changed(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(ticks=SIGNAL), expected=True)
    elsewhere = replace(subject, clinic_id=factories.make_clinic(session).id)

    said(session, elsewhere, AnswerSet(ticks=SIGNAL, checkin="no"))

    assert rows(session) == [("S2", "waiting")]
    assert kinds(session) == ["raised"]
    later = NOW + MINUTE * 20
    assert alerts.reached(session, subject.clinic_id, subject.assessment_id, later) == "S2"
    assert alerts.reached(session, elsewhere.clinic_id, subject.assessment_id, later) == "S0"


def test_an_acknowledged_alert_names_who_did_it(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(checkin="yes_now"))
    alert = session.scalars(select(Alert)).one()
    clinic = session.get_one(type(alert), alert.id).clinic_id
    user = factories.make_user(session, session.get_one(factories.Clinic, clinic), display_name="Dr. Reyes")
    alert.acknowledged_at, alert.acknowledged_by = NOW + MINUTE, user.id
    session.flush()

    note = alerts.notes_for(session, clinic, subject.assessment_id, now=NOW + MINUTE)[0]
    assert note.acknowledged == (NOW + MINUTE, "Dr. Reyes")
    assert alerts.notes_for(session, clinic + 1, subject.assessment_id, now=NOW) == ()


def test_what_happened_to_an_alert_can_neither_be_changed_nor_deleted(session: Session, subject: Subject) -> None:
    said(session, subject, AnswerSet(checkin="yes_now"))
    session.commit()

    for statement in ("UPDATE alert_event SET level = 'S0'", "DELETE FROM alert_event"):
        with pytest.raises(DBAPIError):
            session.execute(text(statement))
        session.rollback()
    assert kinds(session) == ["raised"]
