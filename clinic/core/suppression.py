"""Decide which figures of a period may be shown, so that no small count can be read or worked out (decision 15)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from clinic.core.exchange import Hidden, room
from clinic.core.trends import EVERYBODY, KINDS, Dimension, Group, Kind, Period

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
    groups do not add up, and for a period that is not finer.
    """
    if any(KINDS.index(one.period.kind) >= KINDS.index(kind) for one in finer):
        raise ValueError(f"Only periods shorter than a {kind} lie inside it.")
    cells = _flat(tables)
    inside_past, outside_past = [], []
    for one in finer:
        then = _flat(one.tables)
        inside_past.append(_Past(one.period, then, _keys(one.decision.inside)))
        outside_past.append(_Past(one.period, then, _keys(one.decision.outside)))
    inside = _View(kind, cells, _open(tables, cells, smallest), inside_past).shown
    if smallest >= OUTSIDE and inside_past == outside_past:
        outside = inside
    else:
        allowed = _open(tables, cells, max(smallest, OUTSIDE))
        outside = _View(kind, cells, {one: allowed[one] & inside[one] for one in cells}, outside_past).shown
    return Decision(_groups(tables, inside), _groups(tables, outside))


def parents(measure: str) -> tuple[str, ...]:
    """Return the measures that one rests on: where they are hidden it is hidden too, as its n is a count of theirs."""
    _, _, rest = measure.partition(":")
    match _family(measure):
        case "wish" | "insufficient":
            return (f"gap:{rest}",)
        case "code":
            return (f"subtheme:{rest.partition('.')[0]}",)
        case "helped":
            return (f"happened:{rest}",)
        case "done" | "declined":
            return ("opened",)
        case "left" | "proxy" | "alert":
            return ("done",)
        case "in_target":
            return ("alert:S2", "alert:S3")
    return ()


# Inside, a group is a dimension and a value, everybody is neither, and the pages of "left" are a dimension of it.
_Key = tuple[str, str]
_Cells = Mapping[str, Mapping[_Key, Cell]]
_WHOLE: _Key = ("", "")
# Of these only x is to be protected: the rest of their n is a count that another measure shows.
_X_ONLY = ("insufficient", "left")


@dataclass(frozen=True, slots=True)
class _Past:
    """A finer period as one audience sees it."""

    period: Period
    cells: _Cells
    shown: Mapping[str, Set[_Key]]

    def hides(self, measure: str, key: _Key) -> bool:
        """Tell whether somebody may have been counted there and is not shown."""
        if measure not in self.cells or key in (shown := self.shown.get(measure, ())):
            return False
        return key in self.cells[measure] or _WHOLE not in shown


@dataclass(frozen=True, slots=True)
class _Atom:
    """The hidden figure of one group in one month."""

    month: _Past
    key: _Key
    cell: Cell


