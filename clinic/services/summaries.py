"""The one page of a visit: everything that surrounds its answers, read in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, FromClause, Row, and_, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.core import summary
from clinic.core.answers import Followed
from clinic.core.errors import NotFound, NotSent
from clinic.core.instrument import PROXY
from clinic.core.occasion import AgreedBefore, AgreedToday, AlertNote, Earlier, Mode, Occasion
from clinic.core.page import Page
from clinic.core.path import Draft
from clinic.db import queries
from clinic.db.base import Base
from clinic.db.models import Assessment, Patient, User, Visit
from clinic.instruments.frame import frame
from clinic.services import alerts, clinic_settings, followups, scoring_profiles
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.drafts import from_document

_TABLES = Base.metadata.tables
_VISITS, _PATIENTS, _STAFF, _FORMS = (_TABLES[one.__tablename__] for one in (Visit, Patient, User, Assessment))
_FORM, _BEFORE, _EARLIER = (_FORMS.alias() for _ in range(3))


def _filled_at(form: FromClause) -> ColumnElement[datetime]:
    return func.coalesce(form.c.submitted_at, form.c.saved_at)


def _by_proxy(form: FromClause) -> ColumnElement[bool]:
    # Nobody said who answered: that counts as the patient.
    return func.coalesce(form.c.respondent, "self") == PROXY


_RULES = ("instrument_version", "scoring_profile")


def _latest(value: ColumnElement[Any], *conditions: ColumnElement[bool], same: Sequence[str] = _RULES) -> Any:
    """Return a value of the patient's latest earlier form that meets conditions, by default one of the same rules."""
    same = ("clinic_id", "patient_id", "instrument_id", *same)
    return (
        select(value)
        .where(
            *(_BEFORE.c[one] == _FORM.c[one] for one in same),
            _BEFORE.c.id != _FORM.c.id,
            _filled_at(_BEFORE) < _filled_at(_FORM),
            *conditions,
        )
        .order_by(_filled_at(_BEFORE).desc(), _BEFORE.c.id.desc())
        .limit(1)
        .correlate(_FORM)
        .scalar_subquery()
    )


_SENT, _SAME_KIND = _BEFORE.c.state == "submitted", _by_proxy(_BEFORE) == _by_proxy(_FORM)
_SAME_RULES = and_(*(_BEFORE.c[one] == _FORM.c[one] for one in _RULES))
# Built once, on the bare tables: building a statement costs more than running it, and so does looking for objects in
# its rows. A page is compared with the latest earlier sent form of the same kind (evidence.md, section 4).
_READ = (
    select(
        _VISITS.c.scheduled_at,
        _STAFF.c.display_name.label("clinician"),
        queries.lenient(_PATIENTS.c.name),
        queries.lenient(_PATIENTS.c.born_on),
        queries.lenient(_PATIENTS.c.record_number),
        _FORM.c.id.label("form"),
        _FORM.c.instrument_id,
        _FORM.c.instrument_version,
        _FORM.c.scoring_profile,
        _FORM.c.state,
        _FORM.c.mode,
        _FORM.c.language,
        _FORM.c.core_seconds,
        _FORM.c.document,
        _filled_at(_FORM).label("filled_at"),
        _EARLIER.c.document.label("earlier_document"),
        _filled_at(_EARLIER).label("earlier_at"),
        _latest(_filled_at(_BEFORE), _SENT, ~_SAME_KIND).label("other_kind_at"),
        _latest(_filled_at(_BEFORE), _SENT, _SAME_KIND, ~_SAME_RULES, same=()).label("other_rules_at"),
        _latest(_filled_at(_BEFORE), _BEFORE.c.state == "partial").label("unsent_at"),
    )
    .select_from(_VISITS)
    .join(_PATIENTS, _PATIENTS.c.id == _VISITS.c.patient_id)
    .join(_STAFF, _STAFF.c.id == _VISITS.c.clinician_id)
    .outerjoin(_FORM, _FORM.c.visit_id == _VISITS.c.id)
    .outerjoin(_EARLIER, _EARLIER.c.id == _latest(_BEFORE.c.id, _SENT, _SAME_KIND))
    .where(_VISITS.c.clinic_id == bindparam("clinic"), _VISITS.c.id == bindparam("visit"))
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
    instrument = scoring_profiles.of_form(settings, row)
    wanted = language or settings.summary_language
    draft = from_document(row.document)
    given = draft.given
    answered = alerts.answered_at(session, instrument, clinic_id, row.form, given.checkin)
    zone = settings.zone
    occasion = Occasion(
        printed_at=now.astimezone(zone),
        printed_by=printed_by,
        name=row.name,
        born_on=row.born_on and date.fromisoformat(row.born_on),
        record_number=row.record_number,
        # A stored patient has all three.
        is_damaged=None in (row.name, row.born_on, row.record_number),
        visit_at=row.scheduled_at.astimezone(zone),
        clinician=row.clinician,
        filled_at=row.filled_at.astimezone(zone),
        mode=cast(Mode, row.mode),
        is_sent=row.state == "submitted",
        form_language=row.language,
        reviewer=settings.language_reviewers.get(wanted) or instrument.reviewed.get(wanted),
        core_seconds=row.core_seconds,
        checkin_at=answered and answered.astimezone(zone),
        **_agreed(session, clinic_id, visit_id, draft, zone),
        alerts=tuple(_in_zone(note, zone) for note in alerts.notes_for(session, clinic_id, row.form, now=now)),
        **_before(row, zone),
    )
    return summary.build(instrument, frame(wanted), wanted, given, occasion)


def _agreed(session: Session, clinic_id: int, visit_id: int, draft: Draft, zone: ZoneInfo) -> dict[str, Any]:
    """Return what this visit agreed, and what came of the things that its form asked about."""
    rows = followups.around(session, clinic_id, visit_id, draft.agreed)
    before = [row for row in rows if row.visit_id != visit_id]
    said = draft.given.followed
    return {
        "agreed_today": tuple(AgreedToday(row.what, row.who, row.due_on) for row in rows if row.visit_id == visit_id),
        "agreed_before": tuple(
            AgreedBefore(row.what, row.who, one.happened, one.helped)
            for row in before
            for one in (said.get(str(row.id), Followed()),)
        ),
        "agreed_before_on": before[0].agreed_at.astimezone(zone).date() if before else None,
    }


def _before(row: Row[*tuple[Any, ...]], zone: ZoneInfo) -> dict[str, Any]:
    """Return what the page is compared with, and the days of those nearer forms with which it cannot be."""

    def day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    earlier, other_kind, unsent = row.earlier_at, row.other_kind_at, row.unsent_at
    other_rules = row.other_rules_at
    return {
        "earlier": Earlier(from_document(row.earlier_document).given, day(earlier)) if earlier else None,
        "other_kind_on": day(other_kind) if other_kind and not earlier else None,
        "other_rules_on": day(other_rules) if other_rules and (earlier is None or earlier < other_rules) else None,
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
