"""Find the fonts that set-up built, and split any text into pieces that one of them can draw."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from clinic.reports.ink import XS
from clinic.reports.script import clean, shaped

# The wheel carries static/ inside the package; in a checkout it lies beside it.
_HERE = Path(__file__).resolve().parents[1]
FOLDER: Final = (_HERE if (_HERE / "static").is_dir() else _HERE.parent) / "static" / "vendor" / "fonts"

Face = Literal["plain", "strong", "own", "soft"]

_FILES: Final = {
    "Text": "SourceSans3-Regular.ttf",
    "Text-Strong": "SourceSans3-SemiBold.ttf",
    "Text-Italic": "SourceSans3-Italic.ttf",
    "World": "DejaVuSans.ttf",
    "World-Strong": "DejaVuSans-Bold.ttf",
}
# Each face asks its fonts in turn; what none of them has is drawn as a box with its code.
_CHAINS: Final[dict[Face, tuple[str, ...]]] = {
    "plain": ("Text", "World"),
    "soft": ("Text", "World"),
    "strong": ("Text-Strong", "World-Strong", "World"),
    "own": ("Text-Italic", "World"),
}
FIRST_FONT: Final = "Text"
BOX_PADDING: Final = 2.0


class FontsMissing(RuntimeError):
    """Say that the fonts of the printed page have not been built."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one font; `font` is None for a character to be drawn as a box with its code."""

    text: str
    font: str | None


@cache
def register(folder: Path = FOLDER) -> dict[str, frozenset[str]]:
    """Register the fonts with reportlab, once a process; return the characters that each of them draws."""
    missing = [file for file in _FILES.values() if not (folder / file).is_file()]
    if missing:
        raise FontsMissing(f"The fonts of the printed page are not built ({', '.join(missing)}): run `make setup`.")
    coverage = {}
    for name, file in _FILES.items():
        font: Any = TTFont(name, str(folder / file))
        pdfmetrics.registerFont(font)
        # reportlab writes no readable code for a character above U+FFFF, so a box says more than its shape.
        coverage[name] = frozenset(chr(code) for code in font.face.charToGlyph if 32 <= code <= 0xFFFF)
    return coverage


def pieces(text: str, face: Face) -> Iterator[Piece]:
    """Yield text, in its given order, as pieces that each need one font only."""
    coverage = register()
    chain = _CHAINS[face]
    if coverage[chain[0]].issuperset(text):
        yield Piece(text, chain[0])
        return

    def font_of(character: str) -> str | None:
        return next((font for font in chain if character in coverage[font]), None)

    for font, characters in groupby(text, font_of):
        if font is None:
            yield from (Piece(character, None) for character in characters)
        else:
            yield Piece("".join(characters), font)


def has(character: str) -> bool:
    """Tell whether some font draws this character."""
    coverage = register()
    return any(character in coverage[font] for font in _CHAINS["plain"])


def code_of(character: str) -> str:
    """Return what the box of a character that no font has says, for example "U+1F600"."""
    return f"U+{ord(character):04X}"


@lru_cache(maxsize=16_384)
def advance(text: str, face: Face) -> tuple[float, float]:
    """Return a width in ems, and in points for what does not grow with the size of the type."""
    ems = points = 0.0
    for piece in pieces(shaped(clean(text)), face):
        if piece.font is None:
            points += pdfmetrics.stringWidth(code_of(piece.text), FIRST_FONT, XS) + 2 * BOX_PADDING
        else:
            ems += pdfmetrics.stringWidth(piece.text, piece.font, 1)
    return ems, points


def width(text: str, face: Face, size: float) -> float:
    """Return the width of a text in points."""
    ems, points = advance(text, face)
    return ems * size + points
