"""Finding a patient by name, record number or date of birth, with no name in an address."""

import pytest
from flask import Flask

from clinic.core.scope import Role
from clinic.db.session import db
from tests import factories
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk

PEOPLE = [
    ("María García-López", "MRN-001", "1980-05-03"),
    ("Marta Lindqvist", "MRN-002", "1986-08-30"),
    ("Seán O’Brien", "MRN-003", "1979-03-14"),
    ("Bo Li", "MRN-004", "2001-01-19"),
    ("Søren Kierkegaard", "00 44-17", "1944-04-27"),
    ("מרים כהן", "MRN-006", "1983-09-08"),
]


@pytest.fixture
def people(desk: Desk, app: Flask) -> Desk:
    with app.app_context():
        clinic = db.session.get_one(factories.Clinic, desk.staff.clinic_id)
        for name, number, born in PEOPLE:
            factories.make_patient(db.session, clinic, name=name, record_number=number, born_on=born)
        other = factories.make_clinic(db.session, name="Other Clinic")
        factories.make_patient(db.session, other, name="Marta Elsewhere", record_number="MRN-002", born_on="1986-08-30")
        db.session.commit()
    return desk


def found(client: PageClient, text: str) -> list[str]:
    answer = client.submit("/visits/search", {"text": text}, page="/visits/new")
    assert (answer.status_code, answer.location) == (303, "/visits/search")
    tree = parsed(client.get(answer.location))
    return [
        text_of(next(iter(row.iter(f"{XHTML}a")))) for row in tree.iter(f"{XHTML}tr") if list(row.iter(f"{XHTML}a"))
    ]


SEARCHES: list[tuple[str, list[str]]] = [
    ("maria", ["María García-López"]),
    ("MARÍA", ["María García-López"]),
    ("garcia lop", ["María García-López"]),
    ("lopez", ["María García-López"]),
    ("mar", ["Marta Lindqvist", "María García-López"]),
    ("obrien", ["Seán O’Brien"]),
    ("O'Brien", ["Seán O’Brien"]),
    ("brien sean", ["Seán O’Brien"]),
    ("li", ["Bo Li"]),
    ("bo li", ["Bo Li"]),
    ("maria g", ["María García-López"]),
    ("g maria", ["María García-López"]),
    ("maria x", []),
    ("marta l", ["Marta Lindqvist"]),
    ("l marta 1986-08-30", ["Marta Lindqvist"]),
    ("garcia - m", ["María García-López"]),
    ("marta 3", []),
    ("MRN", []),
    ("002", []),
    ("kierkegaa", ["Søren Kierkegaard"]),
    ("kierkegaux", []),
    ("כהן", ["מרים כהן"]),
    ("MRN-002", ["Marta Lindqvist"]),
    ("mrn-002", ["Marta Lindqvist"]),
    ("00 44-17", ["Søren Kierkegaard"]),
    ("1980-05-03", ["María García-López"]),
    ("3.5.1980", ["María García-López"]),
    ("05/03/1980", ["María García-López"]),
    ("3 May 1980", ["María García-López"]),
    ("3 de mayo de 1980", ["María García-López"]),
    ("May 3, 1980", ["María García-López"]),
    ("marta 1986-08-30", ["Marta Lindqvist"]),
    ("marta 1980-05-03", []),
    ("ma", []),
    ("nobody", []),
    ("", []),
    ("   ", []),
    ("%", []),
    ("' OR 1=1 --", []),
    ("x" * 5000, []),
]


def test_a_search_finds_whom_it_means(people: Desk) -> None:
    client = people.client(Role.FRONT_DESK)
    assert {text: sorted(found(client, text)) for text, _names in SEARCHES} == {
        text: sorted(names) for text, names in SEARCHES
    }


def test_a_search_leaves_no_name_in_an_address(people: Desk) -> None:
    client = people.client(Role.FRONT_DESK)
    page = client.get("/visits/new").text
    assert 'action="/visits/search"' in page
    assert found(client, "garcia") == ["María García-López"]
    assert 'method="post" action="/visits/search"' in client.get("/visits/search").text


def test_a_search_is_kept_for_a_reload_and_leads_on(people: Desk) -> None:
    client = people.client(Role.FRONT_DESK)
    found(client, "lindqvist")
    page = client.get("/visits/search").text
    assert "Marta Lindqvist" in page
    assert "/visits/new?patient=" in page
    assert "/patients/" in page


def test_nobody_found_says_how_to_search_and_offers_to_add(people: Desk) -> None:
    client = people.client(Role.FRONT_DESK)
    found(client, "nobody")
    page = client.get("/visits/search").text
    assert "Nobody was found." in page
    assert "first three letters" in page
    assert "/visits/new?patient=new" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ma", "One or two letters find only who has exactly these"),
        ("m g", "One or two letters find only who has exactly these"),
        ("417", "A record number is found only whole"),
        ("mrn-2", "A record number is found only whole"),
        ("nobody", "A name needs at least its first three letters."),
        ("31.12.1999", "A name needs at least its first three letters."),
        ("31 December 1999", "A name needs at least its first three letters."),
    ],
)
def test_who_finds_nobody_is_told_what_to_type_instead(people: Desk, typed: str, words: str) -> None:
    client = people.client(Role.FRONT_DESK)
    assert found(client, typed) == []
    page = text_of(parsed(client.get("/visits/search")))
    hints = ("One or two letters", "A record number is found only whole", "A name needs at least")
    assert words in page
    assert sum(hint in page for hint in hints) == 1


def test_two_letters_that_find_somebody_still_say_what_they_leave_out(people: Desk) -> None:
    client = people.client(Role.FRONT_DESK)
    assert found(client, "li") == ["Bo Li"]
    assert "For a longer name, type its first three letters" in client.get("/visits/search").text
    found(client, "lind")
    assert "For a longer name, type its first three letters" not in client.get("/visits/search").text


def test_many_found_say_that_there_may_be_more(desk: Desk, app: Flask) -> None:
    with app.app_context():
        clinic = db.session.get_one(factories.Clinic, desk.staff.clinic_id)
        for number in range(30):
            factories.make_patient(db.session, clinic, name=f"Anna Number{number}")
        db.session.commit()
    client = desk.client(Role.CLINICIAN)
    assert len(found(client, "anna")) == 25
    assert "There may be more" in client.get("/visits/search").text


def test_a_search_is_the_searchers_own(people: Desk) -> None:
    found(people.client(Role.FRONT_DESK), "lindqvist")
    assert "Marta" not in people.client(Role.CLINICIAN).get("/visits/search").text
