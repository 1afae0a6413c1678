"""Random histories of forms leave the very counts that counting all of them anew gives."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import Phase
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.instrument import NOT_APPLICABLE
from clinic.core.trend_counts import periods
from clinic.db.models import Assessment, AssessmentScore, ScoringProfile, Site, TrendCount
from clinic.db.session import begin_write, db
from clinic.services import assessments, clinic_settings, rollup
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW, make_assessment, make_clinic, make_link, make_patient, make_user, make_visit
from tests.services.test_rollup import publish_old_version

pytestmark = pytest.mark.slow

ZONES = ("America/New_York", "Pacific/Auckland", "Asia/Kolkata", "UTC")
# Around the ends of months, quarters and years in these zones, and the hour that comes twice.
EDGES = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        "2025-12-30T12:00",
        "2025-12-31T10:59:59.999999",
        "2025-12-31T11:00",
        "2025-12-31T18:30",
        "2026-01-01T00:00",
        "2026-01-01T04:59:59.999999",
        "2026-01-01T05:00",
        "2026-02-28T23:59",
        "2026-03-08T07:00",
        "2026-03-31T12:30",
        "2026-04-01T03:59:59",
        "2026-04-01T04:00",
        "2026-11-01T05:30",
        "2026-11-01T06:30",
        "2026-12-31T23:59:59.999999",
        "2027-01-01T06:00",
    )
)
# Nothing in them raises an alert, which would outlive the form.
ITEMS = [key for key, item in INSTRUMENT.items.items() if not item.safety_raw]
TICKS = sorted(set(INSTRUMENT.tickable) - INSTRUMENT.safety_ticks)
given_forms = st.builds(
    AnswerSet,
    answers=st.dictionaries(st.sampled_from(ITEMS), st.sampled_from([0, 1, 2, 3, 4, NOT_APPLICABLE]), max_size=12),
    ticks=st.frozensets(st.sampled_from(TICKS), max_size=6),
    wishes=st.dictionaries(st.sampled_from(sorted(INSTRUMENT.domains)), st.sampled_from(INSTRUMENT.wishes)),
    respondent=st.sampled_from(["self", "self", "helped", "proxy", None]),
)
versions = st.sampled_from([("1.0", "1.0"), ("1.0", "1.0"), ("1.0", "1.0+c1"), ("0.9", "1.0")])
whose = st.integers(0, 1)


class Histories(RuleBasedStateMachine):
    """One clinic with two patients, whose forms begin, end, change and go in any order and at any time."""

    session: Session

    @initialize(zone=st.sampled_from(ZONES))
    def open(self, zone: str) -> None:
        begin_write(self.session)
        clinic = make_clinic(self.session, time_zone=zone, trends_counted_at=NOW)
        cuts = {"watch": 10, "gap": 30, "priority": 60}
        profile = ("trd-barrier-check", "1.0", "1.0+c1")
        self.session.add(Site(clinic_id=clinic.id, name="Elsewhere"))
        self.session.add(
            ScoringProfile(
                clinic_id=clinic.id,
                instrument_id=profile[0],
                instrument_version=profile[1],
                name=profile[2],
                thresholds=cuts,
                created_at=NOW,
            )
        )
        self.session.flush()
        self.clinic, self.clinician = clinic, make_user(self.session, clinic)
        self.sites = self.session.scalars(select(Site.id).where(Site.clinic_id == clinic.id)).all()
        self.patients = [make_patient(self.session, clinic) for _ in range(2)]
        self.visits = 0

    @rule(
        who=whose,
        given=given_forms,
        moment=st.sampled_from(EDGES),
        version=versions,
        site=whose,
        language=st.sampled_from(["en", "es"]),
        mode=st.sampled_from(["web", "tablet"]),
        closes=st.booleans(),
    )
    def end_a_form(
        self,
        who: int,
        given: AnswerSet,
        moment: datetime,
        version: tuple[str, str],
        site: int,
        language: str,
        mode: str,
        closes: bool,
    ) -> None:
        """Send a form, or let the clinic close it."""
        self.visits += 1
        # A patient has one visit at a time; what counts is when the form ends.
        begun = moment - timedelta(days=900) + self.visits * timedelta(seconds=1)
        visit = make_visit(
            self.session,
            self.clinic,
            self.patients[who],
            self.clinician,
            scheduled_at=begun,
            site_id=self.sites[site],
        )
        link = make_link(self.session, visit, expires_at=moment + timedelta(days=1))
        form = make_assessment(
            self.session,
            visit,
            given,
            respondent=given.respondent,
            language=language,
            mode=mode,
            instrument_version=version[0],
            scoring_profile=version[1],
            started_at=begun,
            saved_at=begun,
        )
        if closes:
            assessments.close_partial(self.session, self.clinic.id, form.id, by=None, now=moment)
        else:
            read = assessments.load(self.session, link.id, now=moment)
            assessments.submit(self.session, read, language=language, now=moment)

    @precondition(lambda self: self.forms())
    @rule(which=st.integers(0, 99))
    def erase_a_form(self, which: int) -> None:
        """Withdraw one form."""
        form_id, patient_id = self.forms()[which % len(self.forms())]
        with rollup.changing(self.session, self.clinic.id, patient_id):
            self.delete([form_id])

    @rule(who=whose)
    def erase_a_patient(self, who: int) -> None:
        """Erase everything that a patient has sent."""
        mine = self.patients[who].id
        with rollup.changing(self.session, self.clinic.id, mine):
            self.delete([form_id for form_id, patient_id in self.forms() if patient_id == mine])

    @precondition(lambda self: self.forms())
    @rule(
        which=st.integers(0, 99),
        change=st.sampled_from(
            [
                {"language": "es"},
                {"respondent": "proxy"},
                {"respondent": "self"},
                {"mode": "paper"},
                {"completion": "empty"},
            ]
        ),
        level=st.sampled_from(["none", "gap", "insufficient"]),
    )
    def correct_a_form(self, which: int, change: dict[str, Any], level: str) -> None:
        """Change what was stored of a form, and what it scored."""
        form_id, patient_id = self.forms()[which % len(self.forms())]
        with rollup.changing(self.session, self.clinic.id, patient_id):
            self.session.execute(update(Assessment).where(Assessment.id == form_id).values(change))
            scored = update(AssessmentScore).where(AssessmentScore.assessment_id == form_id)
            self.session.execute(scored.values(stigma_level=level, acc=700))

    @rule(zone=st.sampled_from(ZONES))
    def move_the_clinic(self, zone: str) -> None:
        """Let another time zone hold for all of its forms."""
        clinic_settings.change(self.session, self.clinic.id, "time_zone", zone, None, None, NOW)
        assert rollup.ensure_counted(self.session, self.clinic.id, NOW)

    @invariant()
    def what_is_kept_is_what_the_forms_say(self) -> None:
        if hasattr(self, "clinic"):
            assert rollup.check(self.session, self.clinic.id) == []
            assert self.patients_kept() == self.patients_by_hand()

    def patients_kept(self) -> dict[tuple[Any, ...], int]:
        """Return how many patients the leaves have, by period."""
        found: dict[tuple[Any, ...], int] = defaultdict(int)
        rows = select(TrendCount.kind, TrendCount.start, TrendCount.counts).where(
            TrendCount.clinic_id == self.clinic.id
        )
        for kind, start, counts in self.session.execute(rows):
            found[kind, start] += int.from_bytes(counts[:4], "little")
        return {period: number for period, number in found.items() if number}

    def patients_by_hand(self) -> dict[tuple[Any, ...], int]:
        """Return how many patients have a form that counts, by period, asked of the rows in another way."""
        self.session.expire_all()
        zone = ZoneInfo(self.clinic.time_zone)
        seen: dict[tuple[Any, ...], set[int]] = defaultdict(set)
        for form in self.session.scalars(select(Assessment).where(Assessment.clinic_id == self.clinic.id)):
            ended = form.submitted_at or form.closed_at
            if ended and form.respondent in ("self", "helped") and form.completion in ("complete", "partial"):
                for period in periods(ended.astimezone(zone).date()):
                    seen[period].add(form.patient_id)
        return {period: len(patients) for period, patients in seen.items()}

    def forms(self) -> list[tuple[int, int]]:
        """Return the clinic's forms as (form, patient)."""
        mine = select(Assessment.id, Assessment.patient_id).where(Assessment.clinic_id == self.clinic.id)
        return [(row.id, row.patient_id) for row in self.session.execute(mine.order_by(Assessment.id))]

    def delete(self, forms: list[int]) -> None:
        self.session.execute(delete(AssessmentScore).where(AssessmentScore.assessment_id.in_(forms)))
        self.session.execute(delete(Assessment).where(Assessment.id.in_(forms)))

    def teardown(self) -> None:
        self.session.rollback()


def run(app: Flask, monkeypatch: pytest.MonkeyPatch, histories: int) -> None:
    publish_old_version(monkeypatch)
    limits = examples(max_examples=histories, stateful_step_count=14, phases=[Phase.explicit, Phase.generate])
    with app.app_context():
        machine: Callable[[], Histories] = type("Histories", (Histories,), {"session": db.session})
        run_state_machine_as_test(machine, settings=limits)


def test_whatever_happens_to_forms_the_counts_are_those_of_counting_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(app, monkeypatch, 40)


def test_a_form_that_is_not_counted_would_be_found_out(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "counted", lambda *_given, **_named: None)
    with pytest.raises(AssertionError):
        run(sqlite_app, monkeypatch, 40)


def test_an_erased_form_that_is_not_taken_away_would_be_found_out(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "changing", lambda *_given: nullcontext())
    with pytest.raises(AssertionError):
        run(sqlite_app, monkeypatch, 40)
