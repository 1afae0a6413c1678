"""The clinic's alerts as its staff see them: what is open, what was done, what is overdue, and who was told."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from clinic.core import staffed
from clinic.core.instrument import PROXY
from clinic.core.safety import LEVELS, SafetyLevel
from clinic.core.summary_safety import checkin_words, signal_words
from clinic.core.voice import Voice
from clinic.db.base import Base
from clinic.db.models import Alert, AlertAction, AlertEvent, Assessment, Outbox, Patient, User, Visit
from clinic.db.queries import lenient
from clinic.instruments import catalogue
from clinic.instruments.frame import frame
from clinic.services import escalation
from clinic.services.alert_steps import OPENED
from clinic.services.clinic_settings import ClinicSettings

CLOSED_DAYS = 30
# A visit's page asks for its alerts each time, so that is built once, on the bare tables: building a statement costs
# more than running it, and so does looking for objects in its rows.
_TABLES = Base.metadata.tables
_ALERTS, _FORMS, _VISITS, _PATIENTS = (_TABLES[one.__tablename__].c for one in (Alert, Assessment, Visit, Patient))
_CLINICIANS, _SEEN_BY = (_TABLES[User.__tablename__].alias(name) for name in ("clinicians", "seen_by"))
_READ = (
    select(
        _ALERTS.id,
        _ALERTS.level,
        _ALERTS.state,
        _ALERTS.opens_at,
        _ALERTS.acknowledged_at,
        _ALERTS.closed_at,
        lenient(_ALERTS.triggers),
        _SEEN_BY.c.display_name,
        lenient(_PATIENTS.name),
        lenient(_PATIENTS.born_on),
        lenient(_PATIENTS.record_number),
        lenient(_PATIENTS.phone),
        _VISITS.id.label("visit_id"),
        _VISITS.scheduled_at,
        _VISITS.cancelled_at,
        _CLINICIANS.c.display_name.label("clinician"),
        _FORMS.respondent,
        _FORMS.instrument_id,
        _FORMS.instrument_version,
    )
    .join_from(_ALERTS.id.table, _PATIENTS.id.table, _PATIENTS.id == _ALERTS.patient_id)
    .join(_FORMS.id.table, _FORMS.id == _ALERTS.assessment_id)
    .join(_VISITS.id.table, _VISITS.id == _FORMS.visit_id)
    .join(_CLINICIANS, _CLINICIANS.c.id == _VISITS.clinician_id)
    .outerjoin(_SEEN_BY, _SEEN_BY.c.id == _ALERTS.acknowledged_by)
    .where(_ALERTS.clinic_id == bindparam("clinic"))
)
_HAS_OPENED = _ALERTS.state.in_(escalation.OPEN_STATES) & (_ALERTS.opens_at <= bindparam("now"))
_OPEN = _READ.where(_HAS_OPENED)
_BOARD = _READ.where(_HAS_OPENED | ((_ALERTS.state == "closed") & (_ALERTS.closed_at >= bindparam("since"))))
_OF_VISIT = _READ.where(_VISITS.id == bindparam("visit"), _HAS_OPENED | (_ALERTS.state == "closed"))

State = Literal["open", "acknowledged", "closed"]
# How much somebody may see: the levels and their ages; also whom it concerns; also what was answered and done.
Sight = Literal["levels", "names", "answers"]


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an alert concerns, and the visit whose form raised it; a value that is damaged is None."""

    name: str | None
    born_on: date | None
    record_number: str | None
    phone: str | None
    visit_id: int
    visit_at: datetime
    clinician: str
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What raised an alert, in words; `later` are the check-in's later answers with their times.

    None of it stands here where it is damaged in the database.
    """

    checkin: str
    signals: tuple[str, ...]
    later: tuple[tuple[str, datetime], ...]
    by_proxy: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an alert: "opened", "answer", "acknowledged", "closed", or one of the actions.

    `words` are a later answer or the note of an action; None without one, or where it is damaged.
    """

    at: datetime
    kind: str
    who: str = ""
    words: str | None = None
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The messages of one kind about an alert: when the last one left, and how many still wait after how many tries."""

    kind: str
    sent_at: datetime | None
    waiting: int
    tries: int
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertCard:
    """One alert; what its reader may not see is None or empty.

    `due_at` is when it is overdue while nobody has acknowledged it. `last_action` and `last_answer` are the ids that a
    step on it names, so that nothing is done over what was not seen.
    """

    id: int
    level: SafetyLevel
    state: State
    opened_at: datetime
    due_at: datetime | None
    is_overdue: bool
    is_from_closed_hours: bool
    person: Person | None = None
    answers: Answers | None = None
    acknowledged: Step | None = None
    done: tuple[Step, ...] = ()
    closed: Step | None = None
    told: tuple[Told, ...] = ()
    last_action: int = 0
    last_answer: int = 0

    @property
    def log(self) -> tuple[Step, ...]:
        """Return what happened to it, as far as its reader may see it, in order of time."""
        later = [Step(at, "answer", words=words) for words, at in self.answers.later] if self.answers else []
        ends = [one for one in (self.acknowledged, self.closed) if one is not None]
        return (Step(self.opened_at, "opened"), *sorted([*later, *self.done, *ends], key=lambda one: one.at))


def board(session: Session, settings: ClinicSettings, *, sight: Sight, now: datetime) -> list[AlertCard]:
    """Return the alerts that are open, those that somebody has acknowledged, and those closed of CLOSED_DAYS.

    The open ones begin with what is overdue, then with what came while nobody was there; closed ones begin with the
    latest. Who sees only levels is shown no closed ones.
    """
    since = {"since": now - timedelta(days=CLOSED_DAYS)}
    wanted = (_OPEN, {}) if sight == "levels" else (_BOARD, since)
    return _cards(session, settings, *wanted, sight, now)


def of_visit(
    session: Session, settings: ClinicSettings, visit_id: int, *, sight: Sight, now: datetime
) -> list[AlertCard]:
    """Return every alert that a visit's form has opened, in the order of the board."""
    return _cards(session, settings, _OF_VISIT, {"visit": visit_id}, sight, now)


