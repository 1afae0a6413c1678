"""Decide for one audience which figures of a period leave everything that is hidden open (decision 15)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from clinic.core.suppression_flow import Hidden, room
from clinic.core.trends import Kind, Period

# What is hidden must be open to at least this many more or fewer, whoever works it out from what is shown.
WIDTH = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A count: `x` of `n` people or forms have it."""

    x: int
    n: int


_NOBODY = Cell(0, 0)
# A dimension and a value of it; everybody has neither. The pages of "left" are a dimension of it.
Key = tuple[str, str]
Cells = Mapping[str, Mapping[Key, Cell]]
WHOLE: Key = ("", "")
# Of these only x is to be protected: the rest of their n is a count that another measure shows.
X_ONLY = ("insufficient", "left")
# These count each patient once a period; everything else counts forms, flags or alerts, and longer periods are sums.
OF_PATIENTS = ("gap", "wish", "insufficient", "subtheme", "code")


@dataclass(frozen=True, slots=True)
class Past:
    """A finer period as one audience sees it."""

    period: Period
    cells: Cells
    shown: Mapping[str, Set[Key]]

    def hides(self, measure: str, key: Key) -> bool:
        """Tell whether somebody may have been counted there and is not shown."""
        if measure not in self.cells or key in (shown := self.shown.get(measure, ())):
            return False
        return key in self.cells[measure] or WHOLE not in shown


@dataclass(frozen=True, slots=True)
class _Atom:
    """The hidden figure of one group in one month, or of one in which nobody was counted and nobody sees that."""

    month: Past
    key: Key
    cell: Cell
    is_counted: bool


