"""The managers' page of the questionnaire itself, before its first report and with one, as axe looks at it."""

from functools import partial

from clinic.core.scope import Role
from clinic.services import psychometrics
from tests.browser.cases import Case, Rooms, Shown, shows
from tests.browser.house import NOW
from tests.instrument_report import INSTRUMENT, report_of

CASES: list[Case] = []
page_of = partial(shows, CASES)


@page_of("psychometrics.show")
def the_questionnaire_itself(rooms: Rooms) -> Shown:
    page = rooms.staff_page(Role.MANAGER)
    page.goto("/trends/instrument")
    yield "s-instrument-none", page
    with rooms.house.writing() as session:
        psychometrics.store(session, rooms.house.clinic_id, INSTRUMENT, report_of(), change=None, now=NOW)
    page.goto("/trends/instrument")
    page.get_by_text("How any two questions go together").click()
    yield "s-instrument", page
