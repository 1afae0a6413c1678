"""Questions that more than one service asks of the tables; each is a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, ScalarSelect, Select, bindparam, func, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, defer, joinedload

from clinic.db import blind_index
from clinic.db.base import Base
from clinic.db.blind_index import Entry
from clinic.db.crypto import EncryptedText, keyring_of
from clinic.db.models import Alert, Assessment, AssessmentScore, FormLink, Patient, PatientIndex, User, Visit

FINISHED = ("submitted", "partial")


class OfClinic(Protocol):
    """A model whose rows belong to one clinic."""

    clinic_id: Any


M = TypeVar("M", bound=OfClinic)


def scoped(model: type[M], clinic_id: int) -> Select[M]:
    """Return a select of one clinic's rows of a model; what joins tables names the clinic itself."""
    return select(model).where(model.clinic_id == clinic_id)


def lenient(column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | Column[Any]) -> ColumnElement[Any]:
    """Return an encrypted column that reads as None where it is damaged, so that the rest can still be shown."""
    return type_coerce(column, EncryptedText(lenient=True)).label(column.key)


def of_link(column: InstrumentedAttribute[datetime | None]) -> ScalarSelect[datetime | None]:
    """Return a time of the link that a visit has now, inside a select of visits."""
    mine = select(func.max(column)).where(FormLink.visit_id == Visit.id, FormLink.revoked_at.is_(None))
    return mine.correlate(Visit).scalar_subquery()


# Every page of the staff asks for these, so they are built once, the second on the bare tables: building a statement
# costs more than running it, and so does looking for objects in its rows.
_BY_SESSION = select(User).options(joinedload(User.roles)).where(User.fs_uniquifier == bindparam("held"))
_ALERTS, _FORMS, _PATIENTS = (Base.metadata.tables[one.__tablename__] for one in (Alert, Assessment, Patient))
_OPEN_ALERTS = (
    select(
        _ALERTS.c.id,
        _ALERTS.c.level,
        _ALERTS.c.opens_at,
        _ALERTS.c.acknowledged_at,
        _ALERTS.c.patient_id,
        lenient(_PATIENTS.c.name),
        _FORMS.c.visit_id,
    )
    .select_from(_ALERTS)
    .join(_PATIENTS, _PATIENTS.c.id == _ALERTS.c.patient_id)
    .join(_FORMS, _FORMS.c.id == _ALERTS.c.assessment_id)
    .where(
        _ALERTS.c.clinic_id == bindparam("clinic"),
        _ALERTS.c.state.in_(("waiting", "open")),
        _ALERTS.c.opens_at <= bindparam("now"),
    )
    .order_by(_ALERTS.c.acknowledged_at.is_not(None), _ALERTS.c.level.desc(), _ALERTS.c.opens_at, _ALERTS.c.id)
)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit of the day; `state` is None before the form was opened, names are None where they are damaged."""

    visit_id: int
    scheduled_at: datetime
    patient_id: int
    patient_name: str | None
    record_number: str | None
    born_on: str | None
    clinician_id: int
    clinician_name: str
    cancelled_at: datetime | None
    summary_read_at: datetime | None
    assessment_id: int | None
    state: str | None
    mode: str | None
    respondent: str | None
    language: str | None
    pages_left: int | None
    pages_total: int | None
    saved_at: datetime | None
    submitted_at: datetime | None
    closed_at: datetime | None
    safety_level: str | None
    declined_at: datetime | None
    link_sent_at: datetime | None
    link_opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient in a list; a value that is damaged is None."""

    id: int
    record_number: str | None
    name: str | None
    born_on: str | None
    language: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One open alert as every page of the staff shows it; the name is None where it is damaged."""

    id: int
    level: str
    opens_at: datetime
    acknowledged_at: datetime | None
    patient_id: int
    patient_name: str | None
    visit_id: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One visit of a patient with its form and scores, where there are any; the answers are not read."""

    visit: Visit
    assessment: Assessment | None
    score: AssessmentScore | None


