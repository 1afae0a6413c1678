"""The lower part of the one page: what was agreed today, room for a pen, and the fixed words at the foot."""

from functools import partial

from clinic.core.page import Agreed, Footer
from clinic.reports.fonts import width
from clinic.reports.frame import BOTTOM, Frame, Words, label, words
from clinic.reports.ink import HAIR, LINE, PEN, PINE, XS, M, S
from clinic.reports.semantic import Point, baseline

ROWS = 3
COLUMNS = (0.0, 7.0, 9.5, 12.0)
NOTE_PITCH = 22.0
ROW_LEAD = 9.4
# A line that is filled already needs no room for a pen where the page is full.
TYPED_ROW = 13.0


def agreed(frame: Frame, y: float, told: Agreed, row: float, notes: int = 0) -> float:
    """Draw three lines of what, who and by when, and `notes` dotted lines below; return the height used."""
    sheet, start = frame.sheet, y
    lefts = [frame.x + frame.width / 12 * column for column in COLUMNS]
    numbered = 16.0
    title = frame.heading(y, told.title, (lefts[1] - frame.x) * 0.7) - frame.x
    base = baseline(y - 2, 14, M)
    heads = (frame.x + title + 8, lefts[1] + 6, lefts[2] + 6)
    for x, name, right in zip(heads, told.columns, (*lefts[1:3], frame.right), strict=True):
        label(sheet, (x, base), name, max(right - x - 4, 20))
    y -= max(frame.density.head - 4, 13.5)
    top = y + 2
    rows = told.rows[:ROWS] + (("", "", ""),) * (ROWS - len(told.rows))
    with sheet.part("Table"):
        for n, cells in enumerate(rows):
            left_out = max(len(told.rows) - ROWS, 0) if n + 1 == ROWS else 0
            starts = (frame.x + numbered, *heads[1:])
            rooms = [right - x - 4 for x, right in zip(starts, (*lefts[1:3], frame.right), strict=True)]
            left_outs = (0, 0, left_out)
            with sheet.measuring():
                least = row if frame.density.body == S or not any(cells) else TYPED_ROW
                y -= max(least, *map(partial(_cell, frame, (0, 0)), rooms, cells, left_outs))
            with sheet.part("TR"):
                place = (frame.x, y + 3)
                sheet.line_of_text(place, str(n + 1), M, face="strong", role="Artifact", colour=PINE)
                for x, room, cell, omitted in zip(starts, rooms, cells, left_outs, strict=True):
                    _cell(frame, (x, y), room, cell, omitted)
            sheet.rule((frame.x, y), (frame.right, y), 0.6, PEN)
    for x in lefts[1:3]:
        sheet.rule((x, top), (x, y), 0.6, PEN)
    if notes:
        y -= 6
        place = (frame.x, baseline(y - 4, 10, XS))
        sheet.line_of_text(place, told.notes_label, XS, face="soft", role="Artifact", room=frame.width)
        for _ in range(notes):
            y -= NOTE_PITCH
            sheet.rule((frame.x, y), (frame.right, y), HAIR, LINE, (1, 2))
    return start - y


def _cell(frame: Frame, place: Point, room: float, text: str, left_out: int = 0) -> float:
    """Draw a cell's words above the line that `place` stands on, small and on two lines where long."""
    if not text and not left_out:
        return 0
    sheet, (x, y) = frame.sheet, place
    said: Words = words(text)
    short = width(text, "plain", S) <= room
    size, lead = (S, 11.0) if short else (XS, ROW_LEAD)
    lines = len(sheet.block(said, size, room, 2, left_out).lines)
    sheet.paragraph((x, y + lines * lead + 1.5), room, said, size, lead, role="TD", limit=2, left_out=left_out)
    return lines * lead + 2.5


def footer(frame: Frame, told: Footer) -> float:
    """Draw the fixed words on the bottom margin; return the height used."""
    sheet = frame.sheet
    text: Words = ((told.disclaimer, "strong"), (" ", "plain"), (told.scale, "plain"))
    limit = frame.density.foot_lines
    with sheet.measuring():
        lines = sheet.paragraph((0, 0), frame.width, text, XS, 9.6, limit=limit)
    height = lines + 15
    y = BOTTOM + height
    frame.divider(y)
    y -= 3
    y -= sheet.paragraph((frame.x, y), frame.width, text, XS, 9.6, limit=limit) + 2
    base = baseline(y, 10, XS)
    page = min(width(told.page, "strong", XS), frame.width * 0.3)
    room = frame.width - page - 12
    sheet.line_of_text((frame.x, base), told.printed, XS, face="soft", role="P", room=room)
    place = (frame.right, base)
    sheet.line_of_text(place, told.page, XS, face="strong", role="P", align="right", room=page + 0.1)
    return height
