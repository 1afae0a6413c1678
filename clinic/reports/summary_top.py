"""The upper part of the one page: who and when, and the safety strip."""

from clinic.core.page import Fact, Header, SafetyStrip
from clinic.reports.fonts import width
from clinic.reports.frame import Frame, Words, label, words
from clinic.reports.ink import FRAME, HAIR, INK, PINE, SOFT, WHITE, XS, L, M, S
from clinic.reports.script import holds_right_to_left
from clinic.reports.semantic import baseline
from clinic.reports.shapes import warning
from clinic.reports.typeset import segments

FACTS_A_ROW = 6
FACT_ROWS = 2


def header(frame: Frame, y: float, told: Header) -> float:
    """Draw who and when; return the height used."""
    start = y
    y -= _document_line(frame, y, told)
    y -= _name_and_ids(frame, y, told)
    frame.divider(y)
    rows = [told.facts[n : n + FACTS_A_ROW] for n in range(0, len(told.facts), FACTS_A_ROW)]
    for facts in rows[:FACT_ROWS]:
        y -= _facts(frame, y - 3, facts) + 3
    notes = [words(note, "strong") for note in told.notes]
    limit = frame.density.note_lines
    y -= frame.stack((frame.x, y), frame.width, notes, XS, 9.6, total=limit) + 2
    return start - y


def _document_line(frame: Frame, y: float, told: Header) -> float:
    sheet, base = frame.sheet, baseline(y, 12, S)
    visit: Words = ((f"{told.visit.label} ", "soft"), (told.visit.value, "strong"))
    natural = sum(width(text, face, S) for text, face in visit)
    document = min(width(told.document, "strong", S), frame.width * 0.5)
    beside = document + width(told.kind, "soft", S) + natural + 30 <= frame.width
    room = frame.width - natural - 24 if beside else frame.width
    sheet.line_of_text((frame.x, base), told.document, S, face="strong", role="H2", colour=PINE, room=document)
    kind = (frame.x + document + 6, base)
    sheet.line_of_text(kind, told.kind, S, face="soft", room=room - document - 6)
    if beside:
        sheet.paragraph((frame.right, y), natural + 1, visit, S, 12, align="right")
        return 13
    return 12 + sheet.paragraph((frame.x, y - 12), frame.width, visit, S, 12, limit=1) + 1


def _name_and_ids(frame: Frame, y: float, told: Header) -> float:
    """Draw the name as large as it fits, and what tells two people of one name apart."""
    sheet, size = frame.sheet, L
    name = words(told.name, "strong")
    name_width = width(told.name, "strong", size)
    if name_width > frame.width:
        size = M
    lead = 20.0 if size == L else 13.0
    limit = 1 if size == L else 2
    height = max(
        lead, sheet.paragraph((frame.x, y), frame.width, name, size, lead, role="H1", align="start", limit=limit)
    )
    ids: list[Words] = [((f"{fact.label} ", "soft"), (fact.value, "strong")) for fact in told.ids]
    widths = [sum(width(text, face, S) for text, face in one) for one in ids]
    together = sum(widths) + 14 * (len(ids) - 1)
    # A name that runs from right to left keeps its line for itself, so that every reader finds it before the numbers.
    if size == L and name_width + together + 16 <= frame.width and not holds_right_to_left(told.name):
        # Each number has a point to spare, in which one that runs from right to left ends.
        x = frame.right - together - 1
        for one, wide in zip(ids, widths, strict=True):
            sheet.paragraph((x, y - 4), wide + 1, one, S, 12)
            x += wide + 14
        return height + 3
    x = frame.x
    for n, (one, wide) in enumerate(zip(ids, widths, strict=True)):
        if n and x + wide + 1 > frame.right:
            x, height = frame.x, height + 12
        sheet.paragraph((x, y - height), min(wide + 1, frame.width), one, S, 12, limit=1)
        x += wide + 14
    return height + (12 if ids else 0) + 3


