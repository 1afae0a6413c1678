"""`clinic demo`: make or go on with a clinic of synthetic people, say how to get in, and serve it."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.orm import Session

from clinic import config
from clinic.cli.worker import running
from clinic.config import DEMO_FLAG, Settings, SettingsError
from clinic.core.errors import Refusal
from clinic.db import migrate, origin, schema
from clinic.db.session import begin_write, db
from clinic.services.demo import clinic_setup, crowd, instance, story_line
from clinic.services.demo.instance import Memory

HOST = "127.0.0.1"
SEED = 20


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--instance",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that holds the demo; ./instance where nothing else is said.",
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="Other people and other stories.")
@click.option("--fresh", is_flag=True, help="Start over with new data.")
@click.option("--no-serve", is_flag=True, help="Make the data and stop.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), hidden=True, help="Another day as today, at noon.")
@click.pass_context
def demo(
    context: click.Context,
    port: int,
    folder: Path | None,
    seed: int,
    fresh: bool,
    no_serve: bool,
    day: datetime | None,
) -> None:
    """Start a clinic of synthetic people on this machine, with visits for today.

    Started again, it goes on with the same data and adds the days since then.
    """
    # What Alembic does step by step is of no interest to whoever tries the demo.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if not no_serve:
        _check_port(port)
    if folder is not None:
        os.environ["CLINIC_INSTANCE"] = str(folder)
    now = datetime.now(UTC) if day is None else _noon(day)
    url = f"http://{HOST}:{port}"
    with _plainly():
        settings = config.load()
        app, memory = _prepare(context.ensure_object(ScriptInfo), settings, url, seed, now, fresh=fresh)
        with app.app_context():
            sheet = story_line.sheet(db.session, memory, url, now)
        file = instance.write_sheet(settings.instance, sheet)
    _tell(sheet, file, memory.seed)
    if not no_serve:
        with _plainly(), running(app):
            app.extensions["serve"](app, HOST, port)


def _prepare(
    info: ScriptInfo, settings: Settings, url: str, seed: int, now: datetime, *, fresh: bool
) -> tuple[Flask, Memory]:
    """Return the application over a demo that stands at this moment."""
    memory = instance.recall(settings.instance)
    flagged = (settings.instance / DEMO_FLAG).exists()
    instance.remember(settings.instance, memory)
    try:
        app = info.load_app()
        with app.app_context(), db.engine.connect() as connection:
            origin.install(db.engine, settings.public_url or url)
            found = instance.look(connection)
    except BaseException:
        _unmark(settings, flagged)
        raise
    if found == "other":
        _unmark(settings, flagged)
        _refuse(settings)
    if fresh and found == "demo":
        migrate.downgrade(app, "base")
    if fresh or found == "empty" or memory is None:
        if found == "demo" and not fresh:
            raise click.ClickException("This demo has lost its memory: start over with --fresh.")
        migrate.upgrade(app)
        memory = None
    with app.app_context():
        _bring_up_to_date(app)
        begin_write(db.session)
        schema.check(db.session, now)
        memory = _stand(db.session, memory, seed, now)
        db.session.commit()
    instance.remember(settings.instance, memory)
    return app, memory


def _bring_up_to_date(app: Flask) -> None:
    """Let a demo that an older version made go on; one of a newer version is refused where the schema is checked."""
    found = schema.revision(db.session)
    db.session.rollback()
    if found is not None and found < schema.HEAD:
        click.echo("Bringing the demo up to this version ...")
        migrate.upgrade(app)


def _stand(session: Session, memory: Memory | None, seed: int, now: datetime) -> Memory:
    if memory is None:
        click.echo("Making 120 synthetic people and their 18 months ...")
        memory = story_line.begin(session, seed, now)
        click.echo("Making three years of others, for the trends ...")
        crowd.add(session, story_line.the_clinic(session), seed, now)
        return memory
    return story_line.go_on(session, memory, now)


def _unmark(settings: Settings, flagged: bool) -> None:
    if not flagged:
        (settings.instance / DEMO_FLAG).unlink(missing_ok=True)


def _refuse(settings: Settings) -> None:
    raise click.ClickException(
        f"{settings.instance} holds a clinic that is no demo, and nothing in it was changed. "
        "Give the demo a folder of its own: clinic demo --instance DIR."
    )


def _check_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is taken on this machine, perhaps by a demo that still runs: stop that one, or choose "
                f'another port, such as make demo ARGS="--port {port + 1 if port < 65535 else 8000}".'
            ) from error


def _noon(day: datetime) -> datetime:
    return datetime.combine(day.date(), time(12), tzinfo=ZoneInfo(clinic_setup.TIME_ZONE)).astimezone(UTC)


def _tell(sheet: dict[str, object], file: Path, seed: int) -> None:
    click.echo(f"\nDemo: synthetic people. Nobody here is real.\n\n  {sheet['url']}/login\n")
    for one in clinic_setup.staff(seed):
        click.echo(f"  {one['role']:<14} {one['email']:<44} {one['password']}")
    fresh = sheet["patient_links"]
    if isinstance(fresh, list) and fresh:
        click.echo(f"\nA patient's form:  {fresh[0]['url']}\n({len(fresh)} unused links are in {file}.)\n")


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except (Refusal, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from error
