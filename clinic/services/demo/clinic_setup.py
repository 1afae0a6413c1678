"""Set up the demo's clinic: its safety settings, its staff and their passwords, and its patients."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from clinic.core.scope import Role
from clinic.db import blind_index
from clinic.db.crypto import keyring_of
from clinic.db.models import Patient, PatientIndex, Site, User
from clinic.services import accounts, clinic_settings, clinics
from clinic.services.demo import agreed, material
from clinic.services.demo.calendar import Diary
from clinic.services.demo.people import Person
from clinic.services.demo.records import Place

NAME = "Lindenwood Clinic"
TIME_ZONE = "America/Chicago"
SITES = ("Main Street", "Riverside")
# Open every day, so that whatever day the demo is started on is an ordinary one.
WEEK, WEEKEND = ["08:00", "18:00"], ["09:00", "15:00"]


def make(session: Session, seed: int, everybody: Sequence[Person], now: datetime) -> int:
    """Make the clinic with its settings, staff and patients; return its id."""
    clinic_id = clinics.add_clinic(
        session,
        name=NAME,
        country="US",
        time_zone=TIME_ZONE,
        languages=("en", "es"),
        sites=SITES,
        is_demo=True,
        now=now,
    )
    ids = [
        accounts.add_user(
            session,
            clinic_id=clinic_id,
            email=one["email"],
            display_name=one["name"],
            roles=[Role(one["role"])],
            password=one["password"],
            now=now,
        )
        for one in staff(seed)
    ]
    for key, value in _settings(now).items():
        clinic_settings.change(session, clinic_id, key, value, ids[-1], "Set by the demo", now)
    _add_patients(session, clinic_id, everybody)
    agreed.add_directory(session, clinic_id, ids[-1], now, Diary(ZoneInfo(TIME_ZONE)))
    return clinic_id


def staff(seed: int) -> list[dict[str, str]]:
    """Return name, role, email and password of each account; the passwords can be said aloud."""
    names = material.names()
    random = Random(f"{seed} passwords")  # noqa: S311 (everybody may know the passwords of a demo)
    return [
        {
            "name": one["name"],
            "role": one["role"],
            "email": f"{one['address']}@{accounts.DEMO_DOMAIN}",
            "password": f"{'-'.join(random.sample(names['password_words'], 3))}-{random.randint(10, 99)}",
        }
        for one in names["staff"]
    ]


def place(session: Session, clinic_id: int, everybody: Sequence[Person]) -> Place:
    """Return the ids by which new rows refer to the clinic, its sites, its patients and its front desk."""
    numbers = {person.record_number: person.number for person in everybody}
    findable = Patient.id.in_(findable_patients(clinic_id))
    rows = session.execute(select(Patient.id, Patient.record_number).where(Patient.clinic_id == clinic_id, findable))
    sites = session.scalars(select(Site.id).where(Site.clinic_id == clinic_id).order_by(Site.id)).all()
    return Place(
        clinic_id,
        sites,
        {numbers[row.record_number]: row.id for row in rows if row.record_number in numbers},
        _ids(session, clinic_id, Role.FRONT_DESK)[0],
    )


def findable_patients(clinic_id: int) -> Select[int]:
    """Return the patients of a clinic who can be searched for; those that `clinic seed` adds by millions cannot."""
    return select(PatientIndex.patient_id).where(PatientIndex.clinic_id == clinic_id, PatientIndex.kind == "record")


def clinicians(session: Session, clinic_id: int) -> Sequence[int]:
    """Return the clinicians of the demo in the order in which people refer to them."""
    return _ids(session, clinic_id, Role.CLINICIAN)


def _ids(session: Session, clinic_id: int, role: Role) -> list[int]:
    emails = [f"{one['address']}@{accounts.DEMO_DOMAIN}" for one in material.names()["staff"] if one["role"] == role]
    rows = session.execute(select(User.email, User.id).where(User.clinic_id == clinic_id, User.email.in_(emails)))
    found = {row.email: row.id for row in rows}
    return [found[email] for email in emails]


def _settings(now: datetime) -> dict[str, Any]:
    today = now.astimezone(ZoneInfo(TIME_ZONE)).date().isoformat()
    days = ("mon", "tue", "wed", "thu", "fri")
    return {
        "crisis_locale.en": {"verified_on": today},
        "crisis_locale.es": {"verified_on": today},
        "emergency_number": "911",
        "alert_inbox_role": "Clinician on duty",
        "alert_inbox_name": "Dr. Amara Osei",
        "alert_inbox_email": f"alerts@{accounts.DEMO_DOMAIN}",
        "backup_role": "Second clinician",
        "backup_name": "Dr. Lucas Weber",
        "backup_email": f"backup@{accounts.DEMO_DOMAIN}",
        "staffed_hours": {**dict.fromkeys(days, WEEK), "sat": WEEKEND, "sun": WEEKEND},
        "response_time_text.en": "within four hours while the clinic is open",
        "response_time_text.es": "en un plazo de cuatro horas mientras la clínica esté abierta",
        "read_when.en": "before your visit",
        "read_when.es": "antes de su cita",
        "language_reviewer.es": "Elena Vidal, NP (demo)",
    }


def _add_patients(session: Session, clinic_id: int, everybody: Sequence[Person]) -> None:
    rows = [
        {
            "clinic_id": clinic_id,
            "record_number": person.record_number,
            "name": person.name,
            "born_on": person.born_on.isoformat(),
            "email": person.email,
            "phone": person.phone,
            "language": person.language,
            "created_at": datetime(
                person.joins.year, person.joins.month, person.joins.day, 8, tzinfo=ZoneInfo(TIME_ZONE)
            ),
        }
        for person in everybody
    ]
    ids = session.scalars(insert(Patient).returning(Patient.id, sort_by_parameter_order=True), rows).all()
    keyring = keyring_of(session)
    entries = [
        {"patient_id": patient_id, "clinic_id": clinic_id, "kind": kind, "digest": digest}
        for patient_id, person in zip(ids, everybody, strict=True)
        for kind, digest in sorted(
            blind_index.entries(keyring, clinic_id, person.record_number, person.name, person.born_on.isoformat())
        )
    ]
    session.execute(insert(PatientIndex), entries)
