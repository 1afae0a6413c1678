"""Every page that a patient can meet, looked at by axe-core in light and dark, on a phone and at a desk."""

from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import Browser

from clinic.db.models import FormLink, Visit
from clinic.services import assessments, links
from tests.browser.cases import Case, Rooms, Shown, problems_of, shows
from tests.browser.conftest import PatientPage, StaffPage
from tests.browser.house import NOW, House
from tests.browser.walking import fill_page, pages, path_of, plan_of, walk
from tests.browser.watch import said
from tests.factories import make_agreement
from tests.web.staff.conftest import fill
from tests.web.staff.people import given, usual, with_signal, worst

CASES: list[Case] = []
page_of = partial(shows, CASES)
NOTHING = given(answers={}, respondent="self")


@page_of("patient.page", "patient.done", "patient.mine")
def every_step_of_a_long_form(rooms: Rooms) -> Shown:
    _, url = rooms.house.new_form(name="Long Form")
    page = rooms.patient_page()
    page.goto(url)
    lists = 0
    for here in pages(page, usual()):
        # The lists differ in their words alone.
        lists += "+" in here and "wish" not in here
        if here != "/form/support" and not ("+" in here and "wish" not in here and lists > 1):
            yield f"p-{here.rpartition('/')[2].partition('.')[0]}", page
    page.goto("/form/mine")
    yield "p-mine", page


@page_of("patient.page")
def what_was_agreed_last_time(rooms: Rooms) -> Shown:
    house = rooms.house
    before = house.visit(hours=-24 * 30, name="Agreed Before")
    with house.writing() as session:
        visit = session.get_one(Visit, before)
        make_agreement(session, visit, due_on=NOW.date())
        make_agreement(session, visit, what="Ask the social worker about the bus, and call back " * 3, who="clinic")
    _, url = house.new_form(patient=house.patient_of(before))
    page = rooms.patient_page()
    page.goto(url)
    walk(page, usual(), until="/form/agreed")
    yield "p-agreed", page
    page.get_by_label("Partly").first.check()
    page.get_by_label("A little").first.check()
    page.get_by_role("button", name="Save and go on").click()
    page.goto("/form/agreed")
    yield "p-agreed-answered", page


@page_of("patient.page", "patient.support")
def the_steps_of_someone_else_in_spanish(rooms: Rooms) -> Shown:
    _, url = rooms.house.new_form(name="Otra Persona", language="es")
    page = rooms.patient_page(lang="es")
    page.goto(url)
    for here in pages(page, worst("proxy"), until="/form/check"):
        if here in ("/form/start", "/form/p5", "/form/safe", "/form/support", "/form/pri", "/form/check"):
            yield f"p-es-{here.rpartition('/')[2]}", page


@page_of("patient.support")
def the_help_after_each_signal(rooms: Rooms) -> Shown:
    for level, checkin in (("s1", "no"), ("s2", "yes_past"), ("s3", "yes_now")):
        _, url = rooms.house.new_form()
        page = rooms.patient_page()
        page.goto(url)
        answers = given(answers={"EMO": 3, "RCV": 0}, safety_checkin=checkin, respondent="self")
        walk(page, answers, until="/form/support")
        yield f"p-{level}", page


@page_of("patient.page")
def pages_that_were_refused_or_changed_elsewhere(rooms: Rooms) -> Shown:
    _, url = rooms.house.new_form()
    page = rooms.patient_page()
    page.goto(url)
    walk(page, NOTHING, until="/form/p1")
    fill_page(page, plan_of(given(answers={"EMO": 3, "SLF": 1})))
    other = page.context.new_page()
    other.goto(f"{rooms.house.url}/form/p1")
    fill_page(other, plan_of(given(answers={"EMO": 0, "DLY": 2})))
    for one in (other, page):
        with one.expect_navigation():
            one.get_by_role("button", name="Save and go on").click()
    # A page behind another one is drawn far more slowly.
    other.close()
    yield "p-409", page

    page.goto("/form/p1")
    walk(page, usual(), until="/form/pri")
    fill_page(page, {"PRI": ["ACC", "ADH", "MED", "ALT"]})
    with page.expect_navigation():
        page.get_by_role("button", name="Save and go on").click()
    yield "p-422-priorities", page

    page.goto("/form/cop")
    page.evaluate("document.querySelectorAll('[maxlength]').forEach(one => one.removeAttribute('maxlength'))")
    fill_page(page, {"COP": ["self_care", "something_else", "none_of_these"], "COP-text": ["far too long " * 20]})
    with page.expect_navigation():
        page.get_by_role("button", name="Save and go on").click()
    yield "p-422-list", page


