"""Who may open which page of the staff: each role on each route, and people of another clinic."""

import pytest
from flask import Flask

from clinic.core.scope import Role
from clinic.db.session import db
from clinic.web.access import ANY_STAFF, StaffOnly, declared
from tests import factories
from tests.web.page_check import PageClient, parsed, text_of
from tests.web.staff.conftest import Desk, fill
from tests.web.staff.people import usual

BOTH = {Role.CLINICIAN, Role.FRONT_DESK}
DOCTOR = {Role.CLINICIAN}
ADMIN = {Role.ADMINISTRATOR}
MANAGER = {Role.MANAGER}
KEEPERS = {Role.CLINICIAN, Role.MANAGER, Role.ADMINISTRATOR}
# Method, path ("{visit}" and "{patient}" are filled in), who may, and what they get.
TABLE = [
    ("GET", "/visits", BOTH, 200),
    ("GET", "/visits/search", BOTH, 200),
    ("POST", "/visits/search", BOTH, 303),
    ("GET", "/visits/new", BOTH, 200),
    ("GET", "/visits/new?patient={patient}", BOTH, 200),
    ("POST", "/visits/new?patient={patient}", BOTH, 422),
    ("GET", "/visits/import", BOTH, 200),
    ("GET", "/visits/import/sample.csv", BOTH, 200),
    ("POST", "/visits/import", BOTH, 422),
    ("POST", "/visits/import/confirm", BOTH, 409),
    ("GET", "/visits/{visit}", BOTH, 200),
    ("GET", "/visits/{visit}/slip", BOTH, 200),
    ("GET", "/visits/{visit}/summary.pdf", DOCTOR, 200),
    ("POST", "/visits/{visit}/link", BOTH, 409),
    ("GET", "/visits/{visit}/tablet", BOTH, 200),
    ("POST", "/visits/{visit}/tablet", BOTH, 409),
    ("POST", "/visits/{visit}/link/send", BOTH, 409),
    ("POST", "/visits/{visit}/link/end", BOTH, 303),
    ("GET", "/visits/{visit}/edit", BOTH, 200),
    ("POST", "/visits/{visit}/edit", BOTH, 422),
    ("POST", "/visits/{visit}/cancel", BOTH, 303),
    ("POST", "/visits/{visit}/take-back", BOTH, 303),
    ("POST", "/visits/{visit}/read", DOCTOR, 303),
    ("POST", "/visits/{visit}/close", DOCTOR, 303),
    ("POST", "/visits/{visit}/agreements", DOCTOR, 422),
    ("POST", "/visits/{visit}/agreements/1/take-back", DOCTOR, 404),
    ("POST", "/visits/{visit}/symptoms", DOCTOR, 422),
    ("POST", "/visits/{visit}/symptoms/1/take-back", DOCTOR, 404),
    ("GET", "/visits/{visit}/copy", DOCTOR, 200),
    ("GET", "/visits/{visit}/copy.pdf", DOCTOR, 200),
    ("POST", "/visits/{visit}/copy/link", DOCTOR, 303),
    ("POST", "/visits/{visit}/copy/end", DOCTOR, 303),
    ("GET", "/resources/new", KEEPERS, 200),
    ("POST", "/resources/new", KEEPERS, 422),
    ("GET", "/resources/1/edit", KEEPERS, 404),
    ("POST", "/resources/1/edit", KEEPERS, 404),
    ("POST", "/resources/1/checked", KEEPERS, 404),
    ("POST", "/resources/1/retire", KEEPERS, 404),
    ("POST", "/resources/1/bring-back", KEEPERS, 404),
    ("POST", "/alerts/1/acknowledge", DOCTOR, 404),
    ("POST", "/alerts/1/actions", DOCTOR, 404),
    ("POST", "/alerts/1/close", DOCTOR, 404),
    ("GET", "/patients/{patient}", BOTH, 200),
    ("GET", "/patients/{patient}/edit", BOTH, 200),
    ("POST", "/patients/{patient}/edit", BOTH, 422),
    ("GET", "/trends", MANAGER, 200),
    ("GET", "/trends.csv", MANAGER, 200),
    ("GET", "/trends.pdf", MANAGER, 422),
    ("GET", "/trends/codebook.csv", MANAGER, 200),
    ("GET", "/trends/instrument", MANAGER, 200),
    ("GET", "/admin/clinic", ADMIN, 200),
    ("GET", "/admin/clinic/hours", ADMIN, 200),
    ("POST", "/admin/clinic/alerts", ADMIN, 409),
    ("GET", "/admin/clinic/history", ADMIN, 200),
    ("GET", "/admin/clinic/cut-points", ADMIN, 200),
    ("GET", "/admin/worker", ADMIN, 200),
    ("POST", "/admin/worker/test", ADMIN, 303),
    ("POST", "/admin/clinic/cut-points", ADMIN, 409),
]


