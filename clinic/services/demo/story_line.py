"""Bring the demo to the present day: make it, let it go on, and say how to get in."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from clinic.db.models import Assessment, Clinic, FormLink, Patient, Visit
from clinic.instruments import catalogue
from clinic.services import assessments, links, rollup
from clinic.services.board import day_bounds
from clinic.services.demo import alert_story, clinic_setup, inviting, people, plan, records
from clinic.services.demo.calendar import Diary
from clinic.services.demo.instance import Memory
from clinic.services.demo.people import Person
from clinic.services.demo.plan import Known
from clinic.services.demo.records import Place

FEWEST_LINKS = 40


def today(now: datetime) -> date:
    """Return the demo clinic's day at a moment."""
    return now.astimezone(ZoneInfo(clinic_setup.TIME_ZONE)).date()


def begin(session: Session, seed: int, now: datetime) -> Memory:
    """Make the demo clinic with its people, their 18 months and today's list."""
    memory = Memory(seed, today(now), today(now))
    everybody = people.people(seed, memory.began_on)
    clinic_id = clinic_setup.make(session, seed, everybody, now)
    found = _bring(session, clinic_id, everybody, memory, opened_on=None, now=now)
    rollup.recount(session, clinic_id, now)
    return found


def go_on(session: Session, memory: Memory, now: datetime) -> Memory:
    """Fill the days since the last start and open today's list; on the same day only make up for used links."""
    clinic_id = the_clinic(session)
    everybody = people.people(memory.seed, memory.began_on)
    left = _finish(session, clinic_id, memory, now) if memory.day < today(now) else []
    found = _bring(session, clinic_id, everybody, memory, opened_on=memory.day, now=now)
    return replace(found, unfinished=(*left, *found.unfinished)) if left else found


def the_clinic(session: Session) -> int:
    """Return the demo's clinic.

    Raises LookupError where there is none.
    """
    found = session.scalar(select(Clinic.id).where(Clinic.is_demo, Clinic.name == clinic_setup.NAME))
    if found is None:
        raise LookupError("There is no demo clinic in this database.")
    return found


def sheet(session: Session, memory: Memory, url: str, now: datetime) -> dict[str, Any]:
    """Return the address, the accounts, and every unused link: today's first, then by day, English before Spanish."""
    clinic_id = the_clinic(session)
    rows = session.execute(_unused(clinic_id, now).add_columns(Patient.language)).all()
    in_order = sorted(rows, key=lambda row: (row.language != "en", row.scheduled_at, row.id))
    found = [(row.id, links.current(session, clinic_id, row.id, now=now)) for row in in_order]
    return {
        "url": url,
        "accounts": [
            {"role": one["role"], "email": one["email"], "password": one["password"]}
            for one in clinic_setup.staff(memory.seed)
        ],
        "patient_links": [
            {"url": f"{url}{link.path}", "visit": f"/visits/{visit_id}"} for visit_id, link in found if link is not None
        ],
    }


def _bring(
    session: Session,
    clinic_id: int,
    everybody: Sequence[Person],
    memory: Memory,
    *,
    opened_on: date | None,
    now: datetime,
) -> Memory:
    instrument, diary = catalogue.current(), Diary(ZoneInfo(clinic_setup.TIME_ZONE))
    place = clinic_setup.place(session, clinic_id, everybody)
    clinicians = clinic_setup.clinicians(session, clinic_id)
    known = _known(session, clinic_id, place)
    bookings = plan.book(memory.seed, everybody, known, clinicians, diary, opened_on=opened_on, now=now)
    before: dict[int, list[date]] = defaultdict(list)
    for visit in known:
        if diary.day(visit.at) < today(now):
            before[visit.number].append(diary.day(visit.at))
    with ExitStack() as counting:
        # A new demo is counted whole at the end.
        for number in sorted({one.person.number for one in bookings} if opened_on else ()):
            counting.enter_context(rollup.changing(session, clinic_id, place.patients[number]))
        unfinished = records.write(session, instrument, memory.seed, place, bookings, before, diary, now)
    if opened_on != today(now):
        inviting.invite(session, clinic_id, day_bounds(today(now), ZoneInfo(clinic_setup.TIME_ZONE)), now)
    _top_up(session, memory.seed, clinic_id, everybody, place, clinicians, diary, now)
    if opened_on == today(now):
        return memory
    return Memory(memory.seed, memory.began_on, today(now), tuple(unfinished))


