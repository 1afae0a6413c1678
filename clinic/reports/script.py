"""Make any text printable: what has no shape leaves, and what runs right to left is shaped and ordered for sight."""

import re
import unicodedata
from functools import cache
from typing import Any

# A no-break space keeps its words together; every other white space, line ends included, is a plain space.
_SPACES = re.compile(r"\r\n|[^\S \u00a0\u202f]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_STRONG = ("L", "R", "AL")
_SELECTORS = re.compile("[\ufe00-\ufe0f]")
# Joiners steer how Arabic letters connect, so they stay until the letters have been shaped.
_JOINERS = "\u200c\u200d"


def clean(text: str) -> str:
    """Return text in composed form without control characters; half a surrogate pair becomes U+FFFD."""
    if text.replace("\u00a0", "").isprintable() and not _SELECTORS.search(text):
        return unicodedata.normalize("NFC", text)
    composed = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    return "".join(map(_shown, composed))


def _shown(character: str) -> str:
    match unicodedata.category(character):
        case "Cs":
            return "\ufffd"
        case "Cc":
            return ""
        case "Cf":
            return character if character in _JOINERS else ""
    return "" if _SELECTORS.match(character) else character


def holds_right_to_left(text: str) -> bool:
    """Tell whether any letter of a text runs from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def starts_right_to_left(text: str) -> bool:
    """Tell whether the first letter with a direction runs from right to left (UAX 9, rule P2)."""
    if not holds_right_to_left(text):
        return False
    strong = next((kind for kind in map(unicodedata.bidirectional, text) if kind in _STRONG), "L")
    return strong != "L"


def shaped(text: str) -> str:
    """Return text with its Arabic letters joined, still in the order in which it is read."""
    return str(_reshaper().reshape(text)) if holds_right_to_left(text) else text


def visual(text: str, *, right_to_left: bool) -> str:
    """Return text as a row of characters from left to right, for a line of the given direction."""
    if not holds_right_to_left(text):
        return text
    # Few pages need this, and its tables are worth not loading for the others.
    from bidi import get_display

    ordered = str(get_display(shaped(text), base_dir="R" if right_to_left else "L"))
    return "".join(character for character in ordered if character not in _JOINERS)


@cache
def _reshaper() -> Any:
    from arabic_reshaper import ArabicReshaper

    # Vowel signs are part of a name; the one-glyph Allah changes how names such as Abdallah look.
    return ArabicReshaper({"delete_harakat": False, "ARABIC LIGATURE ALLAH": False})
