"""Commands for an administrator: set up a clinic, its settings, its people and its database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from clinic.config import SettingsError
from clinic.core.errors import Refusal
from clinic.core.scope import Role
from clinic.db import migrate, schema
from clinic.db.session import begin_write, db
from clinic.services import accounts, clinic_settings, clinics, setting_rules

CLINIC = click.option("--clinic", "clinic_name", help="The clinic's name; not needed where there is only one.")


@click.command()
@click.argument("name")
@click.option("--country", required=True, help="Two letters, such as US.")
@click.option("--time-zone", required=True, help="Such as America/New_York.")
@click.option("--languages", default="en,es", show_default=True, help="The first is the one that forms begin in.")
@click.option("--site", "sites", multiple=True, default=("Main site",), show_default=True, help="May be repeated.")
@with_appcontext
def setup(name: str, country: str, time_zone: str, languages: str, sites: tuple[str, ...]) -> None:
    """Make the clinic NAME on this installation, bringing its database up to date first."""
    migrate.upgrade(current_app._get_current_object())  # type: ignore[attr-defined]
    with _writing() as (session, now):
        clinics.add_clinic(
            session,
            name=name,
            country=country,
            time_zone=time_zone,
            languages=[one.strip() for one in languages.split(",") if one.strip()],
            sites=sites,
            now=now,
        )
    click.echo(f"Made {name}. Next: clinic user add, then clinic settings check.")


@click.group()
def settings() -> None:
    """Show, set and check a clinic's settings."""


@settings.command("show")
@CLINIC
@with_appcontext
def settings_show(clinic_name: str | None) -> None:
    """Print every setting with who set it and when."""
    with _reading() as session:
        click.echo(clinic_settings.show_text(session, clinics.named(session, clinic_name)))


@settings.command("set")
@click.argument("key")
@click.argument("value")
@click.option("--reason", help="Why; kept in the history, and needed to switch the safety check-in off.")
@CLINIC
@with_appcontext
def settings_set(key: str, value: str, reason: str | None, clinic_name: str | None) -> None:
    """Set KEY to VALUE (words, or JSON where the setting has parts); the value null goes back to the default."""
    with _writing() as (session, now):
        new = None if value == "null" else setting_rules.from_text(key, value)
        clinic_id = clinics.named(session, clinic_name)
        clinic_settings.change(session, clinic_id, key, new, None, reason, now)
    click.echo(f"{key} = {json.dumps(new, ensure_ascii=False)}")


@settings.command("check")
@CLINIC
@click.pass_context
@with_appcontext
def settings_check(context: click.Context, clinic_name: str | None) -> None:
    """Say whether forms can be opened, and what is missing; the exit status is 1 where something is."""
    with _reading() as session:
        read = clinic_settings.read(session, clinics.named(session, clinic_name))
        today = datetime.now(UTC).astimezone(ZoneInfo(read.zone.key)).date()
        click.echo(clinic_settings.check_text(read, today))
        context.exit(1 if clinic_settings.missing(read) else 0)


@click.group()
def user() -> None:
    """Add people, and switch them off."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As patients and colleagues read it, such as Dr. Maya Reyes.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="May be repeated.",
)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@CLINIC
@with_appcontext
def user_add(email: str, name: str, roles: tuple[str, ...], password: str, clinic_name: str | None) -> None:
    """Add somebody who signs in with EMAIL; the password is asked for."""
    with _writing() as (session, now):
        accounts.add_user(
            session,
            clinic_id=clinics.named(session, clinic_name),
            email=email,
            display_name=name,
            roles=[Role(role) for role in roles],
            password=password,
            now=now,
        )
    click.echo(f"Added {name}, {', '.join(roles)}.")


@user.command("disable")
@click.argument("email")
@CLINIC
@with_appcontext
def user_disable(email: str, clinic_name: str | None) -> None:
    """Switch somebody off and end their sessions."""
    with _writing() as (session, _now):
        accounts.disable_user(session, clinics.named(session, clinic_name), email)
    click.echo(f"{email} can no longer sign in.")


@click.group("db")
def database() -> None:
    """Look after the database's tables."""


@database.command()
@with_appcontext
def upgrade() -> None:
    """Bring the tables up to this version."""
    migrate.upgrade(current_app._get_current_object())  # type: ignore[attr-defined]
    click.echo(f"The database is at revision {schema.HEAD}.")


@database.command()
@click.argument("target")
@click.confirmation_option(prompt="Going back deletes what the newer tables hold. Go on?")
@with_appcontext
def downgrade(target: str) -> None:
    """Take the tables back to revision TARGET, or to none with "base"."""
    migrate.downgrade(current_app._get_current_object(), target)  # type: ignore[attr-defined]
    click.echo(f"The database is at revision {target}.")


@database.command()
@with_appcontext
def current() -> None:
    """Print the database's revision and this version's."""
    found = schema.revision(db.session)
    click.echo(f"database {found or 'empty'}, this version {schema.HEAD}")


@contextmanager
def _writing() -> Iterator[tuple[Session, datetime]]:
    """Give a writing session that is committed at the end, and the present moment."""
    with _told():
        begin_write(db.session)
        now = datetime.now(UTC)
        # The first command that writes also remembers which keys belong to this database.
        schema.check(db.session, now)
        yield db.session, now
        db.session.commit()


@contextmanager
def _reading() -> Iterator[Session]:
    with _told():
        schema.check(db.session, datetime.now(UTC))
        db.session.rollback()
        yield db.session


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the product refuses into one plain line and exit status 1."""
    try:
        yield
    except (Refusal, SettingsError) as error:
        db.session.rollback()
        raise click.ClickException(str(error)) from error
