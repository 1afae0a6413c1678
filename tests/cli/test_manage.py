"""An administrator's commands, on an installation of their own, from nothing to a form that may be opened."""

import pytest

from clinic.db import schema
from tests.cli.conftest import Installation

HOURS = '{"mon": ["09:00", "17:00"]}'


def test_no_form_can_be_opened_until_the_safety_settings_are_made(clinic: Installation) -> None:
    status, printed = clinic.run("settings", "check")
    assert status == 1
    assert "No form can be opened yet:" in printed

    for key, value in [
        ("crisis_locale.en", '{"verified_on": "2026-01-02"}'),
        ("crisis_locale.es", '{"verified_on": "2026-01-02"}'),
        ("emergency_number", "911"),
        ("alert_inbox_role", "Duty clinician"),
        ("backup_role", "Lead clinician"),
        ("staffed_hours", HOURS),
        ("response_time_text.en", "the same working day"),
        ("response_time_text.es", "el mismo día hábil"),
    ]:
        assert clinic.run("settings", "set", key, value)[0] == 0

    status, printed = clinic.run("settings", "check")
    assert status == 0
    assert "Forms can be opened." in printed


def test_a_setting_is_shown_with_where_it_came_from(clinic: Installation) -> None:
    clinic.run("settings", "set", "emergency_number", "911")

    assert "emergency_number = 911  (from the command line" in clinic.run("settings", "show")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("settings", "set", "colour", "red"), "colour: there is no such setting"),
        (("settings", "set", "checkin_mode", "sometimes"), "checkin_mode"),
        (("settings", "set", "checkin_mode", "off"), "needs a written reason"),
        (("settings", "set", "staffed_hours", '{"mon": ["17:00", "09:00"]}'), "staffed_hours"),
        (("settings", "show", "--clinic", "Hillside"), "there are: Riverside"),
        (("setup", "Riverside", "--country", "US", "--time-zone", "UTC"), "already"),
        (("setup", "Other", "--country", "USA", "--time-zone", "UTC"), "two letters"),
        (("setup", "Other", "--country", "US", "--time-zone", "Mars/Base"), "Mars/Base"),
        (("user", "disable", "nobody@riverside.example"), "Nobody here"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_with_status_1(
    clinic: Installation, words: tuple[str, ...], told: str
) -> None:
    status, printed = clinic.run(*words)

    assert status == 1
    assert told in printed
    assert "Traceback" not in printed


def test_a_weak_password_is_refused_and_a_good_one_lets_somebody_in(clinic: Installation) -> None:
    add = ("user", "add", "maya@riverside.example", "--name", "Dr. Maya Reyes", "--role", "clinician", "--password")

    assert clinic.run(*add, "password1234")[0] == 1
    assert clinic.run(*add, "four words in a row")[0] == 0
    assert clinic.run(*add, "four words in a row")[0] == 1
    assert clinic.run("user", "disable", "maya@riverside.example")[0] == 0


def test_an_empty_database_is_told_to_be_upgraded_first(installation: Installation) -> None:
    status, printed = installation.run("settings", "show")

    assert status == 1
    assert "clinic db upgrade" in printed
    assert installation.run("db", "upgrade")[0] == 0
    assert f"database {schema.HEAD}" in installation.run("db", "current")[1]
    assert "clinic setup" in installation.run("settings", "show")[1]
