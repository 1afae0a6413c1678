"""The shape of the one page: what it says, section by section, in the only order in which it may be printed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clinic.core.safety import SafetyLevel

Style = Literal["plain", "strong", "own"]
LevelCode = Literal["none", "watch", "gap", "priority_gap", "insufficient", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style; "own" marks a person's own words, which are printed in italics."""

    text: str
    style: Style = "plain"


Text = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A small label with its value; `loud` marks what must not be overlooked (partial, someone else)."""

    label: str
    value: str
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """Who and when, in words: on every page of every printout."""

    document: str
    kind: str
    visit: Fact
    name: str
    ids: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SafetyStrip:
    """The strip that is always there; `details` are whole sentences, the first is the answer at S2 and S3."""

    level: SafetyLevel
    title: str
    lead: str
    tag: str
    details: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the person wrote: `shown` is what both papers print, `mark` says where the rest is, `whole` is all of it."""

    shown: str
    mark: str | None
    whole: str


@dataclass(frozen=True, slots=True)
class Matters:
    """What the patient wants to talk about, their own words, and what was agreed last time."""

    title: str
    picks: tuple[Text, ...]
    no_picks: str
    words_label: str
    words: OwnWords | None
    no_words: str
    last_label: str
    last: tuple[Text, ...]
    no_last: str


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One item behind a flag: its words, the answer in words, and its points 0-4 (None where it has none)."""

    question: str
    answer: str
    points: int | None


@dataclass(frozen=True, slots=True)
class Why:
    """What the screen shows under "Why this flag?": the rule, the items, what was missing, and the version."""

    title: str
    columns: tuple[str, str, str]
    rows: tuple[WhyRow, ...]
    sum: str | None
    rule: str
    missing: str
    related: str
    ticked: tuple[str, ...]
    ticked_label: str
    ideas: tuple[str, ...]
    ideas_label: str
    version: str


@dataclass(frozen=True, slots=True)
class GapBox:
    """One of the four gaps. `score` is 0-100, higher = harder, None without a score; `before` the score last time."""

    id: str
    name: str
    level: LevelCode
    level_word: str
    starred: bool
    few: str | None
    score: int | None
    score_text: str
    cuts: tuple[int, int, int]
    before: int | None
    facts: tuple[tuple[str, Text], ...]
    talked_about: str
    ticks: tuple[str, ...]
    more_ticks: str | None
    ideas: tuple[str, ...]
    why: Why

    @property
    def open(self) -> bool:
        """Tell whether the box is a flag: gap or priority gap."""
        return self.level in ("gap", "priority_gap")


@dataclass(frozen=True, slots=True)
class Gaps:
    """The four boxes with what stands above them."""

    title: str
    note: str | None
    legend: str | None
    boxes: tuple[GapBox, ...]


@dataclass(frozen=True, slots=True)
class High:
    """A subtheme outside the four gaps that is high: its name with its score, and what was ticked."""

    name: str
    ticks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What helps beside what else is high."""

    helps_title: str
    helps: tuple[str, ...]
    no_helps: str
    high_title: str
    high_note: str
    high: tuple[High, ...]
    no_high: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One subtheme's small bar; `score` None is drawn empty and printed as a dash."""

    label: str
    score: int | None
    shown: str


@dataclass(frozen=True, slots=True)
class ThemeBars:
    """One theme's bars, in Table-1 order."""

    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """Agreed today: three lines of what, who and by when, filled from the screen or left for a pen."""

    title: str
    columns: tuple[str, str, str]
    rows: tuple[tuple[str, str, str], ...]
    notes_label: str


@dataclass(frozen=True, slots=True)
class Footer:
    """The fixed disclaimer, the scale, and who printed what and when."""

    disclaimer: str
    scale: str
    printed: str
    page: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One question with its answer in words, for the full list that only the screen has."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """A page of the form with its answers in words."""

    title: str
    rows: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The one page, in words of one language; screen and PDF print the same lines from it, in this order.

    `clip_mark` ends a text that the paper has no room for; `more_mark` holds "{n}" for what was left out of a list.
    """

    language: str
    title: str
    clip_mark: str
    more_mark: str
    header: Header
    safety: SafetyStrip
    matters: Matters
    gaps: Gaps
    context: Context
    themes: tuple[ThemeBars, ...]
    agreed: Agreed
    footer: Footer
    all_answers: tuple[AnswerGroup, ...]


def plain_text(text: Text) -> str:
    """Return the words of a text without their styles."""
    return "".join(run.text for run in text)


def lines(page: Page) -> Iterator[str]:
    """Yield every line that both the screen and the PDF must show, in order.

    The PDF may end a line early with a visible mark where the paper is full; the screen never does.
    """
    yield from _header(page.header)
    yield from (page.safety.title, page.safety.lead, page.safety.tag)
    yield from map(plain_text, page.safety.details)
    yield from _matters(page.matters)
    yield page.gaps.title
    yield from filter(None, (page.gaps.note, page.gaps.legend))
    for box in page.gaps.boxes:
        yield from _box(box)
    yield from _context(page.context)
    for theme in page.themes:
        yield theme.label
        for bar in theme.bars:
            yield from (bar.label, bar.shown)
    yield from (page.agreed.title, *page.agreed.columns)
    for row in page.agreed.rows:
        yield from filter(None, row)
    yield from (page.footer.disclaimer, page.footer.scale, page.footer.printed, page.footer.page)


def _header(header: Header) -> Iterator[str]:
    yield from (header.document, header.kind, header.visit.label, header.visit.value, header.name)
    for fact in (*header.ids, *header.facts):
        yield from (fact.label, fact.value)
    yield from header.notes


def _matters(matters: Matters) -> Iterator[str]:
    yield matters.title
    yield from (map(plain_text, matters.picks) if matters.picks else (matters.no_picks,))
    yield matters.words_label
    if matters.words is None:
        yield matters.no_words
    else:
        yield matters.words.shown
        if matters.words.mark:
            yield matters.words.mark
    yield matters.last_label
    yield from (map(plain_text, matters.last) if matters.last else (matters.no_last,))


def _box(box: GapBox) -> Iterator[str]:
    yield from (box.name, box.level_word)
    if box.few:
        yield box.few
    yield box.score_text
    for label, text in box.facts:
        yield from (label, plain_text(text))
    yield from box.ticks
    if box.more_ticks:
        yield box.more_ticks
    yield from box.ideas


def _context(context: Context) -> Iterator[str]:
    yield context.helps_title
    yield from context.helps or (context.no_helps,)
    yield from (context.high_title, context.high_note)
    if not context.high:
        yield context.no_high
    for high in context.high:
        yield high.name
        yield from high.ticks
