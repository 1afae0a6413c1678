"""The middle of the one page: what helps and what else is high, beside a small bar for every subtheme."""

from collections.abc import Callable, Iterator

from clinic.core.page import Context, High, ThemeBars
from clinic.reports.fonts import Face, width
from clinic.reports.frame import GUTTER, Frame, Words, words
from clinic.reports.ink import PINE, XS, M
from clinic.reports.semantic import baseline
from clinic.reports.shapes import bar

HIGH_SCORE = 75
# A subtheme has no level, so its bar is only divided.
QUARTERS = (25, 50, 75)
ROWS_A_COLUMN = 11
THEME_HEIGHT, THEME_SPACE = 11.5, 3.0
LABEL_WIDTH, TRACK_WIDTH = 130.0, (44.0, 72.0)
More = Callable[[int], str]


def context(frame: Frame, y: float, told: Context, themes: tuple[ThemeBars, ...]) -> float:
    """Draw strengths and high subthemes in a column of their own, then the bars in two; return the height used."""
    columns = _columns(themes)
    label = max((width(one.label, "plain", XS) for theme in themes for one in theme.bars), default=0.0)
    label = min(label, LABEL_WIDTH) + 6
    least, most = TRACK_WIDTH
    track = min(most, max(least, (frame.width * 0.62 - GUTTER * 2) / 2 - label - 20))
    wide = label + track + 20
    room = frame.width - len(columns) * (wide + GUTTER)
    deep = max((_depth(frame, column) for column in columns), default=0.0)
    used = _left(frame, y, room, told, deep)
    # The bars are as deep as their number says, so that there is nothing to measure.
    for n, column in enumerate(columns if frame.sheet.on else ()):
        _bars(frame, frame.x + room + GUTTER + n * (wide + GUTTER), y, column, label, track)
    return max(used, deep)


def _columns(themes: tuple[ThemeBars, ...]) -> tuple[tuple[ThemeBars, ...], ...]:
    middle = (len(themes) + 1) // 2
    return tuple(column for column in (themes[:middle], themes[middle:]) if column)


def _depth(frame: Frame, column: tuple[ThemeBars, ...]) -> float:
    rows = min(sum(len(theme.bars) for theme in column), ROWS_A_COLUMN)
    return THEME_SPACE * len(column) + THEME_HEIGHT * len(column) + frame.density.sub * rows


def _bars(frame: Frame, x: float, y: float, column: tuple[ThemeBars, ...], label: float, track: float) -> None:
    sheet, pitch = frame.sheet, frame.density.sub
    right = x + label + track + 20
    rows = ROWS_A_COLUMN
    y -= THEME_SPACE
    with sheet.part("Table"):
        for theme in column:
            place = (x, baseline(y, 12, XS))
            sheet.line_of_text(place, theme.label, XS, face="strong", role="TH", room=label if not rows else right - x)
            y -= THEME_HEIGHT
            shown = theme.bars[:rows]
            left_out = len(theme.bars) - len(shown)
            if left_out and shown:
                shown, left_out = shown[:-1], left_out + 1
            for one in shown:
                base = baseline(y, pitch, XS)
                with sheet.part("TR"):
                    sheet.line_of_text((x, base), one.label, XS, role="TH", room=label - 5.9)
                    bar(sheet, (x + label, base + 0.2), (track, 4.6), one.score, over=0, ticks=QUARTERS)
                    face: Face = "strong" if (one.score or 0) >= HIGH_SCORE else "plain"
                    sheet.line_of_text((right, base), one.shown, XS, face=face, role="TD", align="right", room=20)
                y -= pitch
            if left_out:
                place = (right, baseline(y, pitch, XS) if rows else place[1])
                sheet.line_of_text(place, sheet.more(left_out), XS, face="strong", align="right", room=track + 20)
                y -= pitch if rows else 0
            rows -= min(len(theme.bars), rows)
            y -= THEME_SPACE


def _left(frame: Frame, y: float, room: float, told: Context, deep: float) -> float:
    """Draw as much of strengths and high subthemes as stands beside the bars; return the height used."""
    sheet, density = frame.sheet, frame.density
    start = y
    fits = int((deep - density.head - 15 - density.pad) // density.lead) + density.grow
    helps, high = _choice(frame, room, told, fits)
    frame.heading(y, told.helps_title, room)
    y -= density.head
    most = max(fits - 1, 1)
    used = sheet.paragraph((frame.x, y), room, helps, density.body, density.lead, limit=most)
    y -= used + density.pad
    base = baseline(y, 14, M)
    title = sheet.line_of_text(
        (frame.x, base), told.high_title, M, face="strong", role="H2", colour=PINE, room=room * 0.7
    )
    place = (frame.x + title + 6, base)
    sheet.line_of_text(place, told.high_note, XS, face="soft", role="P", room=max(room - title - 6, 20))
    y -= 15
    left = max(fits - round(used / density.lead), 1)
    y -= frame.stack((frame.x, y), room, high, density.body, density.lead, total=left)
    return start - y


def _choice(frame: Frame, room: float, told: Context, fits: int) -> tuple[Words, list[Words]]:
    """Return the fullest strengths and high subthemes that take no more lines than fit, or else the shortest."""
    sheet, density = frame.sheet, frame.density
    more = sheet.more

    def lines(items: list[Words]) -> int:
        return sum(len(sheet.block(item, density.body, room).lines) for item in items)

    highs = list(_high_choices(told, more))
    depths = [lines(high) for high in highs]
    said = words(told.no_helps, "soft")
    for kept in range(len(told.helps), 0, -1):
        # Words that fill the lines even without their spaces need not be set in order to know that they do not fit.
        letters = sum(width(one, "plain", density.body) for one in told.helps[:kept])
        if kept > 1 and letters > room * (fits - min(depths)):
            continue
        said = _helps(told.helps, kept, more)
        left = fits - lines([said])
        for high, depth in zip(highs, depths, strict=True):
            if depth <= left:
                return said, high
    return said, highs[-1]


def _helps(helps: tuple[str, ...], kept: int, more: More) -> Words:
    said = "\u00a0· ".join(helps[:kept])
    left_out = len(helps) - kept
    return ((said, "plain"), (f" {more(left_out)}", "strong")) if left_out else words(said)


def _high_choices(told: Context, more: More) -> Iterator[list[Words]]:
    """Yield what is high with ever less detail: the later ticks give way first, then all."""
    if not told.high:
        yield [words(told.no_high, "soft")]
        return
    deepest = max(len(one.ticks) for one in told.high)
    for ticks in range(deepest, 0, -1):
        yield _high(told.high, ticks, more)
    yield [_names(told.high, more)]


def _high(high: tuple[High, ...], ticks: int, more: More) -> list[Words]:
    items: list[Words] = []
    for one in high:
        shown = "\u00a0· ".join(one.ticks[:ticks])
        left_out = len(one.ticks[ticks:])
        item: Words = ((one.name, "strong"), (f": {shown}" if shown else "", "plain"))
        items.append((*item, (f" {more(left_out)}", "strong")) if left_out else item)
    return items


def _names(high: tuple[High, ...], more: More) -> Words:
    """Return names only; an ellipsis stands where ticks are left out, and the mark at the end counts them all."""
    names = "\u00a0· ".join(f"{one.name}\u00a0…" if one.ticks else one.name for one in high)
    left_out = sum(len(one.ticks) for one in high)
    return ((names, "strong"), (f" {more(left_out)}", "strong")) if left_out else words(names, "strong")
