"""The page of alerts and its steps: who sees what, what comes first, and what is said when a step is not taken."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from clinic.core.answers import AnswerSet
from clinic.core.safety import judge
from clinic.core.scope import Role
from clinic.db.models import Alert, AlertAction, AlertEvent, Assessment, Outbox
from clinic.db.session import db
from clinic.services import alerts, outbox
from clinic.services.alerts import Subject
from tests import factories
from tests.core.strategies import INSTRUMENT
from tests.web.conftest import Clock, Staff
from tests.web.page_check import XHTML, PageClient, form_token, parsed, text_of
from tests.web.staff.conftest import Desk, fill, raise_alert
from tests.web.staff.people import usual

OUTSIDE = "outside staffed hours"
PAST = replace(usual(), checkin="yes_past")


def say(app: Flask, visit_id: int, given: AnswerSet, at: datetime, *, expected: bool = False) -> int:
    """Let the form of a visit say something to the real alerts, and return the latest alert."""
    with app.app_context():
        form = db.session.scalars(select(Assessment).where(Assessment.visit_id == visit_id)).one()
        subject = Subject(form.clinic_id, form.id, form.patient_id)
        alerts.record(db.session, INSTRUMENT, subject, judge(INSTRUMENT, given), checkin_expected=expected, now=at)
        alert = db.session.scalars(select(func.max(Alert.id)).where(Alert.assessment_id == form.id)).one()
        db.session.commit()
        return alert or 0


def alerting(app: Flask, desk: Desk, given: AnswerSet, *, ago: timedelta = timedelta(), **person: Any) -> int:
    """Make a visit whose form, left half done, has raised an alert, and return the alert."""
    visit = desk.make_visit(given=given, state="draft", **person)
    return say(app, visit, given, desk.clock() - ago)


def press(client: PageClient, path: str, **data: Any) -> str:
    """Press a button of the page of alerts, and return the page that follows."""
    token = form_token(client.get("/alerts"))
    answer = client.post(path, data={"csrf_token": token, **data})
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def order(client: PageClient) -> list[str]:
    return [text_of(one) for one in parsed(client.get("/alerts")).iter(f"{XHTML}h3")]


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalars(select(func.count()).select_from(model)).one()


def test_an_alert_is_answered_step_by_step_without_a_script(app: Flask, desk: Desk) -> None:
    alert = alerting(app, desk, AnswerSet(ticks=frozenset({"EMO.despair"}), checkin="yes_now"), name="Ada Moor")
    client = desk.client(Role.CLINICIAN)
    page = client.get("/alerts").text
    for words in ("Alerts, 1 open", "Ada Moor", "Urgent now", "Yes, and I have them today", "Deep despair"):
        assert words in page
    assert "Acknowledge: I have this" in page
    assert "What was done?" not in page

    page = press(client, f"/alerts/{alert}/acknowledge")
    assert "The alert is yours." in page
    assert "Alerts, 0 open" in page
    assert "Close the alert" not in page
    assert "It can be closed once something was done about it." in page

    page = press(client, f"/alerts/{alert}/actions", action="reached", note="She is with <her> sister.", seen="0")
    assert "Reached the patient" in page
    assert "She is with &lt;her&gt; sister." in page
    seen = parsed(client.get("/alerts"))
    closing = next(one for one in seen.iter(f"{XHTML}form") if one.get("action") == f"/alerts/{alert}/close")
    fields = {one.get("name", ""): one.get("value") for one in closing.iter(f"{XHTML}input")}
    answer = client.post(f"/alerts/{alert}/close", data=fields)
    page = client.get(answer.location).text
    assert "The alert is closed." in page
    assert "Closed in the last 30 days" in page
    assert "Closed:" in page
    with app.app_context():
        row = db.session.get_one(Alert, alert)
        assert (row.state, row.acknowledged_by) == ("closed", desk.staff.ids[Role.CLINICIAN])
        assert db.session.scalars(select(AlertAction.note)).one() == "She is with <her> sister."
        kinds = db.session.scalars(select(AlertEvent.kind).order_by(AlertEvent.id)).all()
        assert kinds == ["raised", "acknowledged", "closed"]


def test_the_second_of_two_is_told_who_was_first(app: Flask, desk: Desk) -> None:
    alert = alerting(app, desk, AnswerSet(checkin="yes_now"))
    with app.app_context():
        clinic = db.session.get_one(factories.Clinic, desk.staff.clinic_id)
        first = factories.make_user(db.session, clinic, display_name="Dr. Quick").id
        db.session.execute(update(Alert).values(acknowledged_at=desk.clock(), acknowledged_by=first))
        db.session.commit()
    page = press(desk.client(Role.CLINICIAN), f"/alerts/{alert}/acknowledge")
    assert "Dr. Quick acknowledged this alert first: Thursday 4 December, 8:20 am." in page


@pytest.mark.parametrize(
    ("step", "data", "said"),
    [
        ("close", {"seen": "9999"}, "Nothing was closed: acknowledge the alert first."),
        ("actions", {"seen": "0"}, "Choose what was done."),
        ("actions", {"action": "reached", "note": "x" * 501}, "Use at most 500 characters for the note."),
    ],
)
def test_a_step_that_cannot_be_taken_says_why_and_changes_nothing(
    app: Flask, desk: Desk, step: str, data: dict[str, str], said: str
) -> None:
    alert = alerting(app, desk, AnswerSet(checkin="yes_now"))
    assert said in press(desk.client(Role.CLINICIAN), f"/alerts/{alert}/{step}", **data)
    assert count(app, AlertAction) == 0
    assert count(app, AlertEvent) == 1


def test_an_alert_without_an_action_or_with_an_answer_unread_is_not_closed(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=AnswerSet(checkin="yes_past"), state="draft")
    alert = say(app, visit, AnswerSet(checkin="yes_past"), desk.clock())
    client = desk.client(Role.CLINICIAN)
    press(client, f"/alerts/{alert}/acknowledge")
    assert "say first what was done" in press(client, f"/alerts/{alert}/close", seen="9999")
    press(client, f"/alerts/{alert}/actions", action="review_at_visit")
    with app.app_context():
        shown = db.session.scalars(select(func.max(AlertEvent.id)).where(AlertEvent.by.is_(None))).one()
    say(app, visit, AnswerSet(checkin="no"), desk.clock())

    page = press(client, f"/alerts/{alert}/close", seen=str(shown))
    assert "the patient has changed an answer" in page
    assert "The answer was changed to" in page
    assert "“No”" in page


def test_the_front_desk_sees_whom_it_concerns_and_no_answer(app: Flask, desk: Desk) -> None:
    alert = alerting(app, desk, AnswerSet(ticks=frozenset({"EMO.despair"}), checkin="yes_now"), name="Ada Moor")
    doctor = desk.client(Role.CLINICIAN)
    press(doctor, f"/alerts/{alert}/acknowledge")
    press(doctor, f"/alerts/{alert}/actions", action="emergency", note="a private note")
    page = desk.client(Role.FRONT_DESK).get("/alerts").text
    assert "Ada Moor" in page
    assert "Acknowledged:" in page
    for words in ("Yes, and I have", "despair", "private note", "Called emergency", "Why", "Close the alert"):
        assert words not in page


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_managers_and_administrators_see_level_and_age_alone(app: Flask, desk: Desk, role: Role) -> None:
    alerting(app, desk, AnswerSet(checkin="yes_now"), ago=timedelta(minutes=5), name="Ada Moor", phone="+1 555 0100")
    page = desk.client(role).get("/alerts").text
    assert "Urgent now" in page
    assert "5 minutes ago" in page
    for words in ("Moor", "MRN", "0100", "/visits/", "Yes, and", "Acknowledge: I"):
        assert words not in page


def test_nobody_of_another_clinic_sees_an_alert_or_takes_a_step(app: Flask, desk: Desk, staff: Staff) -> None:
    with app.app_context():
        other = factories.make_clinic(db.session, name="Other Clinic")
        visit = factories.make_visit(db.session, other, factories.make_patient(db.session, other, name="Far Away"))
        alert = raise_alert(db.session, fill(db.session, visit, usual(), desk.clock(), state="draft"), desk.clock()).id
        db.session.commit()
    client = desk.client(Role.CLINICIAN)
    assert "Far Away" not in client.get("/alerts").text
    token = client.token("/alerts")
    for step in ("acknowledge", "actions", "close"):
        data = {"csrf_token": token, "action": "reached", "seen": "0"}
        assert client.post(f"/alerts/{alert}/{step}", data=data).status_code == 404
    assert count(app, AlertAction) == 0
    with app.app_context():
        assert db.session.get_one(Alert, alert).acknowledged_at is None


def test_what_is_overdue_comes_first_then_what_came_while_nobody_was_there(
    app: Flask, desk: Desk, clock: Clock
) -> None:
    # It is 9:20 on a Thursday; the clinic opened at 9.
    clock.forward(hours=1)
    alerting(app, desk, AnswerSet(checkin="yes_now"), name="Now Urgent")
    alerting(app, desk, AnswerSet(checkin="yes_past"), ago=timedelta(hours=10), name="Night Low")
    alerting(app, desk, AnswerSet(checkin="yes_now"), ago=timedelta(minutes=10), name="Earlier Urgent")
    alerting(app, desk, AnswerSet(checkin="yes_now"), ago=timedelta(hours=8), name="Night Urgent")
    alerting(app, desk, AnswerSet(checkin="yes_past"), ago=timedelta(days=1), name="Long Overdue")
    client = desk.client(Role.CLINICIAN)
    # The urgent one of the night has its fifteen minutes behind it, since the clinic has been open for twenty.
    assert order(client) == ["Night Urgent", "Long Overdue", "Night Low", "Earlier Urgent", "Now Urgent"]
    page = client.get("/alerts").text
    assert page.count("Overdue since") == 2
    assert "Overdue since 4 Dec, 9:15 am" in page
    assert "Acknowledge by 4 Dec, 9:35 am" in page
    assert page.count(OUTSIDE) == 2


def test_an_alert_opens_by_time_alone_and_can_be_answered(app: Flask, desk: Desk, clock: Clock) -> None:
    given = AnswerSet(ticks=frozenset({"EMO.despair"}))
    visit = desk.make_visit(given=given, state="draft", name="Gone Away")
    alert = say(app, visit, given, clock(), expected=True)
    client = desk.client(Role.CLINICIAN)
    assert "Gone Away" not in client.get("/alerts").text
    clock.forward(minutes=10)
    assert "no answer" in client.get("/alerts").text
    assert "Gone Away" in press(client, f"/alerts/{alert}/acknowledge")


@pytest.mark.parametrize("withdrawn", ["cancelled", "revoked"])
def test_the_alert_of_a_form_that_was_withdrawn_stays(app: Flask, desk: Desk, withdrawn: str) -> None:
    given = AnswerSet(checkin="yes_now")
    visit = desk.make_visit(given=given, state="draft", name="Ada Moor")
    alert = say(app, visit, given, desk.clock())
    client = desk.client(Role.FRONT_DESK)
    token = client.token(f"/visits/{visit}")
    path = "cancel" if withdrawn == "cancelled" else "link"
    assert client.post(f"/visits/{visit}/{path}", data={"csrf_token": token, "seen": "0"}).status_code == 303
    doctor = desk.client(Role.CLINICIAN)
    page = press(doctor, f"/alerts/{alert}/acknowledge")
    assert "Ada Moor" in page
    assert ("(cancelled)" in page) is (withdrawn == "cancelled")


def test_a_message_that_could_not_be_sent_is_shown(app: Flask, desk: Desk, clock: Clock) -> None:
    with app.app_context():
        settings = {"alert_inbox_email": "alerts@clinic.example"}
        for key, value in settings.items():
            factories.clinic_settings.change(db.session, desk.staff.clinic_id, key, value, None, None, clock())
        db.session.commit()
    alert = alerting(app, desk, AnswerSet(checkin="yes_now"))
    client = desk.client(Role.CLINICIAN)
    assert "E-mail to the alert inbox: waits to be sent" in text_of(parsed(client.get("/alerts")))
    with app.app_context():
        taken = outbox.claim(db.session, "worker", clock())
        assert taken is not None
        outbox.put_off(db.session, "worker", taken, "connection refused", clock())
        db.session.commit()
    for role in Role:
        assert "not sent yet after 1 try" in text_of(parsed(desk.client(role).get("/alerts")))
    with app.app_context():
        later = clock() + timedelta(hours=1)
        taken = outbox.claim(db.session, "worker", later)
        assert taken is not None
        outbox.sent(db.session, "worker", taken, later)
        assert db.session.scalars(select(Outbox.alert_id)).one() == alert
        db.session.commit()
    page = text_of(parsed(client.get("/alerts")))
    assert "E-mail to the alert inbox: sent" in page
    assert "not sent yet" not in page


def test_a_clinic_without_an_address_is_told_that_nobody_gets_a_message(desk: Desk) -> None:
    assert "no address is set" in desk.client(Role.ADMINISTRATOR).get("/alerts").text


def test_closed_alerts_leave_the_page_after_thirty_days_and_stay_with_their_visit(
    app: Flask, desk: Desk, clock: Clock
) -> None:
    given = AnswerSet(checkin="yes_past")
    visit = desk.make_visit(given=given, name="Ada Moor")
    alert = say(app, visit, given, clock())
    client = desk.client(Role.CLINICIAN)
    press(client, f"/alerts/{alert}/actions", action="reached")
    press(client, f"/alerts/{alert}/close", seen="9999")
    assert "Ada Moor" in client.get("/alerts").text
    clock.forward(days=31)
    client = desk.client(Role.CLINICIAN)
    assert "Ada Moor" not in client.get("/alerts").text
    assert "Reached the patient" in client.get(f"/visits/{visit}").text


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_the_steps_can_be_taken_on_the_visits_page_too(app: Flask, desk: Desk, state: str) -> None:
    given = PAST if state == "submitted" else AnswerSet(checkin="yes_past")
    visit = desk.make_visit(given=given, state=state)
    alert = say(app, visit, given, desk.clock())
    client = desk.client(Role.CLINICIAN)
    path = f"/visits/{visit}"
    assert "Acknowledge: I have this" in client.get(path).text
    for step, data, found in (
        ("acknowledge", {}, "Record what was done"),
        ("actions", {"action": "reached"}, "Close the alert"),
        ("close", {"seen": "9999"}, "Closed:"),
    ):
        data = {"csrf_token": client.token(path), "visit": str(visit), **data}
        answer = client.post(f"/alerts/{alert}/{step}", data=data)
        assert (answer.status_code, answer.location) == (303, f"{path}#alert-{alert}")
        assert found in client.get(path).text
    assert "I have this" not in client.get(path).text
    assert "alert-" not in desk.client(Role.FRONT_DESK).get(path).text.partition("<main")[2]


def test_the_one_page_tells_who_has_acknowledged_an_alert_and_when_it_was_closed(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=PAST)
    alert = say(app, visit, PAST, desk.clock())
    client = desk.client(Role.CLINICIAN)
    press(client, f"/alerts/{alert}/actions", action="reached")
    press(client, f"/alerts/{alert}/close", seen="9999")
    page = client.get(f"/visits/{visit}").text
    assert "Alert acknowledged 4 Dec, 8:20 am by" in page
    assert "Alert closed 4 Dec, 8:20 am." in page


def test_an_answer_that_is_damaged_hides_no_alert(app: Flask, desk: Desk) -> None:
    alert = alerting(app, desk, AnswerSet(checkin="yes_now"), name="Ada Moor")
    with app.app_context():
        db.session.execute(text("UPDATE alert SET triggers = 'not a cipher'"))
        db.session.commit()
    page = press(desk.client(Role.CLINICIAN), f"/alerts/{alert}/acknowledge")
    assert "Ada Moor" in page
    assert "What was answered cannot be read." in page


def test_a_link_to_the_alerts_leads_there_after_signing_in(desk: Desk, client: PageClient) -> None:
    answer = client.get("/alerts")
    assert (answer.status_code, answer.location) == (303, "/login?to=/alerts")


def test_the_band_puts_what_nobody_has_taken_before_what_somebody_has(desk: Desk) -> None:
    taken = {"acknowledged_at": desk.clock(), "acknowledged_by": desk.staff.ids[Role.CLINICIAN]}
    desk.make_visit(given=usual(), alert={"level": "S3", **taken}, name="Taken Already", filled_hours_ago=0.1)
    desk.make_visit(given=usual(), alert={"level": "S2"}, name="Nobody Yet", filled_hours_ago=0.1)
    band = desk.client(Role.CLINICIAN).get("/visits").text.partition("bc-alertband")[2].partition("</section>")[0]
    assert band.index("Nobody Yet") < band.index("Taken Already")
