"""The sample of a report: what it counts as changed since the last one, and what the page keeps."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.errors import TooFewPatients
from clinic.core.psychometrics import Change, Sample
from clinic.db.models import Clinic, User
from clinic.instruments.catalogue import current
from clinic.services import clinic_settings, psychometrics
from tests import factories
from tests.answered import make_form
from tests.instrument_report import report_of

INSTRUMENT = current()
EVERYTHING = AnswerSet(answers=dict.fromkeys(INSTRUMENT.items, 2), respondent="self")
ALL = (1 << len(INSTRUMENT.items)) - 1
SCALES = 0b11111
SINCE, UNTIL = date(2026, 3, 1), date(2026, 6, 1)
FIRST_DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def patient(session: Session) -> Callable[..., None]:
    """Return what makes a patient with a form on each of some days (from the end of the last report), by language."""
    clinic = factories.make_clinic(session, time_zone="UTC")
    doctor = factories.make_user(session, clinic)
    return lambda *forms, **given: add(session, clinic, doctor, forms, **given)


def add(
    session: Session, clinic: Clinic, doctor: User, forms: tuple[tuple[int, str], ...], given: AnswerSet = EVERYTHING
) -> None:
    person = factories.make_patient(session, clinic)
    for day, language in forms:
        make_form(session, clinic, person, doctor, given, FIRST_DAY + timedelta(days=day), language=language)
    session.flush()


def gathered(session: Session, since: date | None = SINCE) -> Sample:
    settings = clinic_settings.read(session, 1)
    return psychometrics.gather(session, settings, INSTRUMENT, until=UNTIL, since=since)


def changed(session: Session) -> Change:
    found = gathered(session).change
    assert found is not None
    return found


def test_the_first_report_follows_none(session: Session, patient: Callable[..., None]) -> None:
    patient((1, "en"))
    assert gathered(session, None).change is None


def test_who_answered_before_the_last_report_and_not_since_has_not_changed(
    session: Session, patient: Callable[..., None]
) -> None:
    patient((-30, "en"), (-20, "en"))
    patient((-1, "es"))
    assert changed(session) == Change(SINCE)


def test_a_newer_form_comes_and_the_one_of_the_last_report_goes(session: Session, patient: Callable[..., None]) -> None:
    patient((2, "en"))
    patient((-40, "en"), (2, "es"))
    found = changed(session)
    assert (found.came, found.gone) == ({"en": {ALL: 1}, "es": {ALL: 1}}, {"en": {ALL: 1}})
    assert (found.came_pairs, found.gone_pairs) == ({}, {})


def test_a_pair_comes_only_with_a_form_that_makes_one(session: Session, patient: Callable[..., None]) -> None:
    patient((-50, "en"), (-40, "en"), (30, "en"))
    assert changed(session).came_pairs == {}
    patient((-5, "en"), (5, "en"))
    patient((-25, "es"), (-15, "es"), (1, "es"))
    found = changed(session)
    assert (found.came_pairs, found.gone_pairs) == ({"en": {SCALES: 1}, "es": {SCALES: 1}}, {"es": {SCALES: 1}})


def test_a_question_without_a_burden_is_no_bit(session: Session, patient: Callable[..., None]) -> None:
    patient((2, "en"), given=AnswerSet(answers=dict(EVERYTHING.answers) | {"MED": "NA"}, respondent="self"))
    bit = 1 << list(INSTRUMENT.items).index("MED")
    assert changed(session).came == {"en": {ALL & ~bit: 1}}


def test_a_newer_form_that_cannot_be_read_takes_its_patient_out(session: Session, patient: Callable[..., None]) -> None:
    patient((-40, "en"), (2, "en"))
    session.execute(text("UPDATE assessment SET document = 'x' WHERE id = (SELECT max(id) FROM assessment)"))
    found = gathered(session)
    assert (len(found), found.unread) == (0, 1)
    assert found.change is not None
    assert (found.change.came, found.change.gone) == ({}, {"en": {ALL: 1}})


def test_what_was_stored_stays_until_a_report_may_follow_it(session: Session) -> None:
    clinic = factories.make_clinic(session)
    first, later = report_of(), report_of(until=UNTIL, made_on=date(2026, 6, 20))
    now = datetime(2026, 6, 20, tzinfo=UTC)
    psychometrics.store(session, clinic.id, INSTRUMENT, first, change=None, now=now)
    for change in (None, Change(SINCE)):
        with pytest.raises(TooFewPatients, match="keeps its report of 2025-12-01"):
            psychometrics.store(session, clinic.id, INSTRUMENT, later, change=change, now=now)
        assert psychometrics.latest(session, clinic.id, INSTRUMENT) == first
    psychometrics.store(session, clinic.id, INSTRUMENT, later, change=Change(first.until), now=now)
    assert psychometrics.latest(session, clinic.id, INSTRUMENT) == later
