"""What staff do about an alert: every step is added, two at once are one, and nothing is closed unread."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.errors import BadStep, NotFound
from clinic.core.safety import judge
from clinic.db.models import Alert, AlertAction, AlertEvent, User
from clinic.db.session import begin_write, db
from clinic.services import alert_steps, alerts, outbox
from clinic.services.alert_steps import DONE, Outcome
from clinic.services.alerts import Subject
from clinic.services.board import SafetyNow, safety_now
from tests import factories
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
SIGNAL = frozenset({"EMO.despair"})
SOON = NOW + 20 * MINUTE


@dataclass
class Case:
    """One form with an alert, two people who may answer it, and one of another clinic."""

    session: Session
    subject: Subject
    anna: int
    ben: int
    elsewhere: int

    def say(self, given: AnswerSet, *, expected: bool = False, at: datetime = NOW) -> None:
        alerts.record(
            self.session, INSTRUMENT, self.subject, judge(INSTRUMENT, given), checkin_expected=expected, now=at
        )

    @property
    def alert(self) -> Alert:
        self.session.expire_all()
        return self.session.scalars(select(Alert).order_by(Alert.id.desc())).first()  # type: ignore[return-value]

    def acknowledge(self, by: int, at: datetime = SOON) -> Outcome:
        return alert_steps.acknowledge(self.session, self.subject.clinic_id, self.alert.id, by=by, now=at)

    def act(self, action: str, note: str | None = None, *, by: int, seen: int = 0) -> Outcome:
        clinic = self.subject.clinic_id
        return alert_steps.act(self.session, clinic, self.alert.id, action, note, seen=seen, by=by, now=SOON)

    def close(self, by: int, seen: int | None = None) -> Outcome:
        clinic, alert = self.subject.clinic_id, self.alert.id
        read = alert_steps.latest_answer(self.session, clinic, alert) if seen is None else seen
        return alert_steps.close(self.session, clinic, alert, seen=read, by=by, now=SOON + MINUTE)

    def events(self) -> list[tuple[str, int | None]]:
        found = self.session.execute(select(AlertEvent.kind, AlertEvent.by).order_by(AlertEvent.id))
        return [(row.kind, row.by) for row in found]

    def actions(self) -> list[tuple[str, str | None, int]]:
        found = self.session.execute(select(AlertAction.action, AlertAction.note, AlertAction.by))
        return [(row.action, row.note, row.by) for row in found]


@pytest.fixture
def case(session: Session) -> Case:
    clinic = factories.make_clinic(session, ready=True)
    form = factories.make_assessment(session, factories.make_visit(session, clinic))
    anna = factories.make_user(session, clinic, display_name="Dr. Anna").id
    ben = factories.make_user(session, clinic, display_name="Dr. Ben").id
    elsewhere = factories.make_clinic(session, name="Other Clinic").id
    return Case(session, Subject(clinic.id, form.id, form.patient_id), anna, ben, elsewhere)


def test_an_alert_goes_from_open_to_closed_and_every_step_is_added(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"))

    assert case.acknowledge(case.anna) == DONE
    assert case.act("not_reached", by=case.anna) == DONE
    assert case.act("reached", "She  is with\n her sister.", by=case.ben) == DONE
    assert case.close(case.ben) == DONE

    alert = case.alert
    assert (alert.state, alert.level) == ("closed", "S3")
    assert (alert.acknowledged_by, alert.acknowledged_at, alert.closed_at) == (case.anna, SOON, SOON + MINUTE)
    assert case.events() == [("raised", None), ("acknowledged", case.anna), ("closed", case.ben)]
    assert case.actions() == [
        ("not_reached", None, case.anna),
        ("reached", "She is with her sister.", case.ben),
    ]
    raw = case.session.execute(text("SELECT note FROM alert_action WHERE note IS NOT NULL")).scalar_one()
    assert "sister" not in raw


def test_the_second_of_two_people_is_told_who_was_first(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"))
    case.acknowledge(case.anna)

    assert case.acknowledge(case.ben, SOON + MINUTE) == Outcome("done_by_another", "Dr. Anna", SOON)
    assert case.acknowledge(case.anna, SOON + MINUTE) == DONE
    assert case.alert.acknowledged_by == case.anna
    assert case.events() == [("raised", None), ("acknowledged", case.anna)]


def test_nothing_is_closed_before_somebody_has_seen_it_and_done_something(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_past"))

    assert case.close(case.anna) == Outcome("needs_acknowledgement")
    case.acknowledge(case.anna)
    assert case.close(case.anna) == Outcome("needs_action")
    assert (case.alert.state, case.alert.closed_at) == ("open", None)
    case.act("review_at_visit", by=case.anna)
    assert case.close(case.anna) == DONE


def test_an_alert_is_not_closed_over_an_answer_that_its_page_did_not_show(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_past"))
    case.act("reached", by=case.anna)
    shown = alert_steps.latest_answer(case.session, case.subject.clinic_id, case.alert.id)
    case.say(AnswerSet(checkin="no"), at=SOON)

    assert case.close(case.anna, seen=shown) == Outcome("changed")
    assert case.alert.state == "open"
    assert case.close(case.anna) == DONE


def test_whoever_does_something_has_seen_the_alert(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"))
    case.act("emergency", by=case.ben)

    assert case.alert.acknowledged_by == case.ben
    assert case.events() == [("raised", None), ("acknowledged", case.ben)]


def test_the_same_action_pressed_twice_is_stored_once_and_again_later_is_stored_again(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"))
    for _ in range(2):
        case.act("not_reached", "no answer", by=case.anna)
    assert len(case.actions()) == 1
    first = case.session.scalars(select(AlertAction.id)).one()
    case.act("not_reached", "no answer", by=case.anna, seen=first)
    case.act("not_reached", "no answer", by=case.ben)
    assert [by for _action, _note, by in case.actions()] == [case.anna, case.anna, case.ben]


def test_a_closed_alert_takes_no_more_steps_and_says_who_closed_it(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_past"))
    case.act("reached", by=case.anna)
    case.close(case.anna)

    assert case.act("other", by=case.ben) == Outcome("closed", "Dr. Anna", SOON + MINUTE)
    assert case.close(case.ben) == Outcome("closed", "Dr. Anna", SOON + MINUTE)
    assert case.close(case.anna) == DONE
    assert len(case.actions()) == 1


def test_a_pasted_note_is_kept_without_what_breaks_its_line(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"))
    case.act("reached", "Spoke with\u200d Ana\x00\n\u200fat noon", by=case.anna)
    assert [note for _action, note, _by in case.actions()] == ["Spoke with\u200d Ana \u200fat noon"]


@pytest.mark.parametrize(("action", "note"), [("forget", None), ("other", "x" * 501)])
def test_an_action_that_cannot_be_stored_changes_nothing(case: Case, action: str, note: str | None) -> None:
    case.say(AnswerSet(checkin="yes_past"))
    with pytest.raises(BadStep):
        case.act(action, note, by=case.anna)
    assert case.alert.acknowledged_at is None
    assert case.actions() == []


def test_an_alert_that_time_has_opened_is_written_as_open_with_the_first_step(case: Case) -> None:
    case.say(AnswerSet(ticks=SIGNAL), expected=True)

    with pytest.raises(NotFound):
        case.acknowledge(case.anna, NOW + 9 * MINUTE)
    case.acknowledge(case.anna)
    case.act("reached", by=case.anna)
    case.close(case.anna)

    assert (case.alert.state, case.alert.opens_at) == ("closed", NOW + 10 * MINUTE)
    assert [kind for kind, _by in case.events()] == ["raised", "opened", "acknowledged", "closed"]
    assert case.session.scalars(select(AlertEvent.at).where(AlertEvent.kind == "opened")).one() == NOW + 10 * MINUTE


def test_an_answer_after_the_closing_is_added_and_a_new_danger_raises_an_alert_of_its_own(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_past"))
    case.act("reached", by=case.anna)
    case.close(case.anna)
    closed = case.alert.id

    case.say(AnswerSet(checkin="yes_past"), at=SOON + 2 * MINUTE)
    case.say(AnswerSet(checkin="no"), at=SOON + 3 * MINUTE)
    assert case.alert.id == closed
    assert [kind for kind, _by in case.events()] == ["raised", "acknowledged", "closed", "answer_changed"]

    case.say(AnswerSet(checkin="yes_past"), at=SOON + 4 * MINUTE)
    assert (case.alert.level, case.alert.state) == ("S2", "open")
    assert case.alert.id != closed
    assert case.session.get_one(Alert, closed).state == "closed"


def test_a_lower_alert_that_is_open_is_not_hidden_by_a_higher_one_on_which_all_was_done(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"))
    case.act("reached", by=case.anna)
    case.close(case.anna)
    case.say(AnswerSet(checkin="no"), at=SOON + 2 * MINUTE)
    later = SOON + 3 * MINUTE
    case.say(AnswerSet(checkin="yes_past"), at=later)

    def stands() -> SafetyNow:
        return safety_now("S2", case.session.scalars(select(Alert)).all(), later + MINUTE)

    assert stands() == SafetyNow("S3", "open", later)
    case.acknowledge(case.ben, later)
    case.say(AnswerSet(checkin="yes_now"), at=later + MINUTE)
    case.session.expire_all()
    assert stands() == SafetyNow("S3", "open", later + MINUTE)


def test_a_settled_alert_and_one_of_another_clinic_are_not_found(case: Case) -> None:
    case.say(AnswerSet(ticks=SIGNAL), expected=True)
    case.say(AnswerSet(ticks=SIGNAL, checkin="no"))
    with pytest.raises(NotFound):
        case.acknowledge(case.anna)
    case.say(AnswerSet(checkin="yes_now"))
    foreign = case.alert.id
    other = (case.session, case.elsewhere, foreign)
    with pytest.raises(NotFound):
        alert_steps.acknowledge(*other, by=case.ben, now=SOON)
    with pytest.raises(NotFound):
        alert_steps.act(*other, "reached", None, seen=0, by=case.ben, now=SOON)
    with pytest.raises(NotFound):
        alert_steps.close(*other, seen=0, by=case.ben, now=SOON)
    assert (case.alert.state, case.alert.acknowledged_at) == ("open", None)


def test_what_was_done_can_neither_be_changed_nor_deleted(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"))
    case.act("reached", by=case.anna)
    case.session.commit()

    for statement in ("UPDATE alert_action SET action = 'other'", "DELETE FROM alert_action"):
        with pytest.raises(DBAPIError):
            case.session.execute(text(statement))
        case.session.rollback()
    assert len(case.actions()) == 1


@pytest.mark.parametrize("holder", ["step", "post"])
def test_a_message_about_an_alert_can_be_written_while_somebody_holds_it(session: Session, holder: str) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("On SQLite there is one writer at a time.")
    clinic = factories.make_clinic(session, ready=True)
    form = factories.make_assessment(session, factories.make_visit(session, clinic))
    case = Case(session, Subject(clinic.id, form.id, form.patient_id), factories.make_user(session, clinic).id, 0, 0)
    case.say(AnswerSet(checkin="yes_now"))
    session.commit()
    alert, of = case.alert.id, case.subject.clinic_id
    if holder == "step":
        case.acknowledge(case.anna)
    else:
        case.say(AnswerSet(checkin="no"))
    with Session(session.get_bind()) as worker:
        worker.execute(text("SET LOCAL lock_timeout = '2s'"))
        words = {"recipient": "a@clinic.example", "subject": "An alert", "text": "An alert"}
        assert outbox.put(worker, clinic_id=of, kind="alert", key="one", now=SOON, alert_id=alert, **words)


@pytest.mark.parametrize("step", ["acknowledge", "close"])
def test_of_eight_people_at_once_one_takes_the_step_and_the_others_are_told_who(app: Flask, step: str) -> None:
    with app.app_context():
        clinic = factories.make_clinic(db.session, ready=True)
        form = factories.make_assessment(db.session, factories.make_visit(db.session, clinic))
        people = [factories.make_user(db.session, clinic).id for _ in range(8)]
        subject = Subject(clinic.id, form.id, form.patient_id)
        case = Case(db.session, subject, people[0], people[1], 0)
        case.say(AnswerSet(checkin="yes_now"))
        if step == "close":
            case.act("reached", by=case.anna)
        clinic_id, alert = clinic.id, case.alert.id
        read = alert_steps.latest_answer(db.session, clinic_id, alert)
        db.session.commit()
    start = threading.Barrier(8)

    def press(by: int) -> Outcome:
        with app.app_context():
            start.wait(timeout=30)
            begin_write(db.session)
            if step == "acknowledge":
                found = alert_steps.acknowledge(db.session, clinic_id, alert, by=by, now=SOON)
            else:
                found = alert_steps.close(db.session, clinic_id, alert, seen=read, by=by, now=SOON)
            db.session.commit()
            return found

    with ThreadPoolExecutor(8) as pool:
        found = dict(zip(people, pool.map(press, people), strict=True))

    winners = [by for by, one in found.items() if one == DONE]
    assert len(winners) == 1
    with app.app_context():
        name = db.session.get_one(User, winners[0]).display_name
        events = db.session.execute(
            select(AlertEvent.kind, AlertEvent.by).where(AlertEvent.by.is_not(None)).order_by(AlertEvent.id)
        ).all()
    assert [tuple(one) for one in events][-1] == ("acknowledged" if step == "acknowledge" else "closed", winners[0])
    assert [one.kind for one in events].count(events[-1].kind) == 1
    told = "done_by_another" if step == "acknowledge" else "closed"
    assert {one for by, one in found.items() if by != winners[0]} == {Outcome(told, name, SOON)}
