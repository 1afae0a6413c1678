"""Counting and publishing hold nobody up, keep out of a clinic that is being filled, and go on where one fails."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from clinic.cli import seed
from clinic.cli.rounds import MOST_PERIODS, Worker
from clinic.config import Settings
from clinic.db import session as sessions_of
from clinic.db.models import Clinic, Site, TrendCount, TrendView, WorkerRun
from clinic.db.session import begin_write, db
from clinic.mail.channel import open_channel
from clinic.services import being_filled, rollup, trend_publishing, work
from clinic.services.seed import filling
from tests import factories
from tests.conftest import dispose, make_app
from tests.services.trend_forms import count, forms, moment, people, site

NOW = moment(2026, 6, 20)
WHOLE = (TrendView.dimension == "", TrendView.version == "")


class Clock:
    """A clock that stands until it is put forward."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def worker(app: Flask, clock: Clock) -> Worker:
    @contextmanager
    def sessions() -> Iterator[Session]:
        with app.app_context():
            yield db.session

    return Worker("one", sessions, lambda: open_channel(None), clock)


def make(app: Flask, *, is_counted: bool = True, name: str = "Harbour Clinic") -> int:
    """Make a clinic with forms of two months."""
    with app.app_context():
        begin_write(db.session)
        clinic = factories.make_clinic(db.session, name=name)
        crowd = people(db.session, clinic, 30)
        for month in (3, 4):
            forms(db.session, clinic, crowd, moment(2026, month, 14), gaps=15)
        if is_counted:
            count(db.session, clinic, NOW)
        clinic_id = clinic.id
        db.session.commit()
    return clinic_id


def make_demo(app: Flask) -> int:
    with app.app_context():
        begin_write(db.session)
        clinic = factories.make_clinic(db.session, is_demo=True, ready=True)
        db.session.add(Site(clinic_id=clinic.id, name="Riverside"))
        factories.make_user(db.session, clinic)
        clinic_id = clinic.id
        db.session.commit()
    return clinic_id


def published(app: Flask, clinic_id: int) -> int:
    with app.app_context():
        return len(db.session.execute(select(TrendView.start).where(*WHOLE, TrendView.clinic_id == clinic_id)).all())


def is_counted(app: Flask, clinic_id: int) -> bool:
    with app.app_context():
        return rollup.is_counted(db.session, clinic_id)


def last_error(app: Flask) -> str | None:
    with app.app_context():
        return db.session.get_one(WorkerRun, work.PUBLISHING).last_error


@contextmanager
def heard(app: Flask, hear: Callable[[str], None]) -> Iterator[None]:
    """Tell every statement of this thread before it is run, and where a transaction ends."""
    mine = threading.get_ident()

    def statement(_one: Any, _two: Any, text: str, *_others: Any) -> None:
        if threading.get_ident() == mine:
            hear(text)

    def end(_connection: Any) -> None:
        if threading.get_ident() == mine:
            hear("END")

    with app.app_context():
        engine = db.engine
    listeners = (("before_cursor_execute", statement), ("commit", end), ("rollback", end))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def looks_at_forms(statement: str) -> bool:
    return any(f"FROM {table}" in statement or f"JOIN {table}" in statement for table in ("assessment", "visit"))


def test_no_transaction_that_writes_looks_at_forms_or_publishes_two_periods(app: Flask, worker: Worker) -> None:
    clinic_id = make(app, is_counted=False)
    transactions: list[list[str]] = [[]]

    def hear(statement: str) -> None:
        if statement == "END":
            transactions.append([])
        else:
            transactions[-1].append(statement)

    with heard(app, hear):
        worker.publish()
    assert (is_counted(app, clinic_id), published(app, clinic_id), last_error(app)) == (True, 4, None)
    words = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE", "FOR NO KEY UPDATE")
    writing = [one for one in transactions if any(word in text for text in one for word in words)]
    # One that counts, one a period, and one that notes the job.
    assert len(writing) == 1 + 4 + 1
    assert [text for one in writing for text in one if looks_at_forms(text)] == []
    assert sum(looks_at_forms(text) for one in transactions for text in one) > 10


def test_whoever_writes_while_forms_are_counted_and_published_waits_for_nothing(app: Flask, worker: Worker) -> None:
    clinic_id = make(app, is_counted=False)
    turns = []

    def write() -> None:
        with app.app_context():
            begin_write(db.session)
            rollup.hold(db.session, clinic_id)
            db.session.commit()

    with ThreadPoolExecutor(1) as pool:

        def hear(statement: str) -> None:
            if looks_at_forms(statement):
                pool.submit(write).result(timeout=5)
                turns.append(statement)

        with heard(app, hear):
            worker.publish()
    assert last_error(app) is None
    assert len(turns) > 10
    assert published(app, clinic_id) == 4


