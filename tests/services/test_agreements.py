"""Closing flags: what is stored, what is refused, a double press, and taking it back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.core.errors import BadAgreement, NotFound, NotSent
from clinic.db.models import Agreement, Assessment, Clinic, Visit
from clinic.db.session import begin_write, db
from clinic.services import agreements, followups, resources
from clinic.services.agreements import Closing
from clinic.services.resources import NewResource
from tests import factories
from tests.factories import NOW

TALKED = Closing("stigma", "discussed")
WALK = Closing("adherence", "agreed", "A walk after breakfast", "patient", date(2026, 3, 24), "ADHERENCE.1")


def make_sent(session: Session) -> Visit:
    clinic = factories.make_clinic(session)
    visit = factories.make_visit(session, clinic)
    factories.make_assessment(session, visit, state="submitted", submitted_at=NOW, completion="empty", responded=0)
    return visit


def close(session: Session, visit: Visit, new: Closing) -> int:
    return agreements.close(session, visit.clinic_id, visit.id, new, by=visit.clinician_id, now=NOW)


def test_what_was_agreed_is_read_back_with_who_does_it_by_when(session: Session) -> None:
    visit = make_sent(session)
    numbers = [close(session, visit, one) for one in (TALKED, WALK)]

    found = agreements.of_visit(session, visit.clinic_id, visit.id)

    assert [one.id for one in found] == numbers
    assert [(one.gap, one.kind, one.what, one.who, one.due_on) for one in found] == [
        ("stigma", "discussed", None, None, None),
        ("adherence", "agreed", "A walk after breakfast", "patient", date(2026, 3, 24)),
    ]
    assert agreements.agreed_of(found) == [found[1]]
    assert not any(one.is_answered for one in found)
    stored = session.get_one(Agreement, numbers[1])
    assert (stored.patient_id, stored.created_by, stored.suggestion) == (
        visit.patient_id,
        visit.clinician_id,
        "ADHERENCE.1",
    )


def test_what_was_agreed_is_kept_on_one_line_and_encrypted(session: Session) -> None:
    visit = make_sent(session)
    close(session, visit, replace(WALK, what="  Ask\r\nthe \t pharmacy\u2028 twice "))
    (found,) = agreements.of_visit(session, visit.clinic_id, visit.id)
    assert found.what == "Ask the pharmacy twice"
    raw = session.connection().exec_driver_sql("SELECT what FROM agreement").scalar_one()
    assert "pharmacy" not in raw


@pytest.mark.parametrize("new", [TALKED, WALK])
def test_the_same_thing_once_more_makes_no_second_row(session: Session, new: Closing) -> None:
    visit = make_sent(session)
    assert close(session, visit, new) == close(session, visit, new)
    assert session.scalar(select(func.count()).select_from(Agreement)) == 1
    # Another day, or the same words for another gap, is something else.
    close(session, visit, replace(WALK, due_on=None))
    close(session, visit, replace(WALK, gap="other"))
    assert session.scalar(select(func.count()).select_from(Agreement)) == 3


def test_two_presses_at_once_make_one_row(app: Flask) -> None:
    with app.app_context():
        visit = make_sent(db.session)
        db.session.commit()
        clinic_id, visit_id, by = visit.clinic_id, visit.id, visit.clinician_id
    both = threading.Barrier(2)

    def press() -> int:
        with app.app_context():
            both.wait()
            begin_write(db.session)
            made = agreements.close(db.session, clinic_id, visit_id, WALK, by=by, now=NOW)
            db.session.commit()
            return made

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(press) for _ in range(2))
        assert first.result() == second.result()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Agreement)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"what": " \u200b "}, "Say what was agreed"),
        ({"what": None}, "Say what was agreed"),
        ({"what": "a" * 201}, "at most 200"),
        ({"who": None}, "who does it"),
        ({"who": "nobody"}, "who does it"),
        ({"gap": "money"}, "one of the gaps"),
        ({"due_on": date(2026, 3, 9)}, "from today on"),
        ({"due_on": date(2028, 3, 12)}, "within two years"),
        ({"resource_id": 999}, "not in the clinic’s directory"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(session: Session, changes: dict[str, object], words: str) -> None:
    visit = make_sent(session)
    with pytest.raises(BadAgreement, match=words):
        close(session, visit, replace(WALK, **changes))  # type: ignore[arg-type]
    assert agreements.of_visit(session, visit.clinic_id, visit.id) == []


def test_exactly_two_hundred_characters_are_kept_and_today_is_early_enough(session: Session) -> None:
    visit = make_sent(session)
    close(session, visit, replace(WALK, what="é" * 200, due_on=date(2026, 3, 10)))
    (found,) = agreements.of_visit(session, visit.clinic_id, visit.id)
    assert found.what == "é" * 200


def test_a_flag_is_closed_only_when_the_form_can_be_read(session: Session) -> None:
    clinic = factories.make_clinic(session)
    visit = factories.make_visit(session, clinic)
    with pytest.raises(NotSent):
        close(session, visit, TALKED)
    factories.make_assessment(session, visit)
    with pytest.raises(NotSent):
        close(session, visit, TALKED)


def test_nothing_is_closed_or_taken_back_in_another_clinic(session: Session) -> None:
    visit = make_sent(session)
    number = close(session, visit, WALK)
    other = factories.make_clinic(session, name="Other Clinic")
    with pytest.raises(NotFound):
        agreements.close(session, other.id, visit.id, WALK, by=visit.clinician_id, now=NOW)
    with pytest.raises(NotFound):
        agreements.take_back(session, other.id, visit.id, number, by=visit.clinician_id, now=NOW)
    assert agreements.of_visit(session, other.id, visit.id) == []
    assert len(agreements.of_visit(session, visit.clinic_id, visit.id)) == 1


def test_an_entry_of_another_clinic_or_a_retired_one_cannot_be_picked(session: Session) -> None:
    visit = make_sent(session)
    other = factories.make_clinic(session, name="Other Clinic")
    new = NewResource("Peer group", "Meets on Tuesdays", ("support",))
    foreign, own = (
        resources.add(session, one, new, checked_on=NOW.date(), by=None, now=NOW) for one in (other.id, visit.clinic_id)
    )
    with pytest.raises(BadAgreement):
        close(session, visit, replace(WALK, resource_id=foreign))
    close(session, visit, replace(WALK, resource_id=own))
    resources.retire(session, visit.clinic_id, own, by=visit.clinician_id, now=NOW, seen=0)
    with pytest.raises(BadAgreement):
        close(session, visit, replace(WALK, what="Once more", resource_id=own))
    assert [one.resource_id for one in agreements.of_visit(session, visit.clinic_id, visit.id)] == [own]


def test_what_was_taken_back_keeps_its_row_and_is_asked_no_more(session: Session) -> None:
    visit = make_sent(session)
    number = close(session, visit, WALK)
    later = NOW + timedelta(days=30)
    assert followups.to_ask(session, visit.clinic_id, visit.patient_id, visit_at=later) == (number,)

    for _ in range(2):
        assert agreements.take_back(session, visit.clinic_id, visit.id, number, by=visit.clinician_id, now=NOW)

    assert agreements.of_visit(session, visit.clinic_id, visit.id) == []
    assert followups.to_ask(session, visit.clinic_id, visit.patient_id, visit_at=later) == ()
    assert session.scalar(select(Agreement.taken_back_by)) == visit.clinician_id
    # It can be agreed again, in a row of its own.
    assert close(session, visit, WALK) != number


def test_what_the_patient_was_asked_about_is_not_taken_back(session: Session) -> None:
    visit = make_sent(session)
    number = close(session, visit, WALK)
    row = session.get_one(Agreement, number)
    row.answered_in, row.answered_at = session.scalars(select(Assessment.id)).one(), NOW
    session.flush()
    assert not agreements.take_back(session, visit.clinic_id, visit.id, number, by=visit.clinician_id, now=NOW)
    (kept,) = agreements.of_visit(session, visit.clinic_id, visit.id)
    assert kept.is_answered


def test_words_that_cannot_be_read_take_nothing_else_with_them(session: Session) -> None:
    visit = make_sent(session)
    for new in (WALK, TALKED):
        close(session, visit, new)
    session.connection().exec_driver_sql("UPDATE agreement SET what = 'damaged' WHERE what IS NOT NULL")
    assert [one.what for one in agreements.of_visit(session, visit.clinic_id, visit.id)] == [None, None]


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 30), date(2028, 2, 29)),
        (date(2026, 12, 15), date(2027, 1, 15)),
        (date(2026, 11, 30), date(2026, 12, 30)),
    ],
)
def test_a_month_from_now_is_the_same_day_of_the_next_month_or_its_last(today: date, month: date) -> None:
    days = agreements.due_days(today)
    assert days["month"] == month
    assert (days["week"] - today, days["two_weeks"] - today) == (timedelta(days=7), timedelta(days=14))


def test_today_is_the_day_of_the_clinic(session: Session) -> None:
    # In Auckland it is the eleventh already.
    clinic = session.get_one(Clinic, make_sent(session).clinic_id)
    clinic.time_zone = "Pacific/Auckland"
    session.flush()
    visit = session.scalars(select(Visit)).one()
    late = NOW + timedelta(hours=4)
    with pytest.raises(BadAgreement):
        agreements.close(
            session, clinic.id, visit.id, replace(WALK, due_on=date(2026, 3, 10)), by=visit.clinician_id, now=late
        )
