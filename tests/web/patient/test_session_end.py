"""A session that is about to end says so: a line on every page of the patient, and words for the script's notice."""

from flask import Flask

from clinic.core.scope import Role
from tests.web.conftest import Clock, Staff, sign_in
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.patient.conftest import Patient, Place, another


def ending(patient: Patient) -> tuple[int, str, str]:
    """Return the seconds left, the line that is shown, and what the script will say."""
    assert patient.page is not None
    line = next(one for one in parsed(patient.page).iter(f"{XHTML}p") if one.get("data-ends") is not None)
    return int(line.get("data-ends") or 0), text_of(line), line.get("data-soon") or ""


def test_every_page_says_until_when_it_stays_open_and_what_to_press_before(patient: Patient, clock: Clock) -> None:
    patient.go_to("p1")

    assert ending(patient) == (
        3600,
        "Without use, this page stays open until 6:00 am.",
        "This page closes in a few minutes. Press “Save and go on” to keep what you chose.",
    )
    patient.press("lang-es")
    assert ending(patient)[1:] == (
        "Si no la usa, esta página se cierra sola. Hora: 6:00.",
        "Esta página se cierra en unos minutos. Pulse “Guardar y seguir” para conservar lo que eligió.",
    )
    patient.press("stop")
    assert ending(patient)[2] == "Esta página se cierra en unos minutos. Su enlace la abre de nuevo."


def test_the_seconds_left_are_those_until_the_session_really_ends(app: Flask, place: Place, clock: Clock) -> None:
    patient = another(app, place)
    # A second look within a minute is not noted, so it does not keep the session open for longer.
    clock.forward(seconds=40)
    patient.open("/form/start")
    left, _line, _soon = ending(patient)
    assert left == 3560

    clock.forward(seconds=left - 1)
    assert patient.client.get("/form").status_code == 303
    clock.forward(seconds=3600)
    assert patient.client.get("/form").status_code == 401


def test_twelve_hours_end_it_however_busy_and_the_page_says_so(patient: Patient, clock: Clock) -> None:
    for _ in range(23):
        clock.forward(minutes=30)
        patient.open("/form")
    clock.forward(minutes=20)
    patient.open("/form")

    assert ending(patient)[0] == 10 * 60


def test_staff_are_told_as_well(client: PageClient, staff: Staff) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    page = client.get("/account").text

    assert 'data-ends="900"' in page
    assert "You will be signed out in a few minutes." in page
