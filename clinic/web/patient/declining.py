"""The page for a patient who would rather not: nothing is sent, help is at hand, and one may change one's mind."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.db.session import db
from clinic.services import assessments
from clinic.web import clock
from clinic.web.access import patient_session
from clinic.web.patient import opened
from clinic.web.patient.blueprint import bp


@bp.get("/form/declined")
@patient_session
def declined() -> ResponseReturnValue:
    """Say that it is fine, and until when one may still fill in the form."""
    form = opened.opened_form()
    if form.declined_at is None:
        return redirect(url_for("patient.resume"), 303)
    if assessments.screen_due(db.session, form, now=clock.now()):
        return redirect(url_for("patient.support"), 303)
    # A signal may have opened an alert by now, or will when its check-in is left unanswered.
    was_signalled = form.draft.checkin_after is not None or form.draft.screen_seen != "S0"
    until = opened.back_until(form)
    return render_template("patient/declined.html", **opened.frame(form), back_until=until, was_signalled=was_signalled)
