"""The date of birth before the form: asked where the clinic says so, three tries, one answer to everything wrong."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.db.models import FormLink
from clinic.db.session import db
from clinic.services import clinic_settings
from tests import factories
from tests.web.conftest import Clock
from tests.web.page_check import PageClient, parsed, text_of
from tests.web.patient.conftest import Place, make_place

RIGHT = {"day": "3", "month": "5", "year": "1980"}
PAGE = "/birth-date"


@pytest.fixture
def place(app: Flask) -> Place:
    """Return a place whose clinic asks for the date of birth; its patient was born on 3 May 1980."""
    with app.app_context():
        made = make_place()
        ask(made)
        return made


def ask(place: Place) -> None:
    clinic_settings.change(db.session, place.clinic_id, "ask_birth_date", True, None, None, factories.NOW)
    db.session.commit()


def at_the_question(app: Flask, place: Place) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    assert client.get(f"/q/{place.token}").location == PAGE
    return client


def answer(client: PageClient, typed: dict[str, str]) -> Any:
    return client.submit(PAGE, typed)


@pytest.mark.parametrize("kind", ["link", "code"])
def test_a_link_and_a_code_lead_to_the_question_and_the_right_date_opens_the_form(
    app: Flask, client: PageClient, place: Place, kind: str
) -> None:
    opened = client.get(f"/q/{place.token}") if kind == "link" else client.submit("/start", {"code": place.code})
    assert (opened.status_code, opened.location) == (303, PAGE)
    for address in ("/form", "/form/start", "/form/p1", "/form/stopped"):
        assert client.get(address).status_code == 401, address

    assert answer(client, {"day": "03", "month": "05", "year": "1980"}).location == "/form"
    assert client.get("/form", follow_redirects=True).status_code == 200


def test_nobody_is_asked_where_the_clinic_has_not_said_so(app: Flask, client: PageClient) -> None:
    with app.app_context():
        other = make_place()
    assert client.get(f"/q/{other.token}").location == "/form"
    assert client.get(PAGE).status_code == 401


WRONG = [
    {"day": "5", "month": "3", "year": "1980"},
    {"day": "3", "month": "5", "year": "80"},
    {"day": "31", "month": "2", "year": "1980"},
    {"day": "", "month": "", "year": ""},
    {"day": "three", "month": "May", "year": "1980"},
    {"day": "٣", "month": "٥", "year": "١٩٨٠"},
    {"day": "99999", "month": "-1", "year": "0"},
    {},
]


def test_everything_wrong_is_answered_alike_and_with_no_hint_whose_form_it_is(app: Flask, place: Place) -> None:
    with app.app_context():
        places = [make_place() for _ in WRONG]
        for one in places:
            ask(one)
    pages = set()
    for one, typed in zip(places, WRONG, strict=True):
        said = answer(at_the_question(app, one), typed)
        assert said.status_code == 422
        pages.add(text_of(parsed(said)))
    (words,) = pages
    assert "does not fit" in words
    for hint in ("Maria", "García", "MRN", "Dr.", "10 March", "1980 "):
        assert hint not in words


def test_three_wrong_tries_close_the_link_for_a_while_also_for_the_right_date_and_a_new_session(
    app: Flask, place: Place, clock: Clock
) -> None:
    client = at_the_question(app, place)
    assert [answer(client, WRONG[0]).status_code for _ in range(2)] == [422, 422]
    closed = answer(client, WRONG[0])
    assert closed.status_code == 429
    assert int(closed.headers["Retry-After"]) >= 15 * 60
    assert client.get(PAGE).status_code == 401

    clock.forward(minutes=14)
    assert answer(at_the_question(app, place), RIGHT).status_code == 429
    clock.forward(minutes=2)
    assert answer(at_the_question(app, place), RIGHT).location == "/form"


def test_tries_from_new_sessions_count_together(app: Flask, place: Place) -> None:
    codes = [answer(at_the_question(app, place), WRONG[0]).status_code for _ in range(4)]
    assert codes == [422, 422, 422, 429]


def test_the_closed_link_of_one_patient_leaves_the_others_open(app: Flask, place: Place) -> None:
    for _ in range(4):
        answer(at_the_question(app, place), WRONG[0])
    with app.app_context():
        other = make_place()
        ask(other)
    assert answer(at_the_question(app, other), RIGHT).location == "/form"


def test_a_link_that_ended_meanwhile_opens_nothing(app: Flask, place: Place, clock: Clock) -> None:
    client = at_the_question(app, place)
    with app.app_context():
        db.session.get_one(FormLink, place.link_id).revoked_at = clock()
        db.session.commit()
    assert answer(client, RIGHT).status_code == 404


def test_a_date_that_cannot_be_read_fits_nothing(app: Flask, place: Place) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE patient SET born_on = 'damaged'"))
        db.session.commit()
    assert answer(at_the_question(app, place), RIGHT).status_code == 422


def test_the_session_is_another_one_once_the_date_was_right(app: Flask, place: Place) -> None:
    client = at_the_question(app, place)
    before = client.get_cookie("session")
    answer(client, RIGHT)
    after = client.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
