"""Signing in and out and changing a password: Flask-Security's views with our forms, words and limits."""

from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, Flask, Response, after_this_request, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, user_logged_in, user_logged_out
from flask_security import FSQLALiteUserDatastore, Security
from flask_security.forms import ChangePasswordForm, LoginForm
from flask_security.password_util import PasswordUtil
from flask_security.signals import password_changed
from sqlalchemy import func, select
from werkzeug.exceptions import TooManyRequests

from clinic.config import Settings
from clinic.core.scope import Role as RoleOf
from clinic.db import queries
from clinic.db.models import Clinic, Role, User
from clinic.db.session import begin_write, db
from clinic.services import accounts
from clinic.web import access, clock, sessions
from clinic.web.limits import Limiter
from clinic.web.security import CLEAR_SITE_DATA

bp = Blueprint("accounts", __name__)

# A clinic's staff often share one address, so it is allowed more tries than one account is.
FREE_PER_ACCOUNT = 5
FREE_PER_ADDRESS = 30
# Whoever signs in is led to the first of these that they may open.
FIRST_PAGES = ("/visits", "/trends", "/admin/clinic", "/account")


class Staff(FSQLALiteUserDatastore):
    """The library's way to our users and roles."""

    def find_user(self, case_insensitive: bool = False, **known: Any) -> User | None:
        """Return the user that one attribute names; every request of the staff asks by what its session holds."""
        if known.keys() == {"fs_uniquifier"}:
            return queries.user_of_session(db.session, known["fs_uniquifier"])
        return cast(User | None, super().find_user(case_insensitive, **known))


class SignInForm(LoginForm):
    """E-mail and password; every wrong pair is told in the same words, after the same work."""

    # Nobody is remembered, and the button is the page's own.
    remember = None  # type: ignore[assignment]
    submit = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Drop the way back that the library would take from the address: ours is kept in the session."""
        super().__init__(*args, **kwargs)
        self.next.data = ""

    def validate(self, **kwargs: Any) -> bool:
        """Check the limits, then the pair, and take the turn to write only for a right one."""
        keys = _limited_keys(self.email.data or "")
        _count_try(keys)
        is_right = super().validate(**kwargs)
        user = cast(User, self.user)
        if is_right and not _is_out_of_place(user):
            _forgive(keys)
            user_id = user.id
            db.session.rollback()
            begin_write(db.session)
            self.user = db.session.get_one(User, user_id)
            return True
        db.session.rollback()
        for field in (self.email, self.password):
            field.errors = []
        self.email.errors = [_("The e-mail or the password is not right. Check both and try again.")]
        return False


class NewPasswordForm(ChangePasswordForm):
    """The old password once, the new one twice."""

    submit = None  # type: ignore[assignment]

    def validate(self, **kwargs: Any) -> bool:
        """Count wrong old passwords like wrong sign-ins."""
        keys = _limited_keys(current_user.email)
        _count_try(keys)
        is_right = bool(super().validate(**kwargs))
        if is_right or not self.password.errors:
            _forgive(keys)
        return is_right


class Passwords(PasswordUtil):
    """Our rules for new passwords, in place of the library's."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """Return what is wrong with a new password, and its normal form."""
        user = cast(User, kwargs["user"])
        clinic = db.session.get_one(Clinic, user.clinic_id)
        about = (user.email, user.display_name, clinic.name)
        problem = accounts.password_problem(password, about=about)
        return ([problem] if problem else None), accounts.normal_password(password)


