"""A message is written once with its cause, taken by one worker at a time, and put off but never dropped."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic.core.errors import DamagedRecord
from clinic.db.models import FormLink, Outbox, Visit
from clinic.db.session import begin_write
from clinic.services import outbox
from tests.factories import NOW, make_clinic, make_link, make_visit

MINUTE = timedelta(minutes=1)


@pytest.fixture
def visit(session: Session) -> Visit:
    begin_write(session)
    visit = make_visit(session, make_clinic(session))
    session.commit()
    return visit


def put(session: Session, visit: Visit, key: str = "invitation:1", **changes: Any) -> bool:
    values: dict[str, Any] = {
        "clinic_id": visit.clinic_id,
        "kind": "invitation",
        "key": key,
        "recipient": "maria@mail.example",
        "subject": "Before your visit",
        "text": "Please open this.",
        "visit_id": visit.id,
        "now": NOW,
    }
    return outbox.put(session, **values | changes)


def row(session: Session, key: str = "invitation:1") -> Outbox:
    session.expire_all()
    return session.scalars(select(Outbox).where(Outbox.key == key)).one()


def taken(session: Session, worker: str = "one", now: Any = NOW) -> int:
    found = outbox.claim(session, worker, now)
    assert found is not None
    return found


def test_the_same_cause_writes_one_message(session: Session, visit: Visit) -> None:
    assert put(session, visit)
    assert not put(session, visit, text="Other words.")
    assert row(session).content["text"] == "Please open this."


def test_a_subject_is_one_line_whatever_it_is_made_of(session: Session, visit: Visit) -> None:
    put(session, visit, subject="Dr. Reyes\r\nBcc: all@mail.example\n at Harbour")

    assert row(session).content["subject"] == "Dr. Reyes Bcc: all@mail.example at Harbour"


def test_address_and_words_are_not_readable_in_the_database(session: Session, visit: Visit) -> None:
    put(session, visit)

    stored = str(session.execute(text("SELECT recipient, content FROM outbox")).one())
    assert "maria" not in stored
    assert "open this" not in stored


def test_a_message_is_due_from_its_time_on(session: Session, visit: Visit) -> None:
    put(session, visit, send_at=NOW + MINUTE)

    assert not outbox.is_due(session, NOW)
    assert outbox.claim(session, "one", NOW) is None
    assert outbox.is_due(session, NOW + MINUTE)
    assert outbox.claim(session, "one", NOW + MINUTE) is not None


def test_alerts_go_before_reminders_that_are_due_for_longer(session: Session, visit: Visit) -> None:
    put(session, visit, "reminder:1:7", kind="reminder", now=NOW - MINUTE)
    put(session, visit, "alert:1:inbox", kind="alert", visit_id=None)

    assert taken(session) == row(session, "alert:1:inbox").id


def test_what_one_worker_has_is_not_given_to_another_before_its_lease_ends(session: Session, visit: Visit) -> None:
    put(session, visit)
    first = taken(session)

    assert outbox.claim(session, "two", NOW + outbox.LEASE - MINUTE) is None
    assert taken(session, "two", NOW + outbox.LEASE) == first


def test_a_worker_whose_lease_has_gone_to_another_changes_nothing(session: Session, visit: Visit) -> None:
    put(session, visit)
    found = taken(session)
    taken(session, "two", NOW + outbox.LEASE)

    assert outbox.read(session, "one", found) is None
    outbox.put_off(session, "one", found, "unreachable", NOW)
    outbox.sent(session, "one", found, NOW)
    assert (row(session).state, row(session).attempts, row(session).leased_by) == ("waiting", 0, "two")


def test_a_message_has_one_id_however_often_it_is_sent_and_it_tells_nothing(session: Session, visit: Visit) -> None:
    put(session, visit)
    found = taken(session)
    first = outbox.read(session, "one", found)
    outbox.put_off(session, "one", found, "unreachable", NOW)
    second = outbox.read(session, "one", taken(session, "one", NOW + MINUTE))

    assert first is not None
    assert first == second
    assert "invitation" not in first.message_id
    assert "maria" not in repr(first)


def test_a_message_waits_longer_each_time_and_at_most_an_hour(session: Session, visit: Visit) -> None:
    put(session, visit)
    now, waits = NOW, []
    for _ in range(9):
        outbox.put_off(session, "one", taken(session, "one", now), "unreachable", now)
        waits.append((row(session).next_try_at - now) // MINUTE)
        now = row(session).next_try_at

    assert waits == [1, 2, 5, 15, 30, 60, 60, 60, 60]
    assert (row(session).state, row(session).attempts, row(session).last_error) == ("waiting", 9, "unreachable")


def test_an_invitation_that_left_marks_the_link_that_still_works(session: Session, visit: Visit) -> None:
    ended = make_link(session, visit, revoked_at=NOW)
    link = make_link(session, visit)
    put(session, visit)

    outbox.sent(session, "one", taken(session), NOW + MINUTE)

    assert (row(session).state, row(session).sent_at, row(session).leased_by) == ("sent", NOW + MINUTE, None)
    sent = {one.id: one.sent_at for one in session.scalars(select(FormLink))}
    assert sent == {ended.id: None, link.id: NOW + MINUTE}
    assert outbox.claim(session, "one", NOW + 10 * MINUTE) is None


def test_a_message_that_is_withdrawn_is_not_sent(session: Session, visit: Visit) -> None:
    put(session, visit)
    put(session, visit, "test:1", kind="test", visit_id=None)
    outbox.withdraw(session, visit.clinic_id, visit_id=visit.id)

    assert row(session).state == "withdrawn"
    assert taken(session) == row(session, "test:1").id
    assert outbox.claim(session, "one", NOW) is None


def test_a_message_withdrawn_on_its_way_does_not_mark_the_new_link(session: Session, visit: Visit) -> None:
    link = make_link(session, visit)
    put(session, visit)
    found = taken(session)
    outbox.withdraw(session, visit.clinic_id, visit_id=visit.id)

    assert outbox.read(session, "one", found) is None
    outbox.sent(session, "one", found, NOW)
    session.refresh(link)
    assert (row(session).state, link.sent_at) == ("sent", None)


def test_another_clinic_withdraws_nothing(session: Session, visit: Visit) -> None:
    put(session, visit)
    outbox.withdraw(session, visit.clinic_id + 1, visit_id=visit.id)

    assert row(session).state == "waiting"


def test_a_damaged_message_says_so(session: Session, visit: Visit) -> None:
    put(session, visit)
    session.execute(text("UPDATE outbox SET recipient = 'nonsense'"))

    with pytest.raises(DamagedRecord):
        outbox.read(session, "one", taken(session))
