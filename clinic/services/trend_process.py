"""What a clinic did in one period, for its trends: who came to the form's end, what was agreed, how alerts went.

Forms belong to the month in which their visit is scheduled, in the clinic's own zone; cancelled visits are left out.
What was agreed belongs to the day it was made on, and what became of it to the day on which the patient said so: that
is often after the first month was published. `alert` counts the forms that were sent, by the highest level of their
alerts; `in_target` and the times count alerts, also of forms that were never sent, by the day they opened on. A form is
done where its patient sent it: one that the clinic closed was left on a page. Everything is of the whole clinic.

Everything counts as it stood when its month settled, which is when the month was published: a visit made or cancelled,
a form opened or sent, an alert acknowledged, an agreement taken back later than that is as if it had not been. Quarters
and years are the sums of the months in them that were published, so a flag that is closed in two months counts twice.
What keeps no time of its own is seen as it is today: a visit that was moved to another day, a cancellation or a "rather
not" that was taken back, the page and language of a form that was gone on with but not sent. `trend_sums.fitting` takes
care that such a change is no difference between what is published.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from clinic.core import intervals, staffed, trend_measures, trend_sums, trend_tables
from clinic.core.instrument import PROXY
from clinic.core.suppression import Cell, Table
from clinic.core.trend_sums import NO_VALUE, Part
from clinic.core.trends import KINDS, MONTHS, Kind, Period
from clinic.db.models import Agreement, Alert, Assessment, FormLink, TrendView, Visit
from clinic.services import escalation
from clinic.services.board import day_bounds
from clinic.services.clinic_settings import ClinicSettings

LEVELS = ("S2", "S3")
# "Somewhat" and more of the questionnaire's five words, 0-4.
HELPED_FROM = 2
# The group of those forms that were opened but never begun: they have no mode and no language.
NOT_BEGUN = NO_VALUE
_HAPPENED, _DID_NOT = ("yes", "partly"), ("no",)


@dataclass(frozen=True, slots=True)
class _Month:
    """One month of a clinic: its first moment, that of the next one, and the moment from which on nothing counts."""

    clinic_id: int
    start: datetime
    end: datetime
    settled: datetime


@dataclass(frozen=True, slots=True)
class _Forms:
    """How many visits are alike in everything that is counted."""

    count: int
    invited: bool
    opened: bool
    done: bool
    declined: bool
    mode: str | None
    language: str | None
    by_proxy: bool
    page: int
    level: str | None


def tables(session: Session, settings: ClinicSettings, period: Period) -> dict[str, Table]:
    """Return every measure of the clinic's work in one period, also those that nothing was counted for.

    Those of a quarter or year are of the months in it that were published; a measure that no longer fits to what was
    published of these is left out.
    """
    if period.kind == "month":
        return _tables(session, settings, period)
    published = _published(session, settings.clinic_id, period)
    months = [
        Part(one, _tables(session, settings, one), figures) for one, figures in published.items() if one.kind == "month"
    ]
    quarters = [
        Part(one, trend_sums.added(each.tables for each in months if one.holds(each.period)), figures)
        for one, figures in published.items()
        if one.kind == "quarter"
    ]
    return trend_sums.fitting(months, quarters)


def quantities(session: Session, settings: ClinicSettings, period: Period) -> dict[str, tuple[float, int]]:
    """Return the median minutes of the core questions, and the staffed minutes until alerts were acknowledged.

    Each comes with how many it rests on: forms that were sent and whose time is known, and acknowledged alerts of S2
    and S3. One that rests on nothing is left out. The 90th percentile is a time that nine of ten did not exceed. Those
    of a quarter or year are of all rows of the months that `tables` adds up.
    """
    periods = [period] if period.kind == "month" else _published(session, settings.clinic_id, period)
    months = [_month(settings, one) for one in periods if one.kind == "month"]
    seconds = sum((_seconds(session, one) for one in months), Counter[int]())
    waits = [
        staffed.staffed_between(settings.hours, row.opens_at, row.acknowledged_at) / timedelta(minutes=1)
        for one in months
        for row in _alerts(session, one)
        if row.acknowledged_at is not None
    ]
    middle = _middle(seconds)
    found = {
        "minutes": (None if middle is None else middle / 60, seconds.total()),
        "acknowledge_median": (intervals.median(waits), len(waits)),
        "acknowledge_p90": (intervals.percentile_90(waits), len(waits)),
    }
    return {name: (round(value, 1), n) for name, (value, n) in found.items() if value is not None}


def bounds(settings: ClinicSettings, period: Period) -> tuple[datetime, datetime]:
    """Return the first moment of a period in the clinic's zone and that of the next one, in UTC."""
    return day_bounds(period.start, settings.zone)[0], day_bounds(period.end, settings.zone)[0]


