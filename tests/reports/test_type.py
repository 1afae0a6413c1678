"""Fonts, lines and ink below the printed pages."""

from pathlib import Path

import pytest

from clinic.core.page import Run
from clinic.reports import ink
from clinic.reports.document import About, Document
from clinic.reports.fonts import FOLDER, FontsMissing, Piece, has, pieces, register, width
from clinic.reports.script import clean, starts_right_to_left, visual
from clinic.reports.semantic import Sheet, TooFaint
from clinic.reports.typeset import SHORT_MARK, Block, clip, segments, taken_apart, wrap
from tests.reports.drawn import AT


def broken(text: str, room: float, size: float = 9) -> Block:
    return wrap(taken_apart(((text, "plain"),)), size, room)


def rows(block: Block) -> list[str]:
    return ["".join(part for part, _ in line.segments()) for line in block.lines]


def a_sheet() -> Sheet:
    return Sheet(Document((595, 842), About("t", "s", "a", "en", AT)).canvas, (595, 842), "[…]", "+{n} on screen")


def test_a_missing_fonts_folder_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match="make setup"):
        register(tmp_path)


def test_fonts_are_registered_once_a_process() -> None:
    assert register() is register()
    assert FOLDER.is_dir()


def test_each_character_comes_from_the_first_font_that_has_it() -> None:
    found = list(pieces("Ana אב 山", "strong"))

    assert found == [
        Piece("Ana ", "Text-Strong"),
        # DejaVu's bold face has no Hebrew, so its plain face stands in.
        Piece("אב", found[1].font),
        Piece(" ", "Text-Strong"),
        Piece("山", None),
    ]
    assert found[1].font in ("World-Strong", "World")


@pytest.mark.parametrize("character", ["é", "ñ", "«", "✓", "–", "Ω", "Ж", "ש", "ل", "ﻻ"])
def test_the_scripts_that_were_promised_are_covered(character: str) -> None:
    assert has(character)


def test_a_character_above_the_first_plane_is_a_box_although_a_font_has_it() -> None:
    assert not has("😀")
    assert width("😀", "plain", 8) == width("😀", "plain", 16)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param("a\x00b\x1b", "ab", id="control characters leave"),
        pytest.param("a\r\nb\tc", "a b c", id="line ends and tabs are spaces"),
        pytest.param("e\u0301", "é", id="accents are composed"),
        pytest.param("\ud83d", "\ufffd", id="half a pair is the replacement character"),
        pytest.param("a\u200bb\ufeff\u00ad", "ab", id="what has no shape leaves"),
        pytest.param("☺\ufe0f", "☺", id="variation selectors leave"),
        pytest.param("1\u00a0kg", "1\u00a0kg", id="a no-break space stays"),
    ],
)
def test_text_is_made_printable(given: str, wanted: str) -> None:
    assert clean(given) == wanted


def test_arabic_is_joined_and_ordered_for_sight() -> None:
    shown = visual("لا", right_to_left=True)

    assert shown == "\ufefb"
    assert visual("אב 12", right_to_left=True) == "12 בא"
    assert visual("plain", right_to_left=False) == "plain"


def test_a_line_starts_where_its_first_letter_says() -> None:
    assert starts_right_to_left("«שלום»")
    assert not starts_right_to_left("Dr שלום")


def test_no_line_is_wider_than_its_room() -> None:
    block = broken("Supercalifragilisticexpialidocious and a few short words " * 4, 80)

    assert all(line.width <= 80 for line in block.lines)
    assert "".join(rows(block)).replace(" ", "") == ("Supercalifragilisticexpialidociousandafewshortwords" * 4)


def test_a_no_break_space_keeps_words_together() -> None:
    assert rows(broken("one two three\u00a0four", width("one two three", "plain", 9) + 1))[-1] == "three\u00a0four"


def test_a_single_word_does_not_stand_alone_on_the_last_line() -> None:
    room = width("aaaa bbbb cccc", "plain", 9) + 1

    assert rows(broken("aaaa bbbb cccc dddd", room)) == ["aaaa bbbb", "cccc dddd"]


def test_runs_that_touch_share_a_word() -> None:
    text = segments((Run("Then asked: ", "strong"), Run("“No”", "strong"), Run(". Saved")))

    assert [word.parts for word in taken_apart(text).words][-2] == (("“No”", "strong"), (".", "plain"))


def test_a_cut_text_ends_with_its_mark_within_the_room() -> None:
    block = clip(broken("word " * 100, 100), 2, 9, 100, "[on screen]")

    assert len(block.lines) == 2
    assert rows(block)[-1].endswith("[on screen]")
    assert all(line.width <= 100 for line in block.lines)
    assert block.clipped


def test_a_mark_too_wide_for_its_room_is_a_short_one() -> None:
    assert rows(clip(broken("word " * 100, 40), 1, 9, 40, "[the rest is on screen]"))[-1].endswith(SHORT_MARK)


@pytest.mark.parametrize("colour", [ink.INK, ink.SOFT, ink.PINE])
def test_every_ink_of_words_reads_well_on_paper_in_grey(colour: str) -> None:
    assert ink.contrast(colour, ink.WHITE) > 8


def test_faint_or_small_words_are_refused() -> None:
    sheet = a_sheet()

    with pytest.raises(TooFaint):
        sheet.line_of_text((40, 40), "faint", 9, colour=ink.LINE)
    with pytest.raises(TooFaint):
        sheet.line_of_text((40, 40), "small", 7)


def test_a_figure_needs_words() -> None:
    with pytest.raises(ValueError, match="alternative text"):
        a_sheet().part("Figure")


def test_measuring_draws_nothing_and_agrees_with_drawing() -> None:
    sheet = a_sheet()
    text = (("Some words that take more than one line of a narrow column", "plain"),)

    with sheet.measuring():
        measured = sheet.paragraph((40, 400), 90, text, 9, 11)
    assert sheet.tree.children == []

    assert sheet.paragraph((40, 400), 90, text, 9, 11) == measured
    assert [node.role for node in sheet.tree.children] == ["P"]
