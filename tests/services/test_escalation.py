"""Who is told of an open alert: the inbox when it opens, and the backup each period of staffed time past the target."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.safety import judge
from clinic.db.models import Alert, AlertEvent, Clinic, Outbox
from clinic.services import alert_steps, alerts, clinic_settings, escalation, links, outbox, visit_changes
from clinic.services.alerts import Subject
from tests import factories
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SIGNAL = frozenset({"EMO.despair"})
INBOX, BACKUP = "alerts@clinic.example", "backup@clinic.example"


def at(hour: int, minute: int = 0, *, day: int = 10) -> datetime:
    """Return a time on the clock of the clinic in New York, staffed from 9 to 17 on weekdays; 10 March is a Tuesday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)


@dataclass
class Case:
    """One clinic with two addresses, and a form in it."""

    session: Session
    clinic: Clinic
    subject: Subject

    def put(self, key: str, value: object) -> None:
        clinic_settings.change(self.session, self.clinic.id, key, value, None, None, NOW)

    def say(self, given: AnswerSet, when: datetime, *, expected: bool = False) -> None:
        judged = judge(INSTRUMENT, given)
        alerts.record(self.session, INSTRUMENT, self.subject, judged, checkin_expected=expected, now=when)

    def written(self, when: datetime | None = None) -> list[tuple[str, str]]:
        """Let the work of a moment be done, and return the key and the address of every message there is."""
        if when is not None:
            escalation.escalate(self.session, when)
        rows = self.session.execute(select(Outbox.key, Outbox.recipient).order_by(Outbox.id))
        return [(row.key, row.recipient) for row in rows]


@pytest.fixture
def case(session: Session) -> Case:
    clinic = factories.make_clinic(session, ready=True)
    form = factories.make_assessment(session, factories.make_visit(session, clinic))
    case = Case(session, clinic, Subject(clinic.id, form.id, form.patient_id))
    case.put("alert_inbox_email", INBOX)
    case.put("backup_email", BACKUP)
    return case


