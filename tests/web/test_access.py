"""Every view says who may see it, and is held to it."""

from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from clinic.core.scope import Role
from clinic.db.models import WebSession
from clinic.db.session import db
from clinic.web import access
from tests.web.conftest import Staff, sign_in
from tests.web.page_check import PageClient, plain


def test_every_route_declares_its_access(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {"security.login", "accounts.signed_out"} <= endpoints
    assert sorted(one for one in endpoints if access.declared(app, one) is None) == []


def test_the_list_of_foreign_views_names_only_views_that_exist(app: Flask) -> None:
    assert set(access.FOREIGN_VIEWS) <= set(app.view_functions)


def test_a_view_that_declares_nothing_is_refused(app: Flask, client: PageClient) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "never shown")
    answer = client.get("/forgotten")
    assert answer.status_code == 403
    assert "never shown" not in answer.text


def test_a_view_cannot_declare_its_access_twice() -> None:
    def view() -> str:
        return ""

    with pytest.raises(ValueError, match="twice"):
        access.patient_session(access.public("For a test.")(view))


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_own_pages_only(app: Flask, client: PageClient, staff: Staff, role: Role) -> None:
    @app.get("/for-clinicians")
    @access.role_required(Role.CLINICIAN)
    def for_clinicians() -> ResponseReturnValue:
        return plain(str(access.current_scope().user_id))

    sign_in(client, staff.emails[role])
    answer = client.get("/for-clinicians")
    if role == Role.CLINICIAN:
        assert answer.text == str(staff.ids[role])
    else:
        assert answer.status_code == 403


def test_asking_for_pages_of_the_staff_makes_no_session(app: Flask) -> None:
    for path in ("/visits", "/account?tab=1", "/patients/7") * 7:
        answer = app.test_client().get(path)
        assert "Set-Cookie" not in answer.headers
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(WebSession)) == 0


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil.example/visits", "//evil.example/visits", "/\\evil.example", "/\t/evil.example/visits"),
        *("\\\\evil.example/visits", "https:visits", "javascript:/visits", "http://[", "visits", "////visits", "/"),
        *("/no/such/page", "/login", "/logout", "/form", "//visits", "/visits//", "/@evil.example", "\x00/visits"),
    ],
)
def test_after_sign_in_nobody_is_led_to_an_address_that_is_no_page_of_the_staff(
    client: PageClient, staff: Staff, address: str
) -> None:
    client.get("/login", query_string={"to": address})
    sign_in(client, staff.emails[Role.CLINICIAN])
    assert client.get("/after-sign-in").location == "/visits"


def test_a_stranger_is_led_to_sign_in_and_back(client: PageClient, staff: Staff) -> None:
    answer = client.get("/account?tab=1")
    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/login"
    client.get(answer.location)
    sign_in(client, staff.emails[Role.CLINICIAN])
    assert client.get("/after-sign-in").location == "/account?tab=1"
    assert client.get("/after-sign-in").location != "/account?tab=1"


def test_after_sign_in_everyone_reaches_a_page_they_may_open(app: Flask, staff: Staff) -> None:
    for role in Role:
        client = PageClient(app)
        answer = sign_in(client, staff.emails[role])
        answer = client.get(answer.location)
        assert answer.status_code == 303
        assert client.get(answer.location).status_code == 200, (role, answer.location)


FOREIGN = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,hello",
    "/\t/evil.example/",
    " //evil.example/",
]


@pytest.mark.parametrize("target", FOREIGN)
@pytest.mark.parametrize("place", ["query", "form"])
def test_sign_in_never_leads_to_a_foreign_place(client: PageClient, staff: Staff, target: str, place: str) -> None:
    token = client.token()
    data = {"csrf_token": token, "email": staff.emails[Role.CLINICIAN], "password": "four words in a row"}
    if place == "form":
        answer = client.post("/login", data={**data, "next": target})
    else:
        answer = client.post("/login", data=data, query_string={"next": target})
    assert answer.status_code == 302
    assert urlsplit(urljoin("http://localhost/login", answer.location)).netloc == "localhost"
    assert not answer.location.startswith(("//", "/\\", "\\"))
