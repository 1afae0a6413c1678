"""The next form begins with what was agreed, asks what came of it, and keeps the answer with it."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.answers import AnswerSet, Followed
from clinic.core.path import Draft
from clinic.db.crypto import keyring_of
from clinic.db.models import Agreement, Assessment, Clinic, Visit
from clinic.db.session import db
from clinic.services import assessments, followups
from tests import factories
from tests.web.conftest import Clock
from tests.web.page_check import PageClient
from tests.web.patient.conftest import Patient, Place, another, stored

BREAKFAST, BUS = "Take the tablet with breakfast", "Ask the social worker about the bus"


@pytest.fixture
def agreed(app: Flask, place: Place) -> list[int]:
    """Return the numbers of two things that the patient's last visit agreed."""
    return agree(app, place, BREAKFAST, BUS)


def agree(app: Flask, place: Place, *things: str, days_before: int = 30, **changes: object) -> list[int]:
    with app.app_context():
        visit = db.session.get_one(Visit, place.visit_id)
        clinic = db.session.get_one(Clinic, place.clinic_id)
        patient = db.session.get_one(factories.Patient, visit.patient_id)
        at = visit.scheduled_at - timedelta(days=days_before)
        before = factories.make_visit(db.session, clinic, patient, scheduled_at=at)
        made = [factories.make_agreement(db.session, before, **{"what": what, **changes}).id for what in things]
        db.session.commit()
    return made


def kept(app: Flask) -> list[tuple[str | None, int | None, bool]]:
    with app.app_context():
        rows = db.session.scalars(select(Agreement).order_by(Agreement.id))
        return [(one.happened, one.helped, one.answered_in is not None) for one in rows]


def fields(number: int, happened: str, helped: str) -> dict[str, str]:
    return {f"AGREED-{number}-happened": happened, f"AGREED-{number}-helped": helped}


def test_the_first_thing_after_who_answers_is_what_was_agreed(app: Flask, place: Place, agreed: list[int]) -> None:
    patient = another(app, place)
    patient.go_to("agreed")
    assert patient.heading == "Last time we agreed"
    assert BREAKFAST in patient.words
    assert BUS in patient.words
    patient.press("next")
    assert patient.key == "p1"


def test_without_an_agreement_nothing_is_asked_about_one(patient: Patient) -> None:
    patient.go_to("resp")
    patient.press("next")
    assert patient.key == "p1"


def test_what_is_said_is_shown_again_and_read_back(app: Flask, place: Place, agreed: list[int]) -> None:
    patient = another(app, place)
    patient.go_to("agreed")
    patient.press("next", fields(agreed[0], "partly", "3") | fields(agreed[1], "no", ""))
    patient.press("back")
    assert patient.fields()[f"AGREED-{agreed[0]}-happened"] == "partly"
    assert patient.fields()[f"AGREED-{agreed[0]}-helped"] == "3"
    patient.go_to("check")
    assert patient.page is not None
    assert f"“{BREAKFAST}”: did it happen?</dt><dd>Partly" in patient.page.text
    assert f"“{BREAKFAST}”: did it help?</dt><dd>Quite a bit" in patient.page.text
    assert stored(app).given.followed[str(agreed[0])].helped == 3


def test_sending_keeps_the_answers_with_what_was_agreed(app: Flask, place: Place, agreed: list[int]) -> None:
    patient = another(app, place)
    patient.go_to("check", {"agreed": fields(agreed[0], "yes", "4") | fields(agreed[1], "no", "")})
    assert kept(app) == [(None, None, False), (None, None, False)]
    patient.press("send")
    assert kept(app) == [("yes", 4, True), ("no", None, True)]


def test_closing_a_draft_keeps_them_too(app: Flask, place: Place, agreed: list[int], clock: Clock) -> None:
    patient = another(app, place)
    patient.go_to("p1", {"agreed": fields(agreed[0], "not_needed", "0")})
    clock.forward(hours=2)
    with app.app_context():
        form = db.session.scalars(select(Assessment)).one()
        assessments.close_partial(db.session, form.clinic_id, form.id, by=None, now=clock())
        db.session.commit()
    assert kept(app) == [("not_needed", 0, True), (None, None, True)]


def test_closing_a_draft_that_never_came_to_the_page_leaves_it_to_be_asked(
    app: Flask, place: Place, agreed: list[int], clock: Clock
) -> None:
    patient = another(app, place)
    patient.go_to("agreed")
    clock.forward(hours=2)
    with app.app_context():
        form = db.session.scalars(select(Assessment)).one()
        assessments.close_partial(db.session, form.clinic_id, form.id, by=None, now=clock())
        db.session.commit()
    assert kept(app) == [(None, None, False), (None, None, False)]


def test_what_one_form_was_sent_with_is_not_written_over_by_another(
    app: Flask, place: Place, agreed: list[int]
) -> None:
    with app.app_context():
        one, other = (
            factories.make_assessment(db.session, visit)
            for visit in (
                db.session.get_one(Visit, place.visit_id),
                factories.make_visit(db.session, db.session.get_one(Clinic, place.clinic_id)),
            )
        )
        yes = AnswerSet(followed={str(agreed[0]): Followed("yes", 4)})
        followups.store(db.session, place.clinic_id, one.id, Draft(yes, agreed=(agreed[0],)), now=factories.NOW)
        later = Draft(agreed=(agreed[0],), left=frozenset({"AGREED"}))
        followups.store(db.session, place.clinic_id, other.id, later, now=factories.NOW)
        db.session.commit()
    assert kept(app)[0] == ("yes", 4, True)


