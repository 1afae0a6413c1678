"""Write the visits of the demo and their forms in bulk, with the columns that the real services write."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from clinic.core import path, safety
from clinic.core.instrument import Instrument
from clinic.core.result import evaluate
from clinic.core.safety import SafetyLevel
from clinic.db.models import Assessment, AssessmentScore, FormLink, Visit
from clinic.services import alerts, links
from clinic.services.alerts import Subject
from clinic.services.demo import agreed, alert_story, forms, plan, progress
from clinic.services.demo.agreed import Attended
from clinic.services.demo.calendar import Diary
from clinic.services.demo.forms import Filled
from clinic.services.demo.people import chance
from clinic.services.demo.plan import Booking
from clinic.services.demo.progress import Moment
from clinic.services.drafts import to_document
from clinic.services.score_rows import completion_columns, score_row

BOOKED_BEFORE = timedelta(days=21)
CLOSED_AFTER = timedelta(minutes=4)
UNREAD_SHARE = 0.05
SENT_IN_FULL = ("sent", "read", "urgent")


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are written: ids of the clinic, its sites, patients by person's number, and the front desk."""

    clinic_id: int
    sites: Sequence[int]
    patients: Mapping[int, int]
    front_desk: int


@dataclass(frozen=True, slots=True)
class _Form:
    booking: Booking
    visit_id: int
    filled: Filled
    started_at: datetime
    moment: Moment
    state: str
    ended_at: datetime | None


def write(
    session: Session,
    instrument: Instrument,
    seed: int,
    place: Place,
    bookings: Sequence[Booking],
    before: Mapping[int, Sequence[date]],
    diary: Diary,
    now: datetime,
) -> list[int]:
    """Write all bookings with their forms, scores, alerts and links.

    Returns the forms of today that are unfinished, and those of past days whose alerts are.
    `before` holds the days of each person's earlier visits, so that new forms grow out of old ones.
    """
    visits = _visits(session, place, bookings, now)
    found = list(_forms(instrument, seed, bookings, visits, before, diary, now))
    found = _followed(session, instrument, seed, place, found, diary, now)
    _move(session, bookings)
    # A form that has been sent gets no link, so each has its own before it is written.
    _links(session, place, bookings, visits, found, diary, now)
    ids = _assessments(session, instrument, place, found)
    agreed.keep(session, [(ids[n], form.ended_at, form.moment.draft) for n, form in enumerate(found) if form.ended_at])
    levels = [_alerts(session, instrument, place, form, ids[n], now) for n, form in enumerate(found)]
    _scores(session, instrument, found, ids, levels)
    _read(session, found, seed, diary, now)
    today = diary.day(now)
    past = {ids[n]: form.booking.clinician for n, form in enumerate(found) if diary.day(form.booking.at) < today}
    left = alert_story.tell_past(session, place.clinic_id, past, diary, now)
    alert_story.deliver(session, ids)
    return left + [
        ids[n]
        for n, form in enumerate(found)
        if diary.day(form.booking.at) == today and form.booking.result in ("draft", "nearly", "urgent")
    ]


def _visits(session: Session, place: Place, bookings: Sequence[Booking], now: datetime) -> list[int]:
    """Return the visit of each booking, in order; new ones are written."""
    new = [one for one in bookings if one.visit_id is None]
    rows = [
        {
            "clinic_id": place.clinic_id,
            "site_id": place.sites[one.person.site],
            "patient_id": place.patients[one.person.number],
            "clinician_id": one.clinician,
            "scheduled_at": one.at,
            "created_at": min(one.at - BOOKED_BEFORE, now),
            "created_by": place.front_desk,
            "cancelled_at": min(one.at - timedelta(hours=20), now) if one.result == "cancelled" else None,
        }
        for one in new
    ]
    made = iter(session.scalars(insert(Visit).returning(Visit.id, sort_by_parameter_order=True), rows) if rows else ())
    return [one.visit_id if one.visit_id is not None else next(made) for one in bookings]


def _move(session: Session, bookings: Sequence[Booking]) -> None:
    for one in bookings:
        if one.moved:
            session.execute(update(Visit).where(Visit.id == one.visit_id).values(scheduled_at=one.at))
        if one.visit_id is not None and one.result == "cancelled":
            at = one.at - timedelta(hours=20)
            session.execute(update(Visit).where(Visit.id == one.visit_id).values(cancelled_at=at))