def call(client: PageClient, method: str, path: str) -> int:
    if method == "GET":
        return client.get(path).status_code
    return client.post(path, data={"csrf_token": client.token("/account")}).status_code


def test_the_table_holds_every_page_of_some_of_the_staff(app: Flask) -> None:
    pages = {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        # What everybody on the staff may open is tested with the accounts.
        if isinstance(need := declared(app, rule.endpoint), StaffOnly) and need != ANY_STAFF
    }
    adapter = app.url_map.bind("localhost")
    paths = [(method, path.format(visit=1, patient=1).partition("?")[0]) for method, path, _who, _status in TABLE]
    assert {(method, adapter.match(path, method=method)[0]) for method, path in paths} == pages


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_the_table_says_and_nothing_else(desk: Desk, role: Role) -> None:
    visit = desk.make_visit(given=usual())
    client = desk.client(role)
    answers = {}
    for method, path, _who, _status in TABLE:
        filled = path.format(visit=visit, patient=desk.patient_of(visit))
        answers[f"{method} {path}"] = call(client, method, filled)
    assert answers == {f"{method} {path}": status if role in who else 403 for method, path, who, status in TABLE}


def test_nobody_opens_a_page_without_signing_in(client: PageClient, desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    for method, path, _who, _status in TABLE:
        data = {"csrf_token": client.token("/login")} if method == "POST" else None
        answer = client.open(path.format(visit=visit, patient=desk.patient_of(visit)), method=method, data=data)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login"), (method, path)


@pytest.mark.parametrize("role", sorted(BOTH))
def test_ids_of_another_clinic_are_not_found(app: Flask, desk: Desk, role: Role) -> None:
    with app.app_context():
        other = factories.make_clinic(db.session, name="Other Clinic")
        visit = factories.make_visit(db.session, other)
        fill(db.session, visit, usual(), desk.clock())
        db.session.commit()
        ids = {"visit": visit.id, "patient": visit.patient_id}
    client = desk.client(role)

    answers = {
        f"{method} {path}": call(client, method, path.format(**ids))
        for method, path, who, _status in TABLE
        if "{" in path and role in who
    }

    assert set(answers.values()) == {404}
    assert call(client, "GET", "/visits") == 200


def test_a_page_of_another_clinic_is_the_page_of_no_clinic(app: Flask, desk: Desk) -> None:
    with app.app_context():
        visit = factories.make_visit(db.session, factories.make_clinic(db.session, name="Other Clinic"))
        db.session.commit()
        foreign = visit.id
    client = desk.client(Role.CLINICIAN)
    one, other = (parsed(client.get(f"/visits/{number}")) for number in (foreign, 999999))
    assert text_of(one) == text_of(other)


def test_an_id_that_is_none_is_not_found(desk: Desk) -> None:
    client = desk.client(Role.CLINICIAN)
    for visit in ("0", "-1", "abc", "1.5", "9223372036854775807", "9223372036854775808", "9" * 40):
        assert client.get(f"/visits/{visit}").status_code == 404
        assert client.get(f"/patients/{visit}").status_code == 404


def test_a_post_without_its_token_changes_nothing(desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    client = desk.client(Role.CLINICIAN)
    for path in (path for method, path, _who, _status in TABLE if method == "POST"):
        assert client.post(path.format(visit=visit, patient=desk.patient_of(visit))).status_code == 400
    assert "Mark as read" in client.get(f"/visits/{visit}").text


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_managers_and_administrators_see_the_name_of_no_patient(desk: Desk, role: Role) -> None:
    visit = desk.make_visit(given=usual(), name="Ada Private", alert={})
    client = desk.client(role)
    for path in ("/account", "/visits", f"/visits/{visit}"):
        assert "Private" not in client.get(path).text


@pytest.mark.parametrize("role", sorted(BOTH))
def test_open_alerts_stand_on_every_page_with_the_patient_and_a_link(desk: Desk, role: Role) -> None:
    visit = desk.make_visit(given=usual(), name="Marta Urgent", alert={})
    client = desk.client(role)
    shown = [path for method, path, who, status in TABLE if (method, status) == ("GET", 200) and role in who]
    assert len(shown) > 5
    for path in (one for one in shown if not one.endswith(("pdf", "csv"))):
        page = client.get(path.format(visit=visit, patient=desk.patient_of(visit))).text
        band = page.partition('class="bc-alertband"')[2].partition("</section>")[0]
        assert "Marta Urgent" in band
        assert f'href="/visits/{visit}"' in band
