"""Signing in and out: words, sessions and limits."""

from statistics import median
from time import process_time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.errors import BadAccount
from clinic.core.scope import Role
from clinic.db.models import User
from clinic.db.session import db
from clinic.services.accounts import DEMO_DOMAIN, add_user, disable_user
from tests.factories import make_clinic
from tests.web.conftest import PASSWORD, Clock, Staff, sign_in
from tests.web.page_check import PageClient


def test_the_right_password_opens_the_account_page(client: PageClient, staff: Staff) -> None:
    answer = sign_in(client, staff.emails[Role.CLINICIAN])
    assert answer.status_code == 302, answer.text
    assert answer.location == "/after-sign-in"
    assert client.get("/account").status_code == 200


WRONG = "The e-mail or the password is not right. Check both and try again."


def test_a_wrong_password_and_an_unknown_person_are_told_in_the_same_words(client: PageClient, staff: Staff) -> None:
    answers = [
        sign_in(client, email, password)
        for email, password in (
            (staff.emails[Role.CLINICIAN], "not the password"),
            ("nobody@riverside.example", "not the password"),
            (staff.emails[Role.CLINICIAN], ""),
            ("not an address", "x"),
            ("", ""),
        )
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert all(f'<a href="#email">{WRONG}</a>' in answer.text for answer in answers)


def test_a_switched_off_person_is_told_no_more_than_a_stranger(app: Flask, client: PageClient, staff: Staff) -> None:
    with app.app_context():
        disable_user(db.session, staff.clinic_id, staff.emails[Role.CLINICIAN])
        db.session.commit()
    assert WRONG in sign_in(client, staff.emails[Role.CLINICIAN]).text


def test_an_unknown_person_costs_the_same_work_as_a_wrong_password(
    client: PageClient, staff: Staff, clock: Clock
) -> None:
    def work(email: str) -> float:
        clock.forward(hours=2)
        token = client.token()
        start = process_time()
        client.post("/login", data={"csrf_token": token, "email": email, "password": "not the password"})
        return process_time() - start

    known = median(work(staff.emails[Role.CLINICIAN]) for _ in range(7))
    unknown = median(work("nobody@riverside.example") for _ in range(7))
    assert abs(known - unknown) < max(0.25 * max(known, unknown), 0.015)


@pytest.mark.parametrize("email", ["clinician@riverside.example", "nobody@riverside.example"])
def test_guessing_is_slowed_alike_for_real_and_made_up_people(
    client: PageClient, staff: Staff, clock: Clock, email: str
) -> None:
    statuses = [sign_in(client, email, f"guess number {number}").status_code for number in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    # Even the right password waits, and the wait ends by itself.
    refused = sign_in(client, email)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 31
    clock.forward(seconds=31)
    assert sign_in(client, email).status_code == (302 if email in staff.emails.values() else 200)


def test_guessing_one_account_does_not_slow_another(client: PageClient, staff: Staff) -> None:
    for number in range(6):
        sign_in(client, staff.emails[Role.CLINICIAN], f"guess number {number}")
    assert sign_in(client, staff.emails[Role.MANAGER]).status_code == 302


def test_a_stranger_elsewhere_cannot_lock_a_person_out_of_their_own_place(
    app: Flask, client: PageClient, staff: Staff
) -> None:
    email = staff.emails[Role.CLINICIAN]
    sign_in(client, email)
    client.submit("/logout", page="/account")
    stranger = PageClient(app)
    for number in range(6):
        stranger.post(
            "/login",
            data={"csrf_token": stranger.token(), "email": email, "password": f"guess number {number}"},
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        )
    assert sign_in(client, email).status_code == 302


def test_many_accounts_tried_from_one_address_are_slowed(client: PageClient, staff: Staff) -> None:
    statuses = [sign_in(client, f"user{number}@riverside.example", "a guess").status_code for number in range(32)]
    assert statuses[:30] == [200] * 30
    assert statuses[30:] == [429, 429]


def test_a_password_is_kept_as_argon2id_at_the_cost_that_owasp_asks(app: Flask, staff: Staff) -> None:
    with app.app_context():
        stored = db.session.scalars(select(User.password)).all()
    assert len(stored) == 4
    assert all(one is not None and one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in stored)


def test_the_library_makes_the_same_kind_of_hash_at_a_change(app: Flask, client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.MANAGER])
    new = "ten green bottles 🍾 on the wall and sixty-four characters long!"
    answer = client.submit("/account", {"password": PASSWORD, "new_password": new, "new_password_confirm": new})
    assert answer.status_code == 302
    with app.app_context():
        stored = db.session.get_one(User, staff.ids[Role.MANAGER]).password
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    client.submit("/logout", page="/account")
    assert sign_in(client, staff.emails[Role.MANAGER], new).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong old one", "five quiet boats", "five quiet boats", "This is not your present password."),
        (PASSWORD, "five quiet boats", "five quiet boots", "The two new passwords are not the same."),
        (PASSWORD, "short", "short", "Use at least 12 characters."),
        (PASSWORD, "password12345", "password12345", "one of the first passwords"),
        (PASSWORD, "aaaaaaaabbbbbbbb", "aaaaaaaabbbbbbbb", "repeats too few characters"),
        (PASSWORD, "riverside clinic 1", "riverside clinic 1", "the name of the clinic"),
        (PASSWORD, PASSWORD, PASSWORD, "must not be the old one"),
    ],
)
def test_a_bad_change_of_password_is_told_at_its_field(
    client: PageClient, staff: Staff, old: str, new: str, again: str, said: str
) -> None:
    sign_in(client, staff.emails[Role.MANAGER])
    answer = client.submit("/account", {"password": old, "new_password": new, "new_password_confirm": again})
    assert answer.status_code == 200
    assert said in answer.text
    assert "Error:" in answer.text


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_sign_in_speaks_to_people_only(client: PageClient, staff: Staff, accept: str) -> None:
    answer = client.get("/login", headers={"Accept": accept})
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize(
    "path", ["/register", "/reset", "/confirm", "/verify", "/change", "/tf-setup", "/us-signin", "/fs-static/x.js"]
)
def test_what_this_clinic_does_not_offer_is_not_there(client: PageClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_fresh_installation_lets_nobody_in(app: Flask, client: PageClient) -> None:
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []
    assert sign_in(client, "admin@clinic.example", "admin").status_code == 200


def test_demo_accounts_exist_in_a_demo_clinic_only(app: Flask, staff: Staff, clock: Clock) -> None:
    details = {"display_name": "A Person", "roles": [Role.MANAGER], "password": PASSWORD, "now": clock()}
    with app.app_context():
        with pytest.raises(BadAccount, match="demo"):
            add_user(db.session, clinic_id=staff.clinic_id, email=f"a@{DEMO_DOMAIN}", **details)
        demo = make_clinic(db.session, is_demo=True)
        with pytest.raises(BadAccount, match="demo"):
            add_user(db.session, clinic_id=demo.id, email="a@riverside.example", **details)
        assert add_user(db.session, clinic_id=demo.id, email=f"a@{DEMO_DOMAIN}", **details)


def test_a_demo_account_that_was_copied_out_of_the_demo_opens_nothing(
    app: Flask, client: PageClient, clock: Clock
) -> None:
    with app.app_context():
        demo = make_clinic(db.session, is_demo=True)
        add_user(
            db.session,
            clinic_id=demo.id,
            email=f"a@{DEMO_DOMAIN}",
            display_name="A Person",
            roles=[Role.MANAGER],
            password=PASSWORD,
            now=clock(),
        )
        db.session.commit()
    assert WRONG in sign_in(client, f"a@{DEMO_DOMAIN}").text


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "not an address"},
        {"email": "CLINICIAN@riverside.example"},
        {"display_name": "  "},
        {"roles": []},
        {"password": "short"},
        {"clinic_id": 999},
    ],
)
def test_a_person_who_cannot_be_added_is_refused_in_words(
    app: Flask, staff: Staff, clock: Clock, changes: dict[str, Any]
) -> None:
    details = {
        "clinic_id": staff.clinic_id,
        "email": "new@riverside.example",
        "display_name": "New Person",
        "roles": [Role.FRONT_DESK],
        "password": PASSWORD,
        "now": clock(),
    }
    with app.app_context(), pytest.raises(BadAccount):
        add_user(db.session, **(details | changes))