class _View:
    """What one audience may see of a period, given what it has seen of the periods inside."""

    def __init__(self, kind: Kind, cells: _Cells, allowed: Mapping[str, Set[_Key]], past: Sequence[_Past]) -> None:
        self.kind, self.cells, self.past = kind, cells, past
        self.months = [one for one in past if one.period.kind == "month"]
        self.quarters = {one.period: one for one in past if one.period.kind == "quarter"}
        self.shown: dict[str, set[_Key]] = {}
        for measure in sorted(cells, key=_depth):
            self.shown[measure] = self._measure(measure, allowed[measure])
        # With few exceptions n is the same in all four domains: one that is shown and another domain's evaluable
        # patients would give away a hidden count of those with too few answers.
        lacking = [measure for measure in cells if measure.startswith("insufficient:")]
        while len({frozenset(self.shown[measure]) for measure in lacking}) > 1:
            together = set.intersection(*(self.shown[measure] for measure in lacking))
            for measure in lacking:
                self.shown[measure] = self._measure(measure, together)

    def _measure(self, measure: str, allowed: Set[_Key]) -> set[_Key]:
        cells = self.cells[measure]
        above = [one for one in parents(measure) if one in self.cells]
        allowed = {key for key in allowed if all(key in self.shown[one] for one in above if key in self.cells[one])}
        if _WHOLE not in allowed or not self._whole_keeps_months(measure):
            return set()
        found = {_WHOLE}
        for dimension in sorted({key[0] for key in cells if key != _WHOLE}):
            everyone = {key for key in cells if key[0] == dimension}
            shown = self._keeping_months(measure, everyone & allowed, everyone)
            while not self._are_open(measure, everyone - shown):
                people = [key for key in shown if cells[key].n]
                if not people:
                    # Even with all groups hidden, what the whole says is what each of them says.
                    return set()
                shown = shown - {min(people, key=self._size(measure))}
            found |= shown
        return found

    def _are_open(self, measure: str, keys: Set[_Key]) -> bool:
        return _are_open(measure, [(self.cells[measure][key], _has_known_n(measure, key, self.shown)) for key in keys])

    def _whole_keeps_months(self, measure: str) -> bool:
        """Tell whether the whole leaves the hidden wholes inside it open, even where everybody comes once."""
        hidden: dict[Period, list[tuple[Cell, bool]]] = defaultdict(list)
        for month in self.months:
            quarter = self.quarters.get(Period.of("quarter", month.period.start))
            if month.hides(measure, _WHOLE) and (quarter is None or quarter.hides(measure, _WHOLE)):
                known = _has_known_n(measure, _WHOLE, month.shown)
                hidden[Period.of("quarter", month.period.start)].append((month.cells[measure][_WHOLE], known))
        if not hidden:
            return True
        if min(_protected(measure, self.cells[measure][_WHOLE])) < WIDTH or (self.kind == "year" and len(hidden) < 2):
            return False
        return _are_open(measure, [one for many in hidden.values() for one in many])

    def _keeping_months(self, measure: str, shown: set[_Key], everyone: set[_Key]) -> set[_Key]:
        """Return those of the groups of one dimension that leave what is hidden in the periods inside open."""
        (dimension,) = {key[0] for key in everyone}
        atoms = self._atoms(measure, dimension)
        late = shown & {key for one in self.past for key in everyone if one.hides(measure, key)}
        above = [] if _family(measure) in _X_ONLY else list(parents(measure))
        above = [one for one in above if any(key[0] == dimension for key in self.cells.get(one, ()))]
        # A child moves with its parent, and how far is no longer a matter of two directions: then it is not tried.
        if above and (
            any(self._atoms(one, dimension) for one in above) or any(one.hides(measure, _WHOLE) for one in self.months)
        ):
            return shown - late
        shown = shown - {key for key in late if min(_protected(measure, self.cells[measure][key])) < WIDTH}
        while narrow := self._narrow(measure, atoms, shown, capped=bool(above)):
            # What is too narrow without being shown itself is opened by hiding the smallest group beside it.
            rows = narrow & shown or set(sorted(shown & late, key=self._size(measure))[:1])
            if not rows:
                break
            shown = shown - rows
        return shown

    def _size(self, measure: str) -> Callable[[_Key], tuple[int, _Key]]:
        return lambda key: (self.cells[measure][key].n, key)

    def _atoms(self, measure: str, dimension: str) -> list[_Atom]:
        """Return the months' hidden groups; where the whole is hidden nobody sees which groups were not there."""
        found = []
        for month in self.months:
            cells = month.cells.get(measure, {})
            for key in {key for key in (*cells, *self.cells[measure]) if key[0] == dimension}:
                if month.hides(measure, key) and (key in cells or month.hides(measure, _WHOLE)):
                    found.append(_Atom(month, key, cells.get(key, Cell(0, 0))))
        return found

    def _narrow(self, measure: str, atoms: Sequence[_Atom], shown: set[_Key], *, capped: bool) -> set[_Key]:
        """Return the groups in which something hidden would have too narrow an interval if `shown` were shown.

        Everybody is taken to come once, so that every longer period is the sum of the shorter ones: months are columns,
        with the quarter or the period in the place of those whose whole is hidden; what is published of a group is a
        row, and all groups that are not are one.
        """
        places, together = [], defaultdict(list)
        for at, atom in enumerate(atoms):
            quarter = self.quarters.get(Period.of("quarter", atom.month.period.start))
            column: object = atom.month.period
            if atom.month.hides(measure, _WHOLE):
                column = None if quarter is None or quarter.hides(measure, _WHOLE) else quarter.period
            row: object = atom.key if atom.key in shown else None
            if quarter is not None and not quarter.hides(measure, atom.key):
                row = atom.key, quarter.period
            elif quarter is not None:
                together[atom.key, quarter.period].append(at)
            places.append((row, column))
        chosen = [([at], atoms[at].key) for at in range(len(atoms))]
        chosen += [(many, key) for (key, _quarter), many in together.items()]
        found = set()
        for values in zip(*(_protected(measure, atom.cell) for atom in atoms), strict=True):
            counts = [
                Hidden(row, column, value, atom.cell.n if capped else None)
                for (row, column), value, atom in zip(places, values, atoms, strict=True)
            ]
            found |= {key for many, key in chosen if room(counts, many, WIDTH) < WIDTH}
        return found


