"""The pages of the form: one view shows any of them, one view saves any of them."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.form import BaseForm

from clinic.core import path, safety
from clinic.core.path import Kind, Step
from clinic.db.session import db
from clinic.services import assessments, declining
from clinic.services.assessments import OpenForm, Posted, Saved
from clinic.web import clock, i18n, sessions
from clinic.web.access import patient_session
from clinic.web.patient import blank, opened, review, words
from clinic.web.patient.agreed import happened_field, helped_field
from clinic.web.patient.blueprint import bp
from clinic.web.patient.fields import with_errors
from clinic.web.patient.handlers import KINDS, form_of, posted_form

SHOWN = "shown"
LED_TO_CHECKIN = "led_to_checkin"
# Where one may say "I would rather not", and what does not take that back: ways out, and the check-in by itself.
MAY_DECLINE = ("start", "check")
NOT_GOING_ON = ("leave", "stop", "lang", "decline")


@bp.get("/form")
@patient_session
def resume() -> ResponseReturnValue:
    """Go to where the patient left off."""
    form = opened.ready(opened.opened_form())
    return redirect(_onward(form), 303)


@bp.get("/form/<key>")
@patient_session
def page(key: str) -> ResponseReturnValue:
    """Show one page of the form, if the patient has come that far."""
    form = opened.ready(opened.opened_form())
    step = path.find(form.instrument, form.draft, key.upper())
    if step is None or not path.may_open(form.instrument, form.draft, step):
        return redirect(url_for("patient.resume"), 303)
    return _page(form, step)


@bp.post("/form/<key>")
@patient_session
def save(key: str) -> ResponseReturnValue:
    """Save one page, and go where its button leads."""
    form = opened.opened_form()
    step = path.step_of(form.instrument, key.upper())
    if step is None:
        abort(404)
    go, _dash, target = request.form.get("go", "next").partition("-")
    if go == "lang" and target in opened.offered(form):
        opened.speak(target)
    if go == "send" and path.next_step(form.instrument, form.draft).kind == step.kind == "check":
        return _send(form)
    posted = KINDS[step.kind].read(review.asked_of(form, step, opened.language()), request.form)
    saved = assessments.save_page(
        db.session,
        form,
        step,
        posted,
        shown=request.form.get(SHOWN, ""),
        left=go == "next",
        language=opened.language(),
        now=clock.now(),
    )
    if go == "decline" and step.kind in MAY_DECLINE:
        declining.decline(db.session, saved.form, now=clock.now())
    elif go not in NOT_GOING_ON and step.kind != "checkin":
        declining.take_back(db.session, saved.form)
    db.session.commit()
    if go == "leave":
        sessions.end()
        return redirect(url_for("patient.left"), 303)
    if saved.outcome == "refused":
        return _refused(saved, step, posted)
    if saved.outcome == "conflict":
        return _conflict(saved, step, posted)
    return redirect(_after(saved, step, go, target), 303)


def _after(saved: Saved, step: Step, go: str, target: str) -> str:
    """Return the address that a button leads to; help after a signal comes before everything else.

    Whatever is pressed on the page of the first signal, the next page is the check-in, once in a session: from there
    one may go back or stop like from any other page.
    """
    form, session = saved.form, sessions.browser_session()
    if path.screen_due(form.instrument, form.draft, saved.reached):
        return url_for("patient.support")
    if form.draft.checkin_expected and step.kind != "checkin" and not session.get(LED_TO_CHECKIN):
        session[LED_TO_CHECKIN] = True
        return _address(path.next_step(form.instrument, form.draft))
    match go:
        case "decline":
            return url_for("patient.declined")
        case "back":
            return _address(path.previous_step(form.instrument, form.draft, step))
        case "stop":
            return url_for("patient.stopped")
        case "lang":
            return _address(step)
        case "page":
            named = path.step_of(form.instrument, target.upper())
            return _address(named or path.next_step(form.instrument, form.draft))
        case _:
            return _address(path.next_step(form.instrument, form.draft))


def _onward(form: OpenForm) -> str:
    if assessments.screen_due(db.session, form, now=clock.now()):
        return url_for("patient.support")
    return _address(path.next_step(form.instrument, form.draft))


def _address(step: Step) -> str:
    return url_for("patient.page", key=step.key.lower())


def _send(form: OpenForm) -> ResponseReturnValue:
    if assessments.screen_due(db.session, form, now=clock.now()):
        return redirect(url_for("patient.support"), 303)
    assessment = assessments.submit(db.session, form, language=opened.language(), now=clock.now())
    declining.take_back(db.session, form)
    db.session.commit()
    sessions.browser_session()[opened.SENT] = assessment
    return redirect(url_for("patient.done"), 303)


def _page(form: OpenForm, step: Step) -> ResponseReturnValue:
    language = opened.language()
    shown = assessments.fingerprint(db.session, form, step)

    def made(values: Mapping[str, Any]) -> str:
        fields = form_of(review.asked_of(form, step, language))
        return render_template(KINDS[step.kind].template, **_context(form, step), form=fields, **values)

    empty = blank.of(form, step, language, back_until=i18n.local(opened.back_until(form)).date())
    return made({"shown": shown}) if empty is None else blank.page(empty, shown, made)


def _refused(saved: Saved, step: Step, posted: Posted) -> ResponseReturnValue:
    asked = review.asked_of(saved.form, step, opened.language())
    form = with_errors(posted_form(asked, request.form), posted.errors)
    # What was changed elsewhere meanwhile must still be seen once this is mended.
    shown = request.form.get(SHOWN, "") if saved.is_stale else assessments.fingerprint(db.session, saved.form, step)
    context = _context(saved.form, step) | _help_beside(saved)
    return render_template(KINDS[step.kind].template, **context, form=form, shown=shown), 422


def _conflict(saved: Saved, step: Step, posted: Posted) -> ResponseReturnValue:
    asked = review.asked_of(saved.form, step, opened.language())
    return render_template(
        "patient/conflict.html",
        **_context(saved.form, step) | _help_beside(saved),
        shown=assessments.fingerprint(db.session, saved.form, step),
        choices=review.differences(asked, posted.valid, asked.stored),
        mine=_hidden(form_of(asked, posted.valid)),
        stored=_hidden(form_of(asked)),
        go=request.form.get("go", "next"),
    ), 409


def _help_beside(saved: Saved) -> dict[str, Any]:
    """Return the help screen that a page which is not stored whole shows on top: its post may have opened an alert."""
    form, reached = saved.form, saved.reached
    # An alert that has opened is told also where the check-in has to be answered once more.
    level = path.screen_due(form.instrument, form.draft, reached) or reached
    if safety.highest(level, form.draft.screen_seen) == form.draft.screen_seen:
        return {}
    return {"screen": words.help_screen(form, level, opened.language(), clock.now())}


def _hidden(form: BaseForm) -> list[tuple[str, str]]:
    """Return the names and values by which a page would be posted again as it is."""
    pairs = ((field.name, field.data if isinstance(field.data, list) else [field.data]) for field in form)
    return [(name, str(value)) for name, values in pairs for value in values if value]


def _context(form: OpenForm, step: Step) -> dict[str, Any]:
    asked = review.asked_of(form, step, opened.language())
    handler = KINDS[step.kind]
    number, about = path.progress(form.instrument, form.draft, step)
    return {
        **opened.frame(form),
        "title": handler.title(asked),
        "heading": handler.heading(asked),
        "page_number": number,
        "page_about": about,
        "kind": step.kind,
        "say": asked.say,
        "address": _address(step),
        "blocks": step.blocks,
        "back_until": opened.back_until(form),
        "screen": None,
        **MORE.get(step.kind, _nothing)(form, step),
    }


def _nothing(_form: OpenForm, _step: Step) -> dict[str, Any]:
    return {}


# What some kinds of page show beside their fields.
MORE: Mapping[Kind, Callable[[OpenForm, Step], dict[str, Any]]] = {
    "start": lambda form, _step: {"facts": words.before_start(form, opened.language())},
    "agreed": lambda form, _step: {
        "agreements": form.agreements,
        "happened_field": happened_field,
        "helped_field": helped_field,
        "who_does": lambda who: words.who_does(who, by_proxy=form.draft.given.by_proxy),
    },
    "core": lambda form, step: {"has_helper": form.instrument.pages[step.blocks[0]].has_helper},
    "lists": lambda form, step: {"is_strengths": form.instrument.strengths_list in step.blocks},
    "priorities": lambda form, _step: {"hard": path.picks_in_order(form.instrument, form.draft.given)[0]},
    "own_words": lambda form, _step: {"limit": form.instrument.limits.own_words_chars},
    "check": lambda form, _step: {
        "sections": review.sections(form, opened.language()),
        "read_by": words.read_by(form, opened.language()),
    },
}
