"""`clinic worker`: send what waits, remind and escalate, until it is told to stop."""

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from clinic.cli.rounds import Worker
from clinic.config import MailSettings, SettingsError
from clinic.core.errors import Refusal
from clinic.db import schema
from clinic.db.session import begin_write, db
from clinic.mail.channel import open_channel
from clinic.services import work

LONGEST_HOST = 20


@click.command()
@with_appcontext
def worker() -> None:
    """Send messages, remind patients and tell the backup of alerts, until it is stopped.

    More than one may run at once, on one machine or several.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        begin_write(db.session)
        schema.check(db.session, app.config["CLOCK"]())
        db.session.commit()
    except (SettingsError, Refusal) as error:
        raise click.ClickException(str(error)) from error
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda _signal, _frame: stop.set())
    with running(app):
        click.echo("The worker runs. Stop it with Ctrl+C.")
        stop.wait()


@contextmanager
def running(app: Flask) -> Iterator[None]:
    """Run a worker in threads of its own; at the end what is under way is finished first."""
    _log_to_terminal()
    mail: MailSettings | None = app.config["SETTINGS"].mail
    clock: Callable[[], datetime] = app.config["CLOCK"]

    @contextmanager
    def sessions() -> Iterator[Session]:
        with app.app_context():
            yield db.session

    one = Worker(_name(), sessions, lambda: open_channel(mail), clock)
    scheduler = BackgroundScheduler(
        timezone=UTC,
        # A machine that was asleep does each job once when it wakes, however often it was missed.
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    at_once = datetime.now(UTC)
    scheduler.add_job(one.send, "interval", seconds=work.SEND_EVERY.total_seconds(), next_run_time=at_once)
    for name, job, every in work.PLANNED:
        scheduler.add_job(one.do, "interval", (name, job), seconds=every.total_seconds(), next_run_time=at_once)
    scheduler.add_job(one.publish, "interval", seconds=work.PUBLISH_EVERY.total_seconds(), next_run_time=at_once)
    scheduler.start()
    try:
        yield
    finally:
        one.stop()
        scheduler.shutdown(wait=True)


def _name() -> str:
    """Return a name that no other worker has, also not one that had this process id before."""
    return f"{socket.gethostname()[:LONGEST_HOST]}:{os.getpid()}:{secrets.token_hex(4)}"


def _log_to_terminal() -> None:
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%Y-%m-%d %H:%M:%S")
    logging.getLogger("clinic").setLevel(logging.INFO)
    # A round of sending that takes longer than its interval is nothing to be told of.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
