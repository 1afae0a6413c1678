"""What is kept for the trends is what the forms say: whatever happens to them, whenever, and however many at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, event, func, select, text, update
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.errors import Busy
from clinic.core.trend_counts import Layout, Leaf, named
from clinic.db.models import Assessment, AssessmentScore, Clinic, Patient, Site, TrendCount, Visit
from clinic.db.session import begin_snapshot, begin_write, db
from clinic.instruments import catalogue
from clinic.services import assessments, clinic_settings, rollup
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW, make_assessment, make_clinic, make_link, make_patient, make_user, make_visit

HARD = AnswerSet(answers={"ACC1": 4, "ACC2": 4, "MED": 3}, ticks=frozenset({"ACC.waiting_times"}), respondent="self")
EASY = AnswerSet(answers={"ACC1": 0, "ACC2": 0, "MED": 3}, ticks=frozenset({"MED.side_effects"}), respondent="self")
VERSION = "trd-barrier-check|1.0|1.0"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return make_clinic(session, time_zone="UTC", trends_counted_at=NOW)


@pytest.fixture
def patient(session: Session, clinic: Clinic) -> Patient:
    return make_patient(session, clinic)


def draft(session: Session, patient: Patient, given: AnswerSet, at: datetime, **changes: object) -> tuple[int, int]:
    """Make a form in progress; return its number and that of its link."""
    clinic = session.get_one(Clinic, patient.clinic_id)
    visit = make_visit(session, clinic, patient, scheduled_at=at)
    link = make_link(session, visit, expires_at=at + 900 * DAY)
    form = make_assessment(session, visit, given, respondent=given.respondent, started_at=at, saved_at=at, **changes)
    return form.id, link.id


def send(session: Session, patient: Patient, given: AnswerSet, at: datetime, **changes: object) -> int:
    """Send a form as a patient does."""
    form_id, link_id = draft(session, patient, given, at, **changes)
    form = assessments.load(session, link_id, now=at)
    assessments.submit(session, form, language=form.language or "en", now=at)
    return form_id


def kept(session: Session, leaf: Leaf) -> dict[str, int]:
    """Return the counters of a leaf that are not 0."""
    where = [getattr(TrendCount, name) == value for name, value in leaf._asdict().items()]
    stored = session.scalar(select(TrendCount.counts).where(*where))
    return {} if stored is None else {name: n for name, n in named(Layout.of(INSTRUMENT), stored).items() if n}


def leaf(kind: str, start: str, **changes: object) -> Leaf:
    first = Leaf(kind, date.fromisoformat(start), VERSION, 1, "en", "web", "self")  # type: ignore[arg-type]
    return first._replace(**changes)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_form_that_is_sent_is_counted_in_its_month_quarter_and_year(session: Session, patient: Patient) -> None:
    send(session, patient, HARD, at("2026-03-10T09:00"))
    wanted = {
        "patients": 1,
        "gap_else:accessibility": 1,
        "insufficient:adherence": 1,
        "insufficient:stigma": 1,
        "insufficient:support": 1,
        "high:ACC": 1,
        "high:MED": 1,
        "ticked:ACC.waiting_times": 1,
    }

    found = [kept(session, leaf(kind, start)) for kind, start in (("month", "2026-03-01"), ("quarter", "2026-01-01"))]
    assert found == [wanted, wanted]
    assert kept(session, leaf("year", "2026-01-01")) == wanted


def test_a_later_form_of_the_same_period_takes_the_place_of_the_one_before(session: Session, patient: Patient) -> None:
    send(session, patient, HARD, at("2026-03-10T09:00"))
    send(session, patient, EASY, at("2026-04-02T09:00"), language="es")

    assert kept(session, leaf("month", "2026-03-01"))["gap_else:accessibility"] == 1
    assert kept(session, leaf("quarter", "2026-01-01"))["gap_else:accessibility"] == 1
    assert kept(session, leaf("year", "2026-01-01")) == {}
    of_april = kept(session, leaf("year", "2026-01-01", language="es"))
    assert of_april == kept(session, leaf("month", "2026-04-01", language="es"))
    assert of_april["clear:accessibility"] == of_april["ticked:MED.side_effects"] == of_april["patients"] == 1


def test_a_wish_for_help_now_is_told_from_any_other(session: Session, patient: Patient) -> None:
    send(session, patient, replace(HARD, wishes={"ACCESSIBILITY": "now"}), at("2026-03-10T09:00"))
    assert kept(session, leaf("month", "2026-03-01"))["gap_now:accessibility"] == 1


@pytest.mark.parametrize("given", [replace(HARD, respondent="proxy"), replace(HARD, respondent=None), AnswerSet()])
def test_a_proxys_form_one_of_nobody_and_an_empty_one_are_not_counted(
    session: Session, patient: Patient, given: AnswerSet
) -> None:
    send(session, patient, HARD, at("2026-03-10T09:00"))
    before = kept(session, leaf("month", "2026-03-01"))
    send(session, patient, given, at("2026-03-11T09:00"))

    assert kept(session, leaf("month", "2026-03-01")) == before
    assert rollup.check(session, patient.clinic_id) == []


def test_a_form_that_the_clinic_closes_counts_like_one_that_was_sent(session: Session, patient: Patient) -> None:
    form_id, _link = draft(session, patient, HARD, at("2026-03-10T09:00"), mode="tablet")
    assessments.close_partial(session, patient.clinic_id, form_id, by=None, now=at("2026-03-10T10:00"))

    assert kept(session, leaf("month", "2026-03-01", mode="tablet"))["patients"] == 1
    assert rollup.check(session, patient.clinic_id) == []


def test_the_year_ends_when_it_does_where_the_clinic_is(session: Session) -> None:
    patient = make_patient(session, make_clinic(session, time_zone="America/New_York"))
    send(session, patient, HARD, at("2026-01-01T04:59"))
    send(session, patient, EASY, at("2026-01-01T05:00"))

    assert kept(session, leaf("year", "2025-01-01"))["gap_else:accessibility"] == 1
    assert kept(session, leaf("year", "2026-01-01"))["clear:accessibility"] == 1
    assert rollup.check(session, patient.clinic_id) == []


def test_a_form_that_ends_out_of_turn_does_not_hide_a_later_one(session: Session, patient: Patient) -> None:
    send(session, patient, HARD, at("2026-03-20T09:00"))
    send(session, patient, EASY, at("2026-03-10T09:00"))
    send(session, patient, EASY, at("2026-02-10T09:00"))

    assert kept(session, leaf("month", "2026-03-01"))["gap_else:accessibility"] == 1
    assert kept(session, leaf("month", "2026-02-01"))["clear:accessibility"] == 1
    assert kept(session, leaf("quarter", "2026-01-01"))["patients"] == 1
    assert rollup.check(session, patient.clinic_id) == []


def test_an_earlier_form_counts_again_where_the_latest_is_erased(session: Session, patient: Patient) -> None:
    send(session, patient, HARD, at("2026-03-10T09:00"))
    latest = send(session, patient, EASY, at("2026-03-20T09:00"))
    with rollup.changing(session, patient.clinic_id, patient.id):
        erase(session, latest)

    assert kept(session, leaf("year", "2026-01-01"))["gap_else:accessibility"] == 1
    assert kept(session, leaf("month", "2026-03-01"))["patients"] == 1
    assert rollup.check(session, patient.clinic_id) == []


def test_whoever_is_erased_leaves_no_trace_in_the_counts(session: Session, patient: Patient) -> None:
    days = ("2024-03-10", "2024-03-20", "2026-03-10", "2026-12-31")
    forms = [send(session, patient, HARD, at(f"{day}T09:00")) for day in days]
    with rollup.changing(session, patient.clinic_id, patient.id):
        for one in forms:
            erase(session, one)

    assert {any(counts) for counts in session.scalars(select(TrendCount.counts))} == {False}
    assert rollup.check(session, patient.clinic_id) == []


def erase(session: Session, form_id: int) -> None:
    session.execute(delete(AssessmentScore).where(AssessmentScore.assessment_id == form_id))
    session.execute(delete(Assessment).where(Assessment.id == form_id))


def test_a_damaged_form_never_keeps_another_one_from_being_sent(session: Session, patient: Patient) -> None:
    damaged = send(session, patient, HARD, at("2026-03-10T09:00"))
    session.execute(text("UPDATE assessment SET document = 'torn' WHERE id = :id"), {"id": damaged})
    send(session, patient, EASY, at("2026-03-20T09:00"))

    # Its tick could not be taken away with it, which the check tells and counting anew puts right.
    differing = {(one.leaf.kind, one.counter, one.kept, one.counted) for one in rollup.check(session, 1)}
    assert differing == {(kind, "ticked:ACC.waiting_times", 1, 0) for kind in ("month", "quarter", "year")}
    assert rollup.recount(session, 1, NOW).unread == 1
    assert rollup.check(session, 1) == []


def test_forms_of_two_versions_are_counted_apart(
    session: Session, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_old_version(monkeypatch)
    send(session, patient, HARD, at("2026-03-10T09:00"), instrument_version="0.9")
    first = kept_versions(session, "quarter")
    send(session, patient, HARD, at("2026-03-20T09:00"))

    assert first == {"trd-barrier-check|0.9|1.0": 1}
    assert kept_versions(session, "quarter") == {VERSION: 1}
    assert rollup.check(session, patient.clinic_id) == []


def kept_versions(session: Session, kind: str) -> dict[str, int]:
    """Return how many patients the leaves of a kind have, by version."""
    rows = session.execute(select(TrendCount.version, TrendCount.counts).where(TrendCount.kind == kind))
    counts = {row.version: int.from_bytes(row.counts[:4], "little") for row in rows}
    return {version: number for version, number in counts.items() if number}


def publish_old_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a version beside the present one that has fewer lines in its lists."""
    lists = {key: replace(one, options=one.options[:-1]) for key, one in INSTRUMENT.checklists.items()}
    old = replace(INSTRUMENT, version="0.9", digest="9" * 64, checklists=lists)
    present = catalogue.read
    monkeypatch.setattr(catalogue, "read", lambda key, version: old if version == "0.9" else present(key, version))
    rollup._layout_of.cache_clear()


