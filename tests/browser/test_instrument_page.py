"""The page of the questionnaire itself in a real browser: clean for axe, and no wider than a phone."""

import pytest

from tests.browser import instrument_cases
from tests.browser.cases import Case, Rooms, problems_of
from tests.browser.conftest import PatientPage, StaffPage
from tests.browser.house import House
from tests.browser.watch import said


@pytest.mark.parametrize("case", instrument_cases.CASES, ids=lambda case: case.name)
def test_axe_finds_nothing_on(
    case: Case, house: House, unready_house: House, patient_page: PatientPage, staff_page: StaffPage
) -> None:
    problems = problems_of(case, Rooms(house, unready_house, patient_page, staff_page))

    assert problems == [], said(problems)
