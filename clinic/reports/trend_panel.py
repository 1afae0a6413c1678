"""Draw one measure over time: a line within its band, places that are hidden, and breaks where the scoring changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from clinic.core.trend_sheet import Panel, Place
from clinic.core.trends import Figure
from clinic.reports.fonts import width
from clinic.reports.ink import HAIR, INK, LINE, PEN, PINE, SOFT, THIN, TRACK, WHITE, XS
from clinic.reports.semantic import Point, Sheet

# Beside the plot stand the shares of the scale, below it the names of some places.
LABEL_WIDTH, LABEL_HEIGHT = 24.0, 11.0
# The name of the newest place reaches over the end of the plot.
OVERHANG = 14.0
STEP = 20
MOST_LABELS = 6
_HATCH = 4.0
_DOT = 2.2


@dataclass(frozen=True, slots=True)
class Scale:
    """What all panels share: the places across, and the highest share in whole percent."""

    places: tuple[Place, ...]
    top: int


def highest(figures: Iterable[Figure | None]) -> int:
    """Return the next step of the scale above the highest bound, in whole percent."""
    bound = max((one.high for one in figures if one is not None and one.high is not None), default=0.0)
    return min(100, max(STEP, -int(-bound * 100 // STEP) * STEP))


@dataclass(frozen=True, slots=True)
class _Plot:
    """The area of one panel: its lower left corner and size, in points."""

    left: float
    low: float
    wide: float
    high: float
    scale: Scale

    @property
    def pitch(self) -> float:
        return self.wide / max(len(self.scale.places), 1)

    def x(self, place: int) -> float:
        return self.left + self.pitch * (place + 0.5)

    def y(self, share: float) -> float:
        return self.low + self.high * min(share * 100 / self.scale.top, 1.0)


def panel(sheet: Sheet, corner: Point, size: tuple[float, float], scale: Scale, told: Panel, break_words: str) -> None:
    """Draw one panel; `corner` is its upper left one, `size` takes the labels in."""
    if not sheet.on:
        return
    (x, top), (wide, high) = corner, size
    low = top - high + LABEL_HEIGHT
    plot = _Plot(x + LABEL_WIDTH, low, wide - LABEL_WIDTH - OVERHANG, high - LABEL_HEIGHT - XS * 0.4, scale)
    with sheet.part("Figure", alt=told.told):
        _ground(sheet, plot)
        _hidden(sheet, plot, told.figures)
        for run in _runs(scale.places, told.figures):
            _run(sheet, plot, run)
        _breaks(sheet, plot, break_words)
        _labels(sheet, plot)


def hatch(sheet: Sheet, corner: Point, size: tuple[float, float]) -> None:
    """Fill a rectangle from its lower left corner with slanted lines: it stands for what is hidden."""
    (x, low), (wide, high) = corner, size
    found = []
    offset = -high
    while offset < wide:
        start, end = max(offset, 0.0), min(offset + high, wide)
        if end > start:
            found.append((x + start, low + start - offset, x + end, low + end - offset))
        offset += _HATCH
    sheet.rules(found, 0.4, PEN)


def _ground(sheet: Sheet, plot: _Plot) -> None:
    for percent in range(0, plot.scale.top + 1, STEP):
        y = plot.y(percent / 100)
        sheet.rule((plot.left, y), (plot.left + plot.wide, y), HAIR, INK if percent == 0 else TRACK)


def _hidden(sheet: Sheet, plot: _Plot, figures: Sequence[Figure | None]) -> None:
    for place, figure in enumerate(figures):
        if figure is not None and figure.state == "hidden":
            room = min(plot.pitch * 0.8, 22.0)
            hatch(sheet, (plot.x(place) - room / 2, plot.low), (room, plot.high))


def _run(sheet: Sheet, plot: _Plot, run: Sequence[tuple[int, Figure]]) -> None:
    """Draw figures that belong together: neighbours of one version, all of them shown."""
    points = [(plot.x(place), plot.y(figure.share or 0.0)) for place, figure in run]
    bounds = [(plot.x(place), plot.y(figure.low or 0.0), plot.y(figure.high or 0.0)) for place, figure in run]
    if len(run) == 1:
        # One that stands alone has a short bar for its interval.
        x, low, high = bounds[0]
        half = min(plot.pitch * 0.3, 4.0)
        bounds = [(x - half, low, high), (x + half, low, high)]
    upper, lower = [(x, high) for x, _, high in bounds], [(x, low) for x, low, _ in bounds]
    sheet.polygon([*upper, *reversed(lower)], TRACK)
    # Its edges keep the band readable on a copy that loses the grey.
    for edge in (upper, lower):
        sheet.polyline(edge, 0.4, LINE)
    sheet.polyline(points, 1.2, PINE)
    for x, y in points:
        sheet.box((x - _DOT / 2, y - _DOT / 2), (_DOT, _DOT), fill=PINE)


def _breaks(sheet: Sheet, plot: _Plot, words: str) -> None:
    top = plot.low + plot.high
    for place, (old, new) in enumerate(pairwise(plot.scale.places), start=1):
        if not (old.version and new.version and old.version != new.version):
            continue
        x = plot.left + plot.pitch * place
        sheet.rule((x, plot.low), (x, top), THIN, INK, dash=(2.0, 1.6))
        said = words.replace("{version}", new.version)
        room = width(said, "plain", XS) + 4
        # It stands on the side that has room for it.
        left = x + 2 if x + room < plot.left + plot.wide else x - room
        left = max(left, plot.left)
        sheet.box((left, top - XS), (min(room, plot.left + plot.wide - left), XS + 1), fill=WHITE)
        sheet.line_of_text((left + 1, top - XS + 2), said, XS, colour=SOFT, room=plot.left + plot.wide - left - 1)


def _labels(sheet: Sheet, plot: _Plot) -> None:
    for percent in sorted({0, plot.scale.top // STEP // 2 * STEP, plot.scale.top}):
        place = (plot.left - 3, plot.y(percent / 100) - XS * 0.3)
        sheet.line_of_text(place, f"{percent} %", XS, colour=SOFT, align="right")
    places = plot.scale.places
    every = max(-(-len(places) // MOST_LABELS), 1)
    edge = free = plot.left + plot.wide + OVERHANG
    # The newest is always named, and the others as far as there is room to its left.
    for n in range(len(places) - 1, -1, -every):
        said, x = places[n].label, plot.x(n)
        wide = width(said, "plain", XS)
        right = min(x + wide / 2, edge)
        if right > free or right - wide < plot.left - LABEL_WIDTH:
            continue
        sheet.rule((x, plot.low), (x, plot.low - 2), HAIR, INK)
        sheet.line_of_text((right, plot.low - XS - 1), said, XS, colour=SOFT, align="right")
        free = right - wide - 3


def _runs(places: Sequence[Place], figures: Sequence[Figure | None]) -> list[list[tuple[int, Figure]]]:
    runs: list[list[tuple[int, Figure]]] = []
    version: str | None = None
    for place, (where, figure) in enumerate(zip(places, figures, strict=True)):
        if figure is None or figure.state != "shown":
            version = None
            continue
        if version != where.version:
            runs.append([])
        runs[-1].append((place, figure))
        version = where.version
    return runs
