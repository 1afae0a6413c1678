"""Invitations by e-mail: the link of a visit's form in a message, in the patient's language and the clinic's words."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from babel.dates import format_date, format_time
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import NoUseForLink
from clinic.db import origin, queries
from clinic.db.models import Outbox, Patient, User, Visit
from clinic.services import clinic_settings, links, outbox
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.links import Link
from clinic.services.message_words import DEFAULTS, filled

INVITATION, REMINDER = "invitation", "reminder"
# What came of asking for an invitation: it goes out, or why it does not.
Outcome = Literal["written", "waiting", "no_address", "not_ready"]
# A day with its weekday and a clock time, as the pages of the patient write them.
PATTERNS = {"en": ("EEEE d MMMM", "h:mm a"), "es": ("EEEE d 'de' MMMM", "H:mm")}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message about a visit goes to, and what it may say: nothing else of the patient is in reach of it."""

    visit_id: int
    email: str
    language: str
    clinician: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mailing:
    """What has become of the messages with a visit's link: the patient's address, and the last message of the link.

    `at` is when it was sent, else since when it waits; `is_put_off` tells that it could not be sent so far.
    """

    address: str | None
    state: Literal["none", "waiting", "sent"]
    at: datetime | None = None
    is_put_off: bool = False


def invite(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> Outcome:
    """Write the message with the link that a visit has now, and tell what came of it.

    None is written where the patient has no address, the clinic is not ready for forms, or one is waiting to go there.
    Asked again after one was sent, it is sent once more. Raises NotFound, and NoUseForLink where nothing can be opened.
    """
    _at, state = links.form_state(session, clinic_id, visit_id)
    link = links.current(session, clinic_id, visit_id, now=now)
    to = addressee(session, clinic_id, visit_id)
    if state not in links.TAKES_ANSWERS:
        raise NoUseForLink("Nothing can be opened with this link: the form has been sent, or the visit is cancelled.")
    if link is None:
        raise NoUseForLink("The link of this visit has ended. Make a new one, then send it.")
    settings = clinic_settings.read(session, clinic_id)
    if to is None:
        return "no_address"
    if clinic_settings.missing(settings):
        return "not_ready"
    if _waiting_for(session, clinic_id, visit_id) == to.email:
        return "waiting"
    # One that cannot get there waits for ever; with the address corrected, it makes way.
    outbox.withdraw(session, clinic_id, visit_id=visit_id)
    base = f"{INVITATION}:{link.id}"
    written = len(keys_of(session, clinic_id, visit_id, base))
    key = f"{base}:{written}" if written else base
    # Whoever wrote the same key at this moment has written this very message.
    return "written" if put(session, settings, INVITATION, key, to, link, now) else "waiting"


def renew(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> None:
    """Withdraw what waits for a visit that has changed, and write its invitation anew if that was waiting."""
    was_waiting = _waiting_for(session, clinic_id, visit_id) is not None
    outbox.withdraw(session, clinic_id, visit_id=visit_id)
    if was_waiting:
        with suppress(NoUseForLink):
            invite(session, clinic_id, visit_id, now=now)


def resume(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> None:
    """Write the invitation anew that was withdrawn when its visit was cancelled, where the link has never been sent."""
    link = links.current(session, clinic_id, visit_id, now=now)
    if link and link.sent_at is None and keys_of(session, clinic_id, visit_id, f"{INVITATION}:{link.id}"):
        with suppress(NoUseForLink):
            invite(session, clinic_id, visit_id, now=now)


def mailing(session: Session, clinic_id: int, visit_id: int, link: Link) -> Mailing:
    """Return what has become of the messages with a link."""
    address = session.scalar(
        select(queries.lenient(Patient.email))
        .join(Visit, Visit.patient_id == Patient.id)
        .where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
    )
    waiting = session.execute(
        select(Outbox.created_at, Outbox.attempts)
        .where(Outbox.clinic_id == clinic_id, Outbox.visit_id == visit_id, Outbox.state == "waiting")
        .order_by(Outbox.id.desc())
    ).first()
    if waiting is not None:
        return Mailing(address, "waiting", waiting.created_at, is_put_off=waiting.attempts > 0)
    return Mailing(address, "sent" if link.sent_at else "none", link.sent_at)


def addressee(session: Session, clinic_id: int, visit_id: int) -> Addressee | None:
    """Return whom a message about a visit goes to; None without an address that can be read."""
    row = session.execute(
        select(queries.lenient(Patient.email), Patient.language, User.display_name, Visit.scheduled_at)
        .select_from(Visit)
        .join(Patient, Patient.id == Visit.patient_id)
        .join(User, User.id == Visit.clinician_id)
        .where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
    ).one_or_none()
    if row is None or not row.email:
        return None
    return Addressee(visit_id, row.email, row.language, row.display_name, row.scheduled_at)


def put(
    session: Session, settings: ClinicSettings, kind: str, key: str, to: Addressee, link: Link, now: datetime
) -> bool:
    """Write a message of a kind with a link, and tell whether it is new."""
    language = _language(settings, to.language)
    values = places(session, settings, language, to, link)
    subject = _words(settings, f"{kind}_subject", language)
    text = _words(settings, f"{kind}_text", language)
    return outbox.put(
        session,
        clinic_id=settings.clinic_id,
        kind=kind,
        key=key,
        recipient=to.email,
        subject=filled(subject, values),
        text=filled(text, values),
        now=now,
        visit_id=to.visit_id,
    )


def places(session: Session, settings: ClinicSettings, language: str, to: Addressee, link: Link) -> Mapping[str, str]:
    """Return what stands in the places of a message's words."""
    day, clock = PATTERNS.get(language, PATTERNS["en"])
    at = to.at.astimezone(settings.zone)
    return {
        "clinic": settings.clinic_name,
        "clinician": to.clinician,
        "day": format_date(at.date(), day, locale=language),
        "time": format_time(at.time(), clock, locale=language).lower(),
        "link": origin.address(session, link.path),
        "code": link.spaced_code,
    }


def keys_of(session: Session, clinic_id: int, visit_id: int, base: str) -> list[str]:
    """Return the keys of the messages that were ever written for a visit under this one or its numbered followers."""
    found = session.scalars(select(Outbox.key).where(Outbox.clinic_id == clinic_id, Outbox.visit_id == visit_id))
    return [key for key in found if key == base or key.startswith(f"{base}:")]


def _waiting_for(session: Session, clinic_id: int, visit_id: int) -> str | None:
    """Return the address to which an invitation is waiting to be sent, "" where it cannot be read, None without one."""
    mine = (Outbox.clinic_id == clinic_id, Outbox.visit_id == visit_id, Outbox.kind == INVITATION)
    row = session.execute(select(queries.lenient(Outbox.recipient)).where(*mine, Outbox.state == "waiting")).first()
    return None if row is None else row.recipient or ""


def _language(settings: ClinicSettings, wanted: str) -> str:
    """Return the language of a message: the patient's where the clinic has words in it, else the clinic's first."""
    known = [one for one in (wanted, *settings.languages) if one in settings.invitation_text]
    return known[0] if known else "en"


def _words(settings: ClinicSettings, key: str, language: str) -> str:
    by_language: Mapping[str, str] = getattr(settings, key)
    return by_language.get(language) or DEFAULTS[key].get(language) or DEFAULTS[key]["en"]
