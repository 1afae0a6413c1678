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
    """What a table is about before its rows are read; `unread` counts the rows without answers as they are read."""

    instruments: tuple[Instrument, ...]
    patients: int
    forms: int
    pooled: dict[str, frozenset[str]]
    is_synthetic: bool
    unread: int = 0


def open_table(session: Session, clinic_id: int) -> tuple[Table, Iterator[Row]]:
    """Return what a clinic's table is about, and its rows; they must be read in the same transaction.

    Raises TooFewPatients where so few patients have a finished form that a table would tell who they are.
    """
    settings = clinic_settings.read(session, clinic_id)
    census = finished_forms.census(session, settings)
    deidentifier = Deidentifier(census)
    table = Table(
        instruments=tuple(catalogue.read(*one) for one in finished_forms.versions(session, clinic_id)),
        patients=census.patients,
        forms=census.forms,
        pooled=deidentifier.pooled,
        is_synthetic=settings.is_demo,
    )
    return table, _rows(session, clinic_id, deidentifier, table)


def _rows(session: Session, clinic_id: int, deidentifier: Deidentifier, table: Table) -> Iterator[Row]:
    for forms in finished_forms.by_patient(session, clinic_id, answers=True, shuffled=True):
        table.unread += sum(one.answers is None for one in forms)
        yield from deidentifier.rows(forms)
