"""Who is told of an open alert, and when: the alert inbox when it opens, the backup past the clinic's target."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.core import staffed
from clinic.db import origin, queries
from clinic.db.models import Alert, Outbox
from clinic.services import clinic_settings, outbox
from clinic.services.clinic_settings import ClinicSettings

PAGE = "/alerts"
OPEN_STATES = ("waiting", "open")
KINDS = ("alert", "escalation")


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


def escalate(session: Session, now: datetime) -> None:
    """Write the messages that time alone calls for: of alerts that have opened by it, and past their target.

    Idempotent. However late it runs, an alert that nobody has acknowledged has one message of its opening and one of
    the period that it is in by now; each further period of staffed time has its own.
    """
    _readdress(session, now)
    rows = session.execute(
        select(Alert.id, Alert.clinic_id, Alert.level, Alert.opens_at)
        .where(Alert.state.in_(OPEN_STATES), Alert.opens_at <= now, Alert.acknowledged_at.is_(None))
        .order_by(Alert.level.desc(), Alert.opens_at, Alert.id)
    ).all()
    for row in rows:
        announce(session, row.clinic_id, row.id, now)
        settings = clinic_settings.read(session, row.clinic_id)
        periods = staffed.staffed_between(settings.hours, row.opens_at, now) // target(settings, row.level)
        if periods:
            to, words, number = _recipients(settings)["escalation"], _words(settings), str(periods)
            _put(session, row.clinic_id, row.id, "escalation", number, to, words.subject, words.overdue, now)


def _readdress(session: Session, now: datetime) -> None:
    """Send what still waits to the addresses that the clinics have by now."""
    waiting = session.execute(
        select(Outbox.id, Outbox.clinic_id, Outbox.kind, queries.lenient(Outbox.recipient)).where(
            Outbox.state == "waiting", Outbox.kind.in_(KINDS)
        )
    ).all()
    for row in waiting:
        to = _recipients(clinic_settings.read(session, row.clinic_id))[row.kind]
        if to is not None and to != row.recipient:
            still = (Outbox.id == row.id, Outbox.clinic_id == row.clinic_id, Outbox.state == "waiting")
            session.execute(update(Outbox).where(*still).values(recipient=to, next_try_at=now))


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
