"""A form from its link to the patient's own copy."""

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.db.models import AssessmentScore
from clinic.db.session import db
from tests.web.conftest import Clock
from tests.web.patient.conftest import Patient, Place, alerts, assessment, stored


def test_a_patient_goes_from_the_link_to_the_thank_you(
    app: Flask, place: Place, patient: Patient, clock: Clock
) -> None:
    seen = [patient.key]
    answers = {
        "resp": {"RESP": "self"},
        "p1": {"EMO": "1", "SLF": "0", "DLY": "1", "PRG": "PNA"},
        "p2": {"ACC1": "4", "ACC2": "3", "ALT": "2"},
        "p3": {"MED": "NA", "ADH1": "1", "ADH2": "1", "ADH3": "0"},
        "p4": {"STG1": "0", "STG2": "0", "UND": "1", "EXT": "1"},
        "p5": {"COP": "3", "QOC": "3", "REL": "NA", "SUP1": "4", "SUP2": "NA", "RCV": "3"},
        "acc+alt": {"ACC": ["cost_barriers", "something_else"], "ACC-text": "the bus", "ALT": ["exercise"]},
        "cop": {"COP": ["therapy"]},
        "wish.accessibility": {"WISH-ACCESSIBILITY": "now"},
        "pri": {"PRI": ["ACC", "MED"]},
        "txt": {"TXT": "Some months I can’t get the pills.\r\nThank you"},
    }
    while patient.key != "check":
        clock.forward(seconds=20)
        patient.press("next", answers.get(patient.key))
        seen.append(patient.key)
    assert seen == [
        "start",
        "resp",
        "p1",
        "p2",
        "p3",
        "p4",
        "p5",
        "acc+alt",
        "cop",
        "wish.accessibility",
        "pri",
        "txt",
        "check",
    ]

    patient.press("send")

    assert patient.key == "done"
    assert patient.heading == "Thank you."
    assert "Your care team will read this before your visit. You can print a copy." in patient.words
    patient.open("/form/mine")
    assert "Some months I can’t get the pills. Thank you" in patient.words
    assert "Somewhat" in patient.words
    assert not {"gap", "score", "watch", "level"} & set(patient.words.casefold().split())
    form = assessment(app)
    assert (form.state, form.completion, form.responded, form.respondent) == ("submitted", "complete", 21, "self")
    assert form.core_seconds == 100
    assert stored(app).given.texts["TXT"] == "Some months I can’t get the pills.\nThank you"
    assert alerts(app) == []
    with app.app_context():
        score = db.session.scalars(select(AssessmentScore)).one()
    assert (score.acc, score.med, score.accessibility_level, score.accessibility_wish) == (
        1050,
        None,
        "priority_gap",
        "now",
    )
    assert (score.support_score, score.safety_level) == (0, "S0")


def test_nothing_is_mandatory_and_an_empty_form_can_be_sent(app: Flask, patient: Patient) -> None:
    patient.go_to("check")
    patient.press("send")

    assert patient.key == "done"
    form = assessment(app)
    assert (form.state, form.completion, form.respondent, form.overall_twelfths) == ("submitted", "empty", None, None)


def test_the_first_page_says_everything_that_must_be_known_before_the_first_question(patient: Patient) -> None:
    assert patient.key == "start"
    said = (
        "This takes about 3 to 8 minutes. You can skip any question and stop at any time. Harbour Clinic will use "
        "your answers to plan your visit. Your care team reads them before your visit. No one watches this form live. "
        "If your answers show you may not be safe, your clinic gets a message, even if you do not finish, and may "
        "call you. If you need help now: Call 988"
    )
    assert "".join(said.split()) in "".join(patient.words.split())
    for address in ("tel:988", "sms:988", "https://988lifeline.org", "tel:911"):
        assert patient.page is not None
        assert f'href="{address}"' in patient.page.text


@pytest.mark.parametrize(("key", "number"), [("p1", 2), ("p2", 3)])
def test_every_page_says_where_the_patient_is(patient: Patient, key: str, number: int) -> None:
    patient.go_to(key)

    assert f"Page {number} of about 10" in patient.words
    assert patient.page is not None
    assert f", page {number} of about 10 - Barrier Check</title>" in patient.page.text
