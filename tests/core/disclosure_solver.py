"""What somebody can work out of published figures, by linear programming over all that is known of hidden counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from clinic.core.suppression import Cell, Published, Shown, Table, parents
from clinic.core.trends import EVERYBODY, Group, Period

# A count: which period, measure and group it is of, and whether x (0) or the rest of n (1).
Count = tuple[Period, str, Group, int]
Terms = Mapping[Count, int]


@dataclass
class Workings:
    """All hidden counts of some periods with the equations and inequalities that tie them to what is shown."""

    shown: Mapping[Period, Shown]
    tables: Mapping[Period, Mapping[str, Table]]
    at: dict[Count, int] = field(default_factory=dict)
    equal: list[tuple[dict[int, int], int]] = field(default_factory=list)
    at_most: list[tuple[dict[int, int], int]] = field(default_factory=list)

    def is_shown(self, period: Period, measure: str, group: Group) -> bool:
        return group in self.shown[period].get(measure, ())

    def true(self, count: Count) -> int:
        period, measure, group, rest = count
        cell = cell_of(self.tables[period][measure], group)
        return cell.n - cell.x if rest else cell.x

    def known(self, count: Count) -> int | None:
        """Return a count that is shown, or that of a group that is seen not to be there."""
        period, measure, group, _rest = count
        if measure not in self.tables[period]:
            return 0
        if self.is_shown(period, measure, group):
            return self.true(count)
        absent = group.dimension is not None and group.value not in self.tables[period][measure].groups[group.dimension]
        return 0 if absent and self.is_shown(period, measure, EVERYBODY) else None

    def tie(self, terms: Terms, *, equal: bool = True, right: int = 0) -> None:
        """Hold that a sum of counts is `right`, or at most that."""
        row: dict[int, int] = defaultdict(int)
        for count, factor in terms.items():
            value = self.known(count)
            if value is None:
                row[self.at.setdefault(count, len(self.at))] += factor
            else:
                right -= factor * value
        if row:
            (self.equal if equal else self.at_most).append((row, right))
        else:
            assert right == 0 if equal else right >= 0, "the truth itself breaks what is said to hold"

    def width(self, count: Count, enough: float) -> float:
        """Return how wide the interval of a count is; once it is wide enough it is not measured further."""
        assert self.known(count) is None
        if count not in self.at:
            return enough
        goal = np.zeros(len(self.at))
        goal[self.at[count]] = 1
        wide = 0.0
        for sign in (-1, 1):
            solved = linprog(sign * goal, **self._system, bounds=(0, 10_000), method="highs")
            assert solved.status == 0, solved.message
            wide += abs(float(solved.fun) * sign - self.true(count))
            if wide >= enough:
                break
        return wide

    def close(self) -> None:
        """Build the system once everything is tied."""
        self._system: dict[str, Any] = {}
        for name, rows in (("eq", self.equal), ("ub", self.at_most)):
            if rows:
                places = [
                    (line, column, factor) for line, (row, _) in enumerate(rows) for column, factor in row.items()
                ]
                lines, columns, factors = zip(*places, strict=True)
                self._system[f"A_{name}"] = csr_matrix((factors, (lines, columns)), (len(rows), len(self.at)))
                self._system[f"b_{name}"] = [right for _, right in rows]


def cell_of(table: Table, group: Group) -> Cell:
    return table.whole if group.dimension is None else table.groups[group.dimension].get(group.value, Cell(0, 0))


def groups_of(tables: Iterable[Table]) -> dict[str, set[Group]]:
    found: dict[str, set[Group]] = defaultdict(set)
    for table in tables:
        for dimension, groups in table.groups.items():
            found[dimension] |= {Group(dimension, value) for value in groups}
    return found


@dataclass(frozen=True)
class About:
    """What somebody has seen of a period before it was published: rounded figures, told only from `least` on."""

    share: float
    people: int
    least: int


def work_out(
    published: Sequence[Published],
    *,
    outside: bool,
    exact: bool,
    seen: Mapping[tuple[Period, str], About] | None = None,
) -> Workings:
    """Tie everything that is published; `exact` holds longer periods to be the sums of shorter ones.

    `seen` is what was told of everybody, by period and measure, while the period ran.
    """
    shown = {one.period: one.decision.outside if outside else one.decision.inside for one in published}
    found = Workings(shown, {one.period: one.tables for one in published})
    measures = sorted({measure for one in published for measure in one.tables})
    for measure in measures:
        groups = groups_of(one.tables[measure] for one in published if measure in one.tables)
        for one in published:
            if measure in one.tables:
                for members in groups.values():
                    for rest in (0, 1):
                        whole: Count = (one.period, measure, EVERYBODY, rest)
                        found.tie({whole: -1} | {(one.period, measure, each, rest): 1 for each in members})
        everybody = [EVERYBODY, *(group for members in groups.values() for group in members)]
        for terms, equal in _in_time(published, measure, everybody, exact=exact):
            found.tie(terms, equal=equal)
        for one in published:
            for group in everybody:
                for terms in _of_parents(one, measure, group):
                    found.tie(terms)
    for one in published:
        for terms in _of_sums(one):
            found.tie(terms)
    for (period, measure), about in (seen or {}).items():
        for terms, most in _of_rounding((period, measure, EVERYBODY, 0), (period, measure, EVERYBODY, 1), about):
            found.tie(terms, equal=False, right=most)
    found.close()
    return found


def _in_time(
    published: Sequence[Published], measure: str, groups: Iterable[Group], *, exact: bool
) -> Iterator[tuple[Terms, bool]]:
    for longer, shorter in (("quarter", "month"), ("year", "quarter")):
        for one in published:
            parts = [part.period for part in published if part.period.kind == shorter and one.period.holds(part.period)]
            if one.period.kind != longer or not parts:
                continue
            for group in groups:
                for rest in (0, 1):
                    whole: Count = (one.period, measure, group, rest)
                    yield {whole: 1} | {(part, measure, group, rest): -1 for part in parts}, exact
                    if not exact:
                        # Whoever came in the last month has the latest form of the quarter there.
                        yield {(max(parts), measure, group, rest): 1, whole: -1}, False


def _of_parents(one: Published, measure: str, group: Group) -> Iterator[Terms]:
    family = measure.partition(":")[0]
    mine = {(one.period, measure, group, rest): 1 for rest in (0, 1)}
    above = [name for name in parents(measure) if name in one.tables and family != "left"]
    if not above or (group.dimension and group.dimension not in one.tables[above[0]].groups):
        return
    if family == "insufficient":
        yield {(one.period, measure, group, 1): 1, **{(one.period, above[0], group, rest): -1 for rest in (0, 1)}}
    elif family in ("code", "declined"):
        yield mine | {(one.period, above[0], group, rest): -1 for rest in (0, 1)}
    else:
        yield mine | {(one.period, name, group, 0): -1 for name in above}


def _of_rounding(x: Count, rest: Count, about: About) -> Iterator[tuple[Terms, int]]:
    # Half a step of 5 % is a fortieth, and people are told to the nearest 5.
    fortieths = round(about.share * 40)
    yield {x: 40 - (fortieths + 1), rest: -(fortieths + 1)}, 0
    yield {x: (fortieths - 1) - 40, rest: fortieths - 1}, 0
    yield {x: 1, rest: 1}, about.people + 2
    yield {x: -1, rest: -1}, 2 - about.people
    yield {x: -1}, -about.least
    yield {rest: -1}, -about.least


def _of_sums(one: Published) -> Iterator[Terms]:
    pages = [measure for measure in one.tables if measure.startswith("left:")]
    if pages:
        whole: dict[Count, int] = {(one.period, "opened", EVERYBODY, 0): -1, (one.period, "done", EVERYBODY, 0): 1}
        yield whole | {(one.period, page, EVERYBODY, 0): 1 for page in pages}
    lacking = sorted(measure for measure in one.tables if measure.startswith("insufficient:"))
    for first, second in pairwise(lacking):
        for group in [EVERYBODY, *(each for many in groups_of([one.tables[first]]).values() for each in many)]:
            yield {
                (one.period, name, group, rest): sign for name, sign in ((first, 1), (second, -1)) for rest in (0, 1)
            }


def leaks(found: Workings, published: Sequence[Published], enough: int, smallest: int) -> list[Count]:
    """Return the hidden counts whose interval is narrower than enough.

    Left out is what needs no guessing: the rest of n where that rest is a count of another measure, parts of nobody,
    and of a period with parts what is hidden for the sake of its parts, being no small count itself.
    """
    narrow = []
    for one in published:
        has_parts = any(each is not one and one.period.holds(each.period) for each in published)
        for measure, table in one.tables.items():
            family = measure.partition(":")[0]
            for group in [EVERYBODY, *(each for many in groups_of([table]).values() for each in many)]:
                counts: list[Count] = [(one.period, measure, group, rest) for rest in (0, 1)]
                counts = counts[:1] if family in ("insufficient", "left") else counts
                if found.is_shown(one.period, measure, group) or not _is_somebody(found, one, measure, group):
                    continue
                if has_parts:
                    counts = [count for count in counts if 0 < found.true(count) < smallest]
                narrow += [count for count in counts if found.width(count, enough) < enough - 1e-6]
    return narrow


def _is_somebody(found: Workings, one: Published, measure: str, group: Group) -> bool:
    above = parents(measure)
    return cell_of(one.tables[measure], group).n > 0 or not (above and found.is_shown(one.period, above[0], group))
