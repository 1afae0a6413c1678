"""What came of the things that visits agreed: asked in the next form, kept with each thing, told to the clinic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from clinic.core.instrument import AGREED
from clinic.core.path import Draft
from clinic.db.base import Base
from clinic.db.models import Agreement, Patient, Visit
from clinic.db.queries import lenient

MOST_ASKED = 3

_AGREED, _VISITS = (Base.metadata.tables[one.__tablename__] for one in (Agreement, Visit))
_MADE = (_AGREED.c.kind == "agreed", _AGREED.c.taken_back_at.is_(None))
# A form asks for these with every page, so the statements are built once.
_BEFORE = (
    select(_AGREED.c.id, _AGREED.c.visit_id)
    .join(_VISITS, _VISITS.c.id == _AGREED.c.visit_id)
    .where(
        _AGREED.c.clinic_id == bindparam("clinic"),
        _AGREED.c.patient_id == bindparam("patient"),
        _VISITS.c.scheduled_at < bindparam("visit_at"),
        _AGREED.c.answered_in.is_(None),
        *_MADE,
    )
    .order_by(_VISITS.c.scheduled_at.desc(), _AGREED.c.visit_id.desc(), _AGREED.c.id)
)
_THESE = (
    select(_AGREED.c.id, _AGREED.c.what, _AGREED.c.who, _AGREED.c.due_on)
    .where(_AGREED.c.clinic_id == bindparam("clinic"), _AGREED.c.id.in_(bindparam("these", expanding=True)), *_MADE)
    .order_by(_AGREED.c.id)
)
_AROUND = (
    select(_AGREED.c.id, _AGREED.c.visit_id, _AGREED.c.what, _AGREED.c.who, _AGREED.c.due_on, _AGREED.c.created_at)
    .where(
        _AGREED.c.clinic_id == bindparam("clinic"),
        or_(_AGREED.c.visit_id == bindparam("visit"), _AGREED.c.id.in_(bindparam("these", expanding=True))),
        *_MADE,
    )
    .order_by(_AGREED.c.id)
)
# What a form was sent with is never written over by another one.
_ANSWER = update(_AGREED).where(
    _AGREED.c.clinic_id == bindparam("clinic"),
    _AGREED.c.id == bindparam("agreement"),
    _AGREED.c.answered_in.is_(None),
)


@dataclass(frozen=True, slots=True)
class AgreedThing:
    """One thing that an earlier visit agreed: what, who does it ("patient", "clinic", ...), and by when."""

    id: int
    what: str
    who: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Life:
    """One thing agreed and what came of it; `what` is None where it cannot be read.

    `happened` and `helped` (0-4) are None where the patient has not said so, `answered_at` where no form has asked yet.
    """

    id: int
    visit_id: int
    patient_id: int
    patient_name: str | None
    agreed_at: datetime
    gap: str
    what: str | None
    who: str | None
    due_on: date | None
    happened: str | None
    helped: int | None
    answered_at: datetime | None


def to_ask(session: Session, clinic_id: int, patient_id: int, *, visit_at: datetime) -> tuple[int, ...]:
    """Return the numbers of what the form of a visit asks about: what the latest earlier visit agreed, at most three.

    Nothing that an earlier form was sent with is asked again.
    """
    given = {"clinic": clinic_id, "patient": patient_id, "visit_at": visit_at}
    rows = session.connection().execute(_BEFORE, given).all()
    return tuple(row.id for row in rows if row.visit_id == rows[0].visit_id)[:MOST_ASKED]


def read(session: Session, clinic_id: int, these: Sequence[int]) -> tuple[AgreedThing, ...]:
    """Return what was agreed by number; what was taken back since is left out."""
    if not these:
        return ()
    rows = session.connection().execute(_THESE, {"clinic": clinic_id, "these": list(these)})
    return tuple(AgreedThing(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class AroundVisit:
    """One thing that a visit agreed, or that its form asked about."""

    id: int
    visit_id: int
    what: str
    who: str | None
    due_on: date | None
    agreed_at: datetime


def around(session: Session, clinic_id: int, visit_id: int, asked: Sequence[int]) -> list[AroundVisit]:
    """Return what a visit agreed and what its form asked about, the oldest first, in one query."""
    given = {"clinic": clinic_id, "visit": visit_id, "these": list(asked)}
    return [AroundVisit(*row) for row in session.connection().execute(_AROUND, given)]


def store(session: Session, clinic_id: int, assessment_id: int, draft: Draft, *, now: datetime) -> None:
    """Keep with everything that a form asked about what the patient said of it; no answer is kept as none.

    A form that was closed before its patient came to the page has not asked.
    """
    for number in draft.agreed:
        said = draft.given.followed.get(str(number))
        if said is None and AGREED not in draft.left:
            continue
        values = {
            "happened": said.happened if said else None,
            "helped": said.helped if said else None,
            "answered_in": assessment_id,
            "answered_at": now,
        }
        session.connection().execute(_ANSWER, {"clinic": clinic_id, "agreement": number, **values})


def life_of(session: Session, clinic_id: int, patient_id: int) -> list[Life]:
    """Return everything that was ever agreed with a patient, the latest first."""
    found = _LIFE.where(Agreement.clinic_id == clinic_id, Agreement.patient_id == patient_id)
    return [Life(*row) for row in session.execute(found.order_by(Agreement.created_at.desc(), Agreement.id.desc()))]


def past_due(session: Session, clinic_id: int, clinician_id: int, *, today: date) -> list[Life]:
    """Return what a clinician's visits agreed whose date has passed and of which nothing is known yet, oldest first."""
    found = _LIFE.where(
        Agreement.clinic_id == clinic_id,
        Visit.clinician_id == clinician_id,
        Agreement.answered_in.is_(None),
        Agreement.due_on < today,
    )
    return [Life(*row) for row in session.execute(found.order_by(Agreement.due_on, Agreement.id))]


_LIFE = (
    select(
        Agreement.id,
        Agreement.visit_id,
        Agreement.patient_id,
        lenient(Patient.name),
        Agreement.created_at,
        Agreement.gap,
        lenient(Agreement.what),
        Agreement.who,
        Agreement.due_on,
        Agreement.happened,
        Agreement.helped,
        Agreement.answered_at,
    )
    .join(Visit, Visit.id == Agreement.visit_id)
    .join(Patient, Patient.id == Agreement.patient_id)
    .where(Agreement.kind == "agreed", Agreement.taken_back_at.is_(None))
)
