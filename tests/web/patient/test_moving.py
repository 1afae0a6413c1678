"""Going back, stopping, coming back, changing the language and changing one's mind."""

import pytest
from flask import Flask

from clinic.db.session import db
from clinic.services import clinic_settings
from tests import factories
from tests.web.page_check import XHTML, parsed
from tests.web.patient.conftest import Patient, Place, Values, another, make_place, stored

# Without compression, so that a page is never longer on its way than this.
LARGEST_PAGE = 15_000


def test_no_page_can_be_reached_before_the_ones_before_it(patient: Patient) -> None:
    patient.go_to("p2")
    for key in ("p3", "check", "safe", "emo", "wish.accessibility", "nowhere"):
        patient.open(f"/form/{key}")
        assert patient.key == "p2"
    patient.open("/form/p1")
    assert patient.key == "p1"


def test_going_back_saves_what_was_chosen_and_leaves_the_page_open(app: Flask, patient: Patient) -> None:
    patient.go_to("p2")
    patient.press("back", {"ACC1": "2"})

    assert patient.key == "p1"
    assert stored(app).given.answers == {"ACC1": 2}
    patient.press("next")
    assert patient.key == "p2"
    assert patient.fields()["ACC1"] == "2"


def test_stopping_saves_and_another_device_goes_on_from_there(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("p3")
    patient.press("stop", {"MED": "3"})
    assert patient.key == "stopped"
    assert "Your answers are saved. You can come back until 24 March 2026." in patient.words

    other = another(app, place)
    assert other.key == "p3"
    assert other.fields()["MED"] == "3"


def test_the_language_changes_without_losing_what_was_chosen(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("p1")
    patient.press("lang-es", {"EMO": "4"})

    assert patient.key == "p1"
    assert patient.heading == "Cómo le han ido las cosas"
    assert patient.fields()["EMO"] == "4"
    assert "P1" not in stored(app).left
    assert patient.page is not None
    assert '<html lang="es"' in patient.page.text
    assert another(app, place).heading == "Cómo le han ido las cosas"


def test_a_whole_form_in_spanish_has_no_english_word_of_the_frame(app: Flask, patient: Patient) -> None:
    patient.press("lang-es")
    answers = {
        "p2": {"ACC1": "4", "ACC2": "4"},
        "p5": {"RCV": "0"},
        "safe": {"SAFE": "yes_now"},
        "pri": {"PRI": ["ACC"]},
        "txt": {"TXT": "Gracias"},
    }
    english = (
        "Save and go on",
        "Go back",
        "Save and stop",
        "Page ",
        "You can",
        "Your answers",
        "Leave this page",
        "Call ",
    )
    while True:
        assert patient.page is not None
        text = "".join(patient.page.text.split("</head>")[1:])
        assert [one for one in english if one in text] == [], patient.key
        if patient.key == "check":
            break
        patient.press("next", answers.get(patient.key))
    patient.press("send")
    assert patient.heading == "Gracias."
    patient.open("/form/mine")
    assert patient.heading == "Mis respuestas"


def test_a_language_without_a_recorded_reviewer_is_not_offered(app: Flask) -> None:
    with app.app_context():
        place = make_place()
        clinic_settings.change(db.session, place.clinic_id, "language_reviewer.es", None, None, None, factories.NOW)
        db.session.commit()
    patient = another(app, place)
    assert patient.page is not None
    assert "lang-es" not in patient.page.text
    patient.press("lang-es")

    assert patient.heading == "What gets in the way of your treatment for depression?"


def test_a_change_from_the_last_page_goes_back_to_it_or_to_the_first_new_page(app: Flask, patient: Patient) -> None:
    patient.go_to("check")
    patient.press("page-p3")
    patient.press("next", {"MED": "1"})
    assert patient.key == "check"

    patient.press("page-p3")
    patient.press("next", {"MED": "4"})
    assert patient.key == "med"
    patient.press("next", {"MED": ["side_effects"]})
    assert patient.key == "check"

    patient.press("page-p3")
    patient.press("next", {"MED": "0"})
    assert patient.key == "check"
    assert "Medicines" not in patient.words
    assert stored(app).given.ticks == {"MED.side_effects"}


def test_sending_from_an_old_page_asks_what_has_become_due_first(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("check")
    other = another(app, place)
    other.open("/form/p3")
    other.press("next", {"MED": "4"})
    patient.press("send")

    assert patient.key == "med"


def test_every_page_has_one_filled_button_and_keeps_under_its_size(patient: Patient) -> None:
    answers = {
        "p1": dict.fromkeys(("EMO", "SLF", "DLY", "PRG"), "4"),
        "p2": dict.fromkeys(("ACC1", "ACC2", "ALT"), "4"),
        "p3": dict.fromkeys(("MED", "ADH1", "ADH2", "ADH3"), "4"),
        "p4": dict.fromkeys(("STG1", "STG2", "UND", "EXT"), "4"),
        "p5": dict.fromkeys(("COP", "QOC", "REL", "SUP1", "SUP2", "RCV"), "0"),
    }
    patient.press("lang-es")
    sizes = {}
    while patient.key != "done":
        assert patient.page is not None
        sizes[patient.key] = len(patient.page.data)
        buttons = [
            one
            for one in parsed(patient.page).iter(f"{XHTML}button")
            if "nhsuk-button" in (one.get("class") or "").split() and "secondary" not in (one.get("class") or "")
        ]
        assert len(buttons) == (0 if patient.key == "support" else 1)
        patient.press("send" if patient.key == "check" else "next", answers.get(patient.key))
    assert {key: size for key, size in sizes.items() if size > LARGEST_PAGE} == {}


@pytest.mark.parametrize("path", ["/form", "/form/p1", "/form/support", "/form/stopped", "/form/done", "/form/mine"])
def test_without_a_session_a_page_says_how_to_come_back(app: Flask, place: Place, path: str) -> None:
    answer = app.test_client().get(path)

    assert answer.status_code == 401
    assert "Use the link from your clinic once more" in answer.text


def test_every_page_of_someone_who_answers_for_another_says_so_and_explains_it_where_it_asks_about_them(
    app: Flask, place: Place, patient: Patient
) -> None:
    mark, helper = "Answered by someone else.", 'In these questions, "you" means the patient.'
    answers: dict[str, Values] = {"resp": {"RESP": "proxy"}, "p2": {"ACC1": "4", "ACC2": "4"}, "p5": {"RCV": "0"}}
    explained = {}
    patient.go_to("p1", answers)
    while patient.key != "check":
        assert mark in patient.words or patient.key == "support", patient.key
        explained[patient.key] = helper in patient.words
        patient.press("next", answers.get(patient.key))
    assert mark in patient.words
    assert helper not in patient.words
    assert {"p1", "cop", "wish.accessibility", "safe"} <= {key for key, is_said in explained.items() if is_said}
    assert [explained["pri"], explained["txt"]] == [False, False]

    other = another(app, place)
    other.open("/form/p1")
    patient.open("/form/p1")
    other.press("next", {"EMO": "1"})
    assert patient.press("next", {"EMO": "2"}).status_code == 409
    assert mark in patient.words
    other.press("stop")
    assert other.key == "stopped"
    assert mark in other.words


def test_a_page_of_two_lists_is_headed_by_both_names(patient: Patient) -> None:
    patient.press("lang-es")
    patient.go_to("emo+slf", {"p1": {"EMO": "4", "SLF": "4"}})

    assert patient.heading == "Sentimientos · La imagen que tiene de sí"


def test_a_page_that_nobody_made_leads_on_instead_of_into_an_address(patient: Patient) -> None:
    patient.go_to("p1")
    assert patient.send("page-../../visits").location == "/form/p1"
    assert patient.send("page-resp").location == "/form/resp"


def test_a_line_without_a_number_to_call_leaves_the_emergency_number_in_the_foot(app: Flask, place: Place) -> None:
    with app.app_context():
        line = {"verified_on": "2026-03-01", "call": None}
        clinic_settings.change(db.session, place.clinic_id, "crisis_locale.en", line, None, None, factories.NOW)
        db.session.commit()
    page = another(app, place).page
    assert page is not None
    foot = page.text.partition('class="bc-foot"')[2]
    assert 'href="tel:911"' in foot
    assert 'href="sms:988"' in foot
