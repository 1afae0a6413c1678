"""What trends count of one patient's forms: the latest of each month, quarter and year (evidence.md, section 8)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from clinic.core.instrument import HELPED, SELF, Instrument
from clinic.core.trends import KINDS, Kind, Period

# Whose forms are counted: a proxy's are counted apart, and nobody's are those that do not say.
COUNTED = (SELF, HELPED)
# A score of 50 of 100 is "somewhat or more"; scores are in twelfths of a point.
HIGH = 600
BYTES = 4
_FAMILIES = {
    "gap": "gap",
    "priority_gap": "gap",
    "watch": "clear",
    "none": "clear",
    "insufficient": "insufficient",
}


class Leaf(NamedTuple):
    """The finest group that is counted; `start` is the first day of a period of this kind.

    `version` is "instrument id|version|scoring profile".
    """

    kind: Kind
    start: date
    version: str
    site_id: int
    language: str
    mode: str
    respondent: str


class Fact(NamedTuple):
    """One counted form: sent or closed, not empty, filled in by the patient alone or with help.

    `day` is its day in the clinic's time zone. `levels` and `wishes` are by domain (lower case), `twelfths` are the
    scores by subtheme, None where there is no score; `ticks` are "SUB.code".
    """

    patient_id: int
    form_id: int
    moment: datetime
    day: date
    site_id: int
    language: str
    mode: str
    respondent: str
    version: str
    levels: Mapping[str, str]
    wishes: Mapping[str, str | None]
    twelfths: Mapping[str, int | None]
    ticks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """The counters of one instrument's version, in the order in which they are kept.

    All of them together are one number with 32 bits for each, so that adding counts is one addition. Sums wrap around
    as a whole: what is taken away before it was added comes right with the addition. `ones` has, for each counter, the
    number in which it is 1 and every other is 0.
    """

    names: tuple[str, ...]
    ones: Mapping[str, int]

    @classmethod
    def of(cls, instrument: Instrument) -> "Layout":
        """Return the layout of an instrument; cut points make no difference."""
        return _layout(tuple(instrument.domains), tuple(instrument.subthemes), tuple(instrument.options))

    @property
    def size(self) -> int:
        """Return how many bytes the counters take."""
        return BYTES * len(self.names)

    def pack(self, counts: int) -> bytes:
        """Return the counters as they are stored: unsigned, 32 bits each, the lowest byte first."""
        return (counts % (1 << 8 * self.size)).to_bytes(self.size, "little")

    def unpack(self, stored: bytes) -> int:
        """Return what `pack` stored; what has another length was not stored by it, and is read as no counts."""
        return int.from_bytes(stored, "little") if len(stored) == self.size else 0


def named(layout: Layout, stored: bytes) -> dict[str, int]:
    """Return the counters of a stored leaf by name.

    The names are "patients"; "gap_now:DOMAIN" (a gap, and help is wanted now), "gap_else:DOMAIN", "clear:DOMAIN" and
    "insufficient:DOMAIN" with the domain in lower case; "high:SUB" (50 of 100 or more), "low:SUB"; "ticked:SUB.code".
    """
    return unpacked(layout, layout.unpack(stored))


def unpacked(layout: Layout, counts: int) -> dict[str, int]:
    """Return the counters of a number by name; `named` says what they are."""
    lane = (1 << 8 * BYTES) - 1
    return {name: counts >> 8 * BYTES * place & lane for place, name in enumerate(layout.names)}


def vector(layout: Layout, fact: Fact) -> int:
    """Return what one form adds to its leaf.

    A tick counts only where its subtheme has a score, so that it is a part of those who could be asked.
    """
    ones = layout.ones
    total = ones["patients"]
    for domain, level in fact.levels.items():
        family = _FAMILIES.get(level)
        if family == "gap":
            family = "gap_now" if fact.wishes.get(domain) == "now" else "gap_else"
        # A domain that does not apply counts nowhere.
        if family is not None:
            total += ones[f"{family}:{domain}"]
    for subtheme, twelfths in fact.twelfths.items():
        if twelfths is not None:
            total += ones[f"high:{subtheme}" if twelfths >= HIGH else f"low:{subtheme}"]
    for tick in fact.ticks:
        # "Something else" and "none of these" are no codes.
        if fact.twelfths.get(tick.partition(".")[0]) is not None:
            total += ones.get(f"ticked:{tick}", 0)
    return total


def contributions(facts: Iterable[Fact], layout_of: Callable[[str], Layout]) -> dict[Leaf, int]:
    """Return what one patient's counted forms add to each leaf: of every period only the latest form counts.

    `layout_of` takes a version as leaves name it. All forms of a year have to be there for its periods to be right.
    """
    latest: dict[tuple[Kind, date], Fact] = {}
    for fact in facts:
        for period in periods(fact.day):
            held = latest.get(period)
            if held is None or (held.moment, held.form_id) < (fact.moment, fact.form_id):
                latest[period] = fact
    chosen = {fact.form_id: fact for fact in latest.values()}
    counts = {number: vector(layout_of(fact.version), fact) for number, fact in chosen.items()}
    return {_leaf(period, one): counts[one.form_id] for period, one in latest.items()}


def newest(before: Fact | None, new: Fact, layout_of: Callable[[str], Layout]) -> dict[Leaf, int]:
    """Return what a patient's newest form changes: the difference of the contributions without it and with it.

    `before` is the latest form before it in its year, None where there is none: no other one can stand in its periods.
    """
    added = vector(layout_of(new.version), new)
    change = {_leaf(period, new): added for period in periods(new.day)}
    if before is not None:
        gone = vector(layout_of(before.version), before)
        for period in periods(before.day):
            if period in periods(new.day):
                leaf = _leaf(period, before)
                change[leaf] = change.get(leaf, 0) - gone
    return {leaf: counts for leaf, counts in change.items() if counts}


def difference(before: Mapping[Leaf, int], after: Mapping[Leaf, int]) -> dict[Leaf, int]:
    """Return what has to be added to leaves for `after` to stand in place of `before`; a sum may be below 0."""
    found = {leaf: after.get(leaf, 0) - before.get(leaf, 0) for leaf in {**before, **after}}
    return {leaf: counts for leaf, counts in found.items() if counts}


def _leaf(period: tuple[Kind, date], fact: Fact) -> Leaf:
    return Leaf(*period, fact.version, fact.site_id, fact.language, fact.mode, fact.respondent)


@lru_cache(maxsize=1024)
def periods(day: date) -> tuple[tuple[Kind, date], ...]:
    """Return the month, quarter and year of a day as (kind, first day)."""
    return tuple((kind, Period.of(kind, day).start) for kind in KINDS)


@lru_cache(maxsize=64)
def _layout(domains: tuple[str, ...], subthemes: tuple[str, ...], codes: tuple[str, ...]) -> Layout:
    lower = [domain.lower() for domain in domains]
    names = (
        "patients",
        *(f"{family}:{domain}" for domain in lower for family in ("gap_now", "gap_else", "clear", "insufficient")),
        *(f"{family}:{subtheme}" for subtheme in subthemes for family in ("high", "low")),
        *(f"ticked:{code}" for code in codes),
    )
    return Layout(names, {name: 1 << 8 * BYTES * place for place, name in enumerate(names)})
