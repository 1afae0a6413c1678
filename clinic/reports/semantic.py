"""A sheet of paper that knows what it says: everything on a page is drawn through it, in the order it is read.

The same code measures (`on` is False) and draws. While it draws, the sheet keeps a tree of roles, texts and alternative
texts; tags for screen readers can be written from that tree here, without a change to any page.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from clinic.reports import ink
from clinic.reports.fonts import BOX_PADDING, FIRST_FONT, Face, code_of, pieces, width
from clinic.reports.ink import INK, SIZES, SOFT, WHITE, XS
from clinic.reports.script import clean, visual
from clinic.reports.typeset import Block, Paragraph, Segment, clip, taken_apart, wrap

# The standard structure types of PDF 1.7 that a page of ours needs, and "Artifact" for decoration.
Role = Literal[
    "Document", "Sect", "H1", "H2", "H3", "P", "Span", "L", "LI", "Table", "TR", "TH", "TD", "Figure", "Artifact"
]  # fmt: skip
# "start" stays on the left edge even where the words run from right to left.
Align = Literal["left", "right", "start"]
Point = tuple[float, float]
_Setting = tuple[tuple[Segment, ...], float, float]
_NOTHING: AbstractContextManager[None] = nullcontext()


@dataclass(slots=True)
class Node:
    """One part of the page: its role, what it says, and where that stands, as (left, bottom, right, top) in points."""

    role: Role
    text: str = ""
    alt: str | None = None
    clipped: bool = False
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """Yield this part and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


class TooFaint(ValueError):
    """Say that words would be printed too small, or in an ink too close to what is behind them."""


