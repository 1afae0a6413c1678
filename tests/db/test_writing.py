"""Writers take turns: one winner, no error, and no lock that outlives its transaction."""

import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import clinic.db.session as transactions
from clinic.core.errors import Busy
from clinic.db.models import Assessment, Clinic
from clinic.db.session import begin_write, db
from tests.factories import make_assessment, make_clinic, make_visit


@pytest.fixture
def form(app: Flask) -> int:
    with app.app_context():
        form = make_assessment(db.session, make_visit(db.session, make_clinic(db.session)))
        db.session.commit()
        return form.id


def a_stranger_can_write(app: Flask) -> bool:
    """Tell whether another thread gets its turn at once."""

    def write() -> bool:
        with app.app_context():
            begin_write(db.session)
            db.session.execute(update(Clinic).values(name="Another"))
            db.session.commit()
            return True

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(write).result(timeout=5)


def test_fifty_writers_at_once_have_one_winner_and_no_error(app: Flask, form: int) -> None:
    start = threading.Barrier(50)

    def send(number: int) -> int:
        with app.app_context():
            start.wait(timeout=30)
            begin_write(db.session)
            where = (Assessment.id == form, Assessment.revision == 0)
            won = db.session.execute(update(Assessment).where(*where).values(revision=number))
            db.session.commit()
            return won.rowcount

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(send, range(1, 51))) == 1


def committed(session: Session) -> None:
    session.commit()


def rolled_back(session: Session) -> None:
    session.rollback()


def closed(session: Session) -> None:
    session.close()


def failed(session: Session) -> None:
    with pytest.raises(IntegrityError):
        session.execute(update(Clinic).values(page_size="A3"))
    session.rollback()


def invalidated(session: Session) -> None:
    session.invalidate()


@pytest.mark.parametrize("end", [committed, rolled_back, closed, failed, invalidated])
def test_a_writer_gives_its_turn_back_when_it_is(app: Flask, form: int, end: Callable[[Session], None]) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.execute(update(Clinic).values(name="Mine"))
        end(db.session)
        assert a_stranger_can_write(app)
        begin_write(db.session)
        assert db.session.get(Clinic, 1) is not None


def test_a_request_that_ends_in_the_middle_gives_its_turn_back(app: Flask, form: int) -> None:
    def view() -> None:
        with app.app_context():
            begin_write(db.session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        view()
    assert a_stranger_can_write(app)


def test_beginning_twice_goes_on_with_the_same_transaction(app: Flask, form: int) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.execute(update(Clinic).values(name="Mine"))
        begin_write(db.session)
        db.session.rollback()
        assert db.session.get(Clinic, 1).name == "Harbour Clinic"


def test_writing_after_reading_is_a_mistake_that_shows(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        db.session.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError, match="before the first query"):
            begin_write(db.session)


def test_a_writer_that_waits_too_long_is_told_so(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "QUEUE_SECONDS", 0.05)
    with sqlite_app.app_context():
        begin_write(db.session)
        other = db.sessionmaker()
        with pytest.raises(Busy):
            begin_write(other)
        other.close()
        db.session.rollback()
        begin_write(other)
        other.rollback()


def test_a_foreign_writer_is_waited_for_and_then_named(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite_app.app_context():
        foreign = db.engine.raw_connection()
        foreign.execute("BEGIN IMMEDIATE")
        connection = db.session.connection()
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        db.session.close()
        with pytest.raises(Busy):
            begin_write(db.session)
        foreign.rollback()
        foreign.close()
        begin_write(db.session)
        db.session.rollback()


def test_a_dropped_session_gives_its_turn_back(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        lost = db.sessionmaker()
        begin_write(lost)
        del lost
        gc.collect()
        assert a_stranger_can_write(sqlite_app)


def test_the_file_is_kept_as_safely_as_sqlite_can(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        pragmas = {
            name: db.session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000}
