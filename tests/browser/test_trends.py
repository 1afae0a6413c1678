"""The trends in a real browser: clean for axe, read by keyboard and pointer, whole without a script, and on paper."""

import io

import pypdfium2
import pytest
from playwright.sync_api import Locator, Page, expect

from clinic.core.scope import Role
from tests.browser import trend_cases
from tests.browser.cases import Case, Rooms, problems_of
from tests.browser.conftest import PatientPage, StaffPage, sign_in
from tests.browser.house import House
from tests.browser.watch import said


@pytest.mark.parametrize("case", trend_cases.CASES, ids=lambda case: case.name)
def test_axe_finds_nothing_on(
    case: Case, house: House, unready_house: House, patient_page: PatientPage, staff_page: StaffPage
) -> None:
    problems = problems_of(case, Rooms(house, unready_house, patient_page, staff_page))

    assert problems == [], said(problems)


@pytest.fixture
def page(house: House, staff_page: StaffPage) -> Page:
    trend_cases.fill_two_years(house)
    page = staff_page(Role.MANAGER)
    page.goto("/trends")
    return page


def chart(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=f"{name}: share")


def test_the_arrow_keys_say_the_values_of_each_period_on_all_four_charts(page: Page) -> None:
    stigma = chart(page, "Stigma")
    stigma.focus()
    expect(stigma).to_have_attribute("aria-valuetext", "February 2026: 44 of 80 55 % (44 to 65 %)")
    page.keyboard.press("ArrowLeft")
    expect(stigma).to_have_attribute("aria-valuetext", "January 2026: 20 of 80 25 % (17 to 35 %)")
    shown = page.locator(".bc-readout")
    expect(shown.nth(2)).to_have_text("January 2026: 20 of 80 25 % (17 to 35 %)")
    expect(shown.nth(0)).to_contain_text("January 2026: 42 of 80")
    page.keyboard.press("Home")
    expect(stigma).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("ArrowLeft")
    expect(stigma).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("Tab")
    expect(chart(page, "Support")).to_be_focused()


def test_the_pointer_says_the_values_of_the_period_beneath_it(page: Page) -> None:
    stigma = chart(page, "Stigma")
    stigma.scroll_into_view_if_needed()
    box = stigma.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.96, box["y"] + box["height"] / 2)
    expect(page.locator(".bc-readout").nth(2)).to_contain_text("February 2026: 44 of 80")
    page.mouse.move(box["x"] + box["width"] * 0.15, box["y"] + box["height"] / 2)
    expect(page.locator(".bc-readout").nth(2)).to_contain_text("March 2025: 20 of 80")
    page.mouse.move(2, 2)
    expect(page.locator(".bc-readout").nth(2)).to_be_empty()


def test_a_hidden_month_says_so_under_the_pointer_too(page: Page) -> None:
    page.goto("/trends?from=2024-03")
    adherence = chart(page, "Adherence")
    adherence.focus()
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(adherence).to_have_attribute("aria-valuetext", "December 2024: too few to show")


def test_without_a_script_charts_and_tables_are_there(house: House, patient_page: PatientPage) -> None:
    trend_cases.fill_two_years(house)
    page = patient_page(js=False, width=1280, height=800)
    sign_in(page, house, Role.MANAGER)
    assert page.get_by_role("img", name="Stigma: share").count() == 1
    assert page.get_by_role("row", name="February 2026").first.inner_text().count("of 80") >= 2
    assert page.get_by_role("button", name="Print").is_hidden()
    page.get_by_label("Whose forms").select_option("language=es")
    page.get_by_label("From", exact=True).select_option("2025-09")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/trends?by=month&from=2025-09&to=2026-02&language=es")


def test_a_dark_screen_prints_dark_words_on_white_paper_and_no_controls(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", print_background=False)))
    text = document[0].get_textpage().get_text_bounded()
    assert "Whose forms" not in text
    assert "more patients than the month before at a gap in Stigma" in " ".join(text.split())
    picture = document[0].render(scale=0.5).to_pil().convert("L")
    darkest, brightest = picture.getextrema()
    document.close()
    assert (darkest < 60, brightest) == (True, 255)


def test_the_address_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the address of this view").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("/trends?by=month&from=2025-03&to=2026-02")
