"""The visits of one day: whose they are, how far each form is, and for clinicians what it says at a glance."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.safety import SafetyLevel, highest, judge
from clinic.db import queries
from clinic.db.models import Alert, Assessment, AssessmentScore
from clinic.db.models.assessment import DOMAINS
from clinic.instruments import catalogue
from clinic.services.drafts import from_document
from clinic.services.states import FormState, state_of

AlertState = Literal["waiting", "open", "acknowledged", "closed"]


@dataclass(frozen=True, slots=True)
class SafetyNow:
    """The safety level of a form as it stands, and what has become of its alert, with the time of that."""

    level: SafetyLevel
    alert: AlertState | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """What a clinician sees of a form in the list; before it was sent only its safety level.

    `wants` are the picks in words; `levels` are by gap.
    """

    safety: SafetyNow
    wants: tuple[str, ...] = ()
    levels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One visit of the day; a damaged name is None, `page` is (pages left, about how many) of a started form."""

    visit_id: int
    at: datetime
    patient_id: int
    name: str | None
    born_on: date | None
    record_number: str | None
    clinician: str
    state: FormState
    is_partial: bool
    mode: str | None
    by_proxy: bool
    language: str | None
    page: tuple[int, int] | None
    touched_at: datetime | None
    glance: Glance | None


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of a day in a zone and that of the next day, in UTC."""
    start = datetime.combine(day, time.min, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def board(
    session: Session,
    clinic_id: int,
    day: date,
    zone: ZoneInfo,
    *,
    now: datetime,
    clinician_id: int | None = None,
    answers_in: str | None = None,
) -> list[BoardRow]:
    """Return a day's visits in order of time: in one query, or in three with `answers_in`.

    `answers_in` is the language in which a clinician reads the picks; without it no answer is read from the database.
    """
    rows = queries.visits_between(session, clinic_id, *day_bounds(day, zone), clinician_id=clinician_id)
    forms = [row.assessment_id for row in rows if row.assessment_id is not None]
    glances = _glances(session, clinic_id, forms, answers_in, now) if answers_in else {}
    return [_row(row, glances.get(row.assessment_id or 0)) for row in rows]


def safety_now(reached: SafetyLevel, alerts: Sequence[Alert], now: datetime) -> SafetyNow:
    """Return the highest level that the answers or any alert that opened have reached, and where that alert stands."""
    alerts = [one for one in alerts if one.state != "settled"]
    opened = [one for one in alerts if one.state != "waiting" or one.opens_at <= now]
    level = highest(reached, *(one.level for one in opened))  # type: ignore[arg-type]
    if not opened:
        return SafetyNow(level, "waiting", alerts[0].opens_at) if alerts else SafetyNow(level)
    # What somebody still has to do is never hidden by a higher alert on which it was done.
    last = max(opened, key=lambda one: (one.closed_at is None, one.acknowledged_at is None, one.level, one.opens_at))
    if last.closed_at is not None:
        return SafetyNow(level, "closed", last.closed_at)
    if last.acknowledged_at is not None:
        return SafetyNow(level, "acknowledged", last.acknowledged_at)
    return SafetyNow(level, "open", last.opens_at)


def _row(row: queries.VisitRow, glance: Glance | None) -> BoardRow:
    link = (row.link_sent_at, row.link_opened_at)
    state = state_of(row.state, row.summary_read_at, row.cancelled_at, row.declined_at, link)
    return BoardRow(
        visit_id=row.visit_id,
        at=row.scheduled_at,
        patient_id=row.patient_id,
        name=row.patient_name,
        born_on=None if row.born_on is None else date.fromisoformat(row.born_on),
        record_number=row.record_number,
        clinician=row.clinician_name,
        state=state,
        is_partial=row.state == "partial",
        mode=row.mode,
        by_proxy=row.respondent == "proxy",
        language=row.language,
        page=(row.pages_left or 0, row.pages_total or 0) if state == "started" else None,
        touched_at=row.submitted_at or row.saved_at,
        glance=glance,
    )


def _glances(session: Session, clinic_id: int, forms: Sequence[int], language: str, now: datetime) -> dict[int, Glance]:
    read = session.execute(
        select(Assessment, AssessmentScore)
        .outerjoin(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
        .where(Assessment.clinic_id == clinic_id, Assessment.id.in_(forms))
    ).all()
    alerts = defaultdict(list)
    for alert in session.scalars(queries.scoped(Alert, clinic_id).where(Alert.assessment_id.in_(forms))):
        alerts[alert.assessment_id].append(alert)
    return {form.id: _glance(form, score, alerts[form.id], language, now) for form, score in read}


def _glance(
    form: Assessment, score: AssessmentScore | None, alerts: Sequence[Alert], language: str, now: datetime
) -> Glance:
    instrument = catalogue.read(form.instrument_id, form.instrument_version)
    given = from_document(form.document).given
    safety = safety_now(judge(instrument, given).level, alerts, now)
    if score is None:
        return Glance(safety)
    return Glance(
        safety,
        wants=tuple(instrument.say(language, f"pick.{pick}") for pick in given.picks),
        levels={domain.upper(): getattr(score, f"{domain}_level") for domain in DOMAINS},
    )
