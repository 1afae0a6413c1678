"""Days and times are said as people say them, on the clinic's clock."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from clinic.core.voice import Voice
from clinic.instruments import catalogue
from clinic.instruments.frame import frame
from clinic.web import i18n
from tests.web.page_check import PageClient

VISIT = datetime(2025, 12, 4, 15, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "full", "time"),
    [
        ("en", "Thursday 4 December", "4 December 2025", "9:20 am"),
        ("es", "jueves 4 de diciembre", "4 de diciembre de 2025", "9:20"),
    ],
)
def test_a_visit_is_named_in_the_clinics_zone_and_the_pages_language(
    app: Flask, language: str, day: str, full: str, time: str
) -> None:
    with app.test_request_context("/", headers={"Accept-Language": language}):
        i18n.use_time_zone("America/Chicago")
        assert i18n.format_day(VISIT) == day
        assert i18n.format_date(VISIT) == full
        assert i18n.format_time(VISIT) == time


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_one_page_writes_a_time_as_every_other_page_does(app: Flask, language: str) -> None:
    voice = Voice(catalogue.current(), frame(language), language)
    with app.test_request_context("/", headers={"Accept-Language": language}):
        for hour in range(24):
            at = datetime(2025, 12, 4, hour, 5, tzinfo=UTC)
            assert voice.clock(at) == i18n.format_time(at)


def test_the_day_is_the_clinics_day_and_not_the_servers(app: Flask) -> None:
    with app.test_request_context("/"):
        i18n.use_time_zone("Pacific/Auckland")
        assert i18n.format_day(VISIT) == "Friday 5 December"
        assert i18n.format_day(date(2025, 12, 4)) == "Thursday 4 December"


def test_a_patients_choice_holds_over_what_the_browser_asks_for(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        assert i18n.choose_language() == "en"
        i18n.set_language("es")
        assert i18n.choose_language() == "es"
        with pytest.raises(ValueError, match="No catalogue"):
            i18n.set_language("xx")


def test_a_spanish_patient_meets_errors_in_spanish(client: PageClient) -> None:
    page = client.get("/start/no/such/page", headers={"Accept-Language": "es"}).text
    assert '<html lang="es"' in page
    assert "No encontramos esta página" in page
    assert "Ayuda ahora" in page
