"""Who is told of an open alert, and when: the alert inbox when it opens, the backup past the clinic's target."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core import staffed
from clinic.db import origin
from clinic.db.models import Alert
from clinic.services import clinic_settings, outbox
from clinic.services.clinic_settings import ClinicSettings

PAGE = "/alerts"
OPEN_STATES = ("waiting", "open")


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
    to = settings.alert_inbox.email or settings.backup.email
    words = _words(settings)
    return _put(session, clinic_id, alert_id, "alert", "inbox", to, words.subject, words.text, now)


def escalate(session: Session, now: datetime) -> None:
    """Write the messages that time alone calls for: of alerts that have opened by it, and past their target.

    Idempotent. However late it runs, an alert that nobody has acknowledged has one message of its opening and one of
    the period that it is in by now; each further period of staffed time has its own.
    """
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
            to = settings.backup.email or settings.alert_inbox.email
            words = _words(settings)
            number = str(periods)
            _put(session, row.clinic_id, row.id, "escalation", number, to, words.subject, words.overdue, now)


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
