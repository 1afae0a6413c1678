"""Tables of patients: everything that names a person is encrypted, and found by keyed digests."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Id, Moment
from clinic.db.crypto import EncryptedText


class Patient(Base):
    """One patient of one clinic; `born_on` is an ISO date, `revision` counts the corrections.

    `language` is the code of the preferred one, `other_languages` are words: nobody answers a form in them.
    """

    __tablename__ = "patient"

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    record_number: Mapped[str] = mapped_column(EncryptedText())
    name: Mapped[str] = mapped_column(EncryptedText())
    born_on: Mapped[str] = mapped_column(EncryptedText())
    email: Mapped[str | None] = mapped_column(EncryptedText())
    phone: Mapped[str | None] = mapped_column(EncryptedText())
    language: Mapped[str] = mapped_column(String(16))
    other_languages: Mapped[str | None] = mapped_column(EncryptedText())
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[Moment]


class PatientIndex(Base):
    """One digest by which a patient is found; a record number belongs to one patient of a clinic."""

    __tablename__ = "patient_index"
    __table_args__ = (
        CheckConstraint("kind IN ('record', 'born', 'name')", name="kind"),
        Index(None, "clinic_id", "kind", "digest"),
        Index(
            "uq_patient_index_record",
            "clinic_id",
            "digest",
            unique=True,
            sqlite_where=text("kind = 'record'"),
            postgresql_where=text("kind = 'record'"),
        ),
    )

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(6), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