@page_of("patient.page", "patient.stopped", "patient.left")
def the_open_help_and_the_ways_out(rooms: Rooms) -> Shown:
    _, url = rooms.house.new_form()
    page = rooms.patient_page()
    page.goto(url)
    page.get_by_text("Get help now", exact=True).click()
    yield "p-help-open", page
    walk(page, NOTHING, until="/form/p1")
    page.get_by_role("button", name="Save and stop").click()
    page.wait_for_url("**/form/stopped")
    yield "p-stopped", page
    page.get_by_role("button", name="Leave this page").click()
    page.wait_for_url("**/left")
    yield "p-left", page


@page_of("patient.get_help", "patient.start", "patient.open_link", "patient.resume", "")
def pages_without_a_form(rooms: Rooms) -> Shown:
    page = rooms.patient_page()
    page.goto("/help")
    yield "p-help", page
    page.goto("/start")
    yield "p-code", page
    page.get_by_role("textbox").fill("WRONG123")
    with page.expect_navigation():
        page.locator("main form button").click()
    yield "p-code-wrong", page
    page.goto("/q/unknown")
    yield "p-unknown-link", page
    page.goto("/form")
    yield "p-401", page
    page.goto("/form-that-is-none")
    yield "p-404", page


@page_of("patient.open_link", "patient.resume", "patient.page")
def forms_that_do_not_open_or_go_on(rooms: Rooms) -> Shown:
    house = rooms.house
    visit, url = house.new_form()
    with house.writing() as session:
        session.query(FormLink).filter_by(visit_id=visit).update({"expires_at": NOW - timedelta(days=2)})
    page = rooms.patient_page()
    page.goto(url)
    yield "p-expired", page

    visit, url = house.new_form()
    page.goto(url)
    with house.writing() as session:
        links.revoke(session, house.clinic_id, visit, now=NOW)
    with page.expect_navigation():
        page.locator("main button[name=go]").last.click()
    yield "p-revoked", page

    visit = house.visit(given=usual(), state="draft", hours=-1)
    page.goto(house.url + house.link(visit).path)
    with house.writing() as session:
        assessments.close_partial(session, house.clinic_id, house.form_id(visit), by=None, now=NOW)
    page.goto("/form")
    yield "p-closed", page

    visit, url = house.new_form()
    with house.writing() as session:
        fill(session, session.get_one(Visit, visit), with_signal(), NOW)
    page.goto(url)
    yield "p-already-sent", page


@page_of("patient.resume", "patient.get_help", "patient.open_link")
def a_clinic_that_is_not_ready_and_one_that_is_asked_too_often(rooms: Rooms) -> Shown:
    house = rooms.unready_house
    _, url = house.new_form()
    page = rooms.patient_page(at=house)
    page.goto(url)
    yield "p-not-ready", page
    page.goto("/help")
    yield "p-help-not-ready", page
    for _ in range(25):
        page.request.get("/q/unknown")
    page.goto("/q/unknown")
    assert "wait" in page.locator("h1").inner_text()
    yield "p-429", page


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_axe_finds_nothing_on(
    case: Case, house: House, unready_house: House, patient_page: PatientPage, staff_page: StaffPage
) -> None:
    problems = problems_of(case, Rooms(house, unready_house, patient_page, staff_page))

    assert problems == [], said(problems)


def test_words_stay_visible_in_forced_colours(house: House, browser: Browser) -> None:
    """A chosen answer, the help and the bar of pages are told apart by more than colours that the reader replaces."""
    _, url = house.new_form()
    with browser.new_context(forced_colors="active", viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        page.goto(url)
        walk(page, NOTHING, until="/form/p1")
        row = page.locator("label[for='EMO-3']").locator("..")
        plain = row.screenshot()
        page.locator("label[for='EMO-3']").click(force=True)
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        assert path_of(page) == "/form/p1"
        assert row.screenshot() != plain