def _known(session: Session, clinic_id: int, place: Place) -> list[Known]:
    numbers = {patient_id: number for number, patient_id in place.patients.items()}
    rows = session.execute(
        select(Visit.id, Visit.patient_id, Visit.scheduled_at, Visit.clinician_id, Assessment.state, Visit.cancelled_at)
        .outerjoin(Assessment, Assessment.visit_id == Visit.id)
        .where(Visit.clinic_id == clinic_id, Visit.patient_id.in_(clinic_setup.findable_patients(clinic_id)))
        .order_by(Visit.scheduled_at, Visit.id)
    )
    return [
        Known(
            row.id, numbers[row.patient_id], row.scheduled_at, row.clinician_id, row.state, row.cancelled_at is not None
        )
        for row in rows
        if row.patient_id in numbers
    ]


def _finish(session: Session, clinic_id: int, memory: Memory, now: datetime) -> list[int]:
    """Let the staff have done what the last day's list left open; forms of whoever tried the demo are left alone.

    Returns the forms whose alerts they have not closed yet.
    """
    diary = Diary(ZoneInfo(clinic_setup.TIME_ZONE))
    rows = session.execute(
        select(Assessment.id, Assessment.state, Visit.id.label("visit_id"), Visit.scheduled_at, Visit.clinician_id)
        .join(Visit, Visit.id == Assessment.visit_id)
        .where(Assessment.clinic_id == clinic_id, Assessment.id.in_(memory.unfinished))
    ).all()
    for row in rows:
        if row.state == "draft":
            closed_at = row.scheduled_at + records.CLOSED_AFTER
            assessments.close_partial(session, clinic_id, row.id, by=row.clinician_id, now=closed_at)
        session.execute(
            update(Visit)
            .where(Visit.id == row.visit_id, Visit.summary_read_at.is_(None))
            .values(summary_read_at=row.scheduled_at + records.CLOSED_AFTER, summary_read_by=row.clinician_id)
        )
    return alert_story.tell_later(session, clinic_id, {row.id: row.clinician_id for row in rows}, diary, now)


def _unused(clinic_id: int, now: datetime) -> Any:
    return (
        select(Visit.id, Visit.scheduled_at)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(Assessment, Assessment.visit_id == Visit.id)
        .join(FormLink, FormLink.visit_id == Visit.id)
        .where(Visit.clinic_id == clinic_id, Visit.cancelled_at.is_(None), Assessment.id.is_(None))
        .where(Visit.patient_id.in_(clinic_setup.findable_patients(clinic_id)))
        .where(FormLink.revoked_at.is_(None), FormLink.opened_at.is_(None), FormLink.expires_at > now)
        .distinct()
    )


def _top_up(
    session: Session,
    seed: int,
    clinic_id: int,
    everybody: Sequence[Person],
    place: Place,
    clinicians: Sequence[int],
    diary: Diary,
    now: datetime,
) -> None:
    """Book further visits until there are links enough for whoever tries the demo."""
    missing = FEWEST_LINKS - len(session.execute(_unused(clinic_id, now)).all())
    if missing <= 0:
        return
    last = dict(
        session.execute(
            select(Visit.patient_id, func.max(Visit.scheduled_at))
            .where(Visit.clinic_id == clinic_id, Visit.patient_id.in_(clinic_setup.findable_patients(clinic_id)))
            .group_by(Visit.patient_id)
        ).all()
    )
    found = [
        plan.further(seed, person, max(diary.day(last[place.patients[person.number]]), today(now)), clinicians, diary)
        for person in everybody
    ]
    soonest = sorted(found, key=lambda one: (one.at, one.person.number))[:missing]
    records.write(session, catalogue.current(), seed, place, soonest, {}, diary, now)
