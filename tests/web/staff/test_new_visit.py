"""Making a visit: picking or adding its patient, the clinic's clock, the link, and what is refused in words."""

from datetime import UTC, date, datetime
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from clinic.core.scope import Role
from clinic.db.models import FormLink, Patient, Visit
from clinic.db.session import db
from clinic.services import links, patients
from tests import factories
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual

ADD = "/visits/new?patient=new"


def filled(desk: Desk, client: PageClient, **changes: Any) -> dict[str, Any]:
    """Return what a front desk types for a new patient, with the choices that the page offers."""
    return {
        "record_number": "R-77",
        "name": "Ada Lovelace",
        "born_on": "1980-05-03",
        "email": "",
        "phone": "",
        "language": "en",
        "day": "2025-12-05",
        "clock": "10:40",
        "clinician": desk.staff.ids[Role.CLINICIAN],
        "site": first_site(client),
        **changes,
    }


def first_site(client: PageClient) -> str:
    tree = parsed(client.get(ADD))
    site = next(one for one in tree.iter(f"{XHTML}select") if one.get("name") == "site")
    return next(iter(site.iter(f"{XHTML}option"))).get("value", "")


def visits_in(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Visit.id))) or 0


def only(app: Flask, model: Any) -> Any:
    with app.app_context():
        return db.session.scalars(select(model)).one()


def errors_of(tree: Element) -> dict[str, str]:
    """Return the error beside each field, by the field's id."""
    return {
        one.get("id", "").removesuffix("-error"): text_of(one).removeprefix("Error: ")
        for one in tree.iter(f"{XHTML}span")
        if one.get("id", "").endswith("-error")
    }


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_a_visit_of_a_new_patient_is_made_with_its_link(app: Flask, desk: Desk, role: Role) -> None:
    client = desk.client(role)

    answer = client.submit(ADD, filled(desk, client, email="ada@example.org", phone="+1 312 555 0101", language="es"))

    visit, patient, link = only(app, Visit), only(app, Patient), only(app, FormLink)
    assert (answer.status_code, answer.location) == (303, f"/visits/{visit.id}")
    # Half past four in Chicago on a winter day is UTC minus six.
    assert visit.scheduled_at == datetime(2025, 12, 5, 16, 40, tzinfo=UTC)
    assert (visit.clinician_id, visit.created_by) == (desk.staff.ids[Role.CLINICIAN], desk.staff.ids[role])
    assert (patient.name, patient.born_on, patient.language) == ("Ada Lovelace", "1980-05-03", "es")
    assert (patient.email, patient.phone, patient.record_number) == ("ada@example.org", "+1 312 555 0101", "R-77")
    assert link.visit_id == visit.id


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_the_languages_of_a_patient_stand_on_the_page_of_the_visit(app: Flask, desk: Desk, role: Role) -> None:
    client = desk.client(role)
    typed = filled(desk, client, language="es", other_languages=" Català,  some English ")
    path = client.submit(ADD, typed).location

    words = text_of(parsed(client.get(path)))

    assert "LanguageEspañol" in words
    assert "Also readsCatalà, some English" in words
    with app.app_context():
        assert "Català" not in str(db.session.scalar(text("SELECT other_languages FROM patient")))
    other = client.submit(ADD, filled(desk, client, record_number="R-78", clock="11:40")).location
    words = text_of(parsed(client.get(other)))
    assert "LanguageEnglish" in words
    assert "Also reads" not in words


def test_the_page_after_it_shows_link_code_and_qr(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client)).location

    page = client.get(path)

    with app.app_context():
        link = links.current(db.session, desk.staff.clinic_id, only(app, Visit).id, now=desk.clock())
    assert link is not None
    assert f"http://localhost{link.path}" in page.text
    assert link.spaced_code in page.text
    assert '<path class="bc-qr__ink" d="M4 4.5h7' in page.text
    assert "The visit is made." in page.text


