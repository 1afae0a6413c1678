"""The one page as a PDF: one sheet, the right words in the right order, the same bytes every time."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pypdfium2
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from clinic.core.page import Page, Run
from clinic.reports.density import CUT, ORDINARY
from clinic.reports.summary_pdf import PageSize, summary_pdf
from tests.reports.drawn import AT, drawn, outside, overlaps, said
from tests.reports.pages import pages, told_apart
from tests.reports.people import calm, fullest, typical
from tests.reports.reading import difference, folded, text_of

SIZES: tuple[PageSize, ...] = ("A4", "letter")
PEOPLE = {"calm": calm(), "typical": typical(), "fullest": fullest(), "fullest in English": fullest("en")}
NAMES = (
    "Zoë Ångström",
    "Δημήτρης Παπαδόπουλος",
    "Тарас Шевченко",
    "لیلا احمدی",
    "محمد عبد الله",
    "שָׁלוֹם כהן",
    "Leila لیلا Ahmadi",
    "Dr כהן (Haifa)",
)
FUZZ = settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def pdf(page: Page, size: PageSize = "A4") -> bytes:
    return summary_pdf(page, page_size=size, at=AT, author="Dr A. Novak")


def named(name: str) -> Page:
    page = typical()
    return replace(page, header=replace(page.header, name=name))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", PEOPLE.values(), ids=PEOPLE)
def test_every_page_says_its_lines_in_order_on_one_sheet(page: Page, size: PageSize) -> None:
    made = pdf(page, size)

    with pypdfium2.PdfDocument(made) as document:
        assert len(document) == 1
    assert difference(page, text_of(made)) is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", PEOPLE.values(), ids=PEOPLE)
def test_what_the_questionnaire_can_say_fits_without_the_last_cuts(page: Page, size: PageSize) -> None:
    sheet, fit = drawn(page, size)

    assert fit.step < len(ORDINARY)
    assert fit.slack >= 0
    assert outside(sheet) == []
    assert overlaps(sheet) == []


@pytest.mark.parametrize("size", SIZES)
def test_a_usual_page_is_set_in_nine_points(size: PageSize) -> None:
    _, fit = drawn(typical(), size)

    assert ORDINARY[fit.step].body == 9


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_is_found_in_the_text(name: str) -> None:
    assert difference(named(name), text_of(pdf(named(name)))) is None


def test_a_character_without_a_font_prints_its_code() -> None:
    text = folded(text_of(pdf(named("Ana 😀 山"))))

    assert "AnaU+1F600U+5C71" in text


@pytest.mark.parametrize("name", ["a\x00b\x1bc", "half \ud800 pair", "e\u0301" * 300, "x" * 10_000, "a b " * 5_000, ""])
def test_no_name_breaks_the_page(name: str) -> None:
    page = named(name)

    sheet, fit = drawn(page)

    assert fit.slack >= 0
    assert outside(sheet) == []
    assert overlaps(sheet) == []
    assert difference(page, text_of(pdf(page))) is None


def test_a_name_too_long_for_two_lines_ends_with_the_mark() -> None:
    sheet, _ = drawn(named("Wilhelmina " * 60))

    name = next(node for node in sheet.tree.walk() if node.role == "H1")
    assert name.clipped
    assert name.text.endswith(typical().clip_mark)


def test_safety_details_are_cut_last_and_counted() -> None:
    page = fullest()
    details = tuple(
        (Run(f"Detail {n} of the strip, which says something that takes up a line. " * 2),) for n in range(60)
    )
    page = replace(page, safety=replace(page.safety, details=details))

    sheet, fit = drawn(page, "letter")

    assert fit.slack >= 0
    assert CUT[fit.step - len(ORDINARY)].fact_lines == 1
    assert any("en pantalla" in text and text.startswith("Detail") for text in said(sheet.tree))
    assert difference(page, text_of(pdf(page, "letter"))) is None


@pytest.mark.slow
@FUZZ
@given(pages(wild=True))
def test_any_page_at_all_fits_on_one_sheet(page: Page) -> None:
    for size in SIZES:
        sheet, fit = drawn(page, size)
        assert fit.slack >= 0
        assert outside(sheet) == []
        assert overlaps(sheet) == []
        with pypdfium2.PdfDocument(pdf(page, size)) as document:
            assert len(document) == 1


@pytest.mark.slow
@FUZZ
@given(pages(wild=False).map(told_apart))
def test_any_page_says_its_lines_in_order(page: Page) -> None:
    for size in SIZES:
        assert difference(page, text_of(pdf(page, size)), whole=False) is None


def test_the_same_page_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests.reports.test_summary_pdf import *;"
        "print(hashlib.sha256(pdf(fullest('es'), 'letter') + pdf(typical())).hexdigest())"
    )

    runs = {
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }

    assert len(runs) == 1
    assert pdf(typical()) == pdf(typical())


def test_another_time_or_another_word_gives_other_bytes() -> None:
    later = summary_pdf(typical(), page_size="A4", at=AT + timedelta(minutes=1), author="Dr A. Novak")

    assert later != pdf(typical())
    assert pdf(named("Maria Kellner")) != pdf(typical())


def test_the_metadata_says_what_whose_language_and_when() -> None:
    page = fullest()
    at = datetime(2025, 9, 24, 10, 31, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    made = summary_pdf(page, page_size="A4", at=at, author="Dra. Concepción Rodríguez")

    with pypdfium2.PdfDocument(made) as document:
        told = document.get_metadata_dict()

    assert told["Title"] == page.title
    assert told["Author"] == "Dra. Concepción Rodríguez"
    assert told["Subject"] == page.header.kind
    assert told["CreationDate"] == "D:20250924103100-03'30'"
    assert told["Producer"].startswith("ReportLab")
    assert b"/Lang (es)" in made
    assert not any(
        word in " ".join(told.values()).casefold() for word in ("depress", "depresi", page.header.name.casefold())
    )


def test_only_embedded_fonts_are_in_the_file() -> None:
    made = pdf(typical())

    assert b"Helvetica" not in made
    assert made.count(b"/FontFile2") == 3


def test_a_time_at_the_meridian_has_no_sign_of_its_own() -> None:
    made = summary_pdf(calm(), page_size="A4", at=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), author="A")

    with pypdfium2.PdfDocument(made) as document:
        assert document.get_metadata_dict()["CreationDate"] == "D:20250102030405+00'00'"


@pytest.mark.parametrize("page", PEOPLE.values(), ids=PEOPLE)
def test_the_structure_has_one_name_headings_and_words_for_every_figure(page: Page) -> None:
    sheet, _ = drawn(page)
    nodes = list(sheet.tree.walk())

    assert [node.text for node in nodes if node.role == "H1"] == [page.header.name]
    assert [node.text for node in nodes if node.role == "H3"] == [box.name for box in page.gaps.boxes]
    assert [node.alt for node in nodes if node.role == "Figure"] == [
        f"{box.name}: {box.score_text}" for box in page.gaps.boxes
    ]


def test_a_page_printed_in_grey_keeps_its_words_apart_from_its_paper() -> None:
    with pypdfium2.PdfDocument(pdf(fullest())) as document:
        image = document[0].render(scale=150 / 72, grayscale=True).to_pil()

    dark = sum(image.histogram()[:110])
    light = sum(image.histogram()[200:])
    # A one-bit copy at half grey keeps the ink: nearly nothing on the page lies between ink and paper.
    assert dark > 40_000
    assert dark + light > 0.96 * image.width * image.height
