"""What was published of a clinic's trends, read back for one view: the page, the CSV and the printed sheet."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from clinic.core import trend_measures, trend_series
from clinic.core.errors import BadView
from clinic.core.suppression import OUTSIDE
from clinic.core.trend_series import Published
from clinic.core.trend_versions import in_order, instrument_of, label
from clinic.core.trends import (
    COMPARABLE,
    DIMENSIONS,
    EVERYBODY,
    MONTHS,
    Compared,
    Group,
    Kind,
    Period,
    Point,
    Quantity,
    Series,
    Trends,
)
from clinic.db.models import Alert, Site, TrendView
from clinic.instruments import catalogue
from clinic.services import alert_board, clinic_settings, trend_running
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.escalation import OPEN_STATES

# So many periods fit into one view.
MOST: Mapping[Kind, int] = {"month": 24, "quarter": 12, "year": 10}
# So many periods up to the newest in view are looked at for a run on one side: what was long ago is no measure of now.
HISTORY = 60
_GAPS = tuple(f"gap:{gap}" for gap in trend_measures.GAPS)


def read(
    session: Session,
    clinic_id: int,
    kind: Kind,
    group: Group = EVERYBODY,
    *,
    first: Period | None = None,
    last: Period | None = None,
    most: int | None = None,
    outside: bool = False,
    now: datetime,
) -> Trends:
    """Return one view of the trends, by default of the newest periods; `outside` is for what leaves the clinic.

    `most` is how many periods there are at most where `first` is not said.

    The series are those of `core.trend_measures`: `scored` of each instrument in view, and without a filter also
    `process`; `quantities` are its QUANTITIES. A view of a clinic of which nothing was published yet has no periods.
    It is a fixed number of queries, none of which reads a form. Raises BadView, whose text says what can be asked for.
    """
    settings = clinic_settings.read(session, clinic_id)
    oldest, newest = _bounds(session, clinic_id, kind)
    groups = _groups(session, clinic_id, kind)
    names = _sites(session, clinic_id)
    periods = _periods(kind, oldest, newest, first, last, min(most or MOST[kind], MOST[kind]))
    if group != EVERYBODY and group not in groups:
        raise BadView(_unknown(group, groups, names))
    rows = _rows(session, clinic_id, group, periods[0].start, periods[-1]) if periods else {}
    earlier = _earlier(session, clinic_id, group, periods) if periods else {}
    versions = in_order({one.version for many in rows.values() for one in many if one.version})
    series = _of_patients(periods, rows, versions, earlier, outside=outside)
    is_whole = group == EVERYBODY
    work = {period: [one for one in many if not one.version] for period, many in rows.items()}
    if is_whole:
        for measure in trend_measures.process(_languages(settings, work)):
            series[measure] = trend_series.series(measure, periods, work, outside=outside)
    return Trends(
        clinic=settings.clinic_name,
        kind=kind,
        group=group,
        group_name=_name(group, names),
        periods=periods,
        first=oldest,
        versions=tuple(label(one) for one in versions),
        series=_labelled(series, versions),
        quantities=_quantities(periods, work, outside=outside) if is_whole else {},
        provisional=trend_running.read(session, settings, kind, now) if is_whole and not outside else None,
        sites=_compared(session, clinic_id, series, names, outside=outside) if is_whole else {},
        filters=tuple((one, _name(one, names)) for one in groups),
        overdue=None if outside else _overdue(session, settings, now),
        smallest=OUTSIDE if outside else settings.smallest_shown,
        names=names,
        is_synthetic=settings.is_demo,
        newest=newest,
        is_outside=outside,
    )


def _bounds(session: Session, clinic_id: int, kind: Kind) -> tuple[Period | None, Period | None]:
    starts = select(func.min(TrendView.start), func.max(TrendView.start)).where(*_whole(clinic_id, kind))
    found = [None if one is None else Period(one, kind) for one in session.execute(starts).one()]
    return found[0], found[1]


def _whole(clinic_id: int, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    everybody = (TrendView.dimension == "", TrendView.value == "")
    return (TrendView.clinic_id == clinic_id, TrendView.kind == kind, *everybody, TrendView.version == "")


def _groups(session: Session, clinic_id: int, kind: Kind) -> tuple[Group, ...]:
    """Return the groups of which anything was published, sites by number."""
    rows = session.execute(
        select(TrendView.dimension, TrendView.value)
        .where(TrendView.clinic_id == clinic_id, TrendView.kind == kind, TrendView.dimension != "")
        .distinct()
    )
    found = {(row.dimension, row.value) for row in rows}
    return tuple(
        Group(dimension, value)
        for dimension in DIMENSIONS
        for value in sorted((value for one, value in found if one == dimension), key=lambda one: (one.zfill(20), one))
    )


def _sites(session: Session, clinic_id: int) -> Mapping[str, str]:
    rows = session.execute(select(Site.id, Site.name).where(Site.clinic_id == clinic_id).order_by(Site.id))
    return {str(row.id): row.name for row in rows}


def _name(group: Group, sites: Mapping[str, str]) -> str:
    return sites.get(group.value, group.value) if group.dimension == "site" else group.value


def _periods(
    kind: Kind, oldest: Period | None, newest: Period | None, first: Period | None, last: Period | None, most: int
) -> tuple[Period, ...]:
    """Return the periods of a view, oldest first; raises BadView for what was not published or is too much."""
    for one in (first, last):
        if one is not None and one.kind != kind:
            raise BadView(f"{one} is a {one.kind}, and this view is by {kind}.")
    if first is not None and last is not None and last < first:
        raise BadView(f"The view begins with {first} and ends with {last}: choose an end that is not before its start.")
    if oldest is None or newest is None:
        if first is None and last is None:
            return ()
        raise BadView(f"Nothing has been published by {kind} yet: a {kind} is published two weeks after its end.")
    for one in (first, last):
        if one is not None and not oldest <= one <= newest:
            raise BadView(
                f"{one} has not been published: choose from {oldest} to {newest}. "
                f"A {kind} is published two weeks after its end."
            )
    end = newest if last is None else last
    found = [end]
    while found[-1] != (oldest if first is None else first) and (first is not None or len(found) < most):
        if len(found) == MOST[kind]:
            raise BadView(f"One view holds at most {MOST[kind]} {kind}s: choose a later start or an earlier end.")
        found.append(found[-1].previous())
    return tuple(reversed(found))


def _unknown(group: Group, groups: Sequence[Group], sites: Mapping[str, str]) -> str:
    there = [f"{_name(one, sites)} ({one})" for one in groups if one.dimension == group.dimension]
    if not there:
        return f"Nothing may be shown by {group.dimension} yet: take the filter away to see everybody."
    return f"Nothing was published for this {group.dimension}: choose one of {', '.join(there)}."


def _rows(
    session: Session, clinic_id: int, group: Group, start: date, last: Period, only: Sequence[str] = ()
) -> dict[Period, list[Published]]:
    """Return what was published of a group by period, with an empty row where only others of a version may be shown.

    `only` names the measures of patients to take out of the figures, where a few are enough.
    """
    dimension, value = group.dimension or "", group.value
    mine = (TrendView.dimension == dimension) & (TrendView.value == value)
    # Of everybody a group needs to know only in which versions they were counted.
    figures = case((mine, TrendView.figures))
    columns: list[Any] = [figures[measure] for measure in only] or [figures]
    rows = session.execute(
        select(TrendView.start, TrendView.version, TrendView.dimension, *columns)
        .where(TrendView.clinic_id == clinic_id, TrendView.kind == last.kind)
        .where(TrendView.start >= start, TrendView.start <= last.start)
        .where(or_(TrendView.dimension == "", mine), *([TrendView.version != ""] if only else []))
    )
    found: dict[tuple[date, str], Mapping[str, Sequence[float]]] = {}
    for begin, version, its_dimension, *numbers in rows:
        if its_dimension == dimension:
            named = dict(zip(only, numbers, strict=True)) if only else numbers[0]
            found[begin, version] = {name: one for name, one in named.items() if one}
        else:
            found.setdefault((begin, version), {})
    by_period: dict[Period, list[Published]] = defaultdict(list)
    for begin, version in sorted(found):
        if version or not dimension:
            period = Period(begin, last.kind)
            by_period[period].append(Published(period, version, found[begin, version]))
    return by_period


def _earlier(
    session: Session, clinic_id: int, group: Group, periods: Sequence[Period]
) -> dict[Period, list[Published]]:
    """Return the four gaps of the periods before a view, as far back as HISTORY, in which anybody was counted."""
    last, years = periods[-1], HISTORY * MONTHS[periods[-1].kind] // 12
    start = Period(last.start.replace(year=last.start.year - years), last.kind).next().start
    return _rows(session, clinic_id, group, start, periods[0].previous(), only=_GAPS)


def _of_patients(
    periods: Sequence[Period],
    rows: Mapping[Period, Sequence[Published]],
    versions: Sequence[str],
    earlier: Mapping[Period, Sequence[Published]],
    *,
    outside: bool,
) -> dict[str, Series]:
    scored = {
        period: sorted((one for one in many if one.version), key=lambda one: versions.index(one.version))
        for period, many in rows.items()
    }
    instruments = [catalogue.read(*instrument_of(one)) for one in versions] or [catalogue.current()]
    history = {**earlier, **{period: many for period, many in scored.items() if many}}
    measures = dict.fromkeys(name for one in reversed(instruments) for name in trend_measures.scored(one))
    return {
        measure: trend_series.series(
            measure, periods, scored, outside=outside, history=history if measure in _GAPS else None
        )
        for measure in measures
    }


def _languages(settings: ClinicSettings, work: Mapping[Period, Sequence[Published]]) -> list[str]:
    """Return the clinic's languages, and then those that forms were in before."""
    start = "done:language="
    names = (name for many in work.values() for one in many for name in one.figures)
    shown = {name.removeprefix(start) for name in names if name.startswith(start)}
    return list(dict.fromkeys((*settings.languages, *sorted(shown))))


