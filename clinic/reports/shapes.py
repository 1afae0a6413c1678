"""The few shapes of the printed page: levels, the safety triangle, bars, and marks beside items."""

from collections.abc import Sequence
from math import cos, pi, sin

from clinic.core.page import LevelCode
from clinic.reports.ink import INK, LINE, NOTCH, PINE, TRACK, WHITE
from clinic.reports.semantic import Point, Sheet


def level(sheet: Sheet, place: Point, code: LevelCode, radius: float) -> None:
    """Draw a ring: open, left half, full, or dashed without a level; `place` is its left end, at half height."""
    x, y = place
    sheet.circle(
        (x + radius, y),
        radius - 0.55,
        filled=code in ("gap", "priority_gap"),
        half=code == "watch",
        dash=(1.6, 1.6) if code in ("insufficient", "not_applicable") else None,
    )


def star(sheet: Sheet, place: Point, radius: float) -> None:
    """Draw a solid star of five points; `place` is its left end, at half height."""
    if not sheet.on:
        return
    x, y = place
    arms = [(radius if n % 2 == 0 else radius * 0.42, pi / 2 + n * pi / 5) for n in range(10)]
    sheet.polygon([(x + radius + arm * cos(a), y - radius * 0.08 + arm * sin(a)) for arm, a in arms], INK)


def warning(sheet: Sheet, place: Point, size: float, fill: str, mark: str) -> None:
    """Draw the triangle with its exclamation mark: it stands for safety and for nothing else."""
    x, y = place
    high = size * 0.88
    middle = x + size / 2
    sheet.polygon([(x, y - high / 2), (x + size, y - high / 2), (middle, y + high / 2)], fill)
    sheet.box((middle - 0.8, y - high * 0.16), (1.6, high * 0.34), fill=mark)
    sheet.box((middle - 0.8, y - high * 0.36), (1.6, 1.6), fill=mark)


def bar(
    sheet: Sheet, corner: Point, size: tuple[float, float], score: int | None, over: float, ticks: Sequence[int]
) -> None:
    """Draw a track from 0 to 100 with ticks that reach `over` points below it.

    The ticks cut the fill in white, and an axis in ink keeps the scale readable on a one-bit copy.
    """
    if not sheet.on:
        return
    (x, y), (wide, high) = corner, size
    empty = score is None
    sheet.box(corner, size, fill=None if empty else TRACK, stroke=LINE if empty else None)
    if score:
        sheet.box(corner, (wide * min(max(score, 0), 100) / 100, high), fill=PINE)
    at = [x + wide * tick / 100 for tick in ticks]
    ends = [(end, y - over, end, y + high) for end in (x, x + wide)]
    below = [(tick, y - over, tick, y) for tick in at] if over else []
    sheet.rules([(x, y, x + wide, y), *below, *ends], 0.6, INK)
    cutting = sum(1 for tick in ticks if score is not None and score > tick)
    inside = [(tick, y, tick, y + high) for tick in at]
    sheet.rules(inside[:cutting], 0.6, WHITE)
    sheet.rules(inside[cutting:], 0.6, NOTCH)


def tick_mark(sheet: Sheet, place: Point, size: float) -> None:
    """Draw the check mark of something that was ticked; `place` is its left end, on the baseline."""
    if not sheet.on:
        return
    x, y = place
    points = [(0.02, 0.26), (0.2, 0.04), (0.56, 0.62)]
    sheet.polyline([(x + size * right, y + size * up) for right, up in points], 0.75)


def dash_mark(sheet: Sheet, place: Point, size: float) -> None:
    """Draw the dash of an idea; `place` is its left end, on the baseline."""
    x, y = place
    sheet.rule((x, y + size * 0.26), (x + size * 0.46, y + size * 0.26), 0.6, INK)


def pen_box(sheet: Sheet, place: Point, size: float = 6.5) -> None:
    """Draw a square to be ticked with a pen; `place` is its left end, on the baseline."""
    x, y = place
    sheet.box((x, y - 0.5), (size, size), stroke=INK, weight=0.7)
