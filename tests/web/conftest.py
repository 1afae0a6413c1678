"""Fixtures of the web tests: the whole application on both databases, a clinic with staff, and the checking client."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.app import create_app
from clinic.config import Settings
from clinic.core.scope import Role
from clinic.db.models import Clinic
from clinic.db.session import db
from clinic.services.accounts import add_user
from tests.web.page_check import PageClient

PASSWORD = "four words in a row"
START = datetime(2025, 12, 4, 14, 20, tzinfo=UTC)


@dataclass
class Clock:
    """The time that the application believes; a test moves it."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **amount: float) -> None:
        self.moment += timedelta(**amount)


@dataclass
class Staff:
    """The people of the clinic under test: address by role, and who they are in the database."""

    clinic_id: int
    emails: dict[Role, str] = field(default_factory=dict)
    ids: dict[Role, int] = field(default_factory=dict)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def overrides() -> dict[str, Any]:
    """Return settings that a test module may add."""
    return {}


@pytest.fixture
def app(app: Flask, settings: Settings, clock: Clock, overrides: dict[str, Any]) -> Iterator[Flask]:
    """Return the whole application on the migrated database of the fixture of the same name."""
    url = app.config["SQLALCHEMY_ENGINES"]["default"]["url"]
    given = {"SETTINGS": replace(settings, database_url=url), "CLOCK": clock, "TESTING": False}
    whole = create_app({**given, **overrides})
    whole.test_client_class = PageClient
    yield whole
    with whole.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


@pytest.fixture
def staff(app: Flask, clock: Clock) -> Staff:
    """Return a clinic with one person of each role, all with the same password."""
    with app.app_context():
        clinic = Clinic(
            name="Riverside Clinic",
            country="US",
            time_zone="America/Chicago",
            languages=["en", "es"],
            page_size="letter",
            is_demo=False,
            created_at=clock(),
        )
        db.session.add(clinic)
        db.session.flush()
        people = Staff(clinic.id)
        for role in Role:
            people.emails[role] = f"{role.value}@riverside.example"
            people.ids[role] = add_user(
                db.session,
                clinic_id=clinic.id,
                email=people.emails[role],
                display_name=f"Alex {role.value.title()}",
                roles=[role],
                password=PASSWORD,
                now=clock(),
            )
        db.session.commit()
    return people


def sign_in(client: PageClient, email: str, password: str = PASSWORD) -> Any:
    """Sign in through the page, and return the answer."""
    return client.submit("/login", {"email": email, "password": password})