def _forms(
    instrument: Instrument,
    seed: int,
    bookings: Sequence[Booking],
    visits: Sequence[int],
    before: Mapping[int, Sequence[date]],
    diary: Diary,
    now: datetime,
) -> list[_Form]:
    by_person: dict[int, list[tuple[Booking, int]]] = defaultdict(list)
    for booking, visit_id in zip(bookings, visits, strict=True):
        if booking.result != "coming":
            by_person[booking.person.number].append((booking, visit_id))
    found = []
    told = plan.alarming(seed, bookings, diary, now)
    for number, mine in by_person.items():
        person = mine[0][0].person
        days = sorted({*before.get(number, ()), *(diary.day(booking.at) for booking, _ in mine)})
        filled = forms.fill(instrument, seed, person, days, alarming=told.get(number, {}))
        for booking, visit_id in mine:
            if booking.result not in ("none", "cancelled"):
                one = filled[diary.day(booking.at)]
                found.append(_form(instrument, seed, booking, visit_id, one, diary, now))
    return sorted(found, key=lambda form: (form.started_at, form.visit_id))


def _form(
    instrument: Instrument,
    seed: int,
    booking: Booking,
    visit_id: int,
    filled: Filled,
    diary: Diary,
    now: datetime,
) -> _Form:
    person, result = booking.person, booking.result
    random = chance(seed, person, "begins", diary.day(booking.at))
    started_at = booking.at - timedelta(minutes=random.randint(14, 25))
    is_today = diary.day(booking.at) == diary.day(now)
    if is_today or not filled.tablet:
        # At home, in the afternoon or evening before, so that it lies behind us whenever the demo is started.
        evening = time(20, 41) if result == "urgent" else time(random.randint(15, 16 if result == "read" else 20), 7)
        day = diary.day(booking.at) - timedelta(days=1 if is_today else random.choice((1, 1, 2, 3)))
        started_at = diary.at(day, evening) + timedelta(minutes=random.randint(0, 40))
    if result in SENT_IN_FULL:
        moment = progress.finished(instrument, filled, started_at)
        return _Form(booking, visit_id, filled, started_at, moment, "submitted", moment.at + progress.OTHER_PAGE)
    share = {"nearly": 0.8, "draft": 0.5}.get(result, random.uniform(0.35, 0.75))
    moment = progress.until(instrument, filled, started_at, share)
    if result != "partial":
        return _Form(booking, visit_id, filled, started_at, moment, "draft", None)
    closed_at = min(booking.at + CLOSED_AFTER, now)
    return _Form(booking, visit_id, filled, started_at, moment, "partial", closed_at)


def _followed(
    session: Session,
    instrument: Instrument,
    seed: int,
    place: Place,
    found: Sequence[_Form],
    diary: Diary,
    now: datetime,
) -> list[_Form]:
    """Let visits agree on things, and return the forms with what they say of what was agreed before them."""
    attended = [
        Attended(
            person=form.booking.person,
            patient_id=place.patients[form.booking.person.number],
            visit_id=form.visit_id,
            at=form.booking.at,
            clinician=form.booking.clinician,
            given=form.moment.draft.given,
            was_read=_was_read(form, seed, diary, now),
        )
        for form in found
    ]
    agreed.agree(session, instrument, seed, place.clinic_id, attended, diary)
    drafts = agreed.asked(
        session,
        seed,
        place.clinic_id,
        [
            (one.visit_id, one.person, one.patient_id, one.at, form.ended_at is not None, form.moment.draft)
            for one, form in sorted(zip(attended, found, strict=True), key=lambda pair: (pair[0].at, pair[0].visit_id))
        ],
    )
    return [
        replace(form, moment=replace(form.moment, draft=drafts.get(form.visit_id, form.moment.draft))) for form in found
    ]


def _was_read(form: _Form, seed: int, diary: Diary, now: datetime) -> bool:
    """Tell whether a visit has been, and its clinician read the form before it; few are not."""
    day = diary.day(form.booking.at)
    random = chance(seed, form.booking.person, "read", day)
    return form.state != "draft" and day < diary.day(now) and random.random() >= UNREAD_SHARE


def _assessments(session: Session, instrument: Instrument, place: Place, found: Sequence[_Form]) -> list[int]:
    rows = [_assessment(instrument, place, form) for form in found]
    if not rows:
        return []
    return list(session.scalars(insert(Assessment).returning(Assessment.id, sort_by_parameter_order=True), rows))


