"""The trends as a PDF: one sheet of paper with the figures that may leave the clinic, and what not to conclude."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clinic.core.trend_sheet import Dot, Numbers, Panel, TrendSheet
from clinic.reports.document import About, Document
from clinic.reports.fonts import width
from clinic.reports.frame import BOTTOM, GUTTER, LEFT, TOP
from clinic.reports.ink import HAIR, INK, LINE, PINE, SOFT, THIN, TRACK, WHITE, XS, L, M, S
from clinic.reports.semantic import Point, Sheet, baseline
from clinic.reports.summary_pdf import SIZES, PageSize
from clinic.reports.trend_panel import Scale, hatch, highest, panel
from clinic.reports.typeset import Segment

# A panel is never lower than this: below it a band could not be told from its line.
LEAST_PLOT, MOST_PLOT = 44.0, 140.0


@dataclass(frozen=True, slots=True)
class Step:
    """How close together the sheet is set, in points: lead of text, pitch of rows, space between sections."""

    lead: float
    row: float
    gap: float


STEPS: Final = (Step(10.5, 11.0, 9.0), Step(9.8, 10.2, 7.0), Step(9.2, 9.6, 5.0), Step(8.8, 9.0, 3.5))


@dataclass(frozen=True, slots=True)
class Fit:
    """How a sheet came out: the step, the height of a panel, and what was left over at the lowest panel, in points."""

    step: int
    plot: float
    slack: float


def render(sheet: TrendSheet, *, page_size: PageSize, at: datetime, author: str) -> bytes:
    """Return the trends as a PDF; `at` (aware) and `author` go into its metadata.

    The same sheet, size, time and author give the same bytes. What has no room ends with a mark, and never makes a
    second page.
    """
    about = About(sheet.title, " ".join(sheet.about[:1]), author, sheet.language, at)
    document = Document(SIZES[page_size], about)
    draw(Sheet(document.canvas, SIZES[page_size], sheet.clip_mark, sheet.more_mark), sheet)
    return document.close()


def draw(paper: Sheet, sheet: TrendSheet) -> Fit:
    """Draw the trends on a sheet of paper, as roomy as fits."""
    layouts = [_Layout(paper, sheet, step) for step in STEPS]
    slacks = [one.slack(LEAST_PLOT) for one in layouts]
    step = next((n for n, slack in enumerate(slacks) if slack >= 0), len(STEPS) - 1)
    rows = layouts[step].plot_rows()
    plot = min(LEAST_PLOT + max(slacks[step], 0.0) / max(rows, 1), MOST_PLOT)
    layouts[step].draw(plot)
    paper.finish()
    return Fit(step, plot, slacks[step])


@dataclass(frozen=True, slots=True)
class _Layout:
    """The sheet at one step."""

    paper: Sheet
    sheet: TrendSheet
    step: Step

    @property
    def room(self) -> float:
        return self.paper.width - 2 * LEFT

    @property
    def half(self) -> float:
        return (self.room - GUTTER) / 2

    def plot_rows(self) -> int:
        """Return in how many rows the panels stand."""
        return -(-len(self.sheet.panels) // 2)

    def slack(self, plot: float) -> float:
        """Return the height that is left over with panels of a height; negative where the sheet does not fit."""
        with self.paper.measuring():
            used = sum(section(0) + self.step.gap for section in self._sections(plot))
        return self.paper.height - TOP - BOTTOM - used - self.step.lead

    def draw(self, plot: float) -> None:
        """Draw every section, one below the other, and the foot at the bottom margin."""
        left = self.slack(plot)
        space = max(0.0, min(left / 5, 14.0))
        y = self.paper.height - TOP
        for section in self._sections(plot):
            with self.paper.part("Sect"):
                y -= section(y) + self.step.gap + space
        place = (LEFT, baseline(BOTTOM + self.step.lead, self.step.lead, XS))
        self.paper.line_of_text(place, self.sheet.footer, XS, role="P", colour=SOFT, room=self.room)

    def _sections(self, plot: float) -> tuple[Callable[[float], float], ...]:
        return (self._head, lambda y: self._panels(y, plot), self._dots, self._tables, self._caveats)

    def _head(self, y: float) -> float:
        paper, sheet, start = self.paper, self.sheet, y
        if sheet.mark:
            wide = min(width(sheet.mark, "strong", S) + 12, self.room)
            paper.box((LEFT, y - 15), (wide, 15), fill=INK)
            place = (LEFT + 6, baseline(y, 15, S))
            paper.line_of_text(place, sheet.mark, S, face="strong", role="P", colour=WHITE, behind=INK, room=wide - 11)
            y -= 18
        title: tuple[Segment, ...] = ((sheet.title, "strong"),)
        # A long name is set smaller before it is cut.
        size, lead = (L, 20) if len(paper.block(title, L, self.room).lines) <= 2 else (M, 13.5)
        y -= paper.paragraph((LEFT, y), self.room, title, size, lead, role="H1", colour=PINE, limit=4)
        for text in sheet.about:
            y -= self._text(y, text, size=S, lead=11.5, limit=2)
        if sheet.lead:
            y -= 3
            y -= paper.paragraph((LEFT, y), self.room, ((sheet.lead, "strong"),), M, 13.5, limit=3)
        return start - y + self._text(y - 2, sheet.counts, soft=True, limit=4) + 2

    def _panels(self, y: float, plot: float) -> float:
        paper, sheet, start = self.paper, self.sheet, y
        y -= self._heading(y, sheet.gaps_title, sheet.gaps_note)
        y -= self._key(y)
        scale = Scale(sheet.places, highest(one for told in sheet.panels for one in told.figures))
        for first in range(0, len(sheet.panels), 2):
            row = sheet.panels[first : first + 2]
            said = max(len(paper.block(((one.change, "plain"),), XS, self.half, 2).lines) for one in row)
            caption = 15 + self.step.lead * max(said, 1)
            for n, told in enumerate(row):
                x = LEFT + n * (self.half + GUTTER)
                self._caption(x, y, told)
                panel(paper, (x, y - caption), (self.half, plot), scale, told, sheet.break_words)
            y -= caption + plot + 4
        return start - y

    def _key(self, y: float) -> float:
        """Say what hatching stands for, where any is drawn."""
        sheet = self.sheet
        if not any(one is not None and one.state == "hidden" for told in sheet.panels for one in told.figures):
            return 0.0
        hatch(self.paper, (LEFT, y - 9), (16, 8))
        self.paper.line_of_text((LEFT + 20, baseline(y, 10, XS)), sheet.hidden, XS, role="P", colour=SOFT)
        return 11.0

    def _caption(self, x: float, y: float, told: Panel) -> None:
        paper = self.paper
        base = baseline(y, 13, M)
        # A name may be cut, a number never is.
        most = self.half - width(told.newest, "strong", XS) - 7
        wide = paper.line_of_text((x, base), told.name, M, face="strong", role="H3", colour=PINE, room=most)
        paper.line_of_text((x + wide + 6, base), told.newest, XS, face="strong", role="P")
        change: tuple[Segment, ...] = ((told.change, "soft"),)
        paper.paragraph((x, y - 13), self.half, change, XS, self.step.lead, align="start", limit=2)

    def _dots(self, y: float) -> float:
        sheet, start = self.sheet, y
        if not sheet.dots:
            return 0.0
        y -= self._heading(y, sheet.dots_title, sheet.dots_note)
        middle = (len(sheet.dots) + 1) // 2
        top = highest(one.figure for one in sheet.dots)
        said = min(max(width(one.shown, "plain", XS) for one in sheet.dots), self.half * 0.42)
        label = min(max(width(one.name, "plain", XS) for one in sheet.dots) + 1, self.half * 0.42)
        with self.paper.part("Table"):
            for n, one in enumerate(sheet.dots):
                column, row = divmod(n, middle)
                corner = (LEFT + column * (self.half + GUTTER), y - row * self.step.row)
                self._dot(corner, one, top, label, said)
        return start - y + middle * self.step.row

    def _dot(self, corner: Point, told: Dot, top: int, label: float, said: float) -> None:
        paper, (x, y) = self.paper, corner
        base, middle = baseline(y, self.step.row, XS), y - self.step.row / 2
        left, wide = x + label + 5, self.half - label - said - 11
        with paper.part("TR"):
            paper.line_of_text((x, base), told.name, XS, role="TH", room=label)
            paper.rule((left, middle), (left + wide, middle), HAIR, TRACK)
            figure = told.figure
            if figure.share is None or figure.low is None or figure.high is None:
                if figure.state == "hidden":
                    hatch(paper, (left, middle - 2.5), (wide, 5))
            else:
                low, at, high = (left + wide * 100 * one / top for one in (figure.low, figure.share, figure.high))
                paper.rule((low, middle), (high, middle), 1.2, PINE)
                paper.box((at - 1.7, middle - 1.7), (3.4, 3.4), fill=PINE)
            paper.line_of_text((x + self.half, base), told.shown, XS, role="TD", align="right", room=said + 1)

    def _tables(self, y: float) -> float:
        """Draw the wide tables, then the others in two columns, each in the shorter one."""
        start = y
        for table in self.sheet.tables:
            if table.is_wide:
                y -= self._table(LEFT, y, self.room, table) + 4
        ends = [y, y]
        for table in self.sheet.tables:
            if not table.is_wide:
                column = 0 if ends[0] >= ends[1] else 1
                ends[column] -= self._table(LEFT + column * (self.half + GUTTER), ends[column], self.half, table) + 4
        return start - min(ends)

    def _table(self, x: float, y: float, room: float, table: Numbers) -> float:
        paper, start = self.paper, y
        widths = [
            max([width(name, "plain", XS), *(width(cells[n], "plain", XS) for _, cells in table.rows)]) + 8
            for n, name in enumerate(table.columns)
        ]
        label = max((width(name, "plain", XS) for name, _ in table.rows), default=0.0) + 4
        label = max(label, width(table.title, "strong", S) + 4)
        # Numbers are never cut; a long name is, where both have no room.
        label = min(label, max(room - sum(widths), room * 0.2))
        spare = (room - label - sum(widths)) / max(len(widths), 1)
        widths = [one + spare for one in widths]
        rights = [x + label + sum(widths[: n + 1]) for n in range(len(widths))]
        with paper.part("Table"):
            base = baseline(y, 12, S)
            paper.line_of_text((x, base), table.title, S, face="strong", role="TH", colour=PINE, room=label - 4)
            for right, wide, name in zip(rights, widths, table.columns, strict=True):
                paper.line_of_text((right, base), name, XS, role="TH", colour=SOFT, align="right", room=wide - 4)
            y -= 12
            paper.rule((x, y), (x + room, y), HAIR, LINE)
            for name, cells in table.rows:
                base = baseline(y, self.step.row, XS)
                with paper.part("TR"):
                    paper.line_of_text((x, base), name, XS, role="TH", room=label - 4)
                    for right, wide, cell in zip(rights, widths, cells, strict=True):
                        paper.line_of_text((right, base), cell, XS, role="TD", align="right", room=wide - 4)
                y -= self.step.row
        return start - y

    def _caveats(self, y: float) -> float:
        sheet, start = self.sheet, y
        y -= self._heading(y, sheet.caveats_title, "")
        y -= self._text(y, " ".join(sheet.caveats))
        return start - y

    def _heading(self, y: float, title: str, note: str) -> float:
        paper = self.paper
        paper.rule((LEFT, y), (LEFT + self.room, y), THIN, PINE)
        base = baseline(y - 2, 14, M)
        wide = paper.line_of_text((LEFT, base), title, M, face="strong", role="H2", colour=PINE, room=self.room * 0.4)
        place = (LEFT + wide + 8, base)
        paper.line_of_text(place, note, XS, face="soft", role="P", colour=SOFT, room=self.room - wide - 8)
        return 17.0

    def _text(
        self,
        y: float,
        text: str,
        *,
        size: int = XS,
        lead: float | None = None,
        soft: bool = False,
        limit: int | None = None,
    ) -> float:
        words: Sequence[Segment] = ((text, "soft" if soft else "plain"),)
        return self.paper.paragraph(
            (LEFT, y), self.room, tuple(words), size, lead or self.step.lead, align="start", limit=limit
        )
