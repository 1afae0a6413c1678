"""Times on a clinic's clock, the bounds of its days, and making one visit of a request that comes twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.core.errors import BadVisit
from clinic.db.models import FormLink, Site, Visit
from clinic.db.session import begin_write, db
from clinic.services import visits
from clinic.services.board import day_bounds
from clinic.services.visits import NewVisit, local_moment
from tests import factories
from tests.factories import NOW

CHICAGO, KATHMANDU, LONDON = (ZoneInfo(name) for name in ("America/Chicago", "Asia/Kathmandu", "Europe/London"))


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        pytest.param(CHICAGO, date(2026, 1, 5), time(9, 0), datetime(2026, 1, 5, 15, 0, tzinfo=UTC), id="winter"),
        pytest.param(CHICAGO, date(2026, 7, 5), time(9, 0), datetime(2026, 7, 5, 14, 0, tzinfo=UTC), id="summer"),
        pytest.param(KATHMANDU, date(2026, 1, 5), time(9, 0), datetime(2026, 1, 5, 3, 15, tzinfo=UTC), id="a quarter"),
        pytest.param(LONDON, date(2026, 10, 25), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="twice"),
        pytest.param(LONDON, date(2026, 3, 29), time(2, 0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC), id="after a gap"),
    ],
)
def test_a_time_on_the_clinics_clock_is_one_moment(zone: ZoneInfo, day: date, clock: time, moment: datetime) -> None:
    assert local_moment(day, clock, zone) == moment


@pytest.mark.parametrize(("zone", "day"), [(LONDON, date(2026, 3, 29)), (CHICAGO, date(2026, 3, 8))])
def test_an_hour_that_is_left_out_is_refused_and_says_what_it_becomes(zone: ZoneInfo, day: date) -> None:
    clock = time(1, 30) if zone is LONDON else time(2, 30)
    with pytest.raises(BadVisit, match=f"{clock:%H:%M} becomes {clock.hour + 1:02}:30"):
        local_moment(day, clock, zone)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)], ids=str
)
def test_a_day_is_as_long_as_its_clock_says(day: date, hours: int) -> None:
    start, end = day_bounds(day, CHICAGO)
    assert (end - start).total_seconds() == hours * 3600


AT = NOW + timedelta(days=1)


def wanted(session: Session, *, at: datetime = AT) -> tuple[int, NewVisit]:
    """Return a clinic and a visit of a known patient to make in it."""
    clinic = factories.make_clinic(session)
    site = session.scalars(select(Site.id).where(Site.clinic_id == clinic.id)).one()
    doctor = factories.make_user(session, clinic)
    return clinic.id, NewVisit(site, doctor.id, at, factories.make_patient(session, clinic).id)


def test_a_visit_that_is_asked_for_twice_is_made_once(session: Session) -> None:
    clinic, new = wanted(session)

    first, second = (visits.create(session, clinic, new, by=new.clinician_id, now=NOW) for _ in range(2))

    assert (first.is_new, second.is_new) == (True, False)
    assert first.visit_id == second.visit_id
    assert session.scalar(select(func.count(Visit.id))) == 1
    # The link that was handed out after the first press still works.
    assert session.scalars(select(FormLink.revoked_at)).all() == [None]


def test_another_time_another_patient_or_a_cancelled_visit_is_no_second_press(session: Session) -> None:
    clinic, new = wanted(session)
    first = visits.create(session, clinic, new, by=new.clinician_id, now=NOW)
    later = replace(new, scheduled_at=AT + timedelta(minutes=30))

    assert visits.create(session, clinic, later, by=new.clinician_id, now=NOW).is_new
    session.get_one(Visit, first.visit_id).cancelled_at = NOW
    assert visits.create(session, clinic, new, by=new.clinician_id, now=NOW).is_new


def test_the_database_itself_keeps_a_patient_in_one_place_at_a_time(session: Session) -> None:
    clinic = factories.make_clinic(session)
    patient = factories.make_patient(session, clinic)
    factories.make_visit(session, clinic, patient, scheduled_at=AT)
    factories.make_visit(session, clinic, patient, scheduled_at=AT, cancelled_at=NOW)
    with pytest.raises(IntegrityError):
        factories.make_visit(session, clinic, patient, scheduled_at=AT)


def test_eight_presses_at_once_make_one_visit_and_no_error(app: Flask) -> None:
    with app.app_context():
        clinic, new = wanted(db.session)
        db.session.commit()
    start = threading.Barrier(8)

    def press(_number: int) -> tuple[int, bool]:
        with app.app_context():
            start.wait(timeout=30)
            begin_write(db.session)
            made = visits.create(db.session, clinic, new, by=new.clinician_id, now=NOW)
            db.session.commit()
            return made.visit_id, made.is_new

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(press, range(8)))

    assert len({visit for visit, _is_new in made}) == 1
    assert sum(is_new for _visit, is_new in made) == 1
