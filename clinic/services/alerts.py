"""Safety alerts as rows: they are raised, opened, settled or added to by what a post says, and never lowered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from clinic.core import alerts as rules
from clinic.core.alerts import Append, Decision, Open, Raise, Settle
from clinic.core.answers import AnswerSet
from clinic.core.instrument import Instrument
from clinic.core.occasion import AlertNote
from clinic.core.safety import Safety, SafetyLevel, judge
from clinic.db.base import Base
from clinic.db.models import Alert, AlertEvent, User
from clinic.services import escalation

OWN_WORDS = "words:"
# The one page reads these, so they are built once, on the bare tables: building a statement costs more than running it,
# and so does looking for objects in its rows.
_ALERTS, _EVENTS, _STAFF = (Base.metadata.tables[one.__tablename__].c for one in (Alert, AlertEvent, User))
_OF_FORM = (_ALERTS.clinic_id == bindparam("clinic"), _ALERTS.assessment_id == bindparam("form"))
_NOTES = (
    select(
        _ALERTS.id,
        _ALERTS.level,
        _ALERTS.state,
        _ALERTS.opens_at,
        _ALERTS.acknowledged_at,
        _ALERTS.closed_at,
        _STAFF.display_name,
    )
    .outerjoin_from(_ALERTS.id.table, _STAFF.id.table, _STAFF.id == _ALERTS.acknowledged_by)
    .where(*_OF_FORM, _ALERTS.state != "settled")
    .order_by(_ALERTS.id)
)
_ANSWERED = (
    select(_EVENTS.at, _EVENTS.detail)
    .join_from(_EVENTS.id.table, _ALERTS.id.table, _ALERTS.id == _EVENTS.alert_id)
    # What staff did says nothing of the answer.
    .where(*_OF_FORM, _EVENTS.by.is_(None))
    .order_by(_EVENTS.id.desc())
)
_CHANGES = (
    select(_EVENTS.alert_id, _EVENTS.kind, _EVENTS.at, _EVENTS.level, _EVENTS.detail)
    .where(_EVENTS.clinic_id == bindparam("clinic"), _EVENTS.alert_id.in_(bindparam("alerts", expanding=True)))
    .where(_EVENTS.by.is_(None))
    .order_by(_EVENTS.id)
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The form that an alert is about, and whose it is."""

    clinic_id: int
    assessment_id: int
    patient_id: int


def record(
    session: Session, instrument: Instrument, subject: Subject, safety: Safety, *, checkin_expected: bool, now: datetime
) -> SafetyLevel:
    """Do to a form's alerts what the judgement of a post asks for; return the highest level at which one is open.

    It belongs in the transaction that stores the post, after that has taken the form's row, so that two posts at once
    do not both raise the first alert.
    """
    rows = session.execute(
        select(Alert.id, Alert.level, Alert.state, Alert.opens_at, Alert.triggers)
        .where(Alert.clinic_id == subject.clinic_id, Alert.assessment_id == subject.assessment_id)
        .order_by(Alert.id)
        # Nobody closes an alert between the reading of it and what is added to it; messages about it may be written.
        .with_for_update(key_share=True)
    ).all()
    stored = {row.id: row.triggers for row in rows}
    for row in rows:
        if row.state == "waiting" and row.opens_at > now:
            stored[row.id] = _more_triggers(session, subject, row.id, row.level, stored[row.id], safety, now)
    known = [_known(row.id, row.level, row.state, row.opens_at, stored[row.id]) for row in rows]
    seen = _seen(session, subject.clinic_id, [one.id for one in known]) if any(one.is_closed for one in known) else None
    decisions = rules.decide(instrument, known, safety, checkin_expected=checkin_expected, now=now, seen=seen)
    alarms = safety.level in instrument.safety.alert_on
    for decision in decisions:
        _carry_out(session, subject, decision, stored, safety, now, alarms=alarms)
    return rules.reached([*known, *_made(decisions)], now)