def _assessment(instrument: Instrument, place: Place, form: _Form) -> dict[str, Any]:
    draft, person = form.moment.draft, form.booking.person
    done, total = path.pages_done(instrument, draft)
    is_tablet = form.filled.tablet and form.started_at.date() == form.booking.at.date()
    row: dict[str, Any] = {
        "clinic_id": place.clinic_id,
        "site_id": place.sites[person.site],
        "visit_id": form.visit_id,
        "patient_id": place.patients[person.number],
        "instrument_id": instrument.id,
        "instrument_version": instrument.version,
        "instrument_digest": instrument.digest,
        "scoring_profile": instrument.scoring.profile,
        "language": person.language,
        "mode": "tablet" if is_tablet else "web",
        "state": form.state,
        "respondent": draft.given.respondent,
        "started_at": form.started_at,
        "saved_at": form.ended_at if form.state == "submitted" else form.moment.at,
        "submitted_at": form.ended_at if form.state == "submitted" else None,
        "closed_at": form.ended_at if form.state == "partial" else None,
        "closed_by": form.booking.clinician if form.state == "partial" else None,
        "revision": done + 1,
        "document": to_document(draft),
        "pages_left": done,
        "pages_total": total,
        "checkin_mode": draft.checkin_mode,
        "is_synthetic": True,
        "completion": None,
        "responded": None,
        "overall_twelfths": None,
        "core_seconds": None,
    }
    if form.state != "draft":
        seconds = path.core_time(instrument, draft)
        row |= {**completion_columns(evaluate(instrument, draft.given, seconds)), "core_seconds": seconds}
    return row


def _alerts(
    session: Session,
    instrument: Instrument,
    place: Place,
    form: _Form,
    assessment_id: int,
    now: datetime,
) -> SafetyLevel:
    """Let the real alert service see the form page by page; return the highest level at which an alert opened."""
    if not progress.may_alert(form.moment.draft):
        return "S0"
    subject = Subject(place.clinic_id, assessment_id, place.patients[form.booking.person.number])
    level: SafetyLevel = "S0"
    for moment in progress.walk(instrument, form.filled, form.started_at):
        if moment.at > form.moment.at:
            break
        if progress.may_alert(moment.draft):
            judged, expected = safety.judge(instrument, moment.draft.given), moment.draft.checkin_expected
            level = alerts.record(session, instrument, subject, judged, checkin_expected=expected, now=moment.at)
    if form.ended_at is not None and form.ended_at <= now:
        level = alerts.reached(session, place.clinic_id, assessment_id, form.ended_at)
    return level


def _scores(
    session: Session, instrument: Instrument, found: Sequence[_Form], ids: Sequence[int], levels: Sequence[SafetyLevel]
) -> None:
    rows = []
    for form, assessment_id, reached in zip(found, ids, levels, strict=True):
        if form.state == "draft":
            continue
        given = form.moment.draft.given
        result = evaluate(instrument, given, path.core_time(instrument, form.moment.draft))
        rows.append(score_row(assessment_id, result, given, safety.highest(result.safety.level, reached)))
    if rows:
        session.execute(insert(AssessmentScore), rows)


def _read(session: Session, found: Sequence[_Form], seed: int, diary: Diary, now: datetime) -> None:
    """Let clinicians have read what was sent: before a past visit as a rule, and today's where the plan says so."""
    rows = []
    for form in found:
        booking, day = form.booking, diary.day(form.booking.at)
        if booking.result == "read":
            at = diary.at(day - timedelta(days=1), time(17, 35)) + timedelta(minutes=form.visit_id % 17)
        elif _was_read(form, seed, diary, now):
            at = max(booking.at - timedelta(minutes=4), form.ended_at or booking.at)
        else:
            continue
        rows.append({"id": form.visit_id, "summary_read_at": at, "summary_read_by": booking.clinician})
    if rows:
        session.execute(update(Visit), rows)


def _links(
    session: Session,
    place: Place,
    bookings: Sequence[Booking],
    visits: Sequence[int],
    found: Sequence[_Form],
    diary: Diary,
    now: datetime,
) -> None:
    """Give each coming visit its link, and today's forms the one by which they were opened."""
    opened = {form.visit_id: form.started_at for form in found if diary.day(form.booking.at) == diary.day(now)}
    for booking, visit_id in zip(bookings, visits, strict=True):
        if booking.visit_id is None and (booking.result == "coming" or visit_id in opened):
            issued_at = opened[visit_id] - timedelta(hours=5) if visit_id in opened else now
            links.issue(session, place.clinic_id, visit_id, by=place.front_desk, now=issued_at)
        if visit_id in opened:
            mine = (FormLink.visit_id == visit_id, FormLink.opened_at.is_(None))
            session.execute(update(FormLink).where(*mine).values(opened_at=opened[visit_id]))