def test_an_alert_that_opens_is_announced_in_the_same_transaction(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"), at(10))

    row = case.session.scalars(select(Outbox)).one()
    alert = case.session.scalars(select(Alert)).one()
    assert (row.key, row.kind, row.alert_id, row.visit_id) == (f"alert:{alert.id}:inbox", "alert", alert.id, None)
    assert (row.recipient, row.state, row.next_try_at) == (INBOX, "waiting", at(10))
    case.session.rollback()
    assert case.session.scalars(select(Outbox)).all() == []


def test_a_message_says_nothing_about_anyone_and_leads_to_the_alerts_of_this_installation(case: Case) -> None:
    case.put("alert_minutes", {"S2": 240, "S3": 15})
    case.say(AnswerSet(ticks=SIGNAL, checkin="yes_now", texts={"TXT": "I want to die"}), at(10))
    case.written(at(10, 15))

    contents = [row.content for row in case.session.scalars(select(Outbox).order_by(Outbox.id))]
    assert [one["subject"] for one in contents] == ["A safety alert is waiting"] * 2
    for one in contents:
        assert "http://127.0.0.1:8000/alerts\n" in one["text"]
        said = (one["subject"] + one["text"]).lower()
        for word in ("maria", "garc", "mrn", "urgent", "s3", "despair", "die", "harbour", "suicid", "depress", "visit"):
            assert word not in said


def test_a_clinic_that_speaks_spanish_first_is_told_in_spanish(case: Case) -> None:
    case.put("languages", ["es", "en"])
    case.say(AnswerSet(checkin="yes_now"), at(10))
    assert case.session.scalars(select(Outbox)).one().content["subject"] == "Hay una alerta de seguridad en espera"


def test_an_alert_that_waits_is_announced_when_time_has_opened_it(case: Case) -> None:
    case.say(AnswerSet(ticks=SIGNAL), at(10), expected=True)

    assert case.written(at(10, 9)) == []
    assert case.written(at(10, 10)) == [("alert:1:inbox", INBOX)]
    assert case.written(at(10, 11)) == [("alert:1:inbox", INBOX)]
    # The patient comes back and answers: it is the same alert, and nobody is told twice.
    case.say(AnswerSet(ticks=SIGNAL, checkin="yes_past"), at(10, 20))
    assert case.written() == [("alert:1:inbox", INBOX)]


def test_an_alert_that_was_settled_is_announced_to_nobody(case: Case) -> None:
    case.say(AnswerSet(ticks=SIGNAL), at(10), expected=True)
    case.say(AnswerSet(ticks=SIGNAL, checkin="no"), at(10, 5))
    assert case.written(at(16)) == []


@pytest.mark.parametrize(
    ("given", "target"),
    [(AnswerSet(checkin="yes_now"), 15 * MINUTE), (AnswerSet(checkin="yes_past"), 4 * HOUR)],
)
def test_past_the_target_the_backup_is_told_and_again_each_period(
    case: Case, given: AnswerSet, target: timedelta
) -> None:
    case.put("staffed_hours", {day: ["00:00", "24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})
    opened = at(10)
    case.say(given, opened)
    first = ("alert:1:inbox", INBOX)

    assert case.written(opened + target - MINUTE) == [first]
    assert case.written(opened + target) == [first, ("escalation:1:1", BACKUP)]
    assert case.written(opened + 2 * target - MINUTE) == [first, ("escalation:1:1", BACKUP)]
    assert case.written(opened + 2 * target)[-1] == ("escalation:1:2", BACKUP)
    assert case.written(opened + 3 * target)[-1] == ("escalation:1:3", BACKUP)


def test_the_target_runs_only_while_the_clinic_is_staffed(case: Case) -> None:
    case.put("holidays", ["2026-03-11"])
    case.say(AnswerSet(checkin="yes_now"), at(16, 50))

    assert len(case.written(at(23))) == 1
    assert len(case.written(at(12, day=11))) == 1
    assert len(case.written(at(9, 4, day=12))) == 1
    assert case.written(at(9, 5, day=12))[-1] == ("escalation:1:1", BACKUP)


def test_a_clinic_sets_its_own_target(case: Case) -> None:
    case.put("alert_minutes", {"S2": 30, "S3": 5})
    case.say(AnswerSet(checkin="yes_past"), at(10))
    assert len(case.written(at(10, 29))) == 1
    assert len(case.written(at(10, 30))) == 2


def test_nobody_is_told_again_once_somebody_has_acknowledged_it(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"), at(10))
    somebody = factories.make_user(case.session, case.clinic).id
    alert_steps.acknowledge(case.session, case.clinic.id, 1, by=somebody, now=at(10, 5))
    assert len(case.written(at(16))) == 1


def test_that_nobody_has_acknowledged_it_is_not_said_after_somebody_has(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"), at(10))
    case.written(at(10, 15))
    somebody = factories.make_user(case.session, case.clinic).id
    alert_steps.acknowledge(case.session, case.clinic.id, 1, by=somebody, now=at(10, 16))

    case.session.expire_all()
    states = {row.key: row.state for row in case.session.scalars(select(Outbox))}
    assert states == {"alert:1:inbox": "waiting", "escalation:1:1": "withdrawn"}


def test_a_danger_that_is_new_after_somebody_acknowledged_an_alert_is_announced_once_more(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_past"), at(10))
    somebody = factories.make_user(case.session, case.clinic).id
    case.say(AnswerSet(checkin="yes_past", answers={"RCV": 0}), at(10, 1))
    assert len(case.written()) == 1
    alert_steps.acknowledge(case.session, case.clinic.id, 1, by=somebody, now=at(10, 5))
    case.say(AnswerSet(checkin="no"), at(10, 6))
    assert len(case.written()) == 1

    for _ in range(2):
        case.say(AnswerSet(checkin="yes_past", ticks=SIGNAL), at(10, 7))
    event = case.session.scalars(select(AlertEvent.id).order_by(AlertEvent.id.desc())).first()
    assert case.written() == [("alert:1:inbox", INBOX), (f"alert:1:news:{event}", INBOX)]


def test_a_worker_that_was_down_for_a_day_tells_of_everything_once(case: Case) -> None:
    case.say(AnswerSet(ticks=SIGNAL), at(10), expected=True)
    case.say(AnswerSet(ticks=SIGNAL), at(10, 1), expected=True)
    second = factories.make_assessment(case.session, factories.make_visit(case.session, case.clinic))
    Case(case.session, case.clinic, Subject(case.clinic.id, second.id, second.patient_id)).say(
        AnswerSet(checkin="yes_now"), at(11)
    )
    assert case.written() == [("alert:2:inbox", INBOX)]

    # Nobody worked until the next day at eleven: 9 staffed hours less ten minutes for one, 8 for the other.
    for _ in range(2):
        found = case.written(at(11, day=11))
    assert sorted(found) == [
        ("alert:1:inbox", INBOX),
        ("alert:2:inbox", INBOX),
        ("escalation:1:2", BACKUP),
        ("escalation:2:32", BACKUP),
    ]
    assert [one.state for one in case.session.scalars(select(Alert).order_by(Alert.id))] == ["waiting", "open"]


def test_a_mail_server_that_is_down_for_a_day_loses_no_message(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"), at(10))
    case.written(at(10, 15))
    tried, now = 0, at(10, 15)
    while now < at(10, 15, day=11):
        while (taken := outbox.claim(case.session, "worker", now)) is not None:
            outbox.put_off(case.session, "worker", taken, "connection refused", now)
            tried += 1
        now += 5 * MINUTE
    assert tried > 20
    rows = case.session.scalars(select(Outbox)).all()
    assert [one.state for one in rows] == ["waiting"] * 2
    assert sum(one.attempts for one in rows) == tried

    soon = now + HOUR
    while (taken := outbox.claim(case.session, "worker", soon)) is not None:
        outbox.sent(case.session, "worker", taken, soon)
    assert {one.state for one in case.session.scalars(select(Outbox).execution_options(populate_existing=True))} == {
        "sent"
    }


@pytest.mark.parametrize(
    ("missing", "to"),
    [
        (("backup_email",), [INBOX, INBOX]),
        (("alert_inbox_email",), [BACKUP, BACKUP]),
        (("alert_inbox_email", "backup_email"), []),
    ],
)
def test_whoever_has_an_address_is_told_in_the_others_place(
    case: Case, missing: tuple[str, ...], to: list[str]
) -> None:
    for key in missing:
        case.put(key, None)
    case.say(AnswerSet(checkin="yes_now"), at(10))
    assert [recipient for _key, recipient in case.written(at(10, 20))] == to


def test_an_address_that_is_set_later_is_told_of_what_is_still_open(case: Case) -> None:
    case.put("alert_inbox_email", None)
    case.put("backup_email", None)
    case.say(AnswerSet(checkin="yes_now"), at(10))
    assert case.written(at(10, 5)) == []
    case.put("alert_inbox_email", INBOX)
    assert case.written(at(10, 6)) == [("alert:1:inbox", INBOX)]


def test_what_still_waits_goes_to_an_address_that_was_changed_meanwhile(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"), at(10))
    case.written(at(10, 15))
    first = outbox.claim(case.session, "worker", at(10, 15))
    assert first is not None
    outbox.put_off(case.session, "worker", first, "recipient", at(10, 15))
    case.put("alert_inbox_email", "new@clinic.example")
    case.put("backup_email", None)

    assert case.written(at(10, 16)) == [
        ("alert:1:inbox", "new@clinic.example"),
        ("escalation:1:1", "new@clinic.example"),
    ]
    # A new address is tried at once, however long the old one was put off.
    assert outbox.queue(case.session, at(10, 16)).length == 2
    assert case.session.scalars(select(Outbox.next_try_at)).all() == [at(10, 16)] * 2


def test_what_has_left_keeps_the_address_to_which_it_went(case: Case) -> None:
    case.say(AnswerSet(checkin="yes_now"), at(10))
    taken = outbox.claim(case.session, "worker", at(10, 1))
    assert taken is not None
    outbox.sent(case.session, "worker", taken, at(10, 1))
    case.put("alert_inbox_email", "new@clinic.example")
    assert case.written(at(10, 2)) == [("alert:1:inbox", INBOX)]


def _revoked(case: Case) -> None:
    links.revoke(case.session, case.clinic.id, 1, now=at(10, 1))


def _cancelled(case: Case) -> None:
    assert visit_changes.cancel(case.session, case.clinic.id, 1, seen=0, now=at(10, 1))
    outbox.withdraw(case.session, case.clinic.id, visit_id=1)


@pytest.mark.parametrize("withdraw", [_revoked, _cancelled])
def test_a_form_that_is_withdrawn_takes_no_alert_with_it(case: Case, withdraw: Callable[[Case], None]) -> None:
    case.say(AnswerSet(ticks=SIGNAL), at(10), expected=True)
    withdraw(case)

    assert case.written(at(10, 10)) == [("alert:1:inbox", INBOX)]
    assert case.written(at(14, 10))[-1] == ("escalation:1:1", BACKUP)
    somebody = factories.make_user(case.session, case.clinic).id
    done = alert_steps.acknowledge(case.session, case.clinic.id, 1, by=somebody, now=at(14, 11))
    assert done == alert_steps.DONE
