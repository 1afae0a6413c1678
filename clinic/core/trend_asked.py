"""Which view of the trends an address asks for: the kind of period, one group, and from when to when."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clinic.core.errors import BadView
from clinic.core.trends import DIMENSIONS, EVERYBODY, KINDS, Dimension, Group, Kind, Period

PARAMETERS = ("by", *DIMENSIONS, "from", "to")


@dataclass(frozen=True, slots=True)
class Asked:
    """One view: `first` and `last` are None where the address does not say them."""

    kind: Kind
    group: Group
    first: Period | None
    last: Period | None

    def query(self) -> dict[str, str]:
        """Return the parameters by which an address asks for this view."""
        found = {"by": str(self.kind)}
        if self.group.dimension is not None:
            found[self.group.dimension] = self.group.value
        ends = {"from": self.first, "to": self.last}
        return found | {name: str(one) for name, one in ends.items() if one is not None}


def read_asked(parameters: Iterable[tuple[str, str]], default: Kind = "month") -> Asked:
    """Return the view that an address's parameters, each a name and a value, ask for; empty ones are left out.

    Raises BadView that says what is wrong with them. One that is unknown or stands there twice is refused: to leave it
    out would show everybody to whoever asked for fewer.
    """
    pairs = [(name, value.strip()) for name, value in parameters if value.strip()]
    for name, times in Counter(name for name, _value in pairs).items():
        if name not in PARAMETERS:
            raise BadView(f"The trends can be asked for by {', '.join(PARAMETERS)}, and the address asks for more.")
        if times > 1:
            raise BadView(f"The address says {name} {times} times: choose one.")
    given = dict(pairs)
    first, last = _period(given.get("from")), _period(given.get("to"))
    # Whoever types a period into the address has said of which kind.
    kind = _kind(given["by"]) if "by" in given else first.kind if first else last.kind if last else default
    filters: list[Dimension] = [one for one in DIMENSIONS if one in given]
    if len(filters) > 1:
        raise BadView(
            f"Choose one filter at a time: this asks for {' and '.join(filters)}. Two together could point to a person."
        )
    for one in (first, last):
        if one is not None and one.kind != kind:
            raise BadView(f"{one} is a {one.kind}, and this view is by {kind}: write {_EXAMPLES[kind]}.")
    if first is not None and last is not None and last < first:
        raise BadView(f"The view begins with {first} and ends with {last}: choose an end that is not before its start.")
    group = Group(filters[0], given[filters[0]]) if filters else EVERYBODY
    return Asked(kind, group, first, last)


_EXAMPLES: Mapping[Kind, str] = {"month": "2026-10", "quarter": "2026-Q4", "year": "2026"}


def _kind(text: str) -> Kind:
    found = next((one for one in KINDS if one == text), None)
    if found is None:
        raise BadView("Trends are by month, quarter or year: choose one of these.")
    return found


def _period(text: str | None) -> Period | None:
    if text is None:
        return None
    try:
        return Period.parse(text)
    except ValueError:
        raise BadView("There is no such period: write 2026, 2026-Q4 or 2026-10.") from None
