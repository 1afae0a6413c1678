"""The steps that staff take on an alert: acknowledging it, what was done, closing it; each is only ever added."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from clinic.core.errors import BadStep, NotFound
from clinic.core.one_line import one_line
from clinic.db.models import Alert, AlertAction, AlertEvent, User
from clinic.services import outbox

Action = Literal["reached", "not_reached", "emergency", "review_at_visit", "other"]
ACTIONS: tuple[Action, ...] = get_args(Action)
LONGEST_NOTE = 500
# Whoever sees an alert sees it open; that this is written only later, with the first step, is no news.
OPENED = "opened"

Result = Literal["done", "done_by_another", "closed", "needs_acknowledgement", "needs_action", "changed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step: done; already done by another; or why it was not, and then nothing was changed.

    `changed` is an alert to which an answer was added that its page did not show. `who` and `at` tell of the other.
    """

    result: Result
    who: str | None = None
    at: datetime | None = None


DONE = Outcome("done")


def acknowledge(session: Session, clinic_id: int, alert_id: int, *, by: int, now: datetime) -> Outcome:
    """Record that somebody has seen an open alert; of two people at once the first wins, and the other is told who.

    Raises NotFound for an alert that is of another clinic or has not opened.
    """
    alert = _opened(session, clinic_id, alert_id, now)
    first = (Alert.id == alert_id, Alert.clinic_id == clinic_id, Alert.acknowledged_at.is_(None))
    found = session.execute(
        update(Alert).where(*first, Alert.state == "open").values(acknowledged_at=now, acknowledged_by=by),
        execution_options={"synchronize_session": False},
    )
    if found.rowcount == 1:  # type: ignore[attr-defined]
        _note(session, clinic_id, alert_id, alert.level, "acknowledged", by, now)
        outbox.withdraw_escalation(session, clinic_id, alert_id)
        return DONE
    before = session.execute(
        select(Alert.acknowledged_at, Alert.acknowledged_by, User.display_name)
        .outerjoin(User, User.id == Alert.acknowledged_by)
        .where(Alert.id == alert_id, Alert.clinic_id == clinic_id)
    ).one()
    # The second press of one person is the first.
    if before.acknowledged_by == by:
        return DONE
    return Outcome("done_by_another", before.display_name, before.acknowledged_at)


def act(
    session: Session,
    clinic_id: int,
    alert_id: int,
    action: str,
    note: str | None,
    *,
    seen: int,
    by: int,
    now: datetime,
) -> Outcome:
    """Add what was done about an open alert; whoever did something has seen it, so that acknowledges it too.

    `seen` is the latest action that the page showed, 0 for none: the same one again after it is a second press, and is
    not stored. Raises NotFound, and BadStep for an action or a note that cannot be stored.
    """
    alert = _opened(session, clinic_id, alert_id, now)
    text = _note_text(note)
    if action not in ACTIONS:
        raise BadStep("Choose what was done.")
    if alert.state == "closed":
        return _closed(session, clinic_id, alert_id)
    since = session.execute(
        select(AlertAction.action, AlertAction.note, AlertAction.by).where(
            AlertAction.clinic_id == clinic_id, AlertAction.alert_id == alert_id, AlertAction.id > seen
        )
    ).all()
    if (action, text, by) in [tuple(one) for one in since]:
        return DONE
    acknowledge(session, clinic_id, alert_id, by=by, now=now)
    row = {"alert_id": alert_id, "clinic_id": clinic_id, "at": now, "action": action, "note": text, "by": by}
    session.execute(insert(AlertAction).values(row))
    return DONE


