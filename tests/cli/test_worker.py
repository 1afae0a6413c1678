"""A worker runs by itself, or in the server's own process where the database is a file, and stops when told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.cli.serve import work_beside
from clinic.cli.worker import running
from clinic.db.models import Clinic, Outbox, WorkerRun
from clinic.db.session import begin_write, db
from clinic.services import outbox, work
from tests.cli.conftest import Installation
from tests.sink import Sink, free_port

ROOT = Path(__file__).resolve().parents[2]


def put(app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        outbox.put(
            db.session,
            clinic_id=db.session.scalars(select(Clinic.id)).one(),
            kind="test",
            key="test:1",
            recipient="ana@riverside.example",
            subject="A test",
            text="Hello.",
            now=app.config["CLOCK"](),
        )
        db.session.commit()


def done(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(WorkerRun.job).where(WorkerRun.done_at.is_not(None))))


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("It did not come to that in half a minute.")


@pytest.mark.slow
def test_a_worker_does_all_of_its_jobs_at_once_and_ends_with_its_block(installed_app: Flask, sink: Sink) -> None:
    put(installed_app)
    with running(installed_app):
        until(lambda: done(installed_app) == set(work.JOBS) and len(sink.letters) == 1)
    with installed_app.app_context():
        assert db.session.scalars(select(Outbox.state)).one() == "sent"
        (name,) = set(db.session.scalars(select(WorkerRun.worker)))
    assert f":{os.getpid()}:" in name


@pytest.mark.slow
@pytest.mark.parametrize("command", [["worker"], ["serve", "--port"]])
def test_the_commands_run_a_worker_and_stop_within_half_a_minute(
    installed_app: Flask, sink: Sink, command: list[str]
) -> None:
    put(installed_app)
    words = [*command, *([str(free_port())] if command[-1] == "--port" else [])]
    program = [sys.executable, "-c", "from clinic.app import main; main()", *words]
    with subprocess.Popen(program, cwd=ROOT) as process:
        try:
            until(lambda: len(sink.letters) == 1 and done(installed_app) == set(work.JOBS))
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


def test_a_server_on_postgresql_leaves_the_work_to_workers_of_their_own(installed_app: Flask) -> None:
    settings = replace(installed_app.config["SETTINGS"], database_url="postgresql+psycopg://host/clinic")
    with work_beside(installed_app, settings):
        assert done(installed_app) == set()


def test_a_worker_is_not_started_on_a_database_that_it_does_not_fit(installation: Installation) -> None:
    status, printed = installation.run("worker")

    assert status == 1
    assert "run clinic db upgrade" in printed
