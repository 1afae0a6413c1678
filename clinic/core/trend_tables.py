"""Running counts -> what they say of patients, by measure: everybody and each group of one period and version."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from clinic.core.instrument import Instrument
from clinic.core.suppression import Cell, Decision, Shown, Table
from clinic.core.trend_counts import Layout, Leaf, unpacked
from clinic.core.trend_measures import GAPS
from clinic.core.trends import DIMENSIONS, EVERYBODY, Group

# By measure: [x, n, may leave the clinic].
Figures = dict[str, list[float]]


def scored(instrument: Instrument, leaves: Iterable[tuple[Leaf, int]]) -> dict[str, Table]:
    """Return every measure of patients from the leaves of one period and one version of an instrument.

    Only groups that somebody was counted in are there.
    """
    layout = Layout.of(instrument)
    sums: dict[Group, int] = defaultdict(int)
    for leaf, counts in leaves:
        values = (str(leaf.site_id), leaf.language, leaf.mode, leaf.respondent)
        for group in (EVERYBODY, *(Group(one, value) for one, value in zip(DIMENSIONS, values, strict=True))):
            sums[group] += counts
    counted = {group: unpacked(layout, counts) for group, counts in sums.items() if counts}
    cells = {group: _cells(instrument, counters) for group, counters in counted.items()}
    return {
        measure: Table(
            whole,
            {
                dimension: {group.value: mine[measure] for group, mine in cells.items() if group.dimension == dimension}
                for dimension in DIMENSIONS
            },
        )
        for measure, whole in cells.get(EVERYBODY, {}).items()
    }


def figures(tables: Mapping[str, Table], decision: Decision) -> dict[Group, Figures]:
    """Return what may be shown of the groups of some tables; a measure that may not be shown is not in it."""
    found: dict[Group, Figures] = defaultdict(dict)
    for measure, groups in decision.inside.items():
        for group in groups:
            cell = cell_of(tables[measure], group)
            found[group][measure] = [cell.x, cell.n, group in decision.outside.get(measure, ())]
    return dict(found)


def decided(published: Mapping[Group, Mapping[str, Sequence[float]]]) -> Decision:
    """Return the decision that published figures came from; those that are no measures of a table are left out."""
    inside: dict[str, set[Group]] = defaultdict(set)
    outside: dict[str, set[Group]] = defaultdict(set)
    for group, mine in published.items():
        for measure, (*_numbers, may_leave) in mine.items():
            inside[measure].add(group)
            if may_leave:
                outside[measure].add(group)
    return Decision(_shown(inside), _shown(outside))


def flat(by_group: Mapping[Group, Figures]) -> Figures:
    """Return the figures of all groups by names that say the group, such as "done:mode=web"."""
    return {
        measure if group == EVERYBODY else f"{measure}:{group}": numbers
        for group, mine in by_group.items()
        for measure, numbers in mine.items()
        # Who opened a form and never began it stands for the rest of a sum, and has no name.
        if group == EVERYBODY or group.value
    }


def unflat(figures: Mapping[str, Sequence[float]]) -> dict[Group, dict[str, Sequence[float]]]:
    """Return by group what `flat` has put together."""
    found: dict[Group, dict[str, Sequence[float]]] = defaultdict(dict)
    for name, numbers in figures.items():
        measure, _, rest = name.partition(":")
        dimension = next((one for one in DIMENSIONS if rest.startswith(f"{one}=")), None)
        if dimension is None:
            found[EVERYBODY][name] = numbers
        else:
            found[Group(dimension, rest.removeprefix(f"{dimension}="))][measure] = numbers
    return dict(found)


def cell_of(table: Table, group: Group) -> Cell:
    """Return what a table says of a group."""
    return table.whole if group.dimension is None else table.groups[group.dimension][group.value]


def _shown(groups: Mapping[str, Iterable[Group]]) -> Shown:
    return {measure: frozenset(many) for measure, many in groups.items()}


def _cells(instrument: Instrument, counters: Mapping[str, int]) -> dict[str, Cell]:
    gaps, wishes, unknown = {}, {}, {}
    for one in GAPS:
        now, later, clear, lacking = (
            counters[f"{name}:{one}"] for name in ("gap_now", "gap_else", "clear", "insufficient")
        )
        gaps[f"gap:{one}"] = Cell(now + later, now + later + clear)
        wishes[f"wish:{one}"] = Cell(now, now + later)
        unknown[f"insufficient:{one}"] = Cell(lacking, lacking + now + later + clear)
    asked = {one: counters[f"high:{one}"] + counters[f"low:{one}"] for one in instrument.subthemes}
    subthemes = {f"subtheme:{one}": Cell(counters[f"high:{one}"], n) for one, n in asked.items()}
    codes = {f"code:{one}": Cell(counters[f"ticked:{one}"], asked[one.partition(".")[0]]) for one in instrument.options}
    return {**gaps, **wishes, **unknown, **subthemes, **codes}
