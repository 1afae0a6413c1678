"""The geometry of one gap's line over time, in the units of its drawing; colours are classes, words stand outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

WIDTH, HEIGHT = 280, 160
LEFT, RIGHT, TOP, BOTTOM = 30, 270, 10, 130
ENDS = (0, 100)


@dataclass(frozen=True, slots=True)
class Point:
    """One form: when, its score of 0-100 or None, and its series; only forms of one series are joined by a line."""

    at: datetime
    score: Fraction | None
    series: tuple[str, ...]
    by_proxy: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """Where one form stands; a form by someone else is a square, one without a score a cross on the axis."""

    x: float
    y: float
    shape: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines as SVG path data, dots, and the heights of the axis, of the cut points and of both ends of the scale."""

    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[int, float], ...]
    ends: tuple[tuple[int, float], ...]
    floor: float = BOTTOM
    first: datetime | None = None
    last: datetime | None = None


def chart(points: Sequence[Point], cuts: Sequence[int]) -> Chart:
    """Return the drawing of these forms, given in order of time, with a line at each cut point; none draws the axes."""
    ticks, ends = (tuple((score, height(score)) for score in scores) for scores in (cuts, ENDS))
    if not points:
        return Chart((), (), ticks, ends)
    first, last = points[0].at, points[-1].at
    span = (last - first).total_seconds()

    def across(at: datetime) -> float:
        if not span:
            return (LEFT + RIGHT) / 2
        return round(LEFT + 8 + (RIGHT - LEFT - 8) * (at - first).total_seconds() / span, 1)

    dots = tuple(
        Dot(
            across(one.at),
            BOTTOM if one.score is None else height(one.score),
            "none" if one.score is None else "square" if one.by_proxy else "round",
            is_last=one is points[-1],
        )
        for one in points
    )
    return Chart(tuple(_lines(points, dots)), dots, ticks, ends, first=first, last=last)


def height(score: Fraction | int) -> float:
    """Return how far down a score of 0-100 is drawn."""
    return round(float(BOTTOM - (BOTTOM - TOP) * score / 100), 1)


def _lines(points: Sequence[Point], dots: Sequence[Dot]) -> list[str]:
    lines: list[list[str]] = []
    before: Point | None = None
    for point, dot in zip(points, dots, strict=True):
        if point.score is None:
            before = None
            continue
        if before is None or before.series != point.series:
            lines.append([])
        lines[-1].append(f"{dot.x} {dot.y}")
        before = point
    return ["M" + "L".join(line) for line in lines if len(line) > 1]
