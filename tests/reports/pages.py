"""Pages that no patient would make: random, empty and far too long ones."""

from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any, cast

from hypothesis import strategies as st

from clinic.core.page import (
    Agreed,
    Bar,
    Context,
    Fact,
    Footer,
    GapBox,
    Gaps,
    Header,
    High,
    Matters,
    OwnWords,
    Page,
    Run,
    SafetyStrip,
    Text,
    ThemeBars,
)
from tests.reports.people import typical

ODD = (
    "",
    "x",
    "Ana",
    "Leila لیلا Ahmadi",
    "שָׁלוֹם כהן (חיפה)",
    "Δημήτρης Παπαδόπουλος",
    "😀😀 山田太郎",
    "a\x00b\x07c\ud800d\ufffe",
    "line\nbreak\r\nand\ttab",
    "e\u0301" * 40,
    "W" * 400,
    "palabra muy larga " * 30,
    "no\u00a0break " * 12,
    "[…] +3 on screen · : 1",
)
FIXED = {"language", "clip_mark", "more_mark", "level", "id", "style", "talked_about", "notes_label", "why"}
LEGIBLE = ("", "x", "Ana", "Δημήτρης Παπαδόπουλος", "😀 山田", "a\x00b\x07c", "W" * 400, "palabra muy larga " * 30)
LETTERS = st.characters(codec="utf-8", categories=("Ll", "Lu", "Nd"), max_codepoint=0x24F)
BASE = typical()


def many(strategy: st.SearchStrategy[object], most: int) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


def _box(**parts: Any) -> GapBox:
    # Only a list can have more than is shown.
    parts["more_ticks"] = parts["more_ticks"] if parts["ticks"] else None
    return GapBox(**parts, why=BASE.gaps.boxes[0].why)


def pages(wild: bool) -> st.SearchStrategy[Page]:
    """Return pages of any text at all, or of letters that every reader of a PDF agrees on."""
    known = st.sampled_from(ODD if wild else LEGIBLE)

    def plain(longest: int) -> st.SearchStrategy[str]:
        return st.text(max_size=longest) if wild else st.text(LETTERS, max_size=longest)

    def texts(longest: int) -> st.SearchStrategy[str]:
        repeated = st.builds(lambda word, n: (word + " ") * n, plain(longest), st.integers(0, 60))
        return st.one_of(plain(longest), known, repeated)

    def runs(longest: int) -> st.SearchStrategy[Text]:
        styles = st.sampled_from(("plain", "strong", "own"))
        return st.lists(st.builds(Run, texts(longest), styles), max_size=3).map(tuple)

    labels = plain(30) | known
    facts = st.builds(Fact, labels, texts(40), st.booleans())
    scores = st.none() | st.integers(0, 100)
    levels = st.sampled_from(("none", "watch", "gap", "priority_gap", "insufficient", "not_applicable"))
    cuts = st.lists(st.integers(1, 99), min_size=3, max_size=3, unique=True).map(lambda found: tuple(sorted(found)))
    boxes = st.builds(
        _box,
        id=st.just("ANY"),
        name=labels,
        level=levels,
        level_word=labels,
        starred=st.booleans(),
        few=st.none() | labels,
        score=scores,
        score_text=labels,
        cuts=cuts,
        before=scores,
        facts=many(st.tuples(labels, runs(60)), 4),
        talked_about=st.sampled_from(("talked about", "conversado")),
        ticks=many(texts(60), 5),
        more_ticks=st.none() | labels,
        ideas=many(texts(80), 4),
    )
    return st.builds(
        lambda **parts: replace(BASE, **parts),
        clip_mark=st.sampled_from(("[…]", "[the rest is on screen]", "[sigue en pantalla]")),
        header=st.builds(
            Header, labels, labels, facts, texts(120), many(facts, 3), many(facts, 7), many(texts(90), 10)
        ),
        safety=st.builds(
            SafetyStrip, st.sampled_from(("S0", "S1", "S2", "S3")), labels, labels, labels, many(runs(90), 40)
        ),
        matters=st.builds(
            Matters,
            labels,
            many(runs(60), 3),
            labels,
            labels,
            st.none() | st.builds(OwnWords, texts(300), st.none() | labels, st.just("")),
            labels,
            labels,
            many(runs(80), 6),
            labels,
        ),
        gaps=st.builds(Gaps, labels, st.none() | texts(60), st.none() | texts(80), many(boxes, 4)),
        context=st.builds(
            Context,
            labels,
            many(texts(40), 12),
            labels,
            labels,
            labels,
            many(st.builds(High, labels, many(texts(40), 5)), 5),
            labels,
        ),
        themes=many(st.builds(ThemeBars, labels, many(st.builds(Bar, labels, scores, labels), 6)), 4),
        agreed=st.builds(
            Agreed, labels, st.tuples(labels, labels, labels), many(st.tuples(*[texts(60)] * 3), 5), st.just("Notes")
        ),
        footer=st.builds(Footer, texts(200), texts(200), texts(60), labels),
    )


def told_apart(page: Page) -> Page:
    """Return the page with a number before each of its texts, so that no two lines can be taken for each other."""
    numbers = count(100)

    def walk(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(map(walk, part))
        if isinstance(part, str):
            return f"k{next(numbers)}z{part}" if part else part
        if is_dataclass(part) and not isinstance(part, type):
            return replace(part, **{f.name: walk(getattr(part, f.name)) for f in fields(part) if f.name not in FIXED})
        return part

    return cast(Page, walk(page))
