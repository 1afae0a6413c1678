"""Corrections of a visit: moving and cancelling it, its link, and two people who do so at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import BadVisit, LinkEnded, NoSuchLink, NotFound
from clinic.db.models import Clinic, FormLink, Patient, Site, User, Visit
from clinic.db.session import begin_write, db
from clinic.services import assessments, links, visit_changes, visits
from clinic.services.visits import Appointment
from tests import factories
from tests.factories import NOW

AT = NOW + timedelta(days=1)


@pytest.fixture
def visit(session: Session) -> Visit:
    return factories.make_visit(session, factories.make_clinic(session, ready=True), scheduled_at=AT)


def appointment(visit: Visit) -> Appointment:
    return Appointment(visit.site_id, visit.clinician_id, visit.scheduled_at)


def move(session: Session, visit: Visit, to: Appointment, *, seen: int = 0) -> bool:
    done = visit_changes.move(session, visit.clinic_id, visit.id, to, seen=seen, now=NOW)
    session.expire_all()
    return done


def cancel(session: Session, visit: Visit, *, seen: int = 0) -> bool:
    done = visit_changes.cancel(session, visit.clinic_id, visit.id, seen=seen, now=NOW)
    session.expire_all()
    return done


def take_back(session: Session, visit: Visit, *, seen: int = 1) -> bool:
    done = visit_changes.take_back(session, visit.clinic_id, visit.id, seen=seen, now=NOW)
    session.expire_all()
    return done


def test_a_visit_gets_another_time_clinician_and_place(session: Session, visit: Visit) -> None:
    clinic = session.get_one(Clinic, visit.clinic_id)
    doctor, site = factories.make_user(session, clinic), Site(clinic_id=clinic.id, name="Riverside")
    session.add(site)
    session.flush()

    assert move(session, visit, Appointment(site.id, doctor.id, AT + timedelta(days=7)))

    card = visits.card(session, visit.clinic_id, visit.id)
    assert (card.at, card.clinician, card.site) == (AT + timedelta(days=7), doctor.display_name, "Riverside")
    assert card.revision == 1


def test_a_link_that_works_lasts_to_the_end_of_the_new_day(session: Session, visit: Visit) -> None:
    link = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    far = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)

    assert move(session, visit, replace(appointment(visit), scheduled_at=far))
    again = links.current(session, visit.clinic_id, visit.id, now=NOW)
    assert again is not None
    assert (again.token, again.expires_at) == (link.token, datetime(2026, 5, 5, 4, 0, tzinfo=UTC))

    assert move(session, visit, replace(appointment(visit), scheduled_at=AT), seen=1)
    assert links.current(session, visit.clinic_id, visit.id, now=NOW) == again


def test_a_link_that_has_ended_stays_ended(session: Session, visit: Visit) -> None:
    links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    links.revoke(session, visit.clinic_id, visit.id, now=NOW)
    expired = factories.make_link(session, visit, expires_at=NOW)

    assert move(session, visit, replace(appointment(visit), scheduled_at=AT + timedelta(days=60)))

    assert links.current(session, visit.clinic_id, visit.id, now=NOW) is None
    assert session.get_one(FormLink, expired.id).expires_at == NOW


def test_who_changes_an_older_state_of_a_visit_changes_nothing(session: Session, visit: Visit) -> None:
    later = replace(appointment(visit), scheduled_at=AT + timedelta(hours=1))
    assert move(session, visit, later)

    assert not move(session, visit, replace(later, scheduled_at=AT + timedelta(hours=2)))
    assert not cancel(session, visit)
    assert visit.scheduled_at == AT + timedelta(hours=1)
    assert visit.cancelled_at is None
    assert cancel(session, visit, seen=1)
    assert not move(session, visit, later, seen=2)


def test_of_eight_corrections_at_once_one_is_stored(app: Flask) -> None:
    with app.app_context():
        made = factories.make_visit(db.session, factories.make_clinic(db.session), scheduled_at=AT)
        db.session.commit()
        clinic, visit_id, to = made.clinic_id, made.id, appointment(made)
    start = threading.Barrier(8)

    def correct(number: int) -> bool:
        with app.app_context():
            start.wait(timeout=30)
            begin_write(db.session)
            other = replace(to, scheduled_at=AT + timedelta(hours=number))
            done = visit_changes.move(db.session, clinic, visit_id, other, seen=0, now=NOW)
            db.session.commit()
            return done

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(correct, range(1, 9)))

    assert sum(done) == 1
    with app.app_context():
        assert db.session.get_one(Visit, visit_id).scheduled_at == AT + timedelta(hours=1 + done.index(True))


def test_a_time_at_which_the_patient_has_another_visit_is_refused(session: Session, visit: Visit) -> None:
    clinic = session.get_one(Clinic, visit.clinic_id)
    patient = session.get_one(Patient, visit.patient_id)
    factories.make_visit(session, clinic, patient, scheduled_at=AT + timedelta(hours=1))

    with pytest.raises(BadVisit, match="another visit at this time"):
        move(session, visit, replace(appointment(visit), scheduled_at=AT + timedelta(hours=1)))


def test_a_clinician_who_has_left_may_keep_a_visit_and_gets_no_new_one(session: Session, visit: Visit) -> None:
    clinic = session.get_one(Clinic, visit.clinic_id)
    gone = factories.make_user(session, clinic, active=False)
    with pytest.raises(BadVisit, match="clinicians"):
        move(session, visit, replace(appointment(visit), clinician_id=gone.id))

    session.get_one(User, visit.clinician_id).active = False
    session.flush()
    assert move(session, visit, replace(appointment(visit), scheduled_at=AT + timedelta(hours=1)))


def test_people_and_places_of_another_clinic_are_refused(session: Session, visit: Visit) -> None:
    other = factories.make_clinic(session)
    doctor = factories.make_user(session, other)
    site = session.scalars(select(Site.id).where(Site.clinic_id == other.id)).one()
    for wrong in (replace(appointment(visit), clinician_id=doctor.id), replace(appointment(visit), site_id=site)):
        with pytest.raises(BadVisit):
            move(session, visit, wrong)


def test_a_visit_of_another_clinic_is_not_found(session: Session, visit: Visit) -> None:
    other = factories.make_clinic(session).id
    with pytest.raises(NotFound):
        visit_changes.move(session, other, visit.id, appointment(visit), seen=0, now=NOW)
    with pytest.raises(NotFound):
        visit_changes.cancel(session, other, visit.id, seen=0, now=NOW)
    with pytest.raises(NotFound):
        visit_changes.take_back(session, other, visit.id, seen=0, now=NOW)


def test_the_link_of_a_cancelled_visit_opens_nothing_until_that_is_taken_back(session: Session, visit: Visit) -> None:
    link = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    link_id = links.open_by_token(session, link.token, now=NOW).link_id

    assert cancel(session, visit)

    assert visits.card(session, visit.clinic_id, visit.id).state == "cancelled"
    with pytest.raises(NoSuchLink):
        links.open_by_token(session, link.token, now=NOW)
    with pytest.raises(NoSuchLink):
        links.open_by_code(session, link.code, now=NOW)
    with pytest.raises(LinkEnded):
        assessments.load(session, link_id, now=NOW)

    assert take_back(session, visit)

    assert visits.card(session, visit.clinic_id, visit.id).state == "not_sent"
    assert links.open_by_token(session, link.token, now=NOW).link_id == link_id


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"state": "submitted", "submitted_at": NOW, "completion": "empty"}, id="sent"),
        pytest.param({"state": "partial", "closed_at": NOW, "completion": "empty"}, id="used as it is"),
    ],
)
def test_a_visit_whose_form_was_sent_is_moved_and_not_cancelled(
    session: Session, visit: Visit, form: dict[str, Any]
) -> None:
    factories.make_assessment(session, visit, **form)
    assert not cancel(session, visit)
    assert visit.cancelled_at is None
    assert move(session, visit, replace(appointment(visit), scheduled_at=AT + timedelta(days=1)))


def test_a_cancelled_visit_cannot_come_back_over_another_one(session: Session, visit: Visit) -> None:
    clinic = session.get_one(Clinic, visit.clinic_id)
    patient = session.get_one(Patient, visit.patient_id)
    assert cancel(session, visit)
    factories.make_visit(session, clinic, patient, scheduled_at=AT)
    with pytest.raises(BadVisit, match="another visit at this time"):
        take_back(session, visit)


def test_pressing_cancel_or_take_back_twice_is_the_same_as_once(session: Session, visit: Visit) -> None:
    assert cancel(session, visit)
    assert not cancel(session, visit, seen=1)
    assert take_back(session, visit)
    assert not take_back(session, visit, seen=2)
    assert visit.revision == 2
