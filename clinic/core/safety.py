"""Answers to the safety level and its triggers; nothing here reads or changes a score (evidence.md, section 5)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from clinic.core.answers import AnswerSet
from clinic.core.instrument import CHECKIN_NOW, CHECKIN_PAST, NO_ANSWER, Instrument

SafetyLevel = Literal["S0", "S1", "S2", "S3"]

_APOSTROPHES = re.compile("['’‘‛ʼʹ`´′＇]")
_GAPS = re.compile(r"[\s_\-\u2010-\u2015]+")

LEVELS: tuple[SafetyLevel, ...] = ("S0", "S1", "S2", "S3")


@dataclass(frozen=True, slots=True)
class Safety:
    """The level that the present answers reach, and the signals behind it.

    `triggers` are "tick:SUB.code", "raw:ITEM" and "words:BOX"; `checkin` is the answer to the direct question.
    """

    level: SafetyLevel
    triggers: tuple[str, ...]
    checkin: str | None

    @property
    def own_words(self) -> bool:
        """Tell whether something the person wrote matched a phrase."""
        return any(trigger.startswith("words:") for trigger in self.triggers)


def judge(instrument: Instrument, given: AnswerSet) -> Safety:
    """Return the safety level of an answer set, by the first rule that matches (YAML, `safety.levels`)."""
    triggers = signals(instrument, given)
    words = any(trigger.startswith("words:") for trigger in triggers)
    unanswered = given.checkin in (None, NO_ANSWER)
    level: SafetyLevel
    if given.checkin == CHECKIN_NOW:
        level = "S3"
    elif given.checkin == CHECKIN_PAST or words or (triggers and unanswered):
        level = "S2"
    elif triggers or given.checkin == NO_ANSWER:
        level = "S1"
    else:
        level = "S0"
    return Safety(level, triggers, given.checkin)


def signals(instrument: Instrument, given: AnswerSet) -> tuple[str, ...]:
    """Return every tier-B signal in Table-1 order; a stored tick counts whether or not its list is due."""
    ticked = given.ticks & instrument.safety_ticks
    ticks = [f"tick:{key}" for key in instrument.options if key in ticked] if ticked else []
    raws = [
        f"raw:{item.id}"
        for item in instrument.items.values()
        if item.safety_raw and given.number(item.id) in item.safety_raw
    ]
    words = [f"words:{box}" for box, text in given.texts.items() if matches(instrument, text)]
    return (*ticks, *raws, *words)


def matches(instrument: Instrument, text: str) -> bool:
    """Tell whether own words hold one of the phrases, in any language of the instrument; negation is not understood."""
    return bool(instrument.phrase_pattern.search(plain(text)))


def plain(text: str) -> str:
    """Return text without case, accents and apostrophes, hyphens and runs of space as one space.

    Characters that do not show (zero-width, soft hyphen) are dropped, so that they cannot hide a word.
    """
    # Some look-alikes of the apostrophe fall apart into a space and an accent, so they go before anything else.
    folded = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", text)).casefold()
    letters = "".join(c for c in unicodedata.normalize("NFKD", folded) if unicodedata.category(c) not in ("Mn", "Cf"))
    return _GAPS.sub(" ", _APOSTROPHES.sub("", letters))


def highest(*levels: SafetyLevel | None) -> SafetyLevel:
    """Return the highest of some levels; None and nothing at all count as S0."""
    return max((level for level in levels if level is not None), default="S0")
