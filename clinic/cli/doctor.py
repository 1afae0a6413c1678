"""`clinic doctor`: look over an installation and say what needs a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.config import MailSettings, Settings, SettingsError
from clinic.db import schema
from clinic.db.models import Clinic
from clinic.db.session import db
from clinic.mail.channel import open_channel
from clinic.mail.letter import Undelivered
from clinic.services import clinic_settings, outbox, work

REASONS = {
    "no_server": "nothing says how messages leave: set SMTP_URL and MAIL_FROM",
    "unreachable": "the mail server cannot be reached",
    "tls": "the mail server offers no TLS, or its certificate is not trusted",
    "sign_in": "the mail server does not accept the name and password",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    is_well: bool
    text: str


@click.command()
@click.pass_context
@with_appcontext
def doctor(context: click.Context) -> None:
    """Look over this installation; the exit status is 1 where something needs a person."""
    app = current_app
    settings: Settings = app.config["SETTINGS"]
    now: datetime = app.config["CLOCK"]()
    findings = [*_of_database(db.session, now)]
    if findings[-1].is_well:
        findings += [*_of_clinics(db.session), *_of_worker(db.session, now)]
    findings += _of_mail(settings)
    for one in findings:
        click.echo(f"{'ok  ' if one.is_well else 'LOOK'}  {one.text}")
    context.exit(0 if all(one.is_well for one in findings) else 1)


def _of_database(session: Session, now: datetime) -> Iterator[Finding]:
    try:
        schema.check(session, now)
    except SettingsError as error:
        yield Finding(False, f"Database and keys: {error}")
    else:
        yield Finding(True, f"Database and keys fit this version (revision {schema.HEAD}).")
    finally:
        # Looking changes nothing.
        session.rollback()


def _of_clinics(session: Session) -> Iterator[Finding]:
    clinics = session.execute(select(Clinic.id, Clinic.name).order_by(Clinic.name)).all()
    if not clinics:
        yield Finding(False, "There is no clinic yet: make one with clinic setup.")
    for clinic in clinics:
        settings = clinic_settings.read(session, clinic.id)
        lacks = clinic_settings.missing(settings)
        if not (settings.alert_inbox.email or settings.backup.email):
            lacks.append("Nobody is told of safety alerts by e-mail (alert_inbox_email).")
        if lacks:
            yield from (Finding(False, f"{clinic.name}: {one}") for one in lacks)
        else:
            yield Finding(True, f"{clinic.name}: forms can be opened.")


def _of_worker(session: Session, now: datetime) -> Iterator[Finding]:
    for job in work.jobs_health(session, now):
        done = f"last done {job.done_at:%Y-%m-%d %H:%M:%S} UTC" if job.done_at else "never done"
        went = f"; the last time it ended with {job.last_error}" if job.last_error else ""
        late = "; is clinic worker running?" if job.is_late else ""
        yield Finding(not job.is_late and not job.last_error, f"Worker, {job.name}: {done}{went}{late}")
    queue = outbox.queue(session, now)
    oldest = f", the oldest since {queue.oldest:%Y-%m-%d %H:%M} UTC" if queue.oldest else ""
    put_off = f", {queue.put_off} of them tried in vain" if queue.put_off else ""
    yield Finding(not queue.is_stuck(now), f"Messages that wait: {queue.length}{put_off}{oldest}")


def _of_mail(settings: Settings) -> Iterator[Finding]:
    try:
        _try_channel(settings.mail)
    except Undelivered as error:
        yield Finding(False, f"Mail: {REASONS.get(error.reason, error.reason)}.")
        return
    mail = settings.mail
    if mail is None or not mail.host:
        yield Finding(True, "Mail: messages are printed, not sent.")
        return
    yield Finding(True, f"Mail: {mail.host}:{mail.port} answers ({mail.security}), messages come from {mail.sender}.")
    if not settings.public_url:
        yield Finding(False, f"CLINIC_URL is not set: links in messages lead to {settings.origin}, this machine.")


def _try_channel(mail: MailSettings | None) -> None:
    channel = open_channel(mail)
    try:
        channel.check()
    finally:
        channel.close()
