"""Danger is caught when an answer is saved, and the patient sees real help at once."""

import pytest
from flask import Flask

from clinic.db.models import AssessmentScore
from clinic.db.session import db
from clinic.services import clinic_settings
from tests import factories
from tests.web.conftest import Clock
from tests.web.patient.conftest import Patient, Place, alerts, another, assessment, events, stored

NO_HOPE = {"p5": {"RCV": "0"}}


def asked_directly(patient: Patient) -> None:
    """Go to the check-in that no hope at all brings."""
    patient.go_to("safe", NO_HOPE)


def test_a_signal_writes_a_waiting_alert_and_the_next_page_asks_directly(app: Flask, patient: Patient) -> None:
    patient.go_to("p5")
    patient.press("next", NO_HOPE["p5"])

    assert patient.key == "safe"
    assert "Some people who feel this way think about ending their life" in patient.words
    assert alerts(app) == [("S2", "waiting")]


@pytest.mark.parametrize("button", ["next", "back", "stop", "lang-es", "page-p1"])
def test_whatever_is_pressed_after_the_first_signal_the_next_page_asks_directly(
    app: Flask, patient: Patient, button: str
) -> None:
    patient.go_to("p5")
    patient.press(button, NO_HOPE["p5"])
    assert patient.key == "safe"
    assert alerts(app) == [("S2", "waiting")]

    patient.press("stop")
    assert patient.key == "stopped"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(["no", "yes_now"], [("S3", "open")], id="no and thoughts today"),
        pytest.param(["yes_past", "yes_now"], [("S3", "open")], id="thoughts before and today"),
    ],
)
def test_of_two_answers_to_the_check_in_the_graver_one_is_heard(
    app: Flask, patient: Patient, answers: list[str], expected: list[tuple[str, str]]
) -> None:
    asked_directly(patient)
    answer = patient.press("next", {"SAFE": answers})

    assert answer.status_code == 422
    assert alerts(app)[-1:] == expected
    assert "You do not have to face this alone." in patient.words
    assert "We have sent a message to your clinic." in patient.words
    assert 'href="tel:911"' in answer.text.partition("<main")[2]


def test_of_two_answers_to_an_item_the_one_that_is_a_signal_is_heard(app: Flask, patient: Patient) -> None:
    patient.go_to("p5")
    patient.press("next", {"RCV": ["3", "0"]})

    assert alerts(app) == [("S2", "waiting")]


def test_own_words_in_a_refused_post_bring_the_help_of_their_level_beside_the_error(
    app: Flask, patient: Patient
) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": "no"})
    patient.press("next")
    patient.go_to("txt")
    answer = patient.press("next", {"TXT": "I want to die. " * 80})

    assert answer.status_code == 422
    assert alerts(app)[-1] == ("S2", "open")
    assert "we have sent a message to your clinic" in patient.words
    assert 'class="bc-call" href="tel:988"' in answer.text.partition("<main")[2]


def test_a_refused_post_without_a_signal_shows_no_help_screen(patient: Patient) -> None:
    patient.go_to("p5")
    answer = patient.press("next", {"COP": "9"})

    assert answer.status_code == 422
    assert "bc-hold" not in answer.text


def test_a_signal_in_a_refused_post_is_asked_about_once_the_page_is_mended(patient: Patient) -> None:
    patient.go_to("p5")
    assert patient.press("next", {**NO_HOPE["p5"], "COP": "9"}).status_code == 422
    patient.press("back", {**NO_HOPE["p5"], "COP": "1"}, at="/form/p5")

    assert patient.key == "safe"


def test_from_the_check_in_one_may_go_back_further_than_the_page_before_it(patient: Patient) -> None:
    asked_directly(patient)
    patient.press("back")
    assert patient.key == "p5"
    patient.press("back")
    assert patient.key == "p4"


@pytest.mark.parametrize(
    ("answer", "level", "state", "heading"),
    [
        pytest.param("yes_now", "S3", "open", "Thank you for telling us.", id="thoughts today"),
        pytest.param("yes_past", "S2", "open", "Thank you for your answers.", id="thoughts, not today"),
        pytest.param("PNA", "S2", "open", "Thank you for your answers.", id="prefers not to answer"),
        pytest.param("", "S2", "open", "Thank you for your answers.", id="left empty"),
        pytest.param("no", "S1", "settled", "Thank you for telling us how things are.", id="no"),
    ],
)
def test_leaving_the_check_in_decides_the_alert_and_shows_the_screen_of_its_level(
    app: Flask, patient: Patient, answer: str, level: str, state: str, heading: str
) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": answer})

    assert patient.key == "support"
    assert patient.heading == heading
    assert alerts(app) == [(level, state)]


