"""The pages of the desk, to be looked at: the board in every state, handing over a form, and visits from a file."""

from collections.abc import Callable
from datetime import timedelta

from clinic.core.scope import Role
from clinic.db.models import FormLink, Visit
from clinic.services import invitations
from tests.browser.cases import Case, Rooms, Shown, shows
from tests.browser.house import NOW
from tests.factories import make_agreement
from tests.web.staff.people import given, usual

CASES: list[Case] = []
HEADER = "record_number,name,date_of_birth,date,time,clinician,language,email,phone,room\n"
LINE = "R-{n},Ada {n} Lovelace,1980-05-03,2026-03-1{n},09:20,clinician@harbour.example,es,ada@example.org,,7\n"


def page_of(*views: str) -> Callable[[Callable[[Rooms], Shown]], Callable[[Rooms], Shown]]:
    return shows(CASES, *views)


@page_of("visits.day")
def the_board_in_every_state(rooms: Rooms) -> Shown:
    house = rooms.house
    house.visit(name="Nora Nothing")
    for name, columns in (("Stella Sent", {"sent_at": NOW}), ("Olga Opened", {"opened_at": NOW})):
        visit, _ = house.new_form(name=name)
        with house.writing() as session:
            session.query(FormLink).filter_by(visit_id=visit).update(columns)  # type: ignore[arg-type]
    house.visit(given=usual(), state="draft", name="Pia Page")
    declined = house.visit(given=given(answers={"ACC1": 4}), state="draft", name="Dana Declined")
    before = house.visit(hours=-24 * 40, name="Lara Late")
    with house.writing() as session:
        session.get_one(Visit, declined).declined_at = NOW
        make_agreement(session, session.get_one(Visit, before), due_on=(NOW - timedelta(days=3)).date())
    page = rooms.staff_page()
    page.goto("/visits")
    yield "s-board", page
    desk = rooms.staff_page(Role.FRONT_DESK)
    desk.goto("/visits")
    yield "s-board-desk", desk


@page_of("visits.show")
def a_visit_and_its_e_mail(rooms: Rooms) -> Shown:
    house = rooms.house
    page = rooms.staff_page(Role.FRONT_DESK)
    visit, _ = house.new_form(name="Emil Mail", email="emil.with.a.rather.long.address@mail.example")
    page.goto(f"/visits/{visit}")
    yield "s-mail-none", page
    with house.writing() as session:
        invitations.invite(session, house.clinic_id, visit, now=NOW)
    page.goto(f"/visits/{visit}")
    yield "s-mail-waiting", page
    with house.writing() as session:
        session.get_one(Visit, visit).declined_at = NOW
    page.goto(f"/visits/{visit}")
    yield "s-declined", page


@page_of("visits.new", "visit_links.tablet")
def a_walk_in(rooms: Rooms) -> Shown:
    house = rooms.house
    known = house.patient_of(house.visit(hours=-24 * 9, name="Wanda Walk-In", email="wanda@mail.example"))
    page = rooms.staff_page(Role.FRONT_DESK)
    page.goto(f"/visits/new?patient={known}")
    yield "s-new-with-mail", page
    page.get_by_role("button", name="Start now").click()
    page.get_by_role("heading", name="On this device").wait_for()
    yield "s-tablet", page
    ended = house.visit(name="Ed Ended")
    page.goto(f"/visits/{ended}/tablet")
    yield "s-tablet-none", page


@page_of("visit_import.choose")
def visits_from_a_file(rooms: Rooms) -> Shown:
    page = rooms.staff_page(Role.FRONT_DESK)
    page.goto("/visits/import")
    yield "s-import", page
    lines = [LINE.format(n=n) for n in range(1, 4)]
    for name, text in (
        ("right", HEADER + "".join(lines)),
        ("wrong", HEADER + lines[0].replace("1980", "80") + lines[1]),
    ):
        page.goto("/visits/import")
        file = {"name": "visits.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name="Show what it does").click()
        page.get_by_role("heading", name="What the file does").wait_for()
        yield f"s-import-{name}", page
    page.goto("/visits/import")
    page.get_by_label("CSV file").set_input_files({"name": "v.csv", "mimeType": "text/csv", "buffer": b"name\nAda"})
    page.get_by_role("button", name="Show what it does").click()
    page.get_by_role("alert").wait_for()
    yield "s-import-refused", page


@page_of("patient.birth_date", "patient.declined")
def before_and_instead_of_the_form(rooms: Rooms) -> Shown:
    house = rooms.house
    house.change("ask_birth_date", True)
    _, url = house.new_form(name="Bela Born", born_on="1980-05-03")
    for language in ("en", "es"):
        page = rooms.patient_page(lang=language)
        page.goto(url)
        yield f"p-birth-date-{language}", page
    page = rooms.patient_page()
    page.goto(url)
    for label, value in (("Day", "3"), ("Month", "5"), ("Year", "1981")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Open my form").click()
    page.get_by_role("alert").wait_for()
    yield "p-birth-date-wrong", page
    for label, value in (("Day", "3"), ("Month", "5"), ("Year", "1980")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Open my form").click()
    page.get_by_role("button", name="I would rather not").click()
    page.get_by_role("heading", name="That is fine").wait_for()
    house.change("ask_birth_date", None)
    yield "p-declined", page
