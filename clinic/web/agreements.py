"""What a clinician writes down at a visit: how each flag was closed, and a total of the clinic's own scale."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug import Response

from clinic.core.errors import BadAgreement
from clinic.core.scope import Role
from clinic.db.session import db
from clinic.services import agreements, symptom_notes, visits
from clinic.web import clock, closing, frame, visit_page
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW

bp = Blueprint("agreements", __name__, url_prefix=f"/visits/<{ROW}:visit_id>")

NOTES = "own-scale"


@bp.post("/agreements")
@role_required(Role.CLINICIAN)
def close(visit_id: int) -> ResponseReturnValue:
    """Close a gap at once, and lead back to it; what cannot be stored stays on the page with what is wrong."""
    scope, now = current_scope(), clock.now()
    new, pressed = closing.read(request.form, now.astimezone(frame.settings().zone).date())
    if new is None:
        return _refused(visit_id, pressed)
    try:
        agreements.close(db.session, scope.clinic_id, visit_id, new, by=scope.user_id, now=now)
    except BadAgreement as refusal:
        # Somebody retired the entry since the page was made.
        db.session.rollback()
        return _refused(visit_id, closing.refused(pressed, str(refusal)))
    db.session.commit()
    return _back(visit_id, closing.anchor(pressed.gap))


@bp.post(f"/agreements/<{ROW}:agreement_id>/take-back")
@role_required(Role.CLINICIAN)
def take_back(visit_id: int, agreement_id: int) -> ResponseReturnValue:
    """Take back how a gap was closed."""
    scope, gap = current_scope(), request.form.get("gap", "")
    done = agreements.take_back(db.session, scope.clinic_id, visit_id, agreement_id, by=scope.user_id, now=clock.now())
    db.session.commit()
    if not done:
        flash(_("Nothing was taken back: the patient’s next form has asked about it."), "success")
        return redirect(url_for("visits.show", visit_id=visit_id), HTTPStatus.SEE_OTHER)
    return _back(visit_id, closing.anchor(gap))


@bp.post("/symptoms")
@role_required(Role.CLINICIAN)
def note(visit_id: int) -> ResponseReturnValue:
    """Keep a total of the clinic's own scale beside the visit."""
    scope, now = current_scope(), clock.now()
    form = visit_page.symptom_form(now.astimezone(frame.settings().zone).date())
    if not form.validate_on_submit():
        visit = visits.card(db.session, scope.clinic_id, visit_id)
        if not visit.is_finished:
            return _back(visit_id, NOTES)
        return visit_page.one_page(visit, noted=form), HTTPStatus.UNPROCESSABLE_ENTITY
    symptom_notes.add(db.session, scope.clinic_id, visit_id, form.to_note(), by=scope.user_id, now=now)
    db.session.commit()
    return _back(visit_id, NOTES)


@bp.post(f"/symptoms/<{ROW}:note_id>/take-back")
@role_required(Role.CLINICIAN)
def take_note_back(visit_id: int, note_id: int) -> ResponseReturnValue:
    """Take a total back."""
    scope = current_scope()
    symptom_notes.take_back(db.session, scope.clinic_id, visit_id, note_id, by=scope.user_id, now=clock.now())
    db.session.commit()
    return _back(visit_id, NOTES)


def _back(visit_id: int, anchor: str) -> Response:
    return redirect(url_for("visits.show", visit_id=visit_id, _anchor=anchor), HTTPStatus.SEE_OTHER)


def _refused(visit_id: int, pressed: closing.Pressed) -> ResponseReturnValue:
    visit = visits.card(db.session, current_scope().clinic_id, visit_id)
    if not visit.is_finished:
        return _back(visit_id, closing.anchor(pressed.gap))
    return visit_page.one_page(visit, pressed=pressed), HTTPStatus.UNPROCESSABLE_ENTITY
