"""Tables of what a visit agreed: how each flag was closed, what came of it, and the clinic's own resources."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Id, Moment
from clinic.db.crypto import EncryptedJSON, EncryptedText

GAPS = "'accessibility', 'adherence', 'stigma', 'support', 'other'"
WHO = "'patient', 'clinician', 'clinic', 'family', 'other'"
HAPPENED = "'yes', 'partly', 'no', 'not_needed'"


class Agreement(Base):
    """How one flag of a visit was closed: discussed, or something agreed with who does it by when.

    One that was taken back keeps its row. What the patient says of it at the next visit stands in `happened` and
    `helped` (0-4, the five words of the questionnaire); both are None until that form is sent.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint(f"gap IN ({GAPS})", name="gap"),
        CheckConstraint("kind IN ('discussed', 'agreed')", name="kind"),
        CheckConstraint(f"who IS NULL OR who IN ({WHO})", name="who"),
        CheckConstraint("(kind = 'agreed') = (what IS NOT NULL)", name="agreed_on_something"),
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by IS NULL)", name="taken_back_by_someone"),
        CheckConstraint(f"happened IS NULL OR happened IN ({HAPPENED})", name="happened"),
        CheckConstraint("helped IS NULL OR helped BETWEEN 0 AND 4", name="helped"),
        CheckConstraint("(answered_in IS NULL) = (answered_at IS NULL)", name="answered_when"),
        CheckConstraint("answered_in IS NOT NULL OR (happened IS NULL AND helped IS NULL)", name="answered_where"),
        Index(None, "patient_id", "created_at"),
        Index(None, "clinic_id", "due_on"),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    gap: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(10))
    what: Mapped[str | None] = mapped_column(EncryptedText())
    who: Mapped[str | None] = mapped_column(String(10))
    due_on: Mapped[date | None]
    suggestion: Mapped[str | None] = mapped_column(String(60))
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    created_at: Mapped[Moment]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    taken_back_at: Mapped[Moment | None]
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    happened: Mapped[str | None] = mapped_column(String(10))
    helped: Mapped[int | None] = mapped_column(SmallInteger)
    answered_in: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    answered_at: Mapped[Moment | None]


class Resource(Base):
    """One entry of a clinic's own directory: what helps, for which gaps, and when somebody last checked it."""

    __tablename__ = "resource"
    __table_args__ = (
        CheckConstraint("(retired_at IS NULL) = (retired_by IS NULL)", name="retired_by_someone"),
        Index(None, "clinic_id", "retired_at"),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(120))
    offers: Mapped[str] = mapped_column(String(300))
    gaps: Mapped[list[str]] = mapped_column(JSON)
    phone: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(300))
    languages: Mapped[list[str]] = mapped_column(JSON)
    checked_on: Mapped[date]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    retired_at: Mapped[Moment | None]
    retired_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CopyLink(Base):
    """One link to the patient's copy of what a visit agreed; its token comes from `salt` and a key."""

    __tablename__ = "copy_link"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    salt: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[Moment]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[Moment | None]


class SymptomNote(Base):
    """One total of the clinic's own symptom scale beside a visit, never mixed into ours.

    `note` is {"scale", "total", "on"}: a name, a number and an ISO date.
    """

    __tablename__ = "symptom_note"
    __table_args__ = (
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by IS NULL)", name="taken_back_by_someone"),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    note: Mapped[Any] = mapped_column(EncryptedJSON())
    created_at: Mapped[Moment]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    taken_back_at: Mapped[Moment | None]
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
