"""The month that has not been published yet, in round numbers for the clinic's own eyes."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.suppression import WIDTH, Cell
from clinic.core.trend_measures import GAPS
from clinic.core.trends import Kind, Provisional, unsettled
from clinic.db.models import Clinic
from clinic.services import trend_leaves
from clinic.services.clinic_settings import ClinicSettings

# Shares are told to the nearest 5 %, people to the nearest 5.
STEPS = 20
PEOPLE = 5


def read(session: Session, settings: ClinicSettings, kind: Kind, now: datetime) -> Provisional | None:
    """Return the four gaps of the oldest month that is not due for publication: it is over for less than SETTLES.

    Nothing is told of a running quarter or year: beside the months in it that are shown, even rounded figures give
    away one that is hidden. Nor is anything while the clinic's forms are not all counted. Where forms of two versions
    were counted in the month, these are the patients of the version that has more of them.
    """
    counted_at = select(Clinic.trends_counted_at).where(Clinic.id == settings.clinic_id)
    if kind != "month" or session.scalar(counted_at) is None:
        return None
    period = unsettled(kind, now, settings.zone)
    tables = trend_leaves.tables(session, settings.clinic_id, period)
    measures = [f"gap:{gap}" for gap in GAPS]
    if not tables:
        return Provisional(period, dict.fromkeys(measures))
    most = max(sorted(tables), key=lambda version: sum(tables[version][one].whole.n for one in measures))
    smallest = settings.smallest_shown
    return Provisional(period, {one: rounded(tables[most][one].whole, smallest) for one in measures})


def rounded(cell: Cell, smallest: int) -> tuple[float, int] | None:
    """Return a share and about how many it is of; None where either part is few or nobody.

    A figure that moves needs more room than one that stays. From nobody it can become one from one day to the next,
    and from the smallest count that is shown a hidden one: at least WIDTH patients lie between what is told here and
    what is hidden when the month is published.
    """
    if min(cell.x, cell.n - cell.x) < smallest + WIDTH:
        return None
    return round(STEPS * cell.x / cell.n) / STEPS, round(cell.n / PEOPLE) * PEOPLE
