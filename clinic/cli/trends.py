"""`clinic trends`: count the trends anew from the forms, or prove that they are counted right."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import click
from flask.cli import with_appcontext

from clinic.cli import trend_steps
from clinic.cli.manage import CLINIC
from clinic.config import SettingsError
from clinic.core.errors import Refusal
from clinic.core.trends import Period
from clinic.db import schema
from clinic.db.session import db
from clinic.services import clinics
from clinic.services.rollup import Comparison, Difference

# Nobody reads more; how many there are is said all the same.
MOST_LINES = 50


@click.group()
def trends() -> None:
    """Look after the counts behind the trends."""


@trends.command()
@click.option(
    "--check", "only_check", is_flag=True, help="Change nothing; the exit status is 1 where something differs."
)
@CLINIC
@click.pass_context
@with_appcontext
def recount(context: click.Context, only_check: bool, clinic_name: str | None) -> None:
    """Count all forms anew and put right what is kept of them, beside a clinic that goes on working.

    What was published stays as it is.
    """
    session = db.session
    try:
        schema.check(session, datetime.now(UTC))
        clinic_id = clinics.named(session, clinic_name)
        session.rollback()
        if only_check:
            found = trend_steps.compare(session, clinic_id)
        else:
            found = trend_steps.count(session, clinic_id, lambda: datetime.now(UTC))
    except (Refusal, SettingsError) as error:
        session.rollback()
        raise click.ClickException(str(error)) from error
    _tell(found, only_check)
    context.exit(1 if only_check and found.leaves else 0)


def _tell(found: Comparison, only_check: bool) -> None:
    click.echo(f"Forms counted: {found.forms:,}.")
    if found.unread:
        click.echo(f"Answers that cannot be read: {found.unread:,} of them. These count without what was ticked.")
    if not found.leaves:
        click.echo("The trends are counted right.")
        return
    if not only_check:
        click.echo(f"Groups put right: {len(found.leaves):,}.")
        return
    click.echo("The trends are not counted right. Put them right with: clinic trends recount")
    for one in islice(found.differences(), MOST_LINES):
        click.echo(_line(one))
    by_kind = Counter(leaf.kind for leaf in found.leaves)
    click.echo("Groups that differ: " + ", ".join(f"{number:,} by {kind}" for kind, number in by_kind.items()) + ".")


def _line(one: Difference) -> str:
    leaf = one.leaf
    group = f"{leaf.version}, site {leaf.site_id}, {leaf.language}, {leaf.mode}, {leaf.respondent}"
    told = f"{one.counter} is kept as {one.kept:,}, the forms say {one.counted:,}"
    return f"{Period(leaf.start, leaf.kind)}, {group}: {told}"
