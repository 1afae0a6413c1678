"""What stands around every page: the demo band, the navigation, and the open alerts of the clinic."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from clinic.core.scope import Role
from clinic.db.queries import AlertRow, open_alerts
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import clinic_settings, scoring_profiles
from clinic.services.alert_board import is_overdue
from clinic.services.clinic_settings import ClinicSettings
from clinic.web import access, clock, i18n, sessions


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    label: str
    path: str
    is_here: bool


def init_app(app: Flask, *, is_demo: bool) -> None:
    """Give every template the frame's values."""

    def frame() -> dict[str, Any]:
        return {"is_demo": is_demo, "staff_frame": staff_frame}

    app.context_processor(frame)
    app.before_request(_use_clinic_time)
    app.jinja_env.globals.update(ago=ago, timed_out=_timed_out, session_end=session_end, may_open=access.may_open)
    app.jinja_env.globals.update(cut_points=cut_points)


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """When the session of the page is over without use, as a clock time, and how many seconds are left until then."""

    until: str
    seconds: str


def session_end() -> SessionEnd:
    """Return when the request's session will be over, for the notice before it."""
    now = clock.now()
    at = sessions.ends_at(sessions.browser_session(), now)
    return SessionEnd(i18n.format_time(at), str(int((at - now).total_seconds())))


@dataclass(frozen=True, slots=True)
class StaffFrame:
    """What a staff page shows around its content; `names_alerts` is false for those who may see no patient's name.

    `overdue` are the ids of the alerts that nobody has acknowledged in time.
    """

    clinic_name: str
    person: str
    roles: str
    places: Sequence[Place]
    alerts: Sequence[AlertRow]
    overdue: Collection[int]
    names_alerts: bool


def staff_frame() -> StaffFrame:
    """Return the frame of the signed-in person's page; a page that is made twice, as after a failure, asks once."""
    if "staff_frame" not in g:
        g.staff_frame = _staff_frame()
    found: StaffFrame = g.staff_frame
    return found


def _staff_frame() -> StaffFrame:
    scope, now = access.current_scope(), clock.now()
    lines = open_alerts(db.session, scope.clinic_id, now)
    return StaffFrame(
        clinic_name=settings().clinic_name,
        person=current_user.display_name,
        roles=", ".join(sorted(_role_words(role) for role in scope.roles)),
        places=_places(),
        alerts=lines,
        overdue=frozenset(
            one.id for one in lines if is_overdue(settings(), one.level, one.opens_at, one.acknowledged_at, now)
        ),
        # The front desk has no answers, but it is who finds the clinician on duty, so it must know whom this is about.
        names_alerts=scope.has(Role.CLINICIAN, Role.FRONT_DESK),
    )


def settings() -> ClinicSettings:
    """Return the settings of the signed-in person's clinic; a request asks for them once."""
    if "clinic_settings" not in g:
        g.clinic_settings = clinic_settings.read(db.session, access.current_scope().clinic_id)
    found: ClinicSettings = g.clinic_settings
    return found


@dataclass(frozen=True, slots=True)
class CutPoints:
    """Where watch, gap and priority gap begin, of 100, for the forms that are begun now."""

    watch: int
    gap: int
    priority: int


def cut_points() -> CutPoints:
    """Return the present cut points of the signed-in person's clinic."""
    rules = scoring_profiles.present(settings(), catalogue.current()).scoring
    return CutPoints(rules.watch, rules.gap, rules.priority)


def _timed_out() -> bool:
    return sessions.browser_session().expired


def ago(moment: datetime) -> str:
    """Return how long ago a moment was, in the largest whole unit: "5 minutes ago"."""
    minutes = max(0, int((clock.now() - moment).total_seconds() // 60))
    if minutes < 1:
        return str(_("just now"))
    if minutes < 60:
        return str(ngettext("%(num)d minute ago", "%(num)d minutes ago", minutes))
    if minutes < 48 * 60:
        return str(ngettext("%(num)d hour ago", "%(num)d hours ago", minutes // 60))
    return str(ngettext("%(num)d day ago", "%(num)d days ago", minutes // (24 * 60)))


def _places() -> list[Place]:
    known = [
        (_("Visits"), "/visits", "visits.day"),
        (_("New visit"), "/visits/new", "visits.new"),
        (_("Alerts"), "/alerts", "alerts.board"),
        (_("Trends"), "/trends", "trends.show"),
        (_("Resources"), "/resources", "resources.directory"),
        (_("Clinic"), "/admin/clinic", "clinic_admin.overview"),
        (_("Messages"), "/admin/worker", "worker.health"),
        (_("My account"), "/account", "security.change_password"),
    ]
    roles = access.current_scope().roles
    shown = [(label, path) for label, path, endpoint in known if _may_open(endpoint, roles)]
    here = max((path for _label, path in shown if _is_under(path)), key=len, default=None)
    return [Place(label, path, path == here) for label, path in shown]


def _may_open(endpoint: str, roles: Collection[Role]) -> bool:
    need = access.declared(current_app, endpoint)
    return isinstance(need, access.StaffOnly) and not need.roles.isdisjoint(roles)


def _is_under(path: str) -> bool:
    return request.path == path or request.path.startswith(f"{path}/")


def _role_words(role: Role) -> str:
    words: dict[Role, str] = {
        Role.CLINICIAN: _("clinician"),
        Role.FRONT_DESK: _("front desk"),
        Role.MANAGER: _("manager"),
        Role.ADMINISTRATOR: _("administrator"),
    }
    return words[role]


def _use_clinic_time() -> None:
    if sessions.browser_session().kind == sessions.STAFF and access.is_signed_in():
        i18n.use_time_zone(settings().zone.key)
