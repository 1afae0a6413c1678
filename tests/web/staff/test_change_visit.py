"""Correcting a visit on its page: moving it, cancelling it and taking that back, and two people at once."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.core.scope import Role
from clinic.db.models import Site, User, Visit
from clinic.db.session import db
from clinic.services import links
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual, with_signal
from tests.web.staff.test_new_visit import errors_of

BOTH = [Role.CLINICIAN, Role.FRONT_DESK]


def fields_of(client: PageClient, path: str) -> dict[str, str]:
    """Return what the page's own form would send if nothing was changed."""
    return fields_in(parsed(client.get(path)), path)


def fields_in(tree: Any, path: str) -> dict[str, str]:
    form = next(one for one in tree.iter(f"{XHTML}form") if one.get("action") == path)
    fields = {one.get("name", ""): one.get("value", "") for one in form.iter(f"{XHTML}input")}
    for select in form.iter(f"{XHTML}select"):
        chosen = [one for one in select.iter(f"{XHTML}option") if one.get("selected") is not None]
        fields[select.get("name", "")] = chosen[0].get("value", "") if chosen else ""
    return fields


def stored(app: Flask, visit: int) -> Visit:
    with app.app_context():
        return db.session.get_one(Visit, visit)


@pytest.mark.parametrize("role", BOTH)
def test_a_visit_is_moved_and_keeps_its_link(app: Flask, desk: Desk, role: Role) -> None:
    visit = desk.make_visit(name="Ada Moved")
    with app.app_context():
        links.issue(db.session, desk.staff.clinic_id, visit, by=None, now=desk.clock())
        db.session.commit()
    client, path = desk.client(role), f"/visits/{visit}/edit"
    fields = fields_of(client, path)
    assert (fields["day"], fields["clock"]) == ("2025-12-04", "09:20")

    answer = client.post(path, data={**fields, "day": "2025-12-09", "clock": "14:30"})

    assert (answer.status_code, answer.location) == (303, f"/visits/{visit}")
    page = client.get(f"/visits/{visit}").text
    assert "9 December 2025, 2:30 pm" in page
    assert "The visit is changed. Its link stays the same." in page
    assert "short-code" in page


def test_another_clinician_and_place_are_chosen_from_the_lists(app: Flask, desk: Desk) -> None:
    with app.app_context():
        site = Site(clinic_id=desk.staff.clinic_id, name="Riverside")
        db.session.add(site)
        db.session.commit()
        site_id = site.id
    visit = desk.make_visit(clinician=desk.staff.ids[Role.MANAGER])
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}/edit"
    fields = fields_of(client, path)
    # Whom the visit has is offered, although they are no clinician of the clinic any more.
    assert fields["clinician"] == str(desk.staff.ids[Role.MANAGER])

    to = {"clinician": desk.staff.ids[Role.CLINICIAN], "site": site_id}
    assert client.post(path, data={**fields, **to}).status_code == 303

    found = stored(app, visit)
    assert (found.clinician_id, found.site_id) == (to["clinician"], site_id)


def test_a_visit_that_has_passed_keeps_its_day_or_gets_a_later_one(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(hours=-48)
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}/edit"
    fields = fields_of(client, path)

    assert client.post(path, data={**fields, "clock": "11:00"}).status_code == 303
    refused = client.post(path, data={**fields_of(client, path), "day": "2025-12-01"})

    assert refused.status_code == 422
    assert errors_of(parsed(refused)) == {"day": "This day has passed. Choose today or a later day."}


def test_what_cannot_be_used_is_said_beside_its_field(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit()
    desk.make_visit(hours=3, patient=desk.patient_of(visit))
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}/edit"
    fields, before = fields_of(client, path), stored(app, visit).scheduled_at
    for field, value, words in (
        ("clock", "", "Say at what time it is."),
        ("clock", "11:20", "The patient has another visit at this time. Choose another time."),
        ("day", "", "Say on which day the visit is."),
        ("clinician", str(desk.staff.ids[Role.MANAGER]), "Choose one from the list."),
        ("site", "0", "Choose one from the list."),
    ):
        answer = client.post(path, data={**fields, field: value})
        assert (answer.status_code, errors_of(parsed(answer))) == (422, {field: words})
    assert stored(app, visit).scheduled_at == before


def test_the_later_of_two_people_is_told_and_loses_nothing(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit()
    path = f"/visits/{visit}/edit"
    first, second = desk.client(Role.CLINICIAN), desk.client(Role.FRONT_DESK)
    theirs, mine = fields_of(first, path), fields_of(second, path)
    assert first.post(path, data={**theirs, "clock": "10:00"}).status_code == 303

    answer = second.post(path, data={**mine, "clock": "16:00"})

    assert answer.status_code == 409
    words = text_of(parsed(answer))
    assert "Somebody else changed this visit in the meantime." in words
    assert "It is now on Thursday 4 December, 10:00 am" in words
    assert local(app, visit) == "10:00"
    # What was typed is still there, and pressing once more stores it.
    again = fields_in(parsed(answer), path)
    assert again["clock"] == "16:00"
    assert second.post(path, data=again).status_code == 303
    assert local(app, visit) == "16:00"


def local(app: Flask, visit: int) -> str:
    # Chicago in winter is six hours behind.
    return f"{stored(app, visit).scheduled_at - timedelta(hours=6):%H:%M}"


@pytest.mark.parametrize("seen", ["", "-1", "x", "99999999999999999999", None])
def test_a_change_that_names_no_revision_stores_nothing(app: Flask, desk: Desk, seen: str | None) -> None:
    visit = desk.make_visit()
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}/edit"
    fields = fields_of(client, path) | {"clock": "16:00"}
    fields.pop("seen") if seen is None else fields.update(seen=seen)
    assert client.post(path, data=fields).status_code == 409
    assert local(app, visit) == "09:20"


