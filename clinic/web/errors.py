"""Turn every refusal and failure into a page in plain words that says what to do next."""

import logging
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from clinic.core.errors import Busy, DamagedRecord, NotFound, NotSent, NoUseForLink, Refusal, TooEarly
from clinic.db.session import db
from clinic.web import access, frame, sessions
from clinic.web.patient import opened

RETRY_SECONDS = 10
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What a page of this status says: what happened, and what to do."""

    heading: LazyString
    advice: LazyString


WORDS: dict[int, Words] = {
    400: Words(
        _l("This page is out of date"),
        _l("Nothing was sent. Go back, load the page again, and try once more."),
    ),
    401: Words(
        _l("Please open your form again"),
        _l(
            "Your answers are saved. Use the link from your clinic once more, or type the short code that came with it."
        ),
    ),
    403: Words(
        _l("This page is not part of your role"),
        _l("If you need it for your work, ask your administrator."),
    ),
    404: Words(
        _l("We cannot find this page"),
        _l(
            "The address may be mistyped, or the page may be gone. "
            "Check the address, or start again from the first page."
        ),
    ),
    405: Words(
        _l("This address cannot be opened like that"),
        _l("Go back to the page you came from and use its buttons."),
    ),
    409: Words(
        _l("This cannot be done now"),
        _l("Nothing was overwritten. Load the page again to see what is stored, then make your change."),
    ),
    410: Words(
        _l("This link has ended"),
        _l("It opens nothing now. Ask your clinic for a new one."),
    ),
    413: Words(
        _l("That is too much at once"),
        _l("Nothing was saved from this page. Go back, shorten the text, and try again."),
    ),
    422: Words(
        _l("Something here cannot be used"),
        _l("Go back, check what you typed, and try again."),
    ),
    429: Words(
        _l("Please wait a little"),
        _l("There were many tries in a short time. Wait, then try again."),
    ),
    500: Words(
        _l("Something went wrong here"),
        _l("It is not your doing. Try again in a minute. If it happens again, tell your clinic what you were doing."),
    ),
    503: Words(
        _l("We are very busy right now"),
        _l("Nothing was lost that was saved before. Wait a moment, then try again."),
    ),
}

# A page of the form that was posted after its session's end is neither stored nor read for signs of danger.
UNSAVED = _l("The page you just filled in was not saved. Open your link again: everything before it is.")

# Each refusal of the domain and its status; a refusal that is not named here is a 422, and its own text is shown.
STATUS_OF: dict[type[Refusal], HTTPStatus] = {
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    DamagedRecord: HTTPStatus.INTERNAL_SERVER_ERROR,
    NotFound: HTTPStatus.NOT_FOUND,
    NotSent: HTTPStatus.CONFLICT,
    NoUseForLink: HTTPStatus.CONFLICT,
    TooEarly: HTTPStatus.CONFLICT,
}
# Their own text is for the log and the command line, not for the person at the page.
SPEAKS_BY_WORDS = (Busy, DamagedRecord, NotFound)


def init_app(app: Flask) -> None:
    """Answer every refusal and failure with a page."""
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(SQLAlchemyError, _on_database)
    app.register_error_handler(InternalServerError, _on_failure)


def page(status: int, *, reason: str | None = None, retry_after: int | None = None) -> Response:
    """Return the page of a status; `reason` is said instead of the general advice, `retry_after` is in seconds."""
    words = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    is_patient = _is_patients_page()
    is_staff = not is_patient and _has_staff_frame()
    is_unsaved = status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED) and request.endpoint == "patient.save"
    is_over = is_unsaved and status == HTTPStatus.UNAUTHORIZED
    body = render_template(
        "errors/error.html",
        status=status,
        heading=words.heading,
        advice=reason or (UNSAVED if is_over else words.advice),
        is_patient=is_patient,
        is_unsaved=is_unsaved,
        minutes=None if retry_after is None or status == HTTPStatus.SERVICE_UNAVAILABLE else -(-retry_after // 60),
        is_staff=is_staff,
        **(opened.frame_without_form() if is_unsaved else {}),
    )
    response = make_response(body, status)
    response.headers["Content-Language"] = get_locale().language
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def status_of(refusal: Refusal) -> HTTPStatus:
    """Return the status of a refusal, that of its nearest named kind."""
    for kind in type(refusal).__mro__:
        if kind in STATUS_OF:
            return STATUS_OF[kind]
    return HTTPStatus.UNPROCESSABLE_ENTITY


def _on_refusal(refusal: Refusal) -> ResponseReturnValue:
    status = status_of(refusal)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return page(status, retry_after=RETRY_SECONDS)
    if isinstance(refusal, DamagedRecord):
        log.error("%s", refusal)
    return page(status, reason=None if isinstance(refusal, SPEAKS_BY_WORDS) else str(refusal) or None)


def _on_csrf(_error: CSRFError) -> ResponseReturnValue:
    if request.endpoint == "security.logout" and not _is_signed_in():
        return redirect(url_for("accounts.signed_out"), 303)
    if _is_patients_page() and sessions.browser_session().kind != sessions.PATIENT:
        return page(HTTPStatus.UNAUTHORIZED)
    return page(HTTPStatus.BAD_REQUEST)


def _on_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    retry_after = getattr(error, "retry_after", None)
    response = page(error.code, retry_after=retry_after if isinstance(retry_after, int) else None)
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = dict(error.get_headers()).get("Allow", "")
    return response


def _on_database(error: SQLAlchemyError) -> ResponseReturnValue:
    log.exception("The database refused", exc_info=error)
    if _is_away(error):
        return page(HTTPStatus.SERVICE_UNAVAILABLE, retry_after=RETRY_SECONDS)
    return page(HTTPStatus.INTERNAL_SERVER_ERROR)


def _on_failure(error: InternalServerError) -> ResponseReturnValue:
    original = error.original_exception
    if isinstance(original, Busy) or (isinstance(original, SQLAlchemyError) and _is_away(original)):
        return page(HTTPStatus.SERVICE_UNAVAILABLE, retry_after=RETRY_SECONDS)
    return page(HTTPStatus.INTERNAL_SERVER_ERROR)


def _is_away(error: SQLAlchemyError) -> bool:
    """Tell whether waiting may help: a lost connection, a full pool, a lock or a full disk."""
    if isinstance(error, PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or type(error).__name__ in ("OperationalError", "InternalError")
    )


def _is_patients_page() -> bool:
    if sessions.browser_session().kind == sessions.PATIENT:
        return True
    starts = ("/q", "/start", "/form", "/help", "/c", "/copy", "/copy.pdf")
    return any(request.path == start or request.path.startswith(f"{start}/") for start in starts)


def _has_staff_frame() -> bool:
    """Tell whether the page can stand in the frame of the staff, with the open alerts and the way on."""
    try:
        # What failed may have left its transaction unusable, and none of it is to be kept.
        db.session.rollback()
        return access.is_signed_in() and bool(frame.staff_frame())
    except (SQLAlchemyError, Refusal):
        # The page about a database that does not answer must not ask it again.
        return False


def _is_signed_in() -> bool:
    try:
        return access.is_signed_in()
    except (SQLAlchemyError, Refusal):
        return False
