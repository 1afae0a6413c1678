"""Add up the months of a quarter or year, so that all that is published of a clinic's work adds up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clinic.core.suppression import Table
from clinic.core.suppression_view import Cell, parents
from clinic.core.trends import EVERYBODY, Dimension, Group, Period

# By group and measure: [x, n, may leave the clinic].
Figures = Mapping[Group, Mapping[str, Sequence[float]]]
# Whoever belongs to no value of a dimension: a rest that is published under no name.
NO_VALUE = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A published period inside a longer one: what can be counted of it today, and what was published of it."""

    period: Period
    tables: Mapping[str, Table]
    figures: Figures


def added(many: Iterable[Mapping[str, Table]]) -> dict[str, Table]:
    """Add up tables of the same measures; a group that is missing in one of them has nobody there."""
    wholes: dict[str, list[Cell]] = defaultdict(list)
    groups: dict[str, dict[Dimension, dict[str, list[Cell]]]] = defaultdict(dict)
    for tables in many:
        for measure, table in tables.items():
            wholes[measure].append(table.whole)
            for dimension, cells in table.groups.items():
                mine = groups[measure].setdefault(dimension, {})
                for value, cell in cells.items():
                    mine.setdefault(value, []).append(cell)
    return {
        measure: Table(
            _sum(cells),
            {
                dimension: {value: _sum(parts) for value, parts in mine.items()}
                for dimension, mine in groups[measure].items()
            },
        )
        for measure, cells in wholes.items()
    }


def fitting(months: Sequence[Part], quarters: Sequence[Part] = ()) -> dict[str, Table]:
    """Return the sums of months, without what no longer fits to what was published of them.

    Where something was changed that cannot be seen back, what is counted today is not what was published. Of the
    measures of that chain (all that rest on the same first one) only those are left whose months are all published, for
    whoever is outside too, and these are the sums of what was published: they tell nothing that is not told already.
    """
    sums = added(one.tables for one in months)
    parts = (*months, *quarters)
    torn = {_first(measure) for measure in sums if not all(_fits(one, measure) for one in parts)}
    found = {}
    for measure, table in sums.items():
        if _first(measure) not in torn:
            found[measure] = table
        elif (known := _published(months, measure, table)) is not None:
            found[measure] = known
    return found


def _first(measure: str) -> str:
    above = parents(measure)
    return _first(above[0]) if above else measure


def _fits(part: Part, measure: str) -> bool:
    for group, figures in part.figures.items():
        if measure in figures:
            table = part.tables.get(measure, Table(Cell(0, 0)))
            cell = table.whole
            if group.dimension is not None:
                cell = table.groups.get(group.dimension, {}).get(group.value, Cell(0, 0))
            if [cell.x, cell.n] != [*figures[measure][:2]]:
                return False
    return True


def _published(months: Sequence[Part], measure: str, now: Table) -> Table | None:
    """Return the sum of what was published of a measure, None where some month of it was hidden."""
    whole = [_shown(one, measure, EVERYBODY) for one in months]
    if None in whole:
        return None
    groups: dict[Dimension, dict[str, Cell]] = {}
    together = _sum(one for one in whole if one)
    for dimension, cells in now.groups.items():
        mine: dict[str, Cell] = {}
        for value in cells:
            parts = [
                _shown(one, measure, Group(dimension, value))
                for one in months
                if value in one.tables[measure].groups.get(dimension, {})
            ]
            if value != NO_VALUE and None not in parts:
                mine[value] = _sum(one for one in parts if one)
        rest = Cell(together.x - sum(one.x for one in mine.values()), together.n - sum(one.n for one in mine.values()))
        is_all = len(mine) == len([value for value in cells if value != NO_VALUE])
        if is_all and rest.x == 0 and rest.n >= 0:
            groups[dimension] = mine | ({NO_VALUE: rest} if rest.n else {})
    return Table(together, groups)


def _shown(part: Part, measure: str, group: Group) -> Cell | None:
    found = part.figures.get(group, {}).get(measure)
    return Cell(int(found[0]), int(found[1])) if found and found[2] else None


def _sum(cells: Iterable[Cell]) -> Cell:
    held = list(cells)
    return Cell(sum(one.x for one in held), sum(one.n for one in held))