def _month(settings: ClinicSettings, period: Period) -> _Month:
    start, end = bounds(settings, period)
    return _Month(settings.clinic_id, start, end, period.settled_at(settings.zone))


def _tables(session: Session, settings: ClinicSettings, period: Period) -> dict[str, Table]:
    month = _month(settings, period)
    return {
        **_of_forms(_forms(session, month)),
        **_of_agreements(session, month),
        "in_target": _in_target(_alerts(session, month), settings),
    }


def _published(session: Session, clinic_id: int, period: Period) -> dict[Period, trend_sums.Figures]:
    """Return what was published of the clinic's work in the shorter periods inside one, the oldest first."""
    rows = session.execute(
        select(TrendView.kind, TrendView.start, TrendView.figures)
        .where(TrendView.clinic_id == clinic_id, TrendView.dimension == "", TrendView.version == "")
        .where(TrendView.kind.in_([kind for kind in KINDS if MONTHS[kind] < MONTHS[period.kind]]))
        .where(TrendView.start >= period.start, TrendView.start < period.end)
        .order_by(TrendView.start)
    )
    return {
        Period(row.start, cast("Kind", row.kind)): trend_tables.unflat(
            {name: one for name, one in row.figures.items() if name not in trend_measures.QUANTITIES}
        )
        for row in rows
    }


def _forms(session: Session, month: _Month) -> list[_Forms]:
    settled = month.settled
    link = exists().where(FormLink.visit_id == Visit.id, FormLink.created_at < settled)
    opened = exists().where(FormLink.visit_id == Visit.id, FormLink.opened_at < settled)
    done = and_(Assessment.submitted_at.is_not(None), Assessment.submitted_at < settled)
    level = (
        select(func.max(Alert.level))
        # One that waits may still be settled, and then it was none.
        .where(Alert.assessment_id == Assessment.id, Alert.state != "settled", Alert.opens_at < settled)
        .correlate(Assessment)
        .scalar_subquery()
    )
    columns = [
        link.label("link"),
        opened.label("opened"),
        and_(Visit.declined_at.is_not(None), Visit.declined_at < settled).label("declined"),
        Assessment.id.is_not(None).label("begun"),
        done.label("done"),
        Assessment.mode,
        Assessment.language,
        case((done, Assessment.respondent)).label("respondent"),
        case((~done, Assessment.pages_left)).label("page"),
        case((done, level)).label("level"),
    ]
    each = (
        select(*columns)
        .outerjoin(Assessment, and_(Assessment.visit_id == Visit.id, Assessment.started_at < settled))
        .where(*_visits(month))
        .subquery()
    )
    rows = session.execute(select(func.count(), *each.c).group_by(*each.c))
    return [
        _Forms(
            count=count,
            invited=bool(link or begun),
            opened=bool(opened or begun),
            done=bool(done),
            declined=bool(declined and not done),
            mode=mode,
            language=language,
            by_proxy=respondent == PROXY,
            page=min((page or 0) + 1, trend_measures.LAST_PAGE),
            level=level,
        )
        for count, link, opened, declined, begun, done, mode, language, respondent, page, level in rows
    ]


def _visits(month: _Month) -> tuple[ColumnElement[bool], ...]:
    return (
        Visit.clinic_id == month.clinic_id,
        Visit.scheduled_at >= month.start,
        Visit.scheduled_at < month.end,
        Visit.created_at < month.settled,
        _not_yet(Visit.cancelled_at, month),
    )


def _not_yet(moment: InstrumentedAttribute[datetime | None], month: _Month) -> ColumnElement[bool]:
    """Tell whether something had not happened when a month settled."""
    return or_(moment.is_(None), moment >= month.settled)


