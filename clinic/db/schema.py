"""Tell at start whether a database fits this version and these keys; needs no Alembic."""

from datetime import datetime

from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from clinic.config import SettingsError
from clinic.core.errors import DamagedRecord
from clinic.db.crypto import keyring_of
from clinic.db.models import KeyCheck

# The newest revision in clinic/migrations; a test holds the two equal.
HEAD = "0004"
_MARK = "Barrier Check"


def revision(session: Session) -> str | None:
    """Return the revision of a database, None where it has no tables yet."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def check(session: Session, now: datetime) -> None:
    """Refuse a database that this version or these keys cannot serve; on a new one, remember the keys.

    Raises SettingsError, in one plain line. Writes at most one row, and commits nothing.
    """
    try:
        found = revision(session)
    except SQLAlchemyError as error:
        raise SettingsError("The database cannot be opened. Check DATABASE_URL and its permissions.") from error
    if found is None or found < HEAD:
        raise SettingsError("The database is older than this version: run clinic db upgrade.")
    if found > HEAD:
        raise SettingsError(f"The database is newer ({found}) than this version ({HEAD}): install the newer one.")
    keyring = keyring_of(session)
    digest = keyring.digest("key check", _MARK)
    try:
        stored = session.execute(select(KeyCheck.sealed, KeyCheck.digest)).one_or_none()
    except DamagedRecord as error:
        raise SettingsError("The encryption keys are not those of this database: put the right ones back.") from error
    if stored is None:
        session.execute(insert(KeyCheck).values(id=1, sealed=_MARK, digest=digest, made_at=now))
    elif stored.digest != digest:
        raise SettingsError("The root secret is not that of this database: put the right one back.")
