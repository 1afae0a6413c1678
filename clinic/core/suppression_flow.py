"""Find by how much a hidden count could be larger or smaller while every sum that is known stays what it is.

Hidden counts are the edges between rows and columns whose sums are known. Adding to one count and taking from the next
along a closed walk changes no sum; so the most that a count can change is a greatest flow, found by augmenting paths.
"""

from collections import deque
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass

# Stands for "no limit": no clinic counts as many.
_ANY = 1 << 60


@dataclass(frozen=True, slots=True)
class Hidden:
    """One hidden count: the sums it is part of, what it is, and the most and the least it can be as far as known."""

    row: Hashable
    column: Hashable
    value: int
    most: int | None = None
    least: int = 0


def room(counts: Sequence[Hidden], chosen: Collection[int], enough: int) -> int:
    """Return how wide the interval is of the sum of chosen counts (positions, all of one row), at most `enough`.

    The interval is that of a solver of linear equations: no count is below its least or above its most.
    """
    up = _flow(counts, chosen, enough, upwards=True)
    return up if up >= enough else up + _flow(counts, chosen, enough - up, upwards=False)


def _flow(counts: Sequence[Hidden], chosen: Collection[int], enough: int, *, upwards: bool) -> int:
    """Return how much more (or less) the chosen can be together: what flows from their half of the row to the other."""
    ends: list[tuple[Hashable, Hashable]] = [
        (("row", one.row, at in chosen), ("column", one.column)) for at, one in enumerate(counts)
    ]
    more = [_ANY if one.most is None else max(0, one.most - one.value) for one in counts]
    less = [max(0, one.value - one.least) for one in counts]
    touching: dict[Hashable, list[int]] = {}
    for at, pair in enumerate(ends):
        for node in pair:
            touching.setdefault(node, []).append(at)
    row = next(counts[at].row for at in chosen)
    source: Hashable = "row", row, upwards
    target: Hashable = "row", row, not upwards

    def steps(node: Hashable) -> Iterator[tuple[int, Hashable, int]]:
        for at in touching.get(node, ()):
            at_row = ends[at][0] == node
            left = more[at] if at_row else less[at]
            if left:
                yield at, ends[at][1 if at_row else 0], left

    total = 0
    while total < enough:
        came: dict[Hashable, tuple[Hashable, int, int]] = {source: (source, -1, _ANY)}
        waiting: deque[Hashable] = deque([source])
        while waiting and target not in came:
            node = waiting.popleft()
            for at, other, left in steps(node):
                if other not in came:
                    came[other] = (node, at, min(left, came[node][2]))
                    waiting.append(other)
        if target not in came:
            break
        pushed = min(came[target][2], enough - total)
        node = target
        while node != source:
            before, at, _left = came[node]
            sign = pushed if ends[at][0] == before else -pushed
            more[at] -= sign
            less[at] += sign
            node = before
        total += pushed
    return total
