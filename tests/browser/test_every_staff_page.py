"""Every page of the staff, looked at by axe-core in light and dark, on a phone and at a desk; no view is left out."""

from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import Page

from clinic.core.scope import Role
from clinic.db.models import Patient, Visit, WorkerRun
from clinic.services import outbox, work
from tests.browser import desk_cases, instrument_cases, test_every_patient_page, trend_cases, visit_cases
from tests.browser.cases import Case, Rooms, Shown, problems_of, shows
from tests.browser.conftest import PASSWORD, PatientPage, StaffPage, sign_in
from tests.browser.house import NOW, House
from tests.browser.watch import examine, said
from tests.web.staff.people import calm, given, usual, with_signal, worst

CASES: list[Case] = []
page_of = partial(shows, CASES)
# These answer with a redirect or a file, never with a page of their own.
NO_PAGES = {
    "accounts.home",
    "accounts.after_sign_in",
    "visits.pdf",
    "visit_import.sample",
    "copies.paper",
    "copies.file",
    "trends.table",
    "trends.paper",
    "trends.codebook",
}


@page_of("security.login", "accounts.signed_out", "security.change_password")
def signing_in_and_out(rooms: Rooms) -> Shown:
    page = rooms.patient_page(width=1280, height=800)
    page.goto("/login")
    yield "s-login", page
    page.get_by_label("E-mail").fill("nobody@harbour.example")
    page.get_by_label("Password").fill("not my password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    yield "s-login-error", page

    sign_in(page, rooms.house, Role.MANAGER)
    page.goto("/account")
    yield "s-account", page
    page.get_by_label("Your present password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password, once more").fill("other")
    page.get_by_role("button", name="Change the password").click()
    page.get_by_role("alert").wait_for()
    yield "s-account-error", page
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out")
    yield "s-signed-out", page


@page_of("visits.day")
def a_full_day(rooms: Rooms) -> Shown:
    house = rooms.house
    house.visit(hours=-3, given=calm(), name="Rita Read", read=True)
    house.visit(hours=-1, given=given(answers={"ACC1": 4, "ACC2": 2}), state="partial", name="Paul Partial")
    house.visit(hours=1, given=usual(), state="draft", name="Stan Started")
    house.visit(hours=2, given=usual(), name="Dora Done")
    house.visit(hours=3, name="אילנה שפירא-Nuñez")
    house.visit(hours=4, given=worst(), alert={}, name="Maximiliana Fernández de la Reguera y Castillo")
    house.visit(hours=5, given=with_signal(), name="Sam Signal")
    page = rooms.staff_page()
    page.goto("/visits?whose=all")
    yield "s-day", page
    page.goto("/visits?day=2026-06-01")
    yield "s-day-empty", page
    desk = rooms.staff_page(Role.FRONT_DESK)
    desk.goto("/visits")
    yield "s-day-desk", desk


@page_of("visits.show")
def the_page_of_a_visit_that_can_be_read(rooms: Rooms) -> Shown:
    house = rooms.house
    page = rooms.staff_page()
    before = house.visit(hours=-24 * 40, given=calm(), name="Uma Usual", filled_hours_ago=24 * 40)
    for name, visit in (
        ("usual", house.visit(given=usual(), patient=house.patient_of(before))),
        ("worst-proxy", house.visit(given=worst(), alert={}, name="Wendy Worst", phone="+1 555 0100")),
        ("calm", house.visit(given=calm(), name="Cal Calm")),
        ("nothing", house.visit(given=given(answers={}), state="partial", name="Nil Nothing")),
    ):
        page.goto(f"/visits/{visit}")
        yield f"s-visit-{name}", page


@page_of("visits.show")
def the_page_of_a_visit_in_spanish(rooms: Rooms) -> Shown:
    house = rooms.house
    house.change("summary_language", "es")
    visit = house.visit(given=worst("helped"), form={"language": "es"}, name="Eva Español", language="es")
    page = rooms.staff_page()
    page.goto(f"/visits/{visit}")
    yield "s-visit-es", page
    house.change("summary_language", "en")


@page_of("visits.show", "visits.slip")
def a_visit_whose_form_is_not_there_yet(rooms: Rooms) -> Shown:
    house = rooms.house
    page = rooms.staff_page()
    waiting, _ = house.new_form(name="Walter Waiting", phone="+1 555 0123")
    page.goto(f"/visits/{waiting}")
    yield "s-waiting", page
    page.goto(f"/visits/{waiting}/slip")
    yield "s-slip", page
    spanish, _ = house.new_form(name="Sara Española", language="es")
    page.goto(f"/visits/{spanish}/slip")
    yield "s-slip-es", page
    ended = house.visit(name="Ed Ended")
    page.goto(f"/visits/{ended}")
    yield "s-no-link", page
    page.goto(f"/visits/{ended}/slip")
    yield "s-slip-none", page

    begun = house.visit(given=with_signal(), state="draft", hours=-0.5, name="Bea Begun", alert={"level": "S2"})
    page.goto(f"/visits/{begun}")
    yield "s-begun", page
    done = house.visit(given=usual(), name="Finn Finished")
    desk = rooms.staff_page(Role.FRONT_DESK)
    desk.goto(f"/visits/{done}")
    yield "s-done-desk", desk
    with house.writing() as session:
        session.get_one(Visit, ended).cancelled_at = NOW
    page.goto(f"/visits/{ended}")
    yield "s-cancelled", page


@page_of("visit_changes.edit", "visits.show")
def changing_a_visit(rooms: Rooms) -> Shown:
    house = rooms.house
    visit, _ = house.new_form(name="Chris Changed")
    page, desk = rooms.staff_page(), rooms.staff_page(Role.FRONT_DESK)
    for one, clock in ((desk, "15:10"), (page, "15:20")):
        one.goto(f"/visits/{visit}/edit")
        one.get_by_label("Time").fill(clock)
    yield "s-edit", page
    desk.get_by_role("button", name="Save").click()
    desk.get_by_text("The visit is changed.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    yield "s-edit-stale", page
    page.get_by_label("Time").fill("")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    yield "s-edit-error", page

    desk.get_by_text("Cancel the visit", exact=True).click()
    yield "s-cancel-asks", desk
    desk.get_by_role("button", name="Yes, cancel the visit").click()
    desk.get_by_text("The visit is cancelled.").wait_for()
    yield "s-cancelled-desk", desk


@page_of("patients.edit")
def correcting_a_patient(rooms: Rooms) -> Shown:
    house = rooms.house
    patient = house.patient_of(house.visit(name="Cora Correct"))
    page, desk = rooms.staff_page(), rooms.staff_page(Role.FRONT_DESK)
    for one, phone in ((desk, "555 0100"), (page, "555 0101")):
        one.goto(f"/patients/{patient}/edit")
        one.get_by_label("Phone").fill(phone)
    yield "s-correct", page
    desk.get_by_role("button", name="Save").click()
    desk.get_by_text("The details are corrected.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    yield "s-correct-stale", page
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save").click()
    page.locator(".nhsuk-error-summary").wait_for()
    yield "s-correct-error", page


@page_of("visits.new", "visits.found")
def finding_and_adding(rooms: Rooms) -> Shown:
    house = rooms.house
    known = house.patient_of(house.visit(name="Zoë Zimmer"))
    page = rooms.staff_page(Role.FRONT_DESK)
    page.goto("/visits/new")
    yield "s-new-who", page
    search(page, "Zimmer")
    yield "s-found", page
    search(page, "nobody of this name")
    yield "s-found-nobody", page
    page.goto(f"/visits/new?patient={known}")
    yield "s-new-known", page
    page.goto("/visits/new?patient=new")
    yield "s-new-patient", page
    page.get_by_label("E-mail (optional)").fill("not an address")
    page.get_by_role("button", name="Make the visit").click()
    page.get_by_role("alert").wait_for()
    yield "s-new-error", page


@page_of("patients.show")
def all_visits_of_a_patient(rooms: Rooms) -> Shown:
    house = rooms.house
    first = house.visit(hours=-24 * 90, given=calm(), name="Hanna History", filled_hours_ago=24 * 90)
    patient = house.patient_of(first)
    house.visit(hours=-24 * 60, given=worst(), patient=patient, filled_hours_ago=24 * 60)
    house.visit(hours=-24 * 30, given=given(answers={"ACC1": 4}), patient=patient, filled_hours_ago=24 * 30)
    house.visit(given=usual(), patient=patient)
    house.visit(hours=24 * 30, patient=patient)
    page = rooms.staff_page()
    page.goto(f"/patients/{patient}")
    yield "s-patient", page
    desk = rooms.staff_page(Role.FRONT_DESK)
    desk.goto(f"/patients/{patient}")
    yield "s-patient-desk", desk
    with house.writing() as session:
        one = session.get_one(Patient, patient)
        other = Patient(
            clinic_id=one.clinic_id, record_number="MRN-NONE", name="Nova None", born_on="1990-01-01", language="en"
        )
        other.created_at = NOW
        session.add(other)
        session.flush()
        without = other.id
    page.goto(f"/patients/{without}")
    yield "s-patient-none", page


@page_of("clinic_admin.overview", "clinic_admin.edit", "clinic_admin.history", "cut_points.show")
def the_settings_of_the_clinic(rooms: Rooms) -> Shown:
    page = rooms.staff_page(Role.ADMINISTRATOR)
    page.goto("/admin/clinic")
    yield "s-clinic", page
    for section in ("basics", "hours", "alerts", "crisis-en", "words-es", "check-in", "sending", "messages-es"):
        page.goto(f"/admin/clinic/{section}")
        yield f"s-clinic-{section}", page
    page.goto("/admin/clinic/hours")
    page.get_by_role("group", name="Tuesday").get_by_label("Closes").fill("")
    page.get_by_label("Days when nobody is there").fill("Christmas")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    yield "s-clinic-hours-error", page
    page.goto("/admin/clinic/messages-en")
    page.get_by_label("Text of the reminder").fill("Please come on {day}: {link}")
    page.get_by_role("button", name="Show a preview").click()
    page.get_by_text("Please come on Tuesday 17 March").wait_for()
    yield "s-clinic-preview", page

    other = rooms.staff_page(Role.ADMINISTRATOR)
    for one, number in ((other, "112"), (page, "113")):
        one.goto("/admin/clinic/emergency")
        one.get_by_role("textbox", name="Emergency number").fill(number)
    other.get_by_role("button", name="Save").click()
    other.get_by_text("Saved: Emergency number.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    yield "s-clinic-stale", page
    other.goto("/admin/clinic/emergency")
    other.get_by_role("textbox", name="Emergency number").fill("911")
    other.get_by_role("button", name="Save").click()
    other.goto("/admin/clinic/history")
    yield "s-clinic-history", other
    other.goto("/admin/clinic/cut-points")
    yield "s-cut-points", other
    other.get_by_label("Gap begins at", exact=True).fill("5")
    other.get_by_role("button", name="Save").click()
    other.get_by_role("alert").wait_for()
    yield "s-cut-points-error", other


@page_of("worker.health")
def what_waits_to_be_sent(rooms: Rooms) -> Shown:
    page = rooms.staff_page(Role.ADMINISTRATOR)
    page.goto("/admin/worker")
    page.get_by_text("This needs whoever looks after the server.").wait_for()
    yield "s-worker-away", page
    page.get_by_role("button", name="Send a test message to me").click()
    page.get_by_text("A test message to you is on its way.").wait_for()
    with rooms.house.writing() as session:
        found = outbox.claim(session, "one", NOW)
        assert found is not None
        outbox.put_off(session, "one", found, "recipient 550", NOW)
        for job in work.JOBS:
            session.add(WorkerRun(job=job, worker="server:1200:5f1b33aa", ran_at=NOW, done_at=NOW))
    page.goto("/admin/worker")
    page.get_by_role("cell", name="The mail server did not take the address (550)").wait_for()
    yield "s-worker-waiting", page


@page_of("visits.day", "visits.mark_read", "visits.show", "")
def pages_that_are_refused(rooms: Rooms) -> Shown:
    manager = rooms.staff_page(Role.MANAGER)
    manager.goto("/visits")
    yield "s-403", manager
    page = rooms.staff_page()
    page.goto("/visits/99999")
    yield "s-404", page
    page.goto("/visits/1/read")
    yield "s-405", page
    visit = rooms.house.visit(given=usual())
    page.goto(f"/visits/{visit}")
    page.evaluate("document.querySelector('.bc-toolbar [name=csrf_token]').value = 'old'")
    page.get_by_role("button", name="Mark as read").click()
    page.get_by_role("heading", name="This page is out of date").wait_for()
    yield "s-400", page
    page.goto("/none")
    yield "s-404-none", page


@page_of("alerts.board", "visits.show")
def alerts_at_every_step(rooms: Rooms) -> Shown:
    house = rooms.house
    people = {"signals": ["tick:SLF.perceived_burden", "words:TXT"], "checkin": "yes_past"}
    urgent = house.visit(given=with_signal(), name="Ursula Urgent", phone="+1 555 0100", alert={})
    late = {"level": "S2", "triggers": people, "opens_at": NOW - timedelta(days=2)}
    house.visit(given=usual(), name="Maximiliana Fernández de la Reguera y Castillo", alert=late)
    for role in (Role.FRONT_DESK, Role.MANAGER):
        other = rooms.staff_page(role)
        other.goto("/alerts")
        yield f"s-alerts-{role.value}", other
    page = rooms.staff_page()
    page.goto("/alerts")
    yield "s-alerts", page
    card = page.get_by_role("article", name="Ursula Urgent")
    card.get_by_role("button", name="Acknowledge").click()
    page.get_by_text("The alert is yours.").wait_for()
    yield "s-alerts-acknowledged", page
    card.get_by_label("Reached the patient").check()
    card.get_by_label("Note").fill("She is with her sister, and comes in this afternoon.")
    card.get_by_role("button", name="Save what was done").click()
    page.goto(f"/visits/{urgent}")
    page.get_by_role("button", name="Close the alert").wait_for()
    yield "s-alerts-visit", page
    page.get_by_role("button", name="Close the alert").click()
    page.get_by_text("The alert is closed.").wait_for()
    yield "s-alerts-visit-closed", page
    page.goto("/alerts")
    yield "s-alerts-closed", page


@page_of("visits.day", "visits.show", "clinic_admin.overview")
def a_clinic_that_has_not_said_who_is_responsible(rooms: Rooms) -> Shown:
    house = rooms.unready_house
    visit, _ = house.new_form(name="Una Unready")
    page = rooms.staff_page(at=house)
    page.goto("/visits")
    yield "s-day-not-ready", page
    page.goto(f"/visits/{visit}")
    yield "s-waiting-not-ready", page
    admin = rooms.staff_page(Role.ADMINISTRATOR, at=house)
    admin.goto("/admin/clinic")
    yield "s-clinic-not-ready", admin


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_axe_finds_nothing_on(
    case: Case, house: House, unready_house: House, patient_page: PatientPage, staff_page: StaffPage
) -> None:
    problems = problems_of(case, Rooms(house, unready_house, patient_page, staff_page))

    assert problems == [], said(problems)


def test_every_view_that_shows_a_page_is_looked_at(house: House) -> None:
    files = (desk_cases, instrument_cases, trend_cases, visit_cases, test_every_patient_page)
    cases = [*CASES, *(case for file in files for case in file.CASES)]
    shown = {view for case in cases for view in case.views}
    views = {rule.endpoint for rule in house.app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    assert views - shown - NO_PAGES == set()


def test_what_axe_should_find_is_found(patient_page: PatientPage) -> None:
    page = patient_page()
    page.goto("/help")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<p id=pale>pale</p><p id=wide>wide</p><img>')"
    )
    page.evaluate("document.querySelector('img').src = document.querySelector('link[rel=icon]').href")
    page.evaluate("document.querySelector('#pale').style.color = 'rgb(128, 128, 128)'")
    page.evaluate("document.querySelector('#wide').style.width = '2000px'")

    problems = said(examine(page, "made worse"))

    for one in ("color-contrast", "image-alt", "the screen 360", "360 light", "1280 dark"):
        assert one in problems


def search(page: Page, text: str) -> None:
    page.get_by_role("searchbox").fill(text)
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**/visits/search")
