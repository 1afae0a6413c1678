"""Closing flags on the page of a visit: three presses, saved at once, refused in words, and undone right there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.scope import Role
from clinic.db.models import Agreement, Assessment, Visit
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import resources
from clinic.services.resources import NewResource
from tests import factories
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual

GROUP = NewResource("Riverside group", "Meets on Tuesdays", ("support", "adherence"), "+1 312 555 0111")


def stored(app: Flask) -> list[tuple[Any, ...]]:
    with app.app_context():
        rows = db.session.scalars(select(Agreement).where(Agreement.taken_back_at.is_(None)).order_by(Agreement.id))
        return [(one.gap, one.kind, one.what, one.who, one.due_on, one.suggestion) for one in rows]


def gap_of(client: PageClient, visit: int, gap: str) -> Element:
    page = parsed(client.get(f"/visits/{visit}"))
    return next(one for one in page.iter(f"{XHTML}section") if one.get("aria-labelledby") == f"gap-{gap}")


def forms(part: Element, ending: str) -> Iterator[dict[str, str]]:
    """Yield what each form of a part of the page sends as it stands, with what only a press adds left out."""
    for form in part.iter(f"{XHTML}form"):
        if (form.get("action") or "").endswith(ending):
            yield {
                one.get("name", ""): one.get("value", "")
                for one in form.iter(f"{XHTML}input")
                if one.get("type") != "radio" or one.get("checked") is not None
            }


def agreeing(client: PageClient, visit: int, gap: str, /, **pressed: str) -> Any:
    """Send the form of one gap as it stands, with what was pressed."""
    fields = next(one for one in forms(gap_of(client, visit, gap), "/agreements") if "what-own" in one)
    return client.post(f"/visits/{visit}/agreements", data=fields | {"kind": "agreed"} | pressed)


def directory(desk: Desk, checked_on: date) -> int:
    with desk.app.app_context():
        made = resources.add(db.session, desk.staff.clinic_id, GROUP, checked_on=checked_on, by=None, now=desk.clock())
        db.session.commit()
        return made


def test_one_press_says_that_a_gap_was_talked_about(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    (fields,) = [one for one in forms(gap_of(client, visit, "ADHERENCE"), "/agreements") if "what-own" not in one]

    answer = client.post(f"/visits/{visit}/agreements", data=fields | {"kind": "discussed"})

    assert (answer.status_code, answer.location) == (303, f"/visits/{visit}#gap-ADHERENCE")
    assert stored(app) == [("adherence", "discussed", None, None, None, None)]
    part = gap_of(client, visit, "ADHERENCE")
    assert "Closed Discussed Alex Clinician, 8:20 am Undo" in text_of(part)
    # It is said once, and something may still be agreed.
    assert len(list(forms(part, "/agreements"))) == 1


def test_the_ideas_are_those_of_the_questionnaire_that_was_filled_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    before = text_of(gap_of(client, visit, "ADHERENCE"))
    now = catalogue.current()
    newer = {key: replace(one, prompts=()) for key, one in now.domains.items()}
    monkeypatch.setattr(catalogue, "current", lambda: replace(now, version="9.0", domains=newer))
    assert text_of(gap_of(client, visit, "ADHERENCE")) == before


def test_an_idea_is_agreed_on_as_it_stands(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    answer = agreeing(client, visit, "ADHERENCE", pick="ADHERENCE.0")
    assert answer.location == f"/visits/{visit}#gap-ADHERENCE"
    words = "Open without blame: many people miss parts of a plan; ask what a normal week looks like."
    assert stored(app) == [("adherence", "agreed", words, "clinician", None, "ADHERENCE.0")]
    assert f"{words} Clinician, at the next visit" in text_of(gap_of(client, visit, "ADHERENCE"))


def test_an_idea_is_a_beginning_that_can_be_written_anew(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    agreeing(
        client,
        visit,
        "ADHERENCE",
        **{"pick": "ADHERENCE.0", "what-ADHERENCE.0": "Tell me about one week", "who": "patient", "by": "two_weeks"},
    )
    assert stored(app) == [
        ("adherence", "agreed", "Tell me about one week", "patient", date(2025, 12, 18), "ADHERENCE.0")
    ]


def test_own_words_are_agreed_on_until_a_day(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    pressed = {"pick": "own", "what-own": " Call\tthe pharmacy <b> ", "who": "family", "by": "day", "on": "2026-01-09"}
    agreeing(client, visit, "STIGMA", **pressed)
    assert stored(app) == [("stigma", "agreed", "Call the pharmacy <b>", "family", date(2026, 1, 9), None)]
    assert "Call the pharmacy <b> Family or friends, by 9 January 2026" in text_of(gap_of(client, visit, "STIGMA"))


def test_an_entry_of_the_directory_is_offered_for_its_gaps_alone_and_kept_with_what_was_agreed(
    app: Flask, desk: Desk
) -> None:
    entry = directory(desk, desk.clock().date())
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    assert "Riverside group" not in text_of(gap_of(client, visit, "STIGMA"))
    agreeing(client, visit, "SUPPORT", pick=f"resource-{entry}", who="patient")
    assert stored(app) == [("support", "agreed", "Riverside group", "patient", None, None)]
    with app.app_context():
        assert db.session.scalars(select(Agreement.resource_id)).one() == entry


def test_an_entry_that_nobody_has_checked_says_so_where_it_is_picked(desk: Desk) -> None:
    directory(desk, date(2025, 3, 1))
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    assert "Not checked since 1 March 2025." in text_of(gap_of(client, visit, "SUPPORT"))


def test_an_entry_that_was_retired_while_the_page_was_open_is_refused_and_nothing_is_lost(
    app: Flask, desk: Desk
) -> None:
    entry = directory(desk, desk.clock().date())
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    fields = next(one for one in forms(gap_of(client, visit, "SUPPORT"), "/agreements") if "what-own" in one)
    with app.app_context():
        doctor = desk.staff.ids[Role.CLINICIAN]
        resources.retire(db.session, desk.staff.clinic_id, entry, by=doctor, now=desk.clock(), seen=0)
        db.session.commit()

    pressed = {"kind": "agreed", "pick": f"resource-{entry}", "what-own": "or a walk"}
    answer = client.post(f"/visits/{visit}/agreements", data=fields | pressed)

    assert answer.status_code == 422
    assert "not in the clinic’s directory any more" in answer.text
    assert 'value="or a walk"' in answer.text
    assert stored(app) == []


@pytest.mark.parametrize(
    ("pressed", "words"),
    [
        ({}, "Choose what was agreed."),
        ({"pick": "resource-x"}, "Choose what was agreed."),
        ({"pick": "own"}, "Say in a few words what was agreed."),
        ({"pick": "own", "what-own": "\u200b"}, "Say in a few words what was agreed."),
        ({"pick": "own", "what-own": "a" * 201}, "Use at most 200 characters."),
        ({"pick": "own", "what-own": "A walk", "who": "nobody"}, "Choose who does it."),
        ({"pick": "own", "what-own": "A walk", "by": "never"}, "Choose by when."),
        ({"pick": "own", "what-own": "A walk", "by": "day"}, "Write the day as year-month-day"),
        ({"pick": "own", "what-own": "A walk", "by": "day", "on": "2025-12-03"}, "Choose a day from today on"),
        ({"pick": "own", "what-own": "A walk", "by": "day", "on": "2027-12-05"}, "Choose a day from today on"),
    ],
)
def test_what_cannot_be_stored_stays_on_the_page_with_what_is_wrong(
    app: Flask, desk: Desk, pressed: dict[str, str], words: str
) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)

    answer = agreeing(client, visit, "ADHERENCE", **pressed)

    assert answer.status_code == 422
    assert answer.text.count(words) == 2, "It is said on top, and at its place."
    assert "<title>Error: " in answer.text
    if "A walk" in pressed.values():
        assert 'value="A walk"' in answer.text
    assert stored(app) == []


def test_pressing_twice_makes_one_row(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    fields = next(one for one in forms(gap_of(client, visit, "SUPPORT"), "/agreements") if "what-own" in one)
    sent = fields | {"kind": "agreed", "pick": "own", "what-own": "A walk"}
    assert {client.post(f"/visits/{visit}/agreements", data=sent).status_code for _ in range(3)} == {303}
    assert len(stored(app)) == 1


def test_what_was_closed_is_undone_right_there(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    agreeing(client, visit, "ADHERENCE", pick="own", **{"what-own": "A walk"})
    (undo,) = forms(gap_of(client, visit, "ADHERENCE"), "/take-back")
    with app.app_context():
        number = db.session.scalars(select(Agreement.id)).one()

    for _ in range(2):
        answer = client.post(f"/visits/{visit}/agreements/{number}/take-back", data=undo)
        assert answer.location == f"/visits/{visit}#gap-ADHERENCE"

    assert stored(app) == []
    assert "Close this flag" in text_of(gap_of(client, visit, "ADHERENCE"))


def test_what_the_next_form_has_asked_about_offers_no_undo_and_says_why(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    agreeing(client, visit, "ADHERENCE", pick="own", **{"what-own": "A walk"})
    (undo,) = forms(gap_of(client, visit, "ADHERENCE"), "/take-back")
    with app.app_context():
        row = db.session.scalars(select(Agreement)).one()
        row.answered_in, row.answered_at = db.session.scalars(select(Assessment.id)).one(), desk.clock()
        db.session.commit()
        number = row.id

    answer = client.post(f"/visits/{visit}/agreements/{number}/take-back", data=undo)

    assert "has asked about it" in client.get(answer.location).text
    assert list(forms(gap_of(client, visit, "ADHERENCE"), "/take-back")) == []
    assert len(stored(app)) == 1


def test_more_than_three_things_are_kept_and_the_page_says_which_are_printed(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    for count in range(1, 5):
        told = "Three things are agreed already" in client.get(f"/visits/{visit}").text
        assert told is (count > 3)
        agreeing(client, visit, "STIGMA", pick="own", **{"what-own": f"Thing {count}"})
    assert len(stored(app)) == 4
    assert "1 more is kept, and stands on the patient’s copy." in client.get(f"/visits/{visit}").text


def test_something_outside_the_four_gaps_can_be_agreed_on(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    page = parsed(client.get(f"/visits/{visit}"))
    fields = next(one for one in forms(page, "/agreements") if one.get("gap") == "other")
    answer = client.post(
        f"/visits/{visit}/agreements", data=fields | {"kind": "agreed", "pick": "own", "what-own": "Sleep diary"}
    )
    assert answer.location == f"/visits/{visit}#gap-other"
    assert stored(app) == [("other", "agreed", "Sleep diary", "clinician", None, None)]


def test_the_page_offers_its_forms_without_a_script_and_prints_none_of_them(desk: Desk) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    page = parsed(client.get(f"/visits/{visit}"))
    parts = [one for one in page.iter(f"{XHTML}div") if "bc-close" in (one.get("class") or "").split()]
    assert len(parts) == 5
    assert all("bc-noprint" in (one.get("class") or "") and one.get("data-screen-only") is not None for one in parts)


@pytest.mark.parametrize("field", ["gap", "pick", "kind"])
def test_nonsense_in_a_field_makes_no_row_of_nonsense(app: Flask, desk: Desk, field: str) -> None:
    visit, client = desk.make_visit(given=usual()), desk.client(Role.CLINICIAN)
    pressed = {"pick": "own", "what-own": "A walk", field: "x' OR 1=1 --" * 50}
    answer = agreeing(client, visit, "ADHERENCE", **pressed)
    assert answer.status_code in (303, 422)
    assert all(row[0] in ("adherence", "other") and row[2] == "A walk" for row in stored(app))


def test_a_visit_without_a_form_has_no_flag_to_close(app: Flask, desk: Desk) -> None:
    visit, client = desk.make_visit(), desk.client(Role.CLINICIAN)
    data = {"gap": "support", "kind": "discussed"}
    assert client.submit(f"/visits/{visit}/agreements", data, page="/account").status_code == 409
    assert stored(app) == []


def test_another_visit_takes_nothing_back(app: Flask, desk: Desk) -> None:
    visit, other = desk.make_visit(given=usual()), desk.make_visit(given=usual())
    with app.app_context():
        number = factories.make_agreement(db.session, db.session.get_one(Visit, visit)).id
        db.session.commit()
    client = desk.client(Role.CLINICIAN)
    answer = client.submit(f"/visits/{other}/agreements/{number}/take-back", page="/account")
    assert answer.status_code == 404
    assert len(stored(app)) == 1
