"""The staff's pages of visits: the day, making one, its link and slip, and the one page of a form that was sent."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.errors import NotFound
from clinic.core.scope import Role, Scope
from clinic.db.queries import AlertRow
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.reports.summary_pdf import PageSize, summary_pdf
from clinic.services import clinic_settings, followups, invitations, links, patients, visits
from clinic.services.board import board
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.followups import Life
from clinic.web import clock, frame, sessions, visit_page
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW
from clinic.web.i18n import OWN_NAMES
from clinic.web.printing import count_file
from clinic.web.short_dates import short_date, short_day
from clinic.web.slip import slip_words
from clinic.web.visit_forms import NewPatientForm, NewVisitForm
from clinic.web.visit_links import link_view

bp = Blueprint("visits", __name__, url_prefix="/visits")

SEARCH = "patient_search"
ALL = "all"
LONGEST_SEARCH = 200
# Two presses of "start now" this near to each other mean one visit.
WALKED_IN = timedelta(minutes=10)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


@bp.get("")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def day() -> ResponseReturnValue:
    """List a day's visits: for clinicians with what the forms say, for the front desk with their states alone."""
    scope, settings, now = current_scope(), _settings(), clock.now()
    today = now.astimezone(settings.zone).date()
    shown = _day(request.args.get("day"), today)
    is_clinician = scope.has(Role.CLINICIAN)
    clinicians = visits.clinicians(db.session, scope.clinic_id)
    chosen = _whose(scope, request.args.get("whose", ""), {one.id for one in clinicians})
    is_mine = is_clinician and chosen == scope.user_id
    rows = board(
        db.session,
        scope.clinic_id,
        shown,
        settings.zone,
        now=now,
        clinician_id=chosen,
        answers_in=settings.summary_language if is_clinician else None,
    )
    return render_template(
        "visits/day.html",
        rows=rows,
        day=shown,
        today=today,
        now=now,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        is_clinician=is_clinician,
        is_mine=is_mine,
        clinicians=clinicians,
        chosen=chosen,
        # What a link to another day keeps of the choice.
        whose=None if is_mine or (chosen is None and not is_clinician) else str(chosen or ALL),
        past_due=_past_due(scope, today) if is_mine and shown == today else [],
        next_visit=next((row.visit_id for row in rows if row.at >= now and row.state != "cancelled"), None),
        lacks=clinic_settings.missing(settings),
        short_day=short_day,
        short_date=short_date,
    )


@bp.post("/search")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def search() -> ResponseReturnValue:
    """Keep what is searched for in the session: a name has no place in an address."""
    sessions.browser_session()[SEARCH] = request.form.get("text", "").strip()[:LONGEST_SEARCH]
    return redirect(url_for(".found"), HTTPStatus.SEE_OTHER)


@bp.get("/search")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def found() -> ResponseReturnValue:
    """List the patients that were searched for."""
    text = str(sessions.browser_session().get(SEARCH, ""))
    people = patients.find(db.session, current_scope().clinic_id, text)
    return render_template(
        "visits/found.html",
        text=text,
        people=people,
        is_cut=len(people) == patients.MOST_FOUND,
        hints=patients.hints(text),
    )


@bp.get("/new")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def new() -> ResponseReturnValue:
    """Ask who comes, then when and to whom."""
    who = request.args.get("patient", "")
    if not who:
        return render_template("visits/who.html")
    return _new_page(_new_form(who), who)


