"""Corrections of a visit that was made: its day, hour, clinician and place, and cancelling it or taking that back."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.core.errors import BadVisit
from clinic.db import queries
from clinic.db.models import Assessment, Visit
from clinic.services import invitations, links, outbox, visits
from clinic.services.visits import Appointment

# Every correction names the revision of the visit that it was made from, so that of two people at once the later one
# is told and undoes nothing unseen.


def move(session: Session, clinic_id: int, visit_id: int, to: Appointment, *, seen: int, now: datetime) -> bool:
    """Give a visit another time, clinician or place; its link goes on and lasts to the end of the new day.

    What waits to be sent is written anew, and the visit is reminded of at its new time.

    Returns False, and changes nothing, where somebody else changed or cancelled the visit since revision `seen`.
    Raises NotFound, and BadVisit for a place or clinician that may not be chosen and for a time at which the patient
    has another visit.
    """
    stored = visits.card(session, clinic_id, visit_id)
    # Whom the visit has already may stay, also when they have left the clinic.
    if to.clinician_id not in {stored.clinician_id, *(one.id for one in visits.clinicians(session, clinic_id))}:
        raise BadVisit("Choose one of the clinic’s clinicians.")
    if to.site_id not in {one.id for one in visits.sites(session, clinic_id)}:
        raise BadVisit("Choose one of the clinic’s sites.")
    values = {"scheduled_at": to.scheduled_at, "clinician_id": to.clinician_id, "site_id": to.site_id}
    if not _write(session, clinic_id, visit_id, values, Visit.cancelled_at.is_(None), seen=seen):
        return False
    links.keep_through(session, clinic_id, visit_id, to.scheduled_at, now=now)
    invitations.renew(session, clinic_id, visit_id, now=now)
    return True


def cancel(session: Session, clinic_id: int, visit_id: int, *, seen: int, now: datetime) -> bool:
    """Cancel a visit whose form has not been sent: its link opens nothing, and what was answered stays unread.

    Messages that wait are withdrawn.

    Returns False, and changes nothing, where it was sent, or somebody else changed the visit since revision `seen`.
    Raises NotFound.
    """
    visits.card(session, clinic_id, visit_id)
    is_finished = exists().where(Assessment.visit_id == Visit.id, Assessment.state.in_(queries.FINISHED))
    open_still = (Visit.cancelled_at.is_(None), ~is_finished)
    if not _write(session, clinic_id, visit_id, {"cancelled_at": now}, *open_still, seen=seen):
        return False
    outbox.withdraw(session, clinic_id, visit_id=visit_id)
    return True


def take_back(session: Session, clinic_id: int, visit_id: int, *, seen: int, now: datetime) -> bool:
    """Let a cancelled visit take place after all: its link opens again, until its time is over.

    An invitation that was withdrawn before it left is written anew.

    Returns False, and changes nothing, where somebody else changed the visit since revision `seen`. Raises NotFound,
    and BadVisit where the patient has another visit at this time by now.
    """
    visits.card(session, clinic_id, visit_id)
    if not _write(session, clinic_id, visit_id, {"cancelled_at": None}, Visit.cancelled_at.is_not(None), seen=seen):
        return False
    invitations.resume(session, clinic_id, visit_id, now=now)
    return True


def _write(
    session: Session, clinic_id: int, visit_id: int, values: dict[str, Any], *conditions: Any, seen: int
) -> bool:
    mine = (Visit.clinic_id == clinic_id, Visit.id == visit_id, Visit.revision == seen, *conditions)
    change = update(Visit).where(*mine).values(**values, revision=Visit.revision + 1)
    try:
        with session.begin_nested():
            changed = session.execute(change, execution_options={"synchronize_session": False})
    except IntegrityError as error:
        raise BadVisit("The patient has another visit at this time. Choose another time.") from error
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]
