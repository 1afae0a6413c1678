"""The pages of what a visit agrees on as axe-core sees them, and a flag that is closed in three presses."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from clinic.db.models import Agreement
from clinic.db.session import db
from tests.browser import visit_cases
from tests.browser.cases import Case, Rooms, problems_of
from tests.browser.conftest import PatientPage, StaffPage
from tests.browser.house import House
from tests.browser.watch import said
from tests.web.staff.people import worst


@pytest.mark.parametrize("case", visit_cases.CASES, ids=lambda case: case.name)
def test_axe_finds_nothing_on(
    case: Case, house: House, unready_house: House, patient_page: PatientPage, staff_page: StaffPage
) -> None:
    problems = problems_of(case, Rooms(house, unready_house, patient_page, staff_page))

    assert problems == [], said(problems)


def agreed_at(house: House, visit: int) -> list[tuple[str, str, str | None]]:
    with house.app.app_context():
        rows = db.session.scalars(
            select(Agreement).where(Agreement.visit_id == visit, Agreement.taken_back_at.is_(None))
        )
        return [(one.gap, one.kind, one.who) for one in rows]


@pytest.mark.parametrize("js", [True, False])
def test_every_flag_is_closed_in_at_most_three_presses(house: House, staff_page: StaffPage, js: bool) -> None:
    visit = house.visit(given=worst("self"))
    page = staff_page(java_script_enabled=js, width=360, height=740)
    page.goto(f"/visits/{visit}")
    page.get_by_role("region", name="Stigma").get_by_role("button", name="Discussed").click()
    expect(page.get_by_role("region", name="Stigma").get_by_text("Closed")).to_be_visible()
    for gap in ("Accessibility", "Adherence", "Support"):
        part = page.get_by_role("region", name=gap)
        # What nobody has picked yet asks for nothing.
        expect(part.get_by_role("button", name="Save")).to_be_hidden()
        part.get_by_role("radio").first.check()
        part.get_by_role("radio", name="Patient").check()
        part.get_by_role("button", name="Save").click()
        expect(part.get_by_text("Closed")).to_be_visible()
        expect(part.get_by_role("heading", name=gap)).to_be_in_viewport()
    assert agreed_at(house, visit) == [
        ("stigma", "discussed", None),
        *((gap, "agreed", "patient") for gap in ("accessibility", "adherence", "support")),
    ]


def test_a_flag_is_closed_and_undone_by_keyboard_alone(house: House, staff_page: StaffPage) -> None:
    visit = house.visit(given=worst("self"))
    page = staff_page()
    page.goto(f"/visits/{visit}#gap-ADHERENCE")
    part = page.get_by_role("region", name="Adherence")
    part.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
    # The words that were picked are in the second place, ready to be written anew; Enter saves.
    with page.expect_navigation():
        part.get_by_role("textbox", name="What was agreed").press("Enter")
    expect(part.get_by_text("Closed")).to_be_visible()
    assert [kind for _gap, kind, _who in agreed_at(house, visit)] == ["agreed"]
    with page.expect_navigation():
        part.get_by_role("button", name="Undo").press("Enter")
    assert agreed_at(house, visit) == []
