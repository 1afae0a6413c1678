"""Publish each month, quarter and year of a clinic once it has settled: what may be shown of it, for good.

A period is prepared, which takes long and only reads, and then stored, which takes a moment and is refused where what
it rests on has changed: whoever does the two in transactions of their own (cli/trend_steps.py) holds nobody up.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.core import suppression, trend_measures, trend_tables
from clinic.core.suppression import OUTSIDE, Cell, Table
from clinic.core.trend_pairs import may_show
from clinic.core.trend_series import PAIRED
from clinic.core.trend_tables import Figures
from clinic.core.trends import EVERYBODY, KINDS, MONTHS, Dimension, Group, Kind, Period, unsettled
from clinic.db import queries
from clinic.db.models import TrendCount, TrendView, Visit
from clinic.services import clinic_settings, rollup, trend_leaves, trend_pairs, trend_process
from clinic.services.clinic_settings import ClinicSettings

# How many a quantity rests on is rounded down to these, so that no small count stands between it and another figure.
ROUNDED = 10

# By version ("" for the clinic's work), the measures of one period.
Tables = Mapping[str, Mapping[str, Table]]
Views = dict[tuple[str, Group], Figures]
# By period and version, what of which group was shown.
Shown = dict[tuple[Period, str], dict[Group, Mapping[str, Sequence[float]]]]
# What a period rests on: how its forms were counted, and the version of the clinic's settings.
Basis = tuple[rollup.Stamp, str]


@dataclass(slots=True)
class Known:
    """What was worked out for one period and is of use for the longer ones around it, as long as it holds."""

    basis: Basis | None = None
    tables: dict[Period, Tables] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What may be shown of one period, and what that rests on; nothing of it is stored yet."""

    clinic_id: int
    period: Period
    views: Views
    basis: Basis


def publish_clinic(session: Session, clinic_id: int, *, now: datetime, most: int | None = None) -> None:
    """Publish what is due of a clinic in this one transaction, at most `most` periods: others wait for all of it.

    That is for a clinic that nobody works in yet. A second run changes nothing.
    """
    rollup.ensure_counted(session, clinic_id, now)
    known = Known()
    for period in due(session, clinic_id, now)[:most]:
        if not store(session, prepare(session, clinic_id, period, known), now):
            return


def due(session: Session, clinic_id: int, now: datetime) -> list[Period]:
    """Return the periods of a clinic that have settled and are not published yet, in the order to publish them.

    The oldest come first, and a month before its quarter and year. What was published stays as it is, and nothing
    before it is published later: what is already there would tell of it.
    """
    settings = clinic_settings.read(session, clinic_id)
    last = {
        row.kind: row.start
        for row in session.execute(
            select(TrendView.kind, func.max(TrendView.start).label("start"))
            .where(TrendView.clinic_id == clinic_id, TrendView.dimension == "", TrendView.version == "")
            .group_by(TrendView.kind)
        )
    }
    first = _first_day(session, settings)
    found = []
    for kind in KINDS:
        begin = Period(last[kind], kind).next() if kind in last else None if first is None else Period.of(kind, first)
        while begin is not None and begin < unsettled(kind, now, settings.zone):
            found.append(begin)
            begin = begin.next()
    return sorted(found, key=lambda one: (one.end, MONTHS[one.kind]))


def _first_day(session: Session, settings: ClinicSettings) -> date | None:
    """Return the first day of the first month in which a form was counted or a visit was."""
    mine = settings.clinic_id
    months = (TrendCount.clinic_id == mine, TrendCount.kind == "month")
    form = session.scalar(select(func.min(TrendCount.start)).where(*months))
    visit = session.scalar(select(func.min(Visit.scheduled_at)).where(Visit.clinic_id == mine))
    return min((one for one in (form, visit and visit.astimezone(settings.zone).date()) if one), default=None)


def prepare(session: Session, clinic_id: int, period: Period, known: Known) -> Prepared:
    """Work out what may be shown of a period that is due; it only reads, best from one moment of the database.

    `known` is kept from one period to the next of the same run.
    """
    settings = clinic_settings.read(session, clinic_id)
    basis = _basis(session, clinic_id)
    if known.basis != basis:
        known.basis, known.tables = basis, {}
    # A clinic that is behind has the same shorter periods in one run again and again.
    for one in (period, *_finer(period)):
        if one not in known.tables:
            known.tables[one] = _tables(session, settings, one)
    tables, shown = known.tables[period], _shown(session, clinic_id, period)
    views: Views = {}
    for version, mine in tables.items():
        before = [
            suppression.Published(one, known.tables[one][version], trend_tables.decided(shown.get((one, version), {})))
            for one in _finer(period)
            if version in known.tables[one] and (one, "") in shown
        ]
        decision = suppression.decide(period.kind, mine, smallest=settings.smallest_shown, finer=before)
        figures = trend_tables.figures(mine, decision)
        # Everybody has a row of each version, so that what is hidden is told from what nobody was counted in.
        if version:
            views |= {(version, EVERYBODY): {}} | {
                (version, group): one for group, one in figures.items() if _tells(one)
            }
            views[version, EVERYBODY] |= _paired(session, settings, period, version, views[version, EVERYBODY])
        else:
            views["", EVERYBODY] = trend_tables.flat(figures) | _quantities(session, settings, period)
    return Prepared(clinic_id, period, views, basis)


