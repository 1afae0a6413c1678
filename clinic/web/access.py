"""Who may open which page: every view declares it once, and one place holds every request to it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from clinic.core.scope import Role, Scope
from clinic.db.session import begin_write, db
from clinic.web import sessions

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
WANTED = "wanted"
ASKED_FOR = "to"
SIGN_IN = "security.login"
_DECLARED = "_access"


@dataclass(frozen=True, slots=True)
class Public:
    """Anyone may open the page, for the reason given."""

    reason: str


@dataclass(frozen=True, slots=True)
class PatientOnly:
    """Only a patient whose link opened this session."""


@dataclass(frozen=True, slots=True)
class StaffOnly:
    """Only staff who hold one of these roles."""

    roles: frozenset[Role]


Access = Public | PatientOnly | StaffOnly
ANY_STAFF = StaffOnly(frozenset(Role))

# The views that Flask-Security brings; every other view declares its access where it is written.
FOREIGN_VIEWS: dict[str, Access] = {
    SIGN_IN: Public("Nobody is signed in before signing in."),
    "security.logout": Public("Signing out twice does no harm, and must not ask to sign in."),
    "security.change_password": ANY_STAFF,
}
# Checking a password takes long on purpose, so the turn to write is taken only once it was right.
BEGINS_WRITING_ITSELF = {SIGN_IN}


def public(reason: str) -> Callable[[View], View]:
    """Let anyone open a view; say why."""
    return _declare(Public(reason))


def patient_session(view: View) -> View:
    """Let only a patient's session open a view."""
    return _declare(PatientOnly())(view)


def role_required(*roles: Role) -> Callable[[View], View]:
    """Let only staff with one of these roles open a view."""
    if not roles:
        raise ValueError("Name at least one role.")
    return _declare(StaffOnly(frozenset(roles)))


def declared(app: Flask, endpoint: str) -> Access | None:
    """Return what the view of an endpoint declares, or None where it declares nothing."""
    found = FOREIGN_VIEWS.get(endpoint)
    return found or getattr(app.view_functions.get(endpoint), _DECLARED, None)


def current_scope() -> Scope:
    """Return the clinic, person and roles of the request; only staff pages have one."""
    scope = _scope()
    if scope is None:
        abort(403)
    return scope


def is_signed_in() -> bool:
    """Tell whether the request comes from a member of staff."""
    return _scope() is not None


def may_open(path: str) -> bool:
    """Tell whether the signed-in person may open the page at this path of ours."""
    scope = _scope()
    try:
        endpoint, _ = _adapter().match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    need = declared(current_app, endpoint)
    if isinstance(need, StaffOnly):
        return scope is not None and scope.has(*need.roles)
    return isinstance(need, Public)


def init_app(app: Flask) -> None:
    """Hold every request to its view's declaration, then start its transaction if it may write."""
    app.before_request(_begin_writing)
    app.before_request(_guard)


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        if hasattr(view, _DECLARED):
            raise ValueError(f"{view.__name__} declares its access twice.")
        setattr(view, _DECLARED, access)
        return view

    return mark


def _begin_writing() -> None:
    # Addresses that do not exist have no endpoint, and get no turn.
    if request.method not in SAFE_METHODS and request.endpoint and request.endpoint not in BEGINS_WRITING_ITSELF:
        begin_write(db.session)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    need = declared(current_app, request.endpoint)
    if need is None:
        current_app.logger.error("The view %s declares no access", request.endpoint)
        abort(403)
    if request.endpoint == SIGN_IN and request.method == "GET":
        _keep_wanted(request.args.get(ASKED_FOR, ""))
    if isinstance(need, PatientOnly) and sessions.browser_session().kind != sessions.PATIENT:
        abort(401)
    if isinstance(need, StaffOnly):
        scope = _scope()
        if scope is None:
            return _to_sign_in()
        if not scope.has(*need.roles):
            abort(403)
    return None


def _to_sign_in() -> ResponseReturnValue:
    # A session for every stranger who asks would be a row for every address that a robot tries.
    if request.method != "GET":
        return redirect(url_for(SIGN_IN), 303)
    asked = request.full_path if request.query_string else request.path
    return redirect(url_for(SIGN_IN, **{ASKED_FOR: asked}), 303)  # type: ignore[arg-type]


def _keep_wanted(address: str) -> None:
    """Keep the page to open after signing in; an address that is no page of the staff is left alone."""
    try:
        asked = urlsplit(address)
        endpoint, _ = _adapter().match(asked.path, method="GET")
    except (ValueError, HTTPException, RequestRedirect):
        return
    # Two strokes at the start would name a host.
    is_here = re.match(r"/(?!/)", asked.path) and not asked.scheme and not asked.netloc
    if is_here and isinstance(declared(current_app, endpoint), StaffOnly):
        # Put together anew, it can lead nowhere but to the page that was found.
        sessions.browser_session()[WANTED] = urlunsplit(("", "", asked.path, asked.query, ""))


def _adapter() -> MapAdapter:
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None, "A request has an adapter."  # noqa: S101
    return adapter


def _scope() -> Scope | None:
    session = sessions.browser_session()
    if session.kind != sessions.STAFF or not current_user.is_authenticated:
        return None
    if session.user_id != current_user.id:
        return None
    known = {role.value for role in Role}
    roles = frozenset(Role(role.name) for role in current_user.roles if role.name in known)
    return Scope(current_user.clinic_id, current_user.id, roles)
