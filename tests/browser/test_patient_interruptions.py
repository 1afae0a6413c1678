"""What patients meet on the way in a real browser: danger, help, other languages, devices and windows."""

import re

import pytest
from playwright.sync_api import Page, expect

from clinic.db.models import Alert
from clinic.db.session import db
from tests.browser.conftest import PatientPage
from tests.browser.house import House
from tests.browser.walking import fill_page, path_of, plan_of, walk
from tests.web.staff.people import given, usual

# "Not at all" to hope for getting better is a signal; the check-in then asks directly.
DANGER = given(answers={"EMO": 3, "RCV": 0}, safety_checkin="yes_now", respondent="self")
SCRIPT = pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without JavaScript"])


def chosen(page: Page) -> list[str]:
    """Return the ids of everything that is ticked on the page."""
    found: list[str] = page.evaluate("[...document.querySelectorAll('main input:checked')].map(one => one.id)")
    return found


def choose_on_first_page(page: Page, url: str) -> list[str]:
    """Go to the first page of questions and answer two of them; return what is ticked then."""
    page.goto(url)
    walk(page, given(answers={}, respondent="self"), until="/form/p1")
    fill_page(page, plan_of(given(answers={"EMO": 3, "SLF": 1})))
    ticked = chosen(page)
    assert len(ticked) == 2
    return ticked


@SCRIPT
def test_thoughts_of_ending_life_bring_numbers_to_tap_before_anything_else(
    house: House, patient_page: PatientPage, js: bool
) -> None:
    visit, url = house.new_form(name="In Danger")
    page = patient_page(js=js)
    page.goto(url)
    seen = walk(page, DANGER, until="/form/support")

    # The check-in stands directly after the page that holds the signal, and the help directly after its answer.
    assert seen[-3:] == ["/form/p5", "/form/safe", "/form/support"]
    expect(page.locator("main a[href='tel:988']").first).to_be_visible()
    expect(page.locator("main a[href='tel:911']").first).to_be_visible()
    expect(page.locator("main a[href^='sms:']").first).to_be_visible()
    with house.app.app_context():
        alerts = db.session.query(Alert).filter_by(patient_id=house.patient_of(visit)).all()
        assert [(one.level, one.state) for one in alerts] == [("S3", "open")]
    page.get_by_role("button", name="Go on with the form").click()
    page.wait_for_url(re.compile("/form/(?!support)"))
    assert house.answers_of(visit).checkin == "yes_now"


@SCRIPT
def test_help_opens_in_place_and_loses_no_answer(house: House, patient_page: PatientPage, js: bool) -> None:
    _, url = house.new_form()
    page = patient_page(js=js)
    ticked = choose_on_first_page(page, url)

    panel = page.locator(".bc-help__panel")
    expect(panel).to_be_hidden()
    page.get_by_text("Get help now", exact=True).click()
    expect(panel.locator("a[href='tel:988']")).to_be_visible()
    expect(panel.locator("a[href='tel:911']")).to_be_visible()
    assert path_of(page) == "/form/p1"
    page.get_by_text("Get help now", exact=True).click()

    expect(panel).to_be_hidden()
    assert chosen(page) == ticked


@SCRIPT
def test_changing_the_language_keeps_what_was_just_chosen(house: House, patient_page: PatientPage, js: bool) -> None:
    _, url = house.new_form()
    page = patient_page(js=js)
    ticked = choose_on_first_page(page, url)

    page.get_by_role("button", name="Español").click()

    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert path_of(page) == "/form/p1"
    assert chosen(page) == ticked


def test_back_reload_and_the_back_button_of_the_page_lose_nothing(house: House, patient_page: PatientPage) -> None:
    visit, url = house.new_form()
    page = patient_page()
    ticked = choose_on_first_page(page, url)
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/form/p2")

    page.go_back()
    assert path_of(page) == "/form/p1"
    assert chosen(page) == ticked
    page.reload()
    assert chosen(page) == ticked
    page.go_forward()
    assert path_of(page) == "/form/p2"
    page.get_by_role("button", name="Go back").click()
    page.wait_for_url("**/form/p1")
    assert chosen(page) == ticked
    assert {item: raw for item, raw in house.answers_of(visit).answers.items() if raw is not None} == {
        "EMO": 3,
        "SLF": 1,
    }


