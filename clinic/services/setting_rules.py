"""What each setting of a clinic may be: every rule returns the value as it is stored, or says what is allowed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clinic.core.errors import BadSetting
from clinic.core.suppression import LEAST, OUTSIDE
from clinic.instruments.crisis import CrisisLine
from clinic.services import message_words
from clinic.services.mail_address import plain_address

# The levels that somebody has to act on, and at most a week's staffed time for it.
ALERT_LEVELS = ("S2", "S3")
MOST_ALERT_MINUTES = 40 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LINE_FIELDS = tuple(
    one.name for one in fields(CrisisLine) if one.name not in ("locale", "emergency_text", "verified_on")
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_NUMBER = re.compile(r"[+0-9][0-9 ().\-]{1,24}")
REMINDER_DAYS = (7, 1)
LETTER_CHARS = 2000
# A mailbox may be shared, so its messages do not name the illness in any language that a form is in.
_ILLNESS = re.compile("depress|depresi", re.IGNORECASE)

# Names that the time zone database knows besides places: what they mean depends on the machine.
NOT_PLACES = ("localtime", "posixrules", "Factory")

Rule = Callable[[str, Any], Any]


def checked(key: str, value: Any) -> Any:
    """Return a value as it is stored; None, which goes back to the default, is always allowed.

    Raises BadSetting that names the key and what is allowed.
    """
    rule = _rule(key)
    return None if value is None else rule(key, value)


def problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with some values, by key; a value that is right is left out."""
    found = {}
    for key, value in values.items():
        try:
            checked(key, value)
        except BadSetting as error:
            found[key] = str(error).removeprefix(f"{key}: ")
    return found


def from_text(key: str, text: str) -> Any:
    """Return the value that somebody typed for a key: JSON where the key takes more than words."""
    if _rule(key) in _WORDS:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def is_known(key: str) -> bool:
    """Tell whether a clinic has a setting of this name."""
    base, dot, language = key.partition(".")
    return bool(re.fullmatch("[a-z]{2,3}", language)) and base in _BY_LANGUAGE if dot else key in _PLAIN


def minutes(clock: str) -> int:
    """Return the minutes since midnight of "HH:MM", up to 24:00."""
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)


def _rule(key: str) -> Rule:
    if not is_known(key):
        known = ", ".join((*_PLAIN, *(f"{one}.LANGUAGE" for one in _BY_LANGUAGE)))
        raise BadSetting(f"{key}: there is no such setting. There are: {known}.")
    return _BY_LANGUAGE[key.partition(".")[0]] if "." in key else _PLAIN[key]


