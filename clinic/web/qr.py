"""A link as a QR code, drawn by classes alone."""

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as one SVG path of strokes one unit high; `size` counts its quiet zone."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """Return the drawing of a text; a smudge over 15 % of it does no harm (level M)."""
    code = segno.make(text, error="m", micro=False)
    strokes = []
    for row, cells in enumerate(code.matrix, start=QUIET_ZONE):
        column = QUIET_ZONE
        for is_dark, run in groupby(cells, key=bool):
            length = len(list(run))
            if is_dark:
                strokes.append(f"M{column} {row}.5h{length}")
            column += length
    return QrCode(len(code.matrix) + 2 * QUIET_ZONE, "".join(strokes))