def test_a_clinic_that_was_never_counted_is_counted_once(session: Session, patient: Patient) -> None:
    session.execute(update(Clinic).values(trends_counted_at=None))
    send(session, patient, HARD, at("2026-03-10T09:00"))
    session.execute(delete(TrendCount))
    # It takes away what nobody had counted, until somebody counts.
    send(session, patient, EASY, at("2026-03-20T09:00"))

    assert rollup.ensure_counted(session, patient.clinic_id, NOW)
    assert rollup.check(session, patient.clinic_id) == []
    assert not rollup.ensure_counted(session, patient.clinic_id, NOW)
    assert session.scalar(select(Clinic.trends_counted_at)) == NOW


def test_in_another_time_zone_everything_is_counted_anew(session: Session, clinic: Clinic, patient: Patient) -> None:
    send(session, patient, HARD, at("2026-02-28T23:30"))
    clinic_settings.change(session, clinic.id, "time_zone", "Asia/Kolkata", None, None, NOW)

    assert rollup.check(session, clinic.id) != []
    assert rollup.ensure_counted(session, clinic.id, NOW)
    assert rollup.check(session, clinic.id) == []
    assert kept(session, leaf("month", "2026-03-01"))["patients"] == 1


def test_what_was_sent_while_somebody_counted_is_not_lost(session: Session, patient: Patient) -> None:
    send(session, patient, HARD, at("2026-03-10T09:00"))
    session.execute(update(TrendCount).where(TrendCount.kind == "month").values(counts=b""))
    found = rollup.compare(session, patient.clinic_id)
    send(session, patient, EASY, at("2026-03-20T09:00"))
    rollup.correct(session, patient.clinic_id, found, now=NOW + HOUR)

    assert rollup.check(session, patient.clinic_id) == []
    with pytest.raises(Busy):
        rollup.correct(session, patient.clinic_id, found, now=NOW + HOUR)


