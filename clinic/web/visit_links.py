"""The staff's ways to hand out the link of a visit: what a page shows of it, sending it by e-mail, and ending it."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.errors import NoUseForLink
from clinic.core.scope import Role, Scope
from clinic.db.session import db
from clinic.services import clinic_settings, invitations, links, visits
from clinic.services.links import Link
from clinic.services.visits import VisitCard
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW
from clinic.web.patient import opened
from clinic.web.qr import QrCode, qr_code

bp = Blueprint("visit_links", __name__, url_prefix="/visits")


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as staff hand it out: its address and QR code, and where a short code is typed."""

    found: Link
    url: str
    start: str
    qr: QrCode

    @property
    def code(self) -> str:
        """Return the short code in two halves."""
        return self.found.spaced_code

    @property
    def expires_at(self) -> datetime:
        """Return when the link stops opening."""
        return self.found.expires_at


def link_view(scope: Scope, visit: VisitCard, now: datetime) -> LinkView | None:
    """Return the link of a visit that still opens, None where there is none or nothing to open with it."""
    found = links.current(db.session, scope.clinic_id, visit.id, now=now) if visit.takes_answers else None
    if found is None:
        return None
    url = request.host_url.rstrip("/") + found.path
    return LinkView(found, url, f"{request.host}/start", qr_code(url))


@bp.get(f"/<{ROW}:visit_id>/tablet")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def tablet(visit_id: int) -> ResponseReturnValue:
    """Show the link alone, large: for the patient's own phone, for a tablet, or for this very device."""
    scope, settings = current_scope(), frame.settings()
    visit = visits.card(db.session, scope.clinic_id, visit_id)
    return render_template(
        "visits/tablet.html",
        visit=visit,
        link=link_view(scope, visit, clock.now()),
        is_ready=not clinic_settings.missing(settings),
        clinic_name=settings.clinic_name,
    )


@bp.post(f"/<{ROW}:visit_id>/tablet")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def open_here(visit_id: int) -> ResponseReturnValue:
    """Open the form in this browser, in which the member of staff is then no longer signed in."""
    scope, now = current_scope(), clock.now()
    link = link_view(scope, visits.card(db.session, scope.clinic_id, visit_id), now)
    if link is None:
        raise NoUseForLink("There is no link that works: make a new one on the visit’s page, unless the form was sent.")
    opening = links.open_by_id(db.session, link.found.id, now=now)
    links.note_opened(db.session, opening.link_id, now=now)
    db.session.commit()
    # Who hands over the tablet has seen who it is for, so nobody is asked for a date of birth.
    opened.begin(opening, on_tablet=True)
    return redirect(url_for("patient.resume"), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:visit_id>/link/send")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def send(visit_id: int) -> ResponseReturnValue:
    """Send the visit's link by e-mail, also once more."""
    outcome = invitations.invite(db.session, current_scope().clinic_id, visit_id, now=clock.now())
    db.session.commit()
    said = {
        "written": _("The e-mail with the link leaves within a minute."),
        "waiting": _("No e-mail was added: one is waiting already."),
        "no_address": _("No e-mail was added: the patient has no address."),
        "not_ready": _("No e-mail was added: the clinic is not ready for forms. Its manager can see what is missing."),
    }
    flash(said[outcome], "success")
    return _to_visit(visit_id)


@bp.post(f"/<{ROW}:visit_id>/link/end")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def end(visit_id: int) -> ResponseReturnValue:
    """End the visit's link without a new one."""
    scope = current_scope()
    visits.card(db.session, scope.clinic_id, visit_id)
    links.revoke(db.session, scope.clinic_id, visit_id, now=clock.now())
    db.session.commit()
    flash(_("The link has ended. It opens nothing now."), "success")
    return _to_visit(visit_id)


def _to_visit(visit_id: int) -> ResponseReturnValue:
    return redirect(url_for("visits.show", visit_id=visit_id), HTTPStatus.SEE_OTHER)
