"""Break every number out of order and every gap in the safety rules; see it reported."""

from pathlib import Path

import pytest

from tests.instruments.broken import refusal_after

BREAKS = [
    pytest.param(
        "values: [0, 1, 2, 3, 4]",
        "values: [1, 2, 3, 4, 5]",
        "instrument.yaml: scale.values: expected 0, 1, 2, 3, 4, the only scale that the scoring knows",
        id="a wrong scale",
    ),
    pytest.param(
        "safety_raw_values: [0]",
        "safety_raw_values: [5]",
        "instrument.yaml: items.RCV.safety_raw_values: expected values of the scale 0, 1, 2, 3, 4",
        id="a safety value off the scale",
    ),
    pytest.param(
        "  gap: 50",
        "  gap: 80",
        "instrument.yaml: scoring: expected 0 < watch < gap < priority <= 100; found 25, 80, 75",
        id="thresholds out of order",
    ),
    pytest.param(
        "  worst_burden: 4",
        "  worst_burden: 5",
        "instrument.yaml: scoring.worst_burden: expected a number from 1 to 4; found 5",
        id="a worst burden off the scale",
    ),
    pytest.param(
        "  min_valid_subthemes: 8",
        "  min_valid_subthemes: 17",
        "instrument.yaml: scoring.min_valid_subthemes: expected a number from 1 to 16; found 17",
        id="more valid subthemes than there are",
    ),
    pytest.param(
        "  domain_clear: 38",
        "  domain_clear: 20",
        "instrument.yaml: change.domain_possible: expected more than 0 and less than domain_clear",
        id="change limits out of order",
    ),
    pytest.param(
        "  overall_clear: 23",
        "  overall_clear: 15",
        "instrument.yaml: change.overall_possible: expected more than 0 and less than overall_clear",
        id="overall change limits out of order",
    ),
    pytest.param(
        "  minutes_few: 3 ",
        "  minutes_few: 9 ",
        "instrument.yaml: limits.minutes_few: expected more than 0 and less than minutes_max",
        id="minutes out of order",
    ),
    pytest.param(
        "  else_chars: 120 ",
        "  else_chars: 1200 ",
        "instrument.yaml: limits.else_chars: expected at most own_words_chars (1000)",
        id="a box longer than own words",
    ),
    pytest.param(
        "  hard_cap_questions: 40",
        "  hard_cap_questions: 39",
        "instrument.yaml: limits.hard_cap_questions: expected at least 40, as many as one person can be asked",
        id="more questions than the cap",
    ),
    pytest.param(
        "alert_on: [S3, S2]",
        "alert_on: [S3, S0]",
        "instrument.yaml: safety.alert_on: expected the id of a level that can alert; S0 is none of S1, S2, S3",
        id="a level that cannot alert",
    ),
    pytest.param(
        "alert_on: [S3, S2]",
        "alert_on: [S2]",
        "instrument.yaml: safety.alert_on: expected S3 among the levels that alert",
        id="no alert on the highest level",
    ),
    pytest.param(
        "  wait_minutes: 10",
        "  wait_minutes: 0",
        "instrument.yaml: safety.wait_minutes: expected at least 1; found 0",
        id="a wait of no time",
    ),
    pytest.param(
        "wish i was dead",
        "wish I was dead",
        "instrument.yaml: safety.phrases.en: expected phrases in normal form; 'wish I was dead' would be",
        id="a phrase with a capital",
    ),
    pytest.param(
        "hacerme dano",
        "hacerme daño",
        "instrument.yaml: safety.phrases.es: expected phrases in normal form; 'hacerme daño' would be 'hacerme dano'",
        id="a phrase with an accent",
    ),
    pytest.param(
        "self harm,",
        "self-harm,",
        "instrument.yaml: safety.phrases.en: expected phrases in normal form; 'self-harm' would be 'self harm'",
        id="a phrase with a hyphen",
    ),
    pytest.param(
        "dont want to live",
        "don't want to live",
        'instrument.yaml: safety.phrases.en: expected phrases in normal form; "don\'t want to live"',
        id="a phrase with an apostrophe",
    ),
    pytest.param(
        "overdose",
        "overdose.",
        "instrument.yaml: safety.phrases.en: expected phrases in normal form; 'overdose.'",
        id="a phrase with a full stop",
    ),
    pytest.param(
        "    es:\n      [matarme",
        "    pt:\n      [matarme",
        "instrument.yaml: safety.phrases.es: expected at least one phrase for every language",
        id="a language without phrases",
    ),
    pytest.param(
        "required_settings: [crisis_locale, alert_inbox_role, backup_role, staffed_hours, response_time_text]",
        "required_settings: []",
        "instrument.yaml: safety.required_settings: expected at least one, or forms open with nobody responsible",
        id="no required settings",
    ),
]


@pytest.mark.parametrize(("old", "new", "says"), BREAKS)
def test_a_definition_whose_numbers_or_safety_rules_do_not_hold_is_refused(
    copy: Path, old: str, new: str, says: str
) -> None:
    assert any(line.startswith(says) for line in refusal_after(copy, old, new, says))
