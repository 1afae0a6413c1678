"""How the flags of a visit are closed: discussed, or something agreed with who does it by when, and taking it back."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from clinic.core.errors import BadAgreement, NotFound, NotSent
from clinic.core.one_line import one_line
from clinic.db import queries
from clinic.db.base import Base
from clinic.db.models import Agreement, Assessment, Resource, User, Visit
from clinic.services import clinic_settings

Gap = Literal["accessibility", "adherence", "stigma", "support", "other"]
Kind = Literal["discussed", "agreed"]
Who = Literal["patient", "clinician", "clinic", "family", "other"]
GAPS: tuple[Gap, ...] = get_args(Gap)
WHO: tuple[Who, ...] = get_args(Who)
LONGEST = 200
FARTHEST = timedelta(days=730)
# So many of a visit's things are printed on its page and asked about in the next form.
PRINTED = 3

_TABLES = Base.metadata.tables
_ROWS, _STAFF = (_TABLES[one.__tablename__] for one in (Agreement, User))
# Every page of a visit asks for it, so it is built once, on the bare tables.
_OF_VISIT = (
    select(
        _ROWS.c.id,
        _ROWS.c.gap,
        _ROWS.c.kind,
        queries.lenient(_ROWS.c.what),
        _ROWS.c.who,
        _ROWS.c.due_on,
        _ROWS.c.resource_id,
        _ROWS.c.created_at,
        _STAFF.c.display_name,
        _ROWS.c.answered_in,
    )
    .join(_STAFF, _STAFF.c.id == _ROWS.c.created_by)
    .where(
        _ROWS.c.clinic_id == bindparam("clinic"),
        _ROWS.c.visit_id == bindparam("visit"),
        _ROWS.c.taken_back_at.is_(None),
    )
    .order_by(_ROWS.c.id)
)


@dataclass(frozen=True, slots=True)
class Closing:
    """What closes a flag: only discussed, or `what` is done by `who`, until `due_on` or the next visit (None).

    `suggestion` names the idea of the questionnaire that it began with, `resource_id` an entry of the directory.
    """

    gap: Gap
    kind: Kind
    what: str | None = None
    who: Who | None = None
    due_on: date | None = None
    suggestion: str | None = None
    resource_id: int | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """One thing that closed a flag of a visit; `what` is None where only talked about, or where it cannot be read."""

    id: int
    gap: str
    kind: str
    what: str | None
    who: str | None
    due_on: date | None
    resource_id: int | None
    at: datetime
    by: str
    is_answered: bool


def close(session: Session, clinic_id: int, visit_id: int, new: Closing, *, by: int, now: datetime) -> int:
    """Record how a flag was closed, and return its number; the same thing once more makes no second row.

    Raises NotFound, NotSent before the form can be read, and BadAgreement that says what is wrong.
    """
    patient_id = _patient_of(session, clinic_id, visit_id)
    values = _checked(session, clinic_id, new, now)
    for one in of_visit(session, clinic_id, visit_id):
        same = (one.gap, one.kind, one.what, one.who, one.due_on, one.resource_id)
        if same == tuple(values[key] for key in ("gap", "kind", "what", "who", "due_on", "resource_id")):
            return one.id
    row = {"clinic_id": clinic_id, "visit_id": visit_id, "patient_id": patient_id, "created_at": now, "created_by": by}
    made = session.execute(insert(Agreement).values(row | values).returning(Agreement.id))
    return made.scalar_one()


def take_back(session: Session, clinic_id: int, visit_id: int, agreement_id: int, *, by: int, now: datetime) -> bool:
    """Take back how a flag was closed; its row stays, and nothing asks about it or prints it any more.

    Returns False, and changes nothing, where the patient has been asked about it already. Raises NotFound.
    """
    mine = (Agreement.clinic_id == clinic_id, Agreement.visit_id == visit_id, Agreement.id == agreement_id)
    if session.scalar(select(Agreement.id).where(*mine)) is None:
        raise NotFound("Nothing like this was agreed at this visit.")
    session.execute(
        update(Agreement)
        .where(*mine, Agreement.taken_back_at.is_(None), Agreement.answered_in.is_(None))
        .values(taken_back_at=now, taken_back_by=by)
    )
    return session.scalar(select(Agreement.taken_back_at).where(*mine)) is not None


def of_visit(session: Session, clinic_id: int, visit_id: int) -> list[Closed]:
    """Return how the flags of a visit were closed, in the order in which it was done."""
    rows = session.connection().execute(_OF_VISIT, {"clinic": clinic_id, "visit": visit_id})
    return [_closed(row) for row in rows]


def due_days(today: date) -> dict[str, date]:
    """Return the days by which something is usually done: in one week, in two, and in a month."""
    year, before = divmod(today.year * 12 + today.month, 12)
    month = before + 1
    # The next month may be shorter than this one.
    day = min(today.day, monthrange(year, month)[1])
    return {
        "week": today + timedelta(days=7),
        "two_weeks": today + timedelta(days=14),
        "month": date(year, month, day),
    }


def agreed_of(closed: Sequence[Closed]) -> list[Closed]:
    """Return what was agreed, without what was only talked about."""
    return [one for one in closed if one.kind == "agreed"]


def _closed(row: Row[*tuple[Any, ...]]) -> Closed:
    return Closed(
        id=row.id,
        gap=row.gap,
        kind=row.kind,
        what=row.what,
        who=row.who,
        due_on=row.due_on,
        resource_id=row.resource_id,
        at=row.created_at,
        by=row.display_name,
        is_answered=row.answered_in is not None,
    )


def _patient_of(session: Session, clinic_id: int, visit_id: int) -> int:
    """Return the patient of a visit, and let nobody else close its flags until this transaction ends."""
    found = session.execute(
        select(Visit.patient_id, Assessment.state)
        .outerjoin(Assessment, Assessment.visit_id == Visit.id)
        .where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
        # Of a double press, the second must see the row of the first.
        .with_for_update(of=Visit)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such visit.")
    if found.state not in queries.FINISHED:
        raise NotSent("The form has not been sent, so there is no flag to close yet.")
    return int(found.patient_id)


def _checked(session: Session, clinic_id: int, new: Closing, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"gap": new.gap, "kind": new.kind}
    if new.gap not in GAPS:
        raise BadAgreement("Choose one of the gaps.")
    if new.kind == "discussed":
        return values | dict.fromkeys(("what", "who", "due_on", "suggestion", "resource_id"))
    what = one_line(new.what)
    if not what:
        raise BadAgreement("Say what was agreed.")
    if len(what) > LONGEST:
        raise BadAgreement(f"Use at most {LONGEST} characters to say what was agreed.")
    if new.who not in WHO:
        raise BadAgreement("Say who does it.")
    today = now.astimezone(clinic_settings.read(session, clinic_id).zone).date()
    if new.due_on is not None and not today <= new.due_on <= today + FARTHEST:
        raise BadAgreement("Choose a day from today on, within two years.")
    if new.resource_id is not None:
        mine = (Resource.clinic_id == clinic_id, Resource.id == new.resource_id, Resource.retired_at.is_(None))
        if session.scalar(select(Resource.id).where(*mine)) is None:
            raise BadAgreement("This entry is not in the clinic’s directory any more.")
    rest = {"who": new.who, "due_on": new.due_on, "suggestion": new.suggestion, "resource_id": new.resource_id}
    return values | {"what": what} | rest
