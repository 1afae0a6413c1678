"""The database of an application: its engine, its transactions, and one writer at a time on SQLite."""

import sqlite3
import threading
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from clinic.config import Settings
from clinic.core.errors import Busy
from clinic.db import crypto, origin

# A foreign writer (a backup, another process) is waited for inside SQLite; our own writers queue before it.
# Together they stay under the 30 seconds after which a person is told to try again.
BUSY_SECONDS = 10.0
QUEUE_SECONDS = 15.0
MIGRATIONS = Path(__file__).parents[1] / "migrations"
WRITES = "writes"
_HELD = "clinic_write_lock"
_TOLD = "The database is busy. Nothing was saved. Please try again in a moment."

db = SQLAlchemy()


def init_app(app: Flask, settings: Settings) -> None:
    """Give an application its engine and keys; Alembic itself stays with the commands."""
    app.config["SQLALCHEMY_ENGINES"] = {"default": engine_options(settings)}
    app.config["ALEMBIC"] = {"script_location": str(MIGRATIONS)}
    app.config["ALEMBIC_CONTEXT"] = {
        "transactional_ddl": True,
        "transaction_per_migration": True,
        "render_as_batch": True,
        "compare_type": True,
    }
    db.init_app(app)
    # The extension would start an event loop after every request, to close sessions of a kind that is never opened:
    # it costs as much as two empty pages.
    app.teardown_appcontext_funcs = [one for one in app.teardown_appcontext_funcs if not iscoroutinefunction(one)]
    with app.app_context():
        arm(db.engine, crypto.Keyring.of(settings))
        origin.install(db.engine, settings.origin)


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return what create_engine takes for this installation."""
    if settings.is_sqlite:
        # The driver must not open transactions by itself: the begin event below decides how each one starts.
        arguments = {"isolation_level": None, "timeout": BUSY_SECONDS}
        return {"url": settings.database_url, "connect_args": arguments, "pool_size": 16, "max_overflow": 48}
    return {"url": settings.database_url, "pool_pre_ping": True, "pool_size": 16, "max_overflow": 16}


def arm(engine: Engine, keyring: crypto.Keyring) -> None:
    """Give an engine its keys, and a SQLite engine also its settings and its write lock."""
    crypto.install(engine, keyring)
    if engine.dialect.name == "sqlite":
        _LOCKS[engine.dialect] = threading.Lock()
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        event.listen(engine, "checkin", _release)
        event.listen(engine, "invalidate", _release)


def begin_write(session: Session) -> None:
    """Start a writing transaction; call it before the first query of everything that may write.

    Raises Busy when no turn to write came in time. A session that already writes goes on writing.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    if session.in_transaction():
        if _HELD in _info(session.connection().connection):
            return
        # Reading first and writing later lets another writer in between, which SQLite refuses only sometimes.
        raise RuntimeError("begin_write comes before the first query of a transaction.")
    try:
        session.connection(execution_options={WRITES: True})
    except BaseException:
        session.rollback()
        raise


def begin_snapshot(session: Session) -> None:
    """Start a transaction whose every query sees the same moment of the database; it only reads.

    On SQLite each transaction does.
    """
    if session.in_transaction():
        raise RuntimeError("begin_snapshot comes before the first query of a transaction.")
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


# One lock an engine, kept with its dialect, which lives and dies with it.
_LOCKS: WeakKeyDictionary[Dialect, threading.Lock] = WeakKeyDictionary()


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(WRITES):
        # Through the driver itself, since nothing can go wrong: this does not touch the file yet.
        driver = connection.connection.driver_connection
        assert driver is not None, "A connection that begins is open."  # noqa: S101
        driver.execute("BEGIN")
        return
    info = _info(connection.connection)
    if _HELD not in info:
        lock = _LOCKS[connection.dialect]
        if not lock.acquire(timeout=QUEUE_SECONDS):
            raise Busy(_TOLD)
        info[_HELD] = lock
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        _unlock(info)
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise Busy(_TOLD) from error
        raise
    except BaseException:
        _unlock(info)
        raise


def _release(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry, *_error: object) -> None:
    # Every way out of a transaction ends here, after its COMMIT or ROLLBACK: commit, rollback and close all give
    # the connection back to the pool, and so does the garbage collector for a session that was dropped.
    _unlock(entry.record_info or {})


def _unlock(info: dict[str, Any]) -> None:
    lock = info.pop(_HELD, None)
    if lock is not None:
        lock.release()


def _info(connection: PoolProxiedConnection) -> dict[str, Any]:
    info = connection.record_info
    assert info is not None, "A pooled connection always has a record."  # noqa: S101
    return info
