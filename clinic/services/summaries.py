"""The one page of a visit: everything that surrounds its answers, read in a fixed number of queries."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, aliased

from clinic.core import summary
from clinic.core.errors import NotFound, NotSent
from clinic.core.instrument import PROXY
from clinic.core.occasion import AlertNote, Earlier, Mode, Occasion
from clinic.core.page import Page
from clinic.db import queries
from clinic.db.models import Assessment, Patient, User, Visit
from clinic.instruments import catalogue
from clinic.instruments.frame import frame
from clinic.services import alerts, clinic_settings, patients
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.drafts import from_document
from clinic.services.patients import PatientCard

T = TypeVar("T", bound=Select[Any])
# An alias that is made anew costs more than the query it is for.
_FORM, _BEFORE = aliased(Assessment), aliased(Assessment)


def page_for(
    session: Session,
    clinic_id: int,
    visit_id: int,
    *,
    settings: ClinicSettings | None = None,
    language: str | None = None,
    printed_by: str,
    now: datetime,
) -> Page:
    """Return the one page of a visit, in the clinic's summary language where no other is asked for.

    Raises NotFound, and NotSent while the form is still the patient's own.
    """
    settings = settings or clinic_settings.read(session, clinic_id)
    row = _read(session, clinic_id, visit_id)
    visit, form = row.visit, row.form
    if form is None or form.state not in queries.FINISHED:
        raise NotSent("The form has not been sent, so its answers cannot be read yet.")
    instrument = catalogue.read(form.instrument_id, form.instrument_version)
    wanted = language or settings.summary_language
    draft = from_document(form.document)
    earlier = _earlier(session, form)
    answered = alerts.answered_at(session, instrument, clinic_id, form.id, draft.given.checkin)
    zone = settings.zone
    occasion = Occasion(
        printed_at=now.astimezone(zone),
        printed_by=printed_by,
        name=row.patient.name,
        born_on=row.patient.born_on,
        record_number=row.patient.record_number,
        # A stored patient has all three.
        is_damaged=None in (row.patient.name, row.patient.born_on, row.patient.record_number),
        visit_at=visit.scheduled_at.astimezone(zone),
        clinician=row.clinician,
        filled_at=_filled_at(form).astimezone(zone),
        mode=cast(Mode, form.mode),
        form_language=form.language,
        reviewer=settings.language_reviewers.get(wanted) or instrument.reviewed.get(wanted),
        core_seconds=form.core_seconds,
        checkin_at=answered and answered.astimezone(zone),
        alerts=tuple(_in_zone(note, zone) for note in alerts.notes_for(session, clinic_id, form.id, now=now)),
        earlier=None
        if earlier is None
        else Earlier(from_document(earlier.document).given, _filled_at(earlier).astimezone(zone).date()),
        other_kind_on=None if earlier or row.other_kind_at is None else row.other_kind_at.astimezone(zone).date(),
    )
    return summary.build(instrument, frame(wanted), wanted, draft.given, occasion)


@dataclass(frozen=True, slots=True)
class _Read:
    visit: Visit
    patient: PatientCard
    clinician: str
    form: Assessment | None
    other_kind_at: datetime | None


def _read(session: Session, clinic_id: int, visit_id: int) -> _Read:
    row = session.execute(
        select(Visit, User.display_name, _FORM, _other_kind().label("other_kind_at"), *patients.PERSON)
        .join(Patient, Patient.id == Visit.patient_id)
        .join(User, User.id == Visit.clinician_id)
        .outerjoin(_FORM, _FORM.visit_id == Visit.id)
        .where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such visit.")
    return _Read(row[0], patients.card_of(row), row[1], row[2], row.other_kind_at)


def _other_kind() -> ScalarSelect[datetime | None]:
    """Return when the latest earlier form that cannot be compared, since someone else answered, was sent."""
    return (
        _sent_before(select(func.max(_BEFORE.submitted_at)), _FORM)
        .where(_by_proxy(_BEFORE) != _by_proxy(_FORM))
        .scalar_subquery()
    )


def _earlier(session: Session, form: Assessment) -> Assessment | None:
    """Return the latest earlier sent form of the same kind, version and scoring (evidence.md, section 4)."""
    found = _sent_before(select(_BEFORE), form)
    same = found.where(_by_proxy(_BEFORE) if form.respondent == PROXY else ~_by_proxy(_BEFORE))
    return session.scalar(same.order_by(_BEFORE.submitted_at.desc(), _BEFORE.id.desc()).limit(1))


def _sent_before(found: T, form: Assessment | type[Assessment]) -> T:
    return found.where(
        _BEFORE.clinic_id == form.clinic_id,
        _BEFORE.patient_id == form.patient_id,
        _BEFORE.state == "submitted",
        _BEFORE.id != form.id,
        _BEFORE.instrument_id == form.instrument_id,
        _BEFORE.instrument_version == form.instrument_version,
        _BEFORE.scoring_profile == form.scoring_profile,
        _BEFORE.submitted_at < func.coalesce(form.submitted_at, form.saved_at),
    )


def _by_proxy(form: type[Assessment]) -> ColumnElement[bool]:
    # Nobody said who answered: that counts as the patient.
    return func.coalesce(form.respondent, "self") == PROXY


def _filled_at(form: Assessment) -> datetime:
    return form.submitted_at or form.saved_at


def _in_zone(note: AlertNote, zone: ZoneInfo) -> AlertNote:
    return replace(
        note,
        opened_at=note.opened_at.astimezone(zone),
        acknowledged=note.acknowledged and (note.acknowledged[0].astimezone(zone), note.acknowledged[1]),
        closed_at=note.closed_at and note.closed_at.astimezone(zone),
        changes=tuple((answer, at.astimezone(zone)) for answer, at in note.changes),
    )
