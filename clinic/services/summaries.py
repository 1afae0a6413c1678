"""The one page of a visit: everything that surrounds its answers, read in a fixed number of queries."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

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

_FORM, _BEFORE, _EARLIER = (aliased(Assessment) for _ in range(3))


def _filled_at(form: type[Assessment]) -> ColumnElement[datetime]:
    return func.coalesce(form.submitted_at, form.saved_at)


def _by_proxy(form: type[Assessment]) -> ColumnElement[bool]:
    # Nobody said who answered: that counts as the patient.
    return func.coalesce(form.respondent, "self") == PROXY


def _latest(
    value: ColumnElement[Any] | InstrumentedAttribute[int], *conditions: ColumnElement[bool]
) -> ColumnElement[Any]:
    """Return a value of the patient's latest earlier form of the same version and scoring that meets conditions."""
    return (
        select(value)
        .where(
            _BEFORE.clinic_id == _FORM.clinic_id,
            _BEFORE.patient_id == _FORM.patient_id,
            _BEFORE.id != _FORM.id,
            _BEFORE.instrument_id == _FORM.instrument_id,
            _BEFORE.instrument_version == _FORM.instrument_version,
            _BEFORE.scoring_profile == _FORM.scoring_profile,
            _filled_at(_BEFORE) < _filled_at(_FORM),
            *conditions,
        )
        .order_by(_filled_at(_BEFORE).desc(), _BEFORE.id.desc())
        .limit(1)
        .correlate(_FORM)
        .scalar_subquery()
    )


_SENT, _SAME_KIND = _BEFORE.state == "submitted", _by_proxy(_BEFORE) == _by_proxy(_FORM)
# Building a statement costs more than running it, so it is built once. A page is compared with the latest earlier sent
# form of the same kind (evidence.md, section 4).
_READ = (
    select(
        Visit.scheduled_at,
        User.display_name.label("clinician"),
        *patients.PERSON,
        _FORM.id.label("form"),
        _FORM.instrument_id,
        _FORM.instrument_version,
        _FORM.state,
        _FORM.mode,
        _FORM.language.label("form_language"),
        _FORM.core_seconds,
        _FORM.document,
        _filled_at(_FORM).label("filled_at"),
        _EARLIER.document.label("earlier_document"),
        _filled_at(_EARLIER).label("earlier_at"),
        _latest(_filled_at(_BEFORE), _SENT, ~_SAME_KIND).label("other_kind_at"),
        _latest(_filled_at(_BEFORE), _BEFORE.state == "partial").label("unsent_at"),
    )
    .join(Patient, Patient.id == Visit.patient_id)
    .join(User, User.id == Visit.clinician_id)
    .outerjoin(_FORM, _FORM.visit_id == Visit.id)
    .outerjoin(_EARLIER, _EARLIER.id == _latest(_BEFORE.id, _SENT, _SAME_KIND))
    .where(Visit.clinic_id == bindparam("clinic"), Visit.id == bindparam("visit"))
)


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
    row = session.execute(_READ, {"clinic": clinic_id, "visit": visit_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such visit.")
    if row.state not in queries.FINISHED:
        raise NotSent("The form has not been sent, so its answers cannot be read yet.")
    instrument = catalogue.read(row.instrument_id, row.instrument_version)
    wanted = language or settings.summary_language
    given = from_document(row.document).given
    answered = alerts.answered_at(session, instrument, clinic_id, row.form, given.checkin)
    patient, zone = patients.card_of(row), settings.zone
    occasion = Occasion(
        printed_at=now.astimezone(zone),
        printed_by=printed_by,
        name=patient.name,
        born_on=patient.born_on,
        record_number=patient.record_number,
        # A stored patient has all three.
        is_damaged=None in (patient.name, patient.born_on, patient.record_number),
        visit_at=row.scheduled_at.astimezone(zone),
        clinician=row.clinician,
        filled_at=row.filled_at.astimezone(zone),
        mode=cast(Mode, row.mode),
        is_sent=row.state == "submitted",
        form_language=row.form_language,
        reviewer=settings.language_reviewers.get(wanted) or instrument.reviewed.get(wanted),
        core_seconds=row.core_seconds,
        checkin_at=answered and answered.astimezone(zone),
        alerts=tuple(_in_zone(note, zone) for note in alerts.notes_for(session, clinic_id, row.form, now=now)),
        **_before(row, zone),
    )
    return summary.build(instrument, frame(wanted), wanted, given, occasion)


def _before(row: Row[Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return what the page is compared with, and the days of those nearer forms with which it cannot be."""

    def day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    earlier, other_kind, unsent = row.earlier_at, row.other_kind_at, row.unsent_at
    return {
        "earlier": Earlier(from_document(row.earlier_document).given, day(earlier)) if earlier else None,
        "other_kind_on": day(other_kind) if other_kind and not earlier else None,
        "unsent_on": day(unsent) if unsent and (earlier is None or earlier < unsent) else None,
    }


def _in_zone(note: AlertNote, zone: ZoneInfo) -> AlertNote:
    return replace(
        note,
        opened_at=note.opened_at.astimezone(zone),
        acknowledged=note.acknowledged and (note.acknowledged[0].astimezone(zone), note.acknowledged[1]),
        closed_at=note.closed_at and note.closed_at.astimezone(zone),
        changes=tuple((answer, at.astimezone(zone)) for answer, at in note.changes),
    )