def init_app(app: Flask, settings: Settings) -> None:
    """Set up accounts; nobody can register, and no mail is sent."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 (the name of the scheme)
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__memory_cost": accounts.MEMORY_KIB,
            "argon2__time_cost": accounts.PASSES,
            "argon2__parallelism": accounts.LANES,
        },
        # The service that adds users makes the same hashes, so the library must not wrap them in an HMAC of its own.
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_SALT=settings.derived("password salt").hex(),
        SECURITY_PASSWORD_NORMALIZE_FORM=accounts.NORMAL_FORM,
        SECURITY_PASSWORD_LENGTH_MIN=accounts.SHORTEST_PASSWORD,
        SECURITY_LOGIN_USER_TEMPLATE="accounts/login.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="accounts/account.html",  # noqa: S106 (a file)
        SECURITY_CHANGEABLE=True,
        SECURITY_CHANGE_URL="/account",
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_TRACKABLE=True,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/after-sign-in",
        SECURITY_POST_LOGOUT_VIEW="/signed-out",
        SECURITY_POST_CHANGE_VIEW="/account",
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_STATIC_FOLDER=None,
        SECURITY_CACHE_CONTROL=None,
        # Asking for the password again is not used yet; without it there is no /verify.
        SECURITY_FRESHNESS=timedelta(minutes=-1),
        SECURITY_MSG_INVALID_PASSWORD=(_l("This is not your present password."), "error"),
        SECURITY_MSG_PASSWORD_NOT_PROVIDED=(_l("Type your password."), "error"),
        SECURITY_MSG_RETYPE_PASSWORD_MISMATCH=(_l("The two new passwords are not the same."), "error"),
        SECURITY_MSG_PASSWORD_IS_THE_SAME=(_l("The new password must not be the old one."), "error"),
    )
    security = Security(password_util_cls=Passwords)
    # No page of ours answers in JSON, and no token stands for a person.
    security.want_json(lambda _request: False)
    security.init_app(
        app,
        Staff(db, User, Role),
        login_form=SignInForm,
        change_password_form=NewPasswordForm,
    )
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    # Rows on the server already tell sessions apart; a changing network address must not sign a person out.
    app.login_manager.session_protection = None  # type: ignore[attr-defined]
    app.register_blueprint(bp)
    app.extensions["sign_in_limits"] = {
        "account": Limiter(free=FREE_PER_ACCOUNT),
        "address": Limiter(free=FREE_PER_ADDRESS),
    }
    user_logged_in.connect(_on_sign_in, app)
    user_logged_out.connect(_on_sign_out, app)
    password_changed.connect(_on_new_password, app)


@bp.get("/")
@access.public("Whoever types the bare address is led to where staff begin.")
def home() -> ResponseReturnValue:
    """Lead to the first page of whoever is signed in, else to sign-in; patients come by their own link."""
    return redirect("/after-sign-in" if access.is_signed_in() else "/login", 303)


@bp.get("/after-sign-in")
@access.role_required(*RoleOf)
def after_sign_in() -> ResponseReturnValue:
    """Lead a person back to the page they asked for, or to the first page of their role."""
    wanted = sessions.browser_session().pop(access.WANTED, None)
    if wanted is not None:
        return redirect(wanted, 303)
    return redirect(next(one for one in FIRST_PAGES if access.may_open(one)), 303)


@bp.get("/signed-out")
@access.public("It says only that nobody is signed in any more.")
def signed_out() -> ResponseReturnValue:
    """Say that the session is over."""
    return render_template("accounts/signed_out.html")


def _on_sign_in(_app: Flask, user: User, **_more: object) -> None:
    # Whoever knew the id of the browser's session before knows nothing of this one.
    sessions.browser_session().renew(sessions.STAFF, user_id=user.id, keep=("_user_id", "_fresh", "_id", access.WANTED))


def _on_sign_out(_app: Flask, **_more: object) -> None:
    sessions.end()

    @after_this_request
    def clear_site(response: Response) -> Response:
        response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
        return response


def _on_new_password(_app: Flask, user: User, **_more: object) -> None:
    sessions.end_all_of(db.session, user.id)
    flash(str(_("Your password is changed. You are signed out everywhere else.")), "success")


def _is_out_of_place(user: User) -> bool:
    # The demo's passwords are printed for everyone to see.
    settings: Settings = current_app.config["SETTINGS"]
    return accounts.is_demo_address(user.email) and not settings.is_demo


def _limited_keys(email: str) -> tuple[object, object]:
    """Return the keys of a try: the account and the address.

    A person's own last addresses have a count of their own, so that a stranger elsewhere cannot lock them out.
    """
    address = request.remote_addr or "unknown"
    account = email.strip().casefold()[:320]
    last = db.session.execute(
        select(User.current_login_ip, User.last_login_ip).where(func.lower(User.email) == account)
    ).one_or_none()
    is_known = last is not None and address in last
    return (account, address if is_known else None), address


def _count_try(keys: tuple[object, object]) -> None:
    limits: dict[str, Limiter] = current_app.extensions["sign_in_limits"]
    now = clock.now()
    wait = limits["address"].attempt(keys[1], now) or limits["account"].attempt(keys[0], now)
    if wait:
        seconds = int(wait.total_seconds()) + 1
        current_app.logger.warning("Sign-in slowed down for %d seconds", seconds)
        raise TooManyRequests(retry_after=seconds)


def _forgive(keys: tuple[object, object]) -> None:
    limits: dict[str, Limiter] = current_app.extensions["sign_in_limits"]
    limits["account"].forgive(keys[0])
    limits["address"].take_back(keys[1])
