"""Open and close a PDF that is the same, byte for byte, for the same content and time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from clinic.reports.fonts import FIRST_FONT, register
from clinic.reports.script import clean

# A registered font reads its own file while it is put into a document, and all threads share it.
_FONTS_IN_USE = Lock()


@dataclass(frozen=True, slots=True)
class About:
    """What a PDF says of itself; nothing here names an illness or a person other than the author."""

    title: str
    subject: str
    author: str
    language: str
    at: datetime


class Document:
    """A PDF in memory, one canvas, embedded fonts only."""

    def __init__(self, size: tuple[float, float], about: About) -> None:
        """Open a document of pages of one size, in points."""
        register()
        self._file = BytesIO()
        # Without a first font of our own an unembedded Helvetica would stay in the file.
        # The published types take this for a number.
        first: Any = FIRST_FONT
        self.canvas = Canvas(
            self._file, pagesize=size, invariant=1, lang=about.language, initialFontName=first, pageCompression=1
        )
        _stamp(self.canvas, about.at)
        self.canvas.setTitle(clean(about.title))
        self.canvas.setSubject(clean(about.subject))
        self.canvas.setAuthor(clean(about.author))
        self.canvas.setCreator("Barrier Check")

    def close(self) -> bytes:
        """Finish the last page and return the file."""
        self.canvas.showPage()
        with _FONTS_IN_USE:
            self.canvas.save()
        return self._file.getvalue()


@dataclass(frozen=True, slots=True)
class _Stamp:
    """The time of a document in the form in which reportlab reads it."""

    t: float
    YMDhms: tuple[int, ...]
    dhh: int
    dmm: int


def _stamp(canvas: Canvas, at: datetime) -> None:
    """Set a document's own time: reportlab has no public way but the clock, or the year 2000 for `invariant`."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    sign = -1 if minutes < 0 else 1
    hours, rest = divmod(abs(minutes), 60)
    untyped: Any = canvas
    untyped._doc._timeStamp = _Stamp(at.timestamp(), tuple(at.timetuple()[:6]), sign * hours, rest)