class Sheet:
    """One page of a canvas; lengths in points, the origin at the lower left corner."""

    def __init__(self, canvas: Canvas, size: tuple[float, float], clip_mark: str, more_mark: str) -> None:
        """Take a canvas that nothing has been drawn on, and the words that end a text or a list cut short."""
        self.width, self.height = size
        self._clip_mark, self._more_mark = clip_mark, more_mark
        self.on = True
        self.tree = Node("Document")
        self._canvas = canvas
        self._open = [self.tree]
        self._wrapped: dict[_Setting, Block] = {}
        self._clipped: dict[tuple[_Setting, int, str], Block] = {}
        self._apart: dict[tuple[Segment, ...], Paragraph] = {}
        self._text: PDFTextObject | None = None
        self._font = ("", 0.0)
        self._pen_at: Point = (0.0, 0.0)
        self._fill = self._stroke = ""
        self._weight = 0.0

    # What the page says.

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Draw nothing meanwhile: the same calls return the heights and widths only."""
        before, self.on = self.on, False
        try:
            yield
        finally:
            self.on = before

    def part(self, role: Role, alt: str | None = None) -> AbstractContextManager[None]:
        """Put what is drawn meanwhile into one part of the page; a figure needs its alternative text."""
        if role == "Figure" and not alt:
            raise ValueError("A figure without alternative text says nothing to someone who cannot see it.")
        return self._part(Node(role, alt=alt)) if self.on else _NOTHING

    @contextmanager
    def _part(self, node: Node) -> Iterator[None]:
        self._open[-1].children.append(node)
        self._open.append(node)
        try:
            yield
        finally:
            self._open.pop()

    def more(self, left_out: int) -> str:
        """Return the mark that stands for items left out of a list."""
        return self._more_mark.replace("{n}", str(left_out))

    def block(
        self, text: tuple[Segment, ...], size: float, room: float, limit: int | None = None, left_out: int = 0
    ) -> Block:
        """Break text into lines no wider than `room`, at most `limit` of them; remember the answer.

        A mark stands at the end where the text is cut, and says how many whole items are left out after it.
        """
        key = (text, size, room)
        block = self._wrapped.get(key)
        if block is None:
            block = self._wrapped[key] = wrap(self._taken_apart(text), size, room)
        cut = limit is not None and len(block.lines) > limit
        if not cut and not left_out:
            return block
        more = self.more(left_out) if left_out else ""
        mark = " ".join(filter(None, (self._clip_mark if cut else "", more)))
        ending = (key, limit if cut and limit else len(block.lines), mark)
        clipped = self._clipped.get(ending)
        if clipped is None:
            clipped = self._clipped[ending] = clip(block, ending[1], size, room, mark)
        return clipped

    def _taken_apart(self, text: tuple[Segment, ...]) -> Paragraph:
        paragraph = self._apart.get(text)
        if paragraph is None:
            paragraph = self._apart[text] = taken_apart(text)
        return paragraph

    def paragraph(
        self,
        place: Point,
        room: float,
        text: tuple[Segment, ...],
        size: float,
        lead: float,
        *,
        role: Role = "P",
        colour: str = INK,
        behind: str = WHITE,
        align: Align = "left",
        limit: int | None = None,
        left_out: int = 0,
    ) -> float:
        """Draw text from its upper corner `place` (left, or right where aligned right); return the height it takes."""
        block = self.block(text, size, room, limit, left_out)
        if self.on and block.lines:
            rows = [list(line.segments()) for line in block.lines]
            node = self._node(role, " ".join("".join([part for part, _ in row]) for row in rows))
            node.clipped = block.clipped
            x, top = place
            right_to_left = block.right_to_left
            for n, (line, parts) in enumerate(zip(block.lines, rows, strict=True)):
                left = (
                    x + room - line.width
                    if right_to_left and align == "left"
                    else x - line.width
                    if align == "right"
                    else x
                )
                base = baseline(top - n * lead, lead, size)
                self._show(
                    (left, base), parts[::-1] if right_to_left else parts, size, colour, behind, node, right_to_left
                )
        return len(block.lines) * lead

    def line_of_text(
        self,
        place: Point,
        text: str,
        size: float,
        *,
        face: Face = "plain",
        role: Role = "Span",
        colour: str = INK,
        behind: str = WHITE,
        align: Align = "left",
        room: float | None = None,
    ) -> float:
        """Draw one line on a baseline, cut to `room` with the mark; return the width it takes."""
        words: tuple[Segment, ...] = ((text, face),)
        clipped = False
        wide = width(text, face, size)
        if not self.on:
            return wide if room is None else min(wide, room)
        if room is not None and wide > room:
            block = clip(wrap(taken_apart(words), size, room), 1, size, room, self._clip_mark)
            words, wide, clipped = tuple(block.lines[0].segments()), block.lines[0].width, block.clipped
        if text:
            node = self._node(role, "".join(part for part, _ in words))
            node.clipped = clipped
            x, base = place
            left = x - wide if align == "right" else x
            self._show((left, base), list(words), size, colour, behind, node, right_to_left=False)
        return wide

    # What carries no words: lines and shapes are decoration, unless a figure says in words what they show.

    def rule(
        self,
        start: Point,
        end: Point,
        weight: float = ink.HAIR,
        colour: str = ink.LINE,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw a straight line."""
        if not self.on:
            return
        self._pen(colour, weight)
        if dash:
            self._canvas.setDash(list(dash), 0)
        self._canvas.line(*start, *end)
        if dash:
            self._canvas.setDash([], 0)

    def rules(self, lines: Sequence[tuple[float, float, float, float]], weight: float, colour: str) -> None:
        """Draw several straight lines of one kind, each from (x, y) to (x, y)."""
        if self.on and lines:
            self._pen(colour, weight)
            self._canvas.lines(lines)

    def box(
        self,
        corner: Point,
        size: tuple[float, float],
        *,
        fill: str | None = None,
        stroke: str | None = None,
        weight: float = ink.HAIR,
        radius: float = 0,
    ) -> None:
        """Draw a rectangle from its lower left corner."""
        if not self.on:
            return
        if fill:
            self._ink(fill)
        if stroke:
            self._pen(stroke, weight)
        if radius:
            self._canvas.roundRect(*corner, *size, radius, fill=bool(fill), stroke=bool(stroke))
        else:
            self._canvas.rect(*corner, *size, fill=bool(fill), stroke=bool(stroke))

    def polygon(self, points: list[Point], fill: str) -> None:
        """Fill a closed shape."""
        if not self.on:
            return
        self._ink(fill)
        path = self._canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        path.close()
        self._canvas.drawPath(path, fill=1, stroke=0)

    def polyline(self, points: list[Point], weight: float, colour: str = INK) -> None:
        """Draw an open line through several points."""
        self.rules([(*start, *end) for start, end in pairwise(points)], weight, colour)

    def circle(
        self,
        centre: Point,
        radius: float,
        *,
        filled: bool = False,
        half: bool = False,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw a ring, filled wholly or in its left half."""
        if not self.on:
            return
        x, y = centre
        self._pen(INK, 1.1)
        self._ink(INK)
        if dash:
            self._canvas.setDash(list(dash), 0)
        self._canvas.circle(x, y, radius, stroke=1, fill=filled)
        if dash:
            self._canvas.setDash([], 0)
        if half:
            path = self._canvas.beginPath()
            path.moveTo(x, y + radius)
            path.arcTo(x - radius, y - radius, x + radius, y + radius, 90, 180)
            path.close()
            self._canvas.drawPath(path, fill=1, stroke=0)

    # How it reaches the canvas.

    def finish(self) -> None:
        """Put the text that is still open on the canvas; a page is drawn when this has been called."""
        if self._text is not None:
            self._canvas.drawText(self._text)
            self._text = None

    def _node(self, role: Role, text: str) -> Node:
        node = Node(role, text)
        self._open[-1].children.append(node)
        return node

    def _ink(self, colour: str) -> None:
        self.finish()
        if colour != self._fill:
            self._canvas.setFillColorRGB(*ink.rgb(colour))
            self._fill = colour

    def _pen(self, colour: str, weight: float) -> None:
        self.finish()
        if colour != self._stroke:
            self._canvas.setStrokeColorRGB(*ink.rgb(colour))
            self._stroke = colour
        if weight != self._weight:
            self._canvas.setLineWidth(weight)
            self._weight = weight

    def _show(
        self, place: Point, parts: list[Segment], size: float, colour: str, behind: str, node: Node, right_to_left: bool
    ) -> None:
        x, base = place
        for text, face in parts:
            shade = SOFT if face == "soft" and behind == WHITE else colour
            if size not in SIZES or ink.contrast(shade, behind) < ink.LEAST_CONTRAST:
                raise TooFaint(f"{size} pt in {shade} on {behind}: {text!r}")
            start = x
            found = tuple(pieces(visual(clean(text), right_to_left=right_to_left), face))
            for piece in found:
                if piece.font is None:
                    x = self._missing((x, base), piece.text, shade)
                    continue
                self._write((x, base), piece.text, piece.font, size, shade)
                # The width of a whole stretch is known from measuring.
                x += width(text, face, size) if len(found) == 1 else stringWidth(piece.text, piece.font, size)
                self._pen_at = (x, base)
            node.boxes.append((start, base - 0.2 * size, x, base + 0.7 * size))

    def _write(self, place: Point, text: str, font: str, size: float, colour: str) -> None:
        """Write a stretch of text; neighbours share one text object until a shape comes between them."""
        if self._text is None:
            self._text = self._canvas.beginText(*place)
            self._font = ("", 0.0)
        elif place != self._pen_at:
            self._text.setTextOrigin(*place)
        if colour != self._fill:
            self._text.setFillColorRGB(*ink.rgb(colour))
            self._fill = colour
        if self._font != (font, size):
            self._text.setFont(font, size)
            self._font = (font, size)
        self._text.textOut(text)

    def _missing(self, place: Point, character: str, colour: str) -> float:
        """Draw the box of a character that no font has: what was written there can still be looked up."""
        x, base = place
        code = code_of(character)
        wide = stringWidth(code, FIRST_FONT, XS) + 2 * BOX_PADDING
        self._pen(colour, ink.HAIR)
        self._canvas.rect(x + 0.5, base - 1.8, wide - 1, XS + 0.4, fill=0, stroke=1)
        self._write((x + BOX_PADDING, base), code, FIRST_FONT, XS, colour)
        return x + wide


def baseline(top: float, lead: float, size: float) -> float:
    """Return where a line's letters stand so that its capitals are centred between `top` and `top - lead`."""
    return top - lead / 2 - size * 0.66 / 2
