"""The names of a clinic's settings and of their values, as the pages of the administrator say them."""

from collections.abc import Mapping
from typing import Any

from babel.dates import get_day_names
from flask_babel import LazyString, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from clinic.services.setting_rules import DAYS
from clinic.web.i18n import OWN_NAMES

LABELS: Mapping[str, LazyString] = {
    "name": _l("Name of the clinic"),
    "time_zone": _l("Time zone"),
    "languages": _l("Languages, the first one first"),
    "page_size": _l("Paper"),
    "summary_language": _l("Language of the one page"),
    "staffed_hours": _l("Staffed hours"),
    "holidays": _l("Days when nobody is there"),
    "emergency_number": _l("Emergency number"),
    "crisis_locale": _l("Crisis line"),
    "alert_inbox_role": _l("Who reads safety alerts"),
    "alert_inbox_name": _l("Name of who reads alerts"),
    "alert_inbox_email": _l("E-mail of who reads alerts"),
    "backup_role": _l("Who steps in"),
    "backup_name": _l("Name of who steps in"),
    "backup_email": _l("E-mail of who steps in"),
    "alert_minutes": _l("Minutes until an alert is overdue"),
    "response_time_text": _l("When somebody answers"),
    "read_when": _l("When the answers are read"),
    "reader_text": _l("Who reads the answers"),
    "language_reviewer": _l("Who reviewed the translation"),
    "checkin_mode": _l("Safety check-in"),
    "link_days": _l("Days that a link works"),
    "tablet_mode": _l("Tablet mode"),
    "invite_by_email": _l("Invitations by e-mail"),
    "remind_days": _l("Reminders by e-mail"),
    "ask_birth_date": _l("Ask for the date of birth"),
    "invitation_subject": _l("Subject of the invitation"),
    "invitation_text": _l("Text of the invitation"),
    "reminder_subject": _l("Subject of the reminder"),
    "reminder_text": _l("Text of the reminder"),
    "scoring_profile": _l("Cut points"),
    "smallest_shown": _l("Smallest count that trends show"),
}
# What a small count is for, and where it does not hold.
SMALLEST_SHOWN = _l(
    "From 5 to 11 people. It holds for what is published from now on; exports and prints always use 11."
)
LINE_LABELS: Mapping[str, LazyString] = {
    "verified_on": _l("Last checked on"),
    "name": _l("Name of the line"),
    "call": _l("Number to call"),
    "text_to": _l("Number for text messages"),
    "text_word": _l("Word to send"),
    "chat_url": _l("Web chat"),
    "hours": _l("Hours"),
    "note": _l("Note"),
    "emergency": _l("Emergency number"),
}
CHECKIN_MODES: Mapping[str, LazyString] = {
    "triggered": _l("After a signal in the answers"),
    "always": _l("Always: everybody is asked"),
    "off": _l("Off: nobody is asked"),
}


def label(key: str) -> str:
    """Return what a setting is called, with its language where it has one."""
    base, _dot, language = key.partition(".")
    words = str(LABELS.get(base, key))
    return f"{words}, {OWN_NAMES.get(language, language)}" if language else words


def shown(key: str, value: Any) -> str:
    """Return a value in words; None is told as not set."""
    base = key.partition(".")[0]
    match value:
        case None:
            return str(_("Not set"))
        case bool():
            return str(_("Yes") if value else _("No"))
        case Mapping() if base == "staffed_hours":
            return _hours(value)
        case Mapping():
            return "; ".join(f"{LINE_LABELS.get(name, name)}: {one}" for name, one in value.items() if one is not None)
        case list() if base == "remind_days":
            told = [str(ngettext("%(num)d day before", "%(num)d days before", day)) for day in value]
            return ", ".join(told) or str(_("None"))
        case list():
            return ", ".join(OWN_NAMES.get(one, str(one)) for one in value) or str(_("None"))
        case str() if base == "checkin_mode":
            return str(CHECKIN_MODES[value])
        case str() if base == "summary_language":
            return OWN_NAMES.get(value, value)
        case str() if base == "page_size" and value == "letter":
            return str(_("Letter"))
        case _:
            return str(value)


def day_name(day: str) -> str:
    """Return what a weekday is called, from its short name "mon" to "sun"."""
    return str(get_day_names("wide", locale=get_locale() or "en")[DAYS.index(day)])


def _hours(value: Mapping[str, Any]) -> str:
    told = [
        str(_("%(day)s %(opens)s to %(closes)s", day=day_name(day), opens=value[day][0], closes=value[day][1]))
        for day in DAYS
        if day in value
    ]
    return ", ".join(told)
