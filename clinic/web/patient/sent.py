"""After sending: the thank-you, and the patient's own copy for as long as the session that sent it lasts."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.services.assessments import OpenForm
from clinic.web import sessions
from clinic.web.access import patient_session
from clinic.web.patient import opened, review, words
from clinic.web.patient.blueprint import bp


@bp.get("/form/done")
@patient_session
def done() -> ResponseReturnValue:
    """Thank the patient, and say who reads it and when; on a device of the clinic nothing more can be opened then."""
    form = _sent_form()
    if form is None:
        return redirect(url_for("patient.resume"), 303)
    language = opened.language()
    first = [section for section in review.sections(form, language) if section.is_first and section.answered]
    said = words.after_submit(form, language)
    if form.mode == "tablet":
        # The next person who holds this device must find nothing of the one before.
        page = render_template("patient/done.html", **opened.frame(form), said=said, sections=(), is_handed_over=True)
        sessions.end()
        return page
    return render_template("patient/done.html", **opened.frame(form), said=said, sections=first, is_handed_over=False)


@bp.get("/form/mine")
@patient_session
def mine() -> ResponseReturnValue:
    """Show the patient's answers to print: no scores, no levels, in the patient's language."""
    form = _sent_form()
    if form is None:
        return redirect(url_for("patient.resume"), 303)
    sections = review.sections(form, opened.language())
    return render_template("patient/mine.html", **opened.frame(form), sections=sections, sent_at=form.saved_at)


def _sent_form() -> OpenForm | None:
    """Return the form that this very session has sent; nobody else sees its answers again."""
    if opened.SENT not in sessions.browser_session():
        return None
    form = opened.opened_form(sent=True)
    return form if form.assessment_id == sessions.browser_session()[opened.SENT] else None