def test_a_visit_of_a_known_patient_asks_only_for_the_visit(app: Flask, desk: Desk) -> None:
    patient = desk.patient_of(desk.make_visit(name="Ada Known"))
    client = desk.client(Role.FRONT_DESK)
    path = f"/visits/new?patient={patient}"

    page = client.get(path)
    answer = client.submit(path, {key: filled(desk, client)[key] for key in ("day", "clock", "clinician", "site")})

    assert "Ada Known" in page.text
    assert 'name="record_number"' not in page.text
    assert answer.status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count(Patient.id))) == 1


def test_a_second_press_leads_to_the_visit_that_was_made(app: Flask, desk: Desk) -> None:
    patient = desk.patient_of(desk.make_visit(name="Ada Known"))
    client = desk.client(Role.FRONT_DESK)
    path = f"/visits/new?patient={patient}"
    typed = {key: filled(desk, client)[key] for key in ("day", "clock", "clinician", "site")}
    data = {"csrf_token": client.token(path), **typed}

    first, second = client.post(path, data=data), client.post(path, data=data)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert visits_in(app) == 2
    said = client.get(second.location).text
    assert "This patient already has a visit at this time: this is it. No second one was made." in said


def test_a_second_press_for_somebody_new_leads_to_the_visit_that_was_made(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    data = {"csrf_token": client.token(ADD), **filled(desk, client)}

    first, second = client.post(ADD, data=data), client.post(ADD, data=data)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert visits_in(app) == 1
    # Another person, or another time, is no second press.
    for field, value in (("name", "Ada Another"), ("born_on", "1981-01-01"), ("clock", "11:40"), ("clock", "")):
        answer = client.post(ADD, data={**data, field: value})
        assert answer.status_code == 422
        assert "record_number" in errors_of(parsed(answer))
    assert visits_in(app) == 1


def test_a_clinician_is_proposed_to_themselves_and_today(desk: Desk) -> None:
    tree = parsed(desk.client(Role.CLINICIAN).get(ADD))
    chosen = [one for one in tree.iter(f"{XHTML}option") if one.get("selected") is not None]
    day = next(one for one in tree.iter(f"{XHTML}input") if one.get("name") == "day")
    assert [text_of(one) for one in chosen if one.get("value") == str(desk.staff.ids[Role.CLINICIAN])]
    assert day.get("value") == "2025-12-04"


BAD = [
    ("record_number", "", "Give the record number."),
    ("record_number", "   ", "Give the record number."),
    ("record_number", "x" * 41, "Use at most 40 characters."),
    ("name", "", "Give the patient’s name."),
    ("name", "x" * 121, "Use at most 120 characters."),
    ("born_on", "", "Give the date of birth."),
    ("born_on", "03.05.1980", "Write the day as year-month-day, such as 2026-03-29."),
    ("born_on", "1980-02-30", "Write the day as year-month-day, such as 2026-03-29."),
    ("born_on", "2025-12-05", "This day has not come yet. Check the year."),
    ("born_on", "1880-01-01", "This is more than 120 years ago. Check the year."),
    ("email", "no address", "This is not an e-mail address. It looks like name@example.org."),
    ("email", "müller@example.org", "This is not an e-mail address. It looks like name@example.org."),
    ("phone", "call me", "Use 5 to 30 digits, spaces and + ( ) - only."),
    ("language", "xx", "Choose one from the list."),
    ("other_languages", "x" * 81, "Use at most 80 characters."),
    ("day", "", "Say on which day the visit is."),
    ("day", "tomorrow", "Write the day as year-month-day, such as 2026-03-29."),
    ("day", "2025-12-03", "This day has passed. Choose today or a later day."),
    ("day", "2035-12-03", "This day is more than two years away. Check the year."),
    ("clock", "", "Say at what time it is."),
    ("clock", "half past", "Write the time with hours and minutes, such as 14:30."),
    ("clock", "25:00", "Write the time with hours and minutes, such as 14:30."),
    ("clinician", "999999", "Choose one from the list."),
    ("clinician", "x", "Choose one from the list."),
    ("site", "999999", "Choose one from the list."),
]


def test_what_cannot_be_used_is_said_beside_its_field_and_the_rest_is_kept(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    good = filled(desk, client)
    token = client.token(ADD)
    for field, value, words in BAD:
        answer = client.post(ADD, data={"csrf_token": token, **good, field: value})

        tree = parsed(answer)
        assert (answer.status_code, errors_of(tree)) == (422, {field: words}), (field, value)
        assert f'<a href="#{field}">' in answer.text
        kept = {one.get("name"): one.get("value") for one in tree.iter(f"{XHTML}input")}
        assert kept["name"] == ("Ada Lovelace" if field != "name" else value)
    assert visits_in(app) == 0


def test_what_does_not_show_is_left_out_of_a_name(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = client.submit(ADD, filled(desk, client, name=" Ada\x07\u2028  Love\x1blace ", record_number="R\n7"))
    assert answer.status_code == 303
    assert (only(app, Patient).name, only(app, Patient).record_number) == ("Ada Love lace", "R 7")


def test_an_hour_that_the_clock_leaves_out_is_refused_in_words(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = client.submit(ADD, filled(desk, client, day="2026-03-08", clock="02:30"))
    assert answer.status_code == 422
    assert errors_of(parsed(answer))["clock"].startswith("There is no 02:30 on this day: the clocks go forward")
    assert visits_in(app) == 0


def test_an_hour_that_comes_twice_is_the_first_of_the_two(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    client.submit(ADD, filled(desk, client, day="2026-11-01", clock="01:30"))
    assert only(app, Visit).scheduled_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["R-77", " r-77 "])
def test_a_record_number_belongs_to_one_patient(app: Flask, desk: Desk, typed: str) -> None:
    desk.make_visit(name="Ada First", record_number="R-77")
    client = desk.client(Role.FRONT_DESK)
    answer = client.submit(ADD, filled(desk, client, record_number=typed))
    assert answer.status_code == 422
    assert errors_of(parsed(answer))["record_number"].startswith("A patient with this record number is here already.")
    assert visits_in(app) == 1


def test_two_clinics_may_use_the_same_record_number(app: Flask, desk: Desk) -> None:
    with app.app_context():
        other = factories.make_clinic(db.session, name="Other Clinic")
        factories.make_patient(db.session, other, record_number="R-77")
        db.session.commit()
    client = desk.client(Role.FRONT_DESK)
    assert client.submit(ADD, filled(desk, client)).status_code == 303


def test_a_patient_who_is_not_here_is_not_found(desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    data = {"csrf_token": client.token(ADD), **filled(desk, client)}
    for who in ("999999", "abc", "-1", "1e3", "²", "99999999999999999999"):
        assert client.get("/visits/new", query_string={"patient": who}).status_code == 404
        assert client.post("/visits/new", query_string={"patient": who}, data=data).status_code == 404


def test_extra_fields_change_nothing(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    extra = {"clinic_id": "99", "created_by": "99", "summary_read_at": "2025-01-01", "id": "777"}
    client.submit(ADD, filled(desk, client) | extra)
    visit = only(app, Visit)
    assert (visit.clinic_id, visit.created_by) == (desk.staff.clinic_id, desk.staff.ids[Role.FRONT_DESK])
    assert visit.id != 777
    assert visit.summary_read_at is None


def test_a_new_link_ends_the_old_one(app: Flask, desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client)).location
    before = client.get(path).text

    answer = client.submit(f"{path}/link", page=path)

    with app.app_context():
        ended, now = db.session.scalars(select(FormLink).order_by(FormLink.id)).all()
    assert (answer.status_code, answer.location) == (303, path)
    assert ended.revoked_at is not None
    assert now.revoked_at is None
    assert "This is the new one." in client.get(path).text
    assert code_of(before) != code_of(client.get(path).text)


def test_a_new_link_and_the_end_of_this_one_are_one_press_each(desk: Desk) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client)).location
    page = client.get(path)
    assert [text_of(one) for one in parsed(page).iter(f"{XHTML}summary")] == ["Cancel the visit"]
    assert "stop it, its code and a printed slip at once" in text_of(parsed(page))
    code = code_of(page.text)

    client.submit(f"{path}/link", page=path)
    renewed = code_of(client.get(path).text)
    assert renewed not in ("", code)
    client.submit(f"{path}/link/end", page=path)

    page = client.get(path)
    assert "The link has ended. Make a new one." in page.text
    assert code_of(page.text) == ""
    assert client.submit("/start", {"code": renewed.replace(" ", "")}).status_code == 404


def code_of(page: str) -> str:
    return page.partition('id="short-code">')[2].partition("<")[0]


def test_a_link_that_expired_is_said_and_can_be_made_again(desk: Desk, clock: Clock) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client)).location
    clock.forward(days=20)
    client = desk.client(Role.FRONT_DESK)
    assert "The link has ended. Make a new one." in client.get(path).text
    client.submit(f"{path}/link", page=path)
    assert code_of(client.get(path).text)


def test_a_form_that_was_sent_shows_no_link(desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    page = desk.client(Role.FRONT_DESK).get(f"/visits/{visit}").text
    assert "short-code" not in page
    assert "Make a new link" not in page
    assert "no link to print" in desk.client(Role.FRONT_DESK).get(f"/visits/{visit}/slip").text


def test_a_page_that_was_left_open_makes_no_link_of_a_form_that_was_sent(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    answer = desk.client(Role.FRONT_DESK).submit(f"/visits/{visit}/link", page="/account")
    assert answer.status_code == 409
    assert "The form of this visit has been sent, so there is nothing left to open with a link." in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count(FormLink.id))) == 0


HEALTH = ("depress", "psychiat", "mental", "health", "illness", "suicid", "symptom", "treatment", "therapy")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_slip_names_who_when_where_and_nothing_about_health(desk: Desk, language: str) -> None:
    client = desk.client(Role.FRONT_DESK)
    path = client.submit(ADD, filled(desk, client, language=language)).location

    page = client.get(f"{path}/slip")

    tree = parsed(page)
    slip = next(one for one in tree.iter(f"{XHTML}section") if "bc-slip" in one.get("class", ""))
    words = text_of(slip)
    for expected in ("Ada Lovelace", "Alex Clinician", "Main building", "Riverside Clinic", "localhost/start"):
        assert expected in words
    assert [word for word in HEALTH if word in page.text.casefold() and word in words.casefold()] == []
    assert slip.get("lang") == language
    assert ("viernes 5 de diciembre" in words) == (language == "es")
    assert ("Antes de su cita" in words) == (language == "es")


def test_a_second_patient_of_one_record_number_is_refused_below_the_form_too(app: Flask, desk: Desk) -> None:
    new = patients.NewPatient("R-9", "Ada Twice", date(1980, 5, 3), "en")
    with app.app_context():
        patients.add(db.session, desk.staff.clinic_id, new, now=desk.clock())
        with pytest.raises(patients.RecordNumberTaken):
            patients.add(db.session, desk.staff.clinic_id, new, now=desk.clock())
        db.session.commit()
        assert db.session.scalar(select(func.count(Patient.id))) == 1


@pytest.mark.parametrize("name", ["\u202e", "\u200b \u200d"])
def test_a_name_that_shows_nothing_is_no_name(app: Flask, desk: Desk, name: str) -> None:
    client = desk.client(Role.FRONT_DESK)
    answer = client.submit(ADD, filled(desk, client, name=name))
    assert answer.status_code == 422
    assert "name" in errors_of(parsed(answer))
    assert visits_in(app) == 0
