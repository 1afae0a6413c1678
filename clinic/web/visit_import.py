"""The staff's pages that take a day's visits from a file: choose it, see what each line would do, and do it."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from clinic.core.scope import Role
from clinic.db.session import db
from clinic.services import sealed_upload, visit_import, visits
from clinic.services.import_fields import clinicians
from clinic.services.visit_import import LARGEST_FILE, Plan, Upload
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required

bp = Blueprint("visit_import", __name__, url_prefix="/visits/import")


@bp.get("")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def choose() -> ResponseReturnValue:
    """Ask for the file."""
    return _choose_page(())


@bp.get("/sample.csv")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def sample() -> ResponseReturnValue:
    """Send a small file that shows the columns."""
    staff = clinicians(db.session, current_scope().clinic_id)
    clinician = next(iter(staff), current_user.email)
    text = visit_import.sample(clinician, visit_import.next_working_day(clock.now().astimezone(frame.settings().zone)))
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="visits.csv"'
    return response


@bp.post("")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def preview() -> ResponseReturnValue:
    """Show what each line of the file would do; nothing is written."""
    file, scope, now = request.files.get("file"), current_scope(), clock.now()
    content = file.read(LARGEST_FILE + 1) if file else b""
    if not content:
        return _choose_page([_("Choose a file that is not empty.")]), HTTPStatus.UNPROCESSABLE_ENTITY
    if len(content) > LARGEST_FILE:
        too_large = _("This file is too large: at most %(size)d kB are taken.", size=LARGEST_FILE // 1024)
        return _choose_page([too_large]), HTTPStatus.UNPROCESSABLE_ENTITY
    text = visit_import.text_of(content)
    if text is None:
        return _choose_page(
            [_("Save the file as CSV in UTF-8, then choose it again.")]
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    site = request.form.get("site", "")
    site_id = int(site) if site.isascii() and site.isdigit() and len(site) < 18 else 0
    upload = Upload(text, site_id, "invites" in request.form)
    found = visit_import.plan(db.session, scope.clinic_id, upload, now=now)
    if found.problems:
        return _choose_page(found.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    page = _preview_page(upload, found)
    return page if found.is_right else (page, HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.post("/confirm")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def confirm() -> ResponseReturnValue:
    """Make the visits of a file whose preview was shown, unless it would do something else by now."""
    scope, now = current_scope(), clock.now()
    given = sealed_upload.unseal(
        db.session, request.form.get("upload", ""), clinic_id=scope.clinic_id, by=scope.user_id, now=now
    )
    if given is None:
        return _choose_page([_("Too much time has passed. Choose the file once more.")]), HTTPStatus.CONFLICT
    upload, shown = given
    found = visit_import.apply(db.session, scope.clinic_id, upload, by=scope.user_id, now=now)
    if found.is_right and not found.new_visits:
        flash(_("Nothing was done: all visits of the file are here already."), "success")
        return redirect(url_for("visits.day"), HTTPStatus.SEE_OTHER)
    if found.fingerprint != shown:
        db.session.rollback()
        return _preview_page(upload, found, has_changed=True), HTTPStatus.CONFLICT
    db.session.commit()
    flash(ngettext("%(num)d visit was made.", "%(num)d visits were made.", found.new_visits), "success")
    first = min(one.at for one in found.lines if one.visit == "new" and one.at)
    day = first.astimezone(frame.settings().zone).date().isoformat()
    return redirect(url_for("visits.day", day=day, whose="all"), HTTPStatus.SEE_OTHER)


def _choose_page(problems: list[str] | tuple[str, ...]) -> str:
    return render_template(
        "visits/import.html",
        problems=problems,
        sites=visits.sites(db.session, current_scope().clinic_id),
        invites=frame.settings().invite_by_email,
        required=visit_import.REQUIRED,
        optional=visit_import.OPTIONAL,
        most=visit_import.MOST_LINES,
    )


def _preview_page(upload: Upload, found: Plan, *, has_changed: bool = False) -> str:
    scope, now = current_scope(), clock.now()
    is_ready = found.is_right and found.new_visits > 0
    sealed = (
        sealed_upload.seal(db.session, upload, found, clinic_id=scope.clinic_id, by=scope.user_id, now=now)
        if is_ready
        else None
    )
    return render_template(
        "visits/import_preview.html", plan=found, sealed=sealed, invites=upload.invites, has_changed=has_changed
    )
