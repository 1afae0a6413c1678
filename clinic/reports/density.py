"""How close together the one page is set: steps from roomy to tight, of which the first that fits is used."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from clinic.reports.ink import XS, S


@dataclass(frozen=True, slots=True)
class Density:
    """One step; lengths in points. `None` for a number of lines means as many as it takes.

    `body` and `lead` are the running text's size and line height; `gap` stands between sections, `row` is a line to be
    written on by pen, `sub` the pitch of the small bars, `grow` the lines by which strengths may outgrow the bars.
    """

    body: float
    lead: float
    gap: float
    row: float
    sub: float
    pad: float
    safe: float
    head: float
    top: float
    bar: float
    grow: int = 0
    pick_lines: int = 3
    last_lines: int = 3
    words_lines: int | None = None
    fact_lines: int | None = None
    idea_lines: int | None = None
    note_lines: int | None = None
    safety_lines: int | None = None
    foot_lines: int | None = None


def _step(
    body: float, lead: float, gap: float, row: float, sub: float, pad: float, safe: float, *rest: float
) -> Density:
    head, top, bar = rest
    return Density(body, lead, gap, row, sub, pad, safe, head, top, bar)


_TIGHT = replace(_step(XS, 9, 5, 16.5, 9, 3, 3, 16, 14, 13), pick_lines=2, last_lines=1, words_lines=5)


Row = tuple[float, float, float, float, float, float, float, float, float, float]


def _steps(*rows: Row) -> tuple[Density, ...]:
    """Return one step for each row of body, lead, gap, row, sub, pad, safe, head, top and bar."""
    return tuple(
        Density(body, lead, gap, row, sub, pad, safe, head, top, bar)
        for body, lead, gap, row, sub, pad, safe, head, top, bar in rows
    )


_ROOMY, _AIRY, *_MIDDLE, _CLOSE, _TIGHT, _TIGHTEST = _steps(
    (S, 12, 14, 24, 12, 7, 6, 20, 17, 16),
    (S, 11.5, 11, 22, 11, 6, 5, 19, 16, 15),
    (S, 11, 9, 20, 10, 5, 5, 18, 16, 15),
    (S, 10.6, 7, 17, 9.6, 4, 4, 17, 15, 14),
    (XS, 10, 10, 20, 10, 5, 5, 18, 16, 15),
    (XS, 9.8, 8, 19, 9.6, 4, 4, 18, 15, 14),
    (XS, 9.4, 6, 17.5, 9.2, 3.5, 4, 17, 15, 13.5),
    (XS, 9.2, 5.5, 17, 9, 3, 3.5, 16.5, 14, 13),
    (XS, 9, 5, 16.5, 9, 3, 3, 16, 14, 13),
    (XS, 9, 4, 16, 9, 2.5, 2.5, 15.5, 13.5, 12),
)
_LEAST = replace(_TIGHTEST, pick_lines=1, last_lines=1, words_lines=3)

# Everything that the questionnaire itself can say fits by the last of these.
ORDINARY: Final = (
    replace(_ROOMY, grow=3),
    replace(_AIRY, grow=1),
    *_MIDDLE,
    replace(_CLOSE, pick_lines=2, last_lines=2),
    replace(_TIGHT, pick_lines=2, last_lines=1, words_lines=5),
    replace(_TIGHTEST, pick_lines=2, last_lines=1, words_lines=4),
    _LEAST,
)

# Names, notes and alerts have no longest length: these steps cut them with a mark, safety last of all.
_ROWS: tuple[tuple[int, int, int | None], ...] = (
    *((3, 3, None), (2, 2, None), (2, 1, None), (1, 1, None)),
    *((1, 1, lines) for lines in (20, 16, 12, 9, 7, 5, 3, 2)),
)
CUT: Final = tuple(
    replace(
        _LEAST,
        fact_lines=facts,
        idea_lines=ideas,
        note_lines=facts,
        safety_lines=safety,
        foot_lines=2 * facts + 3,
    )
    for facts, ideas, safety in _ROWS
)
STEPS: Final = (*ORDINARY, *CUT)


def roomiest(fits: Callable[[int], bool], likely: int) -> int:
    """Return the first step that fits, or the last one where none does; a step after one that fits is taken to fit.

    The search begins at the likely step, asks its neighbour, then ever wider, and by halves between two known steps.
    """
    low, high, stride = 0, len(STEPS) - 1, 1
    probe = likely
    while low < high:
        if fits(probe):
            high, probe = probe, probe - stride
        else:
            low, probe = probe + 1, probe + stride
        if not low <= probe < high:
            probe = (low + high) // 2
        stride *= 2
    return low
