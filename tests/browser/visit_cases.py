"""The pages of what a visit agrees on, to be looked at: closing flags, the directory, and the patient's copy."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from clinic.core.scope import Role
from clinic.db.models import Visit
from clinic.services import copies, resources
from clinic.services.resources import NewResource
from tests.browser.cases import Case, Rooms, Shown, shows
from tests.browser.house import NOW
from tests.factories import make_agreement
from tests.web.staff.people import worst

CASES: list[Case] = []


def page_of(*views: str) -> Callable[[Callable[[Rooms], Shown]], Callable[[Rooms], Shown]]:
    return shows(CASES, *views)


@page_of("visits.show", "agreements.close", "agreements.note", "copies.preview")
def closing_flags_and_handing_on_what_was_agreed(rooms: Rooms) -> Shown:
    house = rooms.house
    visit = house.visit(given=worst("self"), name="Clara Closing", language="es")
    page = rooms.staff_page()
    page.goto(f"/visits/{visit}/copy")
    yield "s-copy-empty", page
    page.goto(f"/visits/{visit}")
    gap = page.get_by_role("region", name="Adherence")
    gap.get_by_role("radio", name="In your own words").check()
    gap.get_by_role("radio", name="On a day").check()
    yield "s-visit-closing", page
    with page.expect_navigation():
        gap.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    yield "s-visit-closing-error", page
    gap.get_by_role("textbox", name="What was agreed").fill("One walk a week")
    gap.get_by_role("radio", name="2 weeks").check()
    with page.expect_navigation():
        gap.get_by_role("button", name="Save").click()
    with page.expect_navigation():
        page.get_by_role("region", name="Stigma").get_by_role("button", name="Discussed").click()
    gap.get_by_text("Add something").click()
    yield "s-visit-closed", page
    scale = page.get_by_role("region", name="The clinic’s own scale")
    scale.get_by_label("Total").fill("many")
    with page.expect_navigation():
        scale.get_by_role("button", name="Keep this total").click()
    page.get_by_role("alert").wait_for()
    yield "s-own-scale-error", page
    page.goto(f"/visits/{visit}/copy")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("img", name="QR code of the link").wait_for()
    yield "s-copy-link", page


@page_of("resources.directory", "resources.new", "resources.edit")
def the_directory(rooms: Rooms) -> Shown:
    house = rooms.house
    with house.writing() as session:
        for name, checked_on in (("Harbour ride line", NOW.date()), ("Old peer group", date(2025, 1, 7))):
            new = NewResource(
                name,
                "Rides on weekdays, and a group on Tuesdays",
                ("accessibility", "support"),
                "+1 312 555 0171",
                "12 Harbour Street",
                "https://ride-line.example/book",
                ("English", "Spanish"),
            )
            last = resources.add(session, house.clinic_id, new, checked_on=checked_on, by=None, now=NOW)
        doctor = house.ids[Role.CLINICIAN]
        gone = resources.add(
            session, house.clinic_id, replace(new, name="Gone"), checked_on=NOW.date(), by=doctor, now=NOW
        )
        resources.retire(session, house.clinic_id, gone, by=doctor, now=NOW, seen=0)
    page, desk = rooms.staff_page(Role.MANAGER), rooms.staff_page(Role.FRONT_DESK)
    page.goto("/resources")
    page.get_by_text("1 entry is out of use").click()
    yield "s-resources", page
    desk.goto("/resources")
    yield "s-resources-desk", desk
    page.goto("/resources/new")
    yield "s-resource-new", page
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    yield "s-resource-new-error", page
    page.goto(f"/resources/{last}/edit")
    yield "s-resource-edit", page
    with house.writing() as session:
        resources.change(session, house.clinic_id, last, replace(new, phone="+1 312 555 0199"), seen=0)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").first.wait_for()
    yield "s-resource-stale", page


@page_of("copies.read", "copies.open_link")
def what_was_agreed_behind_its_link(rooms: Rooms) -> Shown:
    house = rooms.house
    for language in ("en", "es"):
        visit = house.visit(name="Cora Copy", language=language)
        with house.writing() as session:
            new = NewResource("Peer group", "On Tuesdays", ("support",), "+1 312 555 0171", "12 Harbour Street")
            entry = resources.add(session, house.clinic_id, new, checked_on=NOW.date(), by=None, now=NOW)
            agreed = session.get_one(Visit, visit)
            make_agreement(session, agreed, what="Visit the peer group", resource_id=entry)
            make_agreement(session, agreed, what="لیلا calls the pharmacy", who="family", due_on=NOW.date())
            link = copies.issue(session, house.clinic_id, visit, by=None, now=NOW)
        page = rooms.patient_page(lang=language)
        page.goto(link.path)
        yield f"p-copy-{language}", page
    page.goto("/c/unknown")
    yield "p-copy-unknown", page
