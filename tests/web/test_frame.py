"""What stands around pages: open alerts, the demo band, and a plain word when the database is away."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from clinic.config import Settings
from clinic.core.scope import Role
from clinic.db.models import Alert, Clinic
from clinic.db.session import db
from clinic.services import clinic_settings
from tests.factories import make_assessment, make_clinic, make_patient, make_visit
from tests.web.conftest import Clock, Staff, sign_in
from tests.web.page_check import PageClient


def raise_alert(app: Flask, clinic_id: int | None, clock: Clock, **changes: Any) -> int:
    """Make an open alert of a patient of a clinic (a new one unless given), and return its visit."""
    with app.app_context():
        clinic = make_clinic(db.session) if clinic_id is None else db.session.get_one(Clinic, clinic_id)
        if clinic_id is not None:
            db.session.execute(text("INSERT INTO site (clinic_id, name) VALUES (:id, 'Main')"), {"id": clinic_id})
        visit = make_visit(db.session, clinic, make_patient(db.session, clinic, name="Marta Lindqvist"))
        form = make_assessment(db.session, visit)
        values = {"level": "S3", "state": "open", "raised_at": clock(), "opens_at": clock()}
        db.session.add(
            Alert(
                clinic_id=clinic.id,
                assessment_id=form.id,
                patient_id=visit.patient_id,
                triggers=[],
                **(values | changes),
            )
        )
        visit_id = visit.id
        db.session.commit()
    return visit_id


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_who_works_with_patients_sees_who_is_meant_how_urgently_and_for_how_long(
    app: Flask, client: PageClient, staff: Staff, clock: Clock, role: Role
) -> None:
    visit = raise_alert(app, staff.clinic_id, clock)
    sign_in(client, staff.emails[role])
    clock.forward(minutes=5)
    page = client.get("/account").text
    assert "Marta Lindqvist" in page
    assert "Urgent now, 5 minutes ago" in page
    assert f'href="/visits/{visit}"' in page


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_the_others_see_how_urgent_an_alert_is_and_no_name(
    app: Flask, client: PageClient, staff: Staff, clock: Clock, role: Role
) -> None:
    raise_alert(app, staff.clinic_id, clock)
    sign_in(client, staff.emails[role])
    page = client.get("/account").text
    assert "A safety alert is open: Urgent now, just now. Tell a clinician now." in page
    assert "Marta Lindqvist" not in page


def test_alerts_of_another_clinic_and_alerts_not_open_yet_are_not_shown(
    app: Flask, client: PageClient, staff: Staff, clock: Clock
) -> None:
    raise_alert(app, None, clock)
    raise_alert(app, staff.clinic_id, clock, state="waiting", opens_at=clock() + timedelta(minutes=10))
    sign_in(client, staff.emails[Role.CLINICIAN])
    assert "Marta Lindqvist" not in client.get("/account").text


@pytest.mark.parametrize("role", list(Role))
def test_an_overdue_alert_is_a_band_of_its_own_on_every_page_of_the_clinic(
    app: Flask, client: PageClient, staff: Staff, clock: Clock, role: Role
) -> None:
    with app.app_context():
        hours = {"thu": ["08:00", "17:00"]}
        clinic_settings.change(db.session, staff.clinic_id, "staffed_hours", hours, None, None, clock())
        db.session.commit()
    raise_alert(app, staff.clinic_id, clock)
    sign_in(client, staff.emails[role])
    clock.forward(minutes=14)
    late = "bc-alertband--late"
    assert late not in client.get("/account").text
    clock.forward(minutes=1)
    page = client.get("/account").text
    assert late in page
    assert "Urgent now, overdue, 15 minutes ago" in page
    assert late in client.get("/alerts").text
    assert ("Marta Lindqvist" in page) is (role in (Role.CLINICIAN, Role.FRONT_DESK))
    assert 'class="bc-alertband"' not in page
    with app.app_context():
        db.session.execute(update(Alert).values(acknowledged_at=clock(), acknowledged_by=staff.ids[Role.CLINICIAN]))
        db.session.commit()
    page = client.get("/account").text
    assert late not in page
    assert "Urgent now, 15 minutes ago, acknowledged" in page.partition('class="bc-alertband"')[2]
    assert "Tell a clinician now." not in page


@pytest.fixture
def hidden_sessions(app: Flask) -> Iterator[Callable[[], None]]:
    """Take the table of sessions away when called, and put it back after the test."""
    hidden = []

    def rename(old: str, new: str) -> None:
        with app.app_context():
            db.session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
            db.session.commit()

    def hide() -> None:
        rename("web_session", "web_session_away")
        hidden.append(True)

    yield hide
    if hidden:
        rename("web_session_away", "web_session")


def test_a_database_that_does_not_answer_opens_nothing_and_says_so(
    client: PageClient, staff: Staff, hidden_sessions: Callable[[], None]
) -> None:
    sign_in(client, staff.emails[Role.CLINICIAN])
    hidden_sessions()
    for path in ("/account", "/login", "/form"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "10"
        assert "Traceback" not in answer.text


def test_only_a_demo_carries_the_demo_band(client: PageClient) -> None:
    assert "Demo: synthetic people" not in client.get("/login").text


class TestInADemo:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, is_demo=True)

    @pytest.mark.parametrize("path", ["/login", "/no/such/page", "/start/no/such/page", "/signed-out"])
    def test_every_page_says_that_nobody_is_real(self, client: PageClient, path: str) -> None:
        assert "Demo: synthetic people" in client.get(path).text


def test_scoring_starts_without_the_database_and_the_forms() -> None:
    program = (
        "import sys, io; from clinic.app import main; sys.argv = ['clinic', 'score', '-'];"
        "sys.stdin = io.TextIOWrapper(io.BytesIO(b'{\"answers\": {}}'));\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'sqlalchemy', 'flask_security', 'wtforms', 'flask_babel', 'reportlab'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_the_bare_address_leads_to_sign_in_and_from_there_to_the_visits(client: PageClient, staff: Staff) -> None:
    answer = client.get("/", follow_redirects=True)
    assert answer.request.path == "/login"
    sign_in(client, staff.emails[Role.CLINICIAN])
    assert client.get("/", follow_redirects=True).request.path == "/visits"
