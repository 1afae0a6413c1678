"""Break text into lines of a given width, and end the last one with a visible mark where the paper is full."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clinic.core.page import Text
from clinic.reports.fonts import Face, width
from clinic.reports.script import clean, starts_right_to_left

Segment = tuple[str, Face]
# A narrow cell has no room for words that say where the rest is.
SHORT_MARK: Final = "[…]"


@dataclass(frozen=True, slots=True)
class Word:
    """What a line never breaks, unless it is wider than a whole line; `width` in points."""

    parts: tuple[Segment, ...]
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand beside each other, their full width in points, and the spaces between them."""

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


def segments(text: Text) -> tuple[Segment, ...]:
    """Return the runs of the core as plain pairs, which are quick to compare."""
    return tuple((run.text, run.style) for run in text)


def wrap(text: tuple[Segment, ...], size: float, room: float) -> Block:
    """Break text into lines no wider than `room` points; a word wider than that is broken anywhere."""
    lines: list[Line] = []
    current: list[Word] = []
    used = 0.0
    for word in _fitting(_words(text, size), size, room):
        space = _space(current, size)
        if current and used + space + word.width > room:
            lines.append(Line(tuple(current), used))
            current, used, space = [], 0.0, 0.0
        current.append(word)
        used += space + word.width
    if current:
        lines.append(Line(tuple(current), used))
    _keep_company(lines, size, room)
    return Block(tuple(lines), starts_right_to_left("".join(part for part, _ in text)))


def clip(block: Block, limit: int, size: float, room: float, mark: str) -> Block:
    """Keep at most `limit` lines, and end the last of them with a mark in place of what does not fit beside it."""
    kept = list(block.lines[: max(limit, 1)]) or [Line()]
    last = kept[-1]
    sign = _mark(mark, size, room)
    while last.words and last.width + _space(last.words, size) + sign.width > room:
        shorter = last.words[:-1]
        last = Line(shorter, _width(shorter, size))
    if not last.words and last is not kept[-1]:
        last = Line(_beginning(kept[-1].words[0], size, room - sign.width - size))
    kept[-1] = Line((*last.words, sign), _width((*last.words, sign), size))
    return replace(block, lines=tuple(kept), clipped=True)


def _words(text: Iterable[Segment], size: float) -> Iterator[Word]:
    parts: list[Segment] = []
    for raw, face in text:
        head, *rest = clean(raw).split(" ")
        if head:
            parts.append((head, face))
        for token in rest:
            if parts:
                yield _word(tuple(parts), size)
            parts = [(token, face)] if token else []
    if parts:
        yield _word(tuple(parts), size)


def _word(parts: tuple[Segment, ...], size: float) -> Word:
    return Word(parts, sum(width(part, face, size) for part, face in parts))


def _fitting(words: Iterable[Word], size: float, room: float) -> Iterator[Word]:
    for word in words:
        if word.width <= room:
            yield word
            continue
        cut: list[Segment] = []
        used = 0.0
        for character, face in ((character, face) for part, face in word.parts for character in part):
            wide = width(character, face, size)
            if cut and used + wide > room:
                yield _joined(cut, size)
                cut, used = [], 0.0
            cut.append((character, face))
            used += wide
        yield _joined(cut, size)


def _joined(characters: list[Segment], size: float) -> Word:
    parts: list[Segment] = []
    for character, face in characters:
        if parts and parts[-1][1] == face:
            parts[-1] = (parts[-1][0] + character, face)
        else:
            parts.append((character, face))
    return _word(tuple(parts), size)


def _keep_company(lines: list[Line], size: float, room: float) -> None:
    """Bring a word down to a last line that would otherwise hold a single one."""
    if len(lines) < 2 or len(lines[-1].words) != 1 or len(lines[-2].words) < 3:
        return
    above, last = lines[-2].words[:-1], (lines[-2].words[-1], *lines[-1].words)
    if _width(last, size) <= room:
        lines[-2:] = [Line(above, _width(above, size)), Line(last, _width(last, size))]


def _beginning(word: Word, size: float, room: float) -> tuple[Word, ...]:
    first = next(_fitting([word], size, max(room, size)), None)
    return (first,) if first and first.width <= room else ()


def _mark(mark: str, size: float, room: float) -> Word:
    chosen = mark if width(mark, "strong", size) <= 0.6 * room else SHORT_MARK
    return _word(((chosen, "strong"),), size)


def _space(before: Sequence[Word], size: float) -> float:
    return width(" ", before[-1].parts[-1][1], size) if before else 0.0


def _width(words: tuple[Word, ...], size: float) -> float:
    return sum(word.width for word in words) + sum(_space(words[n - 1 : n], size) for n in range(1, len(words)))
