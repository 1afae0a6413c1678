"""What comes after a month was published: it is no difference between a quarter and its months, whatever it is."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.core.trends import KINDS, Kind, Period
from clinic.db.models import Agreement, Alert, Assessment, Clinic, TrendView, Visit
from clinic.services import clinic_settings, trend_process, trend_publishing, trends
from tests import factories
from tests.services.trend_forms import clinician, count, forms, moment, people

pytestmark = pytest.mark.slow

FIRST = Period.parse("2026-01")
QUARTER = Period.parse("2026-Q1")
DRAFT: dict[str, Any] = {"state": "draft", "completion": None, "responded": None, "core_seconds": None}
SENT: dict[str, Any] = {"state": "submitted", "completion": "complete", "core_seconds": 600}
Figures = dict[str, list[float]]


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session, ready=True)


def publish(session: Session, clinic: Clinic, now: datetime) -> None:
    count(session, clinic, now)
    trend_publishing.publish_clinic(session, clinic.id, now=now)


def settled(session: Session, clinic: Clinic, period: Period) -> datetime:
    return period.settled_at(clinic_settings.read(session, clinic.id).zone)


def add_alert(session: Session, form: int, level: str, at: datetime) -> None:
    of = session.get_one(Assessment, form)
    row = {"clinic_id": of.clinic_id, "assessment_id": form, "patient_id": of.patient_id, "level": level}
    session.add(Alert(**row, state="open", triggers={"checkin": None, "signals": []}, raised_at=at, opens_at=at))
    session.flush()


def published(session: Session, clinic: Clinic, kind: Kind) -> dict[Period, Figures]:
    rows = session.scalars(
        select(TrendView).where(TrendView.clinic_id == clinic.id, TrendView.kind == kind, TrendView.version == "")
    )
    quantities = ("minutes", "acknowledge_median", "acknowledge_p90")
    return {
        Period(row.start, kind): {name: one for name, one in row.figures.items() if name not in quantities}
        for row in rows
    }


def nothing_is_left_over(session: Session, clinic: Clinic) -> int:
    """Hold that whatever is shown of a period and of all its parts adds up; return how many figures that were."""
    found = 0
    for shorter, longer in (("month", "quarter"), ("quarter", "year"), ("month", "year")):
        parts = published(session, clinic, shorter)  # type: ignore[arg-type]
        for period, figures in published(session, clinic, longer).items():  # type: ignore[arg-type]
            inside = [mine for part, mine in parts.items() if period.holds(part)]
            for measure, (x, n, may_leave) in figures.items():
                shown = [one[measure] for one in inside if measure in one]
                if len(shown) == len(inside):
                    assert [sum(numbers) for numbers in list(zip(*shown, strict=True))[:2]] == [x, n], measure
                    found += 1
                if may_leave:
                    assert sum(1 for one in shown if one[2]) != len(inside) - 1, measure
    return found


def write_month(session: Session, clinic: Clinic, start: datetime, number: random.Random) -> list[int]:
    """Write what a month holds: forms that were sent, forms that were not, alerts, and what was agreed."""
    sent = forms(session, clinic, people(session, clinic, 60), start, gaps=20)
    drafts = forms(session, clinic, people(session, clinic, number.choice((4, 30))), start, **DRAFT, pages_left=3)
    for form in sent[: number.choice((8, 24))]:
        add_alert(session, form, "S3", start)
    for form in sent[:30]:
        visit = session.get_one(Visit, session.get_one(Assessment, form).visit_id)
        factories.make_agreement(session, visit, gap="support", created_at=start + timedelta(minutes=5))
    return sent + drafts


def visit_of(session: Session, form: int) -> Visit:
    return session.get_one(Visit, session.get_one(Assessment, form).visit_id)


def send(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    session.execute(update(Assessment).where(Assessment.id == form).values(**SENT, submitted_at=at, saved_at=at))
    add_alert(session, form, "S3", at)


def cancel(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    visit_of(session, form).cancelled_at = at


def decline(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    visit_of(session, form).declined_at = at


def acknowledge(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    mine = update(Alert).where(Alert.assessment_id == form)
    session.execute(mine.values(acknowledged_at=at, acknowledged_by=clinician(session, clinic)))


def take_back(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    mine = update(Agreement).where(Agreement.visit_id == visit_of(session, form).id)
    session.execute(mine.values(taken_back_at=at, taken_back_by=clinician(session, clinic)))


def write_down_late(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    day = visit_of(session, form).scheduled_at
    (late,) = forms(session, clinic, people(session, clinic, 1), day)
    visit_of(session, late).created_at = at
    session.execute(update(Assessment).where(Assessment.id == late).values(started_at=at, submitted_at=at))
    add_alert(session, late, "S2", at)


def move(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    visit_of(session, form).scheduled_at = at + timedelta(days=90, minutes=form)


def go_on(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    one = session.get_one(Assessment, form)
    if one.state == "draft":
        one.pages_left, one.language, one.saved_at = 7, "es", at


def undo_decline(session: Session, clinic: Clinic, form: int, at: datetime) -> None:
    visit_of(session, form).declined_at = None


Late = Callable[[Session, Clinic, int, datetime], None]
TIMED: list[Late] = [cancel, decline, acknowledge, take_back, write_down_late]
UNTIMED: list[Late] = [move, go_on, undo_decline]


def a_quarter(session: Session, clinic: Clinic, number: random.Random, kinds: list[Late]) -> None:
    """Live through a quarter: each month is published as it settles, and things come late to all before."""
    written: list[int] = []
    period = FIRST
    for month in (1, 2, 3):
        written += write_month(session, clinic, moment(2026, month, 10), number)
        period = Period(moment(2026, month, 1).date(), "month")
        for form in number.sample(written, 3):
            visit_of(session, form).declined_at = moment(2026, month, 12)
        session.flush()
        now = settled(session, clinic, period)
        if month < 3:
            publish(session, clinic, now)
        for form in number.sample(written, 12):
            at = now + timedelta(hours=number.randrange(200))
            late = number.choice(kinds)
            if session.get_one(Assessment, form).state == "draft" and late in TIMED and number.random() < 0.5:
                late = send
            late(session, clinic, form, at)
        session.flush()
        session.expire_all()
    for kind in KINDS:
        publish(session, clinic, settled(session, clinic, Period.of(kind, period.start)))


@pytest.mark.parametrize("seed", range(4))
def test_what_has_a_time_of_its_own_counts_as_it_stood_when_its_month_settled(
    session: Session, clinic: Clinic, seed: int
) -> None:
    number = random.Random(seed)
    a_quarter(session, clinic, number, TIMED)
    assert nothing_is_left_over(session, clinic) > 20
    settings = clinic_settings.read(session, clinic.id)
    # Nothing had to be left out: all that is counted today is what was published then.
    everything = set(trend_process.tables(session, settings, FIRST))
    assert set(trend_process.tables(session, settings, QUARTER)) == everything


@pytest.mark.parametrize("seed", range(4))
def test_what_has_no_time_of_its_own_is_no_difference_either(session: Session, clinic: Clinic, seed: int) -> None:
    a_quarter(session, clinic, random.Random(seed), TIMED + UNTIMED)
    assert nothing_is_left_over(session, clinic) > 5


def test_a_form_that_was_sent_after_its_month_was_published_is_not_the_quarters_difference(
    session: Session, clinic: Clinic
) -> None:
    for month in (1, 2, 3):
        for form in forms(session, clinic, people(session, clinic, 60), moment(2026, month, 10), gaps=20)[:12]:
            add_alert(session, form, "S3", moment(2026, month, 10))
    patient = people(session, clinic, 1)
    for now in (moment(2026, 2, 20), moment(2026, 3, 20)):
        publish(session, clinic, now)
    (late,) = forms(session, clinic, patient, moment(2026, 1, 20))
    send(session, clinic, late, moment(2026, 3, 25))
    now = moment(2026, 4, 20)
    publish(session, clinic, now)
    (quarter,) = published(session, clinic, "quarter").values()
    assert quarter.get("alert:S3", [36, 180])[:2] == [36, 180]
    view = trends.read(session, clinic.id, "month", outside=True, now=now)
    assert [one.figure.x for one in view.series["alert:S3"].points] == [12, 12, 12]
    assert nothing_is_left_over(session, clinic) > 0


def test_a_quarter_is_the_sum_of_what_was_published_where_a_visit_was_moved_since(
    session: Session, clinic: Clinic
) -> None:
    written = []
    for month in (1, 2, 3):
        written += forms(session, clinic, people(session, clinic, 60), moment(2026, month, 10))
        forms(session, clinic, people(session, clinic, 30), moment(2026, month, 10), **DRAFT)
        if month == 2:
            forms(session, clinic, people(session, clinic, 4), moment(2026, month, 10), **DRAFT, mode="paper")
        publish(session, clinic, settled(session, clinic, Period(moment(2026, month, 1).date(), "month")))
        if month == 1:
            move(session, clinic, written[0], moment(2026, 3, 1))
            session.flush()
    (quarter,) = published(session, clinic, "quarter").values()
    assert quarter["opened"] == [274, 274, True]
    assert quarter["done"] == [180, 274, True]
    # By mode February's four on paper are hidden, and so is every sum that would be of another day's visits.
    assert not [name for name in quarter if name.startswith("done:mode")]
    assert quarter["done:language=en"] == [180, 274, True]


def test_the_times_of_a_quarter_are_those_of_the_same_alerts_and_forms_as_its_months(
    session: Session, clinic: Clinic
) -> None:
    for month in (1, 2, 3):
        at = moment(2026, month, 13)
        for form in forms(session, clinic, people(session, clinic, 20), at, core_seconds=60 * month):
            add_alert(session, form, "S3", at)
            if month < 3:
                acknowledge(session, clinic, form, at + timedelta(minutes=month))
        if month < 3:
            publish(session, clinic, settled(session, clinic, Period(at.date().replace(day=1), "month")))
    (late,) = forms(session, clinic, people(session, clinic, 1), moment(2026, 1, 20), core_seconds=9000)
    send(session, clinic, late, moment(2026, 3, 25))
    settings = clinic_settings.read(session, clinic.id)
    publish(session, clinic, moment(2026, 4, 20))
    found = trend_process.quantities(session, settings, QUARTER)
    assert found == {"minutes": (2.0, 60), "acknowledge_median": (1.5, 40), "acknowledge_p90": (2.0, 40)}
