"""The period that has not been published yet, in round numbers for the clinic's own eyes."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.core.suppression import Cell
from clinic.core.trend_measures import GAPS
from clinic.core.trends import Kind, Provisional, unsettled
from clinic.services import trend_leaves
from clinic.services.clinic_settings import ClinicSettings

# Shares are told to the nearest 5 %, people to the nearest 5.
STEPS = 20
PEOPLE = 5


def read(session: Session, settings: ClinicSettings, kind: Kind, now: datetime) -> Provisional:
    """Return the four gaps of the oldest period that is not due for publication: it is over for less than SETTLES.

    Where forms of two versions were counted in it, these are the patients of the version that has more of them.
    """
    period = unsettled(kind, now, settings.zone)
    tables = trend_leaves.tables(session, settings.clinic_id, period)
    measures = [f"gap:{gap}" for gap in GAPS]
    if not tables:
        return Provisional(period, dict.fromkeys(measures))
    most = max(sorted(tables), key=lambda version: sum(tables[version][one].whole.n for one in measures))
    smallest = settings.smallest_shown
    return Provisional(period, {one: rounded(tables[most][one].whole, smallest) for one in measures})


def rounded(cell: Cell, smallest: int) -> tuple[float, int] | None:
    """Return a share and about how many it is of; None where either would tell of too few."""
    if cell.n < smallest or any(0 < count < smallest for count in (cell.x, cell.n - cell.x)):
        return None
    return round(STEPS * cell.x / cell.n) / STEPS, round(cell.n / PEOPLE) * PEOPLE
