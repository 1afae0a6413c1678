"""`clinic export`: take data out of a clinic for tools of one's own, with nobody's name in it."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TextIO

import click
from flask.cli import with_appcontext

from clinic.cli.manage import CLINIC
from clinic.config import SettingsError
from clinic.core.errors import Refusal
from clinic.db import schema
from clinic.db.session import begin_snapshot, db
from clinic.exports import table as plain
from clinic.services import clinics, table_export
from clinic.services.table_export import Table

NO_PARQUET = (
    "Parquet needs the part for analysis, which a server does without: pip install 'barrier-check[analysis]'. "
    "Without it, use --format csv."
)


@click.group()
def export() -> None:
    """Take data out, without names."""


@export.command("table")
@click.option("--format", "kind", type=click.Choice(["parquet", "csv"]), required=True, help="Parquet needs an extra.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
@click.option("--with-safety", is_flag=True, help="Add the safety level of each form, which is left out otherwise.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@CLINIC
@with_appcontext
def export_table(kind: str, out: Path, with_safety: bool, force: bool, clinic_name: str | None) -> None:
    """Write one row a form, de-identified, and its codebook beside it.

    Months for days, bands for ages, pseudonyms that no other file has, no free text. See docs/analysis.md.
    """
    codebook = out.with_name(f"{out.name}.codebook.csv")
    try:
        if kind == "parquet" and find_spec("pyarrow") is None:
            raise click.ClickException(NO_PARQUET)
        for path in (out, codebook):
            if path.exists() and not force:
                raise click.ClickException(f"{path} is there already: choose another name, or replace it with --force.")
        schema.check(db.session, datetime.now(UTC))
        db.session.rollback()
        # The rows are read after they were counted, and must be those that were: both see one moment.
        begin_snapshot(db.session)
        found, rows = table_export.open_table(db.session, clinics.named(db.session, clinic_name))
        columns = plain.columns(found.instruments, safety=with_safety)
        with _private(out) as file:
            if kind == "csv":
                with _text(file) as words:
                    plain.write_csv(words, columns, rows)
            else:
                from clinic.exports.parquet import write_parquet

                write_parquet(file, columns, rows)
            with _private(codebook) as book, _text(book) as words:
                plain.write_codebook(words, columns)
    except (Refusal, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        db.session.rollback()
    click.echo("\n".join(_told(found, out, codebook)))


def _told(found: Table, out: Path, codebook: Path) -> Iterator[str]:
    yield f"Wrote {found.forms} forms of {found.patients} patients to {out}, and what its columns hold to {codebook}."
    if found.is_synthetic:
        yield "All of it is synthetic: nobody in it is real."
    if found.left_out:
        yield (
            f"Left out: {found.left_out} forms, of a scoring version that fewer than 11 patients have, "
            "or of a patient who has more forms than 11 patients have."
        )
    for column, values in found.pooled.items():
        if values and column == "month":
            yield f"Written as a quarter, a year or other, as fewer than 11 patients have each: {len(values)} months."
        elif values:
            yield f"Pooled as other, as fewer than 11 patients have each: {len(values)} of the values of {column}."
    if found.unread:
        yield f"The answers of {found.unread} forms cannot be read (damaged, or synthetic without any): empty there."
    yield "No name is in it, but every row is a person's. Keep it where you would keep a patient record."


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that only its owner may read; it takes its name when it is whole, and leaves nothing otherwise."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _text(file: IO[bytes]) -> Iterator[TextIO]:
    words = io.TextIOWrapper(file, encoding="utf-8", newline="")
    yield words
    words.flush()
    # Closing the wrapper would close the file, which is still to be brought to the disk.
    words.detach()
