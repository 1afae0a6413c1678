"""A link opens a form, spends nothing by being looked at, and ends when it should."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.db.models import Assessment, FormLink, Visit, WebSession
from clinic.db.session import db
from clinic.services import clinic_settings, links
from tests import factories
from tests.web.conftest import Clock
from tests.web.page_check import PageClient, text_of
from tests.web.page_check import parsed as tree_of
from tests.web.patient.conftest import Patient, Place, another, assessment, make_place


def counts(app: Flask) -> tuple[int, int]:
    with app.app_context():
        rows = [db.session.scalar(select(func.count()).select_from(table)) for table in (WebSession, Assessment)]
    return rows[0] or 0, rows[1] or 0


def opened_at(app: Flask, place: Place) -> object:
    with app.app_context():
        return db.session.get_one(FormLink, place.link_id).opened_at


def main_of(answer: object) -> str:
    return text_of(next(tree_of(answer).iter("{http://www.w3.org/1999/xhtml}main")))  # type: ignore[arg-type]


def test_the_token_leaves_the_address_at_once_and_no_referer_carries_it(client: PageClient, place: Place) -> None:
    answer = client.get(f"/q/{place.token}")

    assert (answer.status_code, answer.location) == (303, "/form")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = client.get("/form", follow_redirects=True)
    assert page.status_code == 200
    assert place.token not in page.text


def test_looking_ahead_as_mail_scanners_do_changes_nothing(app: Flask, client: PageClient, place: Place) -> None:
    assert client.head(f"/q/{place.token}").status_code == client.head("/q/nonsense").status_code == 200
    assert counts(app) == (0, 0)
    assert opened_at(app, place) is None


def test_opening_writes_a_session_and_when_it_was_opened_and_nothing_else(
    app: Flask, client: PageClient, place: Place, clock: Clock
) -> None:
    for _ in range(3):
        client.get(f"/q/{place.token}", follow_redirects=True)
        clock.forward(minutes=1)

    assert counts(app) == (1, 0)
    assert opened_at(app, place) == factories.NOW


def test_the_short_code_opens_the_same_form_however_it_is_typed(app: Flask, client: PageClient, place: Place) -> None:
    typed = f" {place.code[:4].lower()} - {place.code[4:]}"
    answer = client.submit("/start", {"code": typed})

    assert (answer.status_code, answer.location) == (303, "/form")
    assert client.get("/form").location == "/form/start"


def test_unknown_expired_and_revoked_are_answered_alike(app: Flask, client: PageClient, clock: Clock) -> None:
    with app.app_context():
        expired, revoked, cancelled = make_place(), make_place(), make_place()
        db.session.get_one(FormLink, expired.link_id).expires_at = clock() - timedelta(seconds=1)
        links.revoke(db.session, revoked.clinic_id, revoked.visit_id, now=clock())
        db.session.get_one(Visit, cancelled.visit_id).cancelled_at = clock()
        db.session.commit()
    answers = [client.get(f"/q/{one.token}") for one in (expired, revoked, cancelled)]
    answers += [client.get(f"/q/{bad}") for bad in ("x" * 32, "a", "%F0%9F%98%80", expired.token[:-1])]
    answers += [client.submit("/start", {"code": code}) for code in (expired.code, revoked.code, "", "ABCD2345")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({main_of(answer) for answer in answers}) == 1
    assert client.get("/form").status_code == 401


def test_stale_links_of_one_address_do_not_shut_out_a_right_one(app: Flask, client: PageClient) -> None:
    with app.app_context():
        place = make_place()
    misses = [client.get(f"/q/{n:032}").status_code for n in range(25)]
    assert misses[:20] == [404] * 20
    assert misses[-1] == 429

    assert client.get(f"/q/{place.token}").status_code == 303


def test_guessing_codes_is_slowed_down_also_for_the_right_one(app: Flask, client: PageClient, clock: Clock) -> None:
    with app.app_context():
        place = make_place()
    answers = [client.submit("/start", {"code": f"ABCD23{n:02}"}).status_code for n in range(12)]
    assert answers[:10] == [404] * 10
    assert answers[-1] == 429
    assert client.submit("/start", {"code": place.code}).status_code == 429

    clock.forward(minutes=30)
    assert client.submit("/start", {"code": place.code}).status_code == 303


def test_a_waiting_room_behind_one_address_can_open_its_forms(app: Flask, place: Place) -> None:
    assert {another(app, place).key for _ in range(25)} == {"start"}


def test_a_form_that_was_begun_may_go_on_for_a_day_after_its_link_and_no_longer(
    app: Flask, place: Place, clock: Clock
) -> None:
    clock.moment = place.expires_at - timedelta(minutes=1)
    patient = another(app, place)
    patient.press("next")
    clock.moment = place.expires_at + timedelta(minutes=1)
    patient.press("next", {"RESP": "self"})
    assert patient.key == "p1"

    patient.press("stop")
    assert "You can come back until 25 March 2026." in patient.words

    clock.moment = place.expires_at + timedelta(hours=23, minutes=59)
    back = another(app, place)
    assert back.key == "p1"
    clock.forward(minutes=2)
    answer = back.press("next", {"EMO": "3"})
    assert answer.status_code == 410
    assert "The page that you just filled in was not saved." in back.words
    assert another(app, place).page.status_code == 404  # type: ignore[union-attr]


def test_nobody_begins_after_the_links_time(app: Flask, place: Place, clock: Clock) -> None:
    another(app, place)
    clock.moment = place.expires_at

    assert another(app, place).page.status_code == 404  # type: ignore[union-attr]


def test_revoking_ends_a_form_at_once(app: Flask, place: Place, patient: Patient, clock: Clock) -> None:
    patient.go_to("p1")
    with app.app_context():
        links.revoke(db.session, place.clinic_id, place.visit_id, now=clock())
        db.session.commit()
    answer = patient.press("next", {"EMO": "4"})

    assert answer.status_code == 410
    assert patient.heading == "This form has ended"
    assert assessment(app).revision == 2


def test_a_form_that_was_sent_opens_a_plain_page(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("check")
    patient.press("send")
    assert patient.key == "done"

    late = another(app, place)
    assert late.heading == "Your answers have been sent"
    for path in ("/form/mine", "/form/done", "/form/p1", "/form/check", "/form/stopped"):
        late.open(path)
        assert late.heading == "Your answers have been sent"
    patient.open("/form/mine")
    assert patient.heading == "My answers"


def test_a_page_posted_after_sending_is_refused_in_words(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("p1")
    other = another(app, place)
    other.go_to("check")
    other.press("send")
    answer = patient.press("next", {"EMO": "4"})

    assert answer.status_code == 409
    assert "A change made after that is not kept." in patient.words
    assert patient.client.get("/form/mine").location == "/form"


@pytest.mark.parametrize("key", ["crisis_locale.en", "alert_inbox_role", "backup_role", "staffed_hours"])
def test_without_a_safety_setting_no_form_opens_and_help_is_there(
    app: Flask, client: PageClient, place: Place, key: str
) -> None:
    with app.app_context():
        clinic_settings.change(db.session, place.clinic_id, key, None, None, None, factories.NOW)
        db.session.commit()
    patient = Patient(client)
    answer = patient.open(f"/q/{place.token}")

    assert answer.status_code == 503
    assert patient.heading == "Your clinic is not ready for this form yet"
    # A line that nobody has checked is not shown: general help stands in its place, with the number the clinic gave.
    assert 'href="tel:911"' in answer.text
    unchecked = key == "crisis_locale.en"
    assert ('href="tel:988"' in answer.text, 'href="https://findahelpline.com"' in answer.text) == (
        not unchecked,
        unchecked,
    )
    assert client.get("/form/start").status_code == 503
    assert counts(app) == (1, 0)


def test_help_needs_no_session_and_speaks_both_languages(client: PageClient, place: Place) -> None:
    answer = client.get("/help")

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "You do not have to wait for your visit." in answer.text
    assert "No tiene que esperar a su cita." in answer.text
    assert "Text 988" in answer.text
    assert "Envíe la palabra AYUDA al 988" in answer.text
    assert 'href="sms:988?&amp;body=AYUDA"' in answer.text
    assert "Go on with the form" not in answer.text


def test_help_begins_in_the_reader_s_language(client: PageClient, place: Place) -> None:
    def languages(header: str) -> list[str]:
        return re.findall(r'<section lang="(\w+)">', client.get("/help", headers={"Accept-Language": header}).text)

    assert languages("es-MX,es") == ["es", "en"]
    assert languages("en") == ["en", "es"]


def test_help_leads_back_to_a_form_that_is_open(patient: Patient) -> None:
    patient.go_to("p2")
    assert 'href="/form"' in patient.client.get("/help").text
    assert patient.open("/form").request.path == "/form/p2"


def test_help_for_an_unknown_clinic_names_a_directory_and_the_local_number(app: Flask, client: PageClient) -> None:
    with app.app_context():
        make_place()
        make_place()
    answer = client.get("/help")

    assert 'href="https://findahelpline.com"' in answer.text
    assert "your local emergency number" in answer.text
    assert "el número de emergencias de su zona" in answer.text


def test_leaving_ends_the_session_and_tells_nobody_what_was_open(app: Flask, place: Place, patient: Patient) -> None:
    patient.go_to("p1")
    patient.press("leave", {"EMO": "3"})

    assert patient.heading == "This page is closed"
    assert patient.page.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'  # type: ignore[union-attr]
    assert patient.page is not None
    assert "Barrier" not in patient.page.text
    assert patient.client.get("/form").status_code == 401
    assert another(app, place).fields()["EMO"] == "3"


def test_a_mail_scanner_that_opens_the_link_again_and_again_spends_nothing(
    app: Flask, place: Place, clock: Clock
) -> None:
    for _ in range(25):
        scanner = app.test_client()
        assert scanner.head(f"/q/{place.token}").status_code == 200
        assert scanner.get(f"/q/{place.token}", headers={"User-Agent": "scanner"}).location == "/form"
        clock.forward(minutes=1)
    with app.app_context():
        link = db.session.get_one(FormLink, place.link_id)
        assert (link.revoked_at, link.expires_at) == (None, place.expires_at)
    assert counts(app)[1] == 0

    patient = another(app, place)
    assert patient.key == "start"
    patient.go_to("check")
    patient.press("send")

    assert patient.client.get(f"/q/{place.token}", follow_redirects=True).status_code == 200
    late = another(app, place)
    assert "Your answers have been sent" in late.words
    assert counts(app)[1] == 1
