"""The rows of a clinic's de-identified table, in flat memory, and what was pooled or left out of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from clinic.core.deidentified import Deidentifier, Row
from clinic.core.instrument import Instrument
from clinic.instruments import catalogue
from clinic.services import clinic_settings, finished_forms


@dataclass
class Table:
    """What a table is about before its rows are read; `unread` counts the rows without answers as they are read.

    `pooled` has, by column, the values that are not written as they are; `left_out` counts the forms that are not in it
    although they are finished.
    """

    instruments: tuple[Instrument, ...]
    patients: int
    forms: int
    left_out: int
    pooled: dict[str, frozenset[str]]
    is_synthetic: bool
    unread: int = 0


def open_table(session: Session, clinic_id: int) -> tuple[Table, Iterator[Row]]:
    """Return what a clinic's table is about, and its rows, which are read as they are taken.

    Begin with `begin_snapshot`, and take the rows in that transaction: only then are they those that were counted.
    Raises TooFewPatients where so few patients have a finished form that a table would tell who they are.
    """
    settings = clinic_settings.read(session, clinic_id)
    census = finished_forms.census(session, settings)
    deidentifier = Deidentifier(census)
    versions = [one for one in finished_forms.versions(session, clinic_id) if deidentifier.has_version(one)]
    table = Table(
        instruments=tuple(catalogue.read(*one) for one in versions),
        patients=census.patients,
        forms=census.forms,
        left_out=census.left_out,
        pooled=deidentifier.pooled,
        is_synthetic=settings.is_demo,
    )
    return table, _rows(session, clinic_id, deidentifier, table)


def _rows(session: Session, clinic_id: int, deidentifier: Deidentifier, table: Table) -> Iterator[Row]:
    for forms in finished_forms.by_patient(session, clinic_id, answers=True, shuffled=True):
        rows = deidentifier.rows(forms)
        table.unread += sum(one.form.answers is None for one in rows)
        yield from rows
