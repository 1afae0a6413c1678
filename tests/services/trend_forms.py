"""Write many forms that trends count, with the rows that matter to them, and count them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.path import Draft
from clinic.db.models import Assessment, AssessmentScore, Clinic, Patient, Site, User, Visit
from clinic.services import rollup
from clinic.services.drafts import to_document
from tests import factories

GAPS = ("accessibility", "adherence", "stigma", "support")
DOCUMENT = to_document(Draft(given=AnswerSet()))


def people(session: Session, clinic: Clinic, count: int) -> list[int]:
    """Make so many patients, and return their numbers."""
    return [factories.make_patient(session, clinic).id for _ in range(count)]


def site(session: Session, clinic: Clinic, name: str | None = None) -> int:
    """Return the clinic's first site, or add one of this name."""
    if name is None:
        found = session.scalar(select(Site.id).where(Site.clinic_id == clinic.id).order_by(Site.id).limit(1))
        assert found is not None
        return found
    new = Site(clinic_id=clinic.id, name=name)
    session.add(new)
    session.flush()
    return new.id


def clinician(session: Session, clinic: Clinic) -> int:
    """Return one member of staff of the clinic."""
    found = session.scalar(select(User.id).where(User.clinic_id == clinic.id).limit(1))
    return found if found is not None else factories.make_user(session, clinic).id


def forms(
    session: Session,
    clinic: Clinic,
    patients: list[int],
    at: datetime,
    *,
    gaps: int = 0,
    wishes: int = 0,
    spread: timedelta = timedelta(),
    **changes: Any,
) -> list[int]:
    """Write a form of a visit at this moment for each patient; the first `gaps` of them are at gap in every domain.

    Of these the first `wishes` want help now. `spread` lies between one visit and the next.
    """
    who, where = clinician(session, clinic), changes.pop("site_id", None) or site(session, clinic)
    visits = [
        {
            "clinic_id": clinic.id,
            "site_id": where,
            "patient_id": patient,
            "clinician_id": who,
            "scheduled_at": at + n * spread,
            "created_at": at,
        }
        for n, patient in enumerate(patients)
    ]
    made = list(session.scalars(insert(Visit).returning(Visit.id, sort_by_parameter_order=True), visits))
    shared = {
        "clinic_id": clinic.id,
        "site_id": where,
        "instrument_id": "trd-barrier-check",
        "instrument_version": "1.0",
        "instrument_digest": "0" * 64,
        "scoring_profile": "1.0",
        "language": "en",
        "mode": "web",
        "state": "submitted",
        "respondent": "self",
        "completion": "complete",
        "responded": 21,
        "core_seconds": 300,
        "revision": 1,
        "document": DOCUMENT,
        "pages_left": 12,
        "pages_total": 12,
        "checkin_mode": "triggered",
        "is_synthetic": True,
        **changes,
    }
    rows = [
        shared
        | {
            "visit_id": visit,
            "patient_id": patient,
            "started_at": at + n * spread,
            "saved_at": at + n * spread,
            "submitted_at": at + n * spread if shared["state"] == "submitted" else None,
            "closed_at": at + n * spread if shared["state"] == "partial" else None,
        }
        for n, (visit, patient) in enumerate(zip(made, patients, strict=True))
    ]
    ids = list(session.scalars(insert(Assessment).returning(Assessment.id, sort_by_parameter_order=True), rows))
    scores = [
        {
            "assessment_id": number,
            "safety_level": "S0",
            **{f"{gap}_level": "gap" if n < gaps else "none" for gap in GAPS},
            **{f"{gap}_wish": "now" if n < wishes else "later" if n < gaps else None for gap in GAPS},
            **dict.fromkeys(("emo", "acc", "adh"), 900 if n < gaps else 100),
        }
        for n, number in enumerate(ids)
    ]
    if shared["state"] != "draft":
        session.execute(insert(AssessmentScore), scores)
    return ids


def count(session: Session, clinic: Clinic, now: datetime) -> None:
    """Count all forms anew."""
    rollup.recount(session, clinic.id, now)


def moment(year: int, month: int, day: int, hour: int = 15, minute: int = 0) -> datetime:
    """Return a moment in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def patient_of(session: Session, form: int) -> Patient:
    """Return whose form it is."""
    return session.get_one(Patient, session.get_one(Assessment, form).patient_id)
