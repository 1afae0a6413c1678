"""What matters most to the patient: the picks, the own words, and what was agreed last time, side by side."""

from dataclasses import dataclass

from clinic.core.page import Matters
from clinic.reports.frame import GUTTER, Frame, Words, label, words
from clinic.reports.ink import PINE, RULE, XS, M, S
from clinic.reports.semantic import baseline
from clinic.reports.typeset import segments

PICKS_SHOWN, LAST_SHOWN = 3, 4
SPACE_BETWEEN = 2.0


def matters(frame: Frame, y: float, told: Matters) -> float:
    """Draw the three columns; return the height used."""
    frame.heading(y, told.title, rule=False)
    return frame.density.head + _Columns(frame, told, y - frame.density.head).draw()


@dataclass(frozen=True, slots=True)
class _Columns:
    """The three columns below the heading, from the height `y` down."""

    frame: Frame
    told: Matters
    y: float

    def draw(self) -> float:
        frame, density, sheet = self.frame, self.frame.density, self.frame.sheet
        unit = (frame.width - 2 * GUTTER) / 12
        first, second, third = unit * 3.6, unit * 4.9, unit * 3.5
        middle = frame.x + first + GUTTER
        last = middle + second + GUTTER
        with sheet.measuring():
            own_height = self._own(middle + 9, second - 9, density.words_lines)
            beside = max(own_height, self._last(last, third, density.last_lines))
            size, lead, space = self._pick_type(first, beside)
            height = max(beside, self._picks(first, size, lead, space))
        # A column that was to be short may fill the height that the longest of them takes anyway.
        lines = int((height - self._label_height() + 0.1) // density.lead)
        self._picks(first, size, lead, space)
        self._own(middle + 9, second - 9, density.words_lines and max(density.words_lines, lines))
        self._last(last, third, density.last_lines, height)
        sheet.rule((middle, self.y - 1), (middle, self.y - height), RULE, PINE)
        return height

    def _label_height(self) -> float:
        return 13.0 if self.frame.density.body == S else 11.0

    def _labelled(self, x: float, room: float, text: str) -> float:
        height = self._label_height()
        label(self.frame.sheet, (x, baseline(self.y - height + 11, 10, XS)), text, room)
        return height

    def _own(self, x: float, room: float, limit: int | None) -> float:
        used = self._labelled(x, room, self.told.words_label)
        said: Words = words(self.told.no_words, "soft")
        if self.told.words:
            mark: Words = ((f" {self.told.words.mark}", "strong"),) if self.told.words.mark else ()
            said = ((self.told.words.shown, "own"), *mark)
        density = self.frame.density
        return used + self.frame.sheet.paragraph(
            (x, self.y - used), room, said, density.body, density.lead, limit=limit
        )

    def _last(self, x: float, room: float, each: int, height: float = 0) -> float:
        """Draw what was agreed, `each` so many lines long, or longer where `height` points are there anyway."""
        used = self._labelled(x, room, self.told.last_label)
        items = [segments(text) for text in self.told.last[:LAST_SHOWN]] or [words(self.told.no_last, "soft")]
        density, sheet = self.frame.density, self.frame.sheet
        whole = [len(sheet.block(item, density.body, room).lines) for item in items]
        limits = [min(lines, each) for lines in whole]
        spare = int((height - used - SPACE_BETWEEN * (len(items) - 1)) // density.lead) - sum(limits)
        while spare > 0 and limits != whole:
            shortest = min((n for n in range(len(items)) if limits[n] < whole[n]), key=lambda n: limits[n])
            limits[shortest] += 1
            spare -= 1
        place = (x, self.y - used)
        return used + self.frame.stack(
            place,
            room,
            items,
            density.body,
            density.lead,
            each=limits,
            space=SPACE_BETWEEN,
            left_out=max(len(self.told.last) - LAST_SHOWN, 0),
        )

    def _pick_type(self, room: float, beside: float) -> tuple[float, float, float]:
        """Return size, lead and space of the picks: large, unless that would make the section taller."""
        if self._picks(room, M, 14, 4) <= beside + 6:
            return M, 14, 4
        full = self.frame.density.pick_lines < PICKS_SHOWN and self.frame.density.body == XS
        return (XS, 9.4, 1.6) if full else (S, 10.6, 2.4)

    def _picks(self, room: float, size: float, lead: float, space: float) -> float:
        frame, limit = self.frame, self.frame.density.pick_lines
        # One pick in plain words is "nothing special", which needs no number.
        numbered = bool(self.told.picks) and all(run.style == "strong" for text in self.told.picks for run in text)
        items = [segments(text) for text in self.told.picks] or [words(self.told.no_picks)]

        def number(n: int, base: float) -> None:
            frame.sheet.line_of_text((frame.x, base), str(n + 1), size, face="strong", role="Artifact", colour=PINE)

        return frame.stack(
            (frame.x, self.y + (1 if size == M else 0)),
            room,
            items,
            size,
            lead,
            each=limit,
            total=limit * PICKS_SHOWN,
            space=space,
            bullet=number if numbered else None,
            bullet_width=14 if numbered else 0,
        )
