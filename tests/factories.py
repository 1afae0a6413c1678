"""Make one row of each kind for a test; every argument has a default, and nothing is committed."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.path import Draft
from clinic.db.blind_index import index_patient
from clinic.db.crypto import keyring_of, new_salt, token_hash
from clinic.db.models import Agreement, Assessment, Clinic, FormLink, Patient, Role, Site, User, Visit
from clinic.services import clinic_settings
from clinic.services.drafts import to_document

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
READY: dict[str, Any] = {
    "crisis_locale.en": {"verified_on": "2026-03-01"},
    "crisis_locale.es": {"verified_on": "2026-03-01"},
    "emergency_number": "911",
    "alert_inbox_role": "Duty clinician",
    "backup_role": "Lead clinician",
    "staffed_hours": {day: ["09:00", "17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "response_time_text.en": "the same working day",
    "response_time_text.es": "el mismo día hábil",
    "language_reviewer.es": "Dr. Reviewer, 2026-03-01",
}
_numbers = count(1)


def make_clinic(session: Session, *, ready: bool = False, **changes: Any) -> Clinic:
    """Make a clinic with one site; a ready one has the safety settings that open its forms."""
    values = {
        "name": "Harbour Clinic",
        "country": "US",
        "time_zone": "America/New_York",
        "languages": ["en", "es"],
        "page_size": "A4",
        "is_demo": False,
        "created_at": NOW,
    }
    clinic = Clinic(**values | changes)
    session.add(clinic)
    session.flush()
    session.add(Site(clinic_id=clinic.id, name="Main building"))
    session.flush()
    if ready:
        for key, value in READY.items():
            clinic_settings.change(session, clinic.id, key, value, None, None, NOW)
    return clinic


def make_user(session: Session, clinic: Clinic, role: str = "clinician", **changes: Any) -> User:
    """Make a member of staff with one role; the password is not usable unless `password` is given."""
    number = next(_numbers)
    found = session.scalar(select(Role).where(Role.name == role)) or Role(name=role)
    values = {
        "clinic_id": clinic.id,
        "display_name": f"Dr. Number {number}",
        "locale": "en",
        "email": f"staff{number}@clinic.example",
        "active": True,
        "fs_uniquifier": f"staff-{number}",
        "roles": [found],
    }
    user = User(**values | changes)
    session.add(user)
    session.flush()
    return user


def make_patient(session: Session, clinic: Clinic, **changes: Any) -> Patient:
    """Make a patient who can be found by the blind index."""
    values = {
        "clinic_id": clinic.id,
        "record_number": f"MRN-{next(_numbers):05}",
        "name": "Maria García-Lopez",
        "born_on": "1980-05-03",
        "language": "en",
        "created_at": NOW,
    }
    patient = Patient(**values | changes)
    session.add(patient)
    index_patient(session, patient)
    return patient


def make_visit(
    session: Session, clinic: Clinic, patient: Patient | None = None, clinician: User | None = None, **changes: Any
) -> Visit:
    """Make a visit in an hour from NOW, with its patient and clinician where they are not given."""
    clinician = clinician or make_user(session, clinic)
    values = {
        "clinic_id": clinic.id,
        "site_id": session.scalars(select(Site.id).where(Site.clinic_id == clinic.id)).first(),
        "patient_id": (patient or make_patient(session, clinic)).id,
        "clinician_id": clinician.id,
        "scheduled_at": NOW + timedelta(hours=1),
        "created_at": NOW,
        "created_by": clinician.id,
    }
    visit = Visit(**values | changes)
    session.add(visit)
    session.flush()
    return visit


def make_link(session: Session, visit: Visit, **changes: Any) -> FormLink:
    """Make a link; its token is `keyring_of(session).link_token(link.salt)`."""
    keyring, salt = keyring_of(session), new_salt()
    values = {
        "clinic_id": visit.clinic_id,
        "visit_id": visit.id,
        "salt": salt,
        "token_hash": token_hash(keyring.link_token(salt)),
        "code_hash": keyring.code_hash(visit.clinic_id, keyring.short_code(salt)),
        "expires_at": NOW + timedelta(days=14),
        "created_at": NOW,
    }
    link = FormLink(**values | changes)
    session.add(link)
    session.flush()
    return link


def make_assessment(session: Session, visit: Visit, given: AnswerSet | None = None, **changes: Any) -> Assessment:
    """Make a form of a visit, a draft unless `state` and its time are given; it has no score row."""
    values = {
        "clinic_id": visit.clinic_id,
        "site_id": visit.site_id,
        "visit_id": visit.id,
        "patient_id": visit.patient_id,
        "instrument_id": "trd-barrier-check",
        "instrument_version": "1.0",
        "instrument_digest": "0" * 64,
        "scoring_profile": "1.0",
        "language": "en",
        "mode": "web",
        "state": "draft",
        "started_at": NOW,
        "saved_at": NOW,
        "revision": 0,
        "document": to_document(Draft(given=given or AnswerSet())),
        "pages_left": 0,
        "pages_total": 12,
        "checkin_mode": "triggered",
        "is_synthetic": True,
    }
    assessment = Assessment(**values | changes)
    session.add(assessment)
    session.flush()
    return assessment


def make_agreement(session: Session, visit: Visit, **changes: Any) -> Agreement:
    """Make one thing that a visit agreed, made by its clinician when the visit was."""
    values = {
        "clinic_id": visit.clinic_id,
        "visit_id": visit.id,
        "patient_id": visit.patient_id,
        "gap": "adherence",
        "kind": "agreed",
        "what": "Take the tablet with breakfast",
        "who": "patient",
        "due_on": None,
        "created_at": visit.scheduled_at,
        "created_by": visit.clinician_id,
    }
    agreement = Agreement(**values | changes)
    session.add(agreement)
    session.flush()
    return agreement
