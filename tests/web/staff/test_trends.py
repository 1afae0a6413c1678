"""The managers' page of the trends: what it says, how it asks, what it refuses, and what it never holds."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clinic.core.scope import Role
from clinic.core.trends import Group, Period
from clinic.db.models import Site
from clinic.db.session import db
from tests.trend_objects import months, store
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk, counted_queries
from tests.web.staff.people import usual

NEWEST = date(2026, 10, 1)
YEAR = months(12, NEWEST)
LEVEL: list[tuple[int, int] | None] = [(20, 80)] * 12
Publish = Callable[..., None]


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 15, 0, tzinfo=UTC))


@pytest.fixture
def publish(app: Flask, desk: Desk) -> Publish:
    """Publish periods of the clinic under test."""

    def store_all(periods: tuple[Period, ...] = YEAR, **more: Any) -> None:
        with app.app_context():
            store(db.session, desk.staff.clinic_id, periods, **more)
            db.session.commit()

    return store_all


@pytest.fixture
def manager(desk: Desk) -> PageClient:
    return desk.client(Role.MANAGER)


def table_of(page: Element, name: str) -> list[list[str]]:
    words = {one.get("id"): text_of(one) for one in page.iter(f"{XHTML}p") if one.get("id")}
    for table in page.iter(f"{XHTML}table"):
        if name in words.get(table.get("aria-labelledby"), ""):
            return [[text_of(cell) for cell in row] for row in table.iter(f"{XHTML}tr")]
    raise AssertionError(f"There is no table {name!r}.")


def said(answer: TestResponse) -> str:
    return text_of(parsed(answer)).replace("\N{NO-BREAK SPACE}", " ")


def test_a_manager_begins_at_the_trends(client: PageClient, desk: Desk) -> None:
    from tests.web.conftest import sign_in

    sign_in(client, desk.staff.emails[Role.MANAGER])
    answer = client.get("/", follow_redirects=True)
    assert (answer.request.path, answer.status_code) == ("/trends", 200)


def test_only_managers_find_trends_in_their_navigation(desk: Desk) -> None:
    for role in Role:
        assert ('href="/trends"' in desk.client(role).get("/account").text) is (role is Role.MANAGER)


def test_before_anything_is_published_the_page_says_when_the_first_one_comes(manager: PageClient) -> None:
    words = said(manager.get("/trends"))
    assert "Nothing is published yet." in words
    assert "The next one is November 2026, on 15 December 2026" in words
    assert "October to December 2026, on 15 January 2027" in said(manager.get("/trends?by=quarter"))


def test_two_weeks_after_a_months_end_the_next_one_is_that_month(manager: PageClient, clock: Clock) -> None:
    clock.moment = datetime(2026, 11, 14, 15, 0, tzinfo=UTC)
    assert "The next one is October 2026, on 15 November 2026" in said(manager.get("/trends"))


def test_a_gap_whose_pairs_are_hidden_is_named_beside_those_that_are_shown(
    manager: PageClient, publish: Publish
) -> None:
    publish(twice={"stigma": (20, 12, 14, 40)})
    tables = parsed(manager.get("/trends")).iter(f"{XHTML}table")
    table = next(one for one in tables if text_of(one).startswith("The same patients in two periods"))
    rows = [[text_of(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in table.iter(f"{XHTML}tr")]
    assert rows[1][:4] == ["Stigma", "86", "37 %", "40 %"]
    assert rows[2:] == [[gap, "too few to show"] for gap in ("Accessibility", "Adherence", "Support")]


def test_a_clear_rise_stands_on_top_with_its_numbers_and_intervals(manager: PageClient, publish: Publish) -> None:
    publish(stigma=[*LEVEL[:-1], (40, 80)], accessibility=LEVEL, adherence=LEVEL, support=[*LEVEL[:-1], (4, 80)])
    page = manager.get("/trends?from=2025-11")
    words = said(page)
    assert "October 2026: more patients than the month before at a gap in Stigma, fewer in Support." in words
    # By hand: Wilson for 40 of 80 is 39.3 to 60.7 %, for 20 of 80 16.8 to 35.5 %; Newcombe +10.0 to +38.5.
    assert (
        "Stigma: 40 of 80 patients (50 %, likely 39 to 61 %), more than the month before "
        "(+25 points, likely +10 to +38)." in words
    )
    assert "Support: 4 of 80 patients (5 %, likely 2 to 12 %), fewer than the month before" in words
    assert "No clear change: Accessibility and Adherence." in words


def test_a_difference_whose_interval_holds_zero_is_never_called_a_change(manager: PageClient, publish: Publish) -> None:
    same = dict.fromkeys(("accessibility", "adherence", "support"), LEVEL)
    publish(stigma=[*LEVEL[:-1], (29, 80)], **same)
    words = said(manager.get("/trends"))
    assert "October 2026: no clear change from the month before in any of the four gaps." in words
    assert "more patients than" not in words
    assert "No clear change from the month before: +11 points (−3 to +25)." in words


def test_fewer_than_thirty_are_not_compared(manager: PageClient, publish: Publish) -> None:
    few: list[tuple[int, int] | None] = [*LEVEL[:-1], (11, 29)]
    publish(stigma=few, accessibility=few, adherence=few, support=few)
    words = said(manager.get("/trends"))
    assert "October 2026: not compared with the month before." in words
    assert "holds no zero" not in words
    assert "Not compared: fewer than 30 in one of the two." in words


def test_a_hidden_month_says_so_in_the_table_and_is_no_zero_in_the_chart(manager: PageClient, publish: Publish) -> None:
    publish(stigma=[*LEVEL[:5], None, *LEVEL[6:]])
    page = parsed(manager.get("/trends"))
    rows = {row[0]: row for row in table_of(page, "of those with a level")}
    assert rows["April 2026"][3] == "too few to show"
    assert rows["May 2026"][3].replace("\N{NO-BREAK SPACE}", " ") == "20 of 80 25 % (17 to 35 %)"
    chart = next(one for one in page.iter() if one.get("aria-label", "").startswith("Stigma: share"))
    drawn = [(one.get("class"), one.get("d", "")) for one in chart.iter() if one.get("d")]
    lines = [d for name, d in drawn if name == "bc-chart__line"]
    assert len(lines) == 2, "The line is broken where nothing is shown."
    assert [d for name, d in drawn if name == "bc-chart__few"], "What is hidden is hatched."
    assert len(next(d for name, d in drawn if name == "bc-chart__dots").split("M")) - 1 == 11


def test_a_change_of_version_breaks_the_line_and_is_not_compared(manager: PageClient, publish: Publish) -> None:
    publish(YEAR[:11], stigma=LEVEL[:11])
    publish(YEAR[11:], version="trd-barrier-check|1.0|1.0+c1", stigma=[(50, 80)])
    answer = manager.get("/trends")
    page, words = parsed(answer), said(answer)
    chart = next(one for one in page.iter() if one.get("aria-label", "").startswith("Stigma: share"))
    assert [one for one in chart.iter() if one.get("class") == "bc-chart__break"]
    assert "Not compared: the questionnaire or its scoring changed." in words
    assert "Version 1.0 and 1.0+c1." in words
    assert "more patients than" not in words


LOW_THEN_HIGH: list[tuple[int, int] | None] = [*[(16, 80)] * 10, *[(32, 80)] * 8]


def run_in(answer: TestResponse) -> tuple[bool, bool, bool]:
    """Tell whether the stigma chart has a mark of a run, whether the page says one, and whether its legend does."""
    page, words = parsed(answer), said(answer)
    chart = next(one for one in page.iter() if one.get("aria-label", "").startswith("Stigma: share"))
    marks = [one.get("class") for one in chart.iter()]
    told = "8 in a row above 20 %, the middle of the last" in words
    return "bc-chart__run" in marks, told, "eight or more in a row on one side of the middle value" in words


def test_a_run_of_eight_months_is_marked_in_the_view_that_a_manager_begins_with(
    manager: PageClient, publish: Publish
) -> None:
    publish(months(18, NEWEST), stigma=LOW_THEN_HIGH)
    answer = manager.get("/trends")
    assert len(table_of(parsed(answer), "of those with a level")) == 1 + 12
    assert run_in(answer) == (True, True, True)
    assert "8 in a row above 20 %, the middle of the last 18 shown: seldom chance." in said(answer)
    # A shorter view has the same run, marked from its start.
    assert run_in(manager.get("/trends?from=2026-09")) == (True, True, True)
    assert run_in(manager.get("/trends?to=2026-09")) == (False, False, False)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (LOW_THEN_HIGH[3:], "Of fifteen, seven lie on the other side at most, and one in the middle."),
        ([*LOW_THEN_HIGH[:14], None, *LOW_THEN_HIGH[15:]], "Nobody knows on which side a hidden month lies."),
        ([*LOW_THEN_HIGH[:17], None], "The newest month is hidden."),
        ([*LOW_THEN_HIGH[:17], (16, 80)], "The newest month lies in the middle, and seven lie before it."),
    ],
)
def test_no_run_is_marked_where_eight_in_a_row_are_not_known(
    manager: PageClient, publish: Publish, counts: list[tuple[int, int] | None], why: str
) -> None:
    publish(months(len(counts), NEWEST), stigma=counts)
    assert run_in(manager.get("/trends")) == (False, False, False), why


def test_a_run_of_quarters_needs_four_years_and_years_are_too_few(manager: PageClient, publish: Publish) -> None:
    publish(months(18, date(2026, 7, 1), "quarter"), stigma=LOW_THEN_HIGH)
    publish(months(10, date(2025, 1, 1), "year"), stigma=[*LOW_THEN_HIGH[:2], *LOW_THEN_HIGH[10:]])
    answer = manager.get("/trends?by=quarter")
    assert len(table_of(parsed(answer), "of those with a level")) == 1 + 8
    assert run_in(answer) == (True, True, True)
    assert run_in(manager.get("/trends?by=year")) == (False, False, False)


def test_a_run_does_not_reach_over_a_new_version(manager: PageClient, publish: Publish) -> None:
    publish(months(18, NEWEST)[:10], stigma=LOW_THEN_HIGH[:10])
    publish(months(18, NEWEST)[10:], version="trd-barrier-check|1.0|1.0+c1", stigma=LOW_THEN_HIGH[10:])
    assert run_in(manager.get("/trends")) == (False, False, False)


def test_mode_and_language_are_said_to_be_known_only_of_forms_that_were_begun(
    manager: PageClient, publish: Publish
) -> None:
    publish()
    words = said(manager.get("/trends"))
    assert "Done, of those begun this way" in words
    assert "Done, of those begun in this language" in words
    assert "How and in which language is known only of forms that were begun" in words


def test_a_clinic_with_one_patient_is_told_that_this_is_too_few(manager: PageClient, publish: Publish) -> None:
    publish(YEAR[-2:], left_out=lambda measure, i: True)
    words = said(manager.get("/trends"))
    assert "Too few patients in each of these periods to show anything: a number is shown from 11 people on." in words
    assert "No alert is overdue now." in words


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("by=week", "by month, quarter or year"),
        ("from=2026-13", "There is no such period"),
        ("from=yesterday", "There is no such period"),
        ("from=2026-02&to=2026-01", "choose an end that is not before its start"),
        ("by=month&from=2026-Q1", "is a quarter"),
        ("from=1066-10", "has not been published"),
        ("to=9999-12", "has not been published"),
        ("language=es&mode=web", "Choose one filter at a time"),
        ("language=xx", "Nothing"),
        ("site=999", "Nothing"),
        ("site=%27%20OR%201=1", "Nothing"),
        ("by=year", None),
    ],
)
@pytest.mark.parametrize("address", ["/trends", "/trends.csv", "/trends.pdf"])
def test_what_cannot_be_shown_is_refused_in_a_sentence(
    manager: PageClient, publish: Publish, address: str, query: str, says: str | None
) -> None:
    publish()
    answer = manager.get(f"{address}?{query}")
    if says is None:
        assert answer.status_code == (422 if address == "/trends.pdf" else 200)
        return
    assert answer.status_code == 422
    words = said(answer)
    assert says in words
    assert "Show the newest" in words


def test_the_form_leads_to_an_address_that_names_its_one_filter(manager: PageClient) -> None:
    answer = manager.get("/trends?by=month&from=2026-01&to=2026-10&group=language%3Des")
    assert (answer.status_code, answer.location) == (303, "/trends?by=month&from=2026-01&to=2026-10&language=es")
    assert manager.get("/trends?by=month&group=all").location == "/trends?by=month"
    assert manager.get("/trends?group=nonsense%3D1").location == "/trends"


def test_a_filtered_view_names_its_group_and_leaves_the_clinics_work_out(
    app: Flask, desk: Desk, manager: PageClient, publish: Publish
) -> None:
    with app.app_context():
        db.session.add(Site(clinic_id=desk.staff.clinic_id, name="Old Harbour <b>Centre</b>"))
        db.session.commit()
        sites = [str(one.id) for one in db.session.query(Site).order_by(Site.id)]
    publish(groups=[*(Group("site", one) for one in sites), Group("language", "es"), Group("language", "en")])
    whole = manager.get("/trends")
    assert "Sites around the whole clinic" in said(whole)
    options = [text_of(one) for one in parsed(whole).iter(f"{XHTML}option")]
    assert {"Whole clinic", "Main building", "Old Harbour <b>Centre</b>", "Español"} <= set(options)
    answer = manager.get(f"/trends?site={sites[1]}")
    words = said(answer)
    assert "Old Harbour <b>Centre</b>, November 2025 to October 2026" in words
    assert "are counted for the whole clinic only" in words
    assert "Sites around the whole clinic" not in words
    chosen = [text_of(one) for one in parsed(answer).iter(f"{XHTML}option") if one.get("selected") is not None]
    assert chosen[-1] == "Old Harbour <b>Centre</b>"


def test_the_only_language_is_offered_as_a_filter_to_whoever_has_chosen_it(
    manager: PageClient, publish: Publish
) -> None:
    publish(groups=[Group("language", "en")])
    for address, chosen in (("/trends", "Whole clinic"), ("/trends?language=en", "English")):
        options = list(parsed(manager.get(address)).iter(f"{XHTML}option"))
        assert ("English" in [text_of(one) for one in options]) is (chosen == "English")
        # The last of the three choices is whose forms are shown; where nothing is marked, its first one holds.
        marked = [text_of(one) for one in options if one.get("selected") is not None]
        assert (marked[2:] or ["Whole clinic"]) == [chosen]


def test_the_address_of_the_view_opens_the_same_view_again(manager: PageClient, publish: Publish) -> None:
    publish(groups=[Group("language", "es"), Group("language", "en")])
    page = manager.get("/trends?language=es&from=2026-02")
    address = next(text_of(one) for one in parsed(page).iter() if one.get("id") == "address")
    assert address.partition("localhost")[2] == "/trends?by=month&language=es&from=2026-02&to=2026-10"
    again = manager.get(address.partition("localhost")[2])
    assert [text_of(one) for one in parsed(again).iter(f"{XHTML}table")] == [
        text_of(one) for one in parsed(page).iter(f"{XHTML}table")
    ]


def test_files_are_attachments_that_nobody_keeps_and_whose_names_tell_nothing(
    manager: PageClient, publish: Publish
) -> None:
    publish()
    for address, kind, name in (
        ("/trends.csv", "text/csv", "trends-2025-11-to-2026-10.csv"),
        ("/trends.pdf", "application/pdf", "trends-2025-11-to-2026-10.pdf"),
        ("/trends/codebook.csv", "text/csv", "trends-codebook.csv"),
    ):
        answer = manager.get(address)
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["Cache-Control"] == "no-store"
    assert "period,measure,group,x,n,share,low,high,suppressed" in manager.get("/trends.csv").text


def test_files_are_slowed_down_like_every_other_one(manager: PageClient) -> None:
    answers = [manager.get("/trends/codebook.csv").status_code for _ in range(62)]
    assert answers[:60] == [200] * 60
    assert 429 in answers


def test_page_and_file_show_the_same_figures(manager: PageClient, publish: Publish) -> None:
    publish(stigma=[*LEVEL[:-1], (40, 80)])
    lines = [line.split(",") for line in manager.get("/trends.csv").text.splitlines() if not line.startswith("#")]
    found = {(line[0], line[1]): line for line in lines}[("2026-10", "gap:stigma")]
    assert found[3:] == ["40", "80", "0.5000", "0.3930", "0.6070", "false"]
    rows = {row[0]: row for row in table_of(parsed(manager.get("/trends")), "of those with a level")}
    assert rows["October 2026"][3].startswith("40 of 80 50")


def test_no_page_of_a_manager_has_a_name_or_a_word_of_a_patient(manager: PageClient, desk: Desk, app: Flask) -> None:
    visit = desk.make_visit(given=usual(), name="Ada Private", record_number="MRN-SECRET", alert={})
    patient = desk.patient_of(visit)
    with app.app_context():
        store(db.session, desk.staff.clinic_id, YEAR)
        db.session.commit()
    adapter = app.url_map.bind("localhost")
    asked = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        values = {"visit_id": visit, "patient_id": patient, "resource_id": 1, "alert_id": 1}
        path = adapter.build(
            rule.endpoint,
            {
                **dict.fromkeys(rule.arguments, "x"),
                **{name: value for name, value in values.items() if name in rule.arguments},
            },
        )
        if rule.endpoint == "security.logout":
            continue
        answer = manager.get(path)
        asked += 1
        body = answer.get_data()
        for secret in (b"Private", b"MRN-SECRET", b"Mornings are the worst"):
            assert secret not in body, path
    assert asked > 30


def test_figures_of_another_clinic_are_not_shown(app: Flask, manager: PageClient) -> None:
    from tests import factories

    with app.app_context():
        other = factories.make_clinic(db.session, name="Other Clinic")
        store(db.session, other.id, YEAR)
        db.session.commit()
    assert "Nothing is published yet." in said(manager.get("/trends"))


def test_the_page_asks_the_same_few_questions_for_one_month_and_for_two_years(
    app: Flask, manager: PageClient, publish: Publish
) -> None:
    publish(months(24, NEWEST))
    manager.get("/trends")
    with counted_queries(app) as few:
        manager.get("/trends?from=2026-10")
    with counted_queries(app) as many:
        manager.get("/trends?from=2024-11")
    assert len(many) == len(few)
    assert len(many) < 25
