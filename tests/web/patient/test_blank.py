"""A page that is kept looks for everybody exactly as if it had been made for them."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from jinja2.utils import LRUCache

from clinic.db.crypto import keyring_of
from clinic.db.session import db
from clinic.services import clinic_settings
from clinic.web.patient import blank
from tests import factories
from tests.web.page_check import PageClient
from tests.web.patient.conftest import Patient, Place, make_place

# Who answers, in which language, and how hard everything is: each leads to other pages or other words on them.
PEOPLE = [
    (respondent, language, raw)
    for respondent in ("", "self", "helped", "proxy")
    for language in ("en", "es")
    for raw in ("0", "4")
]
TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')


def person(app: Flask, place: Place) -> Patient:
    """Return somebody at a visit of their own, in the same clinic, who has opened their form."""
    with app.app_context():
        session = db.session
        clinic = session.get_one(factories.Clinic, place.clinic_id)
        link = factories.make_link(session, factories.make_visit(session, clinic))
        token = keyring_of(session).link_token(link.salt)
        session.commit()
    patient = Patient(PageClient(app))
    patient.open(f"/q/{token}")
    return patient


def pages(patient: Patient, respondent: str, language: str, raw: str) -> Iterator[None]:
    """Go through a form; stop at every page before it is answered."""
    patient.press(f"lang-{language}")
    while patient.key != "check":
        yield
        if patient.key == "resp":
            patient.press("next", {"RESP": respondent} if respondent else {})
        elif re.fullmatch(r"p\d", patient.key):
            names = set(re.findall(r'type="radio" name="([A-Z0-9_]+)"', patient.page.text if patient.page else ""))
            patient.press("next", dict.fromkeys(names, raw))
        else:
            patient.press("next")


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_kept_page_is_the_page_that_would_be_made_anew(app: Flask) -> None:
    with app.app_context():
        place = make_place()
        clinic_settings.change(db.session, place.clinic_id, "checkin_mode", "always", None, None, factories.NOW)
        db.session.commit()
    compared = 0
    kept = app.extensions.setdefault(blank.KEPT, LRUCache(blank.MOST_KEPT))
    for who in PEOPLE * 2:
        patient = person(app, place)
        for _ in pages(patient, *who):
            shown = patient.page
            assert shown is not None
            app.extensions[blank.KEPT] = LRUCache(blank.MOST_KEPT)
            anew = patient.client.get(shown.request.path)
            app.extensions[blank.KEPT] = kept
            assert TOKEN.sub("", shown.text) == TOKEN.sub("", anew.text)
            compared += 1
    # Most of what they saw was kept from somebody before them.
    assert len(kept) < compared / 2 < compared


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_two_clinics_share_no_page_even_with_one_name_for_their_settings(app: Flask) -> None:
    for name in ("Harbour Clinic", "Hillside Clinic"):
        with app.app_context():
            place = make_place(name=name)
            db.session.get_one(factories.Clinic, place.clinic_id).settings_version = "first"
            db.session.commit()
        patient = person(app, place)
        patient.go_to("p1")
        assert patient.page is not None
        assert f"{name}. On a shared phone" in patient.page.text


def test_a_kept_page_holds_no_stand_in_when_it_is_shown(app: Flask, patient: Patient) -> None:
    patient.go_to("p1")
    for _ in range(2):
        assert "\ue000" not in patient.open("/form/p1").text


def test_an_answered_page_is_not_kept(app: Flask, patient: Patient) -> None:
    patient.go_to("txt")
    patient.press("next", {"TXT": "A sentence of mine"})
    assert "A sentence of mine" in patient.open("/form/txt").text
    kept = app.extensions[blank.KEPT]
    assert not any("A sentence of mine" in page for page in kept.values())
