"""Tables of the clinic itself: its sites, settings and scoring profiles."""

import secrets
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Id, Moment
from clinic.db.crypto import EncryptedText


def new_version() -> str:
    """Return a name that no version had before, also where the change that brings it is taken back."""
    return secrets.token_hex(16)


class Clinic(Base):
    """One clinic; `languages` has its first language first, `time_zone` is an IANA name.

    `settings_version` is new with every change of the clinic or of its settings, so that who has read them knows
    whether they still hold. `trends_counted_at` is when all its forms were counted; until then the counts lack some.
    """

    __tablename__ = "clinic"
    __table_args__ = (
        CheckConstraint("page_size IN ('A4', 'letter')", name="page_size"),
        CheckConstraint("length(country) = 2", name="country"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64))
    languages: Mapped[list[str]] = mapped_column(JSON)
    page_size: Mapped[str] = mapped_column(String(10))
    is_demo: Mapped[bool]
    settings_version: Mapped[str] = mapped_column(String(32), default=new_version, server_default="first")
    created_at: Mapped[Moment]
    trends_counted_at: Mapped[Moment | None]


class Site(Base):
    """A place where a clinic sees its patients."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("clinic_id", "name"),)

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(200))


class ClinicSetting(Base):
    """The present value of one setting."""

    __tablename__ = "clinic_setting"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[Moment]


class ClinicSettingChange(Base):
    """One change of a setting, never edited; `by` is None where the command line changed it."""

    __tablename__ = "clinic_setting_change"
    __table_args__ = (Index(None, "clinic_id", "key", "at"),)

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    key: Mapped[str] = mapped_column(String(64))
    old: Mapped[Any] = mapped_column(JSON)
    new: Mapped[Any] = mapped_column(JSON)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[Moment]
    reason: Mapped[str | None] = mapped_column(Text)


class ScoringProfile(Base):
    """The thresholds by which assessments are scored, never edited; without a clinic it is a built-in one."""

    __tablename__ = "scoring_profile"
    __table_args__ = (
        UniqueConstraint("clinic_id", "instrument_id", "instrument_version", "name", name="uq_scoring_profile"),
        # A unique constraint lets rows without a clinic repeat.
        Index(
            "uq_scoring_profile_built_in",
            "instrument_id",
            "instrument_version",
            "name",
            unique=True,
            sqlite_where=text("clinic_id IS NULL"),
            postgresql_where=text("clinic_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int | None] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(20))
    instrument_id: Mapped[str] = mapped_column(String(64))
    instrument_version: Mapped[str] = mapped_column(String(20))
    thresholds: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[Moment]


class KeyCheck(Base):
    """One row that tells at start whether this database was written with the keys at hand."""

    __tablename__ = "key_check"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[str] = mapped_column(EncryptedText())
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Moment]
