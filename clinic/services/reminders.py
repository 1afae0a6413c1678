"""Reminders before a visit: written when their time has come, and withdrawn when there is nothing left to remind of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, not_, or_, select, update
from sqlalchemy.orm import Session

from clinic.db import queries
from clinic.db.crypto import keyring_of
from clinic.db.models import Assessment, FormLink, Outbox, Patient, User, Visit
from clinic.services import clinic_settings, invitations
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.each_clinic import each_clinic
from clinic.services.invitations import INVITATION, REMINDER, Addressee
from clinic.services.links import Link
from clinic.services.setting_rules import REMINDER_DAYS

# A worker that was down catches up with a reminder for this long; after it, the next one is enough.
LATEST = timedelta(days=1)
# A clock change may make a day longer by an hour.
FARTHEST = timedelta(days=max(REMINDER_DAYS), hours=2)


def plan(session: Session, now: datetime) -> None:
    """Withdraw the messages that have lost their reason, and write each reminder whose time has come.

    A visit is reminded of on the clock of its clinic, so many days before its own hour, and only by e-mail to whom its
    present link was sent by e-mail before. Idempotent. Of several that have come due meanwhile only the last is sent.
    Raises LeftOut at the end where it did not work for some clinics.
    """
    _withdraw_idle(session, now)
    rows = _candidates(session, now)
    written = _written(session, [row.id for row in rows])
    by_clinic: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_clinic[row.clinic_id].append(row)
    each_clinic(session, by_clinic, lambda clinic_id: _plan(session, clinic_id, by_clinic[clinic_id], written, now))


def _plan(
    session: Session,
    clinic_id: int,
    rows: Sequence[Row[Any]],
    written: Mapping[int, Mapping[str, str]],
    now: datetime,
) -> None:
    settings = clinic_settings.read(session, clinic_id)
    for row in rows:
        days = _due(settings, row.scheduled_at, row.sent_at, now)
        if days is None or not row.email or clinic_settings.missing(settings):
            continue
        base = f"{REMINDER}:{row.id}:{days}:{row.scheduled_at.astimezone(UTC):%Y%m%dT%H%M}"
        key = _next_key(base, written.get(row.id, {}))
        if key is None:
            continue
        to = Addressee(row.id, row.email, row.language, row.display_name, row.scheduled_at)
        invitations.put(session, settings, REMINDER, key, to, _link(session, row), now)


def _withdraw_idle(session: Session, now: datetime) -> None:
    """Withdraw what waits for forms that were sent, declined or cancelled, and reminders of visits that are over."""
    takes_none = or_(Visit.cancelled_at.is_not(None), Visit.declined_at.is_not(None), _is_finished())
    idle = select(Visit.id).where(
        Visit.id == Outbox.visit_id, or_(takes_none, and_(Outbox.kind == REMINDER, Visit.scheduled_at <= now))
    )
    session.execute(
        update(Outbox)
        .where(Outbox.state == "waiting", Outbox.kind.in_((INVITATION, REMINDER)), idle.exists())
        .values(state="withdrawn"),
        execution_options={"synchronize_session": False},
    )


def _candidates(session: Session, now: datetime) -> Sequence[Row[Any]]:
    """Return the visits of all clinics that may be due for a reminder, with the link that was sent."""
    return session.execute(
        select(
            Visit.id,
            Visit.clinic_id,
            Visit.scheduled_at,
            queries.lenient(Patient.email),
            Patient.language,
            User.display_name,
            FormLink.id.label("link_id"),
            FormLink.salt,
            FormLink.expires_at,
            FormLink.sent_at,
        )
        .join(Patient, Patient.id == Visit.patient_id)
        .join(User, User.id == Visit.clinician_id)
        .join(FormLink, FormLink.visit_id == Visit.id)
        .where(Visit.scheduled_at > now, Visit.scheduled_at <= now + FARTHEST)
        .where(Visit.cancelled_at.is_(None), Visit.declined_at.is_(None), not_(_is_finished()))
        .where(FormLink.revoked_at.is_(None), FormLink.expires_at > now, FormLink.sent_at.is_not(None))
        .order_by(Visit.id)
    ).all()


def _is_finished() -> ColumnElement[bool]:
    return exists().where(Assessment.visit_id == Visit.id, Assessment.state.in_(queries.FINISHED))


def _due(settings: ClinicSettings, at: datetime, sent_at: datetime, now: datetime) -> int | None:
    """Return which reminder is due: the last whose time has come, if not long ago and after the link was sent."""
    local = at.astimezone(settings.zone)
    come = {days: (local - timedelta(days=days)).astimezone(UTC) for days in settings.remind_days}
    days = min((days for days, due_at in come.items() if due_at <= now), default=None)
    return days if days is not None and sent_at <= come[days] and now < come[days] + LATEST else None


def _next_key(base: str, written: Mapping[str, str]) -> str | None:
    """Return the key of a reminder that is to be written, None where it was; one that was withdrawn is followed.

    `written` are the states of the visit's reminders by key.
    """
    mine = [state for key, state in written.items() if key == base or key.startswith(f"{base}:")]
    if any(state != "withdrawn" for state in mine):
        return None
    return f"{base}:{len(mine)}" if mine else base


def _written(session: Session, visits: Iterable[int]) -> Mapping[int, Mapping[str, str]]:
    """Return the states of the reminders that were ever written, by visit and key."""
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    rows = select(Outbox.visit_id, Outbox.key, Outbox.state).where(
        Outbox.kind == REMINDER, Outbox.visit_id.in_(list(visits))
    )
    for visit_id, key, state in session.execute(rows):
        found[visit_id or 0][key] = state
    return found


def _link(session: Session, row: Row[Any]) -> Link:
    keyring = keyring_of(session)
    token, code = keyring.link_token(row.salt), keyring.short_code(row.salt)
    return Link(row.link_id, token, code, row.expires_at, None, row.sent_at)