def _text(limit: int) -> Rule:
    def rule(key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > limit or not value.isprintable():
            raise BadSetting(f"{key}: use one line of 1 to {limit} characters.")
        return value.strip()

    return rule


def _choice(*allowed: str) -> Rule:
    def rule(key: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise BadSetting(f"{key}: use {_either(allowed)}.")
        return value

    return rule


def _whole(least: int, most: int) -> Rule:
    def rule(key: str, value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise BadSetting(f"{key}: use a whole number from {least} to {most}.")
        return value

    return rule


def _yes_no(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadSetting(f"{key}: use true or false.")
    return value


def _email(key: str, value: Any) -> str:
    found = plain_address(value) if isinstance(value, str) else None
    if found is None:
        raise BadSetting(f"{key}: use an e-mail address in plain letters, such as inbox@clinic.example.")
    return found


def _number(key: str, value: Any) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        raise BadSetting(f"{key}: use a telephone number, such as 112 or +1 555 0100.")
    return value.strip()


def _hours(key: str, value: Any) -> dict[str, list[str]]:
    allowed = f'{key}: use an object of days and hours, such as {{"mon": ["09:00", "17:00"]}}; days are '
    allowed += f"{', '.join(DAYS)}, and a day left out is closed."
    if not isinstance(value, Mapping) or not value or not set(value) <= set(DAYS):
        raise BadSetting(allowed)
    for hours in value.values():
        if not isinstance(hours, list) or len(hours) != 2 or not all(_is_clock(one) for one in hours):
            raise BadSetting(allowed)
        if minutes(hours[0]) >= minutes(hours[1]):
            raise BadSetting(f"{key}: a day opens before it closes; {hours[0]} to {hours[1]} does not.")
    return {day: list(value[day]) for day in DAYS if day in value}


def _zone(key: str, value: Any) -> str:
    try:
        if value in NOT_PLACES:
            raise ValueError(value)
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError, AttributeError) as error:
        raise BadSetting(f'{key}: "{value}" is not known; use a name such as America/New_York.') from error


def _languages(key: str, value: Any) -> list[str]:
    is_list = isinstance(value, (list, tuple)) and all(re.fullmatch("[a-z]{2,3}", str(one)) for one in value)
    if not is_list or not value or len(set(value)) < len(value):
        raise BadSetting(f"{key}: name each language once by its code, such as en, es.")
    return list(value)


def _days_off(key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(_is_day(one) for one in value):
        raise BadSetting(f'{key}: use a list of dates, such as ["2026-12-25"].')
    return sorted(set(value))


def _before_visit(key: str, value: Any) -> list[int]:
    if not isinstance(value, list) or not all(type(one) is int and one in REMINDER_DAYS for one in value):
        raise BadSetting(f"{key}: use a list of days before the visit out of {list(REMINDER_DAYS)}; [] sends none.")
    return [day for day in REMINDER_DAYS if day in value]


def _subject(key: str, value: Any) -> str:
    return _message(key, _text(150)(key, value), message_words.SUBJECT_PLACES)


def _letter(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LETTER_CHARS:
        raise BadSetting(f"{key}: use 1 to {LETTER_CHARS} characters.")
    text = "\n".join(line.rstrip() for line in value.strip().splitlines())
    if not text.replace("\n", "").isprintable():
        raise BadSetting(f"{key}: use letters, spaces and line breaks only.")
    if "link" not in message_words.places(text):
        raise BadSetting(f"{key}: the text must hold {{link}}, which becomes the address of the form.")
    return _message(key, text, message_words.TEXT_PLACES)


def _message(key: str, text: str, allowed: tuple[str, ...]) -> str:
    known = dict.fromkeys(allowed, "")
    if message_words.places(text) - known.keys() or re.search("[{}]", message_words.filled(text, known)):
        raise BadSetting(f"{key}: braces may only stand in {', '.join(f'{{{one}}}' for one in allowed)}.")
    if _ILLNESS.search(text):
        raise BadSetting(f"{key}: do not name the illness: others may read the mailbox.")
    return text


def line_problems(value: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with each part of a crisis line, by its name."""
    problems = {}
    if not _is_day(value.get("verified_on")):
        problems["verified_on"] = "verified_on: use the date on which somebody last tried the line."
    for name, one in value.items():
        if name == "verified_on" or (one is None and name != "name"):
            continue
        rule = _number if name in ("call", "text_to", "emergency") else _web if name == "chat_url" else _text(200)
        try:
            rule(name, one)
        except BadSetting as error:
            problems[name] = str(error)
    return problems


def _targets(key: str, value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping) or set(value) != set(ALERT_LEVELS):
        raise BadSetting(f'{key}: use an object such as {{"S2": 240, "S3": 15}}: minutes of staffed time by level.')
    rule = _whole(1, MOST_ALERT_MINUTES)
    targets = {level: rule(f"{key}: {level}", value[level]) for level in ALERT_LEVELS}
    if targets["S3"] > targets["S2"]:
        raise BadSetting(f"{key}: S3 is more urgent than S2, so it cannot be given more time.")
    return targets


def _line(key: str, value: Any) -> dict[str, Any]:
    known = {"verified_on", *LINE_FIELDS}
    if not isinstance(value, Mapping) or not set(value) <= known:
        raise BadSetting(
            f'{key}: use an object such as {{"verified_on": "2026-01-31", "call": "988"}}; its names are '
            f"{', '.join(sorted(known))}, and what is left out comes from the country's line."
        )
    for problem in line_problems(value).values():
        raise BadSetting(f"{key}: {problem}")
    return {name: value[name] for name in ("verified_on", *LINE_FIELDS) if name in value}


def _web(key: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https://[A-Za-z0-9.\-]+(/[!-~]*)?", value):
        raise BadSetting(f"{key}: use an address that begins with https://.")
    return value


def _is_clock(value: Any) -> bool:
    return isinstance(value, str) and bool(_CLOCK.fullmatch(value))


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _either(allowed: tuple[str, ...]) -> str:
    return f"{', '.join(allowed[:-1])} or {allowed[-1]}"


_NAME, _SENTENCE = _text(100), _text(300)
_LANGUAGE, _PROFILE = _text(3), _text(20)
_PAPER, _CHECKIN = _choice("A4", "letter"), _choice("triggered", "always", "off")

# What a clinic is, in columns of its own that cannot be empty.
COLUMNS: dict[str, Rule] = {"name": _text(200), "time_zone": _zone, "languages": _languages, "page_size": _PAPER}
_PLAIN: dict[str, Rule] = {
    **COLUMNS,
    "emergency_number": _number,
    "alert_inbox_role": _NAME,
    "alert_inbox_name": _NAME,
    "alert_inbox_email": _email,
    "backup_role": _NAME,
    "backup_name": _NAME,
    "backup_email": _email,
    "staffed_hours": _hours,
    "holidays": _days_off,
    "alert_minutes": _targets,
    "checkin_mode": _CHECKIN,
    "summary_language": _LANGUAGE,
    "link_days": _whole(1, 90),
    "tablet_mode": _yes_no,
    "invite_by_email": _yes_no,
    "remind_days": _before_visit,
    "ask_birth_date": _yes_no,
    "scoring_profile": _PROFILE,
    "smallest_shown": _whole(LEAST, OUTSIDE),
}
_BY_LANGUAGE: dict[str, Rule] = {
    "crisis_locale": _line,
    "response_time_text": _SENTENCE,
    "read_when": _SENTENCE,
    "reader_text": _SENTENCE,
    "language_reviewer": _SENTENCE,
    "invitation_subject": _subject,
    "invitation_text": _letter,
    "reminder_subject": _subject,
    "reminder_text": _letter,
}
_WORDS = {
    *(COLUMNS["name"], _zone, _NAME, _SENTENCE, _LANGUAGE, _PROFILE, _PAPER, _CHECKIN),
    *(_number, _email, _subject, _letter),
}
KEYS = (*_PLAIN, *(f"{one}.LANGUAGE" for one in _BY_LANGUAGE))
# What holds where a clinic has set nothing; a setting that is not here has no value until somebody sets it.
DEFAULTS: Mapping[str, Any] = {
    "page_size": "A4",
    "alert_minutes": {"S2": 240, "S3": 15},
    "checkin_mode": "triggered",
    "link_days": 14,
    "tablet_mode": False,
    "invite_by_email": True,
    "remind_days": list(REMINDER_DAYS),
    "ask_birth_date": False,
    "smallest_shown": OUTSIDE,
    "read_when.en": "before your visit",
    "read_when.es": "antes de su cita",
    **{f"{key}.{code}": words for key, each in message_words.DEFAULTS.items() for code, words in each.items()},
}