def test_the_urgent_screen_says_every_sentence_in_order_with_the_numbers_to_tap(patient: Patient) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": "yes_now"})

    said = [
        "Thank you for telling us.",
        "You do not have to face this alone.",
        "Please reach out now:",
        "Call 988",
        "Text 988",
        "988lifeline.org",
        "If you may act on these thoughts, call 911 or go to the nearest emergency room.",
        "Call 911",
        "If you can, move away from anything you could use to hurt yourself, and stay with someone you trust.",
        "We have sent a message to your clinic. They may not see it right away.",
        "The clinic is closed now. Your answers may not be seen until Tuesday 10 March, 9:00 am.",
        "Stop here for today",
        "Go on with the form",
    ]
    places = [patient.words.find(sentence) for sentence in said]
    assert -1 not in places
    assert places == sorted(places)
    assert patient.page is not None
    assert 'href="tel:988"' in patient.page.text
    assert 'href="sms:988"' in patient.page.text
    assert 'href="tel:911"' in patient.page.text
    assert "suicid" not in patient.page.text.partition("</title>")[0].casefold()


def test_in_staffed_hours_nothing_is_said_about_a_closed_clinic(app: Flask, place: Place, clock: Clock) -> None:
    clock.moment = factories.NOW.replace(hour=15)
    patient = another(app, place)
    asked_directly(patient)
    patient.press("next", {"SAFE": "yes_now"})

    assert "We have sent a message to your clinic." in patient.words
    assert "closed" not in patient.words


def test_a_screen_is_shown_once_and_can_be_opened_again(patient: Patient) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": "yes_past"})
    patient.press("next")

    assert patient.key != "support"
    patient.press("next")
    assert patient.key != "support"
    patient.open("/form/support")
    assert patient.heading == "Thank you for your answers."


def test_who_stops_at_the_screen_sees_it_again_on_coming_back(app: Flask, place: Place, patient: Patient) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": "yes_now"})
    patient.press("stop")

    assert patient.key == "stopped"
    assert another(app, place).key == "support"


def test_stopping_at_the_check_in_with_a_yes_shows_the_help_first(app: Flask, patient: Patient) -> None:
    asked_directly(patient)
    patient.press("stop", {"SAFE": "yes_now"})

    assert patient.key == "support"
    assert alerts(app) == [("S3", "open")]


def test_leaving_the_page_in_a_hurry_still_raises_the_alert(app: Flask, patient: Patient) -> None:
    asked_directly(patient)
    answer = patient.send("leave", {"SAFE": "yes_now"})

    assert (answer.status_code, answer.location) == (303, "/left")
    assert alerts(app) == [("S3", "open")]
    assert patient.client.get("/form").status_code == 401


def test_an_alert_left_waiting_opens_by_time_alone_and_a_late_no_does_not_close_it(
    app: Flask, patient: Patient, clock: Clock
) -> None:
    asked_directly(patient)
    clock.forward(minutes=11)
    patient.press("next", {"SAFE": "no"})

    assert alerts(app) == [("S2", "open")]
    assert events(app) == [("raised", "S2"), ("opened", "S2"), ("answer_changed", "S1")]
    assert patient.heading == "Thank you for your answers."


def test_own_words_stay_open_for_a_person_to_read_whatever_the_check_in_says(app: Flask, patient: Patient) -> None:
    patient.go_to("txt")
    patient.press("next", {"TXT": "Some days I would be better  off dead."})
    assert patient.key == "safe"
    patient.press("next", {"SAFE": "no"})

    assert alerts(app) == [("S2", "open")]


def test_words_in_a_small_box_count_as_well(app: Flask, patient: Patient) -> None:
    patient.go_to("cop")
    patient.press("next", {"COP-text": "cutting myself"})

    assert patient.key == "safe"
    assert alerts(app) == [("S2", "waiting")]
    assert "COP.something_else" in stored(app).given.ticks


def test_words_in_a_refused_post_raise_the_alert_and_taking_them_back_does_not_settle_it(
    app: Flask, patient: Patient
) -> None:
    patient.go_to("txt")
    answer = patient.press("next", {"TXT": "I want to die. " + "x" * 1200})
    assert answer.status_code == 422
    assert alerts(app) == [("S2", "waiting")]

    patient.press("next", {"TXT": "I am tired."})
    assert patient.key == "safe"
    patient.press("next", {"SAFE": "no"})

    assert alerts(app) == [("S2", "open")]
    assert patient.heading == "Thank you for your answers."


def test_a_character_that_cannot_be_stored_hides_nothing(app: Flask, patient: Patient) -> None:
    patient.go_to("txt")
    patient.press("next", {"TXT": "kill my\0self"})

    assert patient.key == "safe"
    assert alerts(app) == [("S2", "waiting")]


