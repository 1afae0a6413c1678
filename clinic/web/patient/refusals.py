"""What a patient reads when a form does not open or go on: what happened, and what to do."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.errors import AlreadySent, ClosedByClinic, LinkEnded, NoSuchLink, NotReady
from clinic.db.session import db
from clinic.web import sessions
from clinic.web.patient import opened
from clinic.web.patient.blueprint import bp


@bp.errorhandler(NoSuchLink)
def no_such_link(_refusal: NoSuchLink) -> ResponseReturnValue:
    """Answer alike for every link and code that opens nothing."""
    return _notice(
        404,
        _("This does not open a form"),
        [
            _("It may be mistyped, its time may be over, or your clinic may have sent you a newer one."),
            _("Look for the newest message or slip from your clinic. If that does not open either, call your clinic."),
        ],
        url_for("patient.start"),
        _("Type the short code"),
    )


@bp.errorhandler(LinkEnded)
def link_ended(_refusal: LinkEnded) -> ResponseReturnValue:
    """Say that a form that was open may not go on."""
    unsaved = [_("The page that you just filled in was not saved.")] if request.method == "POST" else []
    return _notice(
        410,
        _("This form has ended"),
        [
            _("Its time is over, or your clinic has ended it. What you saved before is kept."),
            *unsaved,
            _("If you still want to fill it in, ask your clinic for a new link."),
        ],
    )


@bp.errorhandler(AlreadySent)
def already_sent(_refusal: AlreadySent) -> ResponseReturnValue:
    """Say that the form has been sent; a second press of the same button only leads on."""
    sent_here = opened.SENT in sessions.browser_session()
    if request.method == "POST" and request.form.get("go") == "send":
        return redirect(url_for("patient.done"), 303)
    changed = [_("A change made after that is not kept.")] if request.method == "POST" else []
    return _notice(
        409 if changed else 200,
        _("Your answers have been sent"),
        [
            _("Your clinic has received them. There is nothing more to do."),
            *changed,
            _("Is something missing? Tell your clinic, or say it at your visit."),
        ],
        url_for("patient.done") if sent_here else None,
        _("See what you sent"),
    )


@bp.errorhandler(ClosedByClinic)
def closed_by_clinic(_refusal: ClosedByClinic) -> ResponseReturnValue:
    """Say that the clinic uses what was there."""
    return _notice(
        410,
        _("Your clinic has closed this form"),
        [
            _("They use the answers that you had saved. Nothing more can be added here."),
            _("Is something missing? Say it at your visit."),
        ],
    )


@bp.errorhandler(NotReady)
def not_ready(_refusal: NotReady) -> ResponseReturnValue:
    """Say calmly that the clinic does not open forms yet; the help is on the page all the same."""
    return _notice(
        503,
        _("Your clinic is not ready for this form yet"),
        [
            _("You have done nothing wrong. Please tell your clinic that the form does not open."),
            _("Do you need help now? Do not wait for the form: use “Get help now” above."),
        ],
    )


def _notice(
    status: int, heading: str, said: list[str], link: str | None = None, label: str | None = None
) -> ResponseReturnValue:
    db.session.rollback()
    page = render_template(
        "patient/notice.html", **opened.frame_without_form(), heading=heading, said=said, link=link, label=label
    )
    return page, status
