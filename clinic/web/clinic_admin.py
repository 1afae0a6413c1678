"""The administrator's pages of the clinic itself: its settings by section, and the history of every change."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from clinic.core.errors import NotFound
from clinic.core.scope import Role
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import clinic_settings, message_words, scoring_profiles, setting_changes, setting_rules
from clinic.services.clinic_settings import ClinicSettings, Remark
from clinic.web import clock, frame, i18n
from clinic.web.access import current_scope, role_required
from clinic.web.clinic_forms import MessagesForm, SafetyForm, Section, sections
from clinic.web.section_form import SectionForm
from clinic.web.setting_words import label, shown

bp = Blueprint("clinic_admin", __name__, url_prefix="/admin/clinic")

EXAMPLE_CODE = "7K3M 9QXD"


@bp.get("")
@role_required(Role.ADMINISTRATOR)
def overview() -> ResponseReturnValue:
    """Show what is missing before a form can be opened, and every section with what holds."""
    settings, values = _settings(), _values()
    places = sections(settings.languages)
    today = clock.now().astimezone(settings.zone).date()
    return render_template(
        "admin/clinic.html",
        places=[(one, _facts(one, values)) for one in places.values()],
        lacks=_linked(clinic_settings.lacking(settings), places),
        advice=_linked([*clinic_settings.unchecked(settings, today), *_advice(settings)], places),
    )


@bp.get("/<section>")
@role_required(Role.ADMINISTRATOR)
def edit(section: str) -> ResponseReturnValue:
    """Show one section with what holds, to be changed."""
    place = _section(section)
    values = _values()
    return _page(place, place.form.of(place.language, values, _settings()), values)


@bp.post("/<section>")
@role_required(Role.ADMINISTRATOR)
def save(section: str) -> ResponseReturnValue:
    """Save one section, unless the settings have changed since the page was made; or show its messages filled in."""
    scope, place, values = current_scope(), _section(section), _values()
    form = place.form.of(place.language, values, _settings())
    if not form.validate_on_submit():
        return _page(place, form, values), HTTPStatus.UNPROCESSABLE_ENTITY
    if request.form.get("go") == "preview" and isinstance(form, MessagesForm):
        problems = form.problems()
        form.tell(problems)
        return _page(place, form, values), HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    tried = setting_changes.save(
        db.session,
        scope.clinic_id,
        form.wanted(),
        seen=request.form.get(form.seen.name, ""),
        by=scope.user_id,
        reason=form.why,
        now=clock.now(),
    )
    if not tried.is_saved:
        db.session.rollback()
        form.tell(tried.problems)
        if not tried.is_stale:
            return _page(place, form, values), HTTPStatus.UNPROCESSABLE_ENTITY
        # What was typed stays on the page beside what is stored, and the next press is made knowing both.
        form.seen.data = _settings().version
        return _page(place, form, values, is_stale=True), HTTPStatus.CONFLICT
    db.session.commit()
    flash(_("Saved: %(section)s.", section=place.name), "success")
    return redirect(url_for(".overview"), HTTPStatus.SEE_OTHER)


@bp.get("/history")
@role_required(Role.ADMINISTRATOR)
def history() -> ResponseReturnValue:
    """List every change of a setting, the latest first."""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
    changes = setting_changes.history(db.session, current_scope().clinic_id, before=before)
    return render_template(
        "admin/clinic_history.html",
        changes=changes,
        older=changes[-1].id if len(changes) == setting_changes.AT_ONCE else None,
        is_first=before is None,
        label=label,
        shown=_shown,
    )


def _shown(key: str, value: Any) -> str:
    """Return a value in words; a set of cut points with its numbers, so that nobody has to look them up."""
    if key != scoring_profiles.KEY:
        default = setting_rules.DEFAULTS.get(key)
        is_default = value is None and default is not None
        return str(_("As it came: %(value)s", value=_held(key, default))) if is_default else shown(key, value)
    cuts = scoring_profiles.named(_settings(), value)
    if cuts is None:
        return str(_("Those of the questionnaire"))
    return f"{value} ({', '.join(str(cuts[part]) for part in scoring_profiles.PARTS)})"


def _settings() -> ClinicSettings:
    return frame.settings()


def _values() -> dict[str, Any]:
    return setting_changes.current(db.session, current_scope().clinic_id)


def _section(slug: str) -> Section:
    found = sections(_settings().languages).get(slug)
    if found is None:
        raise NotFound("There is no such section.")
    return found


def _page(place: Section, form: SectionForm, values: Mapping[str, Any], *, is_stale: bool = False) -> str:
    messages = isinstance(form, MessagesForm)
    return render_template(
        "admin/clinic_section.html",
        place=place,
        form=form,
        is_stale=is_stale,
        facts=_facts(place, values),
        last=setting_changes.latest(db.session, current_scope().clinic_id, place.keys[0])
        if isinstance(form, SafetyForm)
        else None,
        shown=shown,
        preview=_preview(form) if messages and not form.errors else (),
        example=_example(place.language or "") if messages else {},
    )


def _facts(place: Section, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(label(base), _held(key, values.get(key))) for base, key in zip(place.form.keys, place.keys, strict=True)]


def _held(key: str, value: Any) -> str:
    """Return what holds in words; a letter of many lines is only told to be there."""
    if not isinstance(value, str) or "\n" not in value:
        return shown(key, value)
    return str(_("The standard text") if value == setting_rules.DEFAULTS.get(key) else _("The clinic’s own text"))


def _linked(remarks: list[Remark], places: Mapping[str, Section]) -> list[tuple[str, str]]:
    """Return each remark in words, with the address of the section that changes its setting."""
    home = {key: url_for(".edit", section=slug) for slug, place in places.items() for key in place.keys}
    return [(f"{one.words} ({label(one.key)})", home.get(one.key, url_for(".overview"))) for one in remarks]


def _advice(settings: ClinicSettings) -> list[Remark]:
    """Return what does not close the forms and yet leaves somebody out."""
    found = [
        Remark(f"{base}_email", _("Nobody is told of an alert by e-mail: there is no address"))
        for base, contact in (("alert_inbox", settings.alert_inbox), ("backup", settings.backup))
        if contact.role and not contact.email
    ]
    offered = clinic_settings.offered_languages(settings, catalogue.current())
    return found + [
        Remark(f"language_reviewer.{one}", _("Not offered to patients until somebody has reviewed the translation"))
        for one in settings.languages
        if one not in offered
    ]


def _preview(form: SectionForm) -> list[tuple[str, str]]:
    """Return the invitation and the reminder, subject and text, as a patient would get them."""
    example = _example(form.language or "")
    texts = {name: form[name].data or message_words.DEFAULTS[name].get(form.language or "", "") for name in form.keys}
    filled = {name: message_words.filled(text, example) for name, text in texts.items()}
    return [(filled[f"{one}_subject"], filled[f"{one}_text"]) for one in ("invitation", "reminder")]


def _example(language: str) -> dict[str, str]:
    settings, day = _settings(), clock.now() + timedelta(days=7)
    with force_locale(language):
        return {
            "clinic": settings.clinic_name,
            "clinician": "Dr. Alex Rivera",
            "day": i18n.format_day(day),
            "time": i18n.format_time(day),
            "link": f"{request.host_url}q/…",
            "code": EXAMPLE_CODE,
        }
