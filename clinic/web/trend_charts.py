"""The geometry of the trends' charts, in the units of their drawings; colours are classes, words stand outside."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from clinic.core import intervals
from clinic.core.trends import Figure, Period, Series

# One small multiple: the area of the plot, and the two lines of words beneath it.
WIDTH, HEIGHT = 280, 196
LEFT, RIGHT, TOP, BOTTOM = 36, 274, 12, 152
MOST_LABELS = 5
# One share in a line of a table, and one measure's way through the periods.
DOT_WIDTH, DOT_HEIGHT = 160, 14
SPARK_WIDTH, SPARK_HEIGHT = 110, 30
_STRIPE = 9
_FEWEST = 20

# One place on the axis of time: a period, and the version by which its forms were scored.
Slot = tuple[Period, str]


@dataclass(frozen=True, slots=True)
class Label:
    """One place on the axis that is named; `year` is said where it differs from the label before."""

    x: float
    period: Period
    year: int | None


@dataclass(frozen=True, slots=True)
class Axis:
    """What all multiples of one figure share: the places across, the heights that are named, and where versions change.

    `ticks` are whole percent and their heights.
    """

    slots: tuple[Slot, ...]
    xs: tuple[float, ...]
    labels: tuple[Label, ...]
    ticks: tuple[tuple[int, float], ...]
    breaks: tuple[float, ...]
    top: int

    @property
    def written(self) -> str:
        """Return the places across as an attribute holds them."""
        return " ".join(f"{x:g}" for x in self.xs)


@dataclass(frozen=True, slots=True)
class Multiple:
    """One measure over time: bands and lines as path data, dots as one path, `hidden` as hatching that says so."""

    bands: tuple[str, ...]
    lines: tuple[str, ...]
    dots: str
    last: tuple[float, float] | None
    hidden: str
    run: str


@dataclass(frozen=True, slots=True)
class Spark:
    """One measure's way through the periods: lines as path data, and a slanted stroke for each hidden figure."""

    lines: tuple[str, ...]
    hidden: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """Sites around the whole: limits as path data, a dot and a letter for each site, and both axes."""

    whole: float
    limits: tuple[str, ...]
    sites: tuple[tuple[str, float, float], ...]
    across: tuple[tuple[int, float], ...]
    ticks: tuple[tuple[int, float], ...]


def slots_of(periods: Sequence[Period], series: Iterable[Series]) -> tuple[Slot, ...]:
    """Return the places of these series in order of time; a period in which none has a point keeps its place."""
    found: dict[Period, dict[str, None]] = {period: {} for period in periods}
    for one in series:
        for point in one.points:
            found.setdefault(point.period, {})[point.version] = None
    return tuple((period, version) for period in sorted(found) for version in (found[period] or {"": None}))


def axis(slots: tuple[Slot, ...], figures: Iterable[Figure]) -> Axis:
    """Return the axis for these places and figures: from 0 to the next 20 percent above the highest bound."""
    top = scale(figures)
    step = (RIGHT - LEFT - 12) / max(len(slots) - 1, 1)
    xs = tuple(round(LEFT + 6 + step * i, 1) for i in range(len(slots))) if len(slots) > 1 else ((LEFT + RIGHT) / 2,)
    breaks = tuple(_breaks(slots, xs))
    ticks = tuple((percent, _height(percent / 100, top)) for percent in range(0, top + 1, 20))
    return Axis(slots, xs, _labels(slots, xs), ticks, breaks, top)


