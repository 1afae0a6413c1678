"""What every request is held to: tokens, origins, sizes, and pages that say what is wrong."""

import pytest
from flask import Flask, render_template_string, request
from jinja2 import UndefinedError
from sqlalchemy.exc import OperationalError

from clinic.core.errors import BadSetting, Busy, DamagedRecord, NotFound, Refusal
from clinic.core.scope import Role
from clinic.web.access import public
from clinic.web.security import LARGEST_BODY
from tests.web.conftest import PASSWORD, Staff, sign_in
from tests.web.page_check import PageClient, page_problems, parsed, text_of


def heading(answer: object) -> str:
    return next(text_of(element) for element in parsed(answer).iter() if element.tag.endswith("}h1"))  # type: ignore[arg-type]


def right(staff: Staff) -> dict[str, str]:
    return {"email": staff.emails[Role.CLINICIAN], "password": PASSWORD}


def test_a_form_without_a_token_is_refused(client: PageClient, staff: Staff) -> None:
    client.get("/login")
    assert client.post("/login", data=right(staff)).status_code == 400


def test_a_form_with_a_made_up_token_is_refused(client: PageClient, staff: Staff) -> None:
    client.get("/login")
    assert client.post("/login", data={**right(staff), "csrf_token": "x" * 40}).status_code == 400


def test_a_token_of_another_session_is_refused(app: Flask, client: PageClient, staff: Staff) -> None:
    foreign = PageClient(app).token()
    client.get("/login")
    answer = client.post("/login", data={**right(staff), "csrf_token": foreign})
    assert answer.status_code == 400
    assert heading(answer) == "This page is out of date"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_even_a_right_token_is_refused_from_a_foreign_page(
    client: PageClient, staff: Staff, headers: dict[str, str]
) -> None:
    data = {**right(staff), "csrf_token": client.token()}
    assert client.post("/login", data=data, headers=headers).status_code == 400


@pytest.mark.parametrize("origin", ["null", "http://localhost"])
def test_the_origins_that_browsers_send_with_our_own_forms_are_taken(
    client: PageClient, staff: Staff, origin: str
) -> None:
    data = {**right(staff), "csrf_token": client.token()}
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/login", data=data, headers=headers).status_code == 302


def test_signing_out_with_a_session_that_is_over_is_no_error(client: PageClient) -> None:
    assert client.post("/logout").location == "/signed-out"


def test_a_body_over_the_limit_is_refused_in_words(client: PageClient) -> None:
    answer = client.post("/login", data={"csrf_token": client.token(), "email": "x" * LARGEST_BODY})
    assert answer.status_code == 413
    assert heading(answer) == "That is too much at once"


def test_a_nul_character_is_refused_in_words(client: PageClient, staff: Staff) -> None:
    answer = client.submit("/login", {"email": "a\0b@riverside.example", "password": "x"})
    assert answer.status_code == 422
    assert client.get("/login?next=%00").status_code == 422


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("path", ["/form/fails", "/fails"])
def test_every_failure_is_a_page_in_words(app: Flask, client: PageClient, status: int, path: str) -> None:
    @app.get("/fails", endpoint="fails")
    @app.get("/form/fails", endpoint="form_fails")
    @public("A test fails by it.")
    def fails() -> str:
        from flask import abort

        abort(int(request.args["status"]))

    answer = client.get(f"{path}?status={status}")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert ("Get help now" in answer.text) == path.startswith("/form")


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [
        (Busy("inner words"), 503, "very busy"),
        (DamagedRecord("inner words"), 500, "Something went wrong"),
        (NotFound("inner words"), 404, "cannot find this page"),
        (BadSetting("Choose <one> of these."), 422, "Choose &lt;one&gt; of these."),
        (OperationalError("SELECT secret", {}, Exception("gone")), 503, "very busy"),
        (ZeroDivisionError("inner words"), 500, "Something went wrong"),
    ],
)
def test_a_refusal_becomes_its_page_and_tells_nothing_of_the_inside(
    app: Flask, client: PageClient, refusal: Exception, status: int, said: str
) -> None:
    @app.get("/refused")
    @public("A test is refused by it.")
    def refused() -> str:
        raise refusal

    answer = client.get("/refused")
    assert answer.status_code == status
    assert said in answer.text
    assert "inner words" not in answer.text
    assert "secret" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_refusal_nobody_named_is_still_in_words(app: Flask, client: PageClient) -> None:
    class Unheard(Refusal):
        """A refusal of the future."""

    @app.get("/refused")
    @public("A test is refused by it.")
    def refused() -> str:
        raise Unheard("Pick another day.")

    answer = client.get("/refused")
    assert answer.status_code == 422
    assert "Pick another day." in answer.text


def test_an_unknown_name_in_a_template_stops_the_page(app: Flask) -> None:
    with app.test_request_context("/login"), pytest.raises(UndefinedError):
        render_template_string("{{ no_such_value }}")


def test_a_page_never_trusts_what_was_typed(client: PageClient) -> None:
    answer = client.submit("/login", {"email": '"><script>alert(1)</script>', "password": "x"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_the_language_follows_the_browser_where_nothing_else_is_known(client: PageClient) -> None:
    assert '<html lang="es"' in client.get("/no", headers={"Accept-Language": "es-MX,es;q=0.9"}).text
    assert '<html lang="en"' in client.get("/no", headers={"Accept-Language": "fr"}).text


def test_the_staff_see_who_is_signed_in_and_a_way_out(client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.MANAGER])
    page = client.get("/account").text
    assert "Alex Manager" in page
    assert "Sign out" in page


PAGE = '<!DOCTYPE html><html lang="en" dir="ltr"><head><title>T</title></head><body><h1>H</h1>{}</body></html>'


def test_the_page_check_is_content_with_a_good_page() -> None:
    assert page_problems(PAGE.format('<label for="a">A</label><input id="a" name="a"><a href="tel:988">988</a>')) == []


@pytest.mark.parametrize(
    "body",
    [
        '<input name="a">',
        '<p id="a"></p><p id="a"></p>',
        '<p style="color: red"></p>',
        '<p onclick="x()"></p>',
        "<script>x()</script>",
        "<style>p {}</style>",
        '<a href="https://evil.test/">x</a>',
        '<a href="javascript:x()">x</a>',
        '<script src="//cdn.example/x.js"></script>',
        "<h1>Again</h1>",
        "<fieldset><p>No legend</p></fieldset>",
        "<button></button>",
        '<label for="nobody">A</label>',
        '<p aria-describedby="nobody"></p>',
        "<div><b></div>",
        "<p>A & B < C</p>",
    ],
)
def test_the_page_check_finds_what_is_wrong(body: str) -> None:
    assert page_problems(PAGE.format(body)) != []


def test_the_page_check_wants_title_language_and_heading() -> None:
    bare = "<!DOCTYPE html><html><head></head><body></body></html>"
    assert len(page_problems(bare)) == 4
