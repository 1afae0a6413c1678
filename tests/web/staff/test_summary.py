"""The one page on screen and as PDF: the summary's lines in their order, and nothing before a form is sent."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from xml.etree.ElementTree import Element

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import update

from clinic.core.answers import AnswerSet
from clinic.core.page import Page, lines
from clinic.core.scope import Role
from clinic.db.models import Patient, Visit
from clinic.db.session import db
from clinic.services import clinic_settings, summaries
from tests.reports.reading import difference
from tests.reports.reading import text_of as pdf_text
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk, counted_queries
from tests.web.staff.people import LONG_WORDS, calm, given, usual, with_signal, worst


def page_of(desk: Desk, visit: int) -> Page:
    with desk.app.app_context():
        return summaries.page_for(
            db.session, desk.staff.clinic_id, visit, printed_by="Alex Clinician", now=desk.clock()
        )


def printed(element: Element) -> Iterator[str]:
    """Yield the words of an element without those that only a screen has."""
    if element.get("data-screen-only") is None:
        yield element.text or ""
        for child in element:
            yield from printed(child) if isinstance(child.tag, str) else ()
            yield child.tail or ""


def squeezed(text: str) -> str:
    return "".join(text.split())


def main_of(client: PageClient, path: str) -> Element:
    return next(parsed(client.get(path)).iter(f"{XHTML}main"))


def in_spanish(desk: Desk) -> None:
    with desk.app.app_context():
        clinic_settings.change(db.session, desk.staff.clinic_id, "summary_language", "es", None, None, desk.clock())
        db.session.commit()


PAGES: list[tuple[str, Callable[[], AnswerSet], bool]] = [
    ("usual", usual, False),
    ("calm", calm, False),
    ("worst", lambda: worst("self"), False),
    ("by someone else", worst, False),
    ("a signal", with_signal, False),
    ("nothing answered", given, False),
    ("usual in Spanish", usual, True),
    ("worst in Spanish", worst, True),
]


@pytest.mark.parametrize(("build", "spanish"), [pytest.param(b, s, id=name) for name, b, s in PAGES])
def test_screen_and_paper_say_the_lines_of_the_summary_in_order(
    desk: Desk, build: Callable[[], AnswerSet], spanish: bool
) -> None:
    if spanish:
        in_spanish(desk)
    before = desk.make_visit(hours=-24 * 60, given=usual(), filled_hours_ago=24 * 60, name="Ada Åsa O’Neil")
    visit = desk.make_visit(given=build(), patient=desk.patient_of(before), alert={})
    page, client = page_of(desk, visit), desk.client(Role.CLINICIAN)

    screen = squeezed("".join(printed(main_of(client, f"/visits/{visit}"))))
    paper = client.get(f"/visits/{visit}/summary.pdf")

    assert screen == squeezed("".join(lines(page)))
    assert difference(page, pdf_text(paper.data)) is None


def test_own_words_that_are_cut_stand_whole_behind_a_fold(desk: Desk) -> None:
    visit = desk.make_visit(given=worst())
    page = desk.client(Role.CLINICIAN).get(f"/visits/{visit}")
    folded = [text_of(one) for one in parsed(page).iter(f"{XHTML}details") if LONG_WORDS[-40:] in text_of(one)]
    assert any(LONG_WORDS in words for words in folded)
    assert "characters; the rest is on screen]" in page.text


def test_why_this_flag_shows_the_rule_the_answers_and_what_was_missing(desk: Desk) -> None:
    visit = desk.make_visit(given=given(answers={"ACC1": 4, "ACC2": 2}, respondent="self"))
    tree = main_of(desk.client(Role.CLINICIAN), f"/visits/{visit}")
    why = next(text_of(one) for one in tree.iter(f"{XHTML}details") if "Why this flag?" in text_of(one))
    for words in ("Very much4", "6 of 8 points", "Watch from 25", "Missing:", "Barrier Check 1.0, scoring 1.0."):
        assert words in why


def test_all_answers_are_at_the_end_and_only_on_screen(desk: Desk) -> None:
    visit = desk.make_visit(given=usual())
    tree = main_of(desk.client(Role.CLINICIAN), f"/visits/{visit}")
    last = list(tree.iter(f"{XHTML}details"))[-1]
    assert last.get("data-screen-only") is not None
    assert text_of(last).startswith("All answers")
    assert "How much have costs or insurance made it hard to get care?" in text_of(last)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_a_form_that_is_not_sent_shows_no_answer(desk: Desk, role: Role) -> None:
    secret = given(answers={"ACC1": 4}, ticks=["ACC.waiting_times"], picks=["ACC"], text={"TXT": "only for myself"})
    visit = desk.make_visit(given=secret, state="draft")
    page = desk.client(role).get(f"/visits/{visit}").text
    for words in ("Very much", "Waiting too long", "only for myself", "Cost, waits", "Priority"):
        assert words not in page
    assert "Started" in page


def test_a_form_that_is_not_sent_shows_its_safety_level_to_clinicians_alone(desk: Desk) -> None:
    visit = desk.make_visit(given=worst(), state="draft", phone="+1 312 555 0101")
    assert "Urgent now" in text_of(main_of(desk.client(Role.CLINICIAN), f"/visits/{visit}"))
    assert "Urgent now" not in text_of(main_of(desk.client(Role.FRONT_DESK), f"/visits/{visit}"))
    assert 'href="tel:+13125550101"' in desk.client(Role.CLINICIAN).get(f"/visits/{visit}").text


def test_a_form_that_is_not_sent_has_no_pdf(desk: Desk) -> None:
    visit = desk.make_visit(given=usual(), state="draft")
    answer = desk.client(Role.CLINICIAN).get(f"/visits/{visit}/summary.pdf")
    assert answer.status_code == 409
    assert answer.mimetype == "text/html"
    assert "has not been sent" in answer.text


def test_the_front_desk_sees_that_a_form_is_in_and_not_what_it_says(desk: Desk) -> None:
    visit = desk.make_visit(given=worst())
    page = text_of(main_of(desk.client(Role.FRONT_DESK), f"/visits/{visit}"))
    assert "Received 4 December 2025" in page
    for words in ("Priority", "Urgent", "Speak with", LONG_WORDS[:30]):
        assert words not in page


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_an_open_alert_tells_the_front_desk_its_level_and_whom_to_tell(app: Flask, desk: Desk, state: str) -> None:
    with app.app_context():
        for key, value in (("alert_inbox_name", "Dr. Amara Osei"), ("backup_name", "Dr. Lucas Weber")):
            clinic_settings.change(db.session, desk.staff.clinic_id, key, value, None, None, desk.clock())
        db.session.commit()
    visit = desk.make_visit(given=worst(), state=state, alert={})
    page = text_of(main_of(desk.client(Role.FRONT_DESK), f"/visits/{visit}"))
    assert "A safety alert is open: Urgent now" in page
    assert "Tell the person on duty now. Do not wait for the visit." in page
    assert "On duty: Duty clinician, Dr. Amara Osei." in page
    assert "If you cannot reach them: Lead clinician, Dr. Lucas Weber." in page
    for words in ("Priority", "Speak with", "yes_now", LONG_WORDS[:30]):
        assert words not in page


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        pytest.param({"level": "S2"}, "A safety alert is open: Same day", id="of its own level"),
        pytest.param({"acknowledged": True}, "Somebody on duty has seen it: 4 December 2025, 8:20 am.", id="seen"),
        pytest.param({"closed": True}, None, id="closed"),
        pytest.param({"level": "S2", "state": "waiting", "opens_in": 10}, None, id="not open yet"),
    ],
)
def test_the_front_desk_is_told_of_an_alert_while_it_is_open(
    desk: Desk, clock: Clock, alert: dict[str, object], words: str | None
) -> None:
    columns: dict[str, object] = {key: alert[key] for key in ("state", "level") if key in alert}
    if alert.get("acknowledged"):
        columns |= {"acknowledged_at": clock(), "acknowledged_by": desk.staff.ids[Role.CLINICIAN]}
    if alert.get("closed"):
        columns |= {"state": "closed", "closed_at": clock()}
    if alert.get("opens_in"):
        columns |= {"opens_at": clock() + timedelta(minutes=10)}
    visit = desk.make_visit(given=worst(), alert=columns)
    page = text_of(main_of(desk.client(Role.FRONT_DESK), f"/visits/{visit}"))
    assert (words or "Received") in page
    assert ("A safety alert is open" in page) == (words is not None)
    assert ("Tell the person on duty now" in page) == ("level" in alert and words is not None)


def test_an_alert_of_another_visit_is_not_told_on_this_page(desk: Desk) -> None:
    desk.make_visit(given=worst(), alert={}, name="Marta Urgent")
    page = text_of(main_of(desk.client(Role.FRONT_DESK), f"/visits/{desk.make_visit(given=calm())}"))
    assert "A safety alert is open" not in page


def test_the_pdf_is_one_page_of_the_clinics_paper_under_a_name_without_the_patient(desk: Desk) -> None:
    visit = desk.make_visit(given=worst(), name="Ada Lovelace")
    client = desk.client(Role.CLINICIAN)

    answer = client.get(f"/visits/{visit}/summary.pdf")

    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="barrier-check-visit-{visit}.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    with pypdfium2.PdfDocument(answer.data) as document:
        assert len(document) == 1
        assert [round(side) for side in document[0].get_size()] == [612, 792]
    assert client.get(f"/visits/{visit}/summary.pdf").data == answer.data


def test_marking_as_read_keeps_the_first_reader(app: Flask, desk: Desk, clock: Clock) -> None:
    visit = desk.make_visit(given=usual())
    client = desk.client(Role.CLINICIAN)

    answer = client.submit(f"/visits/{visit}/read", page=f"/visits/{visit}")
    first = clock()
    clock.forward(minutes=5)
    again = client.submit(f"/visits/{visit}/read", page=f"/visits/{visit}")

    assert (answer.status_code, answer.location) == (303, f"/visits/{visit}")
    assert again.status_code == 303
    assert "Read by" in client.get(f"/visits/{visit}").text
    with app.app_context():
        stored = db.session.get_one(Visit, visit)
        assert stored.summary_read_at == first
        assert stored.summary_read_by == desk.staff.ids[Role.CLINICIAN]


def test_a_summary_that_does_not_exist_cannot_be_marked_as_read(desk: Desk) -> None:
    visit = desk.make_visit(given=usual(), state="draft")
    answer = desk.client(Role.CLINICIAN).submit(f"/visits/{visit}/read", page=f"/visits/{visit}")
    assert answer.status_code == 409


def test_what_is_there_can_be_used_from_the_time_of_the_visit_on(desk: Desk, clock: Clock) -> None:
    visit = desk.make_visit(hours=0.1, given=usual(), state="draft")
    client, path = desk.client(Role.CLINICIAN), f"/visits/{visit}"

    assert "Use what is there" not in text_of(main_of(client, path))
    early = client.submit(f"{path}/close", page=path)
    clock.forward(minutes=6)
    assert "Use what is there" in text_of(main_of(client, path))
    answer = client.submit(f"{path}/close", page=path)

    assert early.status_code == 409
    assert "from the time of the visit on" in early.text
    assert (answer.status_code, answer.location) == (303, path)
    page = client.get(path).text
    assert "Four gaps" in page
    assert "Not sent: the clinic closed this form" in page
    assert "Closed, not sent" in client.get("/visits").text


def test_a_form_that_was_never_opened_cannot_be_used(desk: Desk) -> None:
    visit = desk.make_visit(hours=-1)
    client = desk.client(Role.CLINICIAN)
    answer = client.submit(f"/visits/{visit}/close", page=f"/visits/{visit}")
    assert answer.status_code == 409
    assert "nothing to use" in answer.text


def test_using_what_is_there_twice_is_the_same_as_once(desk: Desk) -> None:
    visit = desk.make_visit(hours=-1, given=usual(), state="draft")
    client, path = desk.client(Role.CLINICIAN), f"/visits/{visit}"
    token = client.token(path)
    answers = [client.post(f"{path}/close", data={"csrf_token": token}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]


def test_words_of_a_patient_are_shown_as_words(desk: Desk) -> None:
    nasty = '<script>alert(1)</script> "onmouseover=" {{ 7*7 }} \u202eabc'
    visit = desk.make_visit(given=given(answers={"ACC1": 4}, picks=["OTHER"], text={"TXT": nasty, "OTHER": nasty}))
    page = desk.client(Role.CLINICIAN).get(f"/visits/{visit}")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "{{ 7*7 }}" in page.text


def test_the_page_of_a_visit_asks_the_database_the_same_few_times_whatever_lies_behind_it(
    app: Flask, desk: Desk
) -> None:
    client = desk.client(Role.CLINICIAN)

    def count(visit: int) -> int:
        client.get(f"/visits/{visit}")
        with counted_queries(app) as statements:
            client.get(f"/visits/{visit}")
        return len(statements)

    lonely = desk.make_visit(given=usual())
    for month in range(1, 9):
        desk.make_visit(
            hours=-24 * 30 * month, patient=desk.patient_of(lonely), given=usual(), filled_hours_ago=24 * 30 * month
        )
    one, many = count(desk.make_visit(given=usual())), count(lonely)

    assert one == many
    assert one <= 12


def test_a_changed_record_number_is_printed_as_it_is_now(app: Flask, desk: Desk) -> None:
    visit = desk.make_visit(given=calm(), record_number="OLD-1")
    with app.app_context():
        db.session.execute(update(Patient).values(record_number="NEW-2"))
        db.session.commit()
    assert "NEW-2" in desk.client(Role.CLINICIAN).get(f"/visits/{visit}").text
