"""The administrator's page of the cut points: what holds, what held before, and other ones for forms to come."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from clinic.core.scope import Role
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import clinic_settings, scoring_profiles
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.scoring_profiles import PARTS
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required
from clinic.web.section_form import Whole, stored

bp = Blueprint("cut_points", __name__, url_prefix="/admin/clinic/cut-points")

REASON_CHARS = 1000


class CutPointsForm(FlaskForm):  # type: ignore[misc]
    """Where three levels begin, and why there."""

    # The version of the settings that the page was made from: whoever saves an older one is told.
    seen = HiddenField()
    watch = Whole(_l("Watch begins at"))
    gap = Whole(_l("Gap begins at"))
    priority = Whole(_l("Priority gap begins at"))
    reason = TextAreaField(
        _l("Why"),
        description=_l("Kept with your name and the day."),
        validators=[Length(max=REASON_CHARS, message=_l("Use at most 1000 characters."))],
    )


@bp.get("")
@role_required(Role.ADMINISTRATOR)
def show() -> ResponseReturnValue:
    """Show the present cut points, to be changed, and every one that was used before."""
    settings = frame.settings()
    return _page(_form(settings), settings)


@bp.post("")
@role_required(Role.ADMINISTRATOR)
def change() -> ResponseReturnValue:
    """Score the forms that are begun from now on by other cut points."""
    scope, settings = current_scope(), frame.settings()
    form = _form(settings)
    if not form.validate_on_submit():
        return _page(form, settings), HTTPStatus.UNPROCESSABLE_ENTITY
    tried = scoring_profiles.choose(
        db.session,
        settings,
        catalogue.current(),
        {name: stored(form[name]) for name in PARTS},
        seen=request.form.get(form.seen.name, ""),
        by=scope.user_id,
        reason=form.reason.data,
        now=clock.now(),
    )
    if tried.is_saved:
        db.session.commit()
        flash(_("Saved. Forms that are begun from now on are scored by these cut points."), "success")
        return redirect(url_for(".show"), HTTPStatus.SEE_OTHER)
    db.session.rollback()
    for name, words in tried.problems.items():
        form[name].errors = [words[:1].upper() + words[1:]]
    if not tried.is_stale:
        return _page(form, settings), HTTPStatus.UNPROCESSABLE_ENTITY
    # What was typed stays on the page beside what holds, and the next press is made knowing both.
    settings = clinic_settings.read(db.session, scope.clinic_id)
    form.seen.data = settings.version
    return _page(form, settings, is_stale=True), HTTPStatus.CONFLICT


def _form(settings: ClinicSettings) -> CutPointsForm:
    rules = scoring_profiles.present(settings, catalogue.current()).scoring
    return CutPointsForm(data={"seen": settings.version, **{name: getattr(rules, name) for name in PARTS}})


def _page(form: CutPointsForm, settings: ClinicSettings, *, is_stale: bool = False) -> str:
    return render_template(
        "admin/clinic_cut_points.html",
        form=form,
        profiles=scoring_profiles.listed(db.session, settings, catalogue.current()),
        is_stale=is_stale,
    )
