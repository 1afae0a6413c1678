"""Whole stories from a patient's page to the clinic's inbox: nothing that was said is lost or lowered on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.db.models import Alert, Clinic, Outbox
from clinic.db.session import db
from clinic.services import alert_board, alert_steps, clinic_settings, escalation, links, visit_changes
from clinic.services.alert_board import AlertCard
from clinic.services.alert_steps import DONE, Outcome
from tests import factories
from tests.web.conftest import Clock
from tests.web.patient.conftest import Patient, Place, another

NO_HOPE = {"p5": {"RCV": "0"}}


@dataclass
class Duty:
    """The clinician on duty: looks at the clinic's alerts, and answers the first of them."""

    app: Flask
    place: Place
    clock: Clock
    user_id: int

    def looks(self) -> Sequence[AlertCard]:
        with self.app.app_context():
            settings = clinic_settings.read(db.session, self.place.clinic_id)
            return alert_board.board(db.session, settings, sight="answers", now=self.clock())

    def answers(self) -> Outcome:
        """Acknowledge, act on and close what stands first."""
        first = self.looks()[0]
        whose = {"by": self.user_id, "now": self.clock()}
        with self.app.app_context():
            one = (db.session, self.place.clinic_id, first.id)
            assert alert_steps.acknowledge(*one, **whose) == DONE  # type: ignore[arg-type]
            assert alert_steps.act(*one, "reached", None, seen=0, **whose) == DONE  # type: ignore[arg-type]
            outcome = alert_steps.close(*one, seen=first.last_answer, **whose)  # type: ignore[arg-type]
            db.session.commit()
        return outcome

    def messages(self) -> list[str]:
        """Let the worker plan what time calls for, and return what was written so far."""
        with self.app.app_context():
            escalation.escalate(db.session, self.clock())
            db.session.commit()
            return list(db.session.scalars(select(Outbox.key).order_by(Outbox.id)))


@pytest.fixture
def duty(app: Flask, place: Place, clock: Clock) -> Duty:
    with app.app_context():
        clinic = db.session.get_one(Clinic, place.clinic_id)
        user = factories.make_user(db.session, clinic).id
        for key in ("alert_inbox_email", "backup_email"):
            clinic_settings.change(db.session, clinic.id, key, f"{key[:5]}@clinic.example", None, None, clock())
        db.session.commit()
    return Duty(app, place, clock, user)


def states(cards: Sequence[AlertCard]) -> list[tuple[str, str]]:
    return [(one.level, one.state) for one in cards]


def test_an_answer_that_was_saved_and_then_abandoned_reaches_the_inbox(
    patient: Patient, duty: Duty, clock: Clock
) -> None:
    patient.go_to("safe", NO_HOPE)
    assert duty.looks() == []
    assert duty.messages() == []

    # Nobody comes back to the form.
    clock.forward(minutes=10)
    (card,) = duty.looks()
    assert (card.level, card.state) == ("S2", "open")
    assert card.answers is not None
    assert (card.answers.checkin, len(card.answers.signals)) == ("no answer", 1)
    assert duty.messages() == ["alert:1:inbox"]
    clock.forward(days=1)
    assert duty.looks()[0].is_overdue
    assert duty.answers() == DONE


def test_an_answer_that_was_changed_back_lowers_nothing_and_is_seen(patient: Patient, duty: Duty, clock: Clock) -> None:
    patient.go_to("safe", NO_HOPE)
    patient.press("next", {"SAFE": "yes_now"})
    patient.press("next")
    patient.go_to("check")
    clock.forward(minutes=3)
    patient.press("page-safe")
    patient.press("next", {"SAFE": "no"})

    (card,) = duty.looks()
    assert (card.level, card.state) == ("S3", "open")
    assert card.answers is not None
    assert [words for words, _at in card.answers.later] == ["“No”"]
    assert duty.answers() == DONE

    clock.forward(minutes=3)
    patient.press("page-safe")
    patient.press("next", {"SAFE": "yes_now"})
    assert states(duty.looks()) == [("S3", "open"), ("S3", "closed")]
    assert [key for key in duty.messages() if key.startswith("alert:")] == ["alert:1:inbox", "alert:2:inbox"]


@pytest.mark.parametrize("how", ["the link is revoked", "the visit is cancelled"])
def test_a_form_that_is_withdrawn_leaves_its_alert(
    app: Flask, place: Place, patient: Patient, duty: Duty, clock: Clock, how: str
) -> None:
    patient.go_to("safe", NO_HOPE)
    with app.app_context():
        if "link" in how:
            links.revoke(db.session, place.clinic_id, place.visit_id, now=clock())
        else:
            assert visit_changes.cancel(db.session, place.clinic_id, place.visit_id, seen=0, now=clock())
        db.session.commit()
    # What is answered now is refused, and the alert does not wait for it.
    assert patient.press("next", {"SAFE": "no"}).status_code == 410
    clock.forward(minutes=10)
    (card,) = duty.looks()
    assert (card.level, card.state) == ("S2", "open")
    assert card.person is not None
    assert card.person.is_cancelled is ("visit" in how)
    assert duty.messages() == ["alert:1:inbox"]
    assert duty.answers() == DONE


def test_a_new_danger_on_another_device_after_the_closing_raises_an_alert(
    app: Flask, place: Place, patient: Patient, duty: Duty, clock: Clock
) -> None:
    patient.go_to("safe", NO_HOPE)
    patient.press("next", {"SAFE": "yes_past"})
    assert duty.answers() == DONE
    clock.forward(minutes=30)
    tablet = another(app, place)
    tablet.go_to("txt")
    tablet.press("next", {"TXT": "I do not want to live any more, I want to die."})

    assert states(duty.looks()) == [("S2", "open"), ("S2", "closed")]
    with app.app_context():
        assert db.session.scalars(select(Alert.level).order_by(Alert.id)).all() == ["S2", "S2"]
