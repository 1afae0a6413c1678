"""Links of visits: derived secrets, one at a time, and how long they last."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import NoSuchLink, NotFound, NoUseForLink
from clinic.db.crypto import CODE_LETTERS
from clinic.db.models import FormLink
from clinic.services import clinic_settings, links
from tests import factories
from tests.factories import NOW


def test_token_and_code_can_be_shown_again_and_only_hashes_are_stored(session: Session) -> None:
    visit = factories.make_visit(session, factories.make_clinic(session))
    made = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)

    assert links.current(session, visit.clinic_id, visit.id, now=NOW) == made
    assert (len(made.token), len(made.code)) == (32, 8)
    assert set(made.code) <= set(CODE_LETTERS)
    assert made.path == f"/q/{made.token}"
    assert made.spaced_code.replace(" ", "") == made.code
    row = session.scalars(select(FormLink)).one()
    kept = " ".join(str(getattr(row, column.key)) for column in FormLink.__table__.columns)
    assert made.token not in kept
    assert made.code not in kept


def test_a_new_link_ends_the_old_one(session: Session) -> None:
    visit = factories.make_visit(session, factories.make_clinic(session))
    old = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    new = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)

    assert links.open_by_token(session, new.token, now=NOW).visit_id == visit.id
    assert links.open_by_code(session, new.code, now=NOW).visit_id == visit.id
    with pytest.raises(NoSuchLink):
        links.open_by_token(session, old.token, now=NOW)
    with pytest.raises(NoSuchLink):
        links.open_by_code(session, old.code, now=NOW)


@pytest.mark.parametrize(
    ("scheduled_at", "expires_at"),
    [
        pytest.param(NOW + timedelta(hours=1), NOW + timedelta(days=14), id="a visit soon: as long as the clinic says"),
        pytest.param(
            datetime(2026, 4, 20, 15, 0, tzinfo=UTC),
            datetime(2026, 4, 21, 4, 0, tzinfo=UTC),
            id="a visit far off: to the end of its day in the clinic's zone",
        ),
    ],
)
def test_a_link_lasts_to_the_end_of_the_visits_day_at_least(
    session: Session, scheduled_at: datetime, expires_at: datetime
) -> None:
    visit = factories.make_visit(session, factories.make_clinic(session), scheduled_at=scheduled_at)

    assert links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW).expires_at == expires_at


def test_a_clinic_says_how_many_days_a_link_lasts(session: Session) -> None:
    clinic = factories.make_clinic(session)
    visit = factories.make_visit(session, clinic)
    clinic_settings.change(session, clinic.id, "link_days", 3, None, None, NOW)

    assert links.issue(session, clinic.id, visit.id, by=None, now=NOW).expires_at == NOW + timedelta(days=3)


def test_a_link_of_another_clinic_is_neither_made_nor_shown_nor_ended(session: Session) -> None:
    visit = factories.make_visit(session, factories.make_clinic(session))
    other = factories.make_clinic(session)
    made = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)

    with pytest.raises(NotFound):
        links.issue(session, other.id, visit.id, by=None, now=NOW)
    assert links.current(session, other.id, visit.id, now=NOW) is None
    links.revoke(session, other.id, visit.id, now=NOW)
    assert links.open_by_token(session, made.token, now=NOW)


@pytest.mark.parametrize(
    ("form", "cancelled", "words"),
    [
        pytest.param({"state": "submitted", "submitted_at": NOW, "completion": "empty"}, None, "sent", id="sent"),
        pytest.param({"state": "partial", "closed_at": NOW, "completion": "empty"}, None, "sent", id="used as it is"),
        pytest.param(None, NOW, "cancelled", id="cancelled"),
        pytest.param({}, NOW, "cancelled", id="begun and cancelled"),
    ],
)
def test_a_visit_whose_form_takes_no_answers_gets_no_link(
    session: Session, form: dict[str, Any] | None, cancelled: datetime | None, words: str
) -> None:
    visit = factories.make_visit(session, factories.make_clinic(session), cancelled_at=cancelled)
    if form is not None:
        factories.make_assessment(session, visit, **form)

    with pytest.raises(NoUseForLink, match=words):
        links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    assert session.scalars(select(FormLink.id)).all() == []


def test_a_form_that_was_begun_gets_a_new_link(session: Session) -> None:
    visit = factories.make_visit(session, factories.make_clinic(session))
    factories.make_assessment(session, visit)
    made = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    assert links.open_by_token(session, made.token, now=NOW).visit_id == visit.id


@pytest.mark.parametrize("code", ["", " ", "0", "ABCD2345", "🙂", "%", "A" * 40])
def test_a_code_that_nobody_was_given_opens_nothing(session: Session, code: str) -> None:
    factories.make_link(session, factories.make_visit(session, factories.make_clinic(session)))

    with pytest.raises(NoSuchLink):
        links.open_by_code(session, code, now=NOW)


def test_the_help_of_the_only_clinic_is_known_without_a_link(session: Session) -> None:
    assert links.clinic_of(session, None) is None
    clinic = factories.make_clinic(session)
    assert links.clinic_of(session, None) == clinic.id
    factories.make_clinic(session)
    assert links.clinic_of(session, None) is None
