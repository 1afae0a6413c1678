"""The date of birth that a clinic may ask for between a link and its form: few tries, one answer to all wrong ones."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from clinic.core.errors import NoSuchLink
from clinic.db.session import db
from clinic.services import links
from clinic.web import clock, sessions
from clinic.web.access import patient_session
from clinic.web.limits import Limiter
from clinic.web.patient import opened
from clinic.web.patient.blueprint import bp

TRIES = "birth_date_tries"
MOST_TRIES = 3
# A link that is tried from new sessions closes all the same.
CLOSED_FOR = timedelta(minutes=15)
LIMITS = {"free": MOST_TRIES, "first_wait": CLOSED_FOR, "longest": timedelta(hours=4), "forget": timedelta(hours=12)}


@dataclass(frozen=True, slots=True)
class Part:
    """One box of the date; `name` is also what a browser fills in by itself."""

    name: str
    label: str
    width: int


@bp.get("/birth-date")
@patient_session
def birth_date() -> ResponseReturnValue:
    """Ask for the date of birth."""
    return _page()


@bp.post("/birth-date")
@patient_session
def check_birth_date() -> ResponseReturnValue:
    """Open the form where the date is right."""
    session, link_id, now = sessions.browser_session(), _pending(), clock.now()
    limiter: Limiter = current_app.extensions.setdefault("birth_date_limits", Limiter(**LIMITS))  # type: ignore[arg-type]
    wait = limiter.attempt(link_id, now)
    if wait:
        return _closed(wait)
    try:
        opening = links.open_by_id(db.session, link_id, now=now)
    except NoSuchLink:
        sessions.end()
        raise
    if not links.is_born_on(db.session, link_id, _posted()):
        session[TRIES] = session.get(TRIES, 0) + 1
        return _closed(CLOSED_FOR) if session[TRIES] >= MOST_TRIES else (_page(is_wrong=True), 422)
    limiter.forgive(link_id)
    opened.begin(opening)
    return redirect(url_for("patient.resume"), 303)


def _pending() -> int:
    link = sessions.browser_session().get(opened.PENDING)
    if link is None:
        abort(401)
    return int(link)


def _closed(wait: timedelta) -> ResponseReturnValue:
    sessions.end()
    raise TooManyRequests(retry_after=int(wait.total_seconds()) + 1)


def _posted() -> date | None:
    """Return the day that was typed, None for anything that is no day."""
    parts = [request.form.get(one.name, "").strip() for one in _parts()]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    day, month, year = map(int, parts)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parts() -> list[Part]:
    return [Part("day", _("Day"), 2), Part("month", _("Month"), 2), Part("year", _("Year"), 4)]


def _page(*, is_wrong: bool = False) -> str:
    _pending()
    return render_template("patient/birth_date.html", **opened.frame_without_form(), parts=_parts(), is_wrong=is_wrong)
