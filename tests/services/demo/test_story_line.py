"""The demo in a database: built once for most tests, which only read it."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.config import Settings
from clinic.core import path
from clinic.core.answers import read
from clinic.core.result import evaluate
from clinic.core.safety import LEVELS, judge
from clinic.db.base import Base
from clinic.db.models import (
    Alert,
    AlertEvent,
    Assessment,
    AssessmentScore,
    FormLink,
    Outbox,
    Patient,
    User,
    Visit,
)
from clinic.db.session import db
from clinic.instruments.catalogue import current
from clinic.services import accounts, alert_board, assessments, board, clinic_settings, links, summaries
from clinic.services.demo import clinic_setup, story_line
from clinic.services.demo.instance import Memory
from clinic.services.drafts import from_document
from clinic.services.score_rows import completion_columns, score_row
from tests.conftest import dispose, make_app

pytestmark = pytest.mark.slow

SEED = 7
NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
ZONE = ZoneInfo(clinic_setup.TIME_ZONE)
TODAYS = {"sent", "opened", "declined", "started", "done", "partial", "read", "cancelled"}
# What is random on purpose: secrets, and what is made from them, as the link in an invitation.
# (The last three are Flask-Security's own.)
LEFT_OUT = {
    "content",
    "salt",
    "token_hash",
    "code_hash",
    "digest",
    "settings_version",
    "password",
    "fs_uniquifier",
    "permissions",
    "mf_recovery_codes",
    "update_datetime",
}


def build(folder: Path, template: Path, keys: tuple[tuple[str, ...], bytes]) -> tuple[Flask, Memory]:
    file = folder / "clinic.sqlite3"
    shutil.copy(template, file)
    app = make_app(Settings(folder, f"sqlite:///{file}", is_demo=True, fernet_keys=keys[0], root_secret=keys[1]))
    with app.app_context():
        memory = story_line.begin(db.session, SEED, NOON)
        db.session.commit()
    return app, memory


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: tuple[tuple[str, ...], bytes]
) -> Iterator[tuple[Flask, Memory]]:
    app, memory = build(tmp_path_factory.mktemp("demo"), sqlite_template, keys)
    yield app, memory
    dispose(app)


@pytest.fixture
def memory(made: tuple[Flask, Memory]) -> Memory:
    return made[1]


@pytest.fixture
def demo(made: tuple[Flask, Memory]) -> Iterator[Session]:
    """Return a session over the demo; whatever a test writes is rolled back."""
    with made[0].app_context():
        yield db.session
        db.session.rollback()


def plain_content(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: sorted(
            (tuple(row) for row in session.execute(select(*(one for one in table.c if one.name not in LEFT_OUT)))),
            key=repr,
        )
        for table in Base.metadata.sorted_tables
        if table.name not in ("patient_index", "key_check")
    }


def counts(session: Session) -> tuple[int, ...]:
    tables = (Visit, Assessment, AssessmentScore, Alert, AlertEvent, FormLink, Patient)
    return tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in tables)


def test_the_same_seed_and_day_give_the_same_content(
    demo: Session, tmp_path: Path, sqlite_template: Path, keys: tuple[tuple[str, ...], bytes]
) -> None:
    app, _ = build(tmp_path, sqlite_template, keys)
    with app.app_context():
        again = plain_content(db.session)
    dispose(app)
    assert again == plain_content(demo)


def test_there_are_120_people_and_18_months_of_visits(demo: Session) -> None:
    first, last, visits = demo.execute(
        select(func.min(Visit.scheduled_at), func.max(Visit.scheduled_at), func.count(Visit.id))
    ).one()
    assert demo.scalar(select(func.count(Patient.id))) == 120
    assert timedelta(days=530) < NOON - first < timedelta(days=560)
    assert last > NOON
    assert visits > 1000
    states = Counter(demo.scalars(select(Assessment.state)))
    assert states["submitted"] > 900
    assert states["partial"] > 15
    assert states["draft"] > 3
    assert demo.scalar(select(func.count(Assessment.id)).where(Assessment.respondent == "proxy"))
    assert demo.scalar(select(func.count(Assessment.id)).where(Assessment.language == "es"))
    assert demo.scalar(select(func.count(Assessment.id)).where(Assessment.mode == "tablet"))


def test_today_has_visits_in_every_state_and_an_open_urgent_alert(demo: Session, memory: Memory) -> None:
    rows = board.board(demo, 1, memory.day, ZONE, now=NOON, answers_in="en")
    assert {row.state for row in rows} >= TODAYS
    assert [row for row in rows if row.glance and row.glance.safety.alert == "open" and row.glance.safety.level == "S3"]
    halfway = [row.page for row in rows if row.page]
    assert all(0 < left < total for left, total in halfway)


@pytest.mark.parametrize("hour", [6, 11, 20])
def test_a_demo_that_is_started_at_any_hour_holds_nothing_from_the_future(
    hour: int, tmp_path: Path, sqlite_template: Path, keys: tuple[tuple[str, ...], bytes]
) -> None:
    now = datetime(2026, 3, 10, hour, 3, tzinfo=UTC)
    file = tmp_path / "clinic.sqlite3"
    shutil.copy(sqlite_template, file)
    app = make_app(Settings(tmp_path, f"sqlite:///{file}", is_demo=True, fernet_keys=keys[0], root_secret=keys[1]))
    with app.app_context():
        memory = story_line.begin(db.session, SEED, now)
        for column in (
            *(Assessment.started_at, Assessment.saved_at, Assessment.submitted_at, Assessment.closed_at),
            *(Visit.created_at, Visit.summary_read_at, Visit.cancelled_at, Alert.raised_at, Alert.closed_at),
            *(AlertEvent.at, FormLink.created_at, FormLink.opened_at),
        ):
            assert (db.session.scalar(select(func.max(column))) or now) <= now, column
        rows = board.board(db.session, 1, memory.day, ZONE, now=now)
        assert "partial" in {row.state for row in rows}
        db.session.rollback()
    dispose(app)


def test_every_stored_score_is_what_the_rules_say_of_the_stored_answers(demo: Session) -> None:
    instrument = current()
    rows = demo.execute(select(Assessment, AssessmentScore).outerjoin(AssessmentScore)).all()
    assert len(rows) > 1000
    for form, score in rows:
        given = from_document(form.document).given
        # What came of things agreed before is no part of the questionnaire.
        assert read(instrument, given.to_document()) == replace(given, followed={})
        if form.state == "draft":
            assert score is None
            continue
        result = evaluate(instrument, given, form.core_seconds)
        expected = score_row(form.id, result, given, score.safety_level)
        assert {key: getattr(score, key) for key in expected} == expected
        assert {key: getattr(form, key) for key in completion_columns(result)} == completion_columns(result)
        assert LEVELS.index(score.safety_level) >= LEVELS.index(result.safety.level)


def test_alerts_and_answers_tell_the_same(demo: Session) -> None:
    instrument = current()
    alerts: dict[int, list[Alert]] = {}
    for alert in demo.scalars(select(Alert)):
        alerts.setdefault(alert.assessment_id, []).append(alert)
    seen: Counter[str] = Counter()
    for form in demo.scalars(select(Assessment).where(Assessment.state == "submitted")):
        safety = judge(instrument, from_document(form.document).given)
        mine = alerts.pop(form.id, [])
        seen[safety.level] += 1
        if safety.level in ("S2", "S3"):
            assert [one for one in mine if one.level == safety.level and one.state in ("open", "closed")]
        elif safety.triggers:
            assert [one.state for one in mine] == ["settled"]
        else:
            assert mine == []
        assert all(one.triggers["signals"] for one in mine)
    assert min(seen[level] for level in LEVELS) >= 2
    left_over = set(demo.scalars(select(Assessment.state).where(Assessment.id.in_(alerts))))
    assert left_over <= {"draft", "partial"}


def test_alerts_of_earlier_days_were_answered_by_a_clinician(demo: Session) -> None:
    closed = demo.scalars(select(Alert).where(Alert.state == "closed")).all()
    assert len(closed) >= 5
    for alert in closed:
        assert alert.opens_at <= alert.acknowledged_at <= alert.closed_at <= NOON  # type: ignore[operator]
        kinds = demo.scalars(
            select(AlertEvent.kind).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)
        ).all()
        assert (kinds[0], kinds[-2:]) == ("raised", ["acknowledged", "closed"])


@pytest.mark.parametrize("hour", [6, 11, 20])
def test_alerts_stand_at_every_step_at_any_hour(
    hour: int, tmp_path: Path, sqlite_template: Path, keys: tuple[tuple[str, ...], bytes]
) -> None:
    now = datetime(2026, 3, 10, hour, 3, tzinfo=UTC)
    file = tmp_path / "clinic.sqlite3"
    shutil.copy(sqlite_template, file)
    app = make_app(Settings(tmp_path, f"sqlite:///{file}", is_demo=True, fernet_keys=keys[0], root_secret=keys[1]))
    with app.app_context():
        story_line.begin(db.session, SEED, now)
        cards = alert_board.board(db.session, clinic_settings.read(db.session, 1), sight="answers", now=now)
        assert {(one.state, one.is_overdue) for one in cards} == {
            ("open", True),
            # Before the clinic opens, nobody is late with the alert of last night.
            *((("open", False),) if hour < 14 else ()),
            ("acknowledged", False),
            ("closed", False),
        }
        assert all(one.done and one.log[-1].at <= now for one in cards if one.state != "open")
        assert all(one.answers for one in cards)
        waiting = select(func.count()).select_from(Outbox).where(Outbox.state != "sent")
        assert db.session.scalar(waiting) == 0
        db.session.rollback()
    dispose(app)


def test_at_least_forty_links_open_a_form_that_nobody_has_begun(demo: Session, memory: Memory) -> None:
    found = story_line.sheet(demo, memory, "http://127.0.0.1:8000", NOON)["patient_links"]
    assert len(found) >= 40
    assert len({one["url"] for one in found}) == len(found)
    for one in found:
        opening = links.open_by_token(demo, one["url"].rpartition("/q/")[2], now=NOON)
        assert one["visit"] == f"/visits/{opening.visit_id}"
        assert assessments.load(demo, opening.link_id, now=NOON).assessment_id is None


def test_every_finished_form_of_the_last_weeks_makes_its_page(demo: Session) -> None:
    recent = select(Visit.id).join(Assessment).where(Assessment.state != "draft")
    for visit_id in demo.scalars(recent.where(Visit.scheduled_at > NOON - timedelta(days=40))):
        assert summaries.page_for(demo, 1, visit_id, printed_by="Test", now=NOON)


def test_forms_may_be_opened_in_both_languages(demo: Session) -> None:
    settings = clinic_settings.read(demo, 1)
    assert clinic_settings.missing(settings) == []
    assert clinic_settings.warnings(settings, NOON.date()) == []
    assert clinic_settings.offered_languages(settings, current()) == ("en", "es")
    assert "demo" in settings.language_reviewers["es"]


def test_the_accounts_of_every_role_are_demo_accounts_with_the_printed_passwords(demo: Session, memory: Memory) -> None:
    listed = story_line.sheet(demo, memory, "http://127.0.0.1:8000", NOON)["accounts"]
    roles = Counter(one["role"] for one in listed)
    assert roles == {"clinician": 3, "front_desk": 1, "manager": 1, "administrator": 1}
    for one in listed:
        user = demo.scalars(select(User).where(User.email == one["email"])).one()
        assert accounts.is_demo_address(user.email)
        assert accounts.password_problem(one["password"], about=(user.email, user.display_name)) is None
        assert accounts._hasher.verify(user.password, one["password"])


def test_starting_again_on_the_same_day_changes_nothing(demo: Session, memory: Memory) -> None:
    before = plain_content(demo)
    assert story_line.go_on(demo, memory, NOON + timedelta(hours=5)) == memory
    assert plain_content(demo) == before


def test_the_next_day_adds_its_visits_and_finishes_those_of_the_day_before(demo: Session, memory: Memory) -> None:
    tomorrow = NOON + timedelta(days=1)
    before = counts(demo)
    later = story_line.go_on(demo, memory, tomorrow)
    rows = board.board(demo, 1, later.day, ZONE, now=tomorrow, answers_in="en")
    assert later.day == memory.day + timedelta(days=1)
    assert {row.state for row in rows} >= TODAYS
    assert all(now_there >= then for now_there, then in zip(counts(demo), before, strict=True))
    assert counts(demo)[0] > before[0]
    old = board.board(demo, 1, memory.day, ZONE, now=tomorrow, answers_in="en")
    left_open = demo.scalars(select(Assessment.state).where(Assessment.id.in_(memory.unfinished))).all()
    assert Counter(left_open) == {"partial": 2, "submitted": 3}
    answered = demo.scalars(select(Alert).where(Alert.assessment_id.in_(memory.unfinished), Alert.state != "settled"))
    assert Counter((one.state, one.acknowledged_at is not None) for one in answered) == {
        ("closed", True): 2,
        ("open", True): 1,
    }
    assert [row for row in old if row.glance and row.glance.safety.alert == "open"] == []
    assert len(story_line.sheet(demo, later, "http://x", tomorrow)["patient_links"]) >= 40


def test_days_that_were_missed_are_filled_and_no_visit_of_them_waits(demo: Session, memory: Memory) -> None:
    much_later = NOON + timedelta(days=75)
    later = story_line.go_on(demo, memory, much_later)
    missed = (Visit.scheduled_at > NOON + timedelta(days=1), Visit.scheduled_at < much_later - timedelta(days=1))
    states = Counter(demo.scalars(select(Assessment.state).select_from(Visit).outerjoin(Assessment).where(*missed)))
    assert states["submitted"] > 100
    assert states["submitted"] > 5 * states[None]
    per_patient = select(Visit.patient_id, func.count()).where(*missed).group_by(Visit.patient_id)
    assert max(row[1] for row in demo.execute(per_patient)) <= 3
    assert later.day == story_line.today(much_later)


def test_used_links_are_made_up_for_on_the_same_day(demo: Session, memory: Memory) -> None:
    for one in story_line.sheet(demo, memory, "http://x", NOON)["patient_links"][10:]:
        links.revoke(demo, 1, int(one["visit"].rpartition("/")[2]), now=NOON)
    story_line.go_on(demo, memory, NOON)
    assert len(story_line.sheet(demo, memory, "http://x", NOON)["patient_links"]) == 40


def test_a_form_that_somebody_else_began_is_left_alone(demo: Session, memory: Memory) -> None:
    link = story_line.sheet(demo, memory, "http://x", NOON)["patient_links"][0]
    opening = links.open_by_token(demo, link["url"].rpartition("/q/")[2], now=NOON)
    form = assessments.load(demo, opening.link_id, now=NOON)
    step = path.next_step(form.instrument, form.draft)
    shown = assessments.fingerprint(demo, form, step)
    assessments.save_page(demo, form, step, assessments.Posted(), shown=shown, left=True, language="en", now=NOON)
    story_line.go_on(demo, memory, NOON + timedelta(days=30))
    kept = demo.scalars(select(Assessment).where(Assessment.visit_id == opening.visit_id)).one()
    assert (kept.state, kept.revision) == ("draft", 1)


@pytest.mark.postgres
@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_the_demo_stands_on_postgresql_too(app: Flask) -> None:
    later = NOON + timedelta(days=2)
    with app.app_context():
        memory = story_line.begin(db.session, SEED, NOON)
        memory = story_line.go_on(db.session, memory, later)
        rows = board.board(db.session, story_line.the_clinic(db.session), memory.day, ZONE, now=later)
        assert {row.state for row in rows} >= TODAYS
        assert len(story_line.sheet(db.session, memory, "http://x", later)["patient_links"]) >= 40
        db.session.rollback()