def scale(figures: Iterable[Figure]) -> int:
    """Return the upper end of a scale of whole percent, at least 20: the next 20 above the highest bound."""
    highest = max((one.high for one in figures if one.high is not None), default=0.0)
    return min(100, max(20, -int(-highest * 100 // 20) * 20))


def multiple(series: Series | None, on: Axis) -> Multiple:
    """Return the drawing of one measure; a hidden figure is hatched, and no line crosses it."""
    at = {} if series is None else {(one.period, one.version): one.figure for one in series.points}
    bands: list[str] = []
    lines: list[str] = []
    dots: list[str] = []
    hatched: list[str] = []
    last: tuple[float, float] | None = None
    wide = min((right - left for left, right in pairwise(on.xs)), default=24.0)
    for run in _runs(on, at):
        places = [(x, _height(figure.share or 0, on.top)) for x, figure in run]
        bands.append(_band(run, on.top))
        if len(places) > 1:
            lines.append("M" + " ".join(f"{x:g} {y:g}" for x, y in places))
        dots += [f"M{x:g} {y:g}h0" for x, y in places]
        last = places[-1]
    for slot, x in zip(on.slots, on.xs, strict=True):
        if slot in at and at[slot].state == "hidden":
            hatched.append(_hatched(x, wide))
    marked = "" if series is None or series.run is None else _marked(on, series.run.first, series.points[-1].version)
    newest = last if last is not None and last[0] == on.xs[-1] else None
    return Multiple(tuple(bands), tuple(lines), "".join(dots), newest, "".join(hatched), marked)


def spark(series: Series | None, slots: tuple[Slot, ...], top: int) -> Spark:
    """Return one measure's way through the periods, broken where a figure is not shown."""
    at = {} if series is None else {(one.period, one.version): one.figure for one in series.points}
    step = (SPARK_WIDTH - 6) / max(len(slots) - 1, 1)
    xs = tuple(round(3 + step * i, 1) for i in range(len(slots)))
    high = SPARK_HEIGHT - 4
    found = []
    for run in _runs(Axis(slots, xs, (), (), (), top), at):
        places = [f"{x:g} {2 + high - high * 100 * (figure.share or 0) / top:.1f}" for x, figure in run]
        found.append(f"M{' '.join(places)}" + ("h0" if len(places) == 1 else ""))
    hidden = (x for slot, x in zip(slots, xs, strict=True) if slot in at and at[slot].state == "hidden")
    return Spark(tuple(found), "".join(f"M{x - 2:g} {SPARK_HEIGHT - 4}l4 -{SPARK_HEIGHT - 8}" for x in hidden))


def dot(figure: Figure, top: int) -> tuple[float, float, float] | None:
    """Return where a share's interval begins, how wide it is and where the share lies; None for one not shown."""
    if figure.share is None or figure.interval is None:
        return None
    begin, end = figure.interval
    low, at, high = (round(4 + (DOT_WIDTH - 8) * 100 * value / top, 1) for value in (begin, figure.share, end))
    return low, round(max(high - low, 0.5), 1), at


def funnel(whole: Figure, sites: Sequence[tuple[str, Figure]]) -> Funnel | None:
    """Return lettered sites around the whole, and the range in which 95 of 100 like it would lie; None without any.

    The limits are those of `core/intervals.py` around the whole's share.
    """
    known = [(letter, one.n, one.share) for letter, one in sites if one.n is not None and one.share is not None]
    if whole.share is None or not known:
        return None
    p = whole.share
    most = -(-max(n for _, n, _ in known) // 50) * 50
    # Near nobody the limits open to all there is, and would press everything else flat.
    steps = sorted({round(_FEWEST + (most - _FEWEST) * (i / 20) ** 2) for i in range(21)})
    bounds = [(n, intervals.limits(p, n)) for n in steps]
    highest = max(bounds[0][1][1], *(share for _, _, share in known))
    top = min(100, -int(-highest * 100 // 20) * 20)

    def across(n: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * n / most, 1)

    limits = tuple(
        "M" + " ".join(f"{across(n):g} {_height(ends[side], top):g}" for n, ends in bounds) for side in (0, 1)
    )
    dots = tuple((letter, across(n), _height(share, top)) for letter, n, share in known)
    ticks = tuple((percent, _height(percent / 100, top)) for percent in range(0, top + 1, 20))
    return Funnel(_height(p, top), limits, dots, tuple((n, across(n)) for n in (0, most // 2, most)), ticks)


def _marked(on: Axis, first: Period, version: str) -> str:
    """Return a line over the places from a run's first period, or from the start of the view, to the newest."""
    places = zip(on.slots, on.xs, strict=True)
    begin = next(x for (period, its_version), x in places if period >= first and its_version == version)
    return f"M{begin:g} {TOP - 6}H{on.xs[-1]:g}"


def _breaks(slots: Sequence[Slot], xs: Sequence[float]) -> Iterator[float]:
    """Yield the place before each version that follows another one, also where nobody was counted in between."""
    before = ""
    for i, (_period, version) in enumerate(slots):
        if version and before and version != before:
            yield round((xs[i - 1] + xs[i]) / 2, 1)
        before = version or before


def _runs(on: Axis, at: dict[Slot, Figure]) -> list[list[tuple[float, Figure]]]:
    """Return the figures that a line may join: shown, side by side, and of one version."""
    runs: list[list[tuple[float, Figure]]] = []
    before: Slot | None = None
    for slot, x in zip(on.slots, on.xs, strict=True):
        figure = at.get(slot)
        if figure is None or figure.state != "shown":
            before = None
            continue
        if before is None or before[1] != slot[1]:
            runs.append([])
        runs[-1].append((x, figure))
        before = slot
    return runs


def _band(run: Sequence[tuple[float, Figure]], top: int) -> str:
    if len(run) == 1:
        # A figure that stands alone has a short bar for its interval.
        x, figure = run[0]
        run = [(x - 3, figure), (x + 3, figure)]
    above = [f"{x:g} {_height(figure.high or 0, top):g}" for x, figure in run]
    below = [f"{x:g} {_height(figure.low or 0, top):g}" for x, figure in reversed(run)]
    return f"M{' '.join(above)} {' '.join(below)}Z"


def _hatched(x: float, wide: float) -> str:
    """Return slanted lines from the floor to the top, as wide as one place on the axis."""
    half = round(min(wide, 20) / 2, 1)
    heights = range(TOP + int(2 * half), BOTTOM + 1, _STRIPE)
    return "".join(f"M{round(x - half, 1):g} {y}l{2 * half:g} -{2 * half:g}" for y in heights)


def _height(share: float, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share * 100 / top, 1)


def _labels(slots: Sequence[Slot], xs: Sequence[float]) -> tuple[Label, ...]:
    every = -(-len(slots) // MOST_LABELS)
    chosen = list(range(len(slots) - 1, -1, -every))[::-1]
    found: list[Label] = []
    year: int | None = None
    for i in chosen:
        period = slots[i][0]
        found.append(Label(xs[i], period, period.start.year if period.start.year != year else None))
        year = period.start.year
    return tuple(found)
