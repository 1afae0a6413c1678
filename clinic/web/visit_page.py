"""The page of a visit whose form can be read: the one page, and around it what a clinician does with it."""

from datetime import date

from flask import render_template
from flask_login import current_user

from clinic.core.page import Page
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import agreements, resources, summaries, symptom_notes
from clinic.services.symptom_notes import Note
from clinic.services.visits import VisitCard
from clinic.web import clock, frame
from clinic.web.access import current_scope
from clinic.web.closing import Pressed, closings, due_choices, who_choices
from clinic.web.i18n import OWN_NAMES
from clinic.web.short_dates import short_date
from clinic.web.symptom_form import SymptomForm


def page_of(visit_id: int) -> Page:
    """Return the one page of a visit; raises NotFound, and NotSent."""
    return summaries.page_for(
        db.session,
        current_scope().clinic_id,
        visit_id,
        settings=frame.settings(),
        printed_by=current_user.display_name,
        now=clock.now(),
    )


def one_page(visit: VisitCard, *, pressed: Pressed | None = None, noted: SymptomForm | None = None) -> str:
    """Return the page of a visit, with what was pressed or typed on it where that could not be stored."""
    clinic_id, settings = current_scope().clinic_id, frame.settings()
    page, today = page_of(visit.id), clock.now().astimezone(settings.zone).date()
    closed = agreements.of_visit(db.session, clinic_id, visit.id)
    entries = resources.directory(db.session, clinic_id)
    assert visit.instrument is not None, "A page is made of a form."  # noqa: S101
    # The ideas are those of the questionnaire that was filled in, as everything else on the page is.
    instrument = catalogue.lookup(visit.instrument)
    notes = symptom_notes.of_patient(db.session, clinic_id, visit.patient.id)
    return render_template(
        "visits/summary.html",
        visit=visit,
        page=page,
        day=visit.at.astimezone(settings.zone).date(),
        closings=closings(page.gaps.boxes, instrument, page.language, closed, entries, today, pressed),
        agreed=agreements.agreed_of(closed),
        printed=agreements.PRINTED,
        longest=agreements.LONGEST,
        who=who_choices(),
        due=due_choices(today),
        latest_day=today + agreements.FARTHEST,
        today=today,
        reads=OWN_NAMES.get(visit.patient.language, visit.patient.language),
        is_other_language=visit.patient.language != page.language,
        notes=[one for one in notes if one.visit_id == visit.id],
        symptom_form=noted or _symptom_form(notes, today),
        short_date=short_date,
        is_refused=pressed is not None or noted is not None,
    )


def symptom_form(today: date) -> SymptomForm:
    """Return the form of a total as it was just sent."""
    form = SymptomForm(prefix=SymptomForm.PREFIX)
    form.today = today
    return form


def _symptom_form(notes: list[Note], today: date) -> SymptomForm:
    """Return the empty form; a clinic mostly uses one scale, so its name stands there already."""
    last = next((one.told.scale for one in reversed(notes) if one.told), None)
    form = SymptomForm(formdata=None, data={"scale": last, "on": today}, prefix=SymptomForm.PREFIX)
    form.today = today
    return form
