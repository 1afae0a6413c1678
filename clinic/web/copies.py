"""The patient's copy of what was agreed: for the staff to print and to hand on, for the patient behind a link."""

from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from clinic.core.errors import NoSuchLink
from clinic.core.patient_copy import CopyPage
from clinic.core.scope import Role
from clinic.db.session import db
from clinic.reports.copy_pdf import copy_pdf
from clinic.reports.summary_pdf import PageSize
from clinic.services import clinic_settings, copies
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.copies import Copy
from clinic.web import clock, frame, i18n, sessions
from clinic.web.access import current_scope, public, role_required
from clinic.web.addresses import ROW
from clinic.web.copy_words import copy_page, language_of
from clinic.web.limits import Limiter
from clinic.web.patient import opened
from clinic.web.printing import count_file
from clinic.web.qr import qr_code

bp = Blueprint("copies", __name__)

# As for the links of forms: only misses count, and a right one is taken back.
LIMIT = {"free": 20, "first_wait": timedelta(seconds=10), "longest": timedelta(minutes=5), "forget": timedelta(hours=1)}


@bp.get(f"/visits/<{ROW}:visit_id>/copy")
@role_required(Role.CLINICIAN)
def preview(visit_id: int) -> ResponseReturnValue:
    """Show the copy as the patient will read it, and its link."""
    clinic_id, now = current_scope().clinic_id, clock.now()
    copy = copies.of_visit(db.session, clinic_id, visit_id)
    link = copies.current(db.session, clinic_id, visit_id, now=now)
    url = request.host_url.rstrip("/") + link.path if link else None
    named = {one.resource_id for one in copy.agreed if one.resource_id is not None}
    return render_template(
        "copies/preview.html",
        copy=copy_page(copy, frame.settings(), with_name=True),
        visit_id=visit_id,
        link=link,
        url=url,
        qr=qr_code(url) if url else None,
        days=copies.LINK_DAYS,
        left_out=len(named) - len(copy.places),
        unchecked=[one for one in copy.places if one.is_unchecked(now.astimezone(frame.settings().zone).date())],
    )


@bp.get(f"/visits/<{ROW}:visit_id>/copy.pdf")
@role_required(Role.CLINICIAN)
def paper(visit_id: int) -> ResponseReturnValue:
    """Send the copy on the clinic's paper."""
    scope = current_scope()
    count_file(("user", scope.user_id))
    copy = copies.of_visit(db.session, scope.clinic_id, visit_id)
    return _file(copy_page(copy, frame.settings(), with_name=True), frame.settings(), clock.now())


@bp.post(f"/visits/<{ROW}:visit_id>/copy/link")
@role_required(Role.CLINICIAN)
def issue(visit_id: int) -> ResponseReturnValue:
    """Make the copy's link; one that was there ends."""
    scope = current_scope()
    copies.issue(db.session, scope.clinic_id, visit_id, by=scope.user_id, now=clock.now())
    db.session.commit()
    return redirect(url_for(".preview", visit_id=visit_id, _anchor="link"), HTTPStatus.SEE_OTHER)


@bp.post(f"/visits/<{ROW}:visit_id>/copy/end")
@role_required(Role.CLINICIAN)
def end(visit_id: int) -> ResponseReturnValue:
    """End the copy's link."""
    clinic_id = current_scope().clinic_id
    copies.of_visit(db.session, clinic_id, visit_id)
    copies.revoke(db.session, clinic_id, visit_id, now=clock.now())
    db.session.commit()
    flash(_("The link has ended. It opens nothing now."), "success")
    return redirect(url_for(".preview", visit_id=visit_id), HTTPStatus.SEE_OTHER)


@bp.get("/c/<token>")
@public("Whoever holds the link may read the copy; the token is the key.")
def open_link(token: str) -> ResponseReturnValue:
    """Open the copy of a link; looking ahead, as mail scanners do, does nothing."""
    if request.method == "HEAD":
        return ""
    limiter: Limiter = current_app.extensions.setdefault("copy_limit", Limiter(**LIMIT))  # type: ignore[arg-type]
    address, now = request.remote_addr or "unknown", clock.now()
    wait = limiter.attempt(address, now)
    try:
        link_id = copies.open_by_token(db.session, token, now=now)
    except NoSuchLink:
        if wait:
            raise TooManyRequests(retry_after=int(wait.total_seconds()) + 1) from None
        raise
    if not wait:
        limiter.take_back(address)
    copy = copies.of_link(db.session, link_id, now=now)
    # Nothing of another form or copy that was open in this browser goes on.
    session = sessions.begin_patient(keep=())
    session[opened.COPY] = link_id
    i18n.set_language(language_of(copy, clinic_settings.read(db.session, copy.clinic_id)))
    return redirect(url_for(".read"), HTTPStatus.SEE_OTHER)


@bp.get("/copy")
@public("It shows something only to a session that the link of a copy has begun.")
def read() -> ResponseReturnValue:
    """Show the patient what was agreed."""
    copy, settings = _opened()
    page = copy_page(copy, settings, with_name=False)
    crisis = opened.help_of(settings, page.language)
    return render_template("copies/read.html", copy=page, crisis=crisis, clinic_name=settings.clinic_name)


@bp.get("/copy.pdf")
@public("It sends something only to a session that the link of a copy has begun.")
def file() -> ResponseReturnValue:
    """Send the patient the copy to keep or to print."""
    copy, settings = _opened()
    count_file(("copy", sessions.browser_session()[opened.COPY]))
    return _file(copy_page(copy, settings, with_name=False), settings, clock.now())


@bp.errorhandler(NoSuchLink)
def no_such_link(_refusal: NoSuchLink) -> ResponseReturnValue:
    """Answer alike for every link that opens nothing, and for whoever comes without one."""
    db.session.rollback()
    page = render_template(
        "patient/notice.html",
        **opened.frame_without_form(),
        heading=_("This does not open anything"),
        said=[
            _("It may be mistyped, its time may be over, or your clinic may have ended it."),
            _("Open the link from your clinic once more. If that does not help, call your clinic."),
        ],
        link=None,
        label=None,
    )
    return page, HTTPStatus.NOT_FOUND


def _opened() -> tuple[Copy, ClinicSettings]:
    """Return the copy of the session's link, and show times on its clinic's clock; raises NoSuchLink."""
    session = sessions.browser_session()
    link_id = session.get(opened.COPY)
    if session.kind != sessions.PATIENT or link_id is None:
        raise NoSuchLink
    copy = copies.of_link(db.session, int(link_id), now=clock.now())
    settings = clinic_settings.read(db.session, copy.clinic_id)
    i18n.use_time_zone(settings.zone.key)
    return copy, settings


def _file(page: CopyPage, settings: ClinicSettings, now: datetime) -> Response:
    paper: PageSize = "letter" if settings.page_size == "letter" else "A4"
    content = copy_pdf(page, page_size=paper, at=now.astimezone(settings.zone), author=settings.clinic_name)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="what-we-agreed.pdf"'
    return response
