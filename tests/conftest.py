"""Fixtures that every test may use: an installation, its database on SQLite and PostgreSQL, and a session."""

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy.orm import Session

from clinic.config import Settings
from clinic.db import migrate
from clinic.db.base import Base
from clinic.db.session import db, init_app
from tests import postgres

# A shared machine may take any time for one example; how long the product takes is measured elsewhere.
hypothesis.settings.register_profile("shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("shared")


def make_app(settings: Settings) -> Flask:
    app = Flask("clinic")
    init_app(app, settings)
    return app


@pytest.fixture(scope="session")
def keys() -> tuple[tuple[str, ...], bytes]:
    return (Fernet.generate_key().decode(),), secrets.token_bytes(32)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, keys: tuple[tuple[str, ...], bytes]) -> Path:
    """Migrate one empty database, which each test copies."""
    file = tmp_path_factory.mktemp("template") / "clinic.sqlite3"
    app = make_app(Settings(file.parent, f"sqlite:///{file}", fernet_keys=keys[0], root_secret=keys[1]))
    migrate.upgrade(app)
    dispose(app)
    return file


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start one PostgreSQL server a session; yields the address of its maintenance database."""
    with postgres.server() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_url(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory, keys: tuple[tuple[str, ...], bytes]
) -> str:
    """Migrate one database, which each test finds empty: copying one would take ten times as long."""
    url = postgres.new_database(postgres_server, "clinic")
    app = make_app(Settings(tmp_path_factory.mktemp("postgres"), url, fernet_keys=keys[0], root_secret=keys[1]))
    migrate.upgrade(app)
    dispose(app)
    return url


@pytest.fixture
def settings(tmp_path: Path, keys: tuple[tuple[str, ...], bytes]) -> Settings:
    """Return the settings of an installation of its own, on SQLite."""
    return Settings(tmp_path, f"sqlite:///{tmp_path / 'clinic.sqlite3'}", fernet_keys=keys[0], root_secret=keys[1])


@pytest.fixture
def sqlite_app(settings: Settings, sqlite_template: Path) -> Iterator[Flask]:
    """Return an application on SQLite, for what only SQLite has."""
    shutil.copy(sqlite_template, settings.instance / "clinic.sqlite3")
    app = make_app(settings)
    yield app
    dispose(app)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Flask]:
    """Return an application with an empty, migrated database, once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_app")
        return
    url = request.getfixturevalue("postgres_url")
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    postgres.execute(url.replace("+psycopg", ""), f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    app = make_app(replace(settings, database_url=url))
    yield app
    dispose(app)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Return a database session inside the application's context."""
    with app.app_context():
        yield db.session


def dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
