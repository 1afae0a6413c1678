"""Whole forms in a real browser on a phone's screen: with and without JavaScript, by keyboard, in Spanish."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from clinic.core.answers import AnswerSet
from tests.browser.conftest import PatientPage
from tests.browser.house import House
from tests.browser.walking import Finger, Keys, path_of, walk
from tests.browser.watch import overflow, said
from tests.web.staff.people import given, usual

CALM = dict.fromkeys(("EMO", "SLF", "DLY", "PRG", "ACC1", "ACC2", "ALT", "STG1", "STG2", "UND", "EXT"), 1)
SHORT = given(
    answers={
        **CALM,
        "MED": "NA",
        "ADH1": 3,
        "ADH2": 3,
        "ADH3": "PNA",
        "COP": 3,
        "QOC": 3,
        "REL": 4,
        "SUP1": 3,
        "RCV": 2,
    },
    ticks=["ADH.motivation_issues", "ADH.something_else", "COP.self_care"],
    picks=["ADH", "MED", "OTHER"],
    respondent="self",
    help_wanted={"ADHERENCE": "now"},
    text={"ADH": "the bus is late", "OTHER": "sleep", "TXT": "Mornings are hard.\nPlease ask me about sleep."},
)


@pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_patient_fills_the_whole_form_on_a_small_phone(house: House, patient_page: PatientPage, js: bool) -> None:
    visit, url = house.new_form(name="Walker One")
    page = patient_page(js=js, has_touch=True, is_mobile=True)
    page.goto(url)
    assert "/q/" not in page.url

    seen = walk(page, usual())

    assert house.state_of(visit) == "submitted"
    assert house.answers_of(visit) == usual()
    assert len(seen) == len(set(seen)) or seen.count("/form/support") > 1
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    page.get_by_role("link", name="See and print my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My answers")
    words = page.locator("main").inner_text()
    assert "I would like to try the talk therapy you mentioned." in words
    assert not re.search(r"\d+ of 100|gap|higher = harder", words, re.IGNORECASE)


def test_a_patient_fills_the_whole_form_with_the_keyboard_alone(house: House, patient_page: PatientPage) -> None:
    visit, url = house.new_form(name="Key Walker")
    page = patient_page()
    page.goto(url)
    keys = Keys()

    walk(page, SHORT, keys)

    assert house.answers_of(visit) == SHORT
    assert house.state_of(visit) == "submitted"
    assert keys.stops > 60
    assert keys.problems == [], said(keys.problems)


def test_a_patient_fills_the_whole_form_in_spanish(house: House, patient_page: PatientPage) -> None:
    visit, url = house.new_form(name="Lucía Ñandú", language="es")
    page = patient_page(js=False, lang="es")
    page.goto(url)
    english: list[str] = []

    def read(page: Page) -> None:
        assert page.locator("html").get_attribute("lang") == "es"
        # The button that leads back to English and the clinic's name are the only English on a page.
        words = re.sub("English|Harbour Clinic", "", page.locator("body").inner_text())
        found = re.findall(r"\b(?:the|you|your|and|answers?|page|save|clinic|help)\b", words, re.IGNORECASE)
        english.extend(f"{path_of(page)}: {word}" for word in found)
        english.extend(
            f"{path_of(page)}: title {page.title()}" for _ in re.findall(r"\b(?:page|your|you)\b", page.title())
        )

    answers = saying(usual(), "Las mañanas son lo peor. ¿Podemos hablar del sueño?")
    walk(page, answers, on_page=read)

    assert house.answers_of(visit) == answers
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gracias")
    assert english == [], said(english)


@pytest.mark.parametrize("width", [320, 360])
def test_no_page_of_the_form_scrolls_sideways(house: House, patient_page: PatientPage, width: int) -> None:
    """At 320 px as it is, and at 360 px with text twice as large, in the language with the longer words."""
    _, url = house.new_form(name="Narrow Walker", language="es")
    page = patient_page(js=False, lang="es", width=width)
    wide: list[str] = []

    def measure(page: Page) -> None:
        if width > 320:
            page.evaluate("document.documentElement.style.fontSize = '200%'")
        for summary in page.locator("summary").all():
            if summary.is_visible():
                summary.click()
                wide.extend(f"{path_of(page)} opened: {one}" for one in overflow(page))
                summary.click()
        wide.extend(f"{path_of(page)}: {one}" for one in overflow(page))
        if width > 320:
            page.evaluate("document.documentElement.style.fontSize = ''")

    page.goto(url)
    # No line is long enough for such a word.
    walk(page, saying(usual(), "https://example.org/" + "very-long-words-" * 12), on_page=measure)
    page.goto("/form/mine")
    measure(page)
    for path in ("/help", "/start", "/q/unknown"):
        page.goto(path)
        measure(page)

    assert wide == [], said(wide)


def saying(answers: AnswerSet, words: str) -> AnswerSet:
    """Return the answers with other words of the patient's own."""
    return replace(answers, texts={**answers.texts, "TXT": words})


def test_choosing_by_finger_needs_no_precision(house: House, patient_page: PatientPage) -> None:
    """Every choice is at least 44 px high and 120 px wide, and every button 44 px high."""
    _, url = house.new_form()
    page = patient_page(width=320)
    small: list[str] = []

    def measure(page: Page) -> None:
        for label in page.locator("fieldset label:visible").all():
            box = label.bounding_box()
            if box is not None and (box["height"] < 43.5 or box["width"] < 120):
                small.append(f"{path_of(page)}: {label.inner_text()} {box}")
        for button in page.locator("main .nhsuk-button:visible, .bc-call:visible, .bc-help__button").all():
            box = button.bounding_box()
            if box is not None and box["height"] < 43.5:
                small.append(f"{path_of(page)}: {button.inner_text()} {box}")

    page.goto(url)
    walk(page, SHORT, Finger(), on_page=measure)

    assert small == [], said(small)
