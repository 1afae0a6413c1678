"""Visits: making one, what is known of one before its form is read, and the two things staff do to its form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from clinic.core.errors import BadVisit, NotFound, NotSent, TooEarly
from clinic.core.safety import judge
from clinic.core.scope import Role
from clinic.db import queries
from clinic.db.models import Alert, Assessment, FormLink, Patient, Site, User, Visit
from clinic.db.models import Role as RoleRow
from clinic.instruments import catalogue
from clinic.services import assessments, invitations, links, patients
from clinic.services.board import SafetyNow, safety_now
from clinic.services.drafts import from_document
from clinic.services.patients import NewPatient, PatientCard
from clinic.services.states import FormState, state_of

# Every page of a visit reads its card, so the statement is built once: building it costs more than running it.
_READER = aliased(User)
_CARD = (
    select(
        Visit,
        Site.name.label("site"),
        User.display_name.label("clinician"),
        _READER.display_name.label("reader"),
        *patients.PERSON,
        Assessment.state,
        Assessment.instrument_id,
        Assessment.instrument_version,
        Assessment.mode,
        Assessment.pages_left,
        Assessment.pages_total,
        Assessment.saved_at,
        Assessment.submitted_at,
        queries.of_link(FormLink.sent_at).label("link_sent_at"),
        queries.of_link(FormLink.opened_at).label("link_opened_at"),
    )
    .join(Site, Site.id == Visit.site_id)
    .join(User, User.id == Visit.clinician_id)
    .join(Patient, Patient.id == Visit.patient_id)
    .outerjoin(_READER, _READER.id == Visit.summary_read_by)
    .outerjoin(Assessment, Assessment.visit_id == Visit.id)
    .where(Visit.clinic_id == bindparam("clinic"), Visit.id == bindparam("visit"))
)


@dataclass(frozen=True, slots=True)
class Appointment:
    """When and where a visit is, and with whom; the ids must belong to the clinic."""

    site_id: int
    clinician_id: int
    scheduled_at: datetime


@dataclass(frozen=True, slots=True)
class NewVisit(Appointment):
    """What makes a visit: its appointment, and a patient who is here or a new one."""

    patient: int | NewPatient


@dataclass(frozen=True, slots=True)
class Made:
    """The visit that came of a request; not new where the patient had one at that moment already."""

    visit_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One person or place to choose from a list."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class VisitCard:
    """One visit with the state of its form, and none of its answers.

    `page` is (pages left, about how many) of a started form; `touched_at` is when the form was sent, else last saved.
    `revision` is what a correction must name, `instrument` the "id|version" of the form, None before it was opened.
    """

    id: int
    revision: int
    at: datetime
    site_id: int
    site: str
    clinician_id: int
    clinician: str
    patient: PatientCard
    state: FormState
    is_finished: bool
    is_partial: bool
    instrument: str | None
    mode: str | None
    page: tuple[int, int] | None
    touched_at: datetime | None
    read_at: datetime | None
    read_by: str | None

    @property
    def takes_answers(self) -> bool:
        """Tell whether the form can still be opened and filled in."""
        return self.state in links.TAKES_ANSWERS

    def may_close(self, now: datetime) -> bool:
        """Tell whether a form that was begun may be closed with what is there: from the visit's time on."""
        return self.state == "started" and self.at <= now


def local_moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment at which a clinic's clock shows this time; one that comes twice is the first of the two.

    Raises BadVisit, in words, for an hour that the clock leaves out in spring.
    """
    moment = datetime.combine(day, clock, tzinfo=zone)
    back = moment.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise BadVisit(
            f"There is no {clock:%H:%M} on this day: the clocks go forward, and {clock:%H:%M} becomes {back:%H:%M}. "
            "Choose another time."
        )
    return moment.astimezone(UTC)


def create(session: Session, clinic_id: int, new: NewVisit, *, by: int, now: datetime, invites: bool = False) -> Made:
    """Make a visit, its patient where they are new, the link to its form, and the e-mail with it if that is asked for.

    A patient who already has a visit at this moment keeps that one, and nothing is made.
    Raises BadVisit for a place or clinician that this clinic does not have, NotFound for a patient, and
    RecordNumberTaken.
    """
    if new.clinician_id not in {one.id for one in clinicians(session, clinic_id)}:
        raise BadVisit("Choose one of the clinic’s clinicians.")
    if new.site_id not in {one.id for one in sites(session, clinic_id)}:
        raise BadVisit("Choose one of the clinic’s sites.")
    if isinstance(new.patient, NewPatient):
        patient_id = patients.add(session, clinic_id, new.patient, now=now)
    elif session.scalar(select(Patient.id).where(Patient.clinic_id == clinic_id, Patient.id == new.patient)):
        patient_id = new.patient
    else:
        raise NotFound("There is no such patient.")
    visit = Visit(
        clinic_id=clinic_id,
        site_id=new.site_id,
        patient_id=patient_id,
        clinician_id=new.clinician_id,
        scheduled_at=new.scheduled_at,
        created_at=now,
        created_by=by,
    )
    try:
        # A button that was pressed twice may be answered at the same time; the database lets one of the two in.
        with session.begin_nested():
            session.add(visit)
    except IntegrityError:
        there = at_moment(session, clinic_id, patient_id, new.scheduled_at)
        if there is None:
            raise
        return Made(there, is_new=False)
    links.issue(session, clinic_id, visit.id, by=by, now=now)
    if invites:
        invitations.invite(session, clinic_id, visit.id, now=now)
    return Made(visit.id, is_new=True)


def made_before(
    session: Session, clinic_id: int, new: NewPatient, moment: datetime, *, since: datetime | None = None
) -> int | None:
    """Return the visit at a moment, or since another, of somebody who was added just so before; None without one."""
    patient_id = patients.by_record_number(session, clinic_id, new.record_number)
    if patient_id is None:
        return None
    there = patients.card(session, clinic_id, patient_id)
    is_same = (there.name, there.born_on) == (new.name, new.born_on)
    return at_moment(session, clinic_id, patient_id, moment, since=since) if is_same else None


def at_moment(
    session: Session, clinic_id: int, patient_id: int, moment: datetime, *, since: datetime | None = None
) -> int | None:
    """Return the visit that a patient has at a moment, or since another; None without one that is not cancelled."""
    return session.scalar(
        select(Visit.id)
        .where(
            Visit.clinic_id == clinic_id,
            Visit.patient_id == patient_id,
            Visit.scheduled_at.between(since or moment, moment),
            Visit.cancelled_at.is_(None),
        )
        .order_by(Visit.id.desc())
    )


def clinicians(session: Session, clinic_id: int) -> Sequence[Choice]:
    """Return the clinic's clinicians who can sign in, by name."""
    rows = session.execute(
        select(User.id, User.display_name)
        .where(User.clinic_id == clinic_id, User.active.is_(True))
        .where(User.roles.any(RoleRow.name == Role.CLINICIAN.value))
        .order_by(User.display_name, User.id)
    )
    return [Choice(*row) for row in rows]


