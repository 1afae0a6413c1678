"""Decide which figures of a period may be shown, so that no small count can be read or worked out (decision 15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clinic.core.trends import Dimension, Group, Kind, Period

# What leaves the clinic hides counts below this; a clinic may choose less, down to the second, for its own eyes.
OUTSIDE = 11
LEAST = 5
# What is hidden must be open to at least this many more or fewer, whoever works it out from what is shown.
WIDTH = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A count: `x` of `n` people or forms have it."""

    x: int
    n: int


@dataclass(frozen=True, slots=True)
class Table:
    """One measure of one period and version: everybody, and for each dimension the groups that everybody falls into.

    The groups of a dimension must add up to the whole (x and n); a measure without groups has no dimensions.
    """

    whole: Cell
    groups: Mapping[Dimension, Mapping[str, Cell]] = field(default_factory=dict)


# What may be shown, by measure; EVERYBODY among the groups stands for the whole. A measure that is hidden has none.
Shown = Mapping[str, frozenset[Group]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What may be shown to the clinic's own eyes, and what of that may leave the clinic."""

    inside: Shown
    outside: Shown


@dataclass(frozen=True, slots=True)
class Published:
    """A period that was published before: its true figures (as they are now) and what was shown of it then."""

    period: Period
    tables: Mapping[str, Table]
    decision: Decision


def decide(
    kind: Kind, tables: Mapping[str, Table], *, smallest: int = OUTSIDE, finer: Sequence[Published] = ()
) -> Decision:
    """Return what may be shown of a period; call it once for each clinic, period and version (process: version "").

    `tables` has every measure of that period by its name, `done` with the dimensions mode and language (shown as
    "done:mode=web" and so on). `finer` are all published months inside a quarter, and all months and quarters
    inside a year, of the same version; a period without forms may be left out. Raises ValueError for a table whose
    groups do not add up.
    """
    raise NotImplementedError
