"""Decide which figures of a period may be shown, so that no small count can be read or worked out (decision 15)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from clinic.core.suppression_view import WHOLE, WIDTH, X_ONLY, Cell, Cells, Key, Past, View, family, parents
from clinic.core.trends import EVERYBODY, KINDS, Dimension, Group, Kind, Period

__all__ = [
    "LEAST", "OUTSIDE", "WIDTH", "Cell", "Decision", "Published", "Shown", "Table", "decide", "parents",
]  # fmt: skip

# What leaves the clinic hides counts below this; a clinic may choose less, down to the second, for its own eyes.
OUTSIDE = 11
LEAST = 5


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
    groups do not add up, and for a period that is not finer.
    """
    if any(KINDS.index(one.period.kind) >= KINDS.index(kind) for one in finer):
        raise ValueError(f"Only periods shorter than a {kind} lie inside it.")
    cells = _flat(tables)
    inside_past, outside_past = [], []
    for one in finer:
        then = _flat(one.tables)
        inside_past.append(Past(one.period, then, _keys(one.decision.inside)))
        outside_past.append(Past(one.period, then, _keys(one.decision.outside)))
    inside = View(kind, cells, _open(tables, smallest), inside_past, smallest).shown
    if smallest >= OUTSIDE and inside_past == outside_past:
        outside = inside
    else:
        limit = max(smallest, OUTSIDE)
        allowed = _open(tables, limit)
        outside = View(kind, cells, {one: allowed[one] & inside[one] for one in cells}, outside_past, limit).shown
    return Decision(_groups(tables, inside), _groups(tables, outside))


def _flat(tables: Mapping[str, Table]) -> Cells:
    found: dict[str, dict[Key, Cell]] = {}
    for measure, table in tables.items():
        cells = _checked(measure, table)
        mine = found.setdefault(_name(measure), {})
        if family(measure) == "left":
            # Together the pages are those who opened a form and did not come to its end.
            page = Cell(table.whole.x, table.whole.x)
            together = mine.get(WHOLE, Cell(0, 0)).x + page.x
            mine |= {_page(measure): page, WHOLE: Cell(together, together)}
        elif family(measure) == "insufficient":
            # With few exceptions n is the same in all four domains, so that whoever works out one of them works out
            # all: they are decided together, by the smallest.
            mine |= {key: min(mine.get(key, cell), cell, key=lambda one: one.x) for key, cell in cells.items()}
        else:
            mine |= cells
    if lacking := found.get("insufficient"):
        # The same holds for the sum of the groups, in each dimension.
        sums = Counter[str]()
        for (dimension, _value), cell in lacking.items():
            sums[dimension] += cell.x
        lacking[WHOLE] = Cell(min(sums.values()), lacking[WHOLE].n)
    return found


def _checked(measure: str, table: Table) -> dict[Key, Cell]:
    for dimension, groups in table.groups.items():
        if groups and (sum(one.x for one in groups.values()), sum(one.n for one in groups.values())) != (
            table.whole.x,
            table.whole.n,
        ):
            raise ValueError(f"The groups of {measure} by {dimension} do not add up to everybody.")
    cells = {_key(group): cell for group, cell in _entries(table)}
    if not all(0 <= one.x <= one.n for one in cells.values()):
        raise ValueError(f"{measure} has a count that is no part of its n.")
    return cells


def _open(tables: Mapping[str, Table], smallest: int) -> dict[str, set[Key]]:
    """Return what is no small count by itself: nobody at all, or enough people and enough or nobody in both parts.

    Of wishes and of ticked lines nobody is as much a small count as a few: the n of a longer period is shown as a
    count of their parent, and with none in its last part the few of the whole would be all that n has more.
    """
    found: dict[str, set[Key]] = {}
    for measure, table in tables.items():
        least = 0 if family(measure) in ("wish", "code") else 1
        mine = {
            _key(group)
            for group, cell in _entries(table)
            if not cell.n or not any(least <= count < smallest for count in (cell.n, cell.x, cell.n - cell.x))
        }
        if family(measure) == "left":
            found.setdefault("left", {WHOLE}).update({_page(measure)} if mine else ())
        elif measure != _name(measure):
            found[_name(measure)] = found.get(_name(measure), mine) & mine
        else:
            found[measure] = mine
    return found


def _entries(table: Table) -> Iterator[tuple[Group, Cell]]:
    yield EVERYBODY, table.whole
    for dimension, groups in table.groups.items():
        for value, cell in groups.items():
            yield Group(dimension, value), cell


def _name(measure: str) -> str:
    """Return the name that a measure is decided under: some are decided together."""
    return family(measure) if family(measure) in X_ONLY else measure


def _key(group: Group) -> Key:
    return group.dimension or "", group.value


def _page(measure: str) -> Key:
    return "page", measure.partition(":")[2]


def _keys(shown: Shown) -> dict[str, set[Key]]:
    found: dict[str, set[Key]] = {}
    for measure, groups in shown.items():
        if family(measure) == "left":
            found.setdefault("left", set()).update({_page(measure)} if groups else ())
        else:
            found[_name(measure)] = {_key(group) for group in groups}
    if found.get("done"):
        # What was left is what opened and done leave, so it is known wherever they are.
        found.setdefault("left", set()).add(WHOLE)
    return found


def _groups(tables: Mapping[str, Table], shown: Mapping[str, Set[Key]]) -> Shown:
    return {
        measure: frozenset(
            group
            for group, _cell in _entries(table)
            if (_page(measure) if family(measure) == "left" else _key(group)) in shown[_name(measure)]
        )
        for measure, table in tables.items()
    }
