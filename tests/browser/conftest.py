"""Fixtures of the browser tests: a served clinic, a real Chromium, and pages of patients and staff that are watched."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from clinic.core.scope import Role
from tests.browser.house import PASSWORD, House, instance, open_house
from tests.browser.watch import PHONE, Watch, said

PatientPage = Callable[..., Page]
StaffPage = Callable[..., Page]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


def browser_path() -> str:
    """Return the path of the Chromium to drive; a browser test is never skipped."""
    named = os.environ.get("CLINIC_TEST_BROWSER", "")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(
            f"There is no browser at CLINIC_TEST_BROWSER={named}: name an installed Chromium."
            if named
            else "The browser tests need Chromium: run them by `make test`, which finds or installs one, "
            "or set CLINIC_TEST_BROWSER to its path."
        )
    return found


# A browser and a server live as long as one file of tests, so that tests of other folders never meet their threads.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: tuple[tuple[str, ...], bytes]
) -> Iterator[House]:
    """Return a served clinic that may open forms."""
    with open_house(instance(tmp_path_factory.mktemp("house"), sqlite_template, keys)) as house:
        yield house


@pytest.fixture(scope="module")
def unready_house(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: tuple[tuple[str, ...], bytes]
) -> Iterator[House]:
    """Return a served clinic that has not said who is responsible."""
    folder = tmp_path_factory.mktemp("unready")
    with open_house(instance(folder, sqlite_template, keys), ready=False) as house:
        yield house


@pytest.fixture
def contexts(browser: Browser, house: House) -> Iterator[Callable[..., Page]]:
    """Give pages, each in a browser context of its own; what goes wrong on any of them fails the test."""
    opened: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_page(*, at: House = house, width: int = PHONE, height: int = 740, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=at.url, reduced_motion="reduce", **options
        )
        context.set_default_timeout(8_000)
        watches.append(Watch(at.url))
        opened.append(context)
        context.on("page", watches[-1].over)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()
    problems = [one for watch in watches for one in watch.problems]
    assert problems == [], said(problems)


@pytest.fixture
def patient_page(contexts: Callable[..., Page]) -> PatientPage:
    """Give pages on a patient's phone."""

    def open_page(*, js: bool = True, lang: str = "en", **options: Any) -> Page:
        return contexts(java_script_enabled=js, locale=f"{lang}-US", **options)

    return open_page


@pytest.fixture(scope="module")
def signed_in() -> dict[tuple[str, Role], Any]:
    """Return the cookies of those who have signed in, so that each does it once."""
    return {}


@pytest.fixture
def staff_page(contexts: Callable[..., Page], house: House, signed_in: dict[tuple[str, Role], Any]) -> StaffPage:
    """Give pages of a signed-in person at a desk."""

    def open_page(role: Role = Role.CLINICIAN, *, at: House = house, **options: Any) -> Page:
        known = signed_in.get((at.url, role))
        page = contexts(at=at, storage_state=known, **({"width": 1280, "height": 800} | options))
        if known is None:
            sign_in(page, at, role)
            signed_in[(at.url, role)] = page.context.storage_state()
        return page

    return open_page


def sign_in(page: Page, house: House, role: Role) -> None:
    """Sign in through the page, as a person does."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(house.emails[role])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    first = {Role.MANAGER: "**/trends", Role.ADMINISTRATOR: "**/admin/clinic"}
    page.wait_for_url(first.get(role, "**/visits"))