def _flat(tables: Mapping[str, Table]) -> _Cells:
    found: dict[str, dict[_Key, Cell]] = {}
    for measure, table in tables.items():
        cells = {_WHOLE: table.whole}
        for dimension, groups in table.groups.items():
            if groups and (sum(one.x for one in groups.values()), sum(one.n for one in groups.values())) != (
                table.whole.x,
                table.whole.n,
            ):
                raise ValueError(f"The groups of {measure} by {dimension} do not add up to everybody.")
            cells |= {(dimension, value): cell for value, cell in groups.items()}
        if not all(0 <= one.x <= one.n for one in cells.values()):
            raise ValueError(f"{measure} has a count that is no part of its n.")
        if _family(measure) == "left":
            # Together the pages are those who opened a form and did not come to its end.
            pages = found.setdefault("left", {_WHOLE: Cell(0, 0)})
            pages[_page(measure)] = Cell(table.whole.x, table.whole.x)
            pages[_WHOLE] = Cell(pages[_WHOLE].x + table.whole.x, pages[_WHOLE].n + table.whole.x)
        else:
            found[measure] = cells
    return found


def _open(tables: Mapping[str, Table], cells: _Cells, smallest: int) -> dict[str, set[_Key]]:
    """Return what is no small count by itself: nobody at all, or enough people and enough or nobody in both parts."""

    def is_open(cell: Cell) -> bool:
        return not any(0 < count < smallest for count in (cell.n, cell.x, cell.n - cell.x))

    found = {measure: {key for key, cell in mine.items() if is_open(cell)} for measure, mine in cells.items()}
    if "left" in cells:
        pages = {_page(one): table.whole for one, table in tables.items() if _family(one) == "left"}
        found["left"] = {_WHOLE, *(page for page, cell in pages.items() if is_open(cell))}
    return found


def _are_open(measure: str, hidden: Sequence[tuple[Cell, bool]]) -> bool:
    """Tell whether hidden figures whose sum is known all have a wide enough interval; with each: is its n known.

    Where n is known (a shown count of the parent), x is at most n and at least what the others cannot hold.
    """
    if not hidden:
        return True
    totals = [sum(counts) for counts in zip(*(_protected(measure, cell) for cell, _known in hidden), strict=True)]
    people = [(cell.n, known) for cell, known in hidden if cell.n]
    everybody = sum(n for n, _known in people)
    unknown = [n for n, known in people if not known]
    return (
        min(totals) >= WIDTH
        and len(people) > 1
        and len(unknown) != 1
        and (not unknown or sum(unknown) >= WIDTH)
        and all(min(n, everybody - n) >= WIDTH for n, known in people if known)
    )


def _has_known_n(measure: str, key: _Key, shown: Mapping[str, Set[_Key]]) -> bool:
    above = () if _family(measure) in _X_ONLY else parents(measure)
    return bool(above) and all(key in shown.get(one, ()) for one in above)


def _protected(measure: str, cell: Cell) -> tuple[int, ...]:
    return (cell.x,) if _family(measure) in _X_ONLY else (cell.x, cell.n - cell.x)


def _family(measure: str) -> str:
    return measure.partition(":")[0]


def _page(measure: str) -> _Key:
    return "page", measure.partition(":")[2]


def _depth(measure: str) -> int:
    return max((1 + _depth(one) for one in parents(measure)), default=0)


def _keys(shown: Shown) -> dict[str, set[_Key]]:
    found: dict[str, set[_Key]] = {}
    for measure, groups in shown.items():
        if _family(measure) != "left":
            found[measure] = {(group.dimension or "", group.value) for group in groups}
        elif groups:
            found.setdefault("left", set()).add(_page(measure))
    if found.get("done"):
        # It is what opened and done leave, so it is known wherever they are.
        found.setdefault("left", set()).add(_WHOLE)
    return found


def _groups(tables: Mapping[str, Table], shown: Mapping[str, Set[_Key]]) -> Shown:
    found: dict[str, frozenset[Group]] = {}
    for measure, table in tables.items():
        if _family(measure) == "left":
            found[measure] = frozenset({EVERYBODY} if _page(measure) in shown["left"] else ())
        else:
            wanted = {EVERYBODY: _WHOLE} | {
                Group(dimension, value): (dimension, value)
                for dimension, groups in table.groups.items()
                for value in groups
            }
            found[measure] = frozenset(group for group, key in wanted.items() if key in shown[measure])
    return found
