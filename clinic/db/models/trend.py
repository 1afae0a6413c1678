"""Tables of what trends count: a running rollup of all forms, and what of it was published for good."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Moment

KINDS = "'month', 'quarter', 'year'"


class TrendCount(Base):
    """Counts of the patients whose latest form of one period has these properties; `counts` is packed by version.

    It is kept in the transaction that changes a form, and `clinic trends recount` makes it anew from the forms.
    `start` is the period's first day in the clinic's time zone, `version` is "instrument id|version|scoring profile".
    """

    __tablename__ = "trend_count"
    __table_args__ = (CheckConstraint(f"kind IN ({KINDS})", name="kind"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(7), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(110), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10), primary_key=True)
    respondent: Mapped[str] = mapped_column(String(10), primary_key=True)
    counts: Mapped[bytes] = mapped_column(LargeBinary())


class TrendView(Base):
    """What was published of one period for one group, never changed later; what may not be shown is not in it.

    `dimension` and `value` are "" for everybody; `version` is "" for what is not scored. The row with all three empty
    is there for every period that was published. `figures` is by measure (services/trend_publishing.py).
    """

    __tablename__ = "trend_view"
    __table_args__ = (CheckConstraint(f"kind IN ({KINDS})", name="kind"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(7), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(20), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(110), primary_key=True)
    figures: Mapped[Any] = mapped_column(JSON)
    published_at: Mapped[Moment]
