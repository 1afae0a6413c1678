"""The help screen after a signal, and the ways to stop."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clinic.core import path
from clinic.db.session import db
from clinic.services import assessments
from clinic.web import clock, sessions
from clinic.web.access import patient_session, public
from clinic.web.patient import opened, words
from clinic.web.patient.blueprint import bp


@bp.get("/form/support")
@patient_session
def support() -> ResponseReturnValue:
    """Show the help screen of the level reached, also again after it has been left."""
    form = opened.opened_form()
    seen = form.draft.screen_seen
    level = assessments.screen_due(db.session, form, now=clock.now()) or (seen if seen != "S0" else None)
    if level is None:
        return redirect(url_for("patient.resume"), 303)
    screen = words.help_screen(form, level, opened.language(), clock.now())
    return render_template("patient/support.html", **opened.frame(form), screen=screen)


@bp.post("/form/support")
@patient_session
def leave_support() -> ResponseReturnValue:
    """Go on with the form, or stop here; who stops sees the help again on coming back."""
    form = opened.opened_form()
    go, _dash, target = request.form.get("go", "next").partition("-")
    if go == "lang" and target in opened.offered(form):
        opened.speak(target)
        return redirect(url_for("patient.support"), 303)
    if go == "leave":
        return leave()
    if go == "stop":
        return redirect(url_for("patient.stopped"), 303)
    form = assessments.leave_screen(db.session, form, language=opened.language(), now=clock.now())
    db.session.commit()
    step = path.next_step(form.instrument, form.draft)
    return redirect(url_for("patient.page", key=step.key.lower()), 303)


@bp.get("/form/stopped")
@patient_session
def stopped() -> ResponseReturnValue:
    """Say that everything is saved, and until when one may come back."""
    form = opened.opened_form()
    return render_template(
        "patient/stopped.html",
        **opened.frame(form),
        say=lambda key: form.instrument.say(opened.language(), key),
        back_until=opened.back_until(form),
    )


@bp.post("/form/leave")
@public("Who has no session any more may leave as well.")
def leave() -> ResponseReturnValue:
    """End the session at once, and show a page that tells nobody what was open."""
    sessions.end()
    return redirect(url_for("patient.left"), 303)
