"""Opening a form by its link or its short code, and help that needs no form."""

from collections.abc import Callable
from datetime import timedelta

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from clinic.core.errors import NoSuchLink
from clinic.db.session import begin_write, db
from clinic.services import clinic_settings, links
from clinic.web import clock, i18n, sessions
from clinic.web.access import public
from clinic.web.limits import Limiter
from clinic.web.patient import opened
from clinic.web.patient.blueprint import bp
from clinic.web.patient.fields import Post
from clinic.web.security import CLEAR_SITE_DATA

LINK, CODE = "link", "code"
# A whole waiting room may share one address: only misses count, and a right one is taken back.
LIMITS = {
    LINK: {"free": 20, "first_wait": timedelta(seconds=10), "longest": timedelta(minutes=5)},
    CODE: {"free": 10, "first_wait": timedelta(seconds=10), "longest": timedelta(minutes=10)},
}
FORGET = timedelta(hours=1)
LONGEST_CODE = 40


@bp.get("/q/<token>")
@public("Whoever holds the link may open its form; the token is the key.")
def open_link(token: str) -> ResponseReturnValue:
    """Open the form of a link; looking ahead, as mail scanners do, does nothing."""
    if request.method == "HEAD":
        return ""
    return _open(LINK, lambda: links.open_by_token(db.session, token, now=clock.now()))


@bp.get("/start")
@public("Whoever holds the short code may open its form.")
def start() -> ResponseReturnValue:
    """Ask for the short code."""
    return render_template("patient/code.html", **opened.frame_without_form())


@bp.post("/start")
@public("Whoever holds the short code may open its form.")
def open_code() -> ResponseReturnValue:
    """Open the form of a short code."""
    post: Post = request.form
    code = post.get("code", "")[:LONGEST_CODE]
    return _open(CODE, lambda: links.open_by_code(db.session, code, now=clock.now()))


@bp.get("/help")
@public("Help in danger is for everybody.")
def get_help() -> ResponseReturnValue:
    """Show how to get help now, in every language of the pages, the reader's own first."""
    parts = []
    for language in sorted(i18n.LANGUAGES, key=lambda one: one != opened.language()):
        crisis = opened.crisis_in(language)
        with force_locale(language):
            words = {
                "heading": opened.instrument_words("safety.help_button", language),
                "lead": _("You do not have to wait for your visit."),
                "call": _("Call %(number)s", number=crisis.call),
                "text": _("Text %(word)s to %(number)s", word=crisis.text_word, number=crisis.text_to)
                if crisis.text_word
                else _("Text %(number)s", number=crisis.text_to),
                "chat": _("Chat or find help:"),
                "danger": _("In danger now: call %(number)s", number=crisis.emergency_in(language)),
                "nobody": _("No one watches this form live."),
            }
        parts.append((language, crisis, words))
    has_form = opened.LINK in sessions.browser_session()
    return render_template("patient/help.html", parts=parts, has_form=has_form, **opened.frame_without_form())


@bp.get("/left")
@public("It says nothing about anyone.")
def left() -> ResponseReturnValue:
    """Show a page that tells nobody what was open before."""
    response = make_response(render_template("patient/left.html"))
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response


def _open(kind: str, find: Callable[[], links.Opening]) -> ResponseReturnValue:
    limiter = _limiter(kind)
    address = request.remote_addr or "unknown"
    wait = limiter.attempt(address, clock.now())
    # Nobody guesses a link of 128 bits: stale slips at one address must not shut out patients beside them. A code is
    # short enough to guess, so while its address waits even the right one is not looked up.
    if wait and kind == CODE:
        raise _too_many(wait)
    try:
        opening = find()
    except NoSuchLink:
        if wait:
            raise _too_many(wait) from None
        raise
    if not wait:
        limiter.take_back(address)
    if opening.opened_at is None:
        db.session.rollback()
        begin_write(db.session)
        links.note_opened(db.session, opening.link_id, now=clock.now())
        db.session.commit()
    if clinic_settings.read(db.session, opening.clinic_id).ask_birth_date:
        opened.wait_for_birth_date(opening)
        return redirect(url_for("patient.birth_date"), 303)
    opened.begin(opening)
    return redirect(url_for("patient.resume"), 303)


def _too_many(wait: timedelta) -> TooManyRequests:
    return TooManyRequests(retry_after=int(wait.total_seconds()) + 1)


def _limiter(kind: str) -> Limiter:
    limiters: dict[str, Limiter] = current_app.extensions.setdefault("link_limits", {})
    return limiters.setdefault(kind, Limiter(**LIMITS[kind], forget=FORGET))  # type: ignore[arg-type]