def visits_between(
    session: Session, clinic_id: int, start: datetime, end: datetime, *, clinician_id: int | None = None
) -> list[VisitRow]:
    """Return the visits from `start` until before `end`, in order of time, in one query."""
    rows = (
        select(
            Visit.id,
            Visit.scheduled_at,
            Visit.patient_id,
            lenient(Patient.name),
            lenient(Patient.record_number),
            lenient(Patient.born_on),
            Visit.clinician_id,
            User.display_name,
            Visit.cancelled_at,
            Visit.summary_read_at,
            Assessment.id,
            Assessment.state,
            Assessment.mode,
            Assessment.respondent,
            Assessment.language,
            Assessment.pages_left,
            Assessment.pages_total,
            Assessment.saved_at,
            Assessment.submitted_at,
            Assessment.closed_at,
            AssessmentScore.safety_level,
            Visit.declined_at,
            of_link(FormLink.sent_at),
            of_link(FormLink.opened_at),
        )
        .join(Patient, Patient.id == Visit.patient_id)
        .join(User, User.id == Visit.clinician_id)
        .outerjoin(Assessment, Assessment.visit_id == Visit.id)
        .outerjoin(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
        .where(Visit.clinic_id == clinic_id, Visit.scheduled_at >= start, Visit.scheduled_at < end)
        .order_by(Visit.scheduled_at, Visit.id)
    )
    if clinician_id is not None:
        rows = rows.where(Visit.clinician_id == clinician_id)
    return [VisitRow(*row) for row in session.execute(rows).all()]


def find_patients(session: Session, clinic_id: int, text: str, limit: int = 25) -> list[PatientRow]:
    """Return the patients that a search means, by name: the whole text, or else every word of it, must match.

    A word matches a record number, a date of birth, or the beginning of a part of the name. Words of one or two letters
    alone must be whole parts of it, as the index holds no shorter beginnings.
    """
    keyring = keyring_of(session)
    if not text.split():
        return []
    whole = [
        blind_index.record(keyring, clinic_id, text),
        *(blind_index.born(keyring, clinic_id, day) for day in blind_index.dates(text)),
    ]
    condition = or_(_has(clinic_id, whole), _has_all(clinic_id, blind_index.matches(keyring, clinic_id, text)))
    found = select(
        Patient.id,
        lenient(Patient.record_number),
        lenient(Patient.name),
        lenient(Patient.born_on),
        Patient.language,
    ).where(Patient.clinic_id == clinic_id, condition)
    rows = (PatientRow(*row) for row in session.execute(found.order_by(Patient.id.desc()).limit(10 * limit)))
    meant = [row for row in rows if _means(row, text)]
    return sorted(meant, key=lambda row: (blind_index.plain(row.name or ""), row.id))[:limit]


def history(session: Session, clinic_id: int, patient_id: int) -> list[HistoryRow]:
    """Return all visits of a patient, the latest first, in one query."""
    rows = (
        select(Visit, Assessment, AssessmentScore)
        .outerjoin(Assessment, Assessment.visit_id == Visit.id)
        .outerjoin(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
        .where(Visit.clinic_id == clinic_id, Visit.patient_id == patient_id)
        .options(defer(Assessment.document, raiseload=True))
        .order_by(Visit.scheduled_at.desc(), Visit.id.desc())
    )
    return [HistoryRow(visit, assessment, score) for visit, assessment, score in session.execute(rows)]


def user_of_session(session: Session, held: str) -> User | None:
    """Return the person whom a browser's session stands for, with their roles; only they tell which clinic it is."""
    return session.execute(_BY_SESSION, {"held": held}).unique().scalar_one_or_none()


def open_alerts(session: Session, clinic_id: int, now: datetime) -> list[AlertRow]:
    """Return the alerts that wait for a person, the most urgent first and the oldest of these first."""
    return [AlertRow(*row) for row in session.execute(_OPEN_ALERTS, {"clinic": clinic_id, "now": now})]


def _has(clinic_id: int, entries: Iterable[Entry]) -> ColumnElement[bool]:
    kinds, digests = zip(*entries, strict=True)
    found = select(PatientIndex.patient_id).where(
        PatientIndex.clinic_id == clinic_id,
        # A digest already holds its kind; naming the kinds lets the database use its index.
        PatientIndex.kind.in_(sorted(set(kinds))),
        PatientIndex.digest.in_(digests),
    )
    return Patient.id.in_(found)


def _has_all(clinic_id: int, every: Iterable[Iterable[Entry]]) -> ColumnElement[bool]:
    first, *rest = (_has(clinic_id, entries) for entries in every)
    for one in rest:
        first = first & one
    return first


def _means(row: PatientRow, text: str) -> bool:
    """Tell whether the words that are longer or shorter than the index knows really match."""
    number = blind_index.plain(row.record_number or "")
    if row.name is None or blind_index.plain(text.strip()) == number or row.born_on in blind_index.dates(text):
        return True
    parts = blind_index.name_parts(row.name)
    return all(
        any(name.startswith(part) for name in parts)
        for word in text.split()
        if blind_index.plain(word) != number and row.born_on not in blind_index.dates(word)
        for part in blind_index.typed_parts(word)
        if not blind_index.SHORTEST <= len(part) <= blind_index.LONGEST
    )
