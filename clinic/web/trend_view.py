"""One view of the trends, looked up by measure: rows, cells and tables of every period, all in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from clinic.core.trends import Figure, Period, Point, Quantity, Series, Trends
from clinic.web import trend_charts, trend_words
from clinic.web.trend_charts import Slot, Spark

MISSING = Figure("nothing")


@dataclass(frozen=True, slots=True)
class Cell:
    """One share in words; `mark` is where its interval begins, how wide it is and where the share lies."""

    state: str
    ratio: str = ""
    share: str = ""
    interval: str = ""
    mark: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One measure, or one gap with several of them: a name, the newest figures, and what changed."""

    name: str
    cells: tuple[Cell, ...]
    change: str = ""
    spark: Spark | None = None
    helps: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The same measures in every period, for reading and copying: `lines` are a period's name and its cells."""

    names: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]


class View:
    """Looks things up in the trends by their measure, and says them."""

    def __init__(self, trends: Trends) -> None:
        """Hold a view in which there is at least one period."""
        self.trends = trends
        self.newest_period: Period = trends.periods[-1]
        # A page fills each of these some thousand times, so the catalogue is asked for them once.
        self._ratio, self._interval = trend_words.ratio_pattern(), trend_words.interval_pattern()

    def cell(self, figure: Figure, top: int | None = 100) -> Cell:
        """Return a share in words, with its place on a scale from 0 to `top` percent unless that is None."""
        if figure.state != "shown" or figure.share is None:
            return Cell(figure.state)
        return Cell(
            "shown",
            trend_words.ratio(figure, self._ratio),
            trend_words.percent(figure.share),
            trend_words.interval(figure, self._interval),
            None if top is None else trend_charts.dot(figure, top),
        )

    def series(self, measure: str) -> Series | None:
        """Return a measure, or None where this view has none of it."""
        return self.trends.series.get(measure)

    def named(self, family: str) -> list[str]:
        """Return what follows the family's name in each of its measures, in order."""
        return [one.partition(":")[2] for one in self.trends.series if one.startswith(f"{family}:")]

    def points(self, measure: str) -> Sequence[Point]:
        """Return the points of a measure."""
        found = self.series(measure)
        return () if found is None else found.points

    def newest(self, measure: str) -> Figure:
        """Return the figure of the newest period."""
        found = self.series(measure)
        last = None if found is None else found.last
        return last.figure if last is not None and last.period == self.newest_period else MISSING

    def quantity(self, measure: str) -> Quantity | None:
        """Return a number that is no share, of the newest period."""
        found = self.trends.quantities.get(measure, ())
        return next((one for one in found if one.period == self.newest_period), None)

    def row(self, name: str, measure: str) -> Row:
        """Return a row with the newest figure, on a scale from 0 to 100 percent."""
        return Row(name, (self.cell(self.newest(measure)),))

    def line(self, name: str, measure: str, top: int) -> Row:
        """Return a row with its change and its way through the periods, on a scale from 0 to `top` percent."""
        series = self.series(measure)
        slots = trend_charts.slots_of(self.trends.periods, [series] if series else [])
        return Row(
            name,
            (self.cell(self.newest(measure), top),),
            trend_words.short_change(series) if series else "",
            trend_charts.spark(series, slots, top),
        )

    def history(
        self,
        columns: Sequence[tuple[str, str]],
        slots: tuple[Slot, ...] = (),
        *,
        quantity: tuple[str, str] | None = None,
    ) -> History:
        """Return the table of measures by period, with one number that is no share behind them where one is named."""
        series = [self.series(measure) for _name, measure in columns]
        slots = slots or trend_charts.slots_of(self.trends.periods, filter(None, series))
        figures = [{(p.period, p.version): p.figure for p in one.points} if one else {} for one in series]
        values = {one.period: one for one in self.trends.quantities.get(quantity[0], ())} if quantity else {}
        named = [period for period, _version in slots]
        lines = []
        for period, version in slots:
            found = [self.cell(one.get((period, version), MISSING), None) for one in figures]
            if values:
                found.append(_amount(values.get(period)))
            is_double = named.count(period) > 1
            said = trend_words.period_name(period)
            lines.append((f"{said} ({version})" if is_double else said, tuple(found)))
        names = [name for name, _measure in columns]
        return History((*names, str(quantity[1])) if quantity and values else tuple(names), tuple(lines))


def _amount(quantity: Quantity | None) -> Cell:
    if quantity is None or quantity.state != "shown" or quantity.value is None:
        return Cell("nothing" if quantity is None else quantity.state)
    return Cell("shown", share=minutes(quantity.value), ratio=str(_("of %(n)d", n=quantity.n)))


def minutes(value: float) -> str:
    """Return minutes with at most one decimal: "9", "4.5"."""
    return f"{value:.1f}".removesuffix(".0")
