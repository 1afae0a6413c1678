"""The comparison of paper and lines finds what it is there to find."""

from dataclasses import replace

import pytest

from clinic.core.page import Page
from clinic.reports.summary_pdf import summary_pdf
from tests.reports.drawn import AT
from tests.reports.people import fullest, typical
from tests.reports.reading import difference, text_of

PAGE = typical()
TEXT = text_of(summary_pdf(PAGE, page_size="A4", at=AT, author="A"))


def test_a_page_agrees_with_its_own_text() -> None:
    assert difference(PAGE, TEXT) is None


@pytest.mark.parametrize("missing", ["Gap", "No clear change since 9 Sep", "Keeping up with treatment", "Page 1 of 1"])
def test_a_missing_line_is_found(missing: str) -> None:
    assert missing in TEXT
    assert difference(PAGE, TEXT.replace(missing, "", 1)) is not None


def test_swapped_lines_are_found() -> None:
    one, other = "Waiting too long", "Trouble getting there (ride, distance, time off)"
    swapped = TEXT.replace(one, "@").replace(other, one).replace("@", other)

    assert difference(PAGE, swapped) is not None


def test_a_line_that_the_page_does_not_have_is_found() -> None:
    assert difference(PAGE, TEXT + "Page 2") is not None
    assert difference(PAGE, TEXT.replace("Safety S1", "Safety S1 Something else")) is not None


def test_a_line_that_ends_early_without_a_mark_is_found() -> None:
    assert difference(PAGE, TEXT.replace("Trouble getting there (ride, distance, time off)", "Trouble")) is not None


def test_a_line_that_ends_early_with_a_mark_is_allowed() -> None:
    cut = TEXT.replace("Trouble getting there (ride, distance, time off)", f"Trouble {PAGE.clip_mark}")

    assert difference(PAGE, cut) is None


@pytest.mark.parametrize("word", ["Adherence", "Priority gap", "67 of 100, higher = harder", "Talk at the visit"])
def test_a_level_a_score_or_the_safety_title_may_never_be_cut(word: str) -> None:
    assert word in TEXT
    assert difference(PAGE, TEXT.replace(word, f"{word[:3]} {PAGE.clip_mark}", 1)) is not None


def test_another_patients_page_is_found() -> None:
    other: Page = replace(fullest("en"), header=PAGE.header)

    assert difference(other, TEXT) is not None
