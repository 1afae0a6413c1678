"""One of the four gaps on the one page: its level, its bar, and why."""

from clinic.core.page import GapBox, Gaps
from clinic.reports.fonts import width
from clinic.reports.frame import GUTTER, Frame, Words, label, words
from clinic.reports.ink import FRAME, HAIR, HEAVY, INK, XS, M
from clinic.reports.semantic import baseline
from clinic.reports.shapes import bar, dash_mark, level, pen_box, star, tick_mark
from clinic.reports.typeset import segments

RULES = {"priority_gap": HEAVY, "gap": FRAME}
TITLE_LEAD, FEW_LEAD = 14.0, 9.6
TICKS_SHOWN, IDEAS_SHOWN, FACTS_SHOWN = 3, 2, 3


def gaps(frame: Frame, y: float, told: Gaps) -> float:
    """Draw the boxes two by two, those of a row equally deep; return the height used."""
    sheet, start, half = frame.sheet, y, (frame.width - GUTTER) / 2
    y -= _heading(frame, y, told)
    for n in range(0, len(told.boxes), 2):
        row = told.boxes[n : n + 2]
        # Both boxes of a row make room for the note on few answers, so that their bars stay on one line.
        few = FEW_LEAD if any(box.few for box in row) else 0
        with sheet.measuring():
            height = max(gap_box(frame, 0, 0, half, box, few) for box in row)
        for m, box in enumerate(row):
            with sheet.part("Sect"):
                gap_box(frame, frame.x + m * (half + GUTTER), y, half, box, few)
        y -= height + frame.density.pad
    return start - y - frame.density.pad


def _heading(frame: Frame, y: float, told: Gaps) -> float:
    sheet = frame.sheet
    x = frame.heading(y, told.title, frame.width * 0.5, rule=False) + 8
    base = baseline(y - 2, 14, M)
    note, legend = told.note or "", told.legend or ""
    needed = width(legend, "soft", XS) + 12 if legend else 0
    beside = x + width(note, "soft", XS) + needed <= frame.right
    if note:
        room = frame.right - x - (needed if beside else 0)
        sheet.line_of_text((x, base), note, XS, face="soft", role="P", room=max(room, 40))
    if not legend:
        return frame.density.head
    if beside:
        sheet.line_of_text((frame.right, base), legend, XS, face="soft", role="P", align="right")
        return frame.density.head
    below = (frame.right, baseline(y - frame.density.head + 1, 9.6, XS))
    sheet.line_of_text(below, legend, XS, face="soft", role="P", align="right", room=frame.width)
    return frame.density.head + FEW_LEAD + 1


def gap_box(frame: Frame, x: float, y: float, wide: float, box: GapBox, few: float) -> float:
    """Draw one box from its upper left corner, with `few` points for the note on few answers; return its height."""
    sheet, density, start = frame.sheet, frame.density, y
    sheet.rule((x, y), (x + wide, y), RULES.get(box.level, HAIR), INK)
    y -= density.pad
    y -= _title(frame, x, y, wide, box)
    if box.few:
        place = (x + wide, baseline(y + 1.5, FEW_LEAD, XS))
        sheet.line_of_text(place, box.few, XS, face="strong", role="P", align="right", room=wide)
    y -= few
    y -= _score(frame, x, y, wide, box)
    y -= _facts(frame, x, y, wide, box)
    y -= _ticks(frame, x, y, wide, box)
    y -= _ideas(frame, x, y, wide, box)
    return start - y


def _title(frame: Frame, x: float, y: float, wide: float, box: GapBox) -> float:
    """Draw the name, and at the right the level as a shape and a word."""
    sheet, base = frame.sheet, baseline(y, 14, M)
    shapes = 15 + (12 if box.starred else 0)
    word = min(width(box.level_word, "strong", M), wide * 0.6)
    room = wide - word - shapes - 8
    name = words(box.name, "strong")
    below = sheet.paragraph((x, y), room, name, M, TITLE_LEAD, role="H3", limit=2) - TITLE_LEAD
    at = x + wide - word - shapes
    level(sheet, (at, base + M * 0.33), box.level, 5.4)
    if box.starred:
        star(sheet, (at + 11.6, base + M * 0.33), 6)
    place = (x + wide, base)
    sheet.line_of_text(place, box.level_word, M, face="strong", role="P", align="right", room=word + 0.1)
    return frame.density.top + max(below, 0)


