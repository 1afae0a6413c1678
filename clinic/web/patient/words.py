"""The instrument's longer texts cut at their sentence ends, whole and in order, with places for what can be tapped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from clinic.core.safety import SafetyLevel
from clinic.instruments.crisis import CrisisLine
from clinic.services import clinic_settings
from clinic.services.assessments import OpenForm
from clinic.web import i18n

CHANNELS = "{channels}"
EMERGENCY = "{emergency_number}"
CLOSING_SENTENCES = 2
# A sentence ends at its mark; the reader's text is a sentence of its own that the clinic may have written.
_END = re.compile(r"(?<=[.!?:])\s+|(?<=\{reader_text\})\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, with the emergency number to call beside it where it names one."""

    words: str
    calls_emergency: bool


@dataclass(frozen=True, slots=True)
class HelpScreen:
    """What a patient reads after a signal: a heading, what leads to the ways of getting help, and what follows them.

    `names_emergency` tells that a sentence has the emergency number beside it, so that the channels need not.
    """

    level: SafetyLevel
    heading: str
    before: Sequence[Sentence]
    after: Sequence[Sentence]
    closing: Sequence[str]
    names_emergency: bool


def help_screen(form: OpenForm, level: SafetyLevel, language: str, now: datetime) -> HelpScreen:
    """Return the screen of a level, in the words for the person who answers, and with the clinic's own."""
    screen = "screen_proxy" if form.draft.given.by_proxy else "screen"
    text = form.instrument.say(language, f"safety.{screen}.{level}")
    crisis = form.settings.crisis_in(language)
    response = form.settings.response_time_text.get(language) or _("as soon as they can")
    text = text.replace("{response_time_text}", response)
    before, _channels, after = text.partition(CHANNELS)
    first, *lead = _sentences(before, crisis, language)
    rest = _sentences(after, crisis, language)
    # What the clinic has been told, and when it may see it, stand together at the end.
    closing = [one.words for one in rest[-CLOSING_SENTENCES:]]
    closed = _closed_note(form, level, language, now)
    return HelpScreen(
        level=level,
        heading=first.words,
        before=lead,
        after=rest[:-CLOSING_SENTENCES],
        closing=[*closing, *([closed] if closed else [])],
        names_emergency=EMERGENCY in text,
    )


def before_start(form: OpenForm, language: str) -> list[list[str]]:
    """Return what is said before the first question as four facts, each a list of sentences.

    They are: how long, that one may skip, who reads it, and that nobody watches live.
    """
    filled = {"{clinic_name}": form.settings.clinic_name, "{reader_text}": read_by(form, language)}
    text, _channels, _rest = form.instrument.say(language, "notice.before_start").partition(CHANNELS)
    sentences = [_filled(one, filled) for one in _END.split(text.strip())]
    return [sentences[:1], sentences[1:2], sentences[2:4], sentences[4:]]


def read_by(form: OpenForm, language: str) -> str:
    """Return who reads the answers and when, in the clinic's words or the instrument's."""
    own = form.settings.reader_text.get(language)
    read_when = form.settings.read_when.get(language, "")
    return own or form.instrument.say(language, "notice.reader_text_default").format(read_when=read_when)


def after_submit(form: OpenForm, language: str) -> list[str]:
    """Return what is said after sending, up to the ways of getting help."""
    text, _channels, _rest = form.instrument.say(language, "notice.after_submit").partition(CHANNELS)
    return [
        _filled(one, {"{read_when}": form.settings.read_when.get(language, "")}) for one in _END.split(text.strip())
    ]


def who_does(who: str, *, by_proxy: bool) -> str:
    """Return who does what was agreed, as said to the person who answers."""
    words: dict[str, str] = {
        "patient": _("The patient") if by_proxy else _("You"),
        "clinician": _("Your clinician"),
        "clinic": _("The clinic"),
        "family": _("Your family or friends"),
        "other": _("Someone else"),
    }
    return words[who]


def _sentences(text: str, crisis: CrisisLine, language: str) -> list[Sentence]:
    number = crisis.emergency_in(language)
    return [Sentence(one.replace(EMERGENCY, number), EMERGENCY in one) for one in _END.split(text.strip()) if one]


def _closed_note(form: OpenForm, level: SafetyLevel, language: str, now: datetime) -> str | None:
    if level not in form.instrument.safety.alert_on or clinic_settings.is_staffed(form.settings, now):
        return None
    opening = clinic_settings.next_opening(form.settings, now)
    if opening is None:
        return None
    when = _("%(day)s, %(time)s", day=i18n.format_day(opening), time=i18n.format_time(opening))
    return form.instrument.say(language, "safety.closed_note").format(time=when)


def _filled(sentence: str, values: dict[str, str]) -> str:
    for place, words in values.items():
        sentence = sentence.replace(place, words)
    return sentence
