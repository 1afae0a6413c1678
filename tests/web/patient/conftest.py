"""A ready clinic with a visit and its link, and a patient who reads pages and presses their buttons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from clinic.core.path import Draft
from clinic.db.crypto import keyring_of
from clinic.db.models import Alert, AlertEvent, Assessment
from clinic.db.session import db
from clinic.services.drafts import from_document
from tests import factories
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of

Values = Mapping[str, str | list[str]]


@dataclass
class Place:
    """A clinic that may open forms, and one visit of it with its link."""

    clinic_id: int
    visit_id: int
    link_id: int
    token: str
    code: str
    expires_at: datetime


@dataclass
class Patient:
    """One person with one browser: sees a page, changes some fields, presses a button."""

    client: PageClient
    page: TestResponse | None = None
    steps: list[str] = field(default_factory=list)

    def open(self, address: str) -> TestResponse:
        """Follow an address to the page it ends at."""
        answer = self.client.get(address)
        while answer.status_code == 303:
            answer = self.client.get(answer.location)
        self.page = answer
        return answer

    @property
    def key(self) -> str:
        """Return the name of the page that is shown."""
        assert self.page is not None
        return str(self.page.request.path.rpartition("/")[2])

    @property
    def heading(self) -> str:
        assert self.page is not None
        return text_of(next(parsed(self.page).iter(f"{XHTML}h1")))

    @property
    def words(self) -> str:
        """Return the text of the page's main part."""
        assert self.page is not None
        return text_of(next(parsed(self.page).iter(f"{XHTML}main")))

    def fields(self) -> MultiDict[str, str]:
        """Return what the page's form would send if nothing were touched."""
        assert self.page is not None
        return form_values(parsed(self.page))

    def press(self, go: str = "next", values: Values | None = None, *, at: str | None = None) -> TestResponse:
        """Change fields, press a button, and follow where it leads; an empty list or text clears a field."""
        answer = self.send(go, values, at=at)
        return self.open(answer.location) if answer.status_code == 303 else self._stay(answer)

    def send(self, go: str = "next", values: Values | None = None, *, at: str | None = None) -> TestResponse:
        """Change fields and press a button; return the answer itself."""
        assert self.page is not None
        data = self.fields()
        for name, value in (values or {}).items():
            data.setlist(name, [value] if isinstance(value, str) else value)
        data["go"] = go
        return self.client.post(at or self.page.request.path, data=data)

    def go_to(self, key: str, answers: Mapping[str, Values] | None = None) -> None:
        """Go on with nothing but the given answers until this page is shown."""
        for _ in range(60):
            if self.key == key:
                return
            self.press("next", (answers or {}).get(self.key))
        raise AssertionError(f"{key} never came")

    def _stay(self, answer: TestResponse) -> TestResponse:
        self.page = answer
        return answer


def form_values(tree: Element) -> MultiDict[str, str]:
    form = next(element for element in tree.iter(f"{XHTML}form") if element.get("id") == "form")
    values: MultiDict[str, str] = MultiDict()
    for element in form.iter():
        kind, name = element.get("type"), element.get("name", "")
        if element.tag == f"{XHTML}textarea":
            values.add(name, element.text or "")
        elif (
            element.tag == f"{XHTML}input"
            and name
            and (kind not in ("radio", "checkbox") or element.get("checked") is not None)
        ):
            values.add(name, element.get("value", ""))
    return values


@pytest.fixture
def clock() -> Clock:
    return Clock(factories.NOW)


@pytest.fixture
def place(app: Flask) -> Place:
    with app.app_context():
        return make_place()


def make_place(**changes: Any) -> Place:
    """Make a ready clinic with a visit and its link; call it inside the application's context."""
    clinic = factories.make_clinic(db.session, ready=True, **changes)
    visit = factories.make_visit(db.session, clinic)
    link = factories.make_link(db.session, visit)
    keyring = keyring_of(db.session)
    made = Place(
        clinic.id, visit.id, link.id, keyring.link_token(link.salt), keyring.short_code(link.salt), link.expires_at
    )
    db.session.commit()
    return made


@pytest.fixture
def patient(app: Flask, place: Place) -> Patient:
    """Return a patient who has opened the link and sees the first page."""
    return another(app, place)


def another(app: Flask, place: Place) -> Patient:
    """Return a patient with a browser of their own who has opened the link."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    patient = Patient(client)
    patient.open(f"/q/{place.token}")
    return patient


def stored(app: Flask) -> Draft:
    """Return the only stored form."""
    with app.app_context():
        return from_document(db.session.scalars(select(Assessment)).one().document)


def assessment(app: Flask) -> Assessment:
    with app.app_context():
        return db.session.scalars(select(Assessment)).one()


def alerts(app: Flask) -> list[tuple[str, str]]:
    """Return the level and state of every alert, the oldest first."""
    with app.app_context():
        return [(one.level, one.state) for one in db.session.scalars(select(Alert).order_by(Alert.id))]


def events(app: Flask) -> list[tuple[str, str]]:
    """Return the kind and level of everything that happened to alerts."""
    with app.app_context():
        return [(one.kind, one.level) for one in db.session.scalars(select(AlertEvent).order_by(AlertEvent.id))]