def _score(frame: Frame, x: float, y: float, wide: float, box: GapBox) -> float:
    """Draw the bar, and at its right the score as a large number with its unit."""
    sheet, base = frame.sheet, baseline(y, 12, XS)
    number = "" if box.score is None else str(box.score)
    if not box.score_text.startswith(number):
        number = ""
    tail = box.score_text[len(number) :]
    number_width = width(number, "strong", M)
    tail_width = min(width(tail, "soft", XS), wide * 0.6)
    track = wide - number_width - tail_width - 12
    with sheet.part("Figure", alt=f"{box.name}: {box.score_text}"):
        bar(sheet, (x, base - 0.4), (track, 6.4), box.score, over=2.2, ticks=box.cuts)
        sheet.line_of_text((x + track + 12, base), number, M, face="strong")
        place = (x + track + 12 + number_width, base)
        sheet.line_of_text(place, tail, XS, face="soft", room=tail_width + 0.1)
    return frame.density.bar


def _facts(frame: Frame, x: float, y: float, wide: float, box: GapBox) -> float:
    """Draw label and value pairs, and the box to tick by pen beside the first of them."""
    sheet, density, start = frame.sheet, frame.density, y
    labels = max((width(name, "soft", XS) for name, _ in box.facts), default=0)
    hang = min(labels, wide * 0.3) + 8
    pen = min(width(box.talked_about, "soft", XS), wide * 0.35) + 10
    shown = box.facts[:FACTS_SHOWN] if density.fact_lines else box.facts
    for n, (name, text) in enumerate(shown):
        label(sheet, (x, baseline(y, density.lead, density.body)), name, hang - 8 + 0.1)
        room = wide - hang - (pen + 8 if n == 0 else 0)
        left_out = len(box.facts) - len(shown) if n + 1 == len(shown) else 0
        used = sheet.paragraph(
            (x + hang, y),
            room,
            segments(text),
            density.body,
            density.lead,
            limit=density.fact_lines,
            left_out=left_out,
        )
        if n == 0:
            base = baseline(y, density.lead, density.body)
            pen_box(sheet, (x + wide - pen, base))
            place = (x + wide, base)
            sheet.line_of_text(
                place, box.talked_about, XS, face="soft", role="Artifact", align="right", room=pen - 10 + 0.1
            )
        y -= max(used, density.lead)
    return start - y


def _ticks(frame: Frame, x: float, y: float, wide: float, box: GapBox) -> float:
    """Draw what was ticked, a line each, and at the right of the last how many more there are."""
    sheet, density, body, lead = frame.sheet, frame.density, frame.density.body, frame.density.lead
    if not box.ticks:
        return 0
    start = y
    y -= density.pad / 2
    shown = box.ticks[:TICKS_SHOWN] if density.fact_lines else box.ticks
    more = box.more_ticks or ""
    with sheet.part("L"):
        for n, tick in enumerate(shown):
            final = n + 1 == len(shown)
            tail = min(width(more, "soft", XS), wide * 0.5) if final and more else 0
            base = baseline(y, lead, body)
            with sheet.part("LI"):
                tick_mark(sheet, (x, base), body)
                room = wide - 10 - (tail + 6 if tail else 0)
                left_out = len(box.ticks) - len(shown) if final else 0
                sheet.paragraph((x + 10, y), room, words(tick), body, lead, role="Span", limit=1, left_out=left_out)
            if tail:
                sheet.line_of_text((x + wide, base), more, XS, face="soft", align="right", room=tail + 0.1)
            y -= lead
    return start - y + density.pad / 2


def _ideas(frame: Frame, x: float, y: float, wide: float, box: GapBox) -> float:
    sheet, density = frame.sheet, frame.density
    if not box.ideas:
        return 0
    limit = density.idea_lines
    items: list[Words] = [words(idea) for idea in box.ideas]
    used = frame.stack(
        (x, y - density.pad / 2),
        wide,
        items,
        density.body,
        density.lead,
        each=limit,
        total=limit * IDEAS_SHOWN if limit else None,
        bullet=lambda _, base: dash_mark(sheet, (x, base), density.body),
        bullet_width=10,
    )
    return used + density.pad
