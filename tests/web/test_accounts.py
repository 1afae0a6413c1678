"""Signing in and out: words, sessions and limits."""

from clinic.core.scope import Role
from tests.web.conftest import Staff, sign_in
from tests.web.page_check import PageClient


def test_the_right_password_opens_the_account_page(client: PageClient, staff: Staff) -> None:
    answer = sign_in(client, staff.emails[Role.CLINICIAN])
    assert answer.status_code == 302, answer.text
    assert answer.location == "/after-sign-in"
    assert client.get("/account").status_code == 200
