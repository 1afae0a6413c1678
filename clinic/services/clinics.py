"""The clinics of an installation: making one, and finding the one that a command means."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import BadSetting, NotFound
from clinic.db.models import Clinic, Site
from clinic.services import setting_rules


def add_clinic(
    session: Session,
    *,
    name: str,
    country: str,
    time_zone: str,
    languages: Sequence[str],
    sites: Sequence[str],
    is_demo: bool = False,
    now: datetime,
) -> int:
    """Make a clinic with its sites and return its id; the first language is the one its forms begin in.

    Raises BadSetting that names what is wrong and what is allowed.
    """
    name = setting_rules.checked("name", name)
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise BadSetting(f'country: "{country}" is not a code of two letters, such as US.')
    time_zone = setting_rules.checked("time_zone", time_zone)
    languages = setting_rules.checked("languages", languages)
    if session.scalar(select(Clinic.id).where(Clinic.name == name)) is not None:
        raise BadSetting(f'name: there is a clinic "{name}" already.')
    clinic = Clinic(
        name=name,
        country=country.upper(),
        time_zone=time_zone,
        languages=list(languages),
        page_size="letter" if country.upper() in ("US", "CA", "MX") else "A4",
        is_demo=is_demo,
        created_at=now,
        # There is nothing to count yet, and every form is counted when it ends.
        trends_counted_at=now,
    )
    session.add(clinic)
    session.flush()
    session.add_all(Site(clinic_id=clinic.id, name=site.strip()) for site in sites)
    session.flush()
    return clinic.id


def numbers(session: Session) -> Sequence[int]:
    """Return the ids of all clinics, in order."""
    return session.scalars(select(Clinic.id).order_by(Clinic.id)).all()


def named(session: Session, name: str | None) -> int:
    """Return the id of the clinic of this name, or of the only one where no name is given.

    Raises NotFound, saying which clinics there are.
    """
    clinics: dict[str, int] = {
        row.name: row.id for row in session.execute(select(Clinic.id, Clinic.name).order_by(Clinic.name))
    }
    if not clinics:
        raise NotFound("There is no clinic yet: make one with clinic setup.")
    if name is None and len(clinics) == 1:
        return next(iter(clinics.values()))
    if name not in clinics:
        raise NotFound(f"Name the clinic with --clinic; there are: {', '.join(clinics)}.")
    return clinics[name]