def test_a_form_begun_on_a_phone_is_finished_on_another_device(house: House, patient_page: PatientPage) -> None:
    visit, url = house.new_form()
    phone = patient_page()
    phone.goto(url)
    walk(phone, usual(), until="/form/p3")
    fill_page(phone, plan_of(usual()))
    phone.get_by_role("button", name="Save and stop").click()
    phone.wait_for_url("**/form/stopped")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Saved for later")

    computer = patient_page(width=1280, height=800)
    computer.goto(url)
    assert path_of(computer) == "/form/p3"
    assert len(chosen(computer)) == 4
    walk(computer, usual())

    assert house.answers_of(visit) == usual()
    phone.get_by_role("link", name="Go on with the form").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("sent")


@SCRIPT
def test_two_windows_that_answer_differently_show_both_and_ask(
    house: House, patient_page: PatientPage, js: bool
) -> None:
    visit, url = house.new_form()
    first = patient_page(js=js)
    choose_on_first_page(first, url)
    second = first.context.new_page()
    second.goto(f"{house.url}/form/p1")
    fill_page(second, plan_of(given(answers={"EMO": 0, "DLY": 2})))
    second.get_by_role("button", name="Save and go on").click()
    second.wait_for_url("**/form/p2")

    with first.expect_navigation() as answered:
        first.get_by_role("button", name="Save and go on").click()

    assert answered.value is not None
    assert answered.value.status == 409
    words = first.locator("main").inner_text()
    assert "Quite a bit" in words
    assert "Not at all" in words
    first.get_by_role("button", name="Keep what I just chose").click()
    first.wait_for_url("**/form/p2")
    stored = {item: raw for item, raw in house.answers_of(visit).answers.items() if raw is not None}
    assert stored == {"EMO": 3, "SLF": 1}


def test_too_many_picks_are_told_at_the_place_and_keep_what_was_chosen(house: House, patient_page: PatientPage) -> None:
    _, url = house.new_form()
    page = patient_page()
    page.goto(url)
    walk(page, usual(), until="/form/pri")
    fill_page(page, {"PRI": ["ACC", "ADH", "MED", "ALT"]})
    with page.expect_navigation():
        page.get_by_role("button", name="Save and go on").click()

    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    assert len(chosen(page)) == 4
    summary.get_by_role("link").click()
    expect(page.locator("input[name=PRI]").first).to_be_focused()


def test_a_change_from_the_last_page_comes_back_to_it(house: House, patient_page: PatientPage) -> None:
    visit, url = house.new_form()
    page = patient_page(js=False)
    page.goto(url)
    walk(page, usual(), until="/form/check")

    page.get_by_role("button", name="Change In your own words").click()
    page.wait_for_url("**/form/txt")
    page.get_by_role("textbox").fill("Please ask about sleep.")
    page.get_by_role("button", name="Save and go on").click()

    page.wait_for_url("**/form/check")
    expect(page.locator("main")).to_contain_text("Please ask about sleep.")
    assert house.answers_of(visit).texts["TXT"] == "Please ask about sleep."


def test_leaving_ends_the_session_so_that_nobody_after_sees_anything(house: House, patient_page: PatientPage) -> None:
    _, url = house.new_form()
    page = patient_page(js=False)
    choose_on_first_page(page, url)

    page.get_by_role("button", name="Leave this page").click()
    page.wait_for_url("**/left")
    page.go_back()

    assert chosen(page) == []
    expect(page.get_by_role("heading", level=1)).to_have_text("Please open your form again")


def test_own_words_are_counted_down_and_kept_over_a_lost_connection(house: House, patient_page: PatientPage) -> None:
    visit, url = house.new_form()
    page = patient_page()
    page.goto(url)
    walk(page, usual(), until="/form/txt")
    box = page.get_by_role("textbox")
    box.fill("x" * 990)
    expect(page.get_by_text("10 characters left").first).to_be_visible()

    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/form/check")
    page.go_back()

    expect(box).to_have_value("x" * 990)
    assert house.answers_of(visit).texts["TXT"] == "x" * 990


def test_some_minutes_before_the_session_ends_a_notice_asks_to_save(house: House, patient_page: PatientPage) -> None:
    _visit, url = house.new_form()
    page = patient_page()
    page.clock.install()
    choose_on_first_page(page, url)
    notice = page.locator(".bc-soon")
    page.clock.fast_forward("54:00")
    expect(notice).to_be_empty()
    page.clock.fast_forward("02:00")

    expect(notice).to_have_attribute("role", "status")
    expect(notice).to_have_text("This page closes in a few minutes. Press “Save and go on” to keep what you chose.")
