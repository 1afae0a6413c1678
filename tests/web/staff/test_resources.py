"""The pages of the clinic's directory: who reads and who keeps it, what is refused, and two people at once."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.scope import Role
from clinic.db.models import Resource
from clinic.db.session import db
from clinic.services import resources
from clinic.services.resources import NewResource
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk

KEEPERS = [Role.CLINICIAN, Role.MANAGER, Role.ADMINISTRATOR]
NEW = {
    "name": "Riverside group",
    "offers": "Meets on Tuesdays, free",
    "gaps": ["support", "stigma"],
    "phone": "+1 (312) 555-0111",
    "address": "12 Harbour Street",
    "url": "https://peers.example/meet",
    "languages": "English, Español ,",
}


def stored(app: Flask) -> list[Resource]:
    with app.app_context():
        return list(db.session.scalars(select(Resource).order_by(Resource.id)))


def add(desk: Desk, name: str = "Ride line", checked_on: date = date(2025, 12, 1)) -> int:
    new = NewResource(name, "Rides on weekdays", ("accessibility",), "+1 312 555 0112")
    with desk.app.app_context():
        made = resources.add(db.session, desk.staff.clinic_id, new, checked_on=checked_on, by=None, now=desk.clock())
        db.session.commit()
        return made


def sent(client: PageClient, path: str, **changes: Any) -> Any:
    """Send the page's form as it stands, with some fields changed."""
    page = client.get(path)
    form = next(one for one in parsed(page).iter(f"{XHTML}form") if one.get("action") == path)
    fields: dict[str, Any] = {"gaps": []}
    for one in form.iter(f"{XHTML}input"):
        if one.get("type") == "checkbox":
            if one.get("checked") is not None:
                fields["gaps"].append(one.get("value"))
        else:
            fields[one.get("name", "")] = one.get("value", "")
    return client.post(path, data=fields | changes)


@pytest.mark.parametrize("role", KEEPERS)
def test_those_who_keep_the_directory_add_to_it(app: Flask, desk: Desk, role: Role) -> None:
    client = desk.client(role)
    assert sent(client, "/resources/new", **NEW).location == "/resources"
    (one,) = stored(app)
    assert (one.name, one.gaps, one.languages, one.checked_on, one.checked_by) == (
        "Riverside group",
        ["stigma", "support"],
        ["English", "Español"],
        date(2025, 12, 4),
        desk.staff.ids[role],
    )
    page = client.get("/resources")
    assert 'href="tel:+13125550111"' in page.text
    assert '<a href="https://peers.example/meet" rel="noreferrer">' in page.text
    words = text_of(parsed(page)).replace(" ", "")
    assert "HelpswithStigma,SupportLanguagesEnglish,EspañolLastchecked4December2025" in words


def test_the_front_desk_reads_the_directory_and_changes_nothing(desk: Desk) -> None:
    add(desk)
    page = desk.client(Role.FRONT_DESK).get("/resources")
    assert "Rides on weekdays" in page.text
    for words in ("Add an entry", "Checked today", "Take out of use", "/edit"):
        assert words not in page.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "Give the entry a name."),
        ({"offers": ""}, "Say what it offers."),
        ({"gaps": []}, "Choose at least one of the four gaps."),
        ({"gaps": ["money"]}, "not a valid choice"),
        ({"phone": "call me"}, "digits, spaces"),
        ({"url": "http://peers.example"}, "A link begins with https://"),
        ({"url": "javascript:alert(1)"}, "A link begins with https://"),
        ({"languages": ", ".join("abcdefghijklm")}, "Name each language"),
        ({"checked_on": "2025-12-05"}, "This day has not come yet."),
        ({"checked_on": "soon"}, "Write the day as"),
    ],
)
def test_an_entry_that_leads_nowhere_is_refused_in_words(
    app: Flask, desk: Desk, changes: dict[str, Any], words: str
) -> None:
    answer = sent(desk.client(Role.MANAGER), "/resources/new", **NEW | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert stored(app) == []


def test_an_entry_that_nobody_has_checked_is_marked_until_somebody_does(app: Flask, desk: Desk) -> None:
    number = add(desk, checked_on=date(2025, 5, 1))
    client = desk.client(Role.MANAGER)
    assert "Nobody has checked this for more than 180 days." in client.get("/resources").text

    answer = client.submit(f"/resources/{number}/checked", page="/resources")

    assert answer.location == f"/resources#entry-{number}"
    page = client.get("/resources").text
    assert "Nobody has checked this" not in page
    assert "Checked today" not in page
    assert stored(app)[0].checked_by == desk.staff.ids[Role.MANAGER]


def test_of_two_who_change_an_entry_the_later_one_is_told_and_keeps_what_was_typed(app: Flask, desk: Desk) -> None:
    path = f"/resources/{add(desk)}/edit"
    first, second = desk.client(Role.MANAGER), desk.client(Role.CLINICIAN)
    old = parsed(second.get(path))
    seen = next(one.get("value", "") for one in old.iter(f"{XHTML}input") if one.get("name") == "seen")
    assert sent(first, path, phone="+1 312 555 0199").status_code == 303

    answer = sent(second, path, name="Other name", seen=seen)

    assert answer.status_code == 409
    words = text_of(parsed(answer))
    assert "Somebody else changed this entry in the meantime." in words
    assert "+1 312 555 0199" in words
    assert 'value="Other name"' in answer.text
    assert [one.name for one in stored(app)] == ["Ride line"]
    assert sent(second, path, name="Other name").status_code == 303
    assert [(one.name, one.phone) for one in stored(app)] == [("Other name", "+1 312 555 0199")]


def test_an_entry_is_taken_out_of_use_and_used_again(app: Flask, desk: Desk) -> None:
    number, client = add(desk), desk.client(Role.ADMINISTRATOR)
    assert (
        "out of use"
        in client.get(client.submit(f"/resources/{number}/retire", {"seen": "0"}, page="/resources").location).text
    )
    assert "1 entry is out of use" in client.get("/resources").text
    assert "This entry is out of use." in client.get(f"/resources/{number}/edit").text
    late = client.submit(f"/resources/{number}/retire", {"seen": "0"}, page="/resources")
    assert "Nothing was done" in client.get(late.location).text
    client.submit(f"/resources/{number}/bring-back", {"seen": "1"}, page="/resources")
    assert [one.retired_at for one in stored(app)] == [None]
    late = client.submit(f"/resources/{number}/bring-back", {"seen": "x"}, page="/resources")
    assert "Nothing was done" in client.get(late.location).text


def test_words_of_an_entry_are_shown_as_words(desk: Desk) -> None:
    add(desk, name='<script>alert(1)</script> "onmouseover="')
    page = desk.client(Role.FRONT_DESK).get("/resources").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
