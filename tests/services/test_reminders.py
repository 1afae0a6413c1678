"""Reminders: 7 days and 1 day before on the clinic's clock, once each, and only while there is reason for one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from clinic.db.models import Clinic, ClinicSetting, FormLink, Outbox, Visit
from clinic.services import clinic_settings, links, outbox, reminders, visit_changes
from clinic.services.each_clinic import LeftOut
from clinic.services.visits import Appointment
from tests import factories
from tests.factories import NOW
from tests.services.test_invitations import AT, booked, deliver, messages

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def invited(session: Session, **changes: Any) -> Visit:
    """Make a visit whose invitation has left."""
    visit = booked(session, **changes)
    deliver(session)
    return visit


def reminders_of(session: Session) -> list[Outbox]:
    return [one for one in messages(session) if one.kind == "reminder"]


def shape(session: Session) -> list[tuple[str, str]]:
    """Return how many days before, and the state, of each reminder."""
    return [(one.key.split(":")[2], one.state) for one in reminders_of(session)]


def test_one_goes_out_seven_days_before_and_one_the_day_before_at_the_hour_of_the_visit(session: Session) -> None:
    invited(session)
    for due, days in ((AT - 7 * DAY, "7"), (AT - DAY, "1")):
        before = len(reminders_of(session))
        reminders.plan(session, due - MINUTE)
        assert len(reminders_of(session)) == before
        reminders.plan(session, due)
        assert shape(session)[before:] == [(days, "waiting")]
        deliver(session, due)


def test_the_words_are_those_of_a_reminder_with_the_present_link(session: Session) -> None:
    visit = invited(session, language="es")
    reminders.plan(session, AT - DAY)
    (message,) = reminders_of(session)
    link = links.current(session, visit.clinic_id, visit.id, now=NOW)
    assert link is not None
    assert message.content["subject"] == "Harbour Clinic: su cita del viernes 20 de marzo"
    assert link.path in message.content["text"]
    assert message.recipient == "maria@mail.example"


def test_planning_again_writes_nothing_more(session: Session) -> None:
    invited(session)
    for minutes in range(3):
        reminders.plan(session, AT - DAY + minutes * MINUTE)
    deliver(session, AT - DAY)
    reminders.plan(session, AT - DAY + 9 * MINUTE)
    assert shape(session) == [("1", "sent")]


def test_a_week_of_the_clinics_clock_is_a_week_also_across_a_clock_change(session: Session) -> None:
    # New York's clocks go forward on 8 March 2026: ten in the morning is 15:00 in UTC before it, and 14:00 after it.
    at = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
    visit = booked(session, at=at)
    session.execute(FormLink.__table__.update().values(sent_at=at - 9 * DAY))  # type: ignore[attr-defined]
    reminders.plan(session, datetime(2026, 3, 5, 14, 59, tzinfo=UTC))
    assert reminders_of(session) == []
    reminders.plan(session, datetime(2026, 3, 5, 15, 0, tzinfo=UTC))
    assert [one.visit_id for one in reminders_of(session)] == [visit.id]


@pytest.mark.parametrize(("switched_on", "written"), [([7, 1], ["7", "1"]), ([7], ["7"]), ([1], ["1"]), ([], [])])
def test_each_can_be_switched_off(session: Session, switched_on: list[int], written: list[str]) -> None:
    visit = invited(session)
    clinic_settings.change(session, visit.clinic_id, "remind_days", switched_on, None, None, NOW)
    for due in (AT - 7 * DAY, AT - DAY):
        reminders.plan(session, due)
        deliver(session, due)
    assert [days for days, _state in shape(session)] == written


def test_a_link_that_was_sent_after_the_time_of_a_reminder_is_not_reminded_of_at_once(session: Session) -> None:
    invited(session, at=NOW + 3 * DAY)
    reminders.plan(session, NOW + MINUTE)
    assert shape(session) == []
    reminders.plan(session, NOW + 2 * DAY)
    assert shape(session) == [("1", "waiting")]


def test_after_a_worker_was_down_only_the_last_reminder_is_sent(session: Session) -> None:
    invited(session)
    reminders.plan(session, AT - timedelta(hours=5))
    reminders.plan(session, AT - timedelta(hours=4))
    assert shape(session) == [("1", "waiting")]


def test_a_worker_that_was_down_for_a_day_catches_up_and_after_two_lets_the_first_reminder_be(session: Session) -> None:
    invited(session)
    reminders.plan(session, AT - 5 * DAY)
    assert shape(session) == []
    reminders.plan(session, AT - 6 * DAY - MINUTE)
    assert shape(session) == [("7", "waiting")]


def test_a_clinic_that_cannot_be_read_keeps_no_other_from_reminding(session: Session) -> None:
    broken, sound = invited(session), invited(session)
    row = {"clinic_id": broken.clinic_id, "key": "holidays", "value": ["no day"], "set_at": NOW}
    session.execute(insert(ClinicSetting).values(row))
    session.execute(update(Clinic).where(Clinic.id == broken.clinic_id).values(settings_version="another"))
    with pytest.raises(LeftOut):
        reminders.plan(session, AT - DAY)
    assert [one.visit_id for one in reminders_of(session)] == [sound.id]


def test_nobody_is_reminded_of_a_visit_that_has_begun(session: Session) -> None:
    invited(session)
    reminders.plan(session, AT)
    assert shape(session) == []


def cancelled(session: Session, visit: Visit) -> None:
    assert visit_changes.cancel(session, visit.clinic_id, visit.id, seen=0, now=NOW)


def declined(session: Session, visit: Visit) -> None:
    session.get_one(Visit, visit.id).declined_at = NOW


def sent(session: Session, visit: Visit) -> None:
    factories.make_assessment(session, visit, state="submitted", submitted_at=NOW, completion="complete")


def closed(session: Session, visit: Visit) -> None:
    factories.make_assessment(session, visit, state="partial", closed_at=NOW, completion="partial")


def ended(session: Session, visit: Visit) -> None:
    links.revoke(session, visit.clinic_id, visit.id, now=NOW)


def replaced(session: Session, visit: Visit) -> None:
    links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)


def expired(session: Session, visit: Visit) -> None:
    session.execute(FormLink.__table__.update().values(expires_at=AT - 2 * DAY))  # type: ignore[attr-defined]


REASONS = [cancelled, declined, sent, closed, ended, replaced, expired]


@pytest.mark.parametrize("happens", REASONS, ids=lambda one: str(one.__name__))
def test_nothing_is_written_where_there_is_nothing_to_remind_of(session: Session, happens: Any) -> None:
    visit = invited(session)
    happens(session, visit)
    session.flush()
    reminders.plan(session, AT - DAY)
    assert shape(session) == []


@pytest.mark.parametrize("happens", [cancelled, declined, sent, closed, ended, replaced], ids=lambda one: one.__name__)
def test_what_waits_is_withdrawn_when_it_has_lost_its_reason(session: Session, happens: Any) -> None:
    visit = invited(session)
    reminders.plan(session, AT - DAY)
    happens(session, visit)
    session.flush()
    reminders.plan(session, AT - DAY + MINUTE)
    assert shape(session) == [("1", "withdrawn")]


def test_a_reminder_that_could_not_leave_until_the_visit_is_withdrawn(session: Session) -> None:
    invited(session)
    reminders.plan(session, AT - DAY)
    reminders.plan(session, AT)
    assert shape(session) == [("1", "withdrawn")]


def test_a_form_that_was_begun_is_reminded_of(session: Session) -> None:
    visit = invited(session)
    factories.make_assessment(session, visit)
    reminders.plan(session, AT - DAY)
    assert shape(session) == [("1", "waiting")]


def test_a_visit_that_was_moved_is_reminded_of_at_its_new_time(session: Session) -> None:
    visit = invited(session)
    reminders.plan(session, AT - DAY)
    to = Appointment(visit.site_id, visit.clinician_id, AT + 2 * DAY)
    assert visit_changes.move(session, visit.clinic_id, visit.id, to, seen=0, now=AT - DAY)
    assert shape(session) == [("1", "withdrawn")]
    reminders.plan(session, AT)
    assert shape(session) == [("1", "withdrawn")]
    reminders.plan(session, AT + DAY)
    assert shape(session) == [("1", "withdrawn"), ("1", "waiting")]
    assert "Sunday 22 March" in reminders_of(session)[-1].content["text"]


def test_another_clinician_replaces_the_reminder_that_waits_and_not_the_one_that_left(session: Session) -> None:
    visit = invited(session)
    clinic = session.get_one(Clinic, visit.clinic_id)
    other = factories.make_user(session, clinic, display_name="Dr. Bea New")
    reminders.plan(session, AT - DAY)
    to = Appointment(visit.site_id, other.id, AT)
    assert visit_changes.move(session, visit.clinic_id, visit.id, to, seen=0, now=AT - DAY)
    reminders.plan(session, AT - DAY)
    assert shape(session) == [("1", "withdrawn"), ("1", "waiting")]
    assert "Dr. Bea New" in reminders_of(session)[-1].content["text"]
    deliver(session, AT - DAY)
    back = Appointment(visit.site_id, visit.clinician_id, AT)
    assert visit_changes.move(session, visit.clinic_id, visit.id, back, seen=1, now=AT - DAY)
    reminders.plan(session, AT - DAY + MINUTE)
    assert shape(session) == [("1", "withdrawn"), ("1", "sent")]


def test_alerts_and_other_messages_are_left_alone(session: Session) -> None:
    visit = invited(session)
    words = {"recipient": "inbox@clinic.example", "subject": "A safety alert is waiting", "text": "Sign in."}
    outbox.put(session, clinic_id=visit.clinic_id, kind="alert", key="alert:1", visit_id=visit.id, now=NOW, **words)
    session.get_one(Visit, visit.id).cancelled_at = NOW
    session.flush()
    reminders.plan(session, NOW)
    assert [one.state for one in messages(session) if one.kind == "alert"] == ["waiting"]
