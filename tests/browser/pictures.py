"""`make pictures`: take every picture of the guides anew from the program as it is, so that they stay true."""

import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Page, sync_playwright

from clinic.config import Settings
from clinic.core.answers import Followed
from clinic.core.path import Draft
from clinic.core.scope import Role
from clinic.db import migrate
from clinic.db.models import Visit
from clinic.services.drafts import to_document
from tests import factories
from tests.browser.conftest import FLAGS, browser_path, sign_in
from tests.browser.house import House, open_house
from tests.browser.walking import walk
from tests.conftest import make_app
from tests.trend_objects import months, store
from tests.web.staff.people import calm, given, usual

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def main() -> None:
    """Take the pictures whose names are given, or all of them."""
    wanted = set(sys.argv[1:]) or set(PICTURES)
    unknown = wanted - set(PICTURES)
    if unknown:
        raise SystemExit(f"There is no picture {', '.join(sorted(unknown))}; there are: {', '.join(PICTURES)}.")
    with _house() as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        stage = Stage(house, browser)
        for name in PICTURES:
            if name in wanted:
                (IMAGES / f"{name}.png").write_bytes(PICTURES[name](stage))
                sys.stdout.write(f"docs/images/{name}.png\n")
        browser.close()


class Stage:
    """A clinic with two people in it: one whose form is sent after an earlier visit, and one with an open alert."""

    def __init__(self, house: House, browser: Browser) -> None:
        self.house, self.browser = house, browser
        before = house.visit(hours=-24 * 42, given=calm(), filled_hours_ago=24 * 42, name="Maria Keller")
        self.patient = house.patient_of(before)
        with house.writing() as session:
            visit = session.get_one(Visit, before)
            made = [
                factories.make_agreement(session, visit, what=what, who=who).id
                for what, who in (("Take the tablet in the evening", "patient"), ("Send the group’s number", "clinic"))
            ]
        said = {str(made[0]): Followed("yes", 1), str(made[1]): Followed("no")}
        draft = Draft(given=replace(usual(), followed=said), agreed=tuple(made))
        form = {"document": to_document(draft)}
        self.visit = house.visit(given=usual(), patient=self.patient, hours=0.5, form=form)
        house.change("alert_inbox_email", "safety@harbour.example")
        alarming = given(answers={"EMO": 3, "RCV": 0}, safety_checkin="yes_past", respondent="self")
        alert = {"level": "S2", "state": "open", "triggers": {"signals": ["raw:RCV"], "checkin": "yes_past"}}
        self.urgent = house.visit(given=alarming, name="Jonas Lind", hours=2, filled_hours_ago=1, alert=alert)

    def phone(self) -> Page:
        return self.browser.new_page(viewport=PHONE, base_url=self.house.url, device_scale_factor=2)

    def desk(self, role: Role = Role.CLINICIAN) -> Page:
        page = self.browser.new_page(viewport=DESK, base_url=self.house.url)
        sign_in(page, self.house, role)
        return page


def question(stage: Stage) -> bytes:
    """Show a page of the form on a phone."""
    _, url = stage.house.new_form(name="Somebody")
    page = stage.phone()
    page.goto(url)
    walk(page, given(answers={}, respondent="self"), until="/form/p1")
    page.get_by_label("Somewhat").first.check()
    return page.screenshot()


def agreed(stage: Stage) -> bytes:
    """Show the first questions of the next form: what came of the last agreement."""
    with stage.house.writing() as session:
        before = session.get_one(Visit, stage.visit)
        factories.make_agreement(session, before, what="Take the tablet with breakfast, and note when it is missed")
    visit = stage.house.visit(hours=24 * 30, patient=stage.patient)
    page = stage.phone()
    page.goto(stage.house.url + stage.house.link(visit).path)
    walk(page, given(answers={}, respondent="self"), until="/form/agreed")
    return page.screenshot()


def visit(stage: Stage) -> bytes:
    """Show the top of the page of a visit."""
    page = stage.desk()
    page.goto(f"/visits/{stage.visit}")
    return page.screenshot()


def flag(stage: Stage) -> bytes:
    """Show one gap with the three taps that close it."""
    page = stage.desk()
    page.goto(f"/visits/{stage.visit}")
    gap = page.get_by_role("region", name="Adherence")
    gap.locator(".bc-pick label").first.click()
    return gap.screenshot()


def one_page(stage: Stage) -> bytes:
    """Show the one page as it comes out of the printer."""
    return _printed(stage, f"/visits/{stage.visit}/summary.pdf")


def copy(stage: Stage) -> bytes:
    """Show the patient's copy as it comes out of the printer, after two things were agreed."""
    with stage.house.writing() as session:
        visit = session.get_one(Visit, stage.visit)
        factories.make_agreement(session, visit, what="Ask about the bus and the forms for it", who="clinic")
    return _printed(stage, f"/visits/{stage.visit}/copy.pdf")


def alerts(stage: Stage) -> bytes:
    """Show the inbox with an open alert."""
    page = stage.desk()
    page.goto("/alerts")
    return page.screenshot()


def trends(stage: Stage) -> bytes:
    """Show the top of the trends: a year of four gaps, one of which grew, and a month that is hidden."""
    stigma = [(24 + one, 86 + one % 5) for one in (0, 3, 1, 2, 0, 4, 3, 2, 5, 4, 6, 21)]
    support = [None if i == 4 else (16 + i % 4, 84 + i % 6) for i in range(12)]
    with stage.house.writing() as session:
        store(session, stage.house.clinic_id, months(12, date(2026, 2, 1)), stigma=stigma, support=support)
    page = stage.desk(Role.MANAGER)
    page.set_viewport_size({"width": DESK["width"], "height": 1080})
    return page.screenshot()


PICTURES = {
    "question": question,
    "visit": visit,
    "one-page": one_page,
    "flag": flag,
    "agreed": agreed,
    "copy": copy,
    "alerts": alerts,
    "trends": trends,
}


def _printed(stage: Stage, address: str) -> bytes:
    page = stage.desk()
    document = pypdfium2.PdfDocument(page.request.get(address).body())
    picture = document[0].render(scale=1.6).to_pil()
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        picture.save(file.name, optimize=True)
        taken = Path(file.name).read_bytes()
    document.close()
    return taken


@contextmanager
def _house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        keys, root = (Fernet.generate_key().decode(),), secrets.token_bytes(32)
        settings = Settings(
            Path(folder), f"sqlite:///{Path(folder) / 'clinic.sqlite3'}", fernet_keys=keys, root_secret=root
        )
        migrate.upgrade(make_app(settings))
        with open_house(settings) as house:
            yield house


if __name__ == "__main__":
    main()
