"""What an address asks of the trends is what it gets, in a file that says so; and nothing hidden goes unsaid."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from clinic.core.scope import Role
from clinic.core.trends import Group
from clinic.db.session import db
from tests.trend_objects import months, store
from tests.web.conftest import Clock
from tests.web.page_check import PageClient, parsed, text_of
from tests.web.staff.conftest import Desk


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 15, 0, tzinfo=UTC))


@pytest.fixture
def manager(app: Flask, desk: Desk) -> Callable[..., PageClient]:
    """Return a manager of the clinic under test, once some figures are published."""

    def at_the_desk(**figures: object) -> PageClient:
        with app.app_context():
            store(db.session, desk.staff.clinic_id, months(12, date(2026, 10, 1)), **figures)  # type: ignore[arg-type]
            db.session.commit()
        return desk.client(Role.MANAGER)

    return at_the_desk


def test_what_happened_names_the_gaps_that_are_too_few_to_show(manager: Callable[..., PageClient]) -> None:
    few = ("happened:support", "happened:stigma")
    words = text_of(parsed(manager(left_out=lambda measure, _i: measure in few).get("/trends")))
    assert "What was agreed happened: Accessibility" in words
    assert "Too few to show: Stigma and Support." in words


@pytest.mark.parametrize("query", ["site=1&site=2", "clinician=1", "group=language%3Des&by=month"])
def test_a_file_of_everybody_is_not_sent_to_whoever_asked_for_something_else(
    manager: Callable[..., PageClient], query: str
) -> None:
    assert manager().get(f"/trends.csv?{query}").status_code == 422


def test_a_file_is_named_by_whose_forms_it_counts(manager: Callable[..., PageClient]) -> None:
    answer = manager(groups=[Group("language", "es")]).get("/trends.csv?language=es&from=2026-09")
    assert 'filename="trends-language-es-2026-09-to-2026-10.csv"' in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "leads_to"),
    [
        ("by=month&language=es&from=1990-01", "/trends?by=month&amp;language=es"),
        ("language=es&from=2026-10&to=2026-09", "/trends?by=month&amp;language=es"),
        ("by=month&from=1990-01", "/trends?by=month"),
        ("language=xx", "/trends"),
        ("language=es&mode=web", "/trends"),
        ("by=week&language=es", "/trends"),
    ],
)
def test_a_refusal_keeps_the_filter_that_was_not_to_blame(
    manager: Callable[..., PageClient], query: str, leads_to: str
) -> None:
    answer = manager(groups=[Group("language", "es")]).get(f"/trends?{query}")
    assert answer.status_code == 422
    assert f'class="nhsuk-button" href="{leads_to}"' in answer.text
