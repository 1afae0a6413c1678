"""The upper part of the one page: who and when, the safety strip, and what matters most to the patient."""

from clinic.core.page import Fact, Header, Matters, SafetyStrip
from clinic.reports.fonts import width
from clinic.reports.frame import GUTTER, Frame, Words, label, words
from clinic.reports.ink import FRAME, HAIR, INK, PINE, RULE, SOFT, WHITE, XS, L, M, S
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
    height = sheet.paragraph((frame.x, y), frame.width, name, size, lead, role="H1", limit=1 if size == L else 2)
    ids: list[Words] = [((f"{fact.label} ", "soft"), (fact.value, "strong")) for fact in told.ids]
    widths = [sum(width(text, face, S) for text, face in one) for one in ids]
    together = sum(widths) + 14 * (len(ids) - 1)
    # A name that runs from right to left keeps its line for itself, so that every reader finds it before the numbers.
    if size == L and name_width + together + 16 <= frame.width and not holds_right_to_left(told.name):
        x = frame.right - together
        for one, wide in zip(ids, widths, strict=True):
            sheet.paragraph((x, y - 4), wide + 1, one, S, 12)
            x += wide + 14
        return height + 3
    x = frame.x
    for n, (one, wide) in enumerate(zip(ids, widths, strict=True)):
        if n and x + wide > frame.right:
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
    details = [segments(text) for text in strip.details]
    answer, rest = details[:inside], details[inside:]
    title: Words = ((strip.title, "strong"), ("\u00a0 " if not quiet else " ", "plain"), (strip.lead, "plain"))
    tag = min(width(strip.tag, "plain", XS), room * 0.4)
    small, lead = (XS, density.lead) if density.body == XS else (S, 11.0)

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


def matters(frame: Frame, y: float, told: Matters) -> float:
    """Draw the picks, the own words and what was agreed last time, side by side; return the height used."""
    sheet, density = frame.sheet, frame.density
    frame.heading(y, told.title, rule=False)
    y -= density.head
    column = (frame.width - 2 * GUTTER) / 12
    lefts = (frame.x, frame.x + column * 3.6 + GUTTER, frame.x + column * 8.5 + 2 * GUTTER)
    first, second, third = column * 3.6, column * 4.9 - 9, column * 3.5
    drop = 2 if density.body == S else 0

    def labelled(x: float, room: float, text: str) -> float:
        label(sheet, (x, baseline(y - drop, 10, XS)), text, room)
        return 11.0 + drop

    def own() -> float:
        used = labelled(lefts[1] + 9, second, told.words_label)
        said: Words = words(told.no_words, "soft")
        if told.words:
            mark: Words = ((f" {told.words.mark}", "strong"),) if told.words.mark else ()
            said = ((told.words.shown, "own"), *mark)
        place = (lefts[1] + 9, y - used)
        return used + sheet.paragraph(place, second, said, density.body, density.lead, limit=density.words_lines)

    def last() -> float:
        used = labelled(lefts[2], third, told.last_label)
        items = [segments(text) for text in told.last] or [words(told.no_last, "soft")]
        limit = density.last_lines
        return used + frame.stack(
            (lefts[2], y - used), third, items, density.body, density.lead, each=limit, total=limit * 4, space=2
        )

    def picks(size: float, lead: float, space: float) -> float:
        # One pick in plain words is "nothing special", which needs no number.
        numbered = bool(told.picks) and all(run.style == "strong" for text in told.picks for run in text)
        items = [segments(text) for text in told.picks] or [words(told.no_picks)]

        def number(n: int, base: float) -> None:
            sheet.line_of_text((frame.x, base), str(n + 1), size, face="strong", role="Artifact", colour=PINE)

        return frame.stack(
            (frame.x, y + 1),
            first,
            items,
            size,
            lead,
            each=density.pick_lines,
            total=density.pick_lines * 3,
            space=space,
            bullet=number if numbered else None,
            bullet_width=14 if numbered else 0,
        )

    with sheet.measuring():
        beside = max(own(), last())
        large = picks(M, 14, 4) <= beside + 6
    used = picks(M, 14, 4) if large else picks(S, 10.6, 2.4)
    height = max(used, own(), last())
    sheet.rule((lefts[1], y - 1), (lefts[1], y - height), RULE, PINE)
    return density.head + height
