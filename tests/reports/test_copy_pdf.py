"""The patient's copy on paper: one sheet whatever there is to say, the same bytes each time, names in any script."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from clinic.core.patient_copy import CopyPage, Place, Promise, Way, lines
from clinic.reports.copy_pdf import STEPS, copy_pdf, draw
from clinic.reports.document import About, Document
from clinic.reports.semantic import Sheet
from clinic.reports.summary_pdf import SIZES, PageSize
from tests.reports.drawn import outside, overlaps
from tests.reports.reading import folded, printable, text_of

AT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
BOTH: tuple[PageSize, ...] = ("A4", "letter")
PROMISE = Promise("Call the pharmacy about the generic", "Your clinician, by 24 March 2026")
PLACE = Place(
    "Riverside group", "Meets on Tuesdays, free", "+1 312 555 0111", "12 Harbour Street", "https://peers.example/meet"
)
USUAL = CopyPage(
    language="en",
    title="What we agreed",
    name="Ada Åsa O’Neil",
    visit="Visit with Dr. Ana Ruiz, Tuesday 10 March, 11:00 am, Harbour Clinic",
    promises=(PROMISE, Promise("Riverside group", "You, until the next visit")),
    nothing="Nothing was written down.",
    places_title="Where to find help",
    places=(PLACE,),
    help_title="If you need help now",
    help=(Way("Call 988: Lifeline, 24/7", "tel:988"), Way("In danger now: call 911", "tel:911")),
    clip_mark="[…]",
    more_mark="+{n} more: ask your clinic",
)
LONG = Promise("word " * 40, "Your family or friends, by 24 September 2026")


def pdf(page: CopyPage, size: PageSize = "A4") -> bytes:
    return copy_pdf(page, page_size=size, at=AT, author="Harbour Clinic")


def drawn(page: CopyPage, size: PageSize = "A4") -> tuple[Sheet, int]:
    document = Document(SIZES[size], About(page.title, page.visit, "Clinic", page.language, AT))
    sheet = Sheet(document.canvas, SIZES[size], page.clip_mark, page.more_mark)
    return sheet, draw(sheet, page)


@pytest.mark.parametrize("size", BOTH)
def test_a_usual_copy_says_its_lines_in_order_in_the_largest_letters(size: PageSize) -> None:
    sheet, step = drawn(USUAL, size)
    assert folded(text_of(pdf(USUAL, size))) == "".join(folded(printable(one)) for one in lines(USUAL))
    assert step == 0
    assert (outside(sheet), overlaps(sheet)) == ([], [])


@pytest.mark.parametrize(("promises", "places"), [(3, 3), (8, 6), (14, 10), (40, 0), (40, 40), (1, 60), (0, 0)])
@pytest.mark.parametrize("size", BOTH)
def test_everything_stands_on_one_sheet_and_the_help_is_whole(size: PageSize, promises: int, places: int) -> None:
    page = replace(USUAL, promises=(LONG,) * promises, places=(PLACE,) * places)
    made, (sheet, step) = pdf(page, size), drawn(page, size)
    with pypdfium2.PdfDocument(made) as document:
        assert len(document) == 1
    said = folded(text_of(made))
    assert said.endswith("".join(folded(one) for one in (page.help_title, *(way.words for way in page.help))))
    assert (outside(sheet), overlaps(sheet)) == ([], [])
    whole = "".join(folded(printable(one)) for one in lines(page))
    # What is left out is counted; what is not left out is there, each time.
    left_out = [int(one.split("+")[-1]) for one in said.split(folded("more: ask your clinic"))[:-1]]
    assert said.count(folded(LONG.what)) + said.count(folded(PLACE.name)) == promises + places - sum(left_out)
    assert (said == whole) is (left_out == [])
    if promises and places:
        assert folded(LONG.what) in said
        assert folded(PLACE.name) in said
    assert step < len(STEPS)


def test_letters_grow_smaller_only_where_they_must() -> None:
    steps = [drawn(replace(USUAL, promises=(LONG,) * count))[1] for count in range(1, 20)]
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert steps[-1] > 0


def test_the_same_copy_gives_the_same_bytes_and_another_moment_others() -> None:
    assert pdf(USUAL) == pdf(USUAL)
    other = copy_pdf(USUAL, page_size="A4", at=AT + timedelta(minutes=1), author="Harbour Clinic")
    assert other != pdf(USUAL)


@pytest.mark.parametrize("name", ["Δημήτρης Παπαδόπουλος", "لیلا احمدی", "שָׁלוֹם כהן", "Dr כהן (Haifa)"])
def test_a_name_in_any_script_stands_as_it_is_read(name: str) -> None:
    sheet, _step = drawn(replace(USUAL, name=name))
    assert name in [node.text for node in sheet.tree.walk()]
    with pypdfium2.PdfDocument(pdf(replace(USUAL, name=name))) as document:
        assert len(document) == 1


def test_every_font_is_inside_the_file_and_nothing_names_an_illness() -> None:
    made = pdf(USUAL)
    with pypdfium2.PdfDocument(made) as document:
        told = document.get_metadata_dict()
        assert told["Title"] == "What we agreed"
        assert "epress" not in " ".join(told.values())
    assert b"Helvetica" not in made
    assert made.count(b"/FontFile2") >= 2


def test_a_copy_without_a_name_or_a_promise_says_so() -> None:
    page = replace(USUAL, name=None, promises=(), places=())
    assert folded("Nothing was written down.") in folded(text_of(pdf(page)))