@bp.post("/new")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def create() -> ResponseReturnValue:
    """Make the visit, and its patient where they are new, with the link to its form."""
    who = request.args.get("patient", "")
    form, scope, now = _new_form(who), current_scope(), clock.now()
    if request.form.get("start") == "now":
        form.start_now()
    is_valid = form.validate_on_submit()
    there = _made_before(form, who, is_valid=is_valid)
    if there is not None:
        return _is_there(there, form)
    if not is_valid:
        return _new_page(form, who), HTTPStatus.UNPROCESSABLE_ENTITY
    patient = form.to_patient() if isinstance(form, NewPatientForm) else _id(who)
    new, invites = form.to_visit(patient), bool(form.invites.data)
    made = visits.create(db.session, scope.clinic_id, new, by=scope.user_id, now=now, invites=invites)
    db.session.commit()
    if not made.is_new:
        return _is_there(made.visit_id, form)
    if form.walk_in:
        return redirect(url_for("visit_links.tablet", visit_id=made.visit_id), HTTPStatus.SEE_OTHER)
    flash(_("The visit is made. Its link works from now on."), "success")
    return redirect(url_for(".show", visit_id=made.visit_id), HTTPStatus.SEE_OTHER)


def _made_before(form: NewVisitForm, who: str, *, is_valid: bool) -> int | None:
    """Return the visit that an earlier press of the same button has made."""
    clinic_id, since = current_scope().clinic_id, form.walk_in and form.walk_in - WALKED_IN
    if isinstance(form, NewPatientForm) and set(form.errors) == {"record_number"}:
        # The second press for somebody new finds the patient that the first has added.
        added = form.to_patient()
        return visits.made_before(db.session, clinic_id, added, form.to_visit(added).scheduled_at, since=since)
    if form.walk_in and is_valid and not isinstance(form, NewPatientForm):
        # The minute may have passed between two presses.
        return visits.at_moment(db.session, clinic_id, _id(who), form.walk_in, since=since)
    return None


@bp.get(f"/<{ROW}:visit_id>")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def show(visit_id: int) -> ResponseReturnValue:
    """Show clinicians the one page of a form that was sent, and everybody else its link and its state."""
    scope, now = current_scope(), clock.now()
    visit = visits.card(db.session, scope.clinic_id, visit_id)
    is_clinician = scope.has(Role.CLINICIAN)
    if visit.is_finished and is_clinician:
        return visit_page.one_page(visit)
    settings, link = _settings(), link_view(scope, visit, now)
    return render_template(
        "visits/waiting.html",
        visit=visit,
        own_name=OWN_NAMES.get(visit.patient.language, visit.patient.language),
        settings=settings,
        # Who sees no answers is told of an open alert, and whom to tell.
        alert=None if is_clinician else _open_alert(visit_id),
        link=link,
        mailing=invitations.mailing(db.session, scope.clinic_id, visit_id, link.found) if link else None,
        safety=visits.safety(db.session, scope.clinic_id, visit_id, now=now) if is_clinician else None,
        is_clinician=is_clinician,
        may_close=is_clinician and visit.may_close(now),
        day=visit.at.astimezone(settings.zone).date(),
    )


@bp.get(f"/<{ROW}:visit_id>/summary.pdf")
@role_required(Role.CLINICIAN)
def pdf(visit_id: int) -> ResponseReturnValue:
    """Send the one page on the clinic's paper; the file's name says nothing about the patient."""
    count_file(("user", current_scope().user_id))
    settings, now = _settings(), clock.now()
    page = visit_page.page_of(visit_id)
    paper: PageSize = "letter" if settings.page_size == "letter" else "A4"
    content = summary_pdf(page, page_size=paper, at=now.astimezone(settings.zone), author=settings.clinic_name)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="barrier-check-visit-{visit_id}.pdf"'
    return response


@bp.get(f"/<{ROW}:visit_id>/slip")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def slip(visit_id: int) -> ResponseReturnValue:
    """Show the slip for the patient's hand, in the patient's language and without a word about health."""
    scope, now = current_scope(), clock.now()
    visit = visits.card(db.session, scope.clinic_id, visit_id)
    link = link_view(scope, visit, now)
    return render_template(
        "visits/slip.html",
        visit=visit,
        link=link,
        words=slip_words(visit, link.expires_at) if link else None,
        clinic_name=_settings().clinic_name,
    )


