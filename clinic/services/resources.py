"""The clinic's own directory of what helps close by: kept by hand, and only as good as its last check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from clinic.core.errors import BadResource, NotFound
from clinic.core.one_line import one_line
from clinic.db.base import Base
from clinic.db.models import Clinic, Resource, User
from clinic.services import clinic_settings
from clinic.services.agreements import GAPS
from clinic.services.clinic_settings import CHECKED_DAYS

LONGEST = {"name": 120, "offers": 300, "phone": 40, "address": 200, "url": 300}
LANGUAGES_LONGEST, MOST_LANGUAGES = 40, 12

_ROWS, _STAFF = (Base.metadata.tables[one.__tablename__] for one in (Resource, User))
# The page of a visit asks for it, so it is built once, on the bare tables.
_OF_CLINIC = (
    select(
        _ROWS.c.id,
        _ROWS.c.revision,
        _ROWS.c.name,
        _ROWS.c.offers,
        _ROWS.c.gaps,
        _ROWS.c.phone,
        _ROWS.c.address,
        _ROWS.c.url,
        _ROWS.c.languages,
        _ROWS.c.checked_on,
        _STAFF.c.display_name.label("checked_by"),
        _ROWS.c.retired_at,
    )
    .outerjoin(_STAFF, _STAFF.c.id == _ROWS.c.checked_by)
    .where(_ROWS.c.clinic_id == bindparam("clinic"))
)
_IN_USE = _OF_CLINIC.where(_ROWS.c.retired_at.is_(None))
_ONE = _OF_CLINIC.where(_ROWS.c.id == bindparam("resource"))


@dataclass(frozen=True, slots=True)
class NewResource:
    """What is known of an entry when it is added or changed; `gaps` are names in small letters, `url` begins https."""

    name: str
    offers: str
    gaps: tuple[str, ...]
    phone: str | None = None
    address: str | None = None
    url: str | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry(NewResource):
    """One entry as it is stored; `revision` is named by a change, `retired_at` is None while it is in use."""

    id: int = 0
    revision: int = 0
    checked_on: date = date.min
    checked_by: str | None = None
    retired_at: datetime | None = None

    def is_unchecked(self, today: date) -> bool:
        """Tell whether nobody has checked the entry for so long that it may be wrong by now."""
        return today - self.checked_on > timedelta(days=CHECKED_DAYS)


def directory(session: Session, clinic_id: int, *, with_retired: bool = False) -> list[Entry]:
    """Return a clinic's entries by name, the retired ones last where they are asked for."""
    rows = session.connection().execute(_OF_CLINIC if with_retired else _IN_USE, {"clinic": clinic_id})
    found = [_entry(row) for row in rows]
    return sorted(found, key=lambda one: (one.retired_at is not None, one.name.casefold(), one.id))