class View:
    """What one audience may see of a period, given what it has seen of the periods inside."""

    def __init__(
        self, kind: Kind, cells: Cells, allowed: Mapping[str, Set[Key]], past: Sequence[Past], smallest: int
    ) -> None:
        self.kind, self.cells, self.past, self.smallest = kind, cells, past, smallest
        self.months = [one for one in past if one.period.kind == "month"]
        self.quarters = {one.period: one for one in past if one.period.kind == "quarter"}
        self.shown: dict[str, set[Key]] = {}
        for measure in sorted(cells, key=_depth):
            self.shown[measure] = self._measure(measure, allowed[measure])

    def _measure(self, measure: str, allowed: Set[Key]) -> set[Key]:
        cells = self.cells[measure]
        above = self._above(measure)
        allowed = {key for key in allowed if all(key in self.shown[one] for one in above if key in self.cells[one])}
        if family(measure) in OF_PATIENTS:
            allowed = {key for key in allowed if not self._singles_out(measure, key)}
        if WHOLE not in allowed or not self._whole_keeps_months(measure):
            return set()
        found = {WHOLE}
        for dimension in sorted({key[0] for key in cells if key != WHOLE}):
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

    def _singles_out(self, measure: str, key: Key) -> bool:
        """Tell whether this period less its last part is a small count: those who came before and not again.

        Whoever came in the last part is counted as then, so the difference of what is shown is exactly theirs.
        """
        cell = self.cells[measure][key]
        for parts in (self.quarters.values(), self.months):
            last = _last(parts, measure)
            if last and not last.hides(measure, key):
                then = last.cells[measure].get(key, _NOBODY)
                rest = Cell(cell.x - then.x, cell.n - then.n)
                if any(0 < count < self.smallest for count in (rest.n, rest.x, rest.n - rest.x)):
                    return True
        return False

    def _are_open(self, measure: str, keys: Set[Key]) -> bool:
        """Tell whether hidden groups are open, also to whoever knows the parts of this period.

        What is shown of the last part is the least that a group can be, as whoever came then is counted there; all
        parts together, if they are shown, are the most. A group all of whose parts are shown hides nothing new.
        """
        cells, open_parts, spans = self.cells[measure], [], {}
        for key in keys:
            least = self._least(measure, key)
            free = Cell(max(0, cells[key].x - least.x), max(0, cells[key].n - least.n))
            open_parts.append((free, _has_known_n(measure, key, self.shown)))
            spans[key] = self._span(measure, key, least)
        if not _are_open(measure, open_parts):
            return False
        hiding = [key for key in keys if spans[key] is None]
        if len(hiding) != 1 or not self.past:
            return True
        (alone,) = hiding
        others = [counts for key in keys if key != alone and (counts := spans[key]) is not None]
        return all(sum(counts) >= WIDTH for counts in zip(*others, strict=True))

    def _least(self, measure: str, key: Key) -> Cell:
        for parts in (self.quarters.values(), self.months):
            last = _last(parts, measure)
            if last and not last.hides(measure, key):
                return last.cells[measure].get(key, _NOBODY)
        return _NOBODY

    def _span(self, measure: str, key: Key, least: Cell) -> tuple[int, ...] | None:
        """Return how much more than the least a group could be, None if some part of it is hidden."""
        parts = self.quarters.values() if self.quarters else self.months
        if not parts or any(one.hides(measure, key) for one in parts):
            return None
        cells = [one.cells.get(measure, {}).get(key, _NOBODY) for one in parts]
        together = Cell(sum(one.x for one in cells), sum(one.n for one in cells))
        return tuple(
            max(0, most - low)
            for most, low in zip(_protected(measure, together), _protected(measure, least), strict=True)
        )

    def _whole_keeps_months(self, measure: str) -> bool:
        """Tell whether the whole leaves the hidden wholes inside it open, even where everybody comes once."""
        hidden: dict[Period, list[tuple[Cell, bool]]] = defaultdict(list)
        for month in self.months:
            quarter = self.quarters.get(Period.of("quarter", month.period.start))
            if month.hides(measure, WHOLE) and (quarter is None or quarter.hides(measure, WHOLE)):
                known = _has_known_n(measure, WHOLE, month.shown)
                hidden[Period.of("quarter", month.period.start)].append((month.cells[measure][WHOLE], known))
        if not hidden:
            return True
        if min(_protected(measure, self.cells[measure][WHOLE])) < WIDTH or (self.kind == "year" and len(hidden) < 2):
            return False
        for parts in (self.months, self.quarters.values()):
            last = _last(parts, measure)
            # Where n is known, all who came in the last part are counted here, and only the others are open.
            if last and last.hides(measure, WHOLE) and _has_known_n(measure, WHOLE, last.shown):
                others = self.cells[measure][WHOLE].n - last.cells[measure][WHOLE].n
                if others < WIDTH:
                    return False
        return _are_open(measure, [one for many in hidden.values() for one in many])

    def _keeping_months(self, measure: str, shown: set[Key], everyone: set[Key]) -> set[Key]:
        """Return those of the groups of one dimension that leave what is hidden in the periods inside open."""
        (dimension,) = {key[0] for key in everyone}
        atoms = self._atoms(measure, dimension)
        late = shown & {key for one in self.past for key in everyone if one.hides(measure, key)}
        above = [] if family(measure) in X_ONLY else self._above(measure)
        above = [one for one in above if any(key[0] == dimension for key in self.cells[one])]
        # A child moves with its parent, and how far is no longer a matter of two directions: then it is not tried.
        if above and (
            any(self._atoms(one, dimension) for one in above) or any(one.hides(measure, WHOLE) for one in self.months)
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

    def _above(self, measure: str) -> list[str]:
        # All domains' figures of too few answers are one, which rests on all four gaps.
        if measure == "insufficient":
            return [one for one in self.cells if family(one) == "gap"]
        return [one for one in parents(measure) if one in self.cells]

    def _size(self, measure: str) -> Callable[[Key], tuple[int, Key]]:
        return lambda key: (self.cells[measure][key].n, key)

    def _atoms(self, measure: str, dimension: str) -> list[_Atom]:
        """Return the months' hidden groups; where the whole is hidden nobody sees which groups were not there."""
        found = []
        for month in self.months:
            cells = month.cells.get(measure, {})
            quarter = self.quarters.get(Period.of("quarter", month.period.start))
            later = self.cells[measure] if quarter is None else quarter.cells.get(measure, {})
            for key in {key for key in (*cells, *later) if key[0] == dimension}:
                if month.hides(measure, key):
                    found.append(_Atom(month, key, cells.get(key, _NOBODY), key in cells))
        return found

    def _narrow(self, measure: str, atoms: Sequence[_Atom], shown: set[Key], *, capped: bool) -> set[Key]:
        """Return the groups in which something hidden would have too narrow an interval if `shown` were shown.

        Everybody is taken to come once, so that every longer period is the sum of the shorter ones: months are columns,
        with the quarter or the period in the place of those whose whole is hidden; what is published of a group is a
        row, and all groups that are not are one.
        """
        cells = self.cells[measure]
        last = max(atoms, key=lambda one: one.month.period).month.period if atoms else None
        places, together = [], defaultdict(list)
        for at, atom in enumerate(atoms):
            period = atom.month.period
            quarter = self.quarters.get(Period.of("quarter", period.start))
            column: object = period
            if atom.month.hides(measure, WHOLE):
                column = None if quarter is None or quarter.hides(measure, WHOLE) else quarter.period
            row: object = atom.key if atom.key in shown else "last" if period == last else "rest"
            most = [cells[atom.key]] if atom.key in shown and period == last else []
            if quarter is not None and not quarter.hides(measure, atom.key):
                row = atom.key, quarter.period
                if quarter.period.end == period.end:
                    most.append(quarter.cells[measure].get(atom.key, _NOBODY))
            elif quarter is not None:
                together[row, atom.key, quarter.period].append(at)
            places.append((row, column, most))
        chosen = [([at], atom.key) for at, atom in enumerate(atoms) if atom.is_counted]
        chosen += [(many, key) for (_row, key, _quarter), many in together.items()]
        rest = [cells[key] for key in cells if key[0] == atoms[0].key[0] and key not in shown] if atoms else []
        found = set()
        for side in range(len(_protected(measure, _NOBODY))):

            def of(cell: Cell, side: int = side) -> int:
                return _protected(measure, cell)[side]

            counts = []
            for (row, column, most), atom in zip(places, atoms, strict=True):
                bounds, least = [of(one) for one in most], 0
                if capped:
                    # Where n is known, the most of the other part is the least of this one.
                    bounds.append(atom.cell.n)
                    least = max([atom.cell.n - (one.n - of(one)) for one in most], default=0)
                counts.append(Hidden(row, column, of(atom.cell), min(bounds, default=None), max(0, least)))
            # Of those who are not shown, no more can have come in the last month than are counted in the period.
            came, ever = sum(one.value for one in counts if one.row == "last"), sum(map(of, rest))
            least = (
                sum(atom.cell.n for (row, *_), atom in zip(places, atoms, strict=True) if row == "last")
                if capped
                else 0
            )
            counts.append(Hidden("last", "rest", max(0, ever - came)))
            counts.append(Hidden("rest", "rest", came, None, max(0, least - sum(one.n for one in rest) + ever)))
            found |= {key for many, key in chosen if room(counts, many, WIDTH) < WIDTH}
        return found


def parents(measure: str) -> tuple[str, ...]:
    """Return the measures that one rests on: where they are hidden it is hidden too, as its n is a count of theirs."""
    _, _, rest = measure.partition(":")
    match family(measure):
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


def _last(parts: Iterable[Past], measure: str) -> Past | None:
    return max((one for one in parts if measure in one.cells), key=lambda one: one.period, default=None)


def _has_known_n(measure: str, key: Key, shown: Mapping[str, Set[Key]]) -> bool:
    above = () if family(measure) in X_ONLY else parents(measure)
    return bool(above) and all(key in shown.get(one, ()) for one in above)


def _protected(measure: str, cell: Cell) -> tuple[int, ...]:
    return (cell.x,) if family(measure) in X_ONLY else (cell.x, cell.n - cell.x)


def family(measure: str) -> str:
    """Return what a measure's name begins with, such as "gap" of "gap:stigma"."""
    return measure.partition(":")[0]


def _depth(measure: str) -> int:
    return max((1 + _depth(one) for one in parents(measure)), default=0)
