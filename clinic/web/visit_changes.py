"""The staff's pages that correct a visit: another time, clinician or place, cancelling it, and taking that back."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.scope import Role
from clinic.db.session import db
from clinic.services import visit_changes, visits
from clinic.services.visits import Choice, VisitCard
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW
from clinic.web.visit_forms import MoveForm, revision

bp = Blueprint("visit_changes", __name__, url_prefix="/visits")


@bp.get(f"/<{ROW}:visit_id>/edit")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def edit(visit_id: int) -> ResponseReturnValue:
    """Show when, where and with whom a visit is, to be corrected."""
    visit = _visit(visit_id)
    if visit.state == "cancelled":
        return _as_it_stands(visit_id)
    form = _form(visit)
    form.seen.data = str(visit.revision)
    return _page(form, visit)


@bp.post(f"/<{ROW}:visit_id>/edit")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def move(visit_id: int) -> ResponseReturnValue:
    """Correct the visit, unless somebody else has done so since the page was made."""
    visit, scope = _visit(visit_id), current_scope()
    if visit.state == "cancelled":
        return _as_it_stands(visit_id)
    form = _form(visit)
    if not form.validate_on_submit():
        return _page(form, visit), HTTPStatus.UNPROCESSABLE_ENTITY
    seen = revision(form.seen.data)
    to, now = form.to_appointment(), clock.now()
    if not visit_changes.move(db.session, scope.clinic_id, visit_id, to, seen=seen, now=now):
        # What was read before the other's change is read again; nothing was written that could be lost.
        db.session.rollback()
        visit = _visit(visit_id)
        if visit.state == "cancelled":
            return _as_it_stands(visit_id)
        # What was typed stays on the page beside what is stored, and the next press is made knowing both.
        form.seen.data = str(visit.revision)
        return _page(form, visit, is_stale=True), HTTPStatus.CONFLICT
    db.session.commit()
    flash(_("The visit is changed. Its link stays the same."), "success")
    return redirect(url_for("visits.show", visit_id=visit_id), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:visit_id>/cancel")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def cancel(visit_id: int) -> ResponseReturnValue:
    """Cancel the visit."""
    seen = revision(request.form.get("seen"))
    if not visit_changes.cancel(db.session, current_scope().clinic_id, visit_id, seen=seen, now=clock.now()):
        return _as_it_stands(visit_id)
    db.session.commit()
    flash(_("The visit is cancelled. Its link opens nothing now."), "success")
    return redirect(url_for("visits.show", visit_id=visit_id), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:visit_id>/take-back")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def take_back(visit_id: int) -> ResponseReturnValue:
    """Let a cancelled visit take place after all."""
    seen = revision(request.form.get("seen"))
    if not visit_changes.take_back(db.session, current_scope().clinic_id, visit_id, seen=seen, now=clock.now()):
        return _as_it_stands(visit_id)
    db.session.commit()
    flash(_("The visit takes place after all."), "success")
    return redirect(url_for("visits.show", visit_id=visit_id), HTTPStatus.SEE_OTHER)


def _visit(visit_id: int) -> VisitCard:
    return visits.card(db.session, current_scope().clinic_id, visit_id)


def _as_it_stands(visit_id: int) -> ResponseReturnValue:
    flash(_("Nothing was done: this visit has changed in the meantime. This is how it stands now."), "success")
    return redirect(url_for("visits.show", visit_id=visit_id), HTTPStatus.SEE_OTHER)


def _form(visit: VisitCard) -> MoveForm:
    scope, settings = current_scope(), frame.settings()
    at = visit.at.astimezone(settings.zone)
    form = MoveForm(
        data={
            "day": at.date(),
            "clock": at.time(),
            "clinician": visit.clinician_id,
            "site": visit.site_id,
        }
    )
    clinicians = [*visits.clinicians(db.session, scope.clinic_id)]
    if visit.clinician_id not in {one.id for one in clinicians}:
        clinicians.append(Choice(visit.clinician_id, visit.clinician))
    sites = visits.sites(db.session, scope.clinic_id)
    form.at(clock.now(), settings.zone)
    form.of(clinicians=clinicians, sites=sites)
    form.kept = at.date()
    form.is_taken = lambda moment: (
        visits.at_moment(db.session, scope.clinic_id, visit.patient.id, moment) not in (None, visit.id)
    )
    return form


def _page(form: MoveForm, visit: VisitCard, *, is_stale: bool = False) -> str:
    return render_template("visits/edit.html", form=form, visit=visit, is_stale=is_stale)