def is_overdue(
    settings: ClinicSettings, level: str, opened_at: datetime, acknowledged_at: datetime | None, now: datetime
) -> bool:
    """Tell whether an open alert has passed its target, and nobody has acknowledged it."""
    if acknowledged_at is not None:
        return False
    due = escalation.due_at(settings, level, opened_at)
    return due is not None and due <= now


def _cards(
    session: Session,
    settings: ClinicSettings,
    wanted: Select[Any],
    values: Mapping[str, Any],
    sight: Sight,
    now: datetime,
) -> list[AlertCard]:
    rows = session.execute(wanted, {"clinic": settings.clinic_id, "now": now, **values}).all()
    ids = [row.id for row in rows]
    if not ids:
        return []
    told = _told(session, settings.clinic_id, ids)
    events = _events(session, settings.clinic_id, ids) if sight != "levels" else {}
    actions = _actions(session, settings.clinic_id, ids) if sight == "answers" else {}
    cards = [_card(row, settings, sight, events, actions, told, now) for row in rows]
    return sorted(cards, key=_place)


def _place(card: AlertCard) -> tuple[Any, ...]:
    if card.closed is not None:
        return (2, -card.closed.at.timestamp(), card.id)
    urgency = -LEVELS.index(card.level)
    if card.state == "acknowledged":
        return (1, urgency, card.opened_at, card.id)
    return (0, not card.is_overdue, not card.is_from_closed_hours, urgency, card.opened_at, card.id)


def _card(
    row: Any,
    settings: ClinicSettings,
    sight: Sight,
    events: Mapping[int, Sequence[Any]],
    actions: Mapping[int, Sequence[Any]],
    told: Mapping[int, tuple[Told, ...]],
    now: datetime,
) -> AlertCard:
    state: State = "closed" if row.state == "closed" else "acknowledged" if row.acknowledged_at else "open"
    mine = events.get(row.id, ())
    closings = [one for one in mine if one.kind == "closed" and one.by is not None]
    is_new = state == "open"
    card = AlertCard(
        id=row.id,
        level=row.level,
        state=state,
        opened_at=row.opens_at,
        due_at=escalation.due_at(settings, row.level, row.opens_at) if is_new else None,
        is_overdue=is_new and is_overdue(settings, row.level, row.opens_at, None, now),
        is_from_closed_hours=not staffed.is_staffed(settings.hours, row.opens_at),
        told=told.get(row.id, ()),
    )
    if sight == "levels":
        return card
    acknowledged = Step(row.acknowledged_at, "acknowledged", row.display_name) if row.acknowledged_at else None
    closer = closings[-1].display_name if closings else ""
    closed = Step(row.closed_at, "closed", closer) if row.closed_at else None
    born_on = date.fromisoformat(row.born_on) if row.born_on else None
    person = Person(
        name=row.name,
        born_on=born_on,
        record_number=row.record_number,
        phone=row.phone,
        visit_id=row.visit_id,
        visit_at=row.scheduled_at,
        clinician=row.clinician,
        is_cancelled=row.cancelled_at is not None,
    )
    said = [one for one in mine if one.by is None]
    done = actions.get(row.id, ())
    return replace(
        card,
        person=person,
        answers=_answers(row, said, settings.summary_language) if sight == "answers" else None,
        acknowledged=acknowledged,
        closed=closed,
        done=tuple(_step(one) for one in done),
        last_action=done[-1].id if done else 0,
        last_answer=max((one.id for one in said if one.kind != OPENED), default=0),
    )


