"""The palette, sizes and line weights of every printed page, and how well one ink reads on another in grey."""

from functools import cache
from typing import Final

# The only four sizes of type, in points: labels and dense text, body, headings, the patient's name.
XS, S, M, L = 8, 9, 11, 16
SIZES: Final = frozenset((XS, S, M, L))

INK, SOFT, PINE, WHITE = "#141414", "#4A4F4D", "#1F4D45", "#FFFFFF"
# These never carry words, nor a meaning alone.
LINE, PEN, TRACK, NOTCH = "#9AA19E", "#6E7673", "#DFE4E1", "#7C8481"
HAIR, THIN, RULE, FRAME, HEAVY = 0.5, 0.75, 1.0, 1.4, 2.25

# WCAG 2.2 asks 4.5 of text on a screen; a copy of a copy asks for more.
LEAST_CONTRAST: Final = 7.0


@cache
def rgb(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue, 0-1 each, of a colour written #RRGGBB."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def grey(colour: str) -> float:
    """Return the grey, 0-1, that a black-and-white printer makes of a colour (ITU-R BT.601)."""
    red, green, blue = rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


@cache
def contrast(one: str, other: str) -> float:
    """Return the contrast ratio, 1-21, of two colours as they are printed in grey (WCAG 2.2's formula)."""

    def luminance(colour: str) -> float:
        value = grey(colour)
        return value / 12.92 if value <= 0.03928 else float(((value + 0.055) / 1.055) ** 2.4)

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
