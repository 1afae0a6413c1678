"""How sure a share, a difference and a run of points are (evidence.md, section 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import ceil, sqrt
from statistics import median as _median

# The 95 % point that evidence.md writes; statistics packages use 1.959964, which moves no figure by 0.0001.
Z = 1.96
# Points on one side of the median that are no longer put down to chance (see `run`).
RUN = 8


@dataclass(frozen=True, slots=True)
class OneSide:
    """The newest `count` points lie on one side of the median `middle` of `of` points, from the one at `first` on."""

    count: int
    first: int
    is_above: bool
    middle: float
    of: int


def wilson(x: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of the share x of n, as fractions; raises ValueError unless 0 <= x <= n and n > 0.

    Wilson 1927, without continuity correction: 7 of 20 gives 0.18 to 0.57, 0 of 12 gives 0 to 0.24.
    """
    if not 0 <= x <= n or n == 0:
        raise ValueError(f"{x} of {n} is no share.")
    share, square = x / n, Z * Z
    centre = share + square / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    # At the ends the formula is exactly 0 or 1, which floating point may miss by its last digit.
    low = 0.0 if x == 0 else (centre - half) / scale
    high = 1.0 if x == n else (centre + half) / scale
    return low, high


def newcombe(x1: int, n1: int, x2: int, n2: int) -> tuple[float, float, float]:
    """Return the difference x2/n2 - x1/n1 (later minus earlier) with its 95 % interval, as fractions.

    The two groups are different people: Newcombe 1998 (Stat Med 17:873), method 10, from Wilson's intervals.
    That both n are at least 30 before it is shown is the caller's to see to; raises ValueError as `wilson` does.
    """
    (low1, high1), (low2, high2) = wilson(x1, n1), wilson(x2, n2)
    earlier, later = x1 / n1, x2 / n2
    difference = later - earlier
    return (
        difference,
        difference - sqrt((later - low2) ** 2 + (high1 - earlier) ** 2),
        difference + sqrt((high2 - later) ** 2 + (earlier - low1) ** 2),
    )


def newcombe_paired(both: int, came: int, went: int, neither: int) -> tuple[float, float, float]:
    """Return the difference (later minus earlier) of the same people's shares with its 95 % interval, as fractions.

    `both` had it both times, `came` only later, `went` only earlier, `neither` never: Newcombe 1998 (Stat Med 17:2635),
    method 10, whose correlation of the two answers is corrected for continuity where it is positive.
    Raises ValueError for nobody or a negative count.
    """
    n = both + came + went + neither
    if n == 0 or min(both, came, went, neither) < 0:
        raise ValueError("There are no pairs to compare.")
    (low1, high1), (low2, high2) = wilson(both + went, n), wilson(both + came, n)
    earlier, later = (both + went) / n, (both + came) / n
    margins = (both + went) * (came + neither) * (both + came) * (went + neither)
    product = both * neither - came * went
    corrected = max(product - n / 2, 0) if product > 0 else product
    alike = corrected / sqrt(margins) if margins else 0.0
    down, up = later - low2, high1 - earlier
    rise, drop = high2 - later, earlier - low1
    return (
        (came - went) / n,
        (came - went) / n - sqrt(down**2 - 2 * alike * down * up + up**2),
        (came - went) / n + sqrt(rise**2 - 2 * alike * rise * drop + drop**2),
    )


def limits(share: float, n: int) -> tuple[float, float]:
    """Return between which shares 95 of 100 groups of n people lie that differ from a known share by chance alone.

    They are the share with 1.96 standard errors on both sides, cut off at 0 and 1: the limits of a funnel plot
    (Spiegelhalter, Stat Med 2005;24:1185). Raises ValueError unless 0 <= share <= 1 and n > 0.
    """
    if not 0 <= share <= 1 or n <= 0:
        raise ValueError(f"There are no limits around {share} for {n} people.")
    half = Z * sqrt(share * (1 - share) / n)
    return max(0.0, share - half), min(1.0, share + half)


def run(points: Sequence[float | None]) -> OneSide | None:
    """Return the newest points on one side of the median of all, if they are 8 or more, else None.

    Points are oldest first; those on the median neither count nor end a run (Provost and Murray, The Health Care Data
    Guide, 2011; Perla, Provost and Murray, BMJ Qual Saf 2011;20:46, who ask for 6; evidence.md asks for 8). None is a
    point that nobody knows: it ends a run, since it may lie on the other side, and is not in the median. Half of the
    points lie on each side, so that there is no run of fewer than 16.
    """
    known = [point for point in points if point is not None]
    if len(known) < 2 * RUN:
        return None
    middle = _median(known)
    sides: list[tuple[int, bool]] = []
    for at in range(len(points) - 1, -1, -1):
        if (point := points[at]) is None:
            break
        if point != middle:
            sides.append((at, point > middle))
    row = list(takewhile(lambda one: one[1] == sides[0][1], sides))
    return OneSide(len(row), *row[-1], middle, len(known)) if len(row) >= RUN else None


def median(values: Sequence[float]) -> float | None:
    """Return the middle value, or the mean of the two middle ones; None for no values."""
    return _median(values) if values else None


def percentile_90(values: Sequence[float]) -> float | None:
    """Return the smallest value that at least 90 % of the values do not exceed (nearest rank); None for no values.

    Hyndman and Fan 1996, definition 1: it is always a time that happened, never one between two.
    """
    return sorted(values)[ceil(len(values) * 9 / 10) - 1] if values else None
