"""Read the text of a printed page back, and hold it against the lines that the page must say."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import pypdfium2

from clinic.core.page import Page, lines
from clinic.reports.fonts import code_of, has
from clinic.reports.script import clean, holds_right_to_left
from clinic.reports.typeset import SHORT_MARK

# What stands between lines on paper, and is no line: separators, and the numbers of picks and of rows for the pen.
SEPARATORS = ("·", ":", "1", "2", "3")
# pdfium writes a hyphen at the end of a line as one of these.
HYPHENS = str.maketrans({"\ufffe": "-", "\x02": "-", "\xad": "-", "\u2010": "-", "\u2011": "-"})
BRACKETS = str.maketrans("([{<«‹“)]}>»›”", "|" * 14)


def text_of(pdf: bytes) -> str:
    """Return the text of all pages in the order in which pdfium reads it."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def folded(text: str) -> str:
    """Return text without what printing may change: white space, and how a character is composed or joined."""
    composed = unicodedata.normalize("NFKC", text.translate(HYPHENS))
    return "".join(c for c in composed if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf"))


def printable(line: str) -> str:
    """Return what paper can show of a line: a character that no font has stands as its code."""
    return "".join(c if c == " " or has(c) else code_of(c) for c in clean(line) if c not in "\u200c\u200d")


def difference(page: Page, text: str, *, whole: bool = True) -> str | None:
    """Return the first place where the text does not say the page's lines in order; None where it says them all.

    A line may end early with a visible mark, and lines of a list may be left out after one; what must never be cut
    may not, unless the page is not made of the questionnaire's own words (`whole` is False).
    """
    reader = _Reader(page, folded(text))
    uncut = set(never_cut(page)) if whole else set()
    for line in lines(page):
        want = folded(printable(line))
        if want and not reader.take(want, line in uncut):
            return f"expected {want[:80]!r}, found {reader.rest[:80]!r}"
    reader.skip_decoration()
    return f"left over: {reader.rest[:80]!r}" if reader.rest else None


def never_cut(page: Page) -> Iterator[str]:
    """Yield the lines that stay whole on any paper."""
    yield from (page.safety.title, page.safety.lead, page.safety.tag, page.matters.title, page.gaps.title)
    for box in page.gaps.boxes:
        yield from (box.name, box.level_word, box.score_text)
    yield from (page.context.helps_title, page.context.high_title, page.agreed.title, page.footer.disclaimer)


class _Reader:
    def __init__(self, page: Page, text: str) -> None:
        self.rest = text
        self.after_mark = False
        labels = [page.agreed.notes_label, *(box.talked_about for box in page.gaps.boxes)]
        self._decoration = [d for d in (*map(folded, map(printable, labels)), *SEPARATORS) if d]
        more = re.escape(folded(page.more_mark)).replace(re.escape("{n}"), r"\d+")
        marks = [re.escape(folded(mark)) for mark in (page.clip_mark, SHORT_MARK) if folded(mark)]
        cut, number = "|".join(marks), more.partition(r"\d+")[0] + r"\d+"
        kinds = (f"(?:{cut})(?:{more})", f"{number}(?:{cut})", cut, more, re.escape(folded("…")))
        self._mark = re.compile("|".join(kinds))

    def take(self, want: str, uncut: bool) -> bool:
        """Take one line off the text; tell whether it was there, whole or cut with a mark."""
        starts = list(self._starts())
        for text in starts:
            if text.startswith(want) or _same_letters(want, text[: len(want)]):
                self.rest, self.after_mark = text[len(want) :], False
                return True
        if uncut:
            return False
        # A line of which some is left is likelier than one of which only the mark is.
        for least in (1, 0):
            for text in starts:
                end = self._cut(want, text, least)
                if end:
                    self.rest, self.after_mark = text[end:], True
                    return True
        return self.after_mark

    def skip_decoration(self) -> None:
        *_, self.rest = self._starts()

    def _starts(self) -> Iterator[str]:
        """Yield the text that is left, and again after each decoration or mark that may stand before a line."""
        text = self.rest
        while True:
            yield text
            sign = next((d for d in self._decoration if text.startswith(d)), None)
            mark = self._mark.match(text)
            if not sign and not mark:
                return
            text = text[len(sign) if sign else mark.end() if mark else 0 :]

    def _cut(self, want: str, text: str, least: int) -> int | None:
        """Return where the mark ends after which a line's beginning is cut, if it is."""
        same = next((n for n, (a, b) in enumerate(zip(want, text, strict=False)) if a != b), min(len(want), len(text)))
        for kept in range(same, least - 1, -1):
            mark = self._mark.match(text, kept)
            if mark:
                return mark.end()
        return None


def _same_letters(want: str, found: str) -> bool:
    """Tell whether a line with right-to-left letters was found: readers disagree on how its parts follow each other."""
    if not holds_right_to_left(want):
        return False
    return Counter(want.translate(BRACKETS)) == Counter(found.translate(BRACKETS))
