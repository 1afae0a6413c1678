"""Draw a page and keep its structure tree, to measure what stands where."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations

from clinic.core.page import Page
from clinic.reports.document import About, Document
from clinic.reports.frame import BOTTOM, LEFT, TOP
from clinic.reports.semantic import Node, Sheet
from clinic.reports.summary_pdf import SIZES, Fit, PageSize, draw

AT = datetime(2025, 11, 18, 9, 21, tzinfo=UTC)
Box = tuple[float, float, float, float]


def drawn(page: Page, size: PageSize = "A4") -> tuple[Sheet, Fit]:
    document = Document(SIZES[size], About("t", "s", "a", page.language, AT))
    sheet = Sheet(document.canvas, SIZES[size], page.clip_mark, page.more_mark)
    fit = draw(sheet, page)
    document.close()
    return sheet, fit


def overlaps(sheet: Sheet) -> list[tuple[str, str]]:
    """Return the pairs of texts that stand on each other; touching by half a point is no overlap."""
    boxes = [(node.text, box) for node in sheet.tree.walk() for box in node.boxes]
    boxes = [(text, box) for text, box in boxes if box[2] - box[0] > 1]
    return [(one, other) for (one, a), (other, b) in combinations(boxes, 2) if _cross(a, b)]


def _cross(a: Box, b: Box, least: float = 0.5) -> bool:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide > least and high > least


def outside(sheet: Sheet) -> list[tuple[str, Box]]:
    """Return the texts that reach over a margin."""
    least, most = LEFT - 0.5, sheet.width - LEFT + 0.5
    return [
        (node.text, box)
        for node in sheet.tree.walk()
        for box in node.boxes
        if box[0] < least or box[2] > most or box[1] < BOTTOM - 1 or box[3] > sheet.height - TOP + 1
    ]


def said(tree: Node) -> Iterator[str]:
    yield from (node.text for node in tree.walk() if node.text)