def _quantities(
    periods: Sequence[Period], work: Mapping[Period, Sequence[Published]], *, outside: bool
) -> dict[str, tuple[Quantity, ...]]:
    return {
        name: tuple(trend_series.quantity(name, one, work.get(one, ()), outside=outside) for one in periods)
        for name in trend_measures.QUANTITIES
    }


def _labelled(series: Mapping[str, Series], versions: Sequence[str]) -> dict[str, Series]:
    """Return series whose points say their version as a person does."""
    said = {"": "", **{one: label(one) for one in versions}}
    return {
        name: replace(mine, points=tuple(Point(one.period, said[one.version], one.figure) for one in mine.points))
        for name, mine in series.items()
    }


def _compared(
    session: Session, clinic_id: int, series: Mapping[str, Series], sites: Mapping[str, str], *, outside: bool
) -> dict[str, tuple[Compared, ...]]:
    """Return the sites that are large enough to stand beside the whole in the newest period of the view."""
    whole = {name: one.last for name, one in series.items() if trend_measures.family(name) == "gap"}
    last = next(iter(whole.values()), None)
    if len(sites) < 2 or last is None or not last.version:
        return {}
    rows = session.execute(
        select(TrendView.value, TrendView.figures)
        .where(TrendView.clinic_id == clinic_id, TrendView.kind == last.period.kind, TrendView.dimension == "site")
        .where(TrendView.start == last.period.start, TrendView.version == last.version)
    ).all()
    published = {row.value: Published(last.period, last.version, row.figures) for row in rows}
    return {
        name: tuple(
            Compared(Group("site", site), sites[site], figure)
            for site, one in published.items()
            if site in sites
            and (figure := trend_series.figure(one.of(name, outside=outside))).n is not None
            and (figure.n or 0) >= COMPARABLE
        )
        for name, point in whole.items()
        if point is not None and point.figure.state == "shown"
    }


def _overdue(session: Session, settings: ClinicSettings, now: datetime) -> int:
    """Count the open alerts whose time is over; only those that nobody has acknowledged are read."""
    rows = session.execute(
        select(Alert.level, Alert.opens_at).where(
            Alert.clinic_id == settings.clinic_id,
            Alert.state.in_(OPEN_STATES),
            Alert.opens_at <= now,
            Alert.acknowledged_at.is_(None),
        )
    )
    return sum(alert_board.is_overdue(settings, row.level, row.opens_at, None, now) for row in rows)
