"""Sessions as rows on the server: the cookie carries a random id, the database what it stands for."""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask import session as current
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from clinic.core.errors import Busy, DamagedRecord
from clinic.db.base import Base
from clinic.db.models import WebSession
from clinic.db.session import begin_write, db
from clinic.web import clock

STAFF, PATIENT, ANONYMOUS = "staff", "patient", "anonymous"
# Without a request for this long, or this long after its start, a session is over. A visitor who has not signed in
# keeps nothing but the token of a form, which may wait on a desk all day.
IDLE = {STAFF: timedelta(minutes=15), PATIENT: timedelta(minutes=60), ANONYMOUS: timedelta(hours=12)}
ABSOLUTE = {STAFF: timedelta(hours=12), PATIENT: timedelta(hours=12), ANONYMOUS: timedelta(hours=12)}
# Noting each request would make a write of every read: a use counts from the last one that was noted.
TOUCH_AFTER = {kind: idle / 12 for kind, idle in IDLE.items()}
ID_BYTES = 32
# The header of a request that a page makes by itself.
REFRESH = "X-Refresh"

# Every request reads its session, so the statements are built once, on the bare table: building one costs more than
# running it, and so does looking for objects in its rows.
_TABLE = Base.metadata.tables[WebSession.__tablename__]
_ROWS = _TABLE.c
_BY_COOKIE = select(
    _ROWS.kind,
    _ROWS.user_id,
    _ROWS.data,
    _ROWS.last_used_at,
    _ROWS.expires_at,
).where(_ROWS.id_hash == bindparam("hashed"))
_INSERT = insert(_TABLE)
_DELETE_OLD = delete(_TABLE).where(_ROWS.expires_at < bindparam("now"))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Row:
    id_hash: str
    last_used_at: datetime
    expires_at: datetime


class BrowserSession(CallbackDict[str, Any], SessionMixin):
    """What is known of one browser: a kind, whom it stands for, and small values."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        """Make a session that no row stands for yet."""

        def changed(session: CallbackDict[str, Any]) -> None:
            cast(BrowserSession, session).modified = True

        super().__init__(values, changed)
        self.kind = ANONYMOUS
        self.user_id: int | None = None
        self.row: _Row | None = None
        self.retired: list[str] = []
        self.modified = False
        self.ended = False
        self.expired = False
        self.unavailable = False

    def renew(self, kind: str, *, user_id: int | None = None, keep: Iterable[str] = ()) -> None:
        """Begin a session of this kind under a new id; of the old one only the values named in `keep` stay."""
        kept = {name: self[name] for name in keep if name in self}
        self._retire()
        self.update(kept)
        self.kind, self.user_id = kind, user_id
        self.modified = True

    def end(self) -> None:
        """End this session on the server; its cookie opens nothing from now on."""
        self._retire()
        self.kind, self.user_id = ANONYMOUS, None
        self.modified = False
        self.ended = True

    def _retire(self) -> None:
        if self.row is not None:
            self.retired.append(self.row.id_hash)
            self.row = None
        self.clear()


class DatabaseSessions(SessionInterface):
    """Load and store browser sessions, each in a short transaction of its own."""

    def __init__(self, *, over_tls: bool) -> None:
        """Choose the cookie: `__Host-` with Secure over TLS, a plain one on a loopback address."""
        self.over_tls = over_tls
        self.cookie = "__Host-session" if over_tls else "session"

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Return the session of the request's cookie, or a new one where it has none that is still alive."""
        session = BrowserSession()
        given = request.cookies.get(self.cookie, "")
        if not given:
            return session
        hashed = _hashed(given)
        try:
            with db.engine.connect() as connection:
                stored = connection.execute(_BY_COOKIE, {"hashed": hashed}).one_or_none()
            if stored is None or _is_over(stored.kind, stored.last_used_at, stored.expires_at, clock.now()):
                session.expired = True
                return session
            session.update(stored.data)
            session.kind = stored.kind
            session.user_id = stored.user_id
            session.row = _Row(hashed, stored.last_used_at, stored.expires_at)
        except DamagedRecord:
            session.clear()
            session.expired = True
        except (SQLAlchemyError, Busy):
            log.exception("The sessions cannot be read")
            session.unavailable = True
        session.modified = False
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed, and give or take the cookie."""
        if not isinstance(session, BrowserSession) or session.unavailable:
            return
        now = clock.now()
        # A page that fetches itself again is no use of it: who has left the desk is signed out all the same, and what
        # was to be told to somebody waits for the next page that they open.
        is_used = request.method != "GET" or REFRESH not in request.headers
        if session.retired or (is_used and (session.modified or _is_stale(session, now))):
            # A view has committed what it means to keep; a transaction left open would hold the one turn to write.
            db.session.rollback()
            cookie = self._store(session, now)
            if cookie is not None:
                response.set_cookie(self.cookie, cookie, path="/", secure=self.over_tls, httponly=True, samesite="Lax")
        if session.ended and session.row is None:
            response.delete_cookie(self.cookie, path="/", secure=self.over_tls, httponly=True, samesite="Lax")

    def _store(self, session: BrowserSession, now: datetime) -> str | None:
        """Write the session's row and return the id of a new one."""
        is_needed = bool(session) or session.kind != ANONYMOUS
        if session.row is None and not is_needed and not session.retired:
            return None
        try:
            with db.sessionmaker() as own:
                begin_write(own)
                if session.retired:
                    own.execute(delete(WebSession).where(WebSession.id_hash.in_(session.retired)))
                cookie = None
                if session.row is not None:
                    _change(own, session, session.row, now)
                elif is_needed:
                    cookie = _insert(own, session, now)
                own.commit()
        except Busy:
            if session.retired or session.modified:
                raise
            # Noting the time of use can wait for the next request.
            return None
        session.retired.clear()
        session.modified = False
        return cookie


