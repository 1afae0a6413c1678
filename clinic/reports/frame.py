"""What every section of the one page is handed: the sheet, how close it is set, and where its columns stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clinic.reports.density import Density
from clinic.reports.fonts import Face
from clinic.reports.ink import HAIR, INK, LINE, PINE, SOFT, THIN, XS, M
from clinic.reports.semantic import Point, Sheet, baseline
from clinic.reports.typeset import Segment

LEFT, TOP, BOTTOM, GUTTER = 32.0, 26.0, 22.0, 16.0
Words = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The text area of a sheet at one density; lengths in points."""

    sheet: Sheet
    density: Density

    @property
    def x(self) -> float:
        """Return the left edge of the text."""
        return LEFT

    @property
    def width(self) -> float:
        """Return the width of the text."""
        return self.sheet.width - 2 * LEFT

    @property
    def right(self) -> float:
        """Return the right edge of the text."""
        return self.x + self.width

    def heading(self, y: float, title: str, room: float | None = None, *, rule: bool = True) -> float:
        """Draw a section's heading within `room`, below a thin line where asked; return where it ends on the right."""
        if rule:
            self.sheet.rule((self.x, y), (self.right, y), THIN, PINE)
        place = (self.x, baseline(y - 2, 14, M))
        wide = self.sheet.line_of_text(place, title, M, face="strong", role="H2", colour=PINE, room=room or self.width)
        return self.x + wide

    def divider(self, y: float) -> None:
        """Draw a hairline across the page."""
        self.sheet.rule((self.x, y), (self.right, y), HAIR, LINE)

    def stack(
        self,
        place: Point,
        room: float,
        items: Sequence[Words],
        size: float,
        lead: float,
        *,
        each: int | Sequence[int] | None = None,
        total: int | None = None,
        left_out: int = 0,
        space: float = 0,
        bullet: Callable[[int, float], None] | None = None,
        bullet_width: float = 0,
        colour: str = INK,
        behind: str = "#FFFFFF",
    ) -> float:
        """Draw items below each other, each and all of them within a number of lines; return the height used.

        What is left out, with the `left_out` that were never handed over, is counted in a mark at the end of the
        last item shown. `bullet` is called with the item's
        number from 0 and its baseline.
        """
        x, top = place
        used = 0.0
        left = total
        inner = room - bullet_width
        with self.sheet.part("L"):
            for n, item in enumerate(items):
                own = each[n] if isinstance(each, Sequence) else each
                limit = own if left is None else left if own is None else min(own, left)
                lines = len(self.sheet.block(item, size, inner, limit).lines)
                missing = left_out if n + 1 == len(items) else 0
                if left is not None:
                    left -= max(lines, 1)
                    missing = len(items) - n - 1 + left_out if left <= 0 else missing
                with self.sheet.part("LI"):
                    if bullet and lines:
                        bullet(n, baseline(top - used, lead, size))
                    corner = (x + bullet_width, top - used)
                    used += self.sheet.paragraph(
                        corner,
                        inner,
                        item,
                        size,
                        lead,
                        role="Span",
                        colour=colour,
                        behind=behind,
                        limit=limit,
                        left_out=missing,
                    )
                if missing:
                    break
                used += space if n + 1 < len(items) else 0
        return used


def words(text: str, face: Face = "plain") -> Words:
    """Return a text in one face."""
    return ((text, face),)


def label(sheet: Sheet, place: Point, text: str, room: float) -> float:
    """Draw a small quiet label on a baseline; return its width."""
    return sheet.line_of_text(place, text, XS, face="soft", colour=SOFT, room=room)
