"""An uploaded file between its preview and the press that confirms it: sealed, and held by the browser alone."""

import json
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.core.errors import DamagedRecord
from clinic.db.crypto import keyring_of
from clinic.services.visit_import import Plan, Upload

PURPOSE = "visit import"
HOLDS_FOR = timedelta(hours=1)


def seal(session: Session, upload: Upload, shown: Plan, *, clinic_id: int, by: int, now: datetime) -> str:
    """Return an upload and what its preview showed, encrypted and signed for one person of one clinic."""
    values = {
        "for": [PURPOSE, clinic_id, by],
        "at": now.isoformat(),
        "upload": [upload.text, upload.site_id, upload.invites],
        "shown": shown.fingerprint,
    }
    return keyring_of(session).seal(json.dumps(values))


def unseal(session: Session, sealed: str, *, clinic_id: int, by: int, now: datetime) -> tuple[Upload, str] | None:
    """Return an upload and the fingerprint of what its preview showed.

    Returns None for anything else than what `seal` gave this person within the last hour.
    """
    try:
        values = json.loads(keyring_of(session).open(sealed))
    except (DamagedRecord, ValueError):
        return None
    if not isinstance(values, dict) or values.get("for") != [PURPOSE, clinic_id, by]:
        return None
    if now - datetime.fromisoformat(values["at"]) > HOLDS_FOR:
        return None
    text, site_id, invites = values["upload"]
    return Upload(text, site_id, invites), values["shown"]
