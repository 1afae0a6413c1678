"""Close the flags of invented visits: what was agreed, and what the patient's next form says of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from clinic.services.seed.people import Closed, Form

AGREEMENT = (
    *("id", "clinic_id", "visit_id", "patient_id", "gap", "kind", "what", "who", "created_at", "created_by"),
    *("happened", "helped", "answered_in", "answered_at"),
)
# One thing for each gap, encrypted once.
AGREED: Mapping[str, str] = {
    "accessibility": "Ask the front desk about a video visit",
    "adherence": "Set an alarm for the morning tablet",
    "stigma": "Read the leaflet about talking with the family",
    "support": "Try the group on Tuesdays",
}
AFTER = timedelta(minutes=9)
_Row = tuple[Any, ...]


@dataclass(slots=True)
class Closer:
    """Makes the rows of one patient; what was agreed waits for the form that says what came of it."""

    clinic_id: int
    patient_id: int
    clinician: int
    what: Mapping[str, Any]
    moment: Callable[[Any], Any]
    waiting: list[tuple[_Row, Closed]] = field(default_factory=list)

    def close(self, visit: int, form: Form, ids: Iterator[int]) -> None:
        """Close the flags of a visit, once what the visits before agreed has been answered."""
        at = self.moment(form.at + AFTER)
        for one in form.closed:
            what, who = (self.what[one.gap], "patient") if one.kind == "agreed" else (None, None)
            row = (next(ids), self.clinic_id, visit, self.patient_id, one.gap, one.kind, what, who, at, self.clinician)
            self.waiting.append((row, one))

    def answered(self, assessment: int, form: Form) -> Iterator[_Row]:
        """Return the rows of what was agreed before, as this form answers them."""
        at = self.moment(form.ended_at)
        for row, one in self.waiting:
            answers = (one.happened, one.helped, assessment, at) if one.kind == "agreed" else (None,) * 4
            yield (*row, *answers)
        self.waiting = []

    def unanswered(self) -> Iterator[_Row]:
        """Return the rows of what no form has asked about yet."""
        yield from ((*row, None, None, None, None) for row, _ in self.waiting)
