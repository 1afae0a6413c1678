"""The patient's copy: what it says and to whom, on screen and paper, and links that never tell why they do not open."""

from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import update

from clinic.core.patient_copy import lines
from clinic.core.scope import Role
from clinic.db.models import Patient, Resource, Visit
from clinic.db.session import db
from clinic.services import clinic_settings, copies, resources
from clinic.services.resources import NewResource
from clinic.web import i18n, printing
from clinic.web.copy_words import copy_page
from tests import factories
from tests.reports.reading import folded
from tests.reports.reading import text_of as pdf_text
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.conftest import desk as desk
from tests.web.staff.people import worst

GROUP = NewResource(
    "Riverside group",
    "Meets on Tuesdays",
    ("support",),
    "+1 312 555 0111",
    "12 Harbour Street",
    "https://peers.example/meet",
)


@pytest.fixture
def visit(desk: Desk) -> int:
    """Return a visit with the worst answers there are, at which two things were agreed."""
    made = desk.make_visit(given=worst("self"), name="Ada Åsa O’Neil", alert={})
    agree(desk, made)
    return made


def agree(desk: Desk, visit_id: int) -> None:
    with desk.app.app_context():
        visit = db.session.get_one(Visit, visit_id)
        entry = resources.add(
            db.session, visit.clinic_id, GROUP, checked_on=desk.clock().date(), by=None, now=desk.clock()
        )
        factories.make_agreement(db.session, visit, what="Call the pharmacy", who="clinic", due_on=desk.clock().date())
        factories.make_agreement(db.session, visit, what="Riverside group", gap="support", resource_id=entry)
        factories.make_agreement(db.session, visit, kind="discussed", what=None, who=None, gap="stigma")
        db.session.commit()


def issued(desk: Desk, visit: int) -> copies.Link:
    with desk.app.app_context():
        link = copies.issue(db.session, desk.staff.clinic_id, visit, by=None, now=desk.clock())
        db.session.commit()
        return link