def store(session: Session, prepared: Prepared, now: datetime) -> bool:
    """Publish a period that was prepared; tell whether it was: not where another worker has done so meanwhile.

    Nor where the clinic was filled, was given other settings or has to be counted anew: it is still due then.
    """
    rollup.hold(session, prepared.clinic_id)
    if _basis(session, prepared.clinic_id) != prepared.basis or not rollup.is_counted(session, prepared.clinic_id):
        return False
    first, *others = _rows(prepared.clinic_id, prepared.period, prepared.views, now)
    if not _claim(session, first):
        return False
    if others:
        session.execute(insert(TrendView), others)
    return True


def _basis(session: Session, clinic_id: int) -> Basis:
    return rollup.stamp(session, clinic_id), clinic_settings.read(session, clinic_id).version


def _claim(session: Session, row: dict[str, Any]) -> bool:
    """Write the row that every published period has; of two workers the second waits here, and finds it there."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    mine = dialect.insert(TrendView).values(row).on_conflict_do_nothing().returning(TrendView.start)
    return session.execute(mine).one_or_none() is not None


def _tells(figures: Figures) -> bool:
    """Tell whether anybody was counted in some figures."""
    return any(n for _x, n, _may_leave in figures.values())


def _rows(clinic_id: int, period: Period, views: Views, now: datetime) -> Iterator[dict[str, Any]]:
    for (version, group), figures in views.items():
        yield {
            "clinic_id": clinic_id,
            "kind": period.kind,
            "start": period.start,
            "dimension": group.dimension or "",
            "value": group.value,
            "version": version,
            "figures": figures,
            "published_at": now,
        }


def _tables(session: Session, settings: ClinicSettings, period: Period) -> Tables:
    return {
        "": trend_process.tables(session, settings, period),
        **trend_leaves.tables(session, settings.clinic_id, period),
    }


def _finer(period: Period) -> list[Period]:
    """Return the shorter periods inside one."""
    found = []
    for kind in KINDS:
        one = Period(period.start, kind)
        while MONTHS[kind] < MONTHS[period.kind] and one.start < period.end:
            found.append(one)
            one = one.next()
    return found


def _shown(session: Session, clinic_id: int, period: Period) -> Shown:
    """Return what was published of the shorter periods inside this one; whoever has a row without figures has none."""
    rows = session.scalars(
        queries.scoped(TrendView, clinic_id)
        .where(TrendView.start >= period.start, TrendView.start < period.end)
        .where(TrendView.kind.in_([kind for kind in KINDS if MONTHS[kind] < MONTHS[period.kind]]))
    )
    found: Shown = defaultdict(dict)
    for row in rows:
        mine = found[Period(row.start, cast("Kind", row.kind)), row.version]
        if row.version:
            group = Group(cast("Dimension", row.dimension), row.value) if row.dimension else EVERYBODY
            mine[group] = {name: one for name, one in row.figures.items() if not name.startswith(PAIRED)}
        else:
            mine |= trend_tables.unflat(
                {name: one for name, one in row.figures.items() if name not in trend_measures.QUANTITIES}
            )
    return found


def _paired(session: Session, settings: ClinicSettings, period: Period, version: str, after: Figures) -> Figures:
    """Return the same patients in this period and the one before, as far as both figures of the whole are shown."""
    before = session.scalar(
        select(TrendView.figures).where(
            TrendView.clinic_id == settings.clinic_id,
            TrendView.kind == period.kind,
            TrendView.start == period.previous().start,
            TrendView.dimension == "",
            TrendView.version == version,
        )
    )
    found: Figures = {}
    if not before or not after:
        return found
    for gap, pairs in trend_pairs.count(session, settings, period, version).items():
        one, other = before.get(f"gap:{gap}"), after.get(f"gap:{gap}")
        if one is None or other is None:
            continue
        cells = Cell(int(one[0]), int(one[1])), Cell(int(other[0]), int(other[1]))
        if may_show(pairs, *cells, settings.smallest_shown):
            may_leave = bool(one[2] and other[2]) and may_show(pairs, *cells)
            found[f"{PAIRED}:{gap}"] = [*astuple(pairs), may_leave]
    return found


def _quantities(session: Session, settings: ClinicSettings, period: Period) -> Figures:
    least = max(settings.smallest_shown, ROUNDED)
    return {
        name: [value, n // ROUNDED * ROUNDED, n >= OUTSIDE]
        for name, (value, n) in trend_process.quantities(session, settings, period).items()
        if n >= least
    }
