"""The table of sessions: a cookie carries only an id, and what it stands for is kept and ended here."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Moment
from clinic.db.crypto import EncryptedJSON


class WebSession(Base):
    """One session of a browser; `id_hash` is the SHA-256 of the id in its cookie."""

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'patient', 'anonymous')", name="kind"),
        CheckConstraint("(kind = 'staff') = (user_id IS NOT NULL)", name="staff_has_user"),
    )

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    data: Mapped[Any] = mapped_column(EncryptedJSON())
    created_at: Mapped[Moment]
    last_used_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