@pytest.mark.parametrize("role", BOTH)
def test_a_visit_is_cancelled_after_asking_and_taken_back(app: Flask, desk: Desk, role: Role) -> None:
    visit = desk.make_visit(name="Ada Away")
    with app.app_context():
        link = links.issue(db.session, desk.staff.clinic_id, visit, by=None, now=desk.clock())
        db.session.commit()
    client, path = desk.client(role), f"/visits/{visit}"
    folds = [one for one in parsed(client.get(path)).iter(f"{XHTML}details") if "Cancel the visit" in text_of(one)]
    assert [one.get("open") for one in folds] == [None]

    answer = client.post(f"{path}/cancel", data=pressed(client, path, "cancel"))

    page = client.get(answer.location)
    assert "The visit is cancelled. Its link opens nothing now." in page.text
    assert "short-code" not in page.text
    assert "Change the visit" not in page.text
    assert "no link to print" in client.get(f"{path}/slip").text
    assert "Cancelled" in client.get("/visits").text
    patient = app.test_client()
    assert patient.get(link.path).status_code in (404, 410)

    answer = client.post(f"{path}/take-back", data=pressed(client, path, "take-back"))

    page = client.get(answer.location)
    assert "The visit takes place after all." in page.text
    assert link.spaced_code in page.text
    assert app.test_client().get(link.path).status_code == 303


def pressed(client: PageClient, path: str, what: str) -> dict[str, str]:
    return fields_in(parsed(client.get(path)), f"{path}/{what}")


def test_a_patient_who_has_the_form_open_is_stopped_when_the_visit_is_cancelled(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit()
    with app.app_context():
        link = links.issue(db.session, desk.staff.clinic_id, visit, by=None, now=desk.clock())
        db.session.commit()
    patient = app.test_client()
    assert isinstance(patient, PageClient)
    patient.get(link.path)
    assert patient.get("/form", follow_redirects=True).status_code == 200
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}"

    client.post(f"{path}/cancel", data=pressed(client, path, "cancel"))

    assert "This form has ended" in patient.get("/form", follow_redirects=True).text


def test_a_form_that_was_sent_in_the_meantime_is_not_cancelled(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}"
    assert "Cancel the visit" not in client.get(path).text

    answer = client.submit(f"{path}/cancel", {"seen": "0"}, page="/account")

    assert (answer.status_code, answer.location) == (303, path)
    assert "Nothing was done: this visit has changed in the meantime." in client.get(path).text
    assert stored(app, visit).cancelled_at is None


def test_a_form_that_was_sent_can_be_moved_by_both(desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    for role in BOTH:
        assert f'href="/visits/{visit}/edit"' in desk.client(role).get(f"/visits/{visit}").text


def test_a_cancelled_visit_is_not_moved_and_what_is_there_is_not_used(app: Flask, desk: Desk, clock: Clock) -> None:
    visit = desk.make_visit(hours=-1, given=with_signal(), state="draft")
    client, path = desk.client(Role.CLINICIAN), f"/visits/{visit}"
    fields = fields_of(client, f"{path}/edit")
    client.post(f"{path}/cancel", data=pressed(client, path, "cancel"))

    page = client.get(path).text
    assert "What was answered is kept, and is not read." in page
    assert "Use what is there" not in page
    assert client.get(f"{path}/edit").location == path
    assert client.post(f"{path}/edit", data=fields).location == path
    used = client.submit(f"{path}/close", page=path)
    assert used.status_code == 409
    assert "This visit is cancelled." in used.text


def test_a_visit_cancelled_while_somebody_moves_it_stays_cancelled(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit()
    first, second, path = desk.client(Role.CLINICIAN), desk.client(Role.FRONT_DESK), f"/visits/{visit}"
    fields = fields_of(second, f"{path}/edit")
    first.post(f"{path}/cancel", data=pressed(first, path, "cancel"))

    answer = second.post(f"{path}/edit", data={**fields, "clock": "16:00"})

    assert (answer.status_code, answer.location) == (303, path)
    assert "Nothing was done" in second.get(path).text
    assert local(app, visit) == "09:20"


def test_a_page_that_is_out_of_date_does_not_cancel_a_visit_that_was_moved(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit()
    first, second, path = desk.client(Role.CLINICIAN), desk.client(Role.FRONT_DESK), f"/visits/{visit}"
    old = pressed(second, path, "cancel")
    first.post(f"{path}/edit", data={**fields_of(first, f"{path}/edit"), "clock": "10:00"})

    answer = second.post(f"{path}/cancel", data=old)

    assert "Nothing was done" in second.get(answer.location).text
    assert stored(app, visit).cancelled_at is None


def test_a_cancelled_visit_does_not_come_back_over_another_one(app: Flask, desk: Desk, clock: Clock) -> None:
    visit = desk.make_visit()
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}"
    client.post(f"{path}/cancel", data=pressed(client, path, "cancel"))
    desk.make_visit(patient=desk.patient_of(visit))

    answer = client.post(f"{path}/take-back", data=pressed(client, path, "take-back"))

    assert answer.status_code == 422
    assert "The patient has another visit at this time." in answer.text
    assert stored(app, visit).cancelled_at == clock()


def test_a_clinician_who_was_disabled_stays_with_the_visit(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit()
    with app.app_context():
        db.session.get_one(User, desk.staff.ids[Role.CLINICIAN]).active = False
        db.session.commit()
    client, path = desk.client(Role.FRONT_DESK), f"/visits/{visit}/edit"
    assert client.post(path, data={**fields_of(client, path), "clock": "11:00"}).status_code == 303
    assert stored(app, visit).clinician_id == desk.staff.ids[Role.CLINICIAN]
