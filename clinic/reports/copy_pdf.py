"""The patient's copy as a PDF: one sheet in large letters, with help now always whole at its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clinic.core.patient_copy import CopyPage, Place, Promise
from clinic.reports.document import About, Document
from clinic.reports.ink import INK, PINE, SOFT, THIN, XS, L, M, S
from clinic.reports.semantic import Sheet, baseline
from clinic.reports.summary_pdf import SIZES, PageSize
from clinic.reports.typeset import Segment

LEFT, TOP, BOTTOM = 56.0, 50.0, 44.0
BOX, INDENT = 10.0, 22.0
# Size and line height in points: the first at which everything fits is used.
STEPS: Final = ((M, 16.0), (M, 14.5), (S, 12.5), (S, 11.2), (XS, 10.2), (XS, 9.4))
# Of a page that is too full even so, what was agreed takes at most this share where places follow it.
PROMISES_SHARE = 0.65

Item = Callable[[float], float]


def copy_pdf(page: CopyPage, *, page_size: PageSize, at: datetime, author: str) -> bytes:
    """Return the patient's copy as a PDF; `at` (aware) and `author` go into its metadata.

    The same page, size, time and author give the same bytes. What has no room is counted in a mark, and never makes a
    second page.
    """
    document = Document(SIZES[page_size], About(page.title, page.visit, author, page.language, at))
    draw(Sheet(document.canvas, SIZES[page_size], page.clip_mark, page.more_mark), page)
    return document.close()


def draw(sheet: Sheet, page: CopyPage) -> int:
    """Draw the copy on a sheet in the largest letters that fit, and return which step that was."""
    layouts = [_Layout(sheet, page, size, lead) for size, lead in STEPS]
    step = next((n for n, one in enumerate(layouts) if one.slack() >= 0), len(layouts) - 1)
    layouts[step].draw()
    sheet.finish()
    return step


@dataclass(frozen=True, slots=True)
class _Layout:
    """The copy in letters of one size."""

    sheet: Sheet
    page: CopyPage
    size: float
    lead: float

    @property
    def room(self) -> float:
        return self.sheet.width - 2 * LEFT

    def slack(self) -> float:
        """Return the height that is left over, in points; negative where the page does not fit."""
        with self.sheet.measuring():
            used = self._head(0) + self._promises(0, None) + self._places(0, None) + self._help(0)
        return self.sheet.height - TOP - BOTTOM - used

    def draw(self) -> None:
        """Draw every section, one below the other."""
        sheet = self.sheet
        with sheet.measuring():
            left = sheet.height - TOP - BOTTOM - self._head(0) - self._help(0)
            whole, places = self._promises(0, None), self._places(0, None)
        is_full = whole + places > left
        share = max(left * PROMISES_SHARE, left - places) if self.page.places else left
        y = sheet.height - TOP
        y -= self._head(y)
        promised = self._promises(y, share if is_full else None)
        y -= promised
        y -= self._places(y, left - promised if is_full else None)
        self._help(y)

    def _head(self, y: float) -> float:
        sheet, page, start = self.sheet, self.page, y
        with sheet.part("Sect"):
            words: tuple[Segment, ...] = ((page.title, "strong"),)
            y -= sheet.paragraph((LEFT, y), self.room, words, L, 24, role="H1", colour=PINE, limit=2) + 4
            for text in filter(None, (page.name, page.visit)):
                y -= sheet.paragraph(
                    (LEFT, y), self.room, ((text, "plain"),), S, 13, colour=INK, align="start", limit=2
                )
            y -= 10
            sheet.rule((LEFT, y), (LEFT + self.room, y), THIN, PINE)
        return start - y + 12

    def _promises(self, y: float, most: float | None) -> float:
        page = self.page
        with self.sheet.part("Sect"):
            if not page.promises:
                return self._text(y, page.nothing, "plain") + self.lead
            return self._list(y, [self._promise(one) for one in page.promises], most) + self.lead * 0.6

    def _promise(self, promise: Promise) -> Item:
        def item(y: float) -> float:
            # A box to tick, as large as a capital.
            self.sheet.box((LEFT, baseline(y, self.lead, self.size) - 1), (BOX, BOX), stroke=INK, weight=THIN)
            used = self._text(y, promise.what, "strong", INDENT)
            return used + self._text(y - used, promise.who_when, "plain", INDENT)

        return item

    def _places(self, y: float, most: float | None) -> float:
        page = self.page
        if not page.places:
            return 0
        with self.sheet.part("Sect"):
            used = self._heading(y, page.places_title)
            left = None if most is None else most - used - self.lead * 0.6
            return used + self._list(y - used, [self._place(one) for one in page.places], left) + self.lead * 0.6

    def _place(self, place: Place) -> Item:
        def item(y: float) -> float:
            used = self._text(y, place.name, "strong")
            for words in (place.offers, *place.ways()):
                used += self._text(y - used, words, "plain")
            return used

        return item

    def _help(self, y: float) -> float:
        page, start = self.page, y
        with self.sheet.part("Sect"):
            y -= self._heading(y, page.help_title)
            with self.sheet.part("L"):
                for way in page.help:
                    with self.sheet.part("LI"):
                        y -= self._text(y, way.words, "plain")
        return start - y

    def _heading(self, y: float, title: str) -> float:
        place = (LEFT, baseline(y, 18, M))
        self.sheet.line_of_text(place, title, M, face="strong", role="H2", colour=PINE, room=self.room)
        return 20

    def _text(self, y: float, words: str, face: str, indent: float = 0) -> float:
        segment: Segment = (words, "strong" if face == "strong" else "plain")
        return self.sheet.paragraph(
            (LEFT + indent, y), self.room - indent, (segment,), self.size, self.lead, role="Span", align="start"
        )

    def _list(self, y: float, items: Sequence[Item], most: float | None) -> float:
        """Draw items below each other within a height; those that have no room are counted at the end."""
        sheet, used, space = self.sheet, 0.0, self.lead * 0.5
        with sheet.part("L"):
            for n, item in enumerate(items):
                with sheet.measuring():
                    needed = item(0) + space
                # The mark needs a line of its own where anything follows.
                mark = self.lead if n + 1 < len(items) else 0
                if most is not None and used + needed + mark > most:
                    place = (LEFT, baseline(y - used, self.lead, self.size))
                    sheet.line_of_text(place, sheet.more(len(items) - n), self.size, face="strong", colour=SOFT)
                    return used + self.lead
                with sheet.part("LI"):
                    used += item(y - used) + space
        return used
