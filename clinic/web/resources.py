"""The pages of the clinic's own directory: everybody on the staff reads it, most may keep it right."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.core.errors import BadResource
from clinic.core.scope import Role
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import resources
from clinic.services.resources import Entry
from clinic.web import clock, frame
from clinic.web.access import current_scope, role_required
from clinic.web.addresses import ROW
from clinic.web.resource_forms import EntryForm, NewEntryForm
from clinic.web.visit_forms import revision

bp = Blueprint("resources", __name__, url_prefix="/resources")

KEEPERS = (Role.CLINICIAN, Role.MANAGER, Role.ADMINISTRATOR)


@bp.get("")
@role_required(*Role)
def directory() -> ResponseReturnValue:
    """List the directory, with what nobody has checked for long and, below, what is out of use."""
    scope = current_scope()
    today = clock.now().astimezone(frame.settings().zone).date()
    entries = resources.directory(db.session, scope.clinic_id, with_retired=True)
    return render_template(
        "resources/directory.html",
        used=[one for one in entries if one.retired_at is None],
        retired=[one for one in entries if one.retired_at is not None],
        stale={one.id for one in entries if one.retired_at is None and one.is_unchecked(today)},
        gaps=gap_names(),
        today=today,
        may_keep=scope.has(*KEEPERS),
    )


@bp.get("/new")
@role_required(*KEEPERS)
def new() -> ResponseReturnValue:
    """Ask for a new entry."""
    return _page(_new_form(), None)


@bp.post("/new")
@role_required(*KEEPERS)
def add() -> ResponseReturnValue:
    """Add an entry."""
    scope, form = current_scope(), _new_form()
    if not form.validate_on_submit():
        return _page(form, None), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        resources.add(
            db.session,
            scope.clinic_id,
            form.to_resource(),
            checked_on=form.checked(),
            by=scope.user_id,
            now=clock.now(),
        )
    except BadResource as refusal:
        form.form_errors.append(str(refusal))
        return _page(form, None), HTTPStatus.UNPROCESSABLE_ENTITY
    db.session.commit()
    flash(_("The entry is added."), "success")
    return redirect(url_for(".directory"), HTTPStatus.SEE_OTHER)


@bp.get(f"/<{ROW}:resource_id>/edit")
@role_required(*KEEPERS)
def edit(resource_id: int) -> ResponseReturnValue:
    """Show an entry, to be changed."""
    stored = _entry(resource_id)
    form = _form(stored)
    form.seen.data = str(stored.revision)
    return _page(form, stored)


@bp.post(f"/<{ROW}:resource_id>/edit")
@role_required(*KEEPERS)
def change(resource_id: int) -> ResponseReturnValue:
    """Change an entry, unless somebody else has done so since the page was made."""
    stored, clinic_id = _entry(resource_id), current_scope().clinic_id
    form = _form(stored)
    if not form.validate_on_submit():
        return _page(form, stored), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        done = resources.change(db.session, clinic_id, resource_id, form.to_resource(), seen=revision(form.seen.data))
    except BadResource as refusal:
        form.form_errors.append(str(refusal))
        return _page(form, stored), HTTPStatus.UNPROCESSABLE_ENTITY
    if not done:
        # What was read before the other's change is read again; what was typed stays beside it.
        db.session.rollback()
        stored = _entry(resource_id)
        form.seen.data = str(stored.revision)
        return _page(form, stored, is_stale=True), HTTPStatus.CONFLICT
    db.session.commit()
    flash(_("The entry is changed."), "success")
    return redirect(url_for(".directory"), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:resource_id>/checked")
@role_required(*KEEPERS)
def checked(resource_id: int) -> ResponseReturnValue:
    """Record that somebody has checked an entry today."""
    scope = current_scope()
    resources.mark_checked(db.session, scope.clinic_id, resource_id, by=scope.user_id, now=clock.now())
    db.session.commit()
    return redirect(url_for(".directory", _anchor=f"entry-{resource_id}"), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:resource_id>/retire")
@role_required(*KEEPERS)
def retire(resource_id: int) -> ResponseReturnValue:
    """Take an entry out of use."""
    scope, seen = current_scope(), revision(request.form.get("seen"))
    if not resources.retire(db.session, scope.clinic_id, resource_id, by=scope.user_id, now=clock.now(), seen=seen):
        return _as_it_stands()
    db.session.commit()
    flash(_("The entry is out of use. What was agreed with it before stays."), "success")
    return redirect(url_for(".directory"), HTTPStatus.SEE_OTHER)


@bp.post(f"/<{ROW}:resource_id>/bring-back")
@role_required(*KEEPERS)
def bring_back(resource_id: int) -> ResponseReturnValue:
    """Use a retired entry again."""
    seen = revision(request.form.get("seen"))
    if not resources.bring_back(db.session, current_scope().clinic_id, resource_id, seen=seen):
        return _as_it_stands()
    db.session.commit()
    flash(_("The entry is in use again."), "success")
    return redirect(url_for(".directory"), HTTPStatus.SEE_OTHER)


def gap_names() -> dict[str, str]:
    """Return the names of the four gaps by the words in which they are stored."""
    instrument, language = catalogue.current(), frame.settings().summary_language
    return {key.lower(): instrument.say(language, f"domain.{key}") for key in instrument.domains}


def _entry(resource_id: int) -> Entry:
    return resources.entry(db.session, current_scope().clinic_id, resource_id)


def _as_it_stands() -> ResponseReturnValue:
    db.session.rollback()
    flash(
        _("Nothing was done: somebody else changed this entry in the meantime. This is how it stands now."), "success"
    )
    return redirect(url_for(".directory"), HTTPStatus.SEE_OTHER)


def _new_form() -> NewEntryForm:
    today = clock.now().astimezone(frame.settings().zone).date()
    form = NewEntryForm(data={"checked_on": today})
    form.today = today
    form.helping(gap_names())
    return form


def _form(stored: Entry) -> EntryForm:
    form = EntryForm(
        data={
            "name": stored.name,
            "offers": stored.offers,
            "gaps": list(stored.gaps),
            "phone": stored.phone,
            "address": stored.address,
            "url": stored.url,
            "languages": ", ".join(stored.languages),
        }
    )
    form.helping(gap_names())
    return form


def _page(form: EntryForm, stored: Entry | None, *, is_stale: bool = False) -> str:
    names = gap_names()
    told = (
        []
        if stored is None or not is_stale
        else [
            (form.name, stored.name),
            (form.offers, stored.offers),
            (form.gaps, ", ".join(names[one] for one in stored.gaps)),
            (form.phone, stored.phone),
            (form.address, stored.address),
            (form.url, stored.url),
            (form.languages, ", ".join(stored.languages)),
        ]
    )
    return render_template(
        "resources/edit.html",
        form=form,
        entry=stored,
        is_stale=is_stale,
        stored=[(field.label.text, value) for field, value in told],
    )