def test_a_tick_in_a_refused_list_counts(app: Flask, patient: Patient) -> None:
    patient.go_to("emo", {"p1": {"EMO": "3"}})
    answer = patient.press("next", {"EMO": ["despair", "none_of_these"]})

    assert answer.status_code == 422
    assert alerts(app) == [("S2", "waiting")]


def test_a_later_answer_is_added_and_never_lowers_an_alert(app: Flask, patient: Patient) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": "yes_now"})
    patient.press("next")
    patient.go_to("check")
    patient.press("page-safe")
    patient.press("next", {"SAFE": "no"})

    assert alerts(app) == [("S3", "open")]
    assert events(app)[-1] == ("answer_changed", "S1")
    assert patient.key == "check"


def test_saving_the_same_again_adds_nothing_to_an_alert(app: Flask, patient: Patient) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": "yes_past"})
    patient.press("next")
    before = events(app)
    patient.press("next")
    patient.press("back")

    assert events(app) == before


def test_who_answers_for_someone_else_is_asked_and_helped_in_words_of_their_own(patient: Patient) -> None:
    patient.go_to("p5", {"resp": {"RESP": "proxy"}})
    assert "Answered by someone else" in patient.words
    patient.press("next", NO_HOPE["p5"])
    assert "have you worried that this person might end their life" in patient.words
    assert "Yes, I am worried today" in patient.words
    patient.press("next", {"SAFE": "yes_now"})

    said = "If this person may be in danger now, call 911."
    assert said in patient.words
    assert "Help for them and for you:" in patient.words


def test_who_is_helped_is_told_that_this_one_can_be_answered_alone(patient: Patient) -> None:
    patient.go_to("safe", {"resp": {"RESP": "helped"}, **NO_HOPE})

    assert "You can answer this one alone." in patient.words


def set_mode(app: Flask, place: Place, mode: str) -> None:
    with app.app_context():
        clinic_settings.change(db.session, place.clinic_id, "checkin_mode", mode, None, "for a test", factories.NOW)
        db.session.commit()


def test_a_clinic_may_ask_everybody(app: Flask, place: Place) -> None:
    set_mode(app, place, "always")
    patient = another(app, place)
    patient.go_to("safe")
    assert patient.page is not None
    assert "Depression can bring thoughts of ending your life" in patient.words
    patient.press("next", {"SAFE": "PNA"})

    assert patient.heading == "Thank you for telling us how things are."
    assert alerts(app) == []


def test_where_a_clinic_does_not_ask_a_signal_opens_an_alert_at_once(app: Flask, place: Place) -> None:
    set_mode(app, place, "off")
    patient = another(app, place)
    patient.go_to("p5")
    patient.press("next", NO_HOPE["p5"])

    assert alerts(app) == [("S2", "open")]
    assert patient.key == "support"


def test_a_yes_in_a_conflicting_post_is_not_lost(app: Flask, place: Place, patient: Patient) -> None:
    asked_directly(patient)
    second = another(app, place)
    assert second.key == "safe"
    patient.press("next", {"SAFE": "no"})
    answer = second.press("next", {"SAFE": "yes_now"})

    assert answer.status_code == 409
    assert alerts(app)[-1] == ("S3", "open")
    assert "You do not have to face this alone." in second.words
    assert "We have sent a message to your clinic." in second.words
    assert 'class="bc-call" href="tel:988"' in answer.text.partition("<main")[2]
    assert 'href="tel:911"' in answer.text.partition("<main")[2]
    assert stored(app).given.checkin == "no"


def test_the_score_row_keeps_the_highest_level_reached(app: Flask, patient: Patient) -> None:
    asked_directly(patient)
    patient.press("next", {"SAFE": "yes_now"})
    patient.press("next")
    patient.go_to("check")
    patient.press("page-safe")
    patient.press("next", {"SAFE": "no"})
    patient.press("send")

    assert patient.key == "done"
    assert assessment(app).state == "submitted"
    with app.app_context():
        assert db.session.get_one(AssessmentScore, assessment(app).id).safety_level == "S3"


@pytest.mark.parametrize(
    ("language", "said", "untrue"),
    [
        ("en", "The page you just filled in was not saved. Open your link again:", "Your answers are saved"),
        ("es", "La página que acaba de llenar no se guardó. Abra su enlace de nuevo:", "están guardadas"),
    ],
)
def test_a_page_posted_after_the_sessions_end_is_told_as_not_saved_with_help_beside_it(
    app: Flask, patient: Patient, clock: Clock, language: str, said: str, untrue: str
) -> None:
    patient.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    asked_directly(patient)
    clock.forward(hours=2)
    answer = patient.press("next", {"SAFE": "yes_now"})

    assert answer.status_code == 401
    assert said in patient.words
    assert untrue not in patient.words
    assert "988" in patient.words
    assert "911" in patient.words
    assert stored(app).given.checkin is None
