"""`clinic psychometrics`: what a clinic's own forms say of the questionnaire, and limits of change from them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from clinic.cli.manage import CLINIC
from clinic.cli.psychometrics_text import lines
from clinic.config import SettingsError
from clinic.core.errors import BadSetting, Refusal, TooFewPatients
from clinic.core.instrument import Instrument
from clinic.core.psychometrics import Change, Limits, Report, to_document
from clinic.db import schema
from clinic.db.session import begin_snapshot, begin_write, db
from clinic.instruments import catalogue
from clinic.services import clinic_settings, clinics, scoring_profiles
from clinic.services import psychometrics as service

SEED = 2026
RESAMPLES = 1000
NO_LIBRARIES = (
    "The statistics need the part for analysis, which a server does without: pip install 'barrier-check[analysis]'. "
    "It may be on another machine than the server, as long as it reaches the same database and has the same keys."
)


@click.group(invoke_without_command=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the report to this file (JSON)."
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the bootstrap intervals.")
@click.option("--resamples", type=click.IntRange(100, 100_000), default=RESAMPLES, show_default=True)
@click.option("--no-store", is_flag=True, help="Leave the managers' page as it is.")
@CLINIC
@click.pass_context
@with_appcontext
def psychometrics(
    context: click.Context, out: Path | None, seed: int, resamples: int, no_store: bool, clinic_name: str | None
) -> None:
    """Report on the questionnaire from the clinic's own forms, print it, and keep it for the managers' page.

    It needs at least 100 patients, names nobody, and says what n is too small for.
    """
    if context.invoked_subcommand is not None:
        return
    with _told():
        schema.check(db.session, datetime.now(UTC))
        db.session.rollback()
        try:
            from clinic.analysis.report import report
        except ModuleNotFoundError as error:
            raise click.ClickException(NO_LIBRARIES) from error
        now, instrument = datetime.now(UTC), catalogue.current()
        begin_snapshot(db.session)
        clinic_id = clinics.named(db.session, clinic_name)
        settings = clinic_settings.read(db.session, clinic_id)
        last = service.latest(db.session, clinic_id, instrument)
        until = service.settled(settings, now)
        since = None if last is None else last.until
        sample = service.gather(db.session, settings, instrument, until=until, since=since)
        service.enough(sample)
        # Nothing is held in the database while the numbers are worked out.
        db.session.rollback()
        made_on = now.astimezone(settings.zone).date()
        found = report(
            instrument,
            sample,
            made_on=made_on,
            until=until,
            seed=seed,
            resamples=resamples,
            is_synthetic=settings.is_demo,
        )
        click.echo("\n".join(lines(instrument, found)))
        if out is not None:
            out.write_text(json.dumps(to_document(found), indent=1) + "\n", encoding="utf-8")
            click.echo(f"\nWrote the same to {out}.")
        if not no_store:
            click.echo(f"\n{_stored(clinic_id, instrument, found, sample.change, now)}")


@psychometrics.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="Why; kept in the history of the settings.")
@CLINIC
@with_appcontext
def adopt(file: Path, reason: str, clinic_name: str | None) -> None:
    """Judge change by the limits in FILE, as `clinic psychometrics` proposes them, in forms that are begun from now on.

    It makes a new scoring version; no form that was begun before changes, and the two are never compared or pooled.
    """
    with _told():
        limits, instrument = _read(file)
        begin_write(db.session)
        now = datetime.now(UTC)
        schema.check(db.session, now)
        settings = clinic_settings.read(db.session, clinics.named(db.session, clinic_name))
        name = scoring_profiles.adopt_limits(
            db.session, settings, catalogue.read(*instrument.split("|", 1)), limits, by=None, reason=reason, now=now
        )
        db.session.commit()
    click.echo(f"Forms that are begun from now on are scored by {name}.")


def _stored(clinic_id: int, instrument: Instrument, found: Report, change: Change | None, now: datetime) -> str:
    begin_write(db.session)
    try:
        service.store(db.session, clinic_id, instrument, found, change=change, now=now)
    except TooFewPatients as refusal:
        db.session.rollback()
        return str(refusal)
    db.session.commit()
    return "Managers find it under Trends, The questionnaire itself."


def _read(file: Path) -> tuple[Limits, str]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        limits, instrument = Limits(**document["limits"]), document["instrument"]
        whole = all(type(one) is int for one in document["limits"].values()) and instrument.count("|") == 1
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise BadSetting(f"{file}: no proposal of limits is in it, as clinic psychometrics prints or writes it.")
    return limits, instrument


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the product refuses into one plain line and exit status 1."""
    try:
        yield
    except (Refusal, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        db.session.rollback()
