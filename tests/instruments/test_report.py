"""Describe the real definition, and say what is wrong with a broken one."""

from pathlib import Path

import pytest

from clinic.core.shape import most_questions
from clinic.instruments import catalogue
from clinic.instruments.reading import (
    english_syllables,
    fernandez_huerta,
    flesch_kincaid,
    huerta_grade,
    spanish_syllables,
)
from clinic.instruments.report import HARD_GRADE, check_text, describe, longest_path
from tests.instruments.broken import edit

INSTRUMENT = catalogue.current()


def test_the_longest_path_that_can_be_walked_is_as_long_as_the_structure_says() -> None:
    assert longest_path(INSTRUMENT) == most_questions(INSTRUMENT) == 40


def test_the_core_items_read_at_grade_six_or_lower_in_both_languages() -> None:
    readings = {one.language: one for one in describe(INSTRUMENT).readings}
    assert set(readings) == {"en", "es"}
    assert all(one.items_grade <= 6 and one.helpers_grade <= 6 for one in readings.values())


def test_every_line_named_as_hard_is_hard_and_stands_before_a_patient() -> None:
    for reading in describe(INSTRUMENT).readings:
        assert reading.hard
        for line in reading.hard:
            assert line.grade > HARD_GRADE
            assert line.text == INSTRUMENT.say(reading.language, line.key)
            assert not line.key.startswith(("prompt.", "disclaimer.", "subtheme."))


def test_a_line_made_hard_is_named(copy: Path) -> None:
    hard = "Comprehensive interdisciplinary rehabilitation necessitates considerable administrative perseverance."
    edit(copy, "strings.en.yaml", 'helper: "Any one of these counts."', f'helper: "{hard}"')
    found, text = check_text(copy)
    assert found
    assert f"item.EMO.helper: {hard}" in text


def test_the_check_of_the_published_version_prints_its_counts() -> None:
    right, text = check_text()
    assert right
    for line in (
        "trd-barrier-check|1.0: nothing is wrong with this definition.",
        f"Digest: {INSTRUMENT.digest} (published, locked)",
        "21 core items on 5 pages, 16 subthemes, 4 themes",
        "75 list options: 69 codes of the paper, 6 extensions",
        "4 domains, 4 safety codes, safety phrases: en 57, es 54",
        "Longest path: 40 questions (at most 40 allowed)",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize("name", ["", "instrument.yaml"])
def test_a_definition_is_checked_by_its_folder_or_its_file(copy: Path, name: str) -> None:
    edit(copy, "instrument.yaml", "# Barrier Check 1.0", "# Barrier Check 1.0, a draft")
    right, text = check_text(copy / name)
    assert right
    assert "(not in published.json)" in text


def test_the_check_of_a_broken_definition_says_what_is_wrong(copy: Path) -> None:
    edit(copy, "instrument.yaml", "  gap: 50", "  gap: 80")
    right, text = check_text(copy)
    assert not right
    assert text.splitlines() == [
        f"The definition in {copy} is wrong in 1 place:",
        "instrument.yaml: scoring: expected 0 < watch < gap < priority <= 100; found 25, 80, 75",
    ]


def test_a_language_without_a_formula_is_named_as_not_measured(copy: Path) -> None:
    edit(copy, "instrument.yaml", "  es: {status: draft", "  pt: {status: draft")
    edit(copy, "instrument.yaml", "    es:\n      [matarme", "    pt:\n      [matarme")
    (copy / "strings.es.yaml").rename(copy / "strings.pt.yaml")
    right, text = check_text(copy)
    assert right, text
    assert "Reading, pt: not measured, no formula for this language." in text


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("you", 1), ("closed", 1), ("treated", 2), ("little", 2), ("changes", 2), ("medicine", 3), ("people", 2)),
        *(("any", 2), ("body", 2), ("something", 2), ("being", 2), ("depression", 3), ("costs", 1), ("safety", 2)),
    ],
)
def test_english_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert english_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("días", 2), ("quiere", 2), ("leer", 2), ("muy", 1), ("y", 1), ("apoyo", 3), ("vergüenza", 3)),
        *(("seguir", 2), ("ciudad", 2), ("mejoría", 4), ("depresión", 3), ("sueño", 2), ("yo", 1)),
    ],
)
def test_spanish_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert spanish_syllables(word) == count


def test_the_formulas_give_what_they_give_by_hand() -> None:
    # Six words of one syllable in one sentence.
    assert flesch_kincaid("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    # Two sentences of two words, seven syllables: la ca-sa, mi ga-to... in all 1+2 and 1+2.
    assert fernandez_huerta("La casa. Mi gato.") == pytest.approx(206.84 - 60 * 6 / 4 - 1.02 * 2)


@pytest.mark.parametrize(("score", "grade"), [(90, 4), (89.9, 5), (70, 6), (60, 8), (59.9, 12), (49, 13)])
def test_a_huerta_score_falls_into_the_band_of_its_table(score: float, grade: float) -> None:
    assert huerta_grade(score) == grade


def test_what_a_page_fills_in_is_not_measured() -> None:
    assert flesch_kincaid("{channels}") == -15.59
    assert flesch_kincaid("Call now:\n{channels}") == flesch_kincaid("Call now:")
