"""A patient who would rather not: said on the first and last page, taken back by going on, and never over safety."""

from typing import Any

import pytest
from flask import Flask

from clinic.core.answers import AnswerSet
from clinic.core.errors import NotSent
from clinic.db.models import Outbox, Visit
from clinic.db.session import db
from clinic.services import board, outbox, visits
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clock
from tests.web.patient.conftest import Patient, Place, alerts, another, assessment, stored
from tests.web.patient.test_safety import NO_HOPE

CHOSEN = {"p1": {"EMO": "4"}}


def declined_at(app: Flask, place: Place) -> Any:
    with app.app_context():
        return db.session.get_one(Visit, place.visit_id).declined_at


def test_on_the_first_page_it_is_fine_and_nothing_is_sent(app: Flask, place: Place, patient: Patient) -> None:
    patient.press("decline")

    assert patient.key == "declined"
    assert patient.heading == "That is fine"
    assert "Nothing is sent." in patient.words
    assert "You can change your mind until 24 March 2026" in patient.words
    assert "988" in patient.words
    assert declined_at(app, place) == NOW
    assert assessment(app).state == "draft"


def test_on_the_last_page_what_is_there_stays_saved_and_unread(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("check", CHOSEN)
    before = stored(app).given
    assert before != AnswerSet()
    patient.press("decline")

    assert patient.key == "declined"
    assert stored(app).given == before
    with app.app_context():
        card = visits.card(db.session, place.clinic_id, place.visit_id)
        assert card.state == "declined"
        assert not card.may_close(card.at)
        with pytest.raises(NotSent, match="would rather not"):
            visits.use_what_is_there(db.session, place.clinic_id, place.visit_id, by=1, now=card.at)


def test_the_button_does_nothing_on_other_pages(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("p1")
    assert "I would rather not" not in patient.words
    patient.press("decline", CHOSEN["p1"])
    assert declined_at(app, place) is None


@pytest.mark.parametrize("button", ["next", "back", "page-p1"])
def test_going_on_takes_it_back(app: Flask, place: Place, patient: Patient, button: str) -> None:
    patient.go_to("p2")
    patient.open("/form/start")
    patient.press("decline")
    patient.open("/form/p1")
    assert declined_at(app, place) == NOW

    patient.press(button, CHOSEN["p1"])

    assert declined_at(app, place) is None
    patient.open("/form/declined")
    assert patient.key != "declined"


@pytest.mark.parametrize("button", ["stop", "lang-es", "leave"])
def test_stopping_and_the_other_language_do_not_take_it_back(
    app: Flask, place: Place, patient: Patient, button: str
) -> None:
    patient.press("decline")
    patient.open("/form/start")
    patient.press(button)
    assert declined_at(app, place) == NOW


def test_sending_it_after_all_is_no_longer_declined(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("check", CHOSEN)
    patient.press("decline")
    other = another(app, place)
    assert other.key == "check"
    other.press("send")
    assert (assessment(app).state, declined_at(app, place)) == ("submitted", None)


def test_messages_that_wait_are_withdrawn(app: Flask, place: Place, patient: Patient) -> None:
    with app.app_context():
        words = {"recipient": "m@mail.example", "subject": "Your visit", "text": "It is tomorrow."}
        outbox.put(
            db.session,
            clinic_id=place.clinic_id,
            kind="reminder",
            key="reminder:1:1",
            visit_id=place.visit_id,
            now=NOW,
            **words,
        )
        db.session.commit()
    patient.press("decline")
    with app.app_context():
        assert [one.state for one in db.session.query(Outbox)] == ["withdrawn"]


def test_the_check_in_that_is_expected_still_comes_first_with_its_help_and_declining_stands(
    app: Flask, place: Place, patient: Patient
) -> None:
    patient.go_to("p5")
    patient.send("next", NO_HOPE["p5"])
    fresh = another(app, place)
    fresh.open("/form/start")
    fresh.press("decline")
    assert fresh.key == "safe"
    assert declined_at(app, place) == NOW

    fresh.press("next", {"SAFE": "no"})

    assert fresh.key == "support"
    assert declined_at(app, place) == NOW
    token = fresh.client.token("/form/support")
    fresh.client.post("/form/support", data={"csrf_token": token, "go": "next"})
    fresh.open("/form/declined")
    assert "What you said about your safety has reached your clinic already" in fresh.words


def test_a_yes_at_the_check_in_brings_the_help_before_anything_else_and_the_alert_stays(
    app: Flask, place: Place, patient: Patient
) -> None:
    patient.go_to("p5")
    patient.send("next", NO_HOPE["p5"])
    fresh = another(app, place)
    fresh.open("/form/start")
    fresh.press("decline")
    fresh.press("next", {"SAFE": "yes_now"})
    assert fresh.key == "support"
    fresh.open("/form/declined")
    assert fresh.key == "support"
    assert alerts(app)[-1] == ("S3", "open")


def test_a_waiting_alert_opens_by_time_alone_although_the_form_was_declined(
    app: Flask, place: Place, patient: Patient, clock: Clock
) -> None:
    patient.go_to("p5")
    patient.press("next", NO_HOPE["p5"])
    patient.press("stop")
    patient.open("/form/start")
    patient.press("decline")
    assert patient.key == "declined"
    assert alerts(app) == [("S2", "waiting")]
    clock.forward(minutes=11)
    with app.app_context():
        zone = board.ZoneInfo("America/New_York")
        (row,) = board.board(db.session, place.clinic_id, NOW.date(), zone, now=clock(), answers_in="en")
        assert (row.state, row.glance and row.glance.safety.alert) == ("declined", "open")


def test_a_cancelled_visit_stays_cancelled(app: Flask, place: Place, patient: Patient) -> None:
    patient.press("decline")
    with app.app_context():
        db.session.get_one(Visit, place.visit_id).cancelled_at = factories.NOW
        db.session.commit()
        assert visits.card(db.session, place.clinic_id, place.visit_id).state == "cancelled"
