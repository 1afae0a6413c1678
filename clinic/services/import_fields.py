"""The values of one line of a file with visits: each is read by itself, or says what is allowed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import BadVisit
from clinic.core.one_line import one_line
from clinic.core.scope import Role
from clinic.db.models import Role as RoleRow
from clinic.db.models import User
from clinic.services import patient_rules
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.mail_address import plain_address
from clinic.services.visits import local_moment

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(:00)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clinician:
    """One of the clinic's clinicians, whom a file names by e-mail."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of one line; one that is wrong is None, and `errors` say why. Empty optional ones are ""."""

    record_number: str
    name: str
    born_on: date | None
    at: datetime | None
    clinician: Clinician | None
    language: str
    email: str
    phone: str
    errors: tuple[str, ...]


def clinicians(session: Session, clinic_id: int) -> Mapping[str, Clinician]:
    """Return the clinic's clinicians who can sign in, by their e-mail in small letters."""
    rows = session.execute(
        select(User.id, User.display_name, User.email)
        .where(User.clinic_id == clinic_id, User.active.is_(True))
        .where(User.roles.any(RoleRow.name == Role.CLINICIAN.value))
        .order_by(User.email)
    )
    return {row.email.casefold(): Clinician(row.id, row.display_name) for row in rows}


def read_fields(
    cells: Mapping[str, str],
    settings: ClinicSettings,
    languages: Sequence[str],
    staff: Mapping[str, Clinician],
    now: datetime,
) -> Fields:
    """Return the values of a line, given by the names of their columns."""
    errors: list[str] = []
    value = {name: one_line(cell) or "" for name, cell in cells.items()}
    today = now.astimezone(settings.zone).date()

    def words(name: str, most: int) -> str:
        if not 1 <= len(value.get(name, "")) <= most:
            errors.append(f"{name}: use 1 to {most} characters.")
        return value.get(name, "")

    record_number = words("record_number", patient_rules.RECORD_NUMBER_CHARS)
    name = words("name", patient_rules.NAME_CHARS)
    born_on = _day(value.get("date_of_birth", ""))
    if born_on is None or not today.year - patient_rules.OLDEST_YEARS <= born_on.year or born_on > today:
        errors.append("date_of_birth: use a past day as year-month-day, such as 1980-05-03.")
    at = _at(value.get("date", ""), value.get("time", ""), settings, today, errors)
    clinician = staff.get(value.get("clinician", "").casefold())
    if clinician is None:
        errors.append(f"clinician: use the e-mail of one of the clinic’s clinicians: {', '.join(staff) or 'none yet'}.")
    language, phone = value.get("language", "").lower(), value.get("phone", "")
    email = plain_address(value["email"]) if value.get("email") else ""
    if language and language not in languages:
        errors.append(f"language: use {' or '.join(languages)}, or leave it empty.")
    if email is None or len(email) > patient_rules.EMAIL_CHARS:
        errors.append("email: use an address such as name@example.org, or leave it empty.")
    if phone and not patient_rules.PHONE.match(phone):
        errors.append("phone: use 5 to 30 digits, spaces and + ( ) - only, or leave it empty.")
    return Fields(
        record_number=record_number,
        name=name,
        born_on=born_on,
        at=at,
        clinician=clinician,
        language=language,
        email=email or "",
        phone=phone,
        errors=tuple(errors),
    )


def _at(day: str, clock: str, settings: ClinicSettings, today: date, errors: list[str]) -> datetime | None:
    on, found = _day(day), _CLOCK.fullmatch(clock)
    latest = today + timedelta(days=patient_rules.FARTHEST_DAYS)
    if on is None or not today <= on <= latest:
        errors.append(f"date: use a day from {today} to {latest} as year-month-day.")
        on = None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        errors.append("time: use hours and minutes on the clinic’s clock, such as 09:20 or 14:30.")
        return None
    try:
        return None if on is None else local_moment(on, time(int(found[1]), int(found[2])), settings.zone)
    except BadVisit as error:
        errors.append(f"time: {error}")
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
