"""The staff's page of one patient: all visits, and for clinicians the four gaps over time."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from clinic.core.scope import Role
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import clinic_settings, patients
from clinic.services.patients import PastVisit
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW
from clinic.web.history_chart import Chart, Point, chart
from clinic.web.short_dates import month, short_date

bp = Blueprint("patients", __name__, url_prefix="/patients")


@bp.get(f"/<{ROW}:patient_id>")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def show(patient_id: int) -> ResponseReturnValue:
    """Show a patient's visits; the front desk sees their states alone."""
    scope = current_scope()
    is_clinician = scope.has(Role.CLINICIAN)
    patient = patients.card(db.session, scope.clinic_id, patient_id)
    past = patients.visits_of(db.session, scope.clinic_id, patient_id, with_gaps=is_clinician)
    settings = clinic_settings.read(db.session, scope.clinic_id)
    instrument = catalogue.current()
    names = {key: instrument.say(settings.summary_language, f"domain.{key}") for key in instrument.domains}
    return render_template(
        "patients/show.html",
        patient=patient,
        visits=past,
        is_clinician=is_clinician,
        domains=names,
        language=settings.summary_language,
        charts={key: _chart(past, key) for key in names},
        has_scores=any(one.gaps for one in past),
        month=month,
        short_date=short_date,
    )


def _chart(past: list[PastVisit], domain: str) -> Chart:
    forms = [one for one in reversed(past) if domain in one.gaps]
    return chart([Point(one.scheduled_at, one.gaps[domain].score, one.series, one.by_proxy) for one in forms])
