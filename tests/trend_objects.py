"""Trends made by hand for tests of what shows them, as objects and as published rows: plausible shares, every state."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from math import sin
from typing import Any

from sqlalchemy.orm import Session

from clinic.core import trend_measures
from clinic.core.intervals import newcombe
from clinic.core.trends import (
    COMPARABLE,
    EVERYBODY,
    Change,
    Compared,
    Dimension,
    Figure,
    Group,
    Kind,
    Paired,
    Period,
    Point,
    Provisional,
    Quantity,
    Run,
    Series,
    Trends,
)
from clinic.db.models import TrendView
from clinic.instruments import catalogue

GAPS = ("accessibility", "adherence", "stigma", "support")
HIDDEN, NOTHING = Figure("hidden"), Figure("nothing")
Counts = Sequence[tuple[int, int] | None]


def share(x: int, n: int) -> Figure:
    return Figure("shown", x, n) if n else NOTHING


def months(count: int, last: date = date(2026, 10, 1), kind: Kind = "month") -> tuple[Period, ...]:
    """Return so many periods, the oldest first."""
    found = [Period.of(kind, last)]
    while len(found) < count:
        found.append(found[-1].previous())
    return tuple(reversed(found))


def series(measure: str, periods: Sequence[Period], counts: Counts, version: str = "1.0", **more: Any) -> Series:
    """Make a series of x of n; None is hidden. The change is the one that the figures give."""
    figures = [HIDDEN if one is None else share(*one) for one in counts]
    points = tuple(Point(period, version, figure) for period, figure in zip(periods, figures, strict=True))
    change = None
    if len(points) > 1 and all((one.figure.n or 0) >= COMPARABLE for one in points[-2:]):
        one, other = counts[-2], counts[-1]
        assert one is not None
        assert other is not None
        change = Change(points[-2].period, points[-1].period, *newcombe(*one, *other))
    return Series(measure, points, **{"change": change} | more)


def run_of(one: Series) -> Run | None:
    """Return a run of the newest eight points around a middle value that leaves them on one side, in a long history."""
    newest = [point.figure.share for point in one.points[-8:]]
    shares = [share for share in newest if share is not None]
    if len(shares) < 8:
        return None
    return Run(8, one.points[-8].period, True, min(shares) - 0.01, 24)


def wave(middle: float, number: int, n: int, count: int) -> Counts:
    """Return counts that go up and down around a share."""
    return [(round(max(0.01, middle + 0.06 * sin(0.7 * i + number)) * (n + i % 7)), n + i % 7) for i in range(count)]


def make_trends(
    count: int = 12,
    *,
    kind: Kind = "month",
    n: int = 90,
    changed: Mapping[str, Series] | None = None,
    filtered: Group = EVERYBODY,
    **more: Any,
) -> Trends:
    """Make a full view: every measure in every period, a hidden month, a run, sites and the running period."""
    periods = months(count, kind=kind)
    instrument = catalogue.current()
    found: dict[str, Series] = {}
    for number, measure in enumerate(trend_measures.scored(instrument)):
        family = trend_measures.family(measure)
        middle = {"gap": 0.22 + 0.08 * (number % 4), "wish": 0.55, "insufficient": 0.04, "code": 0.03}.get(
            family, 0.15 + 0.02 * (number % 16)
        )
        middle += 0.005 * (number % 23) if family == "code" else 0
        counts = list(wave(middle, number, n, count))
        if count > 4 and number % 3 == 0:
            counts[count // 3] = None
        if family == "code" and number % 5 == 0:
            counts[-1] = None
        found[measure] = series(measure, periods, counts)
    stigma = found["gap:stigma"]
    twice = Paired(periods[-2], periods[-1], 48, 20 / 48, 26 / 48, 12, 6, -0.05, 0.29) if count > 1 else None
    found["gap:stigma"] = Series("gap:stigma", stigma.points, stigma.change, twice, run_of(stigma))
    if filtered == EVERYBODY:
        for number, measure in enumerate(trend_measures.process(("en", "es"))):
            middle = {"opened": 0.8, "done": 0.9, "left": 0.02, "declined": 0.04, "proxy": 0.06, "alert": 0.04}.get(
                trend_measures.family(measure), 0.62
            )
            found[measure] = series(measure, periods, wave(middle, number, n, count), "")
    found |= changed or {}
    groups: tuple[tuple[Dimension, str, str], ...] = (
        ("site", "1", "Main building"),
        ("site", "2", "Saint Bartholomew’s Community Outpatient and Day Treatment Centre at the Old Harbour"),
        ("language", "en", "en"),
        ("language", "es", "es"),
        ("mode", "web", "web"),
        ("mode", "tablet", "tablet"),
        ("respondent", "self", "self"),
        ("respondent", "helped", "helped"),
    )
    filters = tuple((Group(dimension, value), name) for dimension, value, name in groups)
    values: dict[str, Any] = {
        "clinic": "Harbour Clinic",
        "kind": kind,
        "group": filtered,
        "group_name": dict(filters).get(filtered, ""),
        "periods": periods,
        "first": periods[0],
        "newest": periods[-1],
        "versions": ("1.0",),
        "series": found,
        "quantities": {
            name: tuple(Quantity(one, "shown", value, 60) for one in periods)
            for name, value in (("minutes", 5.5), ("acknowledge_median", 9.0), ("acknowledge_p90", 31.0))
        },
        "provisional": Provisional(
            periods[-1].next(), {"gap:accessibility": (0.35, 60), "gap:adherence": (0.4, 60), "gap:stigma": None}
        ),
        "sites": {
            f"gap:{gap}": tuple(
                Compared(Group("site", one.value), name, share(round(part * size), size))
                for (one, name), part, size in zip(filters[:2], (0.28, 0.47), (120, 44), strict=True)
            )
            for gap in GAPS
        },
        "filters": filters,
        "overdue": 0,
        "smallest": 11,
    }
    if filtered != EVERYBODY:
        values |= {"sites": {}, "quantities": {}, "provisional": None}
    return Trends(**values | more)


VERSION = "trd-barrier-check|1.0|1.0"


def store(
    session: Session,
    clinic_id: int,
    periods: Sequence[Period],
    *,
    n: int = 90,
    groups: Sequence[Group] = (),
    version: str = VERSION,
    left_out: Callable[[str, int], bool] = lambda measure, i: False,
    twice: Mapping[str, tuple[int, int, int, int]] | None = None,
    **exact: Counts,
) -> None:
    """Publish made-up figures as the worker would; `exact` names gaps ("stigma") whose x of n a test gives.

    `left_out` tells for a measure and the number of a period whether it may not be shown; None in `exact` does, too.
    `twice` has for gaps how many patients of the last two periods had it in both, only before, only now, and never.
    """
    scored = trend_measures.scored(catalogue.current())
    work = trend_measures.process(("en", "es"))
    for i, period in enumerate(periods):
        for group, size in ((EVERYBODY, n), *((one, n // 2) for one in groups)):
            figures = {
                measure: [*wave(0.25 + 0.02 * (number % 12), number, size, i + 1)[i], True]  # type: ignore[misc]
                for number, measure in enumerate(scored)
                if not left_out(measure, i)
            }
            for gap, counts in exact.items():
                figures.pop(f"gap:{gap}", None)
                if counts[i] is not None and group == EVERYBODY:
                    figures[f"gap:{gap}"] = [*counts[i], True]  # type: ignore[misc]
            if twice and i == len(periods) - 1 and group == EVERYBODY:
                figures |= {f"paired:{gap}": [*pairs, True] for gap, pairs in twice.items()}  # type: ignore[misc]
            _view(session, clinic_id, period, group, version, figures)
        figures = {
            measure: [*wave(0.5, number, n, i + 1)[i], True]  # type: ignore[misc]
            for number, measure in enumerate(work)
            if not left_out(measure, i)
        }
        amounts = {
            "minutes": [5.5, 60, True],
            "acknowledge_median": [9.0, 30, True],
            "acknowledge_p90": [31.0, 30, True],
        }
        _view(session, clinic_id, period, EVERYBODY, "", figures | amounts)


def _view(
    session: Session, clinic_id: int, period: Period, group: Group, version: str, figures: Mapping[str, Any]
) -> None:
    session.add(
        TrendView(
            clinic_id=clinic_id,
            kind=period.kind,
            dimension=group.dimension or "",
            value=group.value,
            start=period.start,
            version=version,
            figures=dict(figures),
            published_at=datetime(2026, 11, 15, 9, 0, tzinfo=UTC),
        )
    )
