"""The period that has not been published yet, in round numbers for the clinic's own eyes."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.core.trends import SETTLES, Kind, Period, Provisional
from clinic.services.clinic_settings import ClinicSettings


def read(session: Session, settings: ClinicSettings, kind: Kind, now: datetime) -> Provisional:
    """Return the oldest period that is not due for publication at this moment: it is over for less than SETTLES."""
    period = Period.of(kind, (now.astimezone(settings.zone) - SETTLES).date())
    return Provisional(period, {})