def patient(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def opened(app: Flask, link: copies.Link) -> PageClient:
    client = patient(app)
    answer = client.get(link.path)
    assert (answer.status_code, answer.location) == (303, "/copy")
    return client


def main_words(client: PageClient, path: str) -> str:
    return text_of(next(parsed(client.get(path)).iter(f"{XHTML}main")))


def test_the_copy_says_what_was_agreed_who_does_it_and_where_help_is(desk: Desk, app: Flask, visit: int) -> None:
    words = main_words(opened(app, issued(desk, visit)), "/copy")
    for said in (
        "What we agreed",
        "Visit with Alex Clinician, Thursday 4 December, 9:20 am, Riverside Clinic",
        "Call the pharmacy The clinic, by 4 December 2025",
        "Riverside group You, until the next visit",
        "Where to find help Riverside group Meets on Tuesdays +1 312 555 0111 12 Harbour Street peers.example/meet",
        "If you need help now Call 988",
        "In danger now: call 911",
    ):
        assert said in words


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_copy_says_nothing_of_scores_levels_or_answers(desk: Desk, app: Flask, visit: int, language: str) -> None:
    with app.app_context():
        db.session.execute(update(Patient).values(language=language))
        db.session.commit()
    client, staff = opened(app, issued(desk, visit)), desk.client(Role.CLINICIAN)
    # The band of open alerts stands above every page of the staff, and not on the copy.
    shown = [client.get("/copy").text, main_words(staff, f"/visits/{visit}/copy")]
    shown += [
        pdf_text(one.get(path).data) for one, path in ((client, "/copy.pdf"), (staff, f"/visits/{visit}/copy.pdf"))
    ]
    for one in (text.casefold() for text in shown):
        for word in ("depres", "priority", "prioritari", "of 100", "de 100", "urgent", "gap", "brecha", "stigma", "s3"):
            assert word not in one, word


def test_the_link_shows_no_name_and_the_paper_of_the_clinic_does(desk: Desk, app: Flask, visit: int) -> None:
    client = opened(app, issued(desk, visit))
    for path in ("/copy", "/copy.pdf"):
        answer = client.get(path)
        assert "O’Neil" not in (answer.text if path == "/copy" else pdf_text(answer.data))
    assert "Ada Åsa O’Neil" in pdf_text(desk.client(Role.CLINICIAN).get(f"/visits/{visit}/copy.pdf").data)


def test_the_copy_is_in_the_language_of_the_patient_whoever_looks_at_it(desk: Desk, app: Flask, visit: int) -> None:
    with app.app_context():
        db.session.execute(update(Patient).values(language="es"))
        db.session.commit()
    client = patient(app)
    client.get(issued(desk, visit).path, headers={"Accept-Language": "en"})
    page = client.get("/copy", headers={"Accept-Language": "en"})
    assert 'lang="es"' in page.text
    english = {"What we agreed", "until the next visit", "Where to find help", "If you need help now", "Save as a PDF"}
    staff = desk.client(Role.CLINICIAN)
    section = next(
        one
        for one in parsed(staff.get(f"/visits/{visit}/copy")).iter(f"{XHTML}section")
        if one.get("aria-labelledby") == "copy"
    )
    assert section.get("lang") == "es"
    for text in (page.text, text_of(section), pdf_text(staff.get(f"/visits/{visit}/copy.pdf").data)):
        assert "Lo que acordamos" in text
        assert [one for one in english if one in text] == []


def test_screen_and_paper_say_the_same_lines_in_order(desk: Desk, app: Flask, visit: int) -> None:
    with app.app_context(), app.test_request_context():
        settings = clinic_settings.read(db.session, desk.staff.clinic_id)
        i18n.use_time_zone(settings.zone.key)
        copy = copies.of_visit(db.session, desk.staff.clinic_id, visit)
        said = "".join(folded(one) for one in lines(copy_page(copy, settings, with_name=True)))
    client = desk.client(Role.CLINICIAN)
    assert folded(pdf_text(client.get(f"/visits/{visit}/copy.pdf").data)) == said
    page = parsed(client.get(f"/visits/{visit}/copy"))
    section = next(one for one in page.iter(f"{XHTML}section") if one.get("aria-labelledby") == "copy")
    assert folded(text_of(section)) == said


def test_the_file_is_the_same_for_the_same_moment_and_names_nothing(desk: Desk, app: Flask, visit: int) -> None:
    client = opened(app, issued(desk, visit))
    one, other = client.get("/copy.pdf"), client.get("/copy.pdf")
    assert one.data == other.data
    assert one.headers["Content-Disposition"] == 'attachment; filename="what-we-agreed.pdf"'
    with pypdfium2.PdfDocument(one.data) as document:
        assert len(document) == 1


def test_a_copy_of_a_visit_at_which_nothing_was_agreed_says_so_and_keeps_the_help(desk: Desk) -> None:
    words = main_words(desk.client(Role.CLINICIAN), f"/visits/{desk.make_visit()}/copy")
    assert "Nothing was written down." in words
    assert "Call 988" in words


def test_what_is_taken_back_leaves_the_copy_of_a_link_that_is_out(desk: Desk, app: Flask, visit: int) -> None:
    client = opened(app, issued(desk, visit))
    staff = desk.client(Role.CLINICIAN)
    staff.submit(f"/visits/{visit}/agreements/1/take-back", page="/account")
    assert "Call the pharmacy" not in client.get("/copy").text


def test_looking_ahead_opens_nothing(desk: Desk, app: Flask, visit: int) -> None:
    client = patient(app)
    answer = client.head(issued(desk, visit).path)
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)


def test_an_unknown_an_expired_and_an_ended_link_are_answered_alike(desk: Desk, app: Flask, visit: int) -> None:
    old, new = issued(desk, visit), None
    expired = issued(desk, desk.make_visit())
    new = issued(desk, visit)
    live = opened(app, new)
    desk.client(Role.CLINICIAN).submit(f"/visits/{visit}/copy/end", page=f"/visits/{visit}/copy")
    desk.clock.forward(minutes=1)
    answers = [patient(app).get(path) for path in ("/c/unknown", old.path, new.path, "/copy", "/copy.pdf")]
    # Who had it open is stopped as well.
    answers += [live.get("/copy"), live.get("/copy.pdf")]
    desk.clock.forward(days=30)
    answers.append(patient(app).get(expired.path))
    assert {one.status_code for one in answers} == {404}
    assert len({main(one) for one in answers}) == 1


def main(answer: Any) -> str:
    return text_of(next(parsed(answer).iter(f"{XHTML}main")))


def test_a_session_of_the_staff_or_of_a_form_is_no_key_to_a_copy(desk: Desk, app: Flask, visit: int) -> None:
    issued(desk, visit)
    assert desk.client(Role.CLINICIAN).get("/copy").status_code == 404
    client = opened(app, issued(desk, visit))
    assert client.get("/form").status_code == 401
    assert client.get(f"/visits/{visit}").status_code == 303


