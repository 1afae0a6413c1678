"""The clinic's settings in the browser: every section saves alone, says what is wrong where, and forgets nothing."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from clinic.core.scope import Role
from clinic.db.models import Clinic
from clinic.db.session import db
from clinic.services import clinic_settings
from clinic.services.accounts import add_user
from clinic.web.clinic_forms import sections
from tests.web.admin.conftest import errors_at, held, post, sent_by
from tests.web.conftest import PASSWORD, START, Staff, sign_in
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk

HOME = "/admin/clinic"
ALL = list(sections(("en", "es")))


@pytest.mark.parametrize("slug", ALL)
def test_a_section_that_is_saved_as_it_was_shown_changes_nothing(
    app: Flask, desk: Desk, admin: PageClient, slug: str
) -> None:
    before = held(app, desk)
    answer = post(admin, f"{HOME}/{slug}", {})
    assert (answer.status_code, answer.location) == (303, HOME), errors_at(answer)
    assert held(app, desk) == before
    assert "Nothing was changed yet" not in admin.get(f"{HOME}/history").text


CHANGES: list[tuple[str, dict[str, Any], str, Any]] = [
    ("basics", {"name": "Riverside Mind"}, "clinic_name", "Riverside Mind"),
    ("basics", {"time_zone": "Europe/Madrid"}, "zone.key", "Europe/Madrid"),
    ("basics", {"first": "es"}, "languages", ("es", "en")),
    ("basics", {"languages": ["en"], "summary_language": "en"}, "languages", ("en",)),
    ("basics", {"page_size": "A4"}, "page_size", "A4"),
    ("hours", {"sat_opens": "10:30", "sat_closes": "00:00"}, "staffed_hours.5", (630, 1440)),
    ("hours", {"mon_opens": "", "mon_closes": ""}, "staffed_hours.0", None),
    ("hours", {"holidays": "2026-12-25\n\n 2026-01-01 "}, "holidays", {date(2026, 1, 1), date(2026, 12, 25)}),
    ("alerts", {"alert_inbox_email": "duty@riverside.example"}, "alert_inbox.email", "duty@riverside.example"),
    ("alerts", {"minutes_s3": "10", "minutes_s2": "120"}, "alert_minutes", {"S2": 120, "S3": 10}),
    ("emergency", {"emergency_number": ""}, "emergency_number", None),
    ("emergency", {"emergency_number": "112"}, "emergency_number", "112"),
    ("crisis-en", {"verified_on": "2025-12-01"}, "crisis.en.verified_on", date(2025, 12, 1)),
    ("crisis-es", {"call": "+1 312 555 0100", "note": ""}, "crisis.es.call", "+1 312 555 0100"),
    ("words-es", {"read_when": "el mismo día"}, "read_when.es", "el mismo día"),
    ("words-en", {"response_time_text": "", "read_when": ""}, "response_time_text.en", None),
    ("check-in", {"checkin_mode": "off", "reason": "The nurse asks"}, "checkin_mode", "off"),
    ("check-in", {"checkin_mode": "always"}, "checkin_mode", "always"),
    ("sending", {"link_days": "30"}, "link_days", 30),
    ("sending", {"remind_days": ["1"], "ask_birth_date": "y"}, "remind_days", (1,)),
    ("sending", {"remind_days": [], "invite_by_email": []}, "invite_by_email", False),
    ("trends", {"smallest_shown": "5"}, "smallest_shown", 5),
    ("messages-en", {"reminder_text": "Soon:\r\n{link}"}, "reminder_text.en", "Soon:\n{link}"),
]


def value_of(settings: Any, path: str) -> Any:
    for part in path.split("."):
        settings = getattr(settings, part) if hasattr(settings, part) else _item(settings, part)
    return settings


def _item(mapping: Any, part: str) -> Any:
    return mapping.get(int(part) if part.isdigit() else part)


@pytest.mark.parametrize(("slug", "fields", "where", "value"), CHANGES)
def test_what_is_saved_holds_and_stands_in_the_history(
    app: Flask, desk: Desk, admin: PageClient, slug: str, fields: dict[str, Any], where: str, value: Any
) -> None:
    before = held(app, desk)
    answer = post(admin, f"{HOME}/{slug}", fields)
    assert answer.status_code == 303, errors_at(answer)
    after = held(app, desk)
    assert value_of(after, where) == value
    assert after.version != before.version
    assert "Saved:" in admin.get(HOME).text
    first = next(one for one in parsed(admin.get(f"{HOME}/history")).iter(f"{XHTML}ol")).find(f"{XHTML}li")
    assert first is not None
    assert "Alex Administrator" in text_of(first)


WRONG: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("basics", {"name": " ", "time_zone": "Mars"}, {"name": "empty", "time_zone": "America/New_York"}),
    ("basics", {"summary_language": "fr"}, {"summary_language": "from the list"}),
    ("basics", {"languages": ["en"], "summary_language": "es"}, {"summary_language": "one of en"}),
    ("hours", {"tue_closes": ""}, {"tue_closes": "both times"}),
    ("hours", {"sun_closes": "12:00"}, {"sun_opens": "both times"}),
    (
        "hours",
        {"wed_opens": "17:00", "wed_closes": "09:00", "holidays": "Christmas"},
        {"wed_closes": "Wednesday: it closes after", "holidays": "Christmas"},
    ),
    ("hours", {"mon_opens": "nine"}, {"mon_opens": "14:30"}),
    (
        "alerts",
        {"alert_inbox_email": "nobody", "minutes_s2": "soon"},
        {"alert_inbox_email": "@", "minutes_s2": "whole"},
    ),
    ("emergency", {"emergency_number": "shout"}, {"emergency_number": "telephone number"}),
    (
        "crisis-en",
        {"verified_on": "", "chat_url": "http://plain.example", "call": "now"},
        {"verified_on": "somebody last tried", "chat_url": "https://", "call": "telephone number"},
    ),
    ("crisis-en", {"verified_on": "2025-12-05"}, {"verified_on": "in the future"}),
    ("crisis-en", {"call": "", "text_to": "", "chat_url": ""}, {"call": "a number to call"}),
    ("words-en", {"response_time_text": "x" * 301}, {"response_time_text": "1 to 300"}),
    ("check-in", {"checkin_mode": "off", "reason": " "}, {"reason": "needs a written reason"}),
    ("sending", {"link_days": "91"}, {"link_days": "from 1 to 90"}),
    ("sending", {"link_days": "a week"}, {"link_days": "from 1 to 90"}),
    ("trends", {"smallest_shown": "4"}, {"smallest_shown": "from 5 to 11"}),
    ("trends", {"smallest_shown": "12"}, {"smallest_shown": "from 5 to 11"}),
    (
        "messages-es",
        {"invitation_text": "Sin enlace", "reminder_subject": "{name}"},
        {"invitation_text": "{link}", "reminder_subject": "{clinic}"},
    ),
]


@pytest.mark.parametrize(("slug", "fields", "told"), WRONG)
def test_a_mistake_is_told_at_its_field_and_nothing_of_the_page_is_saved(
    app: Flask, desk: Desk, admin: PageClient, slug: str, fields: dict[str, Any], told: dict[str, str]
) -> None:
    before = held(app, desk)
    answer = post(admin, f"{HOME}/{slug}", fields)
    assert answer.status_code == 422
    errors = errors_at(answer)
    assert errors.keys() == told.keys()
    assert {name: words for name, words in told.items() if words not in errors[name]} == {}
    assert held(app, desk).version == before.version
    again = sent_by(parsed(answer), f"{HOME}/{slug}")
    for name, value in fields.items():
        # A list cannot show what is not on it.
        if isinstance(value, str) and name != "summary_language":
            assert again.get(name, "").strip() == value.strip(), "what was typed stays on the page"


def test_the_later_of_two_administrators_is_told_and_may_then_decide(app: Flask, desk: Desk, admin: PageClient) -> None:
    other, path = desk.client(Role.ADMINISTRATOR), f"{HOME}/sending"
    mine, theirs = (sent_by(parsed(one.get(path)), path) for one in (admin, other))
    theirs["link_days"] = "20"
    assert other.post(path, data=theirs).status_code == 303
    mine["link_days"] = "30"
    answer = admin.post(path, data=mine)
    assert answer.status_code == 409
    assert held(app, desk).link_days == 20
    page = text_of(parsed(answer))
    assert "Somebody else changed the clinic’s settings" in page
    assert "Days that a link works20" in page
    again = sent_by(parsed(answer), path)
    assert again["link_days"] == "30"
    assert admin.post(path, data=again).status_code == 303
    assert held(app, desk).link_days == 30


def test_what_is_missing_leads_to_the_section_that_sets_it(client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.ADMINISTRATOR])
    page = parsed(client.get(HOME))
    note = next(one for one in page.iter(f"{XHTML}div") if "bc-note--amber" in one.get("class", ""))
    links = {text_of(one): one.get("href", "") for one in note.iter(f"{XHTML}a")}
    assert {words.partition(" (")[0]: href for words, href in links.items()} == {
        "Nobody has checked the crisis line yet": f"{HOME}/crisis-es",
        "Nobody is named to read safety alerts": f"{HOME}/alerts",
        "Nobody is named as backup for safety alerts": f"{HOME}/alerts",
        "The staffed hours are not set": f"{HOME}/hours",
        "The words for when somebody answers are not set": f"{HOME}/words-es",
    }
    for href in links.values():
        assert client.get(href).status_code == 200


def test_a_clinic_is_made_ready_on_these_pages_alone(app: Flask, client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.ADMINISTRATOR])
    for slug, fields in {
        "alerts": {"alert_inbox_role": "Duty clinician", "backup_role": "Lead"},
        "hours": {"mon_opens": "09:00", "mon_closes": "17:00"},
        "crisis-en": {"verified_on": "2025-12-01"},
        "crisis-es": {"verified_on": "2025-12-01"},
        "words-en": {"response_time_text": "the same working day"},
        "words-es": {"response_time_text": "el mismo día hábil"},
    }.items():
        assert "No form can be opened yet" in client.get(HOME).text
        assert post(client, f"{HOME}/{slug}", fields).status_code == 303
    assert "Forms can be opened: nothing is missing." in client.get(HOME).text
    with app.app_context():
        assert clinic_settings.missing(clinic_settings.read(db.session, staff.clinic_id)) == []


def test_a_line_that_was_checked_long_ago_and_what_leaves_somebody_out_are_worth_a_look(
    desk: Desk, admin: PageClient
) -> None:
    page = admin.get(HOME).text
    assert "there is no address (E-mail of who reads alerts)" in page
    assert "check it again" not in page
    desk.clock.forward(days=200)
    page = desk.client(Role.ADMINISTRATOR).get(HOME).text
    assert "last checked on 2025-11-01: check it again (Crisis line, English)" in page
    assert "Forms can be opened" in page


def test_a_preview_is_filled_in_and_saves_nothing(app: Flask, desk: Desk, admin: PageClient) -> None:
    path = f"{HOME}/messages-es"
    before = held(app, desk)
    answer = post(admin, path, {"go": "preview", "invitation_text": "El {day} en {clinic}: {link} <b>"})
    assert answer.status_code == 200
    preview = next(one for one in parsed(answer).iter(f"{XHTML}section") if one.get("aria-labelledby") == "preview")
    assert "El jueves 11 de diciembre en Riverside Clinic: http://localhost/q/… <b>" in text_of(preview)
    assert held(app, desk) == before
    answer = post(admin, path, {"go": "preview", "invitation_text": "Sin nada"})
    assert (answer.status_code, errors_at(answer).keys()) == (422, {"invitation_text"})


def test_why_the_check_in_was_switched_off_stays_on_its_page_and_in_the_history(desk: Desk, admin: PageClient) -> None:
    post(admin, f"{HOME}/check-in", {"checkin_mode": "off", "reason": "The nurse asks <in person>"})
    for path in (f"{HOME}/check-in", f"{HOME}/history"):
        page = text_of(parsed(admin.get(path)))
        assert "The nurse asks <in person>" in page, path
        assert "Off: nobody is asked" in page, path
    assert "As it came: After a signal in the answers" in page


def test_the_history_of_a_clinic_is_its_own(app: Flask, desk: Desk, admin: PageClient) -> None:
    with app.app_context():
        other = Clinic(
            name="Other",
            country="US",
            time_zone="America/Chicago",
            languages=["en"],
            page_size="A4",
            is_demo=False,
            created_at=desk.clock(),
        )
        db.session.add(other)
        db.session.flush()
        clinic_settings.change(db.session, other.id, "backup_role", "Secret Other", None, None, desk.clock())
        db.session.commit()
    page = admin.get(f"{HOME}/history").text
    assert "The command line" in page
    assert "Secret Other" not in page
    for before in ("1", "0", "-1", "x", "9" * 30):
        assert "Secret Other" not in admin.get(f"{HOME}/history?before={before}").text


def test_a_section_that_does_not_exist_is_not_found(admin: PageClient) -> None:
    for slug in ("none", "crisis", "crisis-fr", "words-", "basics-en"):
        assert admin.get(f"{HOME}/{slug}").status_code == 404


def test_an_administrator_is_led_to_the_clinic_and_finds_it_in_the_navigation(
    client: PageClient, staff: Staff, desk: Desk
) -> None:
    sign_in(client, staff.emails[Role.ADMINISTRATOR])
    assert client.get("/after-sign-in").location == HOME
    assert f'<a href="{HOME}" aria-current="page">' in client.get(HOME).text
    assert f'href="{HOME}"' not in desk.client(Role.CLINICIAN).get("/visits").text


def test_the_day_leads_an_administrator_to_what_is_missing_and_tells_others_only(
    app: Flask, client: PageClient, staff: Staff
) -> None:
    with app.app_context():
        add_user(
            db.session,
            clinic_id=staff.clinic_id,
            email="both@riverside.example",
            display_name="Bo Both",
            roles=[Role.CLINICIAN, Role.ADMINISTRATOR],
            password=PASSWORD,
            now=START,
        )
        db.session.commit()
    sign_in(client, "both@riverside.example")
    page = client.get("/visits").text
    assert "No form can be opened yet." in page
    assert f'<a href="{HOME}">Set what is missing</a>' in page
    other = app.test_client()
    assert isinstance(other, PageClient)
    sign_in(other, staff.emails[Role.CLINICIAN])
    page = other.get("/visits").text
    assert "No form can be opened yet." in page
    assert "Set what is missing" not in page