def _facts(frame: Frame, y: float, facts: tuple[Fact, ...]) -> float:
    """Draw labels with their values below, as columns that share the width."""
    sheet = frame.sheet
    natural = [_natural(fact) for fact in facts]
    rooms = _shares(natural, frame.width - 10 * (len(facts) - 1))
    space = (frame.width - sum(rooms)) / max(len(facts) - 1, 1)
    x, deepest = frame.x, 0.0
    for fact, room in zip(facts, rooms, strict=True):
        label(sheet, (x, baseline(y, 10, XS)), fact.label, room)
        face = words(fact.value, "strong" if fact.loud else "plain")
        inset = 3 if fact.loud else 0
        lines = sheet.block(face, XS, room - 2 * inset, 2).lines
        if fact.loud:
            for n, line in enumerate(lines):
                base = baseline(y - 10 - 10 * n, 10, XS)
                sheet.box((x, base - 2.4), (line.width + 2 * inset, XS + 1.8), fill=INK, radius=1.5)
        colours = (WHITE, INK) if fact.loud else (INK, WHITE)
        used = sheet.paragraph(
            (x + inset, y - 10), room - 2 * inset, face, XS, 10, colour=colours[0], behind=colours[1], limit=2
        )
        deepest = max(deepest, used)
        x += room + space
    return 10 + deepest + 2


def _natural(fact: Fact) -> float:
    value = width(fact.value, "strong", XS) + 7 if fact.loud else width(fact.value, "plain", XS)
    return max(width(fact.label, "soft", XS), value) + 0.5


def _shares(natural: list[float], room: float) -> list[float]:
    """Give every column its natural width, or cut the widest ones alike until all fit."""
    if sum(natural) <= room:
        return natural
    cap, left, waiting = 0.0, room, sorted(natural)
    for n, wide in enumerate(waiting):
        cap = left / (len(waiting) - n)
        if wide > cap:
            break
        left -= wide
    return [min(wide, cap) for wide in natural]


def safety(frame: Frame, y: float, strip: SafetyStrip) -> float:
    """Draw the strip, heavier with each level; return the height used."""
    sheet, density, pad = frame.sheet, frame.density, frame.density.safe
    dark = strip.level in ("S2", "S3")
    quiet = strip.level == "S0"
    indent = 10 if quiet else 32
    size, title_lead = (S, 14.0) if quiet else (M, 15.0)
    x, room = frame.x + indent, frame.width - indent - 8
    inside = 1 if strip.level == "S3" else 0
    small, lead = (XS, density.lead) if density.body == XS else (S, 11.0)
    details = [segments(text) for text in strip.details]
    answer, rest = details[:inside], _run_in(frame, details[inside:], small, room)
    title: Words = ((strip.title, "strong"), ("\u00a0\u00a0 ", "plain"), (strip.lead, "plain"))
    tag = min(width(strip.tag, "plain", XS), room * 0.4)

    def title_row(top: float, colour: str, behind: str) -> float:
        used = sheet.paragraph(
            (x, top), room - tag - 12, title, size, title_lead, role="H2", colour=colour, behind=behind, limit=3
        )
        place = (frame.right - 8, baseline(top, title_lead, size))
        shade = colour if dark else SOFT
        sheet.line_of_text(place, strip.tag, XS, colour=shade, behind=behind, align="right", room=tag + 0.1)
        return used

    def answers(top: float, colour: str, behind: str) -> float:
        limit = density.safety_lines
        return frame.stack((x, top), room, answer, S, 11, total=limit, colour=colour, behind=behind)

    def others(top: float) -> float:
        return frame.stack((x, top), room, rest, small, lead, total=density.safety_lines)

    with sheet.measuring():
        head = title_row(0, INK, WHITE) + answers(0, INK, WHITE)
        below = others(0)
    bar = head + 2 * pad - 1 if dark else 0
    height = bar + below + (2 * pad - 1 if rest else 0) if dark else head + below + 2 * pad
    colours = (WHITE, INK) if dark else (INK, WHITE)
    weight = HAIR if quiet else FRAME
    inset = weight / 2
    sheet.box((frame.x + inset, y - height + inset), (frame.width - weight, height - weight), stroke=INK, weight=weight)
    if dark:
        sheet.box((frame.x, y - bar), (frame.width, bar), fill=INK)
    if not quiet:
        warning(sheet, (frame.x + 10, y - pad - 7.5), 15, *colours)
    title_height = title_row(y - pad, *colours)
    answers(y - pad - title_height, *colours)
    others(y - bar - pad + 1 if dark else y - pad - title_height)
    return height


def _run_in(frame: Frame, items: list[Words], size: float, room: float) -> list[Words]:
    """Let a short sentence follow the one before it where both stand on one line."""
    joined: list[Words] = []
    for item in items:
        beside = (*joined[-1], ("\u00a0\u00a0 ", "plain"), *item) if joined else item
        if joined and len(frame.sheet.block(beside, size, room).lines) == 1:
            joined[-1] = beside
        else:
            joined.append(item)
    return joined