def test_a_clinic_that_fails_keeps_no_other_from_publishing(app: Flask, worker: Worker) -> None:
    broken, whole = make(app), make(app, name="Another clinic")
    with app.app_context():
        begin_write(db.session)
        # A version that no catalogue knows cannot be read.
        db.session.execute(
            insert(TrendCount).values(
                clinic_id=broken,
                kind="month",
                start=date(2026, 4, 1),
                version="gone|9.9|9.9",
                site_id=site(db.session, db.session.get_one(Clinic, broken)),
                language="en",
                mode="web",
                respondent="self",
                counts=b"\x01",
            )
        )
        db.session.commit()
    worker.publish()
    # What comes before the broken month is there all the same.
    assert (published(app, broken), published(app, whole)) == (2, 4)
    failure = last_error(app)
    assert failure is not None
    assert not failure.startswith("LeftOut")


def test_a_worker_that_was_away_for_long_catches_up_in_several_runs(app: Flask, worker: Worker, clock: Clock) -> None:
    clinic_id = make(app)
    clock.now = moment(2028, 6, 20)
    worker.publish()
    assert published(app, clinic_id) == MOST_PERIODS
    worker.publish()
    assert published(app, clinic_id) == 2 * MOST_PERIODS
    for _run in range(3):
        worker.publish()
    with app.app_context():
        assert trend_publishing.due(db.session, clinic_id, clock.now) == []


def test_a_worker_that_is_told_to_stop_ends_after_the_period_at_hand(app: Flask, worker: Worker) -> None:
    clinic_id = make(app)
    worker.stop()
    worker.publish()
    assert published(app, clinic_id) == 1


def test_a_worker_leaves_a_clinic_alone_between_two_batches_of_a_seed(app: Flask, worker: Worker, clock: Clock) -> None:
    clinic_id = make_demo(app)
    with app.app_context():
        begin_write(db.session)
        seeding = filling.begin(db.session, clinic_id, 5, NOW, pool_size=100)
        db.session.commit()
        for batch in seeding.batches(600, 250):
            begin_write(db.session)
            seeding.write(db.session, batch, clock.now)
            db.session.commit()
            clock.now += timedelta(minutes=10)
            worker.publish()
            assert last_error(app) is None
            assert (is_counted(app, clinic_id), published(app, clinic_id)) == (False, 0)
        begin_write(db.session)
        filling.ended(db.session, clinic_id)
        db.session.commit()
    worker.publish()
    assert (is_counted(app, clinic_id), published(app, clinic_id)) == (True, MOST_PERIODS)


def test_a_clinic_whose_seed_was_killed_is_counted_after_a_while(app: Flask, worker: Worker, clock: Clock) -> None:
    clinic_id = make_demo(app)
    with app.app_context():
        begin_write(db.session)
        seeding = filling.begin(db.session, clinic_id, 5, NOW, pool_size=100)
        seeding.write(db.session, next(seeding.batches(600, 250)), NOW)
        db.session.commit()
    clock.now += being_filled.QUIET - timedelta(seconds=1)
    worker.publish()
    assert not is_counted(app, clinic_id)
    clock.now += timedelta(seconds=1)
    worker.publish()
    assert published(app, clinic_id) == MOST_PERIODS
    with app.app_context():
        assert rollup.check(db.session, clinic_id) == []


def test_what_was_compared_before_a_batch_does_not_call_the_clinic_counted(app: Flask) -> None:
    clinic_id = make(app, is_counted=False)
    with app.app_context():
        found = rollup.compare(db.session, clinic_id)
        db.session.rollback()
        begin_write(db.session)
        being_filled.note(db.session, clinic_id, NOW)
        db.session.commit()
        begin_write(db.session)
        with pytest.raises(rollup.Busy):
            rollup.correct(db.session, clinic_id, found, now=NOW)
        db.session.rollback()
    assert not is_counted(app, clinic_id)


def test_a_seed_waits_for_whoever_writes_longer_than_a_page_would(
    settings: Settings, sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions_of, "BUSY_SECONDS", 0.05)
    hasty = make_app(settings)
    with closing(sqlite3.connect(settings.instance / "clinic.sqlite3", check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with hasty.app_context():
            with pytest.raises(rollup.Busy):
                begin_write(db.session)
            end = threading.Timer(0.5, other.rollback)
            end.start()
            seed.patiently(db.session, lambda: begin_write(db.session))
            db.session.execute(update(Clinic).values(name="Another"))
            db.session.commit()
            end.join()
    dispose(hasty)
