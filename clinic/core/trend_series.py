"""Published figures -> series: states, intervals, differences, the same patients twice, and runs on one side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clinic.core import intervals
from clinic.core.trends import COMPARABLE, Change, Figure, Paired, Period, Point, Quantity, Run, Series

PAIRED = "paired"


@dataclass(frozen=True, slots=True)
class Published:
    """What was published of one period for one group and version: by measure, as far as it may be shown.

    A share is [x, n, may leave the clinic], a quantity [value, n, may leave], the same patients in this period and the
    one before ("paired:DOMAIN") [both, only before, only now, neither, may leave].
    """

    period: Period
    version: str
    figures: Mapping[str, Sequence[float]]

    def of(self, measure: str, *, outside: bool) -> Sequence[float] | None:
        """Return the numbers of a measure without their mark; None where they may not be shown."""
        found = self.figures.get(measure)
        if found is None or (outside and not found[-1]):
            return None
        return found[:-1]


def figure(numbers: Sequence[float] | None) -> Figure:
    """Return one share; hidden where there are no numbers."""
    if numbers is None:
        return Figure("hidden")
    x, n = int(numbers[0]), int(numbers[1])
    return Figure("shown", x, n) if n else Figure("nothing")


def series(
    measure: str,
    periods: Iterable[Period],
    rows: Mapping[Period, Sequence[Published]],
    *,
    outside: bool,
    history: Mapping[Period, Sequence[Published]] | None = None,
) -> Series:
    """Return one measure over periods; a period without rows has one point that says so.

    Where there is a `history`, of the same periods and those before them, it is looked at for a run.
    """
    points = tuple(
        point
        for period in periods
        for point in (
            [Point(period, one.version, figure(one.of(measure, outside=outside))) for one in rows.get(period, ())]
            or [Point(period, "", Figure("nothing"))]
        )
    )
    ends = _ends(points)
    return Series(
        measure,
        points,
        change=change(*ends) if ends else None,
        paired=_paired(measure, *ends, rows, outside=outside) if ends else None,
        run=run(measure, points[-1], history, outside=outside) if points and history else None,
    )


def quantity(name: str, period: Period, rows: Sequence[Published], *, outside: bool) -> Quantity:
    """Return one number of a period that is no share."""
    found = next((numbers for one in rows if (numbers := one.of(name, outside=outside)) is not None), None)
    if found is None:
        return Quantity(period, "hidden" if rows else "nothing")
    return Quantity(period, "shown", found[0], int(found[1]))


def change(earlier: Point, later: Point) -> Change | None:
    """Return the difference of two points of one version; None where it may not be told or rests on too few."""
    one, other = earlier.figure, later.figure
    if one.x is None or one.n is None or other.x is None or other.n is None or min(one.n, other.n) < COMPARABLE:
        return None
    return Change(earlier.period, later.period, *intervals.newcombe(one.x, one.n, other.x, other.n))


def run(measure: str, newest: Point, history: Mapping[Period, Sequence[Published]], *, outside: bool) -> Run | None:
    """Return in which periods up to the newest point the measure lies on one side of the median of its history.

    Only the newest point's version counts. A period that is hidden, or in which only another version counted, ends the
    run: nobody knows on which side it lies, and a run that might not be one must not be marked. It is not in the median
    either. A period in which nobody was counted has no share: it neither counts nor ends.
    """
    if newest.figure.state != "shown":
        return None
    shares: dict[Period, float | None] = {}
    for period in sorted(history):
        mine = next((one for one in history[period] if one.version == newest.version), None)
        found = figure(None if mine is None else mine.of(measure, outside=outside))
        if found.state != "nothing":
            shares[period] = found.share
    side = intervals.run(list(shares.values()))
    return None if side is None else Run(side.count, list(shares)[side.first], side.is_above, side.middle, side.of)


def _ends(points: Sequence[Point]) -> tuple[Point, Point] | None:
    """Return the last point and the one of the same version in the period just before it."""
    if not points:
        return None
    later = points[-1]
    before = later.period.previous()
    earlier = next((one for one in points if one.period == before and one.version == later.version), None)
    return None if earlier is None else (earlier, later)


def _paired(
    measure: str, earlier: Point, later: Point, rows: Mapping[Period, Sequence[Published]], *, outside: bool
) -> Paired | None:
    kind, _, subject = measure.partition(":")
    if kind != "gap" or min(earlier.figure.n or 0, later.figure.n or 0) < COMPARABLE:
        return None
    mine = next(one for one in rows[later.period] if one.version == later.version)
    numbers = mine.of(f"{PAIRED}:{subject}", outside=outside)
    if numbers is None:
        return None
    both, went, came, neither = (int(one) for one in numbers)
    n = both + went + came + neither
    _, low, high = intervals.newcombe_paired(both, came, went, neither)
    return Paired(earlier.period, later.period, n, (both + went) / n, (both + came) / n, came, went, low, high)
