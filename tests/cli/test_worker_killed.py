"""A worker that is killed at any moment loses no message, and what is sent again can be told by its id."""

import base64
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from clinic.config import Settings
from clinic.db.models import Outbox
from clinic.db.session import begin_write, db
from clinic.services import outbox
from tests.factories import NOW, make_clinic
from tests.long import rounds
from tests.sink import Sink

KILLS = rounds(8, 40)
# A new worker takes a while to start; the others go on in the meantime.
TOGETHER = 3
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture
def sink() -> Iterator[Sink]:
    # A letter that is kept but not yet answered for is what a kill may cause to be sent again.
    sink = Sink(delay=0.02)
    sink.open()
    yield sink
    sink.shut()


@pytest.fixture
def environment(settings: Settings, sink: Sink) -> dict[str, str]:
    return os.environ | {
        "CLINIC_INSTANCE": str(settings.instance),
        "CLINIC_KEYS": ",".join(settings.fernet_keys),
        "CLINIC_ROOT_SECRET": base64.urlsafe_b64encode(settings.root_secret).decode(),
        "DATABASE_URL": settings.database_url,
        "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        "MAIL_FROM": "forms@harbour.example",
    }


class Writer:
    """Writes one message after another, as a busy clinic does, until it is told to stop."""

    def __init__(self, app: Flask) -> None:
        self.written = 0
        self._app = app
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)
        with app.app_context():
            begin_write(db.session)
            self._clinic = make_clinic(db.session).id
            db.session.commit()

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._stop.wait(0.02):
            with self._app.app_context():
                begin_write(db.session)
                outbox.put(
                    db.session,
                    clinic_id=self._clinic,
                    kind="test",
                    key=f"test:{self.written}",
                    recipient=f"person{self.written}@mail.example",
                    subject="Your visit",
                    text="Please come.",
                    now=NOW,
                )
                db.session.commit()
            self.written += 1


def test_kills_at_random_moments_lose_no_message(sqlite_app: Flask, environment: dict[str, str], sink: Sink) -> None:
    moments = random.Random(3)
    workers = [started(environment) for _ in range(TOGETHER)]
    try:
        with Writer(sqlite_app) as writer:
            for _ in range(KILLS):
                came = len(sink.letters)
                until(lambda came=came: len(sink.letters) > came)  # type: ignore[misc]
                time.sleep(moments.uniform(0, 0.3))
                oldest = workers.pop(0)
                end(oldest)
                end_leases_of(oldest.pid, sqlite_app)
                workers.append(started(environment))
        until(lambda: waiting(sqlite_app) == 0)
        for one in workers:
            assert one.stdout is not None
            assert "The worker runs" in one.stdout.readline()
            one.send_signal(signal.SIGTERM)
        assert [one.wait(timeout=30) for one in workers] == [0] * TOGETHER
    finally:
        for one in workers:
            end(one)

    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count()).where(Outbox.state == "sent")) == writer.written
    times = Counter(str(letter["To"]) for letter in sink.letters)
    assert set(times) == {f"person{number}@mail.example" for number in range(writer.written)}
    ids = defaultdict(set)
    for letter in sink.letters:
        ids[str(letter["To"])].add(str(letter["Message-ID"]))
    assert {len(found) for found in ids.values()} == {1}
    assert len({next(iter(found)) for found in ids.values()}) == writer.written
    # A worker has one message on its way at a time, so a kill sends at most that one again.
    assert 1 <= len(sink.letters) - writer.written <= KILLS


def started(environment: dict[str, str]) -> "subprocess.Popen[str]":
    program = [sys.executable, "-c", "from clinic.app import main; main()", "worker"]
    return subprocess.Popen(program, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(4800):
        if is_so():
            return
        time.sleep(0.025)
    raise AssertionError("It did not come to that in two minutes.")


def waiting(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).where(Outbox.state == "waiting")) or 0


def end_leases_of(process: int, app: Flask) -> None:
    """Let the time pass that a dead worker keeps its message from the others."""
    with app.app_context():
        begin_write(db.session)
        taken = Outbox.leased_by.contains(f":{process}:")
        db.session.execute(update(Outbox).where(taken).values(leased_until=NOW))
        db.session.commit()