def _of_forms(found: list[_Forms]) -> dict[str, Table]:
    def count(counted: Callable[[_Forms], object]) -> int:
        return sum(one.count for one in found if counted(one))

    invited, opened = count(lambda one: one.invited), count(lambda one: one.opened)
    done = count(lambda one: one.done)

    def by(value: Callable[[_Forms], str | None]) -> dict[str, Cell]:
        cells: dict[str, Cell] = {}
        for one in found:
            if one.opened:
                held = cells.get(value(one) or NOT_BEGUN, Cell(0, 0))
                cells[value(one) or NOT_BEGUN] = Cell(held.x + one.done * one.count, held.n + one.count)
        return cells

    left, alerts = Counter[int](), Counter[str | None]()
    for one in found:
        left[one.page] += one.count * (one.opened and not one.done)
        alerts[one.level] += one.count * one.done
    return {
        "opened": Table(Cell(opened, invited)),
        "done": Table(Cell(done, opened), {"mode": by(lambda one: one.mode), "language": by(lambda one: one.language)}),
        **{f"left:{page}": Table(Cell(left[page], opened)) for page in range(1, trend_measures.LAST_PAGE + 1)},
        "declined": Table(Cell(count(lambda one: one.invited and one.declined), invited)),
        "proxy": Table(Cell(count(lambda one: one.done and one.by_proxy), done)),
        **{f"alert:{level}": Table(Cell(alerts[level], done)) for level in LEVELS},
    }


def _of_agreements(session: Session, month: _Month) -> dict[str, Table]:
    mine = (Agreement.clinic_id == month.clinic_id, _not_yet(Agreement.taken_back_at, month))
    # One flag may be closed with several things.
    flags = (
        select(Agreement.gap, func.max(case((Agreement.kind == "agreed", 1), else_=0)).label("agreed"))
        .where(*mine, Agreement.created_at >= month.start, Agreement.created_at < month.end)
        .group_by(Agreement.visit_id, Agreement.gap)
        .subquery()
    )
    closed = {
        row.gap: Cell(int(row.x), row.n)
        for row in session.execute(
            select(flags.c.gap, func.sum(flags.c.agreed).label("x"), func.count().label("n")).group_by(flags.c.gap)
        )
    }
    did = Agreement.happened.in_(_HAPPENED)
    helped = case((and_(did, Agreement.helped >= HELPED_FROM), 1))
    answered = case((or_(did, Agreement.happened.in_(_DID_NOT)), 1))
    told = {
        row.gap: row
        for row in session.execute(
            select(
                Agreement.gap,
                func.count(answered).label("answered"),
                func.count(case((did, 1))).label("happened"),
                func.count(helped).label("helped"),
            )
            .where(*mine, Agreement.kind == "agreed")
            .where(Agreement.answered_at >= month.start, Agreement.answered_at < month.end)
            .group_by(Agreement.gap)
        )
    }
    found: dict[str, Table] = {}
    for gap in trend_measures.AGREED_GAPS:
        row = told.get(gap)
        happened = row.happened if row else 0
        found[f"agreed:{gap}"] = Table(closed.get(gap, Cell(0, 0)))
        found[f"happened:{gap}"] = Table(Cell(happened, row.answered if row else 0))
        found[f"helped:{gap}"] = Table(Cell(row.helped if row else 0, happened))
    return found


def _alerts(session: Session, month: _Month) -> list[Any]:
    seen = case((Alert.acknowledged_at < month.settled, Alert.acknowledged_at))
    rows = session.execute(
        select(Alert.level, Alert.opens_at, seen.label("acknowledged_at")).where(
            Alert.clinic_id == month.clinic_id,
            Alert.state.in_((*escalation.OPEN_STATES, "closed")),
            Alert.level.in_(LEVELS),
            Alert.opens_at >= month.start,
            Alert.opens_at < month.end,
        )
    )
    return list(rows)


def _in_target(alerts: list[Any], settings: ClinicSettings) -> Table:
    """Count the alerts that somebody acknowledged before they were overdue, as the alert board reckons it."""
    due = [(escalation.due_at(settings, row.level, row.opens_at), row.acknowledged_at) for row in alerts]
    in_time = sum(seen is not None and (by is None or seen <= by) for by, seen in due)
    return Table(Cell(in_time, len(alerts)))


def _seconds(session: Session, month: _Month) -> Counter[int]:
    rows = session.execute(
        select(Assessment.core_seconds, func.count())
        .join(Visit, Visit.id == Assessment.visit_id)
        .where(*_visits(month), Assessment.submitted_at < month.settled, Assessment.core_seconds.is_not(None))
        .group_by(Assessment.core_seconds)
    )
    return Counter({seconds: count for seconds, count in rows if seconds is not None})


def _middle(counted: Counter[int]) -> float | None:
    """Return the median of values that are counted: a year may have a million of them, but few different ones."""
    total = counted.total()
    if not total:
        return None
    values = sorted(counted)
    reached = list(accumulate(counted[value] for value in values))
    return sum(values[bisect_right(reached, place)] for place in ((total - 1) // 2, total // 2)) / 2
