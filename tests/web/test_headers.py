"""Every answer carries the same headers, whatever it is."""

from typing import Any

import pytest
from flask import Flask

from clinic.config import Settings
from clinic.core.scope import Role
from clinic.web.access import public
from tests.web.conftest import Staff, sign_in
from tests.web.page_check import PageClient, parsed

EXPECTED = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/login", 200, id="a page"),
        pytest.param("HEAD", "/login", 200, id="a head"),
        pytest.param("GET", "/account", 303, id="a redirect"),
        pytest.param("GET", "/no/such/page", 404, id="an unknown page"),
        pytest.param("GET", "/static/vendor/nothing.css", 404, id="an unknown file"),
        pytest.param("GET", "/logout", 405, id="a wrong method"),
        pytest.param("POST", "/login", 400, id="a form without its token"),
        pytest.param("GET", "/broken", 500, id="a failure"),
    ],
)
def test_every_kind_of_answer_carries_the_headers(
    app: Flask, client: PageClient, method: str, path: str, status: int
) -> None:
    @app.get("/broken")
    @public("A test breaks it.")
    def broken() -> str:
        raise RuntimeError("secret detail")

    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert "Strict-Transport-Security" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Server" not in answer.headers
    assert "secret detail" not in answer.text


def test_a_built_file_is_kept_for_ever_and_a_page_never(client: PageClient) -> None:
    page = parsed(client.get("/login"))
    sheet = next(link.get("href") for link in page.iter() if link.get("rel") == "stylesheet")
    assert sheet is not None
    answer = client.get(sheet, headers={"Accept-Encoding": "gzip"})
    answer.close()
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Security-Policy"] == EXPECTED["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_signing_out_clears_what_the_browser_kept(client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    answer = client.submit("/logout", page="/account")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


class TestBehindTls:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"BEHIND_TLS": True}

    @pytest.mark.parametrize("path", ["/login", "/no/such/page"])
    def test_hsts_stands_on_pages_and_errors(self, client: PageClient, path: str) -> None:
        answer = client.get(path, headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "form.example"})
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"

    def test_the_cookie_is_bound_to_this_host_and_to_tls(self, client: PageClient) -> None:
        cookie = client.get("/login").headers["Set-Cookie"]
        name, *attributes = cookie.split("; ")
        assert name.startswith("__Host-session=")
        assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]


def test_on_a_loopback_address_the_cookie_is_plain_but_closed_to_scripts(client: PageClient) -> None:
    name, *attributes = client.get("/login").headers["Set-Cookie"].split("; ")
    assert name.startswith("session=")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax"]


def test_settings_never_show_their_secrets(settings: Settings) -> None:
    shown = repr(settings)
    assert settings.fernet_keys[0] not in shown
    assert repr(settings.root_secret) not in shown
