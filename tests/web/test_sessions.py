"""Sessions live on the server: they change at sign-in, end at sign-out, and cannot be brought by a stranger."""

from flask import Flask, Response, session
from sqlalchemy import select, update

from clinic.core.scope import Role
from clinic.db.models import User, WebSession
from clinic.db.session import db
from clinic.services.accounts import disable_user
from clinic.web.access import patient_session, public
from clinic.web.sessions import begin_patient
from tests.web.conftest import PASSWORD, Clock, Staff, sign_in
from tests.web.page_check import PageClient, plain


def cookie_of(client: PageClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


def rows(app: Flask) -> list[WebSession]:
    with app.app_context():
        return list(db.session.scalars(select(WebSession)))


def is_signed_in(client: PageClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_session_id_that_a_stranger_chose_is_never_taken_over(client: PageClient, staff: Staff) -> None:
    client.set_cookie("session", "chosen-by-a-stranger")
    client.get("/login")
    assert cookie_of(client) != "chosen-by-a-stranger"


def test_the_session_id_changes_at_sign_in_and_the_old_one_is_dead(
    app: Flask, client: PageClient, staff: Staff
) -> None:
    client.get("/login")
    before = cookie_of(client)
    sign_in(client, staff.emails[Role.CLINICIAN])
    assert cookie_of(client) != before
    assert [row.kind for row in rows(app)] == ["staff"]
    client.set_cookie("session", before)
    assert not is_signed_in(client)


def test_a_copied_cookie_opens_nothing_after_sign_out(app: Flask, client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    copied = cookie_of(client)
    answer = client.submit("/logout", page="/account")
    assert answer.location == "/signed-out"
    assert client.get("/signed-out").status_code == 200
    assert rows(app) == []
    client.set_cookie("session", copied)
    assert not is_signed_in(client)


def test_signing_out_by_get_changes_nothing(client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    assert client.get("/logout").status_code == 405
    assert is_signed_in(client)


def test_a_changed_cookie_is_a_stranger_and_no_failure(client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    cookie = cookie_of(client)
    for changed in (cookie[:-1], cookie + "A", cookie.swapcase(), "é", "%00", "a" * 4000):
        client.set_cookie("session", changed)
        assert client.get("/account").status_code == 303


def test_a_switched_off_person_is_refused_at_once(app: Flask, client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    with app.app_context():
        # Not even the row is touched: the account alone must be enough.
        db.session.execute(update(User).where(User.id == staff.ids[Role.CLINICIAN]).values(active=False))
        db.session.commit()
    assert not is_signed_in(client)


def test_switching_a_person_off_ends_their_rows(app: Flask, client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    with app.app_context():
        disable_user(db.session, staff.clinic_id, staff.emails[Role.CLINICIAN])
        db.session.commit()
    assert rows(app) == []


def test_fifteen_minutes_without_use_end_a_session_and_the_sign_in_page_says_so(
    client: PageClient, staff: Staff, clock: Clock
) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    clock.forward(minutes=14, seconds=59)
    assert is_signed_in(client)
    clock.forward(minutes=15)
    answer = client.get("/account")
    assert answer.location == "/login?to=/account"
    assert "You were signed out after a time without use" in client.get(answer.location).text


def test_twelve_hours_end_a_session_however_busy(client: PageClient, staff: Staff, clock: Clock) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    for _ in range(71):
        clock.forward(minutes=10)
        assert is_signed_in(client)
    clock.forward(minutes=10)
    assert not is_signed_in(client)


def test_use_is_noted_at_most_once_in_a_twelfth_of_the_idle_time(
    app: Flask, client: PageClient, staff: Staff, clock: Clock
) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    client.get("/account")
    first = rows(app)[0].last_used_at
    clock.forward(minutes=1, seconds=14)
    client.get("/account")
    assert rows(app)[0].last_used_at == first
    clock.forward(seconds=1)
    client.get("/account")
    assert rows(app)[0].last_used_at == clock()


def test_the_database_holds_neither_the_id_nor_readable_data(app: Flask, client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    cookie = cookie_of(client)
    with app.app_context(), db.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT id_hash, data FROM web_session").all()
    assert len(stored) == 1
    assert cookie not in str(stored)
    assert "csrf_token" not in str(stored)


def test_a_page_that_needs_nothing_kept_makes_no_session(app: Flask, client: PageClient) -> None:
    answer = client.get("/no/such/page")
    assert "Set-Cookie" not in answer.headers
    assert rows(app) == []


def test_a_new_password_ends_the_sessions_on_other_devices(app: Flask, client: PageClient, staff: Staff) -> None:
    other = PageClient(app)
    for browser in (client, other):
        sign_in(browser, staff.emails[Role.CLINICIAN])
    new = "five quiet boats at sea"
    answer = client.submit("/account", {"password": PASSWORD, "new_password": new, "new_password_confirm": new})
    assert answer.location == "/account"
    assert "Your password is changed" in client.get("/account").text
    assert not is_signed_in(other)
    assert sign_in(other, staff.emails[Role.CLINICIAN], new).status_code == 302


def test_opening_a_link_signs_staff_out_and_gives_a_new_id(app: Flask, client: PageClient, staff: Staff) -> None:
    @app.get("/opens")
    @public("A test opens a link by it.")
    def opens() -> str:
        session["language"] = "es"
        begin_patient()["visit"] = 7
        return ""

    @app.get("/patients-own")
    @patient_session
    def patients_own() -> Response:
        return plain(f"{session['language']} {session['visit']}")

    sign_in(client, staff.emails[Role.CLINICIAN])
    before = cookie_of(client)
    assert client.get("/patients-own").status_code == 401
    client.get("/opens")
    assert cookie_of(client) != before
    assert [row.kind for row in rows(app)] == ["patient"]
    assert not is_signed_in(client)
    assert client.get("/patients-own").text == "es 7"


def test_every_column_of_a_patients_session_is_used_or_is_of_staff(app: Flask, client: PageClient) -> None:
    @app.get("/opens-too")
    @public("A test opens a link by it.")
    def opens_too() -> str:
        begin_patient()["link"] = 7
        return ""

    client.get("/opens-too")
    (row,) = rows(app)
    columns = {column.key for column in WebSession.__table__.columns}
    assert {one for one in columns if getattr(row, one) is None} == {"user_id"}


def test_sessions_that_are_over_are_swept_away(app: Flask, client: PageClient, staff: Staff, clock: Clock) -> None:
    client.get("/login")
    clock.forward(hours=13)
    PageClient(app).get("/login")
    assert len(rows(app)) == 1
