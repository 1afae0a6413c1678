"""Messages that wait to be sent: written with what caused them, taken by one worker at a time, never dropped."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.db.crypto import keyring_of
from clinic.db.models import Clinic, FormLink, Outbox
from clinic.mail.letter import Letter

# One message is on its way for this long at most: every step of a mail server's talk has a shorter time-out.
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=one) for one in (1, 2, 5, 15, 30, 60))
LONGEST_ERROR = 200
# The shortest time in which somebody is to read an alert.
TOO_OLD = timedelta(minutes=15)
# What somebody may be waiting for in danger goes before everything else.
_URGENT = ("alert", "escalation")
_INVITING = ("invitation", "reminder")
_LEASE_ENDS: dict[str, Any] = {"leased_by": None, "leased_until": None}
_WAS_TRIED = Outbox.attempts > 0
# A message that was put off is due since it was written, as nobody knows better.
_SINCE = case((_WAS_TRIED, Outbox.created_at), else_=Outbox.next_try_at)
_DUE = (
    select(Outbox.id)
    .where(Outbox.state == "waiting", Outbox.next_try_at <= bindparam("now"))
    .where(or_(Outbox.leased_until.is_(None), Outbox.leased_until <= bindparam("now")))
    .order_by(case((Outbox.kind.in_(_URGENT), 0), else_=1), Outbox.next_try_at, Outbox.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages that are due and have not left; `oldest` is since when the first of them is due."""

    length: int
    put_off: int
    oldest: datetime | None

    def is_stuck(self, now: datetime) -> bool:
        """Tell whether a message has waited for longer than an alert may."""
        return self.oldest is not None and now - self.oldest > TOO_OLD


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that has not left, without its address and words; `failure` is why it was put off the last time."""

    kind: str
    since: datetime
    attempts: int
    next_try_at: datetime
    failure: str | None


def put(
    session: Session,
    *,
    clinic_id: int,
    kind: str,
    key: str,
    recipient: str,
    subject: str,
    text: str,
    now: datetime,
    visit_id: int | None = None,
    alert_id: int | None = None,
    send_at: datetime | None = None,
) -> bool:
    """Write a message in the transaction of what causes it, and tell whether it is new.

    A message whose key exists is left as it is. It is due at once, or from `send_at` on. The kinds are those of the
    table; line breaks have no place in a subject and become spaces.
    """
    row = {
        "clinic_id": clinic_id,
        "kind": kind,
        "key": key,
        "visit_id": visit_id,
        "alert_id": alert_id,
        "recipient": recipient,
        "content": {"subject": " ".join(subject.split()), "text": text},
        "state": "waiting",
        "created_at": now,
        "next_try_at": send_at or now,
        "attempts": 0,
    }
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(Outbox).values(row).on_conflict_do_nothing(index_elements=["key"])
    return session.execute(insert.returning(Outbox.id)).one_or_none() is not None


def withdraw(session: Session, clinic_id: int, *, visit_id: int) -> None:
    """Withdraw what waits for a visit: its link was replaced or ended, or there is nothing left to remind of."""
    session.execute(
        update(Outbox)
        .where(Outbox.clinic_id == clinic_id, Outbox.visit_id == visit_id, Outbox.state == "waiting")
        .values(state="withdrawn")
    )


def withdraw_escalation(session: Session, clinic_id: int, alert_id: int) -> None:
    """Withdraw the messages that nobody has acknowledged an alert, once somebody has."""
    mine = (Outbox.clinic_id == clinic_id, Outbox.alert_id == alert_id, Outbox.kind == "escalation")
    session.execute(update(Outbox).where(*mine, Outbox.state == "waiting").values(state="withdrawn"))


def is_due(session: Session, now: datetime) -> bool:
    """Tell whether a message can be taken, without a turn to write."""
    return session.scalar(_DUE, {"now": now}) is not None


def queue(session: Session, now: datetime, clinic_id: int | None = None) -> Queue:
    """Return how much has not left although it is due, for one clinic or for all of the installation."""
    found = select(func.count(), func.count().filter(_WAS_TRIED), func.min(_SINCE)).where(*_owed(now))
    if clinic_id is not None:
        found = found.where(Outbox.clinic_id == clinic_id)
    return Queue(*session.execute(found).one())


def waiting(session: Session, clinic_id: int, now: datetime, limit: int = 50) -> list[Waiting]:
    """Return the messages of a clinic that have not left although they are due, the oldest first."""
    rows = session.execute(
        select(Outbox.kind, _SINCE, Outbox.attempts, Outbox.next_try_at, Outbox.last_error)
        .where(Outbox.clinic_id == clinic_id, *_owed(now))
        .order_by(_SINCE, Outbox.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]


def claim(session: Session, worker: str, now: datetime) -> int | None:
    """Take the most urgent message that is due, for as long as LEASE, and return its id; None where nothing is due.

    A worker that dies leaves its message to the others when the lease has ended. Belongs in a transaction of its own
    that is committed before the message is sent.
    """
    # PostgreSQL passes over what another worker takes at this moment; on SQLite there is one writer at a time.
    due = _DUE.with_for_update(skip_locked=True)
    found = session.scalar(due, {"now": now})
    if found is not None:
        values = {"leased_by": worker, "leased_until": now + LEASE}
        session.execute(update(Outbox).where(Outbox.id == found).values(values))
    return found


def read(session: Session, worker: str, outbox_id: int) -> Letter | None:
    """Return a message that this worker has taken, None where it was withdrawn in the meantime.

    Raises DamagedRecord where its address or its words cannot be decrypted.
    """
    row = session.execute(
        select(Outbox.key, Outbox.recipient, Outbox.content, Clinic.name)
        .join(Clinic, Clinic.id == Outbox.clinic_id)
        .where(Outbox.id == outbox_id, Outbox.leased_by == worker, Outbox.state == "waiting")
    ).one_or_none()
    if row is None:
        return None
    message_id = keyring_of(session).digest("message id", row.key)
    return Letter(message_id, row.name, row.recipient, row.content["subject"], row.content["text"])


def sent(session: Session, worker: str, outbox_id: int, now: datetime) -> None:
    """Note that a message has left; with an invitation or a reminder, so has the current link of its visit.

    One that was withdrawn while it was on its way has left too, but it carried a link that has ended.
    """
    mine = (Outbox.id == outbox_id, Outbox.leased_by == worker)
    row = session.execute(
        select(Outbox.clinic_id, Outbox.visit_id, Outbox.kind, Outbox.state).where(*mine).with_for_update()
    ).one_or_none()
    if row is None:
        return
    values = {"state": "sent", "sent_at": now, "attempts": Outbox.attempts + 1, "last_error": None}
    session.execute(update(Outbox).where(*mine).values(values | _LEASE_ENDS))
    if row.state == "waiting" and row.kind in _INVITING:
        session.execute(
            update(FormLink)
            .where(FormLink.clinic_id == row.clinic_id, FormLink.visit_id == row.visit_id)
            .where(FormLink.revoked_at.is_(None))
            .values(sent_at=now)
        )


def put_off(session: Session, worker: str, outbox_id: int, failure: str, now: datetime) -> None:
    """Let a message that could not be sent wait, longer each time and at most an hour.

    `failure` is a short class of failure and names nobody.
    """
    mine = (Outbox.id == outbox_id, Outbox.leased_by == worker)
    attempts = session.scalar(select(Outbox.attempts).where(*mine))
    if attempts is None:
        return
    wait = WAITS[min(attempts, len(WAITS) - 1)]
    values = {"attempts": attempts + 1, "next_try_at": now + wait, "last_error": failure[:LONGEST_ERROR]}
    session.execute(update(Outbox).where(*mine).values(values | _LEASE_ENDS))


def _owed(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Outbox.state == "waiting", or_(_WAS_TRIED, Outbox.next_try_at <= now)
