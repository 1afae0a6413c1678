"""Two tabs, two devices, two presses: nothing is doubled, and nothing is overwritten without asking."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.db.models import Assessment, AssessmentScore
from clinic.db.session import db
from tests.web.page_check import XHTML, PageClient, parsed
from tests.web.patient.conftest import Patient, Place, alerts, another, assessment, stored


def two_at(app: Flask, place: Place, key: str) -> tuple[Patient, Patient]:
    first = another(app, place)
    first.go_to(key)
    second = another(app, place)
    second.open(f"/form/{key}")
    return first, second


def choose(patient: Patient, form_id: str) -> None:
    """Press the one button of one of the forms of a page that asks which version to keep."""
    assert patient.page is not None
    form = next(one for one in parsed(patient.page).iter(f"{XHTML}form") if one.get("id") == form_id)
    data = [(one.get("name", ""), one.get("value", "")) for one in form.iter(f"{XHTML}input")]
    button = next(form.iter(f"{XHTML}button"))
    body: dict[str, list[str]] = {}
    for name, value in [*data, (button.get("name", ""), button.get("value", ""))]:
        body.setdefault(name, []).append(value)
    answer = patient.client.post(form.get("action", ""), data=body)
    assert answer.status_code == 303
    patient.open(answer.location)


@pytest.mark.parametrize(("form_id", "kept"), [("keep-mine", {"EMO": 0, "DLY": 1}), ("keep-stored", {"EMO": 3})])
def test_the_same_page_changed_in_two_places_shows_both_and_asks(
    app: Flask, place: Place, form_id: str, kept: dict[str, int]
) -> None:
    first, second = two_at(app, place, "p1")
    first.press("next", {"EMO": "3"})
    answer = second.press("next", {"EMO": "0", "DLY": "1"})

    assert answer.status_code == 409
    assert "You just chose: Not at all" in second.words
    assert "Saved before: Quite a bit" in second.words
    assert "How much have you felt bad" not in second.words
    assert stored(app).given.answers == {"EMO": 3}

    choose(second, form_id)
    assert second.key == "p2"
    assert stored(app).given.answers == kept


def test_a_choice_between_versions_that_were_changed_again_is_asked_again(app: Flask, place: Place) -> None:
    first, second = two_at(app, place, "p1")
    first.press("next", {"EMO": "3"})
    second.press("next", {"EMO": "0"})
    first.open("/form/p1")
    first.press("next", {"EMO": "2"})
    data = {"csrf_token": second.client.token("/form/p2"), "shown": "stale", "EMO": "0", "go": "next"}

    assert second.client.post("/form/p1", data=data).status_code == 409


def test_different_pages_never_conflict(app: Flask, place: Place) -> None:
    first, second = two_at(app, place, "p1")
    first.press("next", {"EMO": "3"})
    second.open("/form/p2")
    first.press("next", {"ACC1": "2"})
    second.open("/form/p1")
    second.press("next", {"EMO": "4"})

    assert stored(app).given.answers == {"EMO": 4, "ACC1": 2}


def test_the_same_post_twice_is_a_repeat_and_not_a_conflict(app: Flask, patient: Patient) -> None:
    patient.go_to("p1")
    answers = [patient.send("next", {"EMO": "3"}) for _ in range(3)]

    assert [(one.status_code, one.location) for one in answers] == [(303, "/form/p2")] * 3


def test_a_refused_post_over_a_page_changed_elsewhere_still_asks_once_it_is_mended(app: Flask, place: Place) -> None:
    first, second = two_at(app, place, "pri")
    first.press("next", {"PRI": ["MED"]})
    answer = second.press("next", {"PRI": ["ACC", "ALT", "ADH", "STG"]})
    assert answer.status_code == 422
    assert stored(app).given.picks == ("MED",)

    answer = second.press("next", {"PRI": ["ACC"]}, at="/form/pri")
    assert answer.status_code == 409


def test_a_page_that_left_the_path_is_saved_all_the_same(app: Flask, place: Place) -> None:
    first = another(app, place)
    first.go_to("emo", {"p1": {"EMO": "3"}})
    second = another(app, place)
    second.open("/form/p1")
    second.press("next", {"EMO": "0"})
    first.press("next", {"EMO": ["sadness"]})

    assert first.key == "cop"
    assert stored(app).given.ticks == {"EMO.sadness"}


def test_two_devices_that_begin_at_once_begin_one_form(app: Flask, place: Place) -> None:
    first, second = another(app, place), another(app, place)
    first.press("next")
    second.press("next")

    assert (first.key, second.key) == ("resp", "resp")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Assessment)) == 1


def test_many_first_presses_at_once_make_one_form(app: Flask, place: Place) -> None:
    people = [another(app, place) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: one.send("next"), people))

    assert {one.status_code for one in answers} == {303}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Assessment)) == 1


def test_a_form_sent_by_many_presses_at_once_is_stored_once(app: Flask, place: Place) -> None:
    people = [another(app, place)]
    people[0].go_to("check")
    people += [another(app, place) for _ in range(5)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: one.send("send"), people))

    assert {(one.status_code, one.location) for one in answers} == {(303, "/form/done")}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AssessmentScore)) == 1
    assert assessment(app).state == "submitted"


def test_many_signals_at_once_raise_one_alert(app: Flask, place: Place) -> None:
    people = [another(app, place)]
    people[0].go_to("p5")
    people += [another(app, place) for _ in range(5)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: one.send("next", {"RCV": "0"}), people))

    assert {one.location for one in answers} == {"/form/safe"}
    assert alerts(app) == [("S2", "waiting")]


def test_the_browser_that_sends_twice_ends_at_its_thank_you(app: Flask, patient: Patient) -> None:
    patient.go_to("check")
    first, second = patient.send("send"), patient.send("send")

    assert (first.location, second.location) == ("/form/done", "/form/done")
    patient.open(second.location)
    assert patient.heading == "Thank you."


def test_a_page_without_its_mark_cannot_overwrite_an_answer(app: Flask, client: PageClient, place: Place) -> None:
    patient = Patient(client)
    patient.open(f"/q/{place.token}")
    patient.go_to("p2", {"p1": {"EMO": "3"}})
    data = {"csrf_token": patient.fields()["csrf_token"], "EMO": "1", "go": "next"}

    assert client.post("/form/p1", data=data).status_code == 409
    assert stored(app).given.answers == {"EMO": 3}
