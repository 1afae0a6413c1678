"""The language and time zone of a page, and days and times as people say them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations, refresh
from flask_login import current_user

from clinic.web import sessions
from clinic.web.assets import PACKAGE

LANGUAGES = ("en", "es")
# What each language calls itself, for the switch.
OWN_NAMES = {"en": "English", "es": "Español"}
# Day with weekday, day without it, time; the clock is that of everyday speech in each language.
PATTERNS = {
    "en": ("EEEE d MMMM", "d MMMM y", "h:mm a"),
    "es": ("EEEE d 'de' MMMM", "d 'de' MMMM 'de' y", "H:mm"),
}
KEY = "language"

babel = Babel()


def init_app(app: Flask) -> None:
    """Set up the catalogues, and give templates the page's language and its dates."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(PACKAGE / "translations"))
    babel.init_app(app, default_locale="en", locale_selector=choose_language, timezone_selector=time_zone)
    # Every word of a page asks for its catalogue, so it is found by the language alone.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # The extension that Babel adds brings it.
        gettext=lambda words: _catalogue().ugettext(words),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(format_day=format_day, format_date=format_date, format_time=format_time)
    app.context_processor(_page_language)


def choose_language() -> str:
    """Return the page's language: a patient's choice, a member of staff's own, else what the browser asks for."""
    session = sessions.browser_session()
    if session.get(KEY) in LANGUAGES:
        return str(session[KEY])
    if session.kind == sessions.STAFF and current_user.is_authenticated:
        return current_user.locale if current_user.locale in LANGUAGES else "en"
    return request.accept_languages.best_match(LANGUAGES, default="en") or "en"


def set_language(language: str) -> None:
    """Remember a patient's choice for the rest of the session.

    Raises ValueError for a language that has no catalogue.
    """
    if language not in LANGUAGES:
        raise ValueError(f"No catalogue for {language!r}.")
    sessions.browser_session()[KEY] = language
    refresh()


def use_time_zone(name: str) -> None:
    """Show the times of this request in a clinic's zone (an IANA name)."""
    g.time_zone = name


def time_zone() -> str:
    """Return the zone of the page's times: the clinic's, once known, else UTC."""
    return str(g.get("time_zone", "UTC")) if has_request_context() else "UTC"


def local(moment: datetime) -> datetime:
    """Return a moment on the clinic's clock."""
    return moment.astimezone(ZoneInfo(time_zone()))


def format_day(day: date | datetime) -> str:
    """Return a day with its weekday: "Thursday 4 December", "jueves 4 de diciembre"."""
    language = _language()
    return babel_date(_local_day(day), PATTERNS[language][0], locale=language)


def format_date(day: date | datetime) -> str:
    """Return a day with its year: "4 December 2025", "4 de diciembre de 2025"."""
    language = _language()
    return babel_date(_local_day(day), PATTERNS[language][1], locale=language)


def format_time(moment: datetime) -> str:
    """Return a clock time: "9:20 am", "9:20"."""
    language = _language()
    return babel_time(local(moment).time(), PATTERNS[language][2], locale=language).lower()


_CATALOGUES: dict[str, NullTranslations] = {}


def _catalogue() -> NullTranslations:
    """Return the words of the page's language."""
    locale = get_locale()
    language = locale.language if locale is not None else ""
    found = _CATALOGUES.get(language)
    if found is None:
        found = _CATALOGUES[language] = get_translations()
    return found


def _local_day(day: date | datetime) -> date:
    return local(day).date() if isinstance(day, datetime) else day


def _language() -> str:
    locale = get_locale()
    return locale.language if locale is not None and locale.language in PATTERNS else "en"


def _page_language() -> dict[str, str]:
    locale = get_locale() or Locale("en")
    return {"page_language": locale.language, "page_direction": locale.text_direction}
