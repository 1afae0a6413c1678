"""The desk's pages as axe-core sees them, and a board that renews itself under somebody's hands."""

import pytest
from playwright.sync_api import Page, expect

from clinic.core.scope import Role
from clinic.db.models import FormLink
from tests.browser import desk_cases
from tests.browser.cases import Case, Rooms, problems_of
from tests.browser.conftest import PatientPage, StaffPage
from tests.browser.house import NOW, House
from tests.browser.watch import said


@pytest.mark.parametrize("case", desk_cases.CASES, ids=lambda case: case.name)
def test_axe_finds_nothing_on(
    case: Case, house: House, unready_house: House, patient_page: PatientPage, staff_page: StaffPage
) -> None:
    problems = problems_of(case, Rooms(house, unready_house, patient_page, staff_page))

    assert problems == [], said(problems)


def board(staff_page: StaffPage) -> Page:
    """Open the board in a browser whose clock a test moves."""
    page = staff_page(Role.FRONT_DESK)
    page.clock.install()
    page.goto("/visits")
    return page


def test_the_board_renews_itself_and_keeps_the_focus_where_it_was(house: House, staff_page: StaffPage) -> None:
    visit, _ = house.new_form(name="Rena Renewed")
    page = board(staff_page)
    row = page.get_by_role("row").filter(has_text="Rena Renewed")
    expect(row).to_contain_text("Link not sent")
    link = row.get_by_role("link", name="Rena Renewed").first
    link.focus()
    with house.writing() as session:
        session.query(FormLink).filter_by(visit_id=visit).update({"opened_at": NOW})

    page.clock.run_for(21_000)

    expect(row).to_contain_text("Link opened")
    expect(row.get_by_role("link", name="Rena Renewed").first).to_be_focused()


def test_a_hidden_board_asks_for_nothing_and_one_that_is_shown_again_does_at_once(
    house: House, staff_page: StaffPage
) -> None:
    house.new_form(name="Hilda Hidden")
    page = board(staff_page)
    asked: list[str] = []
    page.on("request", lambda request: asked.extend(filter(None, [request.headers.get("x-refresh")])))
    hide = "state => { Object.defineProperty(document, 'hidden', {value: state, configurable: true}); "
    hide += "document.dispatchEvent(new Event('visibilitychange')) }"
    page.evaluate(hide, True)
    page.clock.run_for(90_000)
    assert asked == []
    with page.expect_response("**/visits"):
        page.evaluate(hide, False)
    assert asked == ["1"]


def test_a_board_whose_session_is_over_shows_nobody_any_more(house: House, staff_page: StaffPage) -> None:
    house.new_form(name="Olaf Over")
    page = board(staff_page)
    expect(page.get_by_text("Olaf Over").first).to_be_visible()
    page.context.clear_cookies()
    page.clock.run_for(21_000)
    page.wait_for_url("**/login**")
    assert "Olaf Over" not in page.content()
