"""`clinic seed`: fill a demo clinic with synthetic forms, up to millions of them, with trends worth looking at."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from clinic.cli import trend_steps
from clinic.cli.manage import CLINIC
from clinic.config import SettingsError
from clinic.core.errors import Busy, Refusal
from clinic.db import schema
from clinic.db.session import begin_write, db
from clinic.services import clinics, trend_publishing
from clinic.services.seed import checking, filling
from clinic.services.seed.filling import FEWEST, MOST, Seeding

# Whoever else writes is waited for this long, again and again, before the seed gives up.
PATIENCE = timedelta(minutes=10)


@click.command()
@click.option(
    "--assessments",
    type=click.IntRange(FEWEST, MOST),
    default=FEWEST,
    show_default=True,
    help="How many forms to add; those that were begun and never sent count too.",
)
@click.option("--seed", "seed_number", type=int, default=1, show_default=True, help="Other people, other answers.")
@CLINIC
@with_appcontext
def seed(assessments: int, seed_number: int, clinic_name: str | None) -> None:
    """Add synthetic forms of the last five years to a demo clinic.

    They are written in bulk, beside a demo that goes on running, and then counted and published for the trends.
    Nothing is ever added to a clinic that is no demo. Stopped half way, it leaves whole forms and a clinic that can be
    used; a worker counts them after a quarter of an hour, and clinic trends recount at once.
    """
    now = _now()
    session = db.session
    try:
        _begin_write(session)
        schema.check(session, now)
        clinic_id = clinics.named(session, clinic_name)
        click.echo("Making answers, and scoring them ...")
        seeding = filling.begin(session, clinic_id, seed_number, now)
        session.commit()
        took = _fill(session, seeding, assessments)
        click.echo(f"Added {assessments:,} forms in {took:.0f} s ({assessments / took:,.0f}/s).")
        _check(session, seeding)
        _count(session, clinic_id)
        _publish(session, clinic_id)
    except (Refusal, SettingsError) as error:
        session.rollback()
        raise click.ClickException(str(error)) from error


def _fill(session: Session, seeding: Seeding, count: int) -> float:
    began = time.monotonic()
    with click.progressbar(length=count, label="Writing forms") as bar:
        for batch in seeding.batches(count):
            _begin_write(session)
            written = seeding.write(session, batch, _now())
            session.commit()
            bar.update(written.begun)
    return time.monotonic() - began


def _count(session: Session, clinic_id: int) -> None:
    """Count all forms of the clinic, while others may be sent."""
    click.echo("Counting them for the trends ...")
    patiently(session, lambda: trend_steps.count(session, clinic_id, _now))


def _publish(session: Session, clinic_id: int) -> None:
    """Publish the clinic's periods anew: those of a demo may change, since nobody has built on them."""
    _begin_write(session)
    filling.forget_published(session, clinic_id, _now())
    left = len(trend_publishing.due(session, clinic_id, _now()))
    session.commit()
    with click.progressbar(length=left, label="Publishing the periods") as bar:
        for _period in trend_steps.publish(session, clinic_id, _now):
            bar.update(1)
    _begin_write(session)
    filling.ended(session, clinic_id)
    missing = trend_publishing.due(session, clinic_id, _now())
    session.commit()
    if missing:
        raise click.ClickException("The periods could not all be published: run the worker.")


def _begin_write(session: Session) -> None:
    patiently(session, lambda: begin_write(session))


def patiently(session: Session, do: Callable[[], object]) -> None:
    """Do something that changes nothing where it raises Busy, and again until it does not."""
    end = time.monotonic() + PATIENCE.total_seconds()
    while True:
        try:
            do()
        except Busy:
            session.rollback()
            if time.monotonic() > end:
                raise
        else:
            return


def _now() -> datetime:
    return datetime.now(UTC)


def _check(session: Session, seeding: Seeding) -> None:
    wrong = checking.differing(session, seeding.clinic_id, seeding.pool, dict(seeding.sample))
    session.rollback()
    if wrong:
        raise click.ClickException(f"{len(wrong)} of {len(seeding.sample)} forms are not what the core says of them.")
    click.echo(f"Scored {len(seeding.sample)} of them anew: all equal.")
