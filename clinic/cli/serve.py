"""`clinic serve`: answer requests on this machine, or behind a proxy that ends TLS."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from clinic.cli.worker import running
from clinic.config import Settings, SettingsError
from clinic.core.errors import Refusal
from clinic.db import origin, schema
from clinic.db.session import begin_write, db


@click.command()
@click.option("--host", help="The address to listen on; 127.0.0.1 where CLINIC_HOST says nothing else.")
@click.option("--port", type=click.IntRange(1, 65535), help="8000 where CLINIC_PORT says nothing else.")
@with_appcontext
def serve(host: str | None, port: int | None) -> None:
    """Serve the clinic; on SQLite a worker runs with it, on PostgreSQL start `clinic worker` beside it."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.config["SETTINGS"]
    try:
        # A database that this version or these keys cannot serve is refused now, not at the first visit.
        begin_write(db.session)
        schema.check(db.session, datetime.now(UTC))
        db.session.commit()
        host, port = host or settings.host, port or settings.port
        origin.install(db.engine, settings.public_url or f"http://{host}:{port}")
        with work_beside(app, settings):
            app.extensions["serve"](app, host, port)
    except (SettingsError, Refusal, OSError) as error:
        raise click.ClickException(str(error)) from error


def work_beside(app: Flask, settings: Settings) -> AbstractContextManager[None]:
    """Run a worker beside the server on SQLite: one small installation needs no second service to look after."""
    return running(app) if settings.is_sqlite else nullcontext()
