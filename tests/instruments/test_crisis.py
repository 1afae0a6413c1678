"""Find the crisis line of a clinic's country in the language of the page."""

from pathlib import Path

import pytest

from clinic.core.errors import DefinitionError
from clinic.instruments.crisis import HERE, crisis_line, crisis_lines


@pytest.mark.parametrize(
    ("country", "language", "locale"),
    [
        pytest.param("US", "en", "en-US", id="the country in the page's language"),
        pytest.param("US", "es", "es-US", id="the other language of a country with two"),
        pytest.param("MX", "en", "es-MX", id="a country without the page's language"),
        pytest.param("GB", "es", "en-GB", id="the other way round"),
        pytest.param("FR", "es", "fallback", id="a country without a line"),
        pytest.param("", "en", "fallback", id="no country"),
    ],
)
def test_the_line_is_the_country_s_before_it_is_the_language_s(country: str, language: str, locale: str) -> None:
    assert crisis_line(country, language).locale == locale


def test_every_line_can_be_reached_and_says_what_to_do_in_an_emergency() -> None:
    for line in crisis_lines().values():
        assert line.call or line.text_to or line.chat_url
        assert line.emergency_in("en")
        assert line.emergency_in("es")


def test_no_line_counts_as_verified_before_a_clinic_has_tried_it() -> None:
    assert {line.verified_on for line in crisis_lines().values()} == {None}


def test_the_fallback_has_words_where_no_number_is_known() -> None:
    line = crisis_line("FR", "fr")
    assert (line.emergency, line.emergency_in("es")) == (None, "el número de emergencias de su zona")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param('call: "988"', "call: 988", "crisis.yaml: en-US.call: expected a text", id="a bare number"),
        pytest.param(
            "  verified_on: null", '  verified_on: "soon"', "crisis.yaml: en-US.verified_on: expected a date", id="day"
        ),
        pytest.param('  hours: "24/7"\n', "", "crisis.yaml: en-US.hours: expected a text", id="a missing key"),
        pytest.param(
            '  call: "13 11 14"', "  call: null", "crisis.yaml: en-AU: expected at least one of call", id="no channel"
        ),
        pytest.param(
            '  emergency: "000"', "  emergency: null", "crisis.yaml: en-AU.emergency: expected a number", id="no number"
        ),
        pytest.param(
            'text_to: "85258"', "text_to: null", "crisis.yaml: en-GB.text_word: expected text_to", id="a lone word"
        ),
        pytest.param("fallback:", "nowhere:", "crisis.yaml: fallback: expected a line for countries", id="no fallback"),
    ],
)
def test_a_wrong_line_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = HERE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "crisis.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        crisis_lines(path)
    assert any(line.startswith(says) for line in str(caught.value).splitlines()), str(caught.value)


def test_a_date_of_verification_is_read_as_a_date(tmp_path: Path) -> None:
    path = tmp_path / "crisis.yaml"
    text = HERE.read_text(encoding="utf-8").replace("verified_on: null", "verified_on: 2026-01-31", 1)
    path.write_text(text, encoding="utf-8")
    verified = crisis_lines(path)["en-US"].verified_on
    assert verified is not None
    assert verified.isoformat() == "2026-01-31"
