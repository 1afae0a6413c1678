"""The staff's page of safety alerts, and the steps that clinicians take on one, there or on its visit's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from clinic.core import staffed
from clinic.core.errors import BadStep
from clinic.core.scope import Role, Scope
from clinic.db.session import db
from clinic.services import alert_board, alert_steps
from clinic.services.alert_board import AlertCard, Sight
from clinic.services.alert_steps import ACTIONS, LONGEST_NOTE, Outcome
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW
from clinic.web.i18n import format_day, format_time
from clinic.web.short_dates import short_day

bp = Blueprint("alerts", __name__, url_prefix="/alerts")

ACTION_WORDS = {
    "reached": _l("Reached the patient"),
    "not_reached": _l("Could not reach the patient"),
    "emergency": _l("Called emergency services"),
    "review_at_visit": _l("Will talk about it at the visit"),
    "other": _l("Something else"),
}


@bp.get("")
@role_required(*Role)
def board() -> ResponseReturnValue:
    """List the clinic's alerts: whom and why for clinicians, whom for the front desk, level and age for the others."""
    settings, now = frame.settings(), clock.now()
    cards = alert_board.board(db.session, settings, sight=sight(current_scope()), now=now)
    opening = staffed.next_opening(settings.hours, now)
    return render_template(
        "alerts/board.html",
        part=_part(cards),
        settings=settings,
        opening=opening,
        is_staffed=opening is not None and opening <= now,
        closed_days=alert_board.CLOSED_DAYS,
    )


@bp.post(f"/<{ROW}:alert_id>/acknowledge")
@role_required(Role.CLINICIAN)
def acknowledge(alert_id: int) -> ResponseReturnValue:
    """Record that the person has seen the alert."""
    scope = current_scope()
    outcome = alert_steps.acknowledge(db.session, scope.clinic_id, alert_id, by=scope.user_id, now=clock.now())
    return _answered(alert_id, outcome, _("The alert is yours. Say what was done as soon as something was."))


@bp.post(f"/<{ROW}:alert_id>/actions")
@role_required(Role.CLINICIAN)
def act(alert_id: int) -> ResponseReturnValue:
    """Add what was done about the alert."""
    scope, given = current_scope(), request.form
    try:
        outcome = alert_steps.act(
            db.session,
            scope.clinic_id,
            alert_id,
            given.get("action", ""),
            given.get("note"),
            seen=_number("seen"),
            by=scope.user_id,
            now=clock.now(),
        )
    except BadStep as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
        return _back(None)
    return _answered(alert_id, outcome, _("What was done is kept with the alert."))


@bp.post(f"/<{ROW}:alert_id>/close")
@role_required(Role.CLINICIAN)
def close(alert_id: int) -> ResponseReturnValue:
    """Close the alert, if it was acknowledged and something was done about it."""
    scope = current_scope()
    outcome = alert_steps.close(
        db.session, scope.clinic_id, alert_id, seen=_number("seen"), by=scope.user_id, now=clock.now()
    )
    return _answered(alert_id, outcome, _("The alert is closed. It stays in the record, with every step."))


def sight(scope: Scope) -> Sight:
    """Return how much of an alert somebody may see."""
    if scope.has(Role.CLINICIAN):
        return "answers"
    return "names" if scope.has(Role.FRONT_DESK) else "levels"


@dataclass(frozen=True, slots=True)
class AlertPart:
    """Alerts as a page shows them, with what the forms of their steps need; only clinicians may take steps."""

    cards: Sequence[AlertCard]
    actions: Sequence[tuple[str, LazyString]]
    action_words: Mapping[str, LazyString]
    longest_note: int
    may_step: bool


def of_visit(visit_id: int) -> AlertPart:
    """Return the alerts of a visit for the part of its page that shows them."""
    seen = sight(current_scope())
    cards = alert_board.of_visit(db.session, frame.settings(), visit_id, sight=seen, now=clock.now())
    return _part(cards)


@bp.app_context_processor
def _for_visits() -> dict[str, object]:
    return {"alerts_of_visit": of_visit, "short_day": short_day}


def _part(cards: Sequence[AlertCard]) -> AlertPart:
    return AlertPart(
        cards=cards,
        actions=[(one, ACTION_WORDS[one]) for one in ACTIONS],
        action_words=ACTION_WORDS,
        longest_note=LONGEST_NOTE,
        may_step=current_scope().has(Role.CLINICIAN),
    )


def _answered(alert_id: int, outcome: Outcome, done: str) -> ResponseReturnValue:
    """Keep what a step has changed, and say what became of it on the page that it came from."""
    db.session.commit()
    if outcome.result == "done":
        flash(done, "success")
    else:
        flash(_said(outcome), "error")
    return _back(alert_id if outcome.result == "done" else None)


def _said(outcome: Outcome) -> str:
    first = {
        "who": outcome.who or _("Somebody else"),
        "day": format_day(outcome.at) if outcome.at else "",
        "time": format_time(outcome.at) if outcome.at else "",
    }
    words = {
        "done_by_another": _("%(who)s acknowledged this alert first: %(day)s, %(time)s.", **first),
        "closed": _("Nothing was added: %(who)s closed this alert %(day)s, %(time)s.", **first),
        "needs_acknowledgement": _("Nothing was closed: acknowledge the alert first."),
        "needs_action": _("Nothing was closed: say first what was done about the alert."),
        "changed": _("Nothing was closed: the patient has changed an answer. Read it here, then close the alert."),
    }
    return str(words[outcome.result])


def _back(alert_id: int | None) -> ResponseReturnValue:
    """Lead back to the alert, or where a step was not taken to the top of its page, where that is said."""
    visit = _number("visit")
    page = url_for("visits.show", visit_id=visit) if visit else url_for(".board")
    return redirect(f"{page}#alert-{alert_id}" if alert_id else page, HTTPStatus.SEE_OTHER)


def _number(name: str) -> int:
    """Return a number that the page put into its form; what is none counts as 0, which has seen nothing."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