def test_other_clinics_are_left_alone(session: Session, patient: Patient) -> None:
    other = make_patient(session, make_clinic(session, name="Another"))
    send(session, patient, HARD, at("2026-03-10T09:00"))
    send(session, other, HARD, at("2026-03-10T09:00"), site_id=2)
    session.execute(delete(TrendCount).where(TrendCount.clinic_id == other.clinic_id))

    assert rollup.check(session, patient.clinic_id) == []
    assert rollup.compare(session, other.clinic_id).forms == 1
    rollup.recount(session, other.clinic_id, NOW)
    assert session.scalar(select(func.count()).select_from(TrendCount)) == 6


def test_counting_reads_patients_in_batches(session: Session, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        send(session, make_patient(session, clinic), HARD, at("2026-03-10T09:00"))
    asked = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    monkeypatch.setattr(rollup, "_NEXT_PATIENTS", rollup._NEXT_PATIENTS.limit(2))

    assert rollup.check(session, clinic.id) == []
    assert sum("FROM assessment" in one for one in asked) == 3


@pytest.fixture
def drafts(app: Flask) -> list[int]:
    """Return links to committed forms in progress: three of one patient, and one of each of nine others."""
    with app.app_context():
        begin_write(db.session)
        clinic = make_clinic(db.session, time_zone="UTC")
        clinician = make_user(db.session, clinic)
        db.session.add(Site(clinic_id=clinic.id, name="Elsewhere"))
        db.session.flush()
        patients = [make_patient(db.session, clinic) for _ in range(10)]
        links = []
        for number, patient in enumerate([*patients, patients[0], patients[0]]):
            visit = make_visit(
                db.session, clinic, patient, clinician, scheduled_at=NOW + number * HOUR, site_id=1 + number % 2
            )
            links.append(make_link(db.session, visit, expires_at=NOW + 9 * DAY).id)
            make_assessment(db.session, visit, HARD if number % 2 else EASY, respondent="self")
        db.session.commit()
    return links


def at_once(app: Flask, *works: Callable[[], object]) -> None:
    """Let each piece of work begin at the same moment in a thread and a transaction of its own."""
    start = threading.Barrier(len(works))

    def do(work: Callable[[], object]) -> None:
        with app.app_context():
            start.wait(timeout=30)
            begin_write(db.session)
            work()
            db.session.commit()

    with ThreadPoolExecutor(len(works)) as pool:
        for one in [pool.submit(do, work) for work in works]:
            one.result(timeout=60)


def submit(link: int, moment: datetime) -> None:
    form = assessments.load(db.session, link, now=moment)
    assessments.submit(db.session, form, language="es" if link % 3 else "en", now=moment)


def test_forms_that_are_sent_at_once_are_all_counted(app: Flask, drafts: list[int]) -> None:
    at_once(app, *(lambda n=n, link=link: submit(link, NOW + n * HOUR) for n, link in enumerate(drafts)))

    with app.app_context():
        assert rollup.check(db.session, 1) == []
        counts = db.session.scalars(select(TrendCount.counts).where(TrendCount.kind == "year"))
        assert sum(int.from_bytes(one[:4], "little") for one in counts) == 10


def test_forms_that_are_sent_while_somebody_counts_are_counted_once(app: Flask, drafts: list[int]) -> None:
    with app.app_context():
        begin_write(db.session)
        for number, link in enumerate(drafts[:4]):
            submit(link, NOW + number * HOUR)
        db.session.execute(delete(TrendCount))
        db.session.commit()
    later = [lambda n=n, link=link: submit(link, NOW + n * HOUR) for n, link in enumerate(drafts[4:], 4)]
    at_once(app, *later, lambda: rollup.recount(db.session, 1, NOW))

    with app.app_context():
        assert rollup.check(db.session, 1) == []


def test_what_is_read_of_one_moment_does_not_see_what_comes_after(app: Flask, drafts: list[int]) -> None:
    with app.app_context():
        begin_snapshot(db.session)
        assert rollup.compare(db.session, 1).forms == 0
        at_once(app, lambda: submit(drafts[0], NOW))
        assert rollup.compare(db.session, 1).forms == 0
        with pytest.raises(RuntimeError):
            begin_snapshot(db.session)
        db.session.rollback()
        assert rollup.compare(db.session, 1).forms == 1


@pytest.mark.parametrize("app", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_visit_can_be_made_while_somebody_counts(app: Flask, drafts: list[int]) -> None:
    with app.app_context():
        rollup.recount(db.session, 1, NOW)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(add_visit, app).result(timeout=10)


def add_visit(app: Flask) -> bool:
    with app.app_context():
        make_visit(db.session, db.session.get_one(Clinic, 1), db.session.get_one(Patient, 1), scheduled_at=NOW + DAY)
        db.session.commit()
        return db.session.scalar(select(func.count()).select_from(Visit)) == 13