def sites(session: Session, clinic_id: int) -> Sequence[Choice]:
    """Return the clinic's sites, by name."""
    rows = session.execute(select(Site.id, Site.name).where(Site.clinic_id == clinic_id).order_by(Site.name, Site.id))
    return [Choice(*row) for row in rows]


def card(session: Session, clinic_id: int, visit_id: int) -> VisitCard:
    """Return a visit and the state of its form, in one query.

    Raises NotFound where the clinic has no such visit.
    """
    row = session.execute(_CARD, {"clinic": clinic_id, "visit": visit_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such visit.")
    visit = row.Visit
    state = state_of(
        row.state,
        visit.summary_read_at,
        visit.cancelled_at,
        visit.declined_at,
        (row.link_sent_at, row.link_opened_at),
    )
    return VisitCard(
        id=visit.id,
        revision=visit.revision,
        at=visit.scheduled_at,
        site_id=visit.site_id,
        site=row.site,
        clinician_id=visit.clinician_id,
        clinician=row.clinician,
        patient=patients.card_of(row),
        state=state,
        is_finished=row.state in queries.FINISHED,
        is_partial=row.state == "partial",
        instrument=f"{row.instrument_id}|{row.instrument_version}" if row.state else None,
        mode=row.mode,
        page=(row.pages_left, row.pages_total) if state == "started" else None,
        touched_at=row.submitted_at or row.saved_at,
        read_at=visit.summary_read_at,
        read_by=row.reader,
    )


def safety(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> SafetyNow | None:
    """Return the safety level of a visit's form as it now stands, sent or not; None before it was opened."""
    form = _form(session, clinic_id, visit_id)
    if form is None:
        return None
    alerts = session.scalars(queries.scoped(Alert, clinic_id).where(Alert.assessment_id == form.id)).all()
    instrument = catalogue.read(form.instrument_id, form.instrument_version)
    reached = judge(instrument, from_document(form.document).given).level
    return safety_now(reached, alerts, now)


def mark_read(session: Session, clinic_id: int, visit_id: int, *, by: int, now: datetime) -> None:
    """Record who read a visit's summary first, and when; a second time changes nothing.

    Raises NotFound, and NotSent while there is no summary.
    """
    if not card(session, clinic_id, visit_id).is_finished:
        raise NotSent("There is no summary to read yet: the form has not been sent.")
    session.execute(
        update(Visit)
        .where(Visit.clinic_id == clinic_id, Visit.id == visit_id, Visit.summary_read_at.is_(None))
        .values(summary_read_at=now, summary_read_by=by)
    )


def use_what_is_there(session: Session, clinic_id: int, visit_id: int, *, by: int, now: datetime) -> None:
    """Close a form that was begun and not sent, so that its answers can be read in the visit.

    Raises NotFound, TooEarly before the visit's time, and NotSent where nothing was begun. A form that has been sent
    in the meantime stays as it is.
    """
    visit = card(session, clinic_id, visit_id)
    if visit.is_finished:
        return
    if visit.state == "cancelled":
        raise NotSent("This visit is cancelled. Take that back first, then you can use what is there.")
    if visit.state == "declined":
        raise NotSent("The patient would rather not fill in this form, so what was answered is not read.")
    if visit.state != "started":
        raise NotSent("There is nothing to use: the form has not been opened.")
    if not visit.may_close(now):
        raise TooEarly("The patient may still send this form. You can use what is there from the time of the visit on.")
    form = _form(session, clinic_id, visit_id)
    assert form is not None, "A started form has a row."  # noqa: S101
    assessments.close_partial(session, clinic_id, form.id, by=by, now=now)


def _form(session: Session, clinic_id: int, visit_id: int) -> Assessment | None:
    return session.scalar(queries.scoped(Assessment, clinic_id).where(Assessment.visit_id == visit_id))