def test_opening_a_copy_ends_what_was_open_in_the_browser(desk: Desk, app: Flask, visit: int) -> None:
    client = desk.client(Role.CLINICIAN)
    assert client.get(issued(desk, visit).path).location == "/copy"
    assert client.get("/visits").status_code == 303


def test_who_guesses_links_is_slowed_down_and_who_holds_one_is_not(
    desk: Desk, app: Flask, clock: Clock, visit: int
) -> None:
    client, link = patient(app), issued(desk, visit)
    answers = [client.get(f"/c/guess-{number}").status_code for number in range(25)]
    assert answers[:20] == [404] * 20
    assert answers[-1] == 429
    assert client.get(link.path).status_code == 303
    clock.moment += timedelta(hours=2)
    assert patient(app).get("/c/guess").status_code == 404


def test_the_help_behind_a_copy_is_that_of_its_clinic(desk: Desk, app: Flask, visit: int) -> None:
    with app.app_context():
        # With two clinics here, nobody can tell by the installation alone whose help it is.
        factories.make_clinic(db.session, name="Harbour Clinic")
        db.session.commit()
    client = opened(app, issued(desk, visit))
    assert 'href="tel:988"' in client.get("/help").text
    assert 'href="tel:988"' not in patient(app).get("/help").text


def test_who_asks_for_one_file_after_the_other_waits_for_seconds(
    desk: Desk, app: Flask, clock: Clock, visit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(printing.LIMIT, "free", 3)
    staff = desk.client(Role.CLINICIAN)
    papers = [f"/visits/{visit}/{name}.pdf" for name in ("copy", "summary", "copy", "summary")]
    assert [staff.get(path).status_code for path in papers] == [200, 200, 200, 429]
    reader = opened(app, issued(desk, visit))
    answers = [reader.get("/copy.pdf") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert "Please wait a little" in answers[-1].text
    clock.moment += timedelta(seconds=2)
    assert reader.get("/copy.pdf").status_code == staff.get(papers[1]).status_code == 200


def test_the_link_is_made_shown_and_ended_on_the_page_of_the_copy(desk: Desk, app: Flask, visit: int) -> None:
    client, path = desk.client(Role.CLINICIAN), f"/visits/{visit}/copy"
    assert "/c/" not in client.get(path).text
    assert client.submit(f"{path}/link", page=path).location == f"{path}#link"
    page = client.get(path)
    with app.app_context():
        link = copies.current(db.session, desk.staff.clinic_id, visit, now=desk.clock())
    assert link is not None
    assert f"http://localhost{link.path}" in page.text
    assert "It opens until 3 January 2026" in page.text
    ended = client.submit(f"{path}/end", page=path)
    assert "The link has ended." in client.get(ended.location).text
    assert patient(app).get(link.path).status_code == 404


def test_an_entry_out_of_use_is_left_out_and_the_staff_are_told(desk: Desk, app: Flask, visit: int) -> None:
    with app.app_context():
        doctor = desk.staff.ids[Role.CLINICIAN]
        resources.retire(db.session, desk.staff.clinic_id, 1, by=doctor, now=desk.clock(), seen=0)
        db.session.commit()
    page = main_words(desk.client(Role.CLINICIAN), f"/visits/{visit}/copy")
    assert "An entry of the directory is out of use" in page
    assert "555 0111" not in page
    assert "Riverside group" in page


def test_the_staff_are_warned_of_an_entry_that_nobody_has_checked_and_the_patient_is_not(
    desk: Desk, app: Flask, visit: int
) -> None:
    with app.app_context():
        db.session.execute(update(Resource).values(checked_on=date(2025, 1, 7)))
        db.session.commit()
    staff = main_words(desk.client(Role.CLINICIAN), f"/visits/{visit}/copy")
    assert "Riverside group: not checked since 7 January 2025." in staff
    assert "checked" not in main_words(opened(app, issued(desk, visit)), "/copy")


def test_no_page_of_a_copy_is_kept_by_the_browser_or_tells_where_it_leads_from(
    desk: Desk, app: Flask, visit: int
) -> None:
    link = issued(desk, visit)
    client = opened(app, link)
    for path in (link.path, "/copy", "/copy.pdf"):
        headers = client.get(path).headers
        assert "no-store" in headers["Cache-Control"]
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
