"""The patients of a clinic: adding one, finding one, and one patient's visits over time."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.core.errors import NotFound, RecordNumberTaken
from clinic.core.scoring import half_up
from clinic.db import blind_index, queries
from clinic.db.crypto import keyring_of
from clinic.db.models import Outbox, Patient, PatientIndex, User, Visit
from clinic.db.models.assessment import DOMAINS
from clinic.services import invitations
from clinic.services.states import FormState, state_of

MOST_FOUND = 25
# What every page tells of a patient; one damaged value takes none of the others with it.
PERSON = (
    Patient.id.label("patient_id"),
    queries.lenient(Patient.name),
    queries.lenient(Patient.born_on),
    queries.lenient(Patient.record_number),
    Patient.language,
    queries.lenient(Patient.other_languages),
    queries.lenient(Patient.phone),
)


@dataclass(frozen=True, slots=True)
class NewPatient:
    """What is known of a patient when they are added or corrected.

    `language` is the one in which they prefer to answer, `other_languages` are words about the others they read.
    """

    record_number: str
    name: str
    born_on: date
    language: str
    email: str | None = None
    phone: str | None = None
    other_languages: str | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Everything that is stored of who a patient is; a damaged value is None, `revision` is named by a correction."""

    revision: int
    record_number: str | None
    name: str | None
    born_on: date | None
    language: str
    other_languages: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class PatientCard:
    """Who a patient is; a value that is damaged in the database is None."""

    id: int
    name: str | None
    born_on: date | None
    record_number: str | None
    language: str
    other_languages: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class SearchHints:
    """What a search as it was typed cannot find: a longer name by two letters, a record number by a part of it."""

    is_short: bool
    has_number: bool


