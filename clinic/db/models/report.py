"""The table of reports about the questionnaire itself: the last one of each version, with nobody in it."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Moment


class InstrumentReport(Base):
    """What `clinic psychometrics` last said of one questionnaire ("id|version"), as the managers' page shows it.

    What may not be shown is not in it.
    """

    __tablename__ = "instrument_report"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    instrument: Mapped[str] = mapped_column(String(85), primary_key=True)
    made_at: Mapped[Moment]
    report: Mapped[Any] = mapped_column(JSON)
