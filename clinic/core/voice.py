"""One language's words and dates for the one page: the instrument's own, and the frame around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clinic.core.instrument import NO_ANSWER, NOT_APPLICABLE, Instrument
from clinic.core.page import Run, Text


@dataclass(frozen=True, slots=True)
class Voice:
    """Says things in one language. `frame` holds the dotted frame words; its date lists hold months and weekdays."""

    instrument: Instrument
    frame: Mapping[str, Any]
    language: str

    def say(self, key: str) -> str:
        """Return the instrument's words of a key."""
        return self.instrument.say(self.language, key)

    def put(self, key: str, **values: object) -> str:
        """Return the frame's words of a key, with its places filled."""
        words: str = self.frame[key]
        return words.format(**values) if values else words

    def quoted(self, words: str) -> str:
        """Return a person's words between the marks of this language."""
        return f"{self.put('quote_open')}{words}{self.put('quote_close')}"

    def answer(self, item: str, raw: int | str | None) -> str:
        """Return an answer in the words that the patient chose it by."""
        if raw is None:
            return self.put("all.none")
        if raw == NOT_APPLICABLE and self.instrument.items[item].has_own_na_label:
            return self.say(f"item.{item}.na_label")
        return self.say(f"scale.{raw}") if raw in (*self.instrument.scale, NOT_APPLICABLE, NO_ANSWER) else str(raw)

    def option(self, key: str) -> str:
        """Return the words of a checklist's "SUB.code", or of an item's "does not apply" ("REL.NA")."""
        item, _, code = key.partition(".")
        return self.answer(item, NOT_APPLICABLE) if code == NOT_APPLICABLE else self.say(f"option.{key}")

    def short_day(self, day: date) -> str:
        """Return a day without its year, such as "9 Sep"."""
        return f"{day.day} {self.frame['date.months'][day.month - 1]}"

    def day(self, day: date) -> str:
        """Return a day such as "9 Sep 2025"."""
        return f"{self.short_day(day)} {day.year}"

    def clock(self, at: datetime) -> str:
        """Return a clock time such as "7:52 pm", in the zone that it carries."""
        half = "date.am" if at.hour < 12 else "date.pm"
        return self.put(half, hour=at.hour, of_twelve=at.hour % 12 or 12, minute=f"{at:%M}")

    def moment(self, at: datetime) -> str:
        """Return a time such as "17 Nov 2025, 7:52 pm"."""
        return f"{self.day(at)}, {self.clock(at)}"

    def short_moment(self, at: datetime) -> str:
        """Return a time without its year, such as "17 Nov, 7:52 pm"."""
        return f"{self.short_day(at)}, {self.clock(at)}"

    def weekday_moment(self, at: datetime) -> str:
        """Return a time with its weekday, such as "Tue 18 Nov 2025, 10:40 am"."""
        return f"{self.frame['date.days'][at.weekday()]} {self.moment(at)}"


def plain(text: str) -> Text:
    """Return a text of one plain run."""
    return (Run(text),)


def strong(text: str) -> Text:
    """Return a text of one strong run."""
    return (Run(text, "strong"),)


def sentence(parts: Sequence[str]) -> str:
    """Return parts joined by semicolons as one sentence, the first letter large."""
    joined = "; ".join(parts)
    return joined[:1].upper() + joined[1:] + "."


def lowered(words: str) -> str:
    """Return words with a small first letter, for the middle of a line."""
    return words[:1].lower() + words[1:]


def raised(words: str) -> str:
    """Return words with a large first letter."""
    return words[:1].upper() + words[1:]
