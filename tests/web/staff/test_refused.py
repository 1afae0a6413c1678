"""The pages that refuse something to the staff: the open alerts and the way on stay around them."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.core.errors import BadSetting, Busy, DamagedRecord
from clinic.core.scope import Role
from clinic.db.session import db
from clinic.web.access import role_required
from tests.web.page_check import PageClient
from tests.web.staff.conftest import Desk
from tests.web.staff.people import usual

BAND = 'class="bc-alertband"'
FRAME = 'class="bc-nav"'


@pytest.fixture
def alarm(desk: Desk) -> int:
    return desk.make_visit(given=usual(), name="Marta Urgent", alert={})


@pytest.mark.parametrize(
    ("path", "status"), [("/visits/999999", 404), ("/no/such/page", 404), ("/visits/{draft}/summary.pdf", 409)]
)
def test_what_is_refused_keeps_the_open_alerts_and_the_way_on(desk: Desk, alarm: int, path: str, status: int) -> None:
    draft = desk.make_visit(given=usual(), state="draft")
    page = desk.client(Role.CLINICIAN).get(path.format(draft=draft))
    assert page.status_code == status
    assert "Marta Urgent" in page.text.partition(BAND)[2]
    assert FRAME in page.text


def test_who_may_not_open_a_page_keeps_the_alerts_without_a_name(desk: Desk, alarm: int) -> None:
    page = desk.client(Role.MANAGER).get("/visits")
    assert page.status_code == 403
    assert BAND in page.text
    assert "Marta Urgent" not in page.text


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (BadSetting("Choose one of these."), 422),
        (ZeroDivisionError(), 500),
        (DamagedRecord("inner words"), 500),
        (Busy("inner words"), 503),
    ],
)
def test_what_fails_keeps_the_open_alerts(app: Flask, desk: Desk, alarm: int, failure: Exception, status: int) -> None:
    @app.get("/fails")
    @role_required(Role.CLINICIAN)
    def fails() -> str:
        raise failure

    page = desk.client(Role.CLINICIAN).get("/fails")
    assert page.status_code == status
    assert "Marta Urgent" in page.text.partition(BAND)[2]


def test_a_statement_that_the_database_refused_does_not_take_the_alerts_away(
    app: Flask, desk: Desk, alarm: int
) -> None:
    @app.get("/fails")
    @role_required(Role.CLINICIAN)
    def fails() -> str:
        db.session.execute(text("SELECT nothing FROM nowhere"))
        return ""

    page = desk.client(Role.CLINICIAN).get("/fails")
    assert page.status_code in (500, 503)
    assert BAND in page.text


@pytest.fixture
def hide_alerts(app: Flask) -> Iterator[Callable[[], None]]:
    def rename(old: str, new: str) -> None:
        with app.app_context():
            db.session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
            db.session.commit()

    yield lambda: rename("alert", "alert_away")
    rename("alert_away", "alert")


def test_a_frame_that_cannot_be_made_is_left_out_and_the_page_is_shown(
    desk: Desk, hide_alerts: Callable[[], None]
) -> None:
    client = desk.client(Role.CLINICIAN)
    hide_alerts()
    for path in ("/visits", "/no/such/page"):
        page = client.get(path)
        assert page.status_code in (404, 500, 503)
        assert FRAME not in page.text
        assert "<h1>" in page.text


def test_a_stranger_gets_no_frame(client: PageClient, alarm: int) -> None:
    page = client.get("/no/such/page")
    assert page.status_code == 404
    assert BAND not in page.text
    assert FRAME not in page.text
