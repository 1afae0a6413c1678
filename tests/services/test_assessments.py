"""Forms in progress: what a save stores, and how a form ends."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.errors import AlreadySent, ClosedByClinic, LinkEnded, NotFound, TooEarly
from clinic.core.path import find
from clinic.core.result import evaluate
from clinic.db.models import Assessment, AssessmentScore, Clinic, Visit
from clinic.services import assessments
from clinic.services.assessments import OpenForm, Posted, Saved
from clinic.services.score_rows import score_row, twelfths
from tests import factories
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def form(session: Session) -> OpenForm:
    clinic = factories.make_clinic(session, ready=True)
    link = factories.make_link(session, factories.make_visit(session, clinic))
    return assessments.load(session, link.id, now=NOW)


def save(
    session: Session,
    form: OpenForm,
    key: str,
    part: AnswerSet | None = None,
    *,
    left: bool = True,
    shown: str | None = None,
    at: datetime = NOW,
) -> Saved:
    step = find(form.instrument, form.draft, key)
    assert step is not None
    posted = Posted(part or AnswerSet(), part or AnswerSet())
    mark = assessments.fingerprint(session, form, step) if shown is None else shown
    return assessments.save_page(session, form, step, posted, shown=mark, left=left, language="en", now=at)


def row(session: Session) -> Assessment:
    session.expire_all()
    return session.scalars(select(Assessment)).one()


def test_nothing_is_stored_before_the_first_save(session: Session, form: OpenForm) -> None:
    assert form.assessment_id is None
    assert session.scalars(select(Assessment)).all() == []
    found = save(session, form, "START").form

    assert found.assessment_id == row(session).id
    assert (row(session).state, row(session).revision, row(session).pages_left) == ("draft", 1, 0)
    assert row(session).instrument_digest == INSTRUMENT.digest


def test_the_board_learns_how_far_a_form_is(session: Session, form: OpenForm) -> None:
    for key in ("START", "RESP", "P1"):
        form = save(session, form, key, AnswerSet(respondent="proxy") if key == "RESP" else None).form

    assert (row(session).pages_left, row(session).pages_total, row(session).respondent) == (2, 9, "proxy")


def test_a_save_over_an_older_reading_is_read_again_and_loses_nothing(session: Session, form: OpenForm) -> None:
    form = save(session, form, "START").form
    save(session, form, "P1", AnswerSet(answers={"EMO": 3}))
    found = save(session, form, "P2", AnswerSet(answers={"ACC1": 2}))

    assert found.outcome == "saved"
    assert found.form.draft.given.answers == {"EMO": 3, "ACC1": 2}
    assert row(session).revision == 3


def test_a_fingerprint_tells_nothing_and_differs_by_visit(session: Session, form: OpenForm) -> None:
    link = factories.make_link(session, factories.make_visit(session, factories.make_clinic(session, ready=True)))
    other = assessments.load(session, link.id, now=NOW)
    step = find(INSTRUMENT, form.draft, "P1")
    assert step is not None

    assert len(assessments.fingerprint(session, form, step)) == 32
    assert assessments.fingerprint(session, form, step) != assessments.fingerprint(session, other, step)


def test_a_conflict_stores_nothing_but_what_is_needed_for_safety(session: Session, form: OpenForm) -> None:
    form = save(session, form, "START").form
    form = save(session, form, "P5", AnswerSet(answers={"COP": 1})).form
    before = row(session).saved_at
    found = save(session, form, "P5", AnswerSet(answers={"RCV": 0}), shown="old", at=NOW + HOUR)

    assert found.outcome == "conflict"
    assert found.form.draft.given.answers == {"COP": 1}
    assert found.form.draft.checkin_after == "P5"
    assert row(session).saved_at == before


def test_the_time_on_core_pages_is_summed_and_a_long_pause_counts_an_hour_at_most(
    session: Session, form: OpenForm
) -> None:
    form = save(session, form, "START").form
    form = save(session, form, "RESP", at=NOW + timedelta(seconds=50)).form
    form = save(session, form, "P1", at=NOW + timedelta(seconds=70)).form
    form = save(session, form, "P2", at=NOW + timedelta(days=1)).form

    assert form.draft.core_seconds == 20 + 3600


def test_sending_writes_the_scores_in_the_same_transaction(session: Session, form: OpenForm) -> None:
    form = save(session, form, "START").form
    form = save(session, form, "P2", AnswerSet(answers={"ACC1": 4, "ACC2": 3, "ALT": 3})).form
    sent = assessments.submit(session, form, language="es", now=NOW + HOUR)

    score = session.get_one(AssessmentScore, sent)
    assert (score.acc, score.alt, score.emo) == (1050, 900, None)
    assert (score.accessibility_level, score.accessibility_score) == ("priority_gap", 1000)
    assert (score.stigma_level, score.stigma_wish) == ("insufficient", None)
    assert (row(session).state, row(session).submitted_at, row(session).language) == ("submitted", NOW + HOUR, "es")
    assert (row(session).completion, row(session).responded, row(session).core_seconds) == ("partial", 3, None)
    with pytest.raises(AlreadySent):
        assessments.submit(session, form, language="en", now=NOW + HOUR)
    with pytest.raises(AlreadySent):
        save(session, form, "P1", AnswerSet(answers={"EMO": 1}))


def test_every_score_of_a_form_is_a_whole_number_of_twelfths() -> None:
    given = AnswerSet(answers={"ACC1": 1, "ADH1": 1, "ADH2": 2, "ADH3": 0, "SUP1": 3, "REL": 0, "SUP2": 2})
    result = evaluate(INSTRUMENT, given)
    written = score_row(1, result, given, "S0")

    assert written["adh"] == 300
    assert written["support_score"] == twelfths(result.gaps["SUPPORT"].score.value) == 700
    for gap in result.gaps.values():
        assert gap.score.value is None or (gap.score.value * 12).denominator == 1


def test_a_draft_is_closed_with_what_is_there_from_the_visits_time_on(session: Session, form: OpenForm) -> None:
    form = save(session, form, "START").form
    form = save(session, form, "P1", AnswerSet(answers={"EMO": 4})).form
    clinic, number = form.settings.clinic_id, form.assessment_id
    assert number is not None
    with pytest.raises(TooEarly):
        assessments.close_partial(session, clinic, number, by=None, now=NOW)
    with pytest.raises(NotFound):
        assessments.close_partial(session, clinic + 1, number, by=None, now=NOW + HOUR)
    home = session.get_one(Clinic, clinic)
    first, second = factories.make_user(session, home).id, factories.make_user(session, home).id
    for by in (first, second):
        assessments.close_partial(session, clinic, number, by=by, now=NOW + HOUR)

    assert (row(session).state, row(session).closed_at, row(session).closed_by) == ("partial", NOW + HOUR, first)
    assert session.get_one(AssessmentScore, number).emo == 1200
    with pytest.raises(ClosedByClinic):
        save(session, form, "P2", AnswerSet(answers={"ACC1": 1}))


def test_a_form_that_was_sent_first_stays_sent(session: Session, form: OpenForm) -> None:
    form = save(session, form, "START").form
    number = assessments.submit(session, form, language="en", now=NOW)
    assessments.close_partial(session, form.settings.clinic_id, number, by=None, now=NOW + HOUR)

    assert row(session).state == "submitted"


def test_a_cancelled_visit_ends_its_form(session: Session, form: OpenForm) -> None:
    session.get_one(Visit, form.visit_id).cancelled_at = NOW
    session.flush()

    with pytest.raises(LinkEnded):
        assessments.load(session, form.link_id, now=NOW)
    with pytest.raises(LinkEnded):
        assessments.load(session, form.link_id + 1, now=NOW)
