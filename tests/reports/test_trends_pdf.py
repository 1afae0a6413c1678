"""The printed trends: one sheet whatever there is to say, hidden is never zero, and the same bytes each time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from clinic.core.trend_sheet import Place, TrendSheet, lines
from clinic.core.trends import Figure
from clinic.reports import trend_panel
from clinic.reports.document import About, Document
from clinic.reports.semantic import Node, Sheet
from clinic.reports.summary_pdf import SIZES, PageSize
from clinic.reports.trends_pdf import LEAST_PLOT, MOST_PLOT, Fit, draw, render
from tests.reports.drawn import outside, overlaps
from tests.reports.reading import folded, printable, text_of
from tests.reports.trend_sheets import HIDDEN, emptiest, fullest, panel, places, shown, usual

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BOTH: tuple[PageSize, ...] = ("A4", "letter")
SHEETS = {"usual": usual(), "fullest": fullest(), "emptiest": emptiest()}


def pdf(sheet: TrendSheet, size: PageSize = "A4") -> bytes:
    return render(sheet, page_size=size, at=AT, author="Harbour Clinic")


def drawn(sheet: TrendSheet, size: PageSize = "A4") -> tuple[Sheet, Fit]:
    document = Document(SIZES[size], About(sheet.title, "Trends", "Clinic", sheet.language, AT))
    paper = Sheet(document.canvas, SIZES[size], sheet.clip_mark, sheet.more_mark)
    fit = draw(paper, sheet)
    document.close()
    return paper, fit


def nodes(paper: Sheet) -> list[Node]:
    return list(paper.tree.walk())


@pytest.mark.parametrize("size", BOTH)
@pytest.mark.parametrize("name", SHEETS)
def test_everything_stands_on_one_sheet_and_nothing_on_anything_else(name: str, size: PageSize) -> None:
    paper, fit = drawn(SHEETS[name], size)
    with pypdfium2.PdfDocument(pdf(SHEETS[name], size)) as document:
        assert len(document) == 1
    assert (outside(paper), overlaps(paper)) == ([], [])
    assert fit.slack >= 0
    assert LEAST_PLOT <= fit.plot <= MOST_PLOT


@pytest.mark.parametrize("size", BOTH)
def test_every_word_and_number_of_a_usual_sheet_is_printed_whole(size: PageSize) -> None:
    paper, _fit = drawn(usual(), size)
    assert [node.text for node in nodes(paper) if node.clipped] == []
    said = folded(text_of(pdf(usual(), size)))
    assert [one for one in lines(usual()) if folded(printable(one)) not in said] == []


@pytest.mark.parametrize("size", BOTH)
def test_the_fullest_sheet_cuts_names_and_never_a_number_nor_a_caveat(size: PageSize) -> None:
    sheet = fullest()
    said = folded(text_of(pdf(sheet, size)))
    numbers = [dot.shown for dot in sheet.dots] + [told.newest for told in sheet.panels]
    numbers += [cell for table in sheet.tables for _, cells in table.rows for cell in cells]
    whole = [sheet.title, *numbers, *sheet.caveats, *filter(None, (sheet.lead, sheet.counts, sheet.mark, sheet.footer))]
    assert [one for one in whole if folded(printable(one)) not in said] == []


def test_the_words_are_read_in_the_order_of_the_sheet_and_drawings_say_what_they_show() -> None:
    sheet = usual()
    paper, _fit = drawn(sheet)
    found = nodes(paper)
    assert [node.text for node in found if node.role == "H1"] == [sheet.title]
    assert [node.text for node in found if node.role == "H2"] == [
        "The four gaps",
        "Sixteen subthemes",
        sheet.caveats_title,
    ]
    assert [node.text for node in found if node.role == "H3"] == [told.name for told in sheet.panels]
    assert [node.alt for node in found if node.role == "Figure"] == [told.told for told in sheet.panels]
    texts = [node.text for node in found]
    places_in_order = [texts.index(one) for one in (sheet.title, sheet.lead, "Accessibility", "Support")]
    assert places_in_order == sorted(places_in_order)


def dark(sheet: TrendSheet, low: float, high: float) -> int:
    """Count the dark points of a part of the printed page, by its height from 0 at the top to 1."""
    with pypdfium2.PdfDocument(pdf(sheet)) as document:
        image = document[0].render(scale=2, grayscale=True).to_pil()
    part = image.crop((0, int(image.height * low), image.width, int(image.height * high)))
    return sum(part.histogram()[:140])


def test_what_is_hidden_is_hatched_and_said_and_is_not_drawn_as_zero() -> None:
    sheet = emptiest()
    nobody = replace(sheet, panels=tuple(panel(one.name, (Figure("nothing"),)) for one in sheet.panels))
    zero = replace(sheet, panels=tuple(panel(one.name, (shown(0, 80),)) for one in sheet.panels))
    texts = {name: text_of(pdf(one)) for name, one in (("hidden", sheet), ("nobody", nobody), ("zero", zero))}

    assert texts["hidden"].count("too few to show") == 1 + len(sheet.panels) + len(sheet.dots)
    assert "0 of 80" in texts["zero"]
    assert "0 of 80" not in texts["hidden"] + texts["nobody"]
    # The lines of the hatching are ink that neither a zero nor an empty place has.
    assert dark(sheet, 0.14, 0.5) > dark(zero, 0.14, 0.5) + 500
    assert dark(sheet, 0.14, 0.5) > dark(nobody, 0.14, 0.5) + 500


def test_a_line_never_crosses_what_is_hidden_nor_a_change_of_version() -> None:
    figures = (shown(20, 80), shown(22, 80), HIDDEN, shown(30, 80), shown(31, 80), None, shown(33, 80))
    where = places(7, new_version_at=4)
    runs = trend_panel._runs(where, figures)

    assert [[place for place, _ in run] for run in runs] == [[0, 1], [3], [4], [6]]


def test_a_break_names_the_version_that_begins_and_a_sheet_of_one_version_has_none() -> None:
    broken = replace(usual(), places=places(24, new_version_at=12))

    assert "from here 1.0+c1" in text_of(pdf(broken))
    assert "from here" not in text_of(pdf(usual()))


def test_all_panels_have_one_scale_up_to_the_highest_bound() -> None:
    assert trend_panel.highest([shown(30, 100), HIDDEN, None]) == 40
    assert trend_panel.highest([HIDDEN, None]) == 20
    assert trend_panel.highest([shown(99, 100)]) == 100
    texts = text_of(pdf(usual()))
    assert texts.count("60 %") >= 4


def test_only_a_sheet_of_a_demo_is_marked() -> None:
    mark = "Synthetic: nobody in it is real"
    assert mark in text_of(pdf(replace(usual(), mark=mark)))
    assert "Synthetic" not in text_of(pdf(usual()))


@pytest.mark.parametrize("count", [1, 2, 5, 10, 12, 24])
def test_any_number_of_places_is_named_without_touching(count: int) -> None:
    sheet = replace(
        usual(),
        places=places(count),
        panels=tuple(panel(one.name, tuple(shown(30 + n, 120) for n in range(count))) for one in usual().panels),
    )
    paper, _fit = drawn(sheet)

    assert (outside(paper), overlaps(paper)) == ([], [])
    assert places(count)[-1].label in text_of(pdf(sheet))


def test_labels_in_full_words_do_not_touch_either() -> None:
    sheet = replace(usual(), places=tuple(Place(f"September {2000 + n}", "1.0") for n in range(24)))
    paper, _fit = drawn(sheet)

    assert overlaps(paper) == []


def test_the_same_sheet_gives_the_same_bytes_and_another_moment_others() -> None:
    assert pdf(usual()) == pdf(usual())
    other = render(usual(), page_size="A4", at=AT + timedelta(minutes=1), author="Harbour Clinic")
    assert other != pdf(usual())


def test_the_file_names_no_illness_and_has_its_fonts_inside() -> None:
    made = pdf(usual())
    with pypdfium2.PdfDocument(made) as document:
        told = document.get_metadata_dict()
    assert told["Title"] == "Trends of Harbour Clinic"
    assert told["CreationDate"] == "D:20261123090000+00'00'"
    assert "epress" not in " ".join(told.values())
    assert b"Helvetica" not in made