def entry(session: Session, clinic_id: int, resource_id: int) -> Entry:
    """Return one entry, also a retired one; raises NotFound."""
    row = session.connection().execute(_ONE, {"clinic": clinic_id, "resource": resource_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such entry in the clinic’s directory.")
    return _entry(row)


def add(session: Session, clinic_id: int, new: NewResource, *, checked_on: date, by: int | None, now: datetime) -> int:
    """Add an entry that somebody checked on a day, and return its number; the same entry twice is the one there.

    Raises BadResource that says what is wrong.
    """
    values = _checked(new)
    if checked_on > _today(session, clinic_id, now):
        raise BadResource("The day of the last check has not come yet.")
    # Of two presses at once the second waits here for the first; what refers to the clinic does not.
    session.execute(select(Clinic.id).where(Clinic.id == clinic_id).with_for_update(key_share=True))
    for one in directory(session, clinic_id):
        if all(getattr(one, key) == (tuple(told) if isinstance(told, list) else told) for key, told in values.items()):
            return one.id
    row = {"clinic_id": clinic_id, "checked_on": checked_on, "checked_by": by, "created_at": now, "created_by": by}
    return session.execute(insert(Resource).values(row | values).returning(Resource.id)).scalar_one()


def change(session: Session, clinic_id: int, resource_id: int, to: NewResource, *, seen: int) -> bool:
    """Give an entry these words.

    Returns False, and changes nothing, where somebody else changed it since revision `seen`. Raises NotFound, and
    BadResource.
    """
    entry(session, clinic_id, resource_id)
    return _write(session, clinic_id, resource_id, _checked(to), seen=seen)


def mark_checked(session: Session, clinic_id: int, resource_id: int, *, by: int, now: datetime) -> None:
    """Record that somebody has checked an entry today; a change under way goes on. Raises NotFound."""
    entry(session, clinic_id, resource_id)
    mine = (Resource.clinic_id == clinic_id, Resource.id == resource_id)
    session.execute(update(Resource).where(*mine).values(checked_on=_today(session, clinic_id, now), checked_by=by))


def retire(session: Session, clinic_id: int, resource_id: int, *, by: int, now: datetime, seen: int) -> bool:
    """Take an entry out of use; what was agreed with it stays. Returns as `change`, raises NotFound."""
    entry(session, clinic_id, resource_id)
    return _write(session, clinic_id, resource_id, {"retired_at": now, "retired_by": by}, seen=seen)


def bring_back(session: Session, clinic_id: int, resource_id: int, *, seen: int) -> bool:
    """Use a retired entry again. Returns as `change`, raises NotFound."""
    entry(session, clinic_id, resource_id)
    return _write(session, clinic_id, resource_id, {"retired_at": None, "retired_by": None}, seen=seen)


def for_gap(entries: Sequence[Entry], gap: str) -> list[Entry]:
    """Return the entries that help with a gap; what belongs to none of the four may be helped by any."""
    return [one for one in entries if gap == "other" or gap in one.gaps]


def _write(session: Session, clinic_id: int, resource_id: int, values: dict[str, Any], *, seen: int) -> bool:
    mine = (Resource.clinic_id == clinic_id, Resource.id == resource_id, Resource.revision == seen)
    change = update(Resource).where(*mine).values(**values, revision=Resource.revision + 1)
    changed = session.execute(change, execution_options={"synchronize_session": False})
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def _checked(new: NewResource) -> dict[str, Any]:
    values: dict[str, Any] = {key: one_line(getattr(new, key)) or None for key in LONGEST}
    if not values["name"]:
        raise BadResource("Give the entry a name.")
    if not values["offers"]:
        raise BadResource("Say what it offers.")
    for key, most in LONGEST.items():
        if values[key] and len(values[key]) > most:
            raise BadResource(f"Use at most {most} characters: {values[key][:30]} …")
    if values["url"] and not is_https(values["url"]):
        raise BadResource("A link begins with https:// and holds no spaces.")
    if not new.gaps or not {*new.gaps} <= {*GAPS} - {"other"}:
        raise BadResource("Choose at least one of the four gaps.")
    spoken = [said for one in new.languages if (said := one_line(one))]
    if len(spoken) > MOST_LANGUAGES or any(len(one) > LANGUAGES_LONGEST for one in spoken):
        raise BadResource(f"Name at most {MOST_LANGUAGES} languages, each in a word or two.")
    gaps = [one for one in GAPS if one in new.gaps]
    return {**values, "gaps": gaps, "languages": list(dict.fromkeys(spoken))}


def is_https(address: str) -> bool:
    """Tell whether an address leads to a page of the open web by https, and to nothing else."""
    try:
        parts = urlsplit(address)
        # Reading the port is what finds out that it is none.
        is_plain = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    has_odd = any(one.isspace() or not one.isprintable() or one in '<>"\\' for one in address)
    return parts.scheme == "https" and "." in host.strip(".") and "@" not in parts.netloc and is_plain and not has_odd


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    values = {**row._mapping, "gaps": tuple(row.gaps), "languages": tuple(row.languages)}
    return Entry(**values)


def _today(session: Session, clinic_id: int, now: datetime) -> date:
    return now.astimezone(clinic_settings.read(session, clinic_id).zone).date()
