"""A clinic's own cut points: new forms are scored by them, old ones never are, and the two are not compared."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.errors import BadSetting, UnknownInstrument
from clinic.core.instrument import Instrument
from clinic.core.psychometrics import Limits
from clinic.db.models import Assessment, AssessmentScore, Clinic, Patient, ScoringProfile, User, Visit
from clinic.instruments import catalogue
from clinic.services import assessments, clinic_settings, scoring_profiles, summaries
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.setting_changes import Tried
from tests import factories
from tests.factories import NOW
from tests.services.test_assessments import save

LIMITS = Limits(21, 33, 14, 22)
STRICT = {"watch": 10, "gap": 20, "priority": 30}
# Three of twelve points: 25 of 100, which is "watch" by the questionnaire's own cut points.
LITTLE = AnswerSet(answers={"ACC1": 1, "ACC2": 1, "ALT": 1})


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session, ready=True)


@pytest.fixture
def boss(session: Session, clinic: Clinic) -> User:
    return factories.make_user(session, clinic, "administrator", display_name="Alex Admin")


def settings_of(session: Session, boss: User) -> ClinicSettings:
    return clinic_settings.read(session, boss.clinic_id)


def choose(session: Session, boss: User, cuts: dict[str, Any], reason: str | None = "Tried out", **asked: Any) -> Tried:
    settings = settings_of(session, boss)
    return scoring_profiles.choose(
        session,
        settings,
        catalogue.current(),
        cuts,
        **{"seen": settings.version, "by": boss.id, "reason": reason, "now": NOW, **asked},
    )


def send(session: Session, clinic: Clinic, patient: int | None = None) -> int:
    """Fill in and send a form; return its visit."""
    known = session.get_one(Patient, patient) if patient else None
    made = factories.make_visit(session, clinic, known)
    form = assessments.load(session, factories.make_link(session, made).id, now=NOW)
    form = save(session, form, "START").form
    form = replace(form, draft=replace(form.draft, given=LITTLE))
    assessments.submit(session, save(session, form, "P2", LITTLE).form, language="en", now=NOW)
    return made.id


def level_of(session: Session, visit: int) -> tuple[str, str]:
    found = session.execute(
        select(Assessment.scoring_profile, AssessmentScore.accessibility_level)
        .join(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
        .where(Assessment.visit_id == visit)
    ).one()
    return (found[0], found[1])


def box_of(session: Session, clinic: Clinic, visit: int) -> tuple[str, tuple[int, int, int]]:
    page = summaries.page_for(session, clinic.id, visit, printed_by="Dr. Reader", now=NOW)
    assert f"{page.gaps.boxes[0].cuts[1]} " in page.footer.scale
    return page.gaps.boxes[0].level, page.gaps.boxes[0].cuts


def test_new_forms_are_scored_by_the_present_cut_points_and_old_ones_keep_theirs(
    session: Session, clinic: Clinic, boss: User
) -> None:
    before = send(session, clinic)
    assert level_of(session, before) == ("1.0", "watch")
    assert choose(session, boss, STRICT).is_saved
    after = send(session, clinic)
    assert level_of(session, after) == ("1.0+c1", "gap")
    assert level_of(session, before) == ("1.0", "watch")
    assert box_of(session, clinic, before) == ("watch", (25, 50, 75))
    assert box_of(session, clinic, after) == ("gap", (10, 20, 30))
    assert "1.0+c1" in summaries.page_for(session, clinic.id, after, printed_by="X", now=NOW).footer.printed


def test_a_form_that_was_begun_keeps_the_cut_points_it_began_with(session: Session, clinic: Clinic, boss: User) -> None:
    visit = factories.make_visit(session, clinic)
    link = factories.make_link(session, visit)
    save(session, assessments.load(session, link.id, now=NOW), "START")
    assert choose(session, boss, STRICT).is_saved
    form = assessments.load(session, link.id, now=NOW)
    assert form.instrument.scoring.profile == "1.0"
    assessments.submit(session, save(session, form, "P2", LITTLE).form, language="en", now=NOW)
    assert level_of(session, visit.id) == ("1.0", "watch")


def test_a_form_that_the_clinic_closes_is_scored_by_its_own_cut_points(
    session: Session, clinic: Clinic, boss: User
) -> None:
    assert choose(session, boss, STRICT).is_saved
    visit = factories.make_visit(session, clinic, scheduled_at=NOW)
    link = factories.make_link(session, visit)
    form = save(session, assessments.load(session, link.id, now=NOW), "START").form
    form = save(session, form, "P2", LITTLE).form
    assert choose(session, boss, {"watch": 25, "gap": 50, "priority": 75}).is_saved
    assert form.assessment_id is not None
    assessments.close_partial(session, clinic.id, form.assessment_id, by=None, now=NOW)
    assert level_of(session, visit.id) == ("1.0+c1", "gap")


def test_other_cut_points_get_the_next_name_and_the_same_ones_are_found_again(session: Session, boss: User) -> None:
    for cuts, name in (
        (STRICT, "1.0+c1"),
        ({"watch": 30, "gap": 60, "priority": 90}, "1.0+c2"),
        (STRICT, "1.0+c1"),
        ({"watch": 25, "gap": 50, "priority": 75}, "1.0"),
    ):
        assert choose(session, boss, cuts).is_saved
        settings = settings_of(session, boss)
        assert scoring_profiles.present(settings, catalogue.current()).scoring.profile == name
    assert len(session.scalars(select(ScoringProfile)).all()) == 2
    listed = scoring_profiles.listed(session, settings, catalogue.current())
    assert [(one.name, one.is_present, one.by) for one in listed] == [
        ("1.0+c2", False, "Alex Admin"),
        ("1.0+c1", False, "Alex Admin"),
        ("1.0", True, None),
    ]


@pytest.mark.parametrize(
    ("cuts", "reason", "told"),
    [
        ({"watch": 0, "gap": 101, "priority": "x"}, "R", {"watch": "1 to 100", "gap": "1 to 100", "priority": "1 to"}),
        ({"watch": 50, "gap": 50, "priority": 75}, "R", {"gap": "above 50"}),
        ({"watch": 25, "gap": 80, "priority": 75}, "R", {"priority": "above 80"}),
        ({"watch": True, "gap": 50, "priority": 75}, "R", {"watch": "1 to 100"}),
        (STRICT, " ", {"reason": "say why"}),
        ({"watch": 25, "gap": 50, "priority": 75}, "R", {"watch": "present cut points"}),
    ],
)
def test_cut_points_that_are_none_are_refused(
    session: Session, boss: User, cuts: dict[str, Any], reason: str, told: dict[str, str]
) -> None:
    tried = choose(session, boss, cuts, reason)
    assert tried.problems.keys() == told.keys()
    assert all(words in tried.problems[name] for name, words in told.items())
    assert session.scalars(select(ScoringProfile)).all() == []


def test_the_later_of_two_is_told(session: Session, boss: User) -> None:
    seen = settings_of(session, boss).version
    assert choose(session, boss, STRICT).is_saved
    assert choose(session, boss, STRICT | {"priority": 40}, seen=seen).is_stale


def test_a_profile_of_another_clinic_scores_nothing(session: Session, clinic: Clinic, boss: User) -> None:
    assert choose(session, boss, STRICT).is_saved
    other = factories.make_clinic(session, name="Other", ready=True)
    with pytest.raises(BadSetting, match="there is none"):
        clinic_settings.change(session, other.id, "scoring_profile", "1.0+c1", None, "Why not", NOW)
    visit = factories.make_visit(session, other)
    form = factories.make_assessment(session, visit, scoring_profile="1.0+c1")
    with pytest.raises(UnknownInstrument):
        scoring_profiles.of_form(clinic_settings.read(session, other.id), form)


def test_cut_points_of_another_version_are_not_the_present_ones(session: Session, boss: User) -> None:
    assert choose(session, boss, STRICT).is_saved
    newer = replace(catalogue.current(), version="1.1")
    assert scoring_profiles.present(settings_of(session, boss), newer) is newer


def test_visits_are_compared_only_within_one_set_of_cut_points(session: Session, clinic: Clinic, boss: User) -> None:
    first = send_before(session, clinic, 60)
    patient = session.scalars(select(Assessment.patient_id).where(Assessment.visit_id == first)).one()
    assert choose(session, boss, STRICT).is_saved
    second = send_before(session, clinic, 30, patient)
    third = send(session, clinic, patient)
    notes = [
        summaries.page_for(session, clinic.id, visit, printed_by="X", now=NOW).gaps.note or ""
        for visit in (first, second, third)
    ]
    assert notes[0] == "First form: nothing to compare with."
    assert notes[1] == "Not compared with 9 Jan: other cut points or another version."
    assert notes[2] == "Compared with 8 Feb, 30 days before."


def send_before(session: Session, clinic: Clinic, days: int, patient: int | None = None) -> int:
    """Send a form as if it had been some days ago."""
    visit, at = send(session, clinic, patient), NOW - timedelta(days=days)
    session.execute(update(Visit).where(Visit.id == visit).values(scheduled_at=at))
    session.execute(update(Assessment).where(Assessment.visit_id == visit).values(submitted_at=at))
    return visit


def adopt(session: Session, boss: User, limits: Limits, reason: str = "Measured here") -> str:
    read = settings_of(session, boss)
    return scoring_profiles.adopt_limits(session, read, catalogue.current(), limits, by=boss.id, reason=reason, now=NOW)


def present(session: Session, boss: User) -> Instrument:
    return scoring_profiles.present(settings_of(session, boss), catalogue.current())


def test_limits_of_change_make_a_profile_that_keeps_the_cut_points(
    session: Session, clinic: Clinic, boss: User
) -> None:
    choose(session, boss, STRICT)
    before = send(session, clinic)
    assert adopt(session, boss, LIMITS) == "1.0+c2"
    found = present(session, boss)
    assert (found.scoring.watch, found.scoring.gap, found.scoring.priority) == (10, 20, 30)
    assert (found.change.domain_possible, found.change.domain_clear) == (21, 33)
    assert (found.change.overall_possible, found.change.overall_clear) == (14, 22)
    # What says how many items two forms need in common stays the questionnaire's.
    assert found.change.min_items_domain == catalogue.current().change.min_items_domain
    form = session.scalars(select(Assessment).where(Assessment.visit_id == before)).one()
    then = scoring_profiles.of_form(settings_of(session, boss), form)
    assert then.change == catalogue.current().change


def test_other_cut_points_keep_the_limits_of_change(session: Session, boss: User) -> None:
    adopt(session, boss, LIMITS)
    assert choose(session, boss, STRICT).is_saved
    found = present(session, boss)
    assert (found.scoring.profile, found.scoring.gap, found.change.domain_possible) == ("1.0+c2", 20, 21)
    own = catalogue.current().scoring
    assert choose(session, boss, {"watch": own.watch, "gap": own.gap, "priority": own.priority}).is_saved
    assert present(session, boss).scoring.profile == "1.0+c1"


def test_limits_that_were_used_before_get_their_name_back(session: Session, boss: User) -> None:
    assert adopt(session, boss, LIMITS) == "1.0+c1"
    assert adopt(session, boss, replace(LIMITS, domain_clear=34)) == "1.0+c2"
    assert adopt(session, boss, LIMITS) == "1.0+c1"
    limits = [one.limits for one in scoring_profiles.listed(session, settings_of(session, boss), catalogue.current())]
    assert limits == [replace(LIMITS, domain_clear=34), LIMITS, None]


@pytest.mark.parametrize(
    ("limits", "reason", "told"),
    [
        pytest.param({"domain_possible": 33}, "x", "a possible change below a clear one", id="equal"),
        pytest.param({"overall_possible": 0}, "x", "whole numbers from 1 to 100", id="nothing is a change"),
        pytest.param({"domain_clear": 101}, "x", "whole numbers from 1 to 100", id="above the scale"),
        pytest.param({}, " ", "reason: say why", id="no reason"),
    ],
)
def test_limits_that_are_none_are_refused(
    session: Session, boss: User, limits: dict[str, int], reason: str, told: str
) -> None:
    with pytest.raises(BadSetting, match=told):
        adopt(session, boss, replace(LIMITS, **limits), reason)
    assert present(session, boss) is catalogue.current()
