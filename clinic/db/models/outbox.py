"""Tables of messages that wait to be sent, and of the workers that send them."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Id, Moment
from clinic.db.crypto import EncryptedJSON, EncryptedText

MESSAGE_KINDS = "'invitation', 'reminder', 'alert', 'escalation', 'test'"


class Outbox(Base):
    """One message, written in the commit of what caused it and kept after it was sent.

    `key` names the cause, so that the same message is never written twice; a keyed digest of it is the message's id on
    its way, by which a resend is recognised. `content` is {"subject", "text"}. A worker that holds the lease is
    sending it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(f"kind IN ({MESSAGE_KINDS})", name="kind"),
        CheckConstraint("state IN ('waiting', 'sent', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_when"),
        CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name="leased_by_someone"),
        CheckConstraint("attempts >= 0", name="attempts"),
        UniqueConstraint("key"),
        Index(None, "state", "next_try_at"),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(80))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"), index=True)
    recipient: Mapped[str] = mapped_column(EncryptedText())
    content: Mapped[Any] = mapped_column(EncryptedJSON())
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[Moment]
    next_try_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(200))
    leased_by: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[Moment | None]
    sent_at: Mapped[Moment | None]


class WorkerRun(Base):
    """One kind of work that workers do again and again: when it was last done, and what came of it."""

    __tablename__ = "worker_run"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    worker: Mapped[str] = mapped_column(String(40))
    ran_at: Mapped[Moment]
    done_at: Mapped[Moment | None]
    last_error: Mapped[str | None] = mapped_column(String(200))