@bp.post(f"/<{ROW}:visit_id>/link")
@role_required(Role.CLINICIAN, Role.FRONT_DESK)
def reissue(visit_id: int) -> ResponseReturnValue:
    """End the visit's link and make a new one."""
    scope = current_scope()
    links.issue(db.session, scope.clinic_id, visit_id, by=scope.user_id, now=clock.now())
    db.session.commit()
    flash(_("The old link has ended. This is the new one."), "success")
    return redirect(url_for(".show", visit_id=visit_id), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:visit_id>/read")
@role_required(Role.CLINICIAN)
def mark_read(visit_id: int) -> ResponseReturnValue:
    """Record that the summary was read."""
    scope = current_scope()
    visits.mark_read(db.session, scope.clinic_id, visit_id, by=scope.user_id, now=clock.now())
    db.session.commit()
    return redirect(url_for(".show", visit_id=visit_id), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:visit_id>/close")
@role_required(Role.CLINICIAN)
def use_what_is_there(visit_id: int) -> ResponseReturnValue:
    """Close a form that was begun and not sent, so that the visit can use it."""
    scope = current_scope()
    visits.use_what_is_there(db.session, scope.clinic_id, visit_id, by=scope.user_id, now=clock.now())
    db.session.commit()
    return redirect(url_for(".show", visit_id=visit_id), HTTPStatus.SEE_OTHER)


def _settings() -> ClinicSettings:
    return frame.settings()


def _day(text: str | None, today: date) -> date:
    """Return the day that an address asks for, today where it asks for none that a list can show."""
    try:
        asked = date.fromisoformat(text or "")
    except ValueError:
        return today
    return asked if FIRST_DAY <= asked <= LAST_DAY else today


def _whose(scope: Scope, asked: str, clinicians: Collection[int]) -> int | None:
    """Return whose visits are listed: clinicians see their own unless they ask for others, the front desk all."""
    if asked.isascii() and asked.isdigit() and len(asked) < 18 and int(asked) in clinicians:
        return int(asked)
    return scope.user_id if scope.has(Role.CLINICIAN) and asked != ALL else None


def _past_due(scope: Scope, today: date) -> Sequence[Life]:
    return followups.past_due(db.session, scope.clinic_id, scope.user_id, today=today)


def _open_alert(visit_id: int) -> AlertRow | None:
    return next((one for one in frame.staff_frame().alerts if one.visit_id == visit_id), None)


def _is_there(visit_id: int, form: NewVisitForm) -> ResponseReturnValue:
    flash(_("This patient already has a visit at this time: this is it. No second one was made."), "success")
    view = "visit_links.tablet" if form.walk_in else ".show"
    return redirect(url_for(view, visit_id=visit_id), HTTPStatus.SEE_OTHER)


def _new_form(who: str) -> NewVisitForm:
    scope, settings, now = current_scope(), _settings(), clock.now()
    clinicians = visits.clinicians(db.session, scope.clinic_id)
    is_new = who == "new"
    proposed: dict[str, date | int | bool] = {
        "day": now.astimezone(settings.zone).date(),
        "invites": settings.invite_by_email,
    }
    if any(one.id == scope.user_id for one in clinicians):
        proposed["clinician"] = scope.user_id
    form = NewPatientForm(data=proposed) if is_new else NewVisitForm(data=proposed)
    form.at(now, settings.zone)
    form.of(clinicians=clinicians, sites=visits.sites(db.session, scope.clinic_id))
    if isinstance(form, NewPatientForm):
        form.speaking(clinic_settings.offered_languages(settings, catalogue.current()))
        form.is_taken = lambda number: patients.by_record_number(db.session, scope.clinic_id, number) is not None
    return form


def _new_page(form: NewVisitForm, who: str) -> str:
    clinic_id = current_scope().clinic_id
    patient = None if who == "new" else patients.details(db.session, clinic_id, _id(who))
    return render_template("visits/new.html", form=form, who=who, patient=patient)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise NotFound("There is no such patient.")
    return int(text)
