"""The administrator's page of the worker: how it is, what waits to be sent and why, and a message to try it with."""

from http import HTTPStatus

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from clinic.config import MailSettings
from clinic.core.scope import Role
from clinic.db.session import db
from clinic.services import outbox, work
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required

bp = Blueprint("worker", __name__, url_prefix="/admin/worker")


@bp.get("")
@role_required(Role.ADMINISTRATOR)
def health() -> ResponseReturnValue:
    """Show when each job was last done, and which messages of the clinic have not left although they are due."""
    now, clinic = clock.now(), current_scope().clinic_id
    mail: MailSettings | None = current_app.config["SETTINGS"].mail
    jobs = work.jobs_health(db.session, now)
    queue = outbox.queue(db.session, now, clinic)
    return render_template(
        "admin/worker.html",
        jobs=jobs,
        is_late=any(one.is_late for one in jobs),
        went_wrong=any(one.last_error for one in jobs),
        queue=queue,
        is_stuck=queue.is_stuck(now),
        messages=outbox.waiting(db.session, clinic, now),
        mail=mail,
        job_words=_job_words,
        kind_words=_kind_words,
        failure_words=failure_words,
    )


@bp.post("/test")
@role_required(Role.ADMINISTRATOR)
def test() -> ResponseReturnValue:
    """Write a message to the administrator who asks for it, at most one a minute."""
    now, scope = clock.now(), current_scope()
    clinic = frame.settings().clinic_name
    is_new = outbox.put(
        db.session,
        clinic_id=scope.clinic_id,
        kind="test",
        key=f"test:{scope.user_id}:{now:%Y%m%d%H%M}",
        recipient=current_user.email,
        subject=_("%(clinic)s: a test message", clinic=clinic),
        text=_("This message shows that messages of %(clinic)s arrive. You asked for it.", clinic=clinic),
        now=now,
    )
    db.session.commit()
    told = _("A test message to you is on its way.") if is_new else _("You asked for one a moment ago. Wait a minute.")
    flash(told, "success")
    return redirect(url_for(".health"), HTTPStatus.SEE_OTHER)


def failure_words(failure: str | None) -> str:
    """Return in words why a message was put off; the mail server's number follows where it gave one."""
    code, _space, number = (failure or "").partition(" ")
    words = {
        "": _("Not tried yet"),
        "no_server": _("Nobody has said how messages leave"),
        "unreachable": _("The mail server did not answer"),
        "tls": _("The mail server could not be reached safely"),
        "sign_in": _("The mail server did not take the password"),
        "sender": _("The mail server does not let this clinic send"),
        "recipient": _("The mail server did not take the address"),
        "message": _("The mail server did not take the message"),
        "damaged": _("The stored message cannot be read"),
    }.get(code, code)
    return f"{words} ({number})" if number else words


def _job_words(name: str) -> str:
    words: dict[str, str] = {
        work.SENDING: _("Send messages"),
        "reminders": _("Write invitations and reminders"),
        "escalation": _("Tell of alerts, and of those past their time"),
        "trends": _("Publish the trends of periods that are over"),
    }
    return words.get(name, name)


def _kind_words(kind: str) -> str:
    words: dict[str, str] = {
        "invitation": _("Invitation"),
        "reminder": _("Reminder"),
        "alert": _("Safety alert"),
        "escalation": _("Safety alert past its time"),
        "test": _("Test message"),
    }
    return words[kind]
