"""The patient's copy of what a visit agreed: what stands on it, and the link that opens it for a month."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from clinic.core.errors import NoSuchLink, NotFound
from clinic.db import queries
from clinic.db.crypto import keyring_of, new_salt, token_hash
from clinic.db.models import CopyLink, Patient, User, Visit
from clinic.services import agreements, resources
from clinic.services.agreements import Closed
from clinic.services.resources import Entry

LINK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Copy:
    """What a visit agreed, for the patient: no score, no level and no answer.

    `agreed` is in the order in which it was agreed, `places` are the entries of the directory that it names and that
    are still in use. `name` is None where it is damaged; `language` is the patient's own.
    """

    clinic_id: int
    visit_id: int
    name: str | None
    language: str
    visit_at: datetime
    clinician: str
    agreed: tuple[Closed, ...]
    places: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """One link to a copy; the token is made again from its salt, only its hash is stored."""

    token: str
    expires_at: datetime

    @property
    def path(self) -> str:
        """Return the address of the copy on this server."""
        return f"/c/{self.token}"


def of_visit(session: Session, clinic_id: int, visit_id: int) -> Copy:
    """Return the copy of a visit as it stands now; raises NotFound."""
    row = session.execute(
        select(queries.lenient(Patient.name), Patient.language, Visit.scheduled_at, User.display_name)
        .join(Patient, Patient.id == Visit.patient_id)
        .join(User, User.id == Visit.clinician_id)
        .where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such visit.")
    # What cannot be read is no promise that anybody could keep.
    agreed = [one for one in agreements.of_visit(session, clinic_id, visit_id) if one.kind == "agreed" and one.what]
    named = {one.resource_id for one in agreed if one.resource_id is not None}
    entries = resources.directory(session, clinic_id) if named else []
    return Copy(
        clinic_id=clinic_id,
        visit_id=visit_id,
        name=row.name,
        language=row.language,
        visit_at=row.scheduled_at,
        clinician=row.display_name,
        agreed=tuple(agreed),
        places=tuple(one for one in entries if one.id in named),
    )


def issue(session: Session, clinic_id: int, visit_id: int, *, by: int | None, now: datetime) -> Link:
    """Make the link to a visit's copy, and end the ones before it; raises NotFound."""
    # Two people at once: the later one ends the link of the earlier.
    visit = select(Visit.id).where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
    if session.scalar(visit.with_for_update()) is None:
        raise NotFound("There is no such visit.")
    revoke(session, clinic_id, visit_id, now=now)
    salt = new_salt()
    link = Link(keyring_of(session).link_token(salt), now + timedelta(days=LINK_DAYS))
    row = {
        "clinic_id": clinic_id,
        "visit_id": visit_id,
        "salt": salt,
        "token_hash": token_hash(link.token),
        "expires_at": link.expires_at,
        "created_at": now,
        "created_by": by,
    }
    session.execute(insert(CopyLink).values(row))
    return link


def current(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> Link | None:
    """Return the link to a visit's copy that still opens, so that it can be shown again; None where there is none."""
    found = session.execute(
        select(CopyLink.salt, CopyLink.expires_at)
        .where(CopyLink.clinic_id == clinic_id, CopyLink.visit_id == visit_id)
        .where(CopyLink.revoked_at.is_(None), CopyLink.expires_at > now)
        .order_by(CopyLink.id.desc())
    ).first()
    return None if found is None else Link(keyring_of(session).link_token(found.salt), found.expires_at)


def revoke(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> None:
    """End all links to a visit's copy at once, also for those who have opened one."""
    session.execute(
        update(CopyLink)
        .where(CopyLink.clinic_id == clinic_id, CopyLink.visit_id == visit_id, CopyLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def open_by_token(session: Session, token: str, *, now: datetime) -> int:
    """Return the number of a token's link if it may be opened now; raises NoSuchLink, whatever the reason."""
    found = session.execute(
        select(CopyLink.id, CopyLink.revoked_at, CopyLink.expires_at).where(CopyLink.token_hash == token_hash(token))
    ).one_or_none()
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        raise NoSuchLink
    return int(found.id)


def clinic_of(session: Session, link_id: int) -> int | None:
    """Return the clinic that a link belongs to, also once it has ended."""
    return session.scalar(select(CopyLink.clinic_id).where(CopyLink.id == link_id))


def of_link(session: Session, link_id: int, *, now: datetime) -> Copy:
    """Return the copy that a session's link leads to; raises NoSuchLink once it has ended."""
    found = session.execute(
        select(CopyLink.clinic_id, CopyLink.visit_id)
        .where(CopyLink.id == link_id)
        .where(CopyLink.revoked_at.is_(None), CopyLink.expires_at > now)
    ).one_or_none()
    if found is None:
        raise NoSuchLink
    return of_visit(session, found.clinic_id, found.visit_id)
