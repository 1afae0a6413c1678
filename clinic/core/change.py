"""Two answer sets to the change between them, on what was answered both times (evidence.md, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal

from clinic.core.answers import AnswerSet
from clinic.core.instrument import Instrument
from clinic.core.scoring import STEP, item_burdens

Direction = Literal[
    "clear_lower", "possible_lower", "no_clear_change", "possible_higher", "clear_higher", "not_comparable"
]

OVERALL = "OVERALL"


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a domain or of the whole; before and after rest on common items, None where not comparable."""

    result: Direction
    before: Fraction | None = None
    after: Fraction | None = None

    @property
    def marked(self) -> bool:
        """Tell whether the change is possible or clear, and so worth a word in bold."""
        return self.result not in ("no_clear_change", "not_comparable")


NOT_COMPARABLE = Change("not_comparable")


def compare(instrument: Instrument, before: AnswerSet, after: AnswerSet) -> dict[str, Change]:
    """Return the change of each domain and of the whole ("OVERALL"), higher = harder.

    The limits are planning values, not norms. A proxy form is never compared with a self form.
    """
    keys = (*instrument.domains, OVERALL)
    if before.by_proxy != after.by_proxy:
        return dict.fromkeys(keys, NOT_COMPARABLE)
    then, now = item_burdens(instrument, before), item_burdens(instrument, after)
    common = {
        item: (a, b) for item in instrument.items if (a := then[item]) is not None and (b := now[item]) is not None
    }
    rules = instrument.change
    changes = {}
    for key, domain in instrument.domains.items():
        pairs = [common[item] for item in domain.items if item in common]
        if len(pairs) < rules.min_items_domain:
            changes[key] = NOT_COMPARABLE
        else:
            changes[key] = _judged(*_means(pairs), rules.domain_possible, rules.domain_clear)
    changes[OVERALL] = _whole(instrument, common)
    return changes


def _whole(instrument: Instrument, common: Mapping[str, tuple[int, int]]) -> Change:
    rules = instrument.change
    if len(common) < rules.min_items_overall:
        return NOT_COMPARABLE
    parts = [
        pairs
        for one in instrument.subthemes.values()
        if (pairs := [common[item] for item in one.items if item in common])
    ]
    # One common denominator instead of a chain of additions: each addition of fractions would reduce anew.
    shared = lcm(*map(len, parts))
    before = sum(STEP * sum(a for a, _ in pairs) * (shared // len(pairs)) for pairs in parts)
    after = sum(STEP * sum(b for _, b in pairs) * (shared // len(pairs)) for pairs in parts)
    count = shared * len(parts)
    return _judged(Fraction(before, count), Fraction(after, count), rules.overall_possible, rules.overall_clear)


def _means(pairs: list[tuple[int, int]]) -> tuple[Fraction, Fraction]:
    count = len(pairs)
    return Fraction(STEP * sum(a for a, _ in pairs), count), Fraction(STEP * sum(b for _, b in pairs), count)


def _judged(before: Fraction, after: Fraction, possible: int, clear: int) -> Change:
    size = abs(after - before)
    higher = after > before
    if size >= clear:
        return Change("clear_higher" if higher else "clear_lower", before, after)
    if size >= possible:
        return Change("possible_higher" if higher else "possible_lower", before, after)
    return Change("no_clear_change", before, after)
