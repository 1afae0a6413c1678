"""What the demo's staff did about its alerts: most are closed, and the latest are left at an earlier step."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from clinic.db import queries
from clinic.db.models import Alert, AlertAction, AlertEvent, Outbox
from clinic.services import clinic_settings
from clinic.services.alert_board import is_overdue
from clinic.services.demo.calendar import Diary
from clinic.services.escalation import OPEN_STATES

# What is older has been closed long ago.
LATELY = timedelta(days=14)
# What was done, one list an alert: each step with its note. They are dealt out by the alerts' own numbers.
DONE: Sequence[Sequence[tuple[str, str | None]]] = (
    (("reached", "Called. Will bring it up at the visit, has the crisis line at hand."),),
    (("not_reached", None), ("reached", "Second try, in the afternoon. Safe, with family.")),
    (("reached", None), ("review_at_visit", None)),
    (("not_reached", "No answer, message without details left."), ("review_at_visit", "Comes in tomorrow.")),
    (("reached", "Came in the same day."),),
    (("other", "Spoke with the patient at the front desk."),),
)


def tell_past(
    session: Session, clinic_id: int, clinicians: Mapping[int, int], diary: Diary, now: datetime
) -> list[int]:
    """Answer the alerts of forms of past days (with whose visit it was) but for the two latest; return their forms.

    The latest that is overdue goes on waiting for somebody; the one before it is acknowledged and not closed yet.
    """
    raised = _raised(session, clinic_id, list(clinicians))
    settings = clinic_settings.read(session, clinic_id)
    lately = [one for one in raised if one.opens_at > now - LATELY]
    overdue = [one for one in lately if is_overdue(settings, one.level, one.opens_at, None, now)]
    last = sorted(overdue, key=lambda one: (one.opens_at, one.id))[-2:]
    for alert in raised:
        if alert not in last:
            _answer(session, alert, clinicians[alert.assessment_id], diary, now, closes=True)
    if len(last) == 2:
        _answer(session, last[0], clinicians[last[0].assessment_id], diary, now, closes=False)
    session.flush()
    return [one.assessment_id for one in last]


def tell_later(
    session: Session, clinic_id: int, clinicians: Mapping[int, int], diary: Diary, now: datetime
) -> list[int]:
    """Go on with the alerts of the last days' forms: the latest is acknowledged, the others are closed.

    Returns the form of the one that is not closed.
    """
    raised = _raised(session, clinic_id, list(clinicians))
    last = max(raised, key=lambda one: (one.opens_at, one.id), default=None)
    for alert in raised:
        _answer(session, alert, clinicians[alert.assessment_id], diary, now, closes=alert is not last)
    session.flush()
    return [last.assessment_id] if last else []


def deliver(session: Session, forms: Sequence[int]) -> None:
    """Let the messages about the alerts of forms have left when they were written: nobody waits for old ones."""
    about = select(Alert.id).where(Alert.assessment_id.in_(forms))
    session.execute(
        update(Outbox)
        .where(Outbox.alert_id.in_(about), Outbox.state == "waiting")
        .values(state="sent", sent_at=Outbox.created_at, attempts=1)
    )


def _raised(session: Session, clinic_id: int, forms: Sequence[int]) -> list[Alert]:
    mine = queries.scoped(Alert, clinic_id)
    raised = mine.where(Alert.assessment_id.in_(forms), Alert.state.in_(OPEN_STATES))
    return list(session.scalars(raised.order_by(Alert.id)))


def _answer(session: Session, alert: Alert, clinician: int, diary: Diary, now: datetime, *, closes: bool) -> None:
    """Acknowledge an alert within the clinic's hours, do something about it, and close it, all before `now`."""
    if alert.acknowledged_at is None:
        seen_at = min(_staffed(alert.opens_at, diary) + timedelta(minutes=7 + alert.id % 9), now)
        if alert.state == "waiting":
            _event(session, alert, alert.opens_at, "opened", None)
        alert.state, alert.acknowledged_at, alert.acknowledged_by = "open", seen_at, clinician
        _event(session, alert, seen_at, "acknowledged", clinician)
        for number, (action, note) in enumerate(DONE[alert.id % len(DONE)], start=1):
            at = min(seen_at + timedelta(minutes=9 * number + alert.id % 5), now)
            row = {"alert_id": alert.id, "clinic_id": alert.clinic_id, "at": at, "action": action, "note": note}
            session.execute(insert(AlertAction).values(**row, by=clinician))
    if closes:
        alert.state = "closed"
        alert.closed_at = min(alert.acknowledged_at + timedelta(minutes=40 + 13 * (alert.id % 7)), now)
        _event(session, alert, alert.closed_at, "closed", clinician)


def _event(session: Session, alert: Alert, at: datetime, kind: str, by: int | None) -> None:
    row = {"alert_id": alert.id, "clinic_id": alert.clinic_id, "at": at, "kind": kind, "level": alert.level}
    session.execute(insert(AlertEvent).values(**row, detail=alert.triggers if by is None else {}, by=by))


def _staffed(moment: datetime, diary: Diary) -> datetime:
    day = diary.day(moment)
    opens, closes = diary.at(day, time(9)), diary.at(day, time(15))
    if moment >= closes:
        return diary.at(day + timedelta(days=1), time(9))
    return max(moment, opens)