def reached(session: Session, clinic_id: int, assessment_id: int, now: datetime) -> SafetyLevel:
    """Return the highest level at which an alert of a form is open."""
    rows = session.execute(
        select(Alert.id, Alert.level, Alert.state, Alert.opens_at).where(
            Alert.clinic_id == clinic_id, Alert.assessment_id == assessment_id
        )
    )
    return rules.reached([_known(*row) for row in rows], now)


def notes_for(session: Session, clinic_id: int, assessment_id: int, *, now: datetime) -> tuple[AlertNote, ...]:
    """Return the alerts of a form as the safety strip tells them, the oldest first; settled ones are not told."""
    rows = session.execute(_NOTES, {"clinic": clinic_id, "form": assessment_id}).all()
    changes = _changes(session, clinic_id, [row.id for row in rows])
    return tuple(
        AlertNote(
            level=row.level,
            waiting=row.state == "waiting" and row.opens_at > now,
            opened_at=row.opens_at,
            acknowledged=(row.acknowledged_at, row.display_name) if row.acknowledged_at and row.display_name else None,
            closed_at=row.closed_at,
            changes=changes.get(row.id, ()),
        )
        for row in rows
    )


def answered_at(
    session: Session, instrument: Instrument, clinic_id: int, assessment_id: int, answer: str | None
) -> datetime | None:
    """Return since when the check-in has had this answer, as far as the form's alerts know; None where they do not."""
    if answer is None:
        return None
    events = session.execute(_ANSWERED, {"clinic": clinic_id, "form": assessment_id}).all()
    same = list(takewhile(lambda one: one.detail.get("checkin") == answer, events))
    # An answer that raises no alert and stands in the very first event was given before it, without a time.
    alarms = judge(instrument, AnswerSet(checkin=answer)).level in instrument.safety.alert_on
    is_older = len(same) == len(events) and not alarms
    return None if not same or is_older else same[-1].at


def _changes(
    session: Session, clinic_id: int, alerts: Sequence[int]
) -> Mapping[int, tuple[tuple[str | None, datetime], ...]]:
    found: dict[int, tuple[tuple[str | None, datetime], ...]] = {}
    last: dict[int, str | None] = {}
    for event in session.execute(_CHANGES, {"clinic": clinic_id, "alerts": alerts}) if alerts else ():
        answer = event.detail.get("checkin")
        if event.kind == "answer_changed" and answer != last.get(event.alert_id):
            found[event.alert_id] = (*found.get(event.alert_id, ()), (answer, event.at))
        last[event.alert_id] = answer
    return found


def _known(
    alert_id: int, level: str, state: str, opens_at: datetime, triggers: Mapping[str, Any] | None = None
) -> rules.Alert:
    words = any(one.startswith(OWN_WORDS) for one in (triggers or {}).get("signals", ()))
    is_closed = state == "closed"
    return rules.Alert(alert_id, level, "open" if is_closed else state, opens_at, words, is_closed)  # type: ignore[arg-type]


def _seen(session: Session, clinic_id: int, alerts: Sequence[int]) -> rules.Seen:
    """Return what the events of a form's alerts have told so far."""
    events = session.execute(_CHANGES, {"clinic": clinic_id, "alerts": alerts}).all()
    signals = frozenset(signal for event in events for signal in event.detail["signals"])
    return rules.Seen(events[-1].level, events[-1].detail["checkin"], signals)


def _more_triggers(
    session: Session, subject: Subject, alert: int, level: str, before: Mapping[str, Any], safety: Safety, now: datetime
) -> Mapping[str, Any]:
    """Add the signals that came while an alert waits; what was once seen stays with it."""
    signals = list(dict.fromkeys([*before["signals"], *safety.triggers]))
    if signals == before["signals"]:
        return before
    triggers = {"signals": signals, "checkin": safety.checkin}
    _change(session, subject, alert, triggers=triggers)
    _note(session, subject, alert, "signal_added", level, triggers, now)
    return triggers


