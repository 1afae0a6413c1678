"""The least that one such page can cost: plain strings with the same fonts on a bare canvas."""

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from clinic.core.page import Page, lines
from clinic.reports.fonts import FIRST_FONT, register

FACES = ("Text", "Text-Strong", "Text-Italic")


def bare_page_pdf(page: Page) -> bytes:
    """Return a PDF of the page's own lines, one string each in two columns, with the same three fonts embedded."""
    register()
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595.276, 841.89), invariant=1, initialFontName=FIRST_FONT, pageCompression=1)
    for n, line in enumerate(lines(page)):
        column, row = divmod(n, 80)
        canvas.setFont(FACES[n % 3], 8)
        canvas.drawString(32 + 260 * column, 810 - 9.6 * row, line)
    canvas.showPage()
    canvas.save()
    return file.getvalue()
