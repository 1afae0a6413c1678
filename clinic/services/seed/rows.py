"""Turn invented patients into rows of every table that they touch, with the columns that the real services write."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from clinic.db.base import Base
from clinic.db.models import Agreement, Alert, AlertEvent, Assessment, AssessmentScore, FormLink, Patient, Visit
from clinic.services.seed import bulk
from clinic.services.seed.closing import AGREED, AGREEMENT, Closer
from clinic.services.seed.people import RESPONDENTS, Form, Place
from clinic.services.seed.people import Patient as Invented
from clinic.services.seed.pool import Entry, Pool

BOOKED_BEFORE = timedelta(days=21)
READ_BEFORE = timedelta(minutes=4)
# So many different names, numbers and days of birth are encrypted once and dealt to everybody.
NAMES = 1000
YOUNGEST, OLDEST = 1940, 2004

_PATIENT = ("id", "clinic_id", "record_number", "name", "born_on", "language", "revision", "created_at")
_VISIT = (
    *("id", "clinic_id", "site_id", "patient_id", "clinician_id", "scheduled_at", "created_at", "revision"),
    *("declined_at", "summary_read_at", "summary_read_by"),
)
_FORM_FIXED = ("instrument_id", "instrument_version", "instrument_digest", "scoring_profile", "checkin_mode")
_FORM = (
    *("id", "clinic_id", "site_id", "visit_id", "patient_id", "language", "mode", "state", "respondent"),
    *("started_at", "saved_at", "submitted_at", "closed_at", "closed_by", "revision", "document"),
    *("pages_left", "pages_total", "completion", "responded", "overall_twelfths", "core_seconds", "is_synthetic"),
    *_FORM_FIXED,
)
_LINK = ("id", "clinic_id", "visit_id", "salt", "token_hash", "code_hash", "expires_at", "created_at")
_ALERT = (
    *("id", "clinic_id", "assessment_id", "patient_id", "level", "state", "triggers", "raised_at", "opens_at"),
    *("settled_at", "acknowledged_at", "acknowledged_by", "closed_at"),
)
_EVENT = ("id", "alert_id", "clinic_id", "at", "kind", "level", "detail", "by")


@dataclass(frozen=True, slots=True)
class Written:
    """What one batch wrote: `forms` are (assessment, place in the pool) of those with scores; `begun` counts all."""

    begun: int
    forms: Sequence[tuple[int, int]]


@dataclass(slots=True)
class _Batch:
    patients: list[tuple[Any, ...]] = field(default_factory=list)
    visits: list[tuple[Any, ...]] = field(default_factory=list)
    forms: list[tuple[Any, ...]] = field(default_factory=list)
    scores: list[tuple[Any, ...]] = field(default_factory=list)
    links: list[tuple[Any, ...]] = field(default_factory=list)
    alerts: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    agreements: list[tuple[Any, ...]] = field(default_factory=list)


class Writer:
    """Writes batches of one seed into one clinic; what is the same in every row is made once."""

    def __init__(self, session: Session, clinic_id: int, place: Place, pool: Pool) -> None:
        """Encrypt what all rows share."""
        self._clinic_id, self._place, self._pool = clinic_id, place, pool
        self._moment = bulk.bound(session, Visit, "scheduled_at")
        self._triggers = bulk.bound(session, Alert, "triggers")
        text, document = bulk.bound(session, Patient, "name"), bulk.bound(session, Assessment, "document")
        years = OLDEST - YOUNGEST
        self._people = [
            (
                text(f"SYN-{n:04}"),
                text(f"Synthetic Person {n:04}"),
                text(f"{YOUNGEST + n % years}-{1 + n % 12:02}-{1 + n % 28:02}"),
            )
            for n in range(NAMES)
        ]
        self._documents = {who: [document(entry.document(who)) for entry in pool.entries] for who in RESPONDENTS}
        what = bulk.bound(session, Agreement, "what")
        self._what = {gap: what(words) for gap, words in AGREED.items()}
        self._score_columns = ("assessment_id", *pool.entries[0].scores)
        self._scores = [tuple(entry.scores.values()) for entry in pool.entries]
        one = pool.instrument
        self._fixed = (one.id, one.version, one.digest, one.scoring.profile, "triggered")

    def write(self, session: Session, patients: Sequence[Invented]) -> Written:
        """Write some patients with all that they have; the caller commits."""
        bulk.make_room(session)
        ids = self._reserved(session, patients)
        batch = _Batch()
        forms: list[tuple[int, int]] = []
        for patient in patients:
            self._patient(batch, patient, ids, forms)
        for model, columns, rows in (
            (Patient, _PATIENT, batch.patients),
            (Visit, _VISIT, batch.visits),
            (Assessment, _FORM, batch.forms),
            (AssessmentScore, self._score_columns, batch.scores),
            (FormLink, _LINK, batch.links),
            (Alert, _ALERT, batch.alerts),
            (AlertEvent, _EVENT, batch.events),
            (Agreement, AGREEMENT, batch.agreements),
        ):
            bulk.insert(session, model, columns, rows)
        return Written(len(batch.forms), forms)

    def _reserved(self, session: Session, patients: Sequence[Invented]) -> Mapping[type[Base], Any]:
        forms = [form for one in patients for form in one.forms]
        alarming = sum(_alarms(self._pool, form) for form in forms)
        counts: Mapping[type[Base], int] = {
            Patient: len(patients),
            Visit: len(forms),
            Assessment: sum(form.entry is not None for form in forms),
            FormLink: sum(form.entry is None for form in forms),
            Alert: alarming,
            AlertEvent: 3 * alarming,
            Agreement: sum(len(form.closed) for form in forms),
        }
        return {model: iter(bulk.reserve(session, model, count)) for model, count in counts.items()}

    def _patient(
        self, batch: _Batch, patient: Invented, ids: Mapping[type[Base], Any], written: list[tuple[int, int]]
    ) -> None:
        number, moment = next(ids[Patient]), self._moment
        person = self._people[number % NAMES]
        batch.patients.append((number, self._clinic_id, *person, patient.language, 0, moment(patient.joined_at)))
        site = self._place.sites[patient.site]
        closer = Closer(self._clinic_id, number, patient.clinician, self._what, moment)
        for form in patient.forms:
            visit, at = next(ids[Visit]), moment(form.at)
            was_read = form.outcome in ("sent", "partial")
            batch.visits.append(
                (
                    *(visit, self._clinic_id, site, number, patient.clinician, at, moment(form.at - BOOKED_BEFORE), 0),
                    at if form.outcome == "declined" else None,
                    moment(max(form.at - READ_BEFORE, form.ended_at)) if was_read else None,
                    patient.clinician if was_read else None,
                )
            )
            if form.entry is None:
                batch.links.append(self._link(next(ids[FormLink]), visit, form))
                continue
            assessment = next(ids[Assessment])
            batch.forms.append(self._form(assessment, visit, number, site, patient, form))
            if form.outcome == "draft":
                continue
            batch.scores.append((assessment, *self._scores[form.entry]))
            written.append((assessment, form.entry))
            batch.agreements += closer.answered(assessment, form)
            closer.close(visit, form, ids[Agreement])
            if _alarms(self._pool, form):
                self._alert(batch, ids, assessment, number, patient, form)
        batch.agreements += closer.unanswered()

    def _form(
        self, assessment: int, visit: int, patient_id: int, site: int, patient: Invented, form: Form
    ) -> tuple[Any, ...]:
        assert form.entry is not None  # noqa: S101 (the caller knows that it was begun)
        entry, moment = self._pool.entries[form.entry], self._moment
        ended, is_partial = moment(form.ended_at), form.outcome == "partial"
        result: tuple[Any, ...] = (None, None, None, None)
        if form.outcome != "draft":
            result = (*(entry.columns[one] for one in ("completion", "responded", "overall_twelfths")), entry.seconds)
        return (
            *(assessment, self._clinic_id, site, visit, patient_id, patient.language, form.mode),
            "submitted" if form.outcome == "sent" else form.outcome,
            *(patient.respondent, moment(form.started_at), ended),
            ended if form.outcome == "sent" else None,
            ended if is_partial else None,
            patient.clinician if is_partial else None,
            *(form.pages_left, self._documents[patient.respondent][form.entry], form.pages_left, entry.pages),
            *(*result, True),
            *self._fixed,
        )

    def _link(self, link: int, visit: int, form: Form) -> tuple[Any, ...]:
        # Nobody knows a token of these digests, so that the link of a made-up visit opens nothing.
        salt, token, code = secrets.token_hex(16), secrets.token_hex(32), secrets.token_hex(32)
        sent = self._moment(form.at - timedelta(days=3))
        return (link, self._clinic_id, visit, salt, token, code, self._moment(form.at), sent)

    def _alert(
        self,
        batch: _Batch,
        ids: Mapping[type[Base], Any],
        assessment: int,
        patient_id: int,
        patient: Invented,
        form: Form,
    ) -> None:
        """Add an alert that was acknowledged and closed, most of them in time; a signal taken back has settled."""
        assert form.entry is not None  # noqa: S101 (the caller knows that it was begun)
        entry, number, moment = self._pool.entries[form.entry], next(ids[Alert]), self._moment
        said = self._triggers({"signals": list(entry.triggers), "checkin": entry.given.checkin})
        raised, clinician = moment(form.ended_at), patient.clinician
        seen, done = (moment(one) for one in _answered(assessment, form))
        shared = (number, self._clinic_id, assessment, patient_id, entry.level)
        steps: tuple[tuple[Any, str, int | None], ...]
        if entry.level == "S1":
            batch.alerts.append((*shared, "settled", said, raised, raised, raised, None, None, None))
            steps = ((raised, "raised", None), (raised, "settled", None))
        else:
            batch.alerts.append((*shared, "closed", said, raised, raised, None, seen, clinician, done))
            steps = ((raised, "raised", None), (seen, "acknowledged", clinician), (done, "closed", clinician))
        for at, kind, by in steps:
            detail = said if by is None else self._triggers({})
            batch.events.append((next(ids[AlertEvent]), number, self._clinic_id, at, kind, entry.level, detail, by))


def _alarms(pool: Pool, form: Form) -> bool:
    return form.outcome in ("sent", "partial") and form.entry is not None and _level(pool.entries[form.entry]) != "S0"


def _level(entry: Entry) -> str:
    return entry.level


def _answered(assessment: int, form: Form) -> tuple[Any, Any]:
    """Return when an alert was seen and closed: at the visit at the latest, one in nine only after it."""
    if assessment % 9 == 0:
        seen = form.at + timedelta(minutes=35 + assessment % 50)
    else:
        seen = form.ended_at + timedelta(minutes=6 + assessment % 37)
    return seen, seen + timedelta(minutes=25 + assessment % 90)
