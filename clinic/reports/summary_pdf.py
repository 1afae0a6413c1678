"""The one page as a PDF: exactly one sheet of paper, whatever there is to say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal

from clinic.core.page import Page, lines
from clinic.reports.context import context
from clinic.reports.density import STEPS, roomiest
from clinic.reports.document import About, Document
from clinic.reports.frame import BOTTOM, TOP, Frame
from clinic.reports.gap_box import gaps
from clinic.reports.matters import matters
from clinic.reports.semantic import Sheet
from clinic.reports.summary_end import NOTE_PITCH, agreed, footer
from clinic.reports.summary_top import header, safety

PageSize = Literal["A4", "letter"]
SIZES: Final[dict[PageSize, tuple[float, float]]] = {"A4": (595.276, 841.89), "letter": (612.0, 792.0)}
USUAL_STEP, FULL_STEP = 3, 8
# In characters.
MUCH_TEXT = 4500
WIDEST_ROW, WIDEST_GAP = 28.0, 10.0
ROWS = 3


@dataclass(frozen=True, slots=True)
class Fit:
    """How a page came out: the step of density, and the height left over in points."""

    step: int
    slack: float


def summary_pdf(page: Page, *, page_size: PageSize, at: datetime, author: str) -> bytes:
    """Return the one page as a PDF; `at` (aware) and `author` go into its metadata.

    The same page, size, time and author give the same bytes. What has no room ends with a mark, and never makes a
    second page.
    """
    about = About(page.title, page.header.kind, author, page.language, at)
    document = Document(SIZES[page_size], about)
    draw(Sheet(document.canvas, SIZES[page_size], page.clip_mark, page.more_mark), page)
    return document.close()


def draw(sheet: Sheet, page: Page) -> Fit:
    """Draw the page on a sheet at the roomiest step that fits."""
    layouts = [_Layout(Frame(sheet, density), page) for density in STEPS]

    @cache
    def slack(step: int) -> float:
        return layouts[step].slack()

    # Most pages fit at one step, and the fullest at another.
    likely = FULL_STEP if sum(map(len, lines(page))) > MUCH_TEXT else USUAL_STEP
    step = roomiest(lambda step: slack(step) >= 0, likely)
    layouts[step].draw(slack(step))
    return Fit(step, slack(step))


@dataclass(frozen=True, slots=True)
class _Layout:
    """The page at one density."""

    frame: Frame
    page: Page

    def _sections(self) -> tuple[Callable[[float], float], ...]:
        frame, page = self.frame, self.page
        return (
            lambda y: header(frame, y, page.header),
            lambda y: safety(frame, y, page.safety),
            lambda y: matters(frame, y, page.matters),
            lambda y: gaps(frame, y, page.gaps),
            lambda y: context(frame, y, page.context, page.themes),
        )

    def slack(self) -> float:
        """Return the height that is left over, in points; negative where the page does not fit."""
        density = self.frame.density
        room = self.frame.sheet.height - TOP - BOTTOM
        with self.frame.sheet.measuring():
            room -= footer(self.frame, self.page.footer) + 6
            room -= agreed(self.frame, 0, self.page.agreed, density.row)
            for section in self._sections():
                room -= section(0) + density.gap
                # A page this long is set closer anyway, and what follows need not be measured.
                if room < 0:
                    break
        return room

    def draw(self, slack: float) -> None:
        """Draw every section; free height goes to rows for the pen, then to notes, then between the sections."""
        frame, density = self.frame, self.frame.density
        row = min(WIDEST_ROW, density.row + max(slack, 0) / ROWS)
        left = slack - self._agreed_height(row) + self._agreed_height(density.row)
        notes = int((left - 14) // NOTE_PITCH) if left > 40 else 0
        left -= notes * NOTE_PITCH + 6 if notes else 0
        gap = density.gap + max(0.0, min(left / 5, WIDEST_GAP))
        y = frame.sheet.height - TOP
        for section in self._sections():
            with frame.sheet.part("Sect"):
                y -= section(y) + gap
        with frame.sheet.part("Sect"):
            agreed(frame, y, self.page.agreed, row, notes)
        with frame.sheet.part("Sect"):
            footer(frame, self.page.footer)
        frame.sheet.finish()

    def _agreed_height(self, row: float) -> float:
        with self.frame.sheet.measuring():
            return agreed(self.frame, 0, self.page.agreed, row)
