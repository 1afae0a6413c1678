"""Filling a demo clinic with synthetic forms, on both kinds of database."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from clinic.core.errors import NotADemo
from clinic.db.models import (
    Agreement,
    Alert,
    Assessment,
    AssessmentScore,
    Clinic,
    FormLink,
    Patient,
    PatientIndex,
    Site,
    Visit,
)
from clinic.db.session import begin_write
from clinic.instruments import catalogue
from clinic.services.seed import checking, closing, filling, mixture, people, pool
from clinic.services.seed.filling import Seeding
from clinic.services.seed.mixture import Mixture, Who
from clinic.services.seed.people import Place
from clinic.services.seed.pool import Pool
from tests.factories import NOW, make_clinic, make_patient, make_user, make_visit

pytestmark = pytest.mark.slow

FORMS = 600
ZONE = ZoneInfo("America/New_York")
UNTIL = date(2026, 3, 10)


@pytest.fixture(scope="module")
def small_pool() -> Pool:
    return pool.make(catalogue.current(), 5, 400)


@pytest.fixture
def clinic(session: Session) -> Clinic:
    begin_write(session)
    clinic = make_clinic(session, is_demo=True, ready=True)
    session.add(Site(clinic_id=clinic.id, name="Riverside"))
    make_user(session, clinic)
    session.commit()
    begin_write(session)
    return session.get_one(Clinic, clinic.id)


def seeded(session: Session, clinic: Clinic, seed: int = 5, count: int = FORMS) -> Seeding:
    seeding = filling.begin(session, clinic.id, seed, NOW, pool_size=200)
    for batch in seeding.batches(count):
        seeding.write(session, batch, NOW)
    session.flush()
    return seeding


def test_as_many_forms_are_added_as_were_asked_for_and_all_are_marked(session: Session, clinic: Clinic) -> None:
    seeded(session, clinic)

    found = session.execute(select(Assessment.state, Assessment.is_synthetic)).all()
    assert len(found) == FORMS
    assert {row.is_synthetic for row in found} == {True}
    states = Counter(row.state for row in found)
    assert states["submitted"] > states["draft"] > 0 < states["partial"]
    scored = states["submitted"] + states["partial"]
    assert session.scalar(select(func.count()).select_from(AssessmentScore)) == scored


def test_forms_lie_in_the_past_of_the_clinic_and_within_five_years(session: Session, clinic: Clinic) -> None:
    seeded(session, clinic)

    first, last = session.execute(select(func.min(Visit.scheduled_at), func.max(Visit.scheduled_at))).one()
    today = NOW.astimezone(ZONE).date()
    assert today - timedelta(days=people.DAYS) <= first.astimezone(ZONE).date()
    assert last.astimezone(ZONE).date() < today
    orders = session.execute(select(Assessment.started_at, Assessment.submitted_at, Visit.scheduled_at).join(Visit))
    assert all(row.started_at < (row.submitted_at or row.scheduled_at) <= row.scheduled_at for row in orders)


def test_visits_without_a_form_have_a_link_that_no_token_opens(session: Session, clinic: Clinic) -> None:
    seeded(session, clinic)

    without = select(Visit.id).outerjoin(Assessment, Assessment.visit_id == Visit.id).where(Assessment.id.is_(None))
    invited = set(session.scalars(without))
    assert invited
    links = session.execute(select(FormLink.visit_id, FormLink.expires_at, FormLink.opened_at)).all()
    assert {row.visit_id for row in links} == invited
    assert all(row.expires_at <= NOW and row.opened_at is None for row in links)


def test_alerts_are_raised_for_what_the_answers_say_and_all_are_done(session: Session, clinic: Clinic) -> None:
    seeded(session, clinic)

    scored = select(AssessmentScore.assessment_id, AssessmentScore.safety_level).where(
        AssessmentScore.safety_level != "S0"
    )
    expected = {row.assessment_id: row.safety_level for row in session.execute(scored)}
    rows = session.execute(select(Alert.assessment_id, Alert.level, Alert.state)).all()
    assert expected
    assert {row.assessment_id: row.level for row in rows} == expected
    assert {row.state for row in rows} <= {"settled", "closed"}


def test_flags_are_closed_and_a_later_form_of_the_same_patient_says_what_came_of_it(
    session: Session, clinic: Clinic
) -> None:
    seeded(session, clinic)

    rows = session.execute(
        select(Agreement, Assessment.patient_id)
        .outerjoin(Assessment, Assessment.id == Agreement.answered_in)
        .where(Agreement.clinic_id == clinic.id)
    ).all()
    kinds = Counter(one.kind for one, _ in rows)
    answered = [(one, patient) for one, patient in rows if one.answered_in is not None]
    assert min(kinds["agreed"], kinds["discussed"], len(answered)) > 10
    assert all(one.kind == "agreed" and one.patient_id == patient for one, patient in answered)
    assert all(one.answered_at is not None and one.created_at < one.answered_at for one, _ in answered)
    assert {one.happened for one, _ in answered} == {"yes", "partly", "no", "not_needed", None}
    assert {one.what for one, _ in rows if one.kind == "agreed"} <= set(closing.AGREED.values())
    # Only a gap that the form of that visit has can be closed.
    levels = session.execute(
        select(Agreement.gap, AssessmentScore)
        .join(Assessment, Assessment.visit_id == Agreement.visit_id)
        .join(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
    )
    assert {getattr(score, f"{gap}_level") for gap, score in levels} == {"gap", "priority_gap"}


def test_people_are_made_up_and_cannot_be_searched_for(session: Session, clinic: Clinic) -> None:
    seeded(session, clinic)

    assert {name.rpartition(" ")[0] for name in session.scalars(select(Patient.name))} == {"Synthetic Person"}
    assert session.scalar(select(func.count()).select_from(PatientIndex)) == 0


def test_the_sample_is_what_the_core_says_and_a_changed_score_is_found(session: Session, clinic: Clinic) -> None:
    seeding = seeded(session, clinic)
    dealt = dict(seeding.sample)
    assert len(dealt) > FORMS * 0.9
    assert checking.differing(session, clinic.id, seeding.pool, dealt) == []

    wrong, gone = sorted(dealt)[:2]
    score = AssessmentScore.assessment_id
    session.execute(update(AssessmentScore).where(score == wrong).values(dly=1 + func.coalesce(AssessmentScore.dly, 0)))
    session.execute(update(Assessment).where(Assessment.id == gone).values(responded=0))
    assert checking.differing(session, clinic.id, seeding.pool, dealt) == [wrong, gone]


def test_a_second_seed_and_people_added_by_hand_get_numbers_of_their_own(session: Session, clinic: Clinic) -> None:
    before = make_visit(session, clinic, make_patient(session, clinic))
    seeded(session, clinic, count=200)
    between = make_visit(session, clinic, make_patient(session, clinic), scheduled_at=NOW + timedelta(hours=3))
    seeded(session, clinic, seed=6, count=200)
    after = make_visit(session, clinic, make_patient(session, clinic), scheduled_at=NOW + timedelta(hours=5))

    assert before.id < between.id < after.id
    assert session.scalar(select(func.count()).select_from(Assessment)) == 400


def test_a_clinic_that_is_no_demo_is_left_alone(session: Session) -> None:
    begin_write(session)
    clinic = make_clinic(session, is_demo=False)
    make_user(session, clinic)
    clinic.trends_counted_at = NOW
    session.flush()

    with pytest.raises(NotADemo, match="Harbour Clinic is no demo, and nothing in it was changed"):
        filling.begin(session, clinic.id, 1, NOW, pool_size=50)
    assert session.scalar(select(Clinic.trends_counted_at)) == NOW


def test_a_demo_without_clinicians_says_whom_to_add(session: Session) -> None:
    begin_write(session)
    clinic = make_clinic(session, is_demo=True)

    with pytest.raises(NotADemo, match="clinic user add"):
        filling.begin(session, clinic.id, 1, NOW, pool_size=50)


def test_a_run_that_was_cut_off_leaves_whole_batches_and_counts_that_say_so(session: Session, clinic: Clinic) -> None:
    clinic.trends_counted_at = NOW
    session.flush()
    seeding = filling.begin(session, clinic.id, 5, NOW, pool_size=100)
    session.commit()
    first, second = islice(seeding.batches(1000, 300), 2)
    begin_write(session)
    written = seeding.write(session, first, NOW)
    session.commit()
    begin_write(session)
    seeding.write(session, second, NOW)
    session.rollback()

    assert session.scalar(select(func.count()).select_from(Assessment)) == written.begun
    assert session.scalar(select(Clinic.trends_counted_at)) is None


def test_the_same_seed_gives_the_same_people_and_another_one_others(small_pool: Pool) -> None:
    place = Place([1, 2], [7, 8], ["en", "es"], ZONE)
    first, again, other = (list(people.invent(small_pool, place, seed, 300, UNTIL)) for seed in (5, 5, 6))

    assert first == again
    assert first != other
    assert pool.make(catalogue.current(), 5, 400).entries == small_pool.entries


def test_a_person_never_has_two_visits_at_the_same_moment(small_pool: Pool) -> None:
    place = Place([1], [7], ["en"], ZONE)

    for patient in people.invent(small_pool, place, 5, 2000, UNTIL):
        days = [form.at.date() for form in patient.forms]
        assert days == sorted(set(days))
        assert (patient.site, patient.language) == (0, "en")


def test_the_pool_is_scored_and_has_sets_of_many_kinds(small_pool: Pool) -> None:
    assert len(small_pool.entries) == sum(map(len, small_pool.strata.values())) == 400
    assert len(small_pool.strata) > 10
    assert all(not entry.given.texts for entry in small_pool.entries)
    assert {entry.columns["completion"] for entry in small_pool.entries} == {"complete", "partial"}
    document = small_pool.entries[0].document("helped")
    assert document["answers"]["answers"] == {}
    assert document["answers"]["respondent"] == "helped"
    assert set(document["answers"]["ticks"]) == small_pool.entries[0].given.ticks


JULY = Who(30, 7, False, False, "web", "self", 1)


@pytest.mark.parametrize(
    ("feature", "more", "less"),
    [
        pytest.param("dly", JULY._replace(calendar_month=1), JULY, id="daily life is harder in January"),
        pytest.param("acc", JULY._replace(calendar_month=1), JULY, id="access is harder in January"),
        pytest.param("accessibility", JULY._replace(month=58), JULY._replace(month=2), id="access gets harder"),
        pytest.param("stigma", JULY._replace(month=2), JULY._replace(month=58), id="stigma falls"),
        pytest.param("accessibility", JULY._replace(second_site=True), JULY, id="the second site is further out"),
        pytest.param("stigma", JULY._replace(other_language=True), JULY, id="another language"),
        pytest.param("adherence", JULY._replace(respondent="helped"), JULY, id="who is helped"),
    ],
)
def test_the_mixture_deals_what_the_trends_season_and_group_ask_for(
    small_pool: Pool, feature: str, more: Who, less: Who
) -> None:
    deals = Mixture(small_pool)

    def dealt(who: Who) -> float:
        random = Random("deal")
        found = [small_pool.entries[deals.deal(random, who, None).entry].features for _ in range(6000)]
        return sum(feature in one for one in found) / len(found)

    assert mixture.share(feature, more) > mixture.share(feature, less) + 0.04
    assert dealt(more) > dealt(less) + 0.03


@pytest.mark.parametrize("feature", mixture.USUAL)
def test_every_feature_has_about_the_share_that_is_due(small_pool: Pool, feature: str) -> None:
    deals, random = Mixture(small_pool), Random("share")

    found = [small_pool.entries[deals.deal(random, JULY, None).entry].features for _ in range(4000)]

    assert sum(feature in one for one in found) / len(found) == pytest.approx(mixture.share(feature, JULY), abs=0.06)


def test_moments_of_the_clock_change_are_ordinary_ones() -> None:
    place = Place([1], [7], ["en"], ZONE)
    entries = pool.make(catalogue.current(), 5, 50)
    until = date(2026, 11, 20)

    for patient in people.invent(entries, place, 5, 400, until):
        for form in patient.forms:
            assert form.at.tzinfo is UTC
            assert 8 <= form.at.astimezone(ZONE).hour < 17
            assert form.at < datetime(2026, 11, 20, 5, tzinfo=UTC)
