"""The whole loop over two visits: invited by e-mail, danger answered by two people, flags closed, asked again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from clinic.cli.rounds import Worker
from clinic.core.scope import Role
from clinic.db import origin
from clinic.db.models import Visit
from clinic.db.session import db
from clinic.mail.channel import open_channel
from clinic.services.accounts import add_user
from tests.browser.conftest import PatientPage, StaffPage
from tests.browser.house import NOW, PASSWORD, House
from tests.browser.walking import path_of, walk
from tests.sink import Sink
from tests.web.staff.people import INSTRUMENT, USUAL_ANSWERS, given

SECOND = "second.clinician@harbour.example"
INBOX = "safety@harbour.example"
PATIENT = "pat@home.example"
DANGER = given(answers={**USUAL_ANSWERS, "RCV": 0}, safety_checkin="yes_past", respondent="self")
NEXT_VISIT = datetime(2026, 4, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink.open()
    yield sink
    sink.shut()


@pytest.fixture
def post(house: House, sink: Sink) -> Worker:
    """Return the worker of the clinic, whose messages reach the sink."""

    @contextmanager
    def sessions() -> Iterator[Session]:
        with house.app.app_context():
            yield db.session

    with house.app.app_context():
        origin.install(db.engine, house.url)
    house.change("alert_inbox_email", INBOX)
    with house.writing() as session:
        add_user(
            session,
            clinic_id=house.clinic_id,
            email=SECOND,
            display_name="Dr. Ben Okoro",
            roles=[Role.CLINICIAN],
            password=PASSWORD,
            now=house.clock(),
        )
    return Worker("loop", sessions, lambda: open_channel(sink.mail()), house.clock)


def test_the_loop_closes_over_two_visits(
    house: House, post: Worker, sink: Sink, staff_page: StaffPage, patient_page: PatientPage, contexts: StaffPage
) -> None:
    desk, doctor = staff_page(Role.FRONT_DESK), staff_page()
    make_visit(desk)
    link = invited(post, sink)

    phone = patient_page()
    phone.goto(link)
    help_seen = []
    walk(phone, DANGER, on_page=lambda page: help_seen.append(path_of(page)))
    assert help_seen.index("/form/support") < help_seen.index("/form/check")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Thank you")

    told(post, sink)
    acknowledged(doctor)
    second = contexts(width=1280, height=800)
    closed(second)

    first = visits(house)[0]
    agreed = three_taps(doctor, first)
    patient_copy(doctor, first, agreed)

    house.clock.moment = NEXT_VISIT - timedelta(days=1)
    later = again(house, first)
    doctor = contexts(width=1280, height=800)
    phone = patient_page()
    phone.goto(house.url + house.link(later).path)
    answered(phone, agreed)
    sign_in_as(doctor, house.emails[Role.CLINICIAN])
    doctor.goto(f"/visits/{later}")
    opening = doctor.get_by_role("region", name="What matters most to the patient")
    expect(opening).to_contain_text("Agreed last time, 10 Mar 2026")
    expect(opening).to_contain_text(f"Partly done, helped quite a bit: {agreed}")
    house.clock.moment = NOW


def make_visit(desk: Page) -> None:
    """Make a visit for a new patient who has an e-mail address, as the front desk does."""
    desk.goto("/visits/new")
    desk.get_by_role("link", name="Add a patient").click()
    desk.get_by_label("Record number").fill("MRN-LOOP-1")
    desk.get_by_label("Name", exact=True).fill("Lou Looper")
    desk.get_by_label("Date of birth").fill("1984-02-29")
    desk.locator("[name=email]").fill(PATIENT)
    desk.get_by_label("Day").fill("2026-03-10")
    desk.get_by_label("Time").fill("13:30")
    desk.get_by_label("Clinician").select_option(label="Dr. Ana Ruiz")
    expect(desk.locator("[name=invites]")).to_be_checked()
    desk.get_by_role("button", name="Make the visit").click()
    expect(desk.get_by_text("Lou Looper").first).to_be_visible()


def invited(post: Worker, sink: Sink) -> str:
    """Return the link out of the invitation that the patient gets; it names nobody and nothing else."""
    post.send()
    (letter,) = [one for one in sink.letters if one["To"] == PATIENT]
    words = letter.get_content()
    assert "Lou" not in words + letter["Subject"]
    assert not re.search("depress|mental|psych|barrier|symptom", words + letter["Subject"], re.IGNORECASE)
    found = re.search(r"http://\S+/q/\S+", words)
    assert found is not None
    return found[0]


def told(post: Worker, sink: Sink) -> None:
    """See that the inbox is told that an alert waits, and nothing about anyone."""
    post.send()
    (letter,) = [one for one in sink.letters if one["To"] == INBOX]
    assert letter["Subject"] == "A safety alert is waiting"
    assert not re.search("Lou|MRN|suicid|S2", letter.get_content())
    assert "/alerts" in letter.get_content()


def acknowledged(doctor: Page) -> None:
    """Acknowledge the alert, as the first of two."""
    doctor.goto("/alerts")
    alert = doctor.get_by_role("article").filter(has_text="Lou Looper")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_contain_text("Acknowledged: Dr. Ana Ruiz")


def closed(second: Page) -> None:
    """Record what was done about the alert and close it, as somebody else."""
    sign_in_as(second, SECOND)
    second.goto("/alerts")
    alert = second.get_by_role("article").filter(has_text="Lou Looper")
    alert.get_by_label("reached", exact=False).first.check()
    alert.get_by_role("button", name="Save what was done").click()
    alert.get_by_role("button", name="Close the alert").click()
    expect(alert).to_contain_text("Closed: Dr. Ben Okoro")


def three_taps(doctor: Page, visit_id: int) -> str:
    """Close the adherence flag in three taps; return what was agreed."""
    doctor.goto(f"/visits/{visit_id}")
    gap = doctor.get_by_role("region", name="Adherence")
    gap.locator(".bc-pick label").first.click()
    gap.get_by_text("Patient", exact=True).click(force=True)
    words = gap.locator(".bc-pick__words input:visible").input_value()
    gap.get_by_role("button", name="Save").click()
    expect(doctor.get_by_role("region", name="Adherence")).to_contain_text(words)
    return words


def patient_copy(doctor: Page, visit_id: int, agreed: str) -> None:
    """Print the patient's copy: what was agreed and the help, and no score."""
    doctor.goto(f"/visits/{visit_id}")
    answer = doctor.request.get(f"/visits/{visit_id}/copy.pdf")
    assert answer.ok
    document = pypdfium2.PdfDocument(answer.body())
    assert len(document) == 1
    words = " ".join(document[0].get_textpage().get_text_range().split())
    document.close()
    assert agreed in words
    assert "988" in words
    assert not re.search("of 100|Priority|depress", words)


def again(house: House, first: int) -> int:
    """Make the next visit of the same patient, a month later."""
    with house.app.app_context():
        patient = db.session.get_one(Visit, first).patient_id
    return house.visit(hours=24, patient=patient)


def answered(phone: Page, agreed: str) -> None:
    """Say what came of it before anything new is asked, and send the form."""
    walk(phone, given(answers={}, respondent="self"), until="/form/agreed")
    expect(phone.get_by_role("heading", level=2)).to_contain_text(agreed)
    phone.get_by_label("Partly").check()
    phone.get_by_label("Quite a bit").check()
    phone.get_by_role("button", name="Save and go on").click()
    walk(phone, given(answers=dict.fromkeys(INSTRUMENT.items, 2), respondent="self"))


def visits(house: House) -> list[int]:
    with house.app.app_context():
        return [one.id for one in db.session.query(Visit).order_by(Visit.id)]


def sign_in_as(page: Page, email: str) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/visits")