@dataclass(frozen=True, slots=True)
class PastGap:
    """One gap of one form: its level and its score of 0-100, higher = harder, None without a score."""

    level: str
    score: Fraction | None

    @property
    def shown(self) -> int | None:
        """Return the whole number that is printed, rounded half up."""
        return None if self.score is None else half_up(self.score)


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One visit of a patient; `gaps` are empty where no form was sent, or where the reader may not see them.

    Only forms with the same `series` (who answered, questionnaire, scoring) are comparable.
    """

    visit_id: int
    scheduled_at: datetime
    clinician: str
    state: FormState
    by_proxy: bool
    series: tuple[str, ...]
    version: str | None
    gaps: dict[str, PastGap]


def add(session: Session, clinic_id: int, new: NewPatient, *, now: datetime) -> int:
    """Add a patient to a clinic and return their id.

    Raises RecordNumberTaken where the clinic has a patient of this record number.
    """
    values = _columns(new)
    record_number = str(values["record_number"])
    if by_record_number(session, clinic_id, record_number) is not None:
        raise _taken(record_number)
    patient = Patient(**values, clinic_id=clinic_id, created_at=now)
    try:
        # Two front desks may add the same person at once; only the second one's savepoint is undone.
        with session.begin_nested():
            session.add(patient)
            blind_index.index_patient(session, patient)
    except IntegrityError as error:
        raise _taken(record_number) from error
    return patient.id


def details(session: Session, clinic_id: int, patient_id: int) -> Details:
    """Return what is stored of a patient, to be corrected.

    Raises NotFound where the clinic has no such patient.
    """
    row = session.execute(
        select(*PERSON, Patient.revision, queries.lenient(Patient.email)).where(
            Patient.clinic_id == clinic_id, Patient.id == patient_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such patient.")
    return Details(
        revision=row.revision,
        record_number=row.record_number,
        name=row.name,
        born_on=_day(row.born_on),
        language=row.language,
        other_languages=row.other_languages,
        email=row.email,
        phone=row.phone,
    )


def correct(session: Session, clinic_id: int, patient_id: int, to: NewPatient, *, seen: int, now: datetime) -> bool:
    """Give a patient these details, and let a search find them by these alone.

    With another address or language, what waits to be sent is written anew: nothing goes to the old address.

    Returns False, and changes nothing, where somebody else corrected the patient since revision `seen`. A value that
    cannot be read and is left empty stays as it is. Raises NotFound, and RecordNumberTaken.
    """
    before, values = details(session, clinic_id, patient_id), _columns(to)
    number = str(values["record_number"])
    if by_record_number(session, clinic_id, number) not in (None, patient_id):
        raise _taken(number)
    stored = {key: getattr(before, key) for key in values} | {"born_on": before.born_on and before.born_on.isoformat()}
    new = {key: value for key, value in values.items() if value != stored[key]}
    change = (
        update(Patient)
        .where(Patient.clinic_id == clinic_id, Patient.id == patient_id, Patient.revision == seen)
        .values(**new, revision=Patient.revision + 1)
    )
    try:
        with session.begin_nested():
            changed = session.execute(change, execution_options={"synchronize_session": False})
            is_stored = bool(changed.rowcount == 1)  # type: ignore[attr-defined]
            if is_stored:
                name, born_on = str(values["name"]), str(values["born_on"])
                blind_index.index(session, clinic_id, patient_id, number, name, born_on)
    except IntegrityError as error:
        raise _taken(number) from error
    if is_stored and new.keys() & {"email", "language"}:
        _renew_messages(session, clinic_id, patient_id, now)
    return is_stored


def by_record_number(session: Session, clinic_id: int, record_number: str) -> int | None:
    """Return the id of the patient with exactly this record number, or None."""
    kind, digest = blind_index.record(keyring_of(session), clinic_id, record_number)
    return session.scalar(
        select(PatientIndex.patient_id).where(
            PatientIndex.clinic_id == clinic_id, PatientIndex.kind == kind, PatientIndex.digest == digest
        )
    )


def find(session: Session, clinic_id: int, text: str, *, limit: int = MOST_FOUND) -> list[PatientCard]:
    """Return the patients that a search by record number, date of birth or name means, by name."""
    rows = queries.find_patients(session, clinic_id, text, limit)
    return [PatientCard(row.id, row.name, _day(row.born_on), row.record_number, row.language) for row in rows]


def hints(text: str) -> SearchHints:
    """Return what to say of a search before anybody believes that a patient is not here."""
    words = text.split()
    parts = [part for word in words for part in blind_index.typed_parts(word)]
    numbers = [word for word in words if any(map(str.isdigit, word)) and not blind_index.dates(word)]
    return SearchHints(
        is_short=bool(parts) and all(part.isalpha() and len(part) < blind_index.SHORTEST for part in parts),
        has_number=bool(numbers) and not blind_index.dates(text),
    )


def card(session: Session, clinic_id: int, patient_id: int) -> PatientCard:
    """Return who a patient is.

    Raises NotFound where the clinic has no such patient.
    """
    row = session.execute(select(*PERSON).where(Patient.clinic_id == clinic_id, Patient.id == patient_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such patient.")
    return card_of(row)


def card_of(row: Row[Any]) -> PatientCard:
    """Return who a patient is, from a row that holds the columns of PERSON."""
    return PatientCard(
        id=row.patient_id,
        name=row.name,
        born_on=_day(row.born_on),
        record_number=row.record_number,
        language=row.language,
        other_languages=row.other_languages,
        phone=row.phone,
    )


def visits_of(session: Session, clinic_id: int, patient_id: int, *, with_gaps: bool) -> list[PastVisit]:
    """Return all visits of a patient, the latest first; scores are left out unless asked for."""
    rows = queries.history(session, clinic_id, patient_id)
    names = _names(session, clinic_id)
    return [_past_visit(row, names, with_gaps=with_gaps) for row in rows]


def _columns(patient: NewPatient) -> dict[str, str | None]:
    return {
        "record_number": " ".join(patient.record_number.split()),
        "name": " ".join(patient.name.split()),
        "born_on": patient.born_on.isoformat(),
        "language": patient.language,
        "other_languages": patient.other_languages or None,
        "email": patient.email or None,
        "phone": patient.phone or None,
    }


def _renew_messages(session: Session, clinic_id: int, patient_id: int, now: datetime) -> None:
    waiting = (
        select(Visit.id)
        .distinct()
        .join(Outbox, Outbox.visit_id == Visit.id)
        .where(Outbox.clinic_id == clinic_id, Outbox.state == "waiting", Visit.patient_id == patient_id)
    )
    for visit_id in session.scalars(waiting).all():
        invitations.renew(session, clinic_id, visit_id, now=now)


def _past_visit(row: queries.HistoryRow, names: dict[int, str], *, with_gaps: bool) -> PastVisit:
    visit, form, score = row.visit, row.assessment, row.score
    by_proxy = form is not None and form.respondent == "proxy"
    gaps = {}
    if with_gaps and score is not None:
        for domain in DOMAINS:
            twelfths = getattr(score, f"{domain}_score")
            value = None if twelfths is None else Fraction(twelfths, 12)
            gaps[domain.upper()] = PastGap(getattr(score, f"{domain}_level"), value)
    return PastVisit(
        visit_id=visit.id,
        scheduled_at=visit.scheduled_at,
        clinician=names[visit.clinician_id],
        state=state_of(form.state if form else None, visit.summary_read_at, visit.cancelled_at, visit.declined_at),
        by_proxy=by_proxy,
        series=(str(by_proxy), form.instrument_id, form.instrument_version, form.scoring_profile) if form else (),
        version=form.instrument_version if form else None,
        gaps=gaps,
    )


def _names(session: Session, clinic_id: int) -> dict[int, str]:
    rows = session.execute(select(User.id, User.display_name).where(User.clinic_id == clinic_id))
    return {row.id: row.display_name for row in rows}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _taken(record_number: str) -> RecordNumberTaken:
    return RecordNumberTaken(
        f"A patient with record number {record_number} is here already. Search for that number and pick the patient."
    )
