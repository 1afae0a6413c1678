"""The staff's pages of one patient: all visits, for clinicians the four gaps over time, and correcting the details."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.scope import Role
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import clinic_settings, followups, patients, symptom_notes
from clinic.services.patients import Details, PastVisit
from clinic.services.symptom_notes import Note
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW
from clinic.web.history_chart import Chart, Point, chart
from clinic.web.i18n import OWN_NAMES, format_date, local
from clinic.web.short_dates import month, short_date
from clinic.web.visit_forms import CorrectionForm, revision

bp = Blueprint("patients", __name__, url_prefix="/patients")


@bp.get(f"/<{ROW}:patient_id>")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def show(patient_id: int) -> ResponseReturnValue:
    """Show a patient's visits; the front desk sees their states alone."""
    scope = current_scope()
    is_clinician = scope.has(Role.CLINICIAN)
    patient = patients.card(db.session, scope.clinic_id, patient_id)
    past = patients.visits_of(db.session, scope.clinic_id, patient_id, with_gaps=is_clinician)
    settings = frame.settings()
    instrument = catalogue.current()
    names = {key: instrument.say(settings.summary_language, f"domain.{key}") for key in instrument.domains}
    return render_template(
        "patients/show.html",
        patient=patient,
        visits=past,
        is_clinician=is_clinician,
        domains=names,
        language=settings.summary_language,
        charts={key: _chart(past, key, frame.cut_points()) for key in names},
        own_name=OWN_NAMES.get(patient.language, patient.language),
        agreed=followups.life_of(db.session, scope.clinic_id, patient_id) if is_clinician else [],
        amount=lambda raw: instrument.say(settings.summary_language, f"scale.{raw}"),
        today=local(clock.now()).date(),
        totals=_totals(scope.clinic_id, patient_id) if is_clinician else [],
        has_scores=any(one.gaps for one in past),
        month=month,
        short_date=short_date,
    )


@bp.get(f"/<{ROW}:patient_id>/edit")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def edit(patient_id: int) -> ResponseReturnValue:
    """Show who a patient is, to be corrected."""
    stored = patients.details(db.session, current_scope().clinic_id, patient_id)
    form = _form(patient_id, stored)
    form.seen.data = str(stored.revision)
    return _page(form, patient_id, stored)


@bp.post(f"/<{ROW}:patient_id>/edit")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def correct(patient_id: int) -> ResponseReturnValue:
    """Correct who a patient is, unless somebody else has done so since the page was made."""
    clinic_id = current_scope().clinic_id
    stored = patients.details(db.session, clinic_id, patient_id)
    form = _form(patient_id, stored)
    if not form.validate_on_submit():
        return _page(form, patient_id, stored), HTTPStatus.UNPROCESSABLE_ENTITY
    to, seen = form.to_patient(), revision(form.seen.data)
    if not patients.correct(db.session, clinic_id, patient_id, to, seen=seen, now=clock.now()):
        # What was read before the other's correction is read again; nothing was written that could be lost.
        db.session.rollback()
        stored = patients.details(db.session, clinic_id, patient_id)
        form.seen.data = str(stored.revision)
        return _page(form, patient_id, stored, is_stale=True), HTTPStatus.CONFLICT
    db.session.commit()
    flash(_("The details are corrected."), "success")
    return redirect(url_for(".show", patient_id=patient_id), HTTPStatus.SEE_OTHER)


def _form(patient_id: int, stored: Details) -> CorrectionForm:
    clinic_id = current_scope().clinic_id
    settings = frame.settings()
    form = CorrectionForm(
        data={
            "record_number": stored.record_number,
            "name": stored.name,
            "born_on": stored.born_on,
            "language": stored.language,
            "other_languages": stored.other_languages,
            "email": stored.email,
            "phone": stored.phone,
        }
    )
    form.at(clock.now(), settings.zone)
    offered = clinic_settings.offered_languages(settings, catalogue.current())
    # The language that a patient has is offered although the clinic has stopped offering it to others.
    form.speaking(offered if stored.language in offered else (*offered, stored.language))
    form.is_taken = lambda number: patients.by_record_number(db.session, clinic_id, number) not in (None, patient_id)
    return form


def _page(form: CorrectionForm, patient_id: int, stored: Details, *, is_stale: bool = False) -> str:
    known = [
        (form.record_number, stored.record_number),
        (form.name, stored.name),
        (form.born_on, stored.born_on and format_date(stored.born_on)),
        (form.language, OWN_NAMES.get(stored.language, stored.language)),
        (form.other_languages, stored.other_languages),
        (form.email, stored.email),
        (form.phone, stored.phone),
    ]
    return render_template(
        "patients/edit.html",
        form=form,
        patient_id=patient_id,
        stored=[(field.label.text, value) for field, value in known],
        is_stale=is_stale,
        is_damaged=None in (stored.record_number, stored.name, stored.born_on),
    )


def _totals(clinic_id: int, patient_id: int) -> list[tuple[str | None, list[Note]]]:
    """Return the totals of each of the clinic's own scales, the oldest first; None is what cannot be read."""
    found: dict[str | None, list[Note]] = {}
    for one in symptom_notes.of_patient(db.session, clinic_id, patient_id):
        found.setdefault(one.told.scale if one.told else None, []).append(one)
    return sorted(found.items(), key=lambda item: (item[0] is None, (item[0] or "").casefold()))


def _chart(past: list[PastVisit], domain: str, cuts: frame.CutPoints) -> Chart:
    forms = [one for one in reversed(past) if domain in one.gaps]
    points = [Point(one.scheduled_at, one.gaps[domain].score, one.series, one.by_proxy) for one in forms]
    return chart(points, (cuts.watch, cuts.gap, cuts.priority))
