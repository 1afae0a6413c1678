"""The same patients in two periods that follow each other, where neither they nor the others can be found in it."""

from dataclasses import astuple, dataclass

from clinic.core.suppression import OUTSIDE, Cell


@dataclass(frozen=True, slots=True)
class Pairs:
    """How many patients of both periods had something both times, only before, only now, or never."""

    both: int
    went: int
    came: int
    neither: int


def may_show(pairs: Pairs, before: Cell, after: Cell, smallest: int = OUTSIDE) -> bool:
    """Tell whether pairs may stand beside the shown figures of both periods, of which they are a part.

    None of them may be a small count, nor may those who were there in one period only: whoever takes the pairs away
    from a period's figure finds these. What does not fit to the figures, since a form was changed, is not shown.
    """
    alone = (
        before.x - pairs.both - pairs.went,
        before.n - before.x - pairs.came - pairs.neither,
        after.x - pairs.both - pairs.came,
        after.n - after.x - pairs.went - pairs.neither,
    )
    together = astuple(pairs)
    return any(together) and all(count == 0 or count >= smallest for count in (*together, *alone))