def _carry_out(
    session: Session,
    subject: Subject,
    decision: Decision,
    stored: Mapping[int, Mapping[str, Any]],
    safety: Safety,
    now: datetime,
    *,
    alarms: bool,
) -> None:
    said = {"signals": list(safety.triggers), "checkin": safety.checkin}
    match decision:
        case Raise(level, state, opens_at):
            _raise(session, subject, level, state, opens_at, said, now)
        case Open(alert, level, at):
            is_late = at < now
            triggers = dict(stored[alert]) if is_late else said | {"signals": _all(stored[alert], safety)}
            _change(session, subject, alert, state="open", level=level, opens_at=at, triggers=triggers)
            _note(session, subject, alert, "opened", level, triggers, at)
            escalation.announce(session, subject.clinic_id, alert, now)
        case Settle(alert):
            _change(session, subject, alert, state="settled", level="S1", settled_at=now)
            _note(session, subject, alert, "settled", "S1", said, now)
        case Append(alert, level):
            if not _is_repeated(session, subject, alert, level, said):
                is_news = alarms and _seen(session, subject.clinic_id, list(stored)).misses(safety)
                event = _note(session, subject, alert, "answer_changed", level, said, now)
                if is_news:
                    escalation.announce_news(session, subject.clinic_id, alert, event, now)


def _raise(
    session: Session,
    subject: Subject,
    level: str,
    state: str,
    opens_at: datetime,
    said: Mapping[str, Any],
    now: datetime,
) -> None:
    row = {
        "clinic_id": subject.clinic_id,
        "assessment_id": subject.assessment_id,
        "patient_id": subject.patient_id,
        "level": level,
        "state": state,
        "triggers": said,
        "raised_at": now,
        "opens_at": opens_at,
    }
    alert = session.execute(insert(Alert).values(row).returning(Alert.id)).scalar_one()
    _note(session, subject, alert, "raised", level, said, now)
    if state == "open":
        escalation.announce(session, subject.clinic_id, alert, now)


def _change(session: Session, subject: Subject, alert: int, **values: Any) -> None:
    # Only a waiting alert is changed: one that has opened is never settled or lowered.
    mine = (Alert.clinic_id == subject.clinic_id, Alert.id == alert)
    session.execute(update(Alert).where(*mine, Alert.state == "waiting").values(**values))


def _note(
    session: Session, subject: Subject, alert: int, kind: str, level: str, detail: Mapping[str, Any], at: datetime
) -> int:
    row = {"alert_id": alert, "clinic_id": subject.clinic_id, "at": at, "kind": kind, "level": level, "detail": detail}
    return session.execute(insert(AlertEvent).values(row).returning(AlertEvent.id)).scalar_one()


def _is_repeated(session: Session, subject: Subject, alert: int, level: str, said: Mapping[str, Any]) -> bool:
    """Tell whether the last thing noted on an alert says the same: a page saved again is not a changed answer."""
    last = session.execute(
        select(AlertEvent.level, AlertEvent.detail)
        .where(AlertEvent.clinic_id == subject.clinic_id, AlertEvent.alert_id == alert, AlertEvent.by.is_(None))
        .order_by(AlertEvent.id.desc())
        .limit(1)
    ).one()
    return bool(last.level == level and last.detail == said)


def _all(before: Mapping[str, Any], safety: Safety) -> list[str]:
    return list(dict.fromkeys([*before["signals"], *safety.triggers]))


def _made(decisions: Sequence[Decision]) -> list[rules.Alert]:
    """Return alerts as the decisions leave them, as far as they are open."""
    return [
        rules.Alert(0, one.level, "open", one.at if isinstance(one, Open) else one.opens_at)
        for one in decisions
        if isinstance(one, Open) or (isinstance(one, Raise) and one.state == "open")
    ]
