"""One finished form with all that tables and statistics are made from, but its free text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from clinic.core.answers import Answer


@dataclass(frozen=True, slots=True)
class GapRead:
    """What one form says of one gap: its level, score in twelfths of a point, and wish for help."""

    level: str
    score: int | None
    wish: str | None


@dataclass(frozen=True, slots=True)
class FinishedForm:
    """A form that was sent or closed, with at least one answer; `moment` is when, aware UTC.

    `answers`, `ticks` and `lists` (the checklists that were shown) are None where they cannot be read: the record is
    damaged, or a synthetic form has none. `subthemes` and `overall` are in twelfths of a point.
    """

    patient_id: int
    site_id: int
    moment: datetime
    born_on: date | None
    language: str
    mode: str
    respondent: str | None
    instrument_id: str
    instrument_version: str
    scoring_profile: str
    completion: str
    responded: int
    overall: int | None
    safety_level: str
    subthemes: Mapping[str, int | None]
    gaps: Mapping[str, GapRead]
    answers: Mapping[str, Answer] | None = field(default=None, repr=False)
    ticks: frozenset[str] | None = field(default=None, repr=False)
    lists: frozenset[str] | None = field(default=None, repr=False)

    @property
    def version(self) -> tuple[str, str]:
        """Return the id and version of its questionnaire."""
        return self.instrument_id, self.instrument_version
