"""Who is told of an open alert, and when: the alert inbox when it opens, the backup past the clinic's target."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from clinic.core import staffed
from clinic.db import origin, queries
from clinic.db.models import Alert, Outbox
from clinic.services import clinic_settings, outbox
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.each_clinic import each_clinic

PAGE = "/alerts"
OPEN_STATES = ("waiting", "open")
_WAITING = (Outbox.state == "waiting", Outbox.kind.in_(("alert", "escalation")))


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    text: str
    overdue: str


# Who reads over somebody's shoulder learns that there is an alert, and nothing of anyone.
_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        "A safety alert is waiting",
        "A safety alert is waiting. Please sign in and open it:\n{address}\n\n"
        "This message says nothing about anyone, on purpose. Nobody reads replies to it.",
        "A safety alert is waiting, and nobody has acknowledged it in time. Please sign in and open it now:\n"
        "{address}\n\nThis message says nothing about anyone, on purpose. Nobody reads replies to it.",
    ),
    "es": _Words(
        "Hay una alerta de seguridad en espera",
        "Hay una alerta de seguridad en espera. Inicie sesión y ábrala:\n{address}\n\n"
        "A propósito, este mensaje no dice nada de nadie. Nadie lee las respuestas.",
        "Hay una alerta de seguridad en espera y nadie la ha confirmado a tiempo. Inicie sesión y ábrala ahora:\n"
        "{address}\n\nA propósito, este mensaje no dice nada de nadie. Nadie lee las respuestas.",
    ),
}


def target(settings: ClinicSettings, level: str) -> timedelta:
    """Return how much staffed time may pass before somebody has acknowledged an alert of this level."""
    return timedelta(minutes=settings.alert_minutes[level])


def due_at(settings: ClinicSettings, level: str, opened_at: datetime) -> datetime | None:
    """Return the moment from which an alert that nobody has acknowledged is overdue; None where it never is."""
    return staffed.deadline(settings.hours, opened_at, target(settings, level))


def announce(session: Session, clinic_id: int, alert_id: int, now: datetime) -> bool:
    """Write the message that an alert has opened, in the transaction that opens it; tell whether it is new.

    It goes to the alert inbox, or to the backup where only that has an address.
    """
    settings = clinic_settings.read(session, clinic_id)
    to, words = _recipients(settings)["alert"], _words(settings)
    return _put(session, clinic_id, alert_id, "alert", "inbox", to, words.subject, words.text, now)


def announce_news(session: Session, clinic_id: int, alert_id: int, event_id: int, now: datetime) -> None:
    """Write the message that an alert which somebody has acknowledged holds a danger that is new since.

    One that nobody has acknowledged is told of anyway, and one that is closed holds no news.
    """
    seen = (Alert.acknowledged_at.is_not(None), Alert.closed_at.is_(None))
    if session.scalar(select(Alert.id).where(Alert.id == alert_id, Alert.clinic_id == clinic_id, *seen)) is None:
        return
    settings = clinic_settings.read(session, clinic_id)
    to, words = _recipients(settings)["alert"], _words(settings)
    _put(session, clinic_id, alert_id, "alert", f"news:{event_id}", to, words.subject, words.text, now)


def escalate(session: Session, now: datetime) -> None:
    """Write the messages that time alone calls for: of alerts that have opened by it, and past their target.

    Idempotent. However late it runs, an alert that nobody has acknowledged has one message of its opening and one of
    the period that it is in by now; each further period of staffed time has its own. Raises LeftOut at the end where it
    did not work for some clinics.
    """
    alerts = session.scalars(select(Alert.clinic_id).where(*_unseen(now)).distinct())
    waiting = session.scalars(select(Outbox.clinic_id).where(*_WAITING).distinct())
    each_clinic(session, sorted({*alerts, *waiting}), lambda clinic_id: _of_clinic(session, clinic_id, now))


def _of_clinic(session: Session, clinic_id: int, now: datetime) -> None:
    settings = clinic_settings.read(session, clinic_id)
    _readdress(session, settings, now)
    rows = session.execute(
        select(Alert.id, Alert.level, Alert.opens_at)
        .where(Alert.clinic_id == clinic_id, *_unseen(now))
        .order_by(Alert.level.desc(), Alert.opens_at, Alert.id)
    ).all()
    to, words = _recipients(settings)["escalation"], _words(settings)
    for row in rows:
        announce(session, clinic_id, row.id, now)
        periods = staffed.staffed_between(settings.hours, row.opens_at, now) // target(settings, row.level)
        if periods:
            _put(session, clinic_id, row.id, "escalation", str(periods), to, words.subject, words.overdue, now)


def _unseen(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Alert.state.in_(OPEN_STATES), Alert.opens_at <= now, Alert.acknowledged_at.is_(None)


def _readdress(session: Session, settings: ClinicSettings, now: datetime) -> None:
    """Send what still waits to the addresses that the clinic has by now."""
    mine = (Outbox.clinic_id == settings.clinic_id, *_WAITING)
    for row in session.execute(select(Outbox.id, Outbox.kind, queries.lenient(Outbox.recipient)).where(*mine)).all():
        to = _recipients(settings)[row.kind]
        if to is not None and to != row.recipient:
            session.execute(update(Outbox).where(Outbox.id == row.id, *mine).values(recipient=to, next_try_at=now))


def _recipients(settings: ClinicSettings) -> Mapping[str, str | None]:
    """Return the address for each kind of message: whoever has one is told in the other's place."""
    inbox, backup = settings.alert_inbox.email, settings.backup.email
    return {"alert": inbox or backup, "escalation": backup or inbox}


def _put(
    session: Session,
    clinic_id: int,
    alert_id: int,
    kind: str,
    which: str,
    to: str | None,
    subject: str,
    text: str,
    now: datetime,
) -> bool:
    if to is None:
        return False
    return outbox.put(
        session,
        clinic_id=clinic_id,
        kind=kind,
        key=f"{kind}:{alert_id}:{which}",
        recipient=to,
        subject=subject,
        text=text.format(address=origin.address(session, PAGE)),
        now=now,
        alert_id=alert_id,
    )


def _words(settings: ClinicSettings) -> _Words:
    return _WORDS.get(settings.languages[0], _WORDS["en"])
