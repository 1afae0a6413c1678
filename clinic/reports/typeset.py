"""Break text into lines of a given width, and end the last one with a visible mark where the paper is full."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Final

from clinic.core.page import Text
from clinic.reports.fonts import Face, advance, width
from clinic.reports.script import clean, starts_right_to_left

Segment = tuple[str, Face]
# A narrow cell has no room for words that say where the rest is.
SHORT_MARK: Final = "[…]"


@dataclass(frozen=True, slots=True)
class Word:
    """What a line never breaks, unless it is wider than a whole line; its width in ems, and points for boxes in it."""

    parts: tuple[Segment, ...]
    ems: float
    points: float

    def width(self, size: float) -> float:
        """Return its width in points at a size of type."""
        return self.ems * size + self.points

    @property
    def face(self) -> Face:
        """Return the face in which it ends, which is that of the space after it."""
        return self.parts[-1][1]


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand beside each other, and their full width in points."""

    words: tuple[Word, ...] = ()
    width: float = 0.0

    def segments(self) -> Iterator[Segment]:
        """Yield the line's text with its spaces, neighbours of one face as one stretch."""
        text, face = "", None
        for n, word in enumerate(self.words):
            for m, (part, its_face) in enumerate(word.parts):
                gap = " " if n and not m else ""
                if its_face == face:
                    text += gap + part
                    continue
                if face:
                    yield text + gap, face
                    gap = ""
                text, face = gap + part, its_face
        if face:
            yield text, face


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph broken into lines; `clipped` tells that it ends early, with a mark."""

    lines: tuple[Line, ...]
    right_to_left: bool
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text taken apart once, to be broken into lines at any size and width."""

    words: tuple[Word, ...]
    right_to_left: bool


def segments(text: Text) -> tuple[Segment, ...]:
    """Return the runs of the core as plain pairs, which are quick to compare."""
    return tuple((run.text, run.style) for run in text)


def taken_apart(text: tuple[Segment, ...]) -> Paragraph:
    """Return a text as words; runs that touch without a space share a word."""
    return Paragraph(tuple(_words(text)), starts_right_to_left("".join(part for part, _ in text)))


def wrap(paragraph: Paragraph, size: float, room: float) -> Block:
    """Break a text into lines no wider than `room` points; a word wider than that is broken anywhere."""
    lines: list[Line] = []
    current: list[Word] = []
    used = 0.0
    for word in _fitting(paragraph.words, size, room):
        wide = word.ems * size + word.points
        if current:
            space = width(" ", current[-1].face, size)
            if used + space + wide > room:
                lines.append(Line(tuple(current), used))
                current, used = [word], wide
                continue
            used += space
        current.append(word)
        used += wide
    if current:
        lines.append(Line(tuple(current), used))
    _keep_company(lines, size, room)
    return Block(tuple(lines), paragraph.right_to_left)


def clip(block: Block, limit: int, size: float, room: float, mark: str) -> Block:
    """Keep at most `limit` lines, and end the last of them with a mark in place of what does not fit beside it."""
    kept = list(block.lines[: max(limit, 1)]) or [Line()]
    words = kept[-1].words
    sign = _mark(mark, size, room)
    while words and _width((*words, sign), size) > room:
        words = words[:-1]
    if not words and kept[-1].words:
        words = _beginning(kept[-1].words[0], size, room - sign.width(size) - size)
    kept[-1] = Line((*words, sign), _width((*words, sign), size))
    return replace(block, lines=tuple(kept), clipped=True)


def _words(text: Iterable[Segment]) -> Iterator[Word]:
    parts: list[Segment] = []
    for raw, face in text:
        head, *rest = clean(raw).split(" ")
        if head:
            parts.append((head, face))
        for token in rest:
            if parts:
                yield _word(tuple(parts))
            parts = [(token, face)] if token else []
    if parts:
        yield _word(tuple(parts))


@lru_cache(maxsize=16_384)
def _word(parts: tuple[Segment, ...]) -> Word:
    ems = points = 0.0
    for part, face in parts:
        more_ems, more_points = advance(part, face)
        ems += more_ems
        points += more_points
    return Word(parts, ems, points)


def _fitting(words: Iterable[Word], size: float, room: float) -> Iterator[Word]:
    for word in words:
        if word.ems * size + word.points <= room:
            yield word
            continue
        cut: list[Segment] = []
        used = 0.0
        for character, face in ((character, face) for part, face in word.parts for character in part):
            wide = width(character, face, size)
            if cut and used + wide > room:
                yield _joined(cut)
                cut, used = [], 0.0
            cut.append((character, face))
            used += wide
        yield _joined(cut)


def _joined(characters: list[Segment]) -> Word:
    runs = groupby(characters, lambda one: one[1])
    return _word(tuple(("".join(character for character, _ in run), face) for face, run in runs))


def _keep_company(lines: list[Line], size: float, room: float) -> None:
    """Bring a word down to a last line that would otherwise hold a single one."""
    if len(lines) < 2 or len(lines[-1].words) != 1 or len(lines[-2].words) < 3:
        return
    above, last = lines[-2].words[:-1], (lines[-2].words[-1], *lines[-1].words)
    if _width(last, size) <= room:
        lines[-2:] = [Line(above, _width(above, size)), Line(last, _width(last, size))]


def _beginning(word: Word, size: float, room: float) -> tuple[Word, ...]:
    first = next(iter(_fitting([word], size, max(room, size))))
    return (first,) if first.width(size) <= room else ()


def _mark(mark: str, size: float, room: float) -> Word:
    chosen = mark if width(mark, "strong", size) <= 0.6 * room else SHORT_MARK
    return _word(((chosen, "strong"),))


def _width(words: Sequence[Word], size: float) -> float:
    spaces = sum(width(" ", word.face, size) for word in words[:-1])
    return sum(word.width(size) for word in words) + spaces