def browser_session() -> BrowserSession:
    """Return the session of the request."""
    return cast(BrowserSession, current._get_current_object())  # type: ignore[attr-defined]


def begin_patient(*, keep: Iterable[str] = ("language",)) -> BrowserSession:
    """Begin a patient's session under a new id, as the opening of a link does; it signs staff out."""
    session = browser_session()
    session.renew(PATIENT, keep=keep)
    return session


def end() -> None:
    """End the request's session on the server."""
    browser_session().end()


def ends_at(session: BrowserSession, now: datetime) -> datetime:
    """Return when this session will be over if nothing more is asked from now on.

    It is the end that the row will have: a use that is not noted does not move it.
    """
    if session.row is None:
        return now + min(IDLE[session.kind], ABSOLUTE[session.kind])
    used = now if session.modified or _is_stale(session, now) else session.row.last_used_at
    return min(used + IDLE[session.kind], session.row.expires_at)


def end_all_of(own: Session, user_id: int) -> None:
    """End every session of a member of staff; the caller commits."""
    own.execute(delete(WebSession).where(WebSession.user_id == user_id))


def init_app(app: Flask, *, over_tls: bool) -> None:
    """Keep this application's sessions in its database."""
    app.session_interface = DatabaseSessions(over_tls=over_tls)
    app.before_request(_refuse_without_database)


def _refuse_without_database() -> None:
    # Who is asking cannot be known, so nothing is opened.
    if browser_session().unavailable:
        raise Busy("The database does not answer. Nothing was saved. Please try again in a moment.")


def _change(own: Session, session: BrowserSession, row: _Row, now: datetime) -> None:
    values: dict[str, Any] = {"last_used_at": now}
    if session.modified:
        values["data"] = dict(session)
    # A session that was ended meanwhile is not brought back: no row is changed then.
    own.execute(update(WebSession).where(WebSession.id_hash == row.id_hash).values(values))


def _insert(own: Session, session: BrowserSession, now: datetime) -> str:
    own.execute(_DELETE_OLD, {"now": now})
    cookie = secrets.token_urlsafe(ID_BYTES)
    row = {
        "id_hash": _hashed(cookie),
        "kind": session.kind,
        "user_id": session.user_id,
        "data": dict(session),
        "created_at": now,
        "last_used_at": now,
        "expires_at": now + ABSOLUTE[session.kind],
    }
    own.execute(_INSERT, row)
    session.row = _Row(_hashed(cookie), now, now + ABSOLUTE[session.kind])
    return cookie


def _hashed(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def _is_over(kind: str, last_used_at: datetime, expires_at: datetime, now: datetime) -> bool:
    return now >= expires_at or now - last_used_at >= IDLE[kind]


def _is_stale(session: BrowserSession, now: datetime) -> bool:
    return session.row is not None and now - session.row.last_used_at >= TOUCH_AFTER[session.kind]
