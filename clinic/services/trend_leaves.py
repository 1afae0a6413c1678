"""Read the running counts of one period as tables, by version: no form is looked at."""

from collections import defaultdict

from sqlalchemy.orm import Session

from clinic.core import trend_tables
from clinic.core.instrument import Instrument
from clinic.core.suppression import Table
from clinic.core.trend_counts import Layout, Leaf
from clinic.core.trend_versions import instrument_of
from clinic.core.trends import Period
from clinic.db import queries
from clinic.db.models import TrendCount
from clinic.instruments import catalogue


def tables(session: Session, clinic_id: int, period: Period) -> dict[str, dict[str, Table]]:
    """Return every measure of the patients who were counted in a period, by version; true counts, nothing hidden."""
    leaves: dict[str, list[tuple[Leaf, int]]] = defaultdict(list)
    mine = (TrendCount.kind == period.kind, TrendCount.start == period.start)
    for row in session.scalars(queries.scoped(TrendCount, clinic_id).where(*mine)):
        leaf = Leaf(period.kind, row.start, row.version, row.site_id, row.language, row.mode, row.respondent)
        counts = Layout.of(_instrument(row.version)).unpack(row.counts)
        # A leaf whose last form was taken away stays, with nobody in it.
        if counts:
            leaves[row.version].append((leaf, counts))
    return {version: trend_tables.scored(_instrument(version), mine) for version, mine in leaves.items()}


def _instrument(version: str) -> Instrument:
    return catalogue.read(*instrument_of(version))