def close(session: Session, clinic_id: int, alert_id: int, *, seen: int, by: int, now: datetime) -> Outcome:
    """Close an alert that somebody has acknowledged and done something about; it is kept, with all that happened.

    `seen` is the latest answer's event that the page showed; one that came since has to be read first. Raises NotFound.
    """
    alert = _opened(session, clinic_id, alert_id, now)
    if alert.state == "closed":
        return _closed(session, clinic_id, alert_id, by=by)
    if alert.acknowledged_at is None:
        return Outcome("needs_acknowledgement")
    mine = (AlertAction.clinic_id == clinic_id, AlertAction.alert_id == alert_id)
    if session.scalar(select(AlertAction.id).where(*mine).limit(1)) is None:
        return Outcome("needs_action")
    if latest_answer(session, clinic_id, alert_id) > seen:
        return Outcome("changed")
    session.execute(
        update(Alert)
        .where(Alert.id == alert_id, Alert.clinic_id == clinic_id, Alert.state == "open")
        .values(state="closed", closed_at=now),
        execution_options={"synchronize_session": False},
    )
    _note(session, clinic_id, alert_id, alert.level, "closed", by, now)
    return DONE


def latest_answer(session: Session, clinic_id: int, alert_id: int) -> int:
    """Return the id of the latest event by which the patient's form told something new of an alert that was open."""
    mine = (AlertEvent.clinic_id == clinic_id, AlertEvent.alert_id == alert_id)
    told = (AlertEvent.by.is_(None), AlertEvent.kind != OPENED)
    return session.scalars(select(func.max(AlertEvent.id)).where(*mine, *told)).one() or 0


@dataclass(frozen=True, slots=True)
class _Opened:
    level: str
    state: str
    acknowledged_at: datetime | None


def _opened(session: Session, clinic_id: int, alert_id: int, now: datetime) -> _Opened:
    """Return an alert that has opened, held until the end of the transaction, so that steps come one after another.

    One that time alone has opened is written as open first, with the moment at which it did.
    """
    alert = session.execute(
        select(Alert.level, Alert.state, Alert.opens_at, Alert.acknowledged_at)
        .where(Alert.clinic_id == clinic_id, Alert.id == alert_id)
        # A message about the alert may be written meanwhile: it only needs the alert to stay.
        .with_for_update(key_share=True)
    ).one_or_none()
    if alert is None or alert.state == "settled" or alert.opens_at > now:
        raise NotFound("There is no such alert.")
    if alert.state == "waiting":
        triggers = session.scalar(select(Alert.triggers).where(Alert.id == alert_id, Alert.clinic_id == clinic_id))
        late = (Alert.id == alert_id, Alert.clinic_id == clinic_id, Alert.state == "waiting")
        session.execute(
            update(Alert).where(*late).values(state="open"), execution_options={"synchronize_session": False}
        )
        row = {"alert_id": alert_id, "clinic_id": clinic_id, "kind": OPENED, "level": alert.level}
        session.execute(insert(AlertEvent).values(**row, at=alert.opens_at, detail=triggers))
    return _Opened(alert.level, alert.state, alert.acknowledged_at)


def _closed(session: Session, clinic_id: int, alert_id: int, *, by: int | None = None) -> Outcome:
    who = session.execute(
        select(AlertEvent.by, AlertEvent.at, User.display_name)
        .join(User, User.id == AlertEvent.by)
        .where(AlertEvent.clinic_id == clinic_id, AlertEvent.alert_id == alert_id, AlertEvent.kind == "closed")
    ).first()
    if who is None:
        return Outcome("closed")
    return DONE if who.by == by else Outcome("closed", who.display_name, who.at)


def _note(session: Session, clinic_id: int, alert_id: int, level: str, kind: str, by: int, at: datetime) -> None:
    # What staff do says nothing of the answers, so there is no detail to keep.
    row = {"alert_id": alert_id, "clinic_id": clinic_id, "at": at, "kind": kind, "level": level}
    session.execute(insert(AlertEvent).values(**row, detail={}, by=by))


def _note_text(note: str | None) -> str | None:
    text = one_line(note) or ""
    if len(text) > LONGEST_NOTE:
        raise BadStep(f"Use at most {LONGEST_NOTE} characters for the note.")
    return text or None