def _answers(row: Any, said: Sequence[Any], language: str) -> Answers | None:
    try:
        raised = json.loads(row.triggers)
        details = [(json.loads(one.detail), one.kind, one.at) for one in said]
    except TypeError:
        # One that is damaged reads as None.
        return None
    voice = Voice(catalogue.read(row.instrument_id, row.instrument_version), frame(language), language)
    by_proxy = row.respondent == PROXY
    later, signals, last = [], list(raised["signals"]), raised["checkin"]
    for detail, kind, at in details:
        signals += [one for one in detail["signals"] if one not in signals]
        if kind == "answer_changed" and detail["checkin"] != last:
            later.append((checkin_words(voice, detail["checkin"], by_proxy=by_proxy), at))
            last = detail["checkin"]
    return Answers(
        checkin=checkin_words(voice, raised["checkin"], by_proxy=by_proxy),
        signals=tuple(signal_words(voice, one) for one in signals),
        later=tuple(later),
        by_proxy=by_proxy,
    )


def _step(row: Any) -> Step:
    return Step(row.at, row.action, row.display_name, row.note, is_damaged=row.has_note and row.note is None)


def _events(session: Session, clinic_id: int, ids: Sequence[int]) -> Mapping[int, Sequence[Any]]:
    rows = session.execute(
        select(
            AlertEvent.id,
            AlertEvent.alert_id,
            AlertEvent.kind,
            AlertEvent.at,
            AlertEvent.by,
            lenient(AlertEvent.detail),
            User.display_name,
        )
        .outerjoin(User, User.id == AlertEvent.by)
        .where(AlertEvent.clinic_id == clinic_id, AlertEvent.alert_id.in_(ids))
        .order_by(AlertEvent.id)
    )
    return _by_alert(rows)


def _actions(session: Session, clinic_id: int, ids: Sequence[int]) -> Mapping[int, Sequence[Any]]:
    rows = session.execute(
        select(
            AlertAction.id,
            AlertAction.alert_id,
            AlertAction.at,
            AlertAction.action,
            lenient(AlertAction.note),
            AlertAction.note.is_not(None).label("has_note"),
            User.display_name,
        )
        .join(User, User.id == AlertAction.by)
        .where(AlertAction.clinic_id == clinic_id, AlertAction.alert_id.in_(ids))
        .order_by(AlertAction.id)
    )
    return _by_alert(rows)


def _told(session: Session, clinic_id: int, ids: Sequence[int]) -> Mapping[int, tuple[Told, ...]]:
    waits = Outbox.state == "waiting"
    rows = session.execute(
        select(
            Outbox.alert_id,
            Outbox.kind,
            func.max(Outbox.sent_at).label("sent_at"),
            func.count(case((waits, 1))).label("waiting"),
            func.max(case((waits, Outbox.attempts), else_=0)).label("tries"),
            func.min(case((waits, Outbox.next_try_at))).label("next_try_at"),
        )
        .where(Outbox.clinic_id == clinic_id, Outbox.alert_id.in_(ids))
        .group_by(Outbox.alert_id, Outbox.kind)
        .order_by(Outbox.alert_id, Outbox.kind)
    )
    found: dict[int, tuple[Told, ...]] = {}
    for row in rows:
        one = Told(row.kind, row.sent_at, row.waiting, row.tries, row.next_try_at)
        found[row.alert_id] = (*found.get(row.alert_id, ()), one)
    return found


def _by_alert(rows: Any) -> Mapping[int, Sequence[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row.alert_id].append(row)
    return found
