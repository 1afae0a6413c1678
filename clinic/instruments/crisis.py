"""Know the crisis line of each country and language that a clinic may start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from clinic.core.errors import DefinitionError
from clinic.core.shape import Problem
from clinic.instruments.reader import Reader, read_yaml

HERE = Path(__file__).resolve().parent / "crisis.yaml"
FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """How to reach help now; a channel that is None does not exist there.

    `locale` is "language-COUNTRY" or "fallback". `emergency_text` stands in by language where no number is
    known. `verified_on` is the day on which somebody last tried the line.
    """

    locale: str
    name: str
    call: str | None
    text_to: str | None
    text_word: str | None
    chat_url: str | None
    hours: str | None
    note: str | None
    emergency: str | None
    emergency_text: Mapping[str, str]
    verified_on: date | None

    def emergency_in(self, language: str) -> str:
        """Return the emergency number, or where there is none the words for it in a language.

        Raises KeyError for a language that has no words for it.
        """
        return self.emergency or self.emergency_text[language]


def crisis_line(country: str, language: str) -> CrisisLine:
    """Return a country's line in the page's language, else in its other language, else the fallback.

    The country is its two letters, such as "US".
    """
    lines = crisis_lines()
    exact = lines.get(f"{language}-{country}")
    others = (line for locale, line in lines.items() if locale.endswith(f"-{country}"))
    return exact or next(others, lines[FALLBACK])


@cache
def crisis_lines(path: Path = HERE) -> Mapping[str, CrisisLine]:
    """Return every line by locale, in the order of the file.

    Raises DefinitionError that names every key that is wrong.
    """
    problems: list[Problem] = []
    top = Reader(read_yaml(path, problems), "", problems)
    lines = {locale: _line(locale, one) for locale, one in top.parts().items()}
    if FALLBACK not in lines:
        problems.append(Problem(FALLBACK, "a line for countries that have none of their own; it is missing"))
    if problems:
        said = dict.fromkeys(f"{path.name}: {one.key}: expected {one.expected}" for one in problems)
        raise DefinitionError("\n".join(said))
    return MappingProxyType(lines)


def _line(locale: str, one: Reader) -> CrisisLine:
    words = one.part("emergency_text") if "emergency_text" in one.names() else None
    line = CrisisLine(
        locale=locale,
        name=one.text("name"),
        call=one.text_or_null("call"),
        text_to=one.text_or_null("text_to"),
        text_word=one.text_or_null("text_word"),
        chat_url=one.text_or_null("chat_url"),
        hours=one.text_or_null("hours"),
        note=one.text_or_null("note"),
        emergency=one.text_or_null("emergency"),
        emergency_text=MappingProxyType({key: words.text(key) for key in words.names()} if words else {}),
        verified_on=one.day_or_null("verified_on"),
    )
    if not (line.call or line.text_to or line.chat_url):
        one.note("", "at least one of call, text_to and chat_url")
    if not (line.emergency or line.emergency_text):
        one.note("emergency", "a number, or else emergency_text by language")
    if line.text_word and not line.text_to:
        one.note("text_word", "text_to beside it")
    one.done()
    return line
