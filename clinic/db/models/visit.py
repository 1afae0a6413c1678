"""Tables of visits and of the links that open their forms."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Id, Moment


class Visit(Base):
    """One appointment of a patient with a clinician; `revision` counts its corrections.

    `declined_at` is when the patient would rather not fill in its form; going on with it takes that back.
    """

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("(summary_read_at IS NULL) = (summary_read_by IS NULL)", name="read_by_someone"),
        Index(None, "clinic_id", "scheduled_at"),
        # A patient is in one place at a time, whichever button was pressed twice.
        Index(
            "uq_visit_patient_moment",
            "patient_id",
            "scheduled_at",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    clinician_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    scheduled_at: Mapped[Moment]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    cancelled_at: Mapped[Moment | None]
    declined_at: Mapped[Moment | None]
    summary_read_at: Mapped[Moment | None]
    summary_read_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class FormLink(Base):
    """One link to the form of a visit; token and code come from `salt` and a key, only hashes are stored.

    `sent_at` is when a message with it left.
    """

    __tablename__ = "form_link"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("clinic_id", "code_hash"),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    salt: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64))
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[Moment]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[Moment | None]
    sent_at: Mapped[Moment | None]
    opened_at: Mapped[Moment | None]
