"""What trends say: shares and times by period, with nothing in them that may not be shown (evidence.md, section 8)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from clinic.core import intervals

Kind = Literal["month", "quarter", "year"]
Dimension = Literal["site", "language", "mode", "respondent"]
# shown: x and n are there. hidden: too few people to show. nothing: nobody counted.
State = Literal["shown", "hidden", "nothing"]

KINDS: tuple[Kind, ...] = ("month", "quarter", "year")
DIMENSIONS: tuple[Dimension, ...] = ("site", "language", "mode", "respondent")
MONTHS: Mapping[Kind, int] = {"month": 1, "quarter": 3, "year": 12}
# A period is published once it has been over for this long.
SETTLES = timedelta(days=14)
# Two periods or two groups are compared only where each has at least as many.
COMPARABLE = 30
_WRITTEN = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|([0-9]{2})))?")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One whole calendar month, quarter or year of a clinic's own time zone, by its first day."""

    start: date
    kind: Kind

    @classmethod
    def of(cls, kind: Kind, day: date) -> "Period":
        """Return the period of a kind that holds a day."""
        length = MONTHS[kind]
        return cls(date(day.year, (day.month - 1) // length * length + 1, 1), kind)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read "2026", "2026-Q4" or "2026-10"; raises ValueError for anything else."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no period: write 2026, 2026-Q4 or 2026-10.")
        year, quarter, month = (None if one is None else int(one) for one in found.groups())
        assert year is not None  # noqa: S101 (the pattern always has it)
        if quarter is not None:
            return cls(date(year, 3 * quarter - 2, 1), "quarter")
        return cls(date(year, 1, 1), "year") if month is None else cls(date(year, month, 1), "month")

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        if self.kind == "year":
            return f"{self.start:%Y}"
        return f"{self.start:%Y-%m}" if self.kind == "month" else f"{self.start:%Y}-Q{self.start.month // 3 + 1}"

    @property
    def end(self) -> date:
        """Return the first day after it."""
        months = self.start.year * 12 + self.start.month - 1 + MONTHS[self.kind]
        return date(months // 12, months % 12 + 1, 1)

    def next(self) -> "Period":
        """Return the period after it."""
        return Period.of(self.kind, self.end)

    def previous(self) -> "Period":
        """Return the period before it."""
        return Period.of(self.kind, self.start - timedelta(days=1))

    def holds(self, other: "Period") -> bool:
        """Tell whether another period lies whole inside this one; a period holds itself."""
        return self.start <= other.start and other.end <= self.end

    def settled_at(self, zone: tzinfo) -> datetime:
        """Return the moment (UTC) from which it is due for publication: the beginning of a day in the clinic's zone."""
        return datetime.combine(self.end + SETTLES, time(), zone).astimezone(UTC)


def unsettled(kind: Kind, now: datetime, zone: tzinfo) -> Period:
    """Return the oldest period of a kind that is not due for publication yet: all before it have settled."""
    return Period.of(kind, now.astimezone(zone).date() - SETTLES)


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a figure counts: everybody of the clinic (no dimension), or those of one value of one dimension.

    A site's value is its number as text; every other value is the code that a form stores.
    """

    dimension: Dimension | None = None
    value: str = ""

    def __str__(self) -> str:
        """Write it as addresses and exports do: "all" or "language=es"."""
        return "all" if self.dimension is None else f"{self.dimension}={self.value}"


EVERYBODY = Group()


@dataclass(frozen=True, slots=True)
class Figure:
    """One share: `x` of `n`; both are None where it is not shown.

    A view has thousands of them and shows the intervals of some, so what x and n give is worked out where it is asked.
    """

    state: State
    x: int | None = None
    n: int | None = None

    @property
    def share(self) -> float | None:
        """Return x of n as a fraction."""
        return None if self.x is None or self.n is None else self.x / self.n

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return Wilson's 95 % interval of the share, as fractions."""
        return None if self.x is None or self.n is None else intervals.wilson(self.x, self.n)

    @property
    def low(self) -> float | None:
        """Return the lower end of the interval."""
        return None if (found := self.interval) is None else found[0]

    @property
    def high(self) -> float | None:
        """Return the upper end of the interval."""
        return None if (found := self.interval) is None else found[1]


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of one period; `version` is one of those of `Trends` for what is scored, "" for everything else."""

    period: Period
    version: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of the last published period from the one before it, with Newcombe's 95 % interval (fractions)."""

    earlier: Period
    later: Period
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Paired:
    """The same `n` patients in two periods that follow each other: how many had it then, have it now, came and went.

    `before` and `after` are shares (fractions); `came` had it only later, `went` only earlier. `low` and `high` are
    Newcombe's 95 % interval of the difference for the same people (fractions).
    """

    earlier: Period
    later: Period
    n: int
    before: float
    after: float
    came: int
    went: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Run:
    """So many periods in a row, up to the newest, on one side of the median: at least 8, from the period `first` on.

    `middle` is the median (a fraction) of the `of` newest periods that are shown: those of this version up to the end
    of the view, also those before its start.
    """

    count: int
    first: Period
    is_above: bool
    middle: float
    of: int


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over the periods asked for, oldest first; a change of version leaves two points in one period.

    Only the four gaps have a `run`.
    """

    measure: str
    points: tuple[Point, ...]
    change: Change | None = None
    paired: Paired | None = None
    run: Run | None = None

    @property
    def last(self) -> Point | None:
        """Return the newest point."""
        return self.points[-1] if self.points else None


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number that is no share, such as median minutes: `value` rests on `n`; None where it is not shown."""

    period: Period
    state: State
    value: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Provisional:
    """The running period, for the clinic's own eyes: rounded shares (to 5 %) of rounded counts (to 5), or nothing.

    `shares` maps a gap's measure to (share, about how many patients).
    """

    period: Period
    shares: Mapping[str, tuple[float, int] | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """One group of a dimension in the newest published period, for the funnel plot around the whole (n >= 30 only)."""

    group: Group
    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Trends:
    """Everything that one view of the trends shows.

    `series` and `quantities` are by measure (see `services/trends.py` for the names), in the order to show them.
    `filters` lists the groups that can be asked for, with their names. `versions` are those in view, oldest first.
    `sites` has, for each gap, the sites that may be compared. `overdue` is how many alerts are overdue at this moment,
    None in what leaves the clinic. `group_name` is a site's name, else the code that a form stores ("" for everybody).
    `first` and `newest` are the ends of what was ever published of this kind, None where nothing was.
    `names` has the sites' names by number.
    """

    clinic: str
    kind: Kind
    group: Group
    group_name: str
    periods: tuple[Period, ...]
    first: Period | None
    versions: tuple[str, ...]
    series: Mapping[str, Series]
    quantities: Mapping[str, tuple[Quantity, ...]]
    provisional: Provisional | None
    sites: Mapping[str, tuple[Compared, ...]]
    filters: tuple[tuple[Group, str], ...]
    overdue: int | None
    smallest: int
    names: Mapping[str, str] = field(default_factory=dict)
    is_synthetic: bool = False
    newest: Period | None = None
    is_outside: bool = False