def test_what_is_taken_back_meanwhile_leaves_the_form(app: Flask, place: Place, agreed: list[int]) -> None:
    patient = another(app, place)
    patient.go_to("agreed")
    with app.app_context():
        for one in db.session.scalars(select(Agreement)):
            one.taken_back_at, one.taken_back_by = factories.NOW, one.created_by
        db.session.commit()
    assert another(app, place).key == "p1"
    patient.press("next", fields(agreed[0], "yes", "4"))
    assert patient.key == "p1"
    patient.go_to("check")
    assert "Last time we agreed" not in patient.words


def test_a_wrong_choice_is_refused_and_the_right_ones_are_kept(app: Flask, place: Place, agreed: list[int]) -> None:
    patient = another(app, place)
    patient.go_to("agreed")
    answer = patient.press("next", fields(agreed[0], "perhaps", "2") | fields(agreed[1], "yes", "9"))
    assert answer.status_code == 422
    said = stored(app).given.followed
    assert (said[str(agreed[0])].happened, said[str(agreed[0])].helped) == (None, 2)
    assert (said[str(agreed[1])].happened, said[str(agreed[1])].helped) == ("yes", None)


def test_two_devices_that_answer_differently_are_asked(app: Flask, place: Place, agreed: list[int]) -> None:
    one, other = another(app, place), another(app, place)
    one.go_to("agreed")
    other.go_to("agreed")
    one.press("next", fields(agreed[0], "yes", "4"))
    assert other.press("next", fields(agreed[0], "no", "0")).status_code == 409


def test_at_most_three_of_the_last_visit_are_asked(app: Flask, place: Place) -> None:
    agree(app, place, "Something older", days_before=60)
    agree(app, place, "One", "Two", "Three", "Four", days_before=20)
    patient = another(app, place)
    patient.go_to("agreed")
    assert all(one in patient.words for one in ("One", "Two", "Three"))
    assert "Four" not in patient.words
    assert "Something older" not in patient.words


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"taken_back_at": factories.NOW, "taken_back_by": 1}, id="taken back"),
        pytest.param({"kind": "discussed", "what": None, "who": None}, id="only discussed"),
    ],
)
def test_what_was_taken_back_or_only_discussed_is_not_asked(
    app: Flask, place: Place, changes: dict[str, object]
) -> None:
    agree(app, place, BREAKFAST, **changes)
    patient = another(app, place)
    patient.go_to("resp")
    patient.press("next")
    assert patient.key == "p1"


def test_what_was_answered_once_is_not_asked_again(app: Flask, place: Place, agreed: list[int]) -> None:
    first = another(app, place)
    first.go_to("check", {"agreed": fields(agreed[0], "yes", "4")})
    first.press("send")
    with app.app_context():
        visit = db.session.get_one(Visit, place.visit_id)
        clinic = db.session.get_one(Clinic, place.clinic_id)
        who = db.session.get_one(factories.Patient, visit.patient_id)
        later = factories.make_visit(db.session, clinic, who, scheduled_at=visit.scheduled_at + timedelta(days=30))
        link = factories.make_link(db.session, later, expires_at=visit.scheduled_at + timedelta(days=40))
        token = keyring_of(db.session).link_token(link.salt)
        db.session.commit()
    client = app.test_client()
    assert isinstance(client, PageClient)
    second = Patient(client)
    second.open(f"/q/{token}")
    second.go_to("resp")
    second.press("next")
    assert second.key == "p1"


def test_what_another_clinic_agreed_is_never_read(app: Flask, place: Place, agreed: list[int]) -> None:
    with app.app_context():
        other = factories.make_clinic(db.session, name="Other Clinic")
        assert followups.read(db.session, other.id, agreed) == ()
        visit = db.session.get_one(Visit, place.visit_id)
        asked = followups.to_ask(db.session, other.id, visit.patient_id, visit_at=visit.scheduled_at)
        assert asked == ()


def test_what_is_past_its_date_is_told_until_something_is_known_of_it(app: Flask, place: Place) -> None:
    agree(app, place, "Call the pharmacy", due_on=date(2026, 3, 1))
    agree(app, place, "Later", days_before=20, due_on=date(2026, 3, 20))

    def told() -> list[str | None]:
        with app.app_context():
            clinicians = db.session.scalars(select(Visit.clinician_id).distinct()).all()
            found = [
                followups.past_due(db.session, place.clinic_id, one, today=date(2026, 3, 10)) for one in clinicians
            ]
        return [one.what for many in found for one in many]

    assert told() == ["Call the pharmacy"]
    with app.app_context():
        done = db.session.scalars(select(Agreement).order_by(Agreement.id)).first()
        form = factories.make_assessment(db.session, db.session.get_one(Visit, place.visit_id))
        assert done is not None
        done.answered_in, done.answered_at, done.happened = form.id, factories.NOW, "yes"
        db.session.commit()
    assert told() == []
