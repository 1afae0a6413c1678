"""Tables of safety alerts and of everything that happened to each."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Id, Moment
from clinic.db.crypto import EncryptedJSON, EncryptedText

KINDS = "'raised', 'signal_added', 'opened', 'settled', 'answer_changed', 'acknowledged', 'closed'"

ACTIONS = "'reached', 'not_reached', 'emergency', 'review_at_visit', 'other'"


class Alert(Base):
    """One alert; a waiting one is open from `opens_at` on, by comparing times."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("level IN ('S1', 'S2', 'S3')", name="level"),
        CheckConstraint("state IN ('waiting', 'open', 'settled', 'closed')", name="state"),
        CheckConstraint("(state = 'settled') = (level = 'S1')", name="settled_level"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled_when"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged_by_someone"),
        Index(None, "clinic_id", "state", "opens_at"),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    level: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(10))
    triggers: Mapped[Any] = mapped_column(EncryptedJSON())
    raised_at: Mapped[Moment]
    opens_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]
    acknowledged_at: Mapped[Moment | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[Moment | None]


class AlertEvent(Base):
    """One thing that happened to an alert, never edited nor deleted; `by` is None where no staff did it."""

    __tablename__ = "alert_event"
    __table_args__ = (
        CheckConstraint("level IN ('S0', 'S1', 'S2', 'S3')", name="level"),
        CheckConstraint(f"kind IN ({KINDS})", name="kind"),
    )

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    at: Mapped[Moment]
    kind: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(2))
    detail: Mapped[Any] = mapped_column(EncryptedJSON())
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class AlertAction(Base):
    """One thing that a member of staff did about an alert, never edited nor deleted; `note` is in their own words."""

    __tablename__ = "alert_action"
    __table_args__ = (CheckConstraint(f"action IN ({ACTIONS})", name="action"),)

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    at: Mapped[Moment]
    action: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(EncryptedText())
    by: Mapped[int] = mapped_column(ForeignKey("user.id"))
