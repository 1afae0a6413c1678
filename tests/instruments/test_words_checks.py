"""Break every word missing, empty, unasked for, or filled in differently from the source; see it reported."""

from pathlib import Path

import pytest

from tests.instruments.broken import refusal_after

BREAKS = [
    pytest.param(
        '    sadness: "Sad"\n',
        "",
        "strings.en.yaml: option.EMO.sadness: expected words for this key; they are missing",
        id="a missing word in the source",
    ),
    pytest.param(
        '    sadness: "Tristeza"\n',
        "",
        "strings.es.yaml: option.EMO.sadness: expected words for this key; they are missing",
        id="a missing word in a translation",
    ),
    pytest.param(
        '    sadness: "Tristeza"\n',
        '    sadness: "Tristeza"\n    joy: "Alegría"\n',
        "strings.es.yaml: option.EMO.joy: expected no such key; nothing in the structure asks for it",
        id="a word that nothing asks for",
    ),
    pytest.param(
        'sadness: "Tristeza"',
        'sadness: " "',
        "strings.es.yaml: option.EMO.sadness: expected words in quotes that are not empty; found ' '",
        id="an empty word",
    ),
    pytest.param(
        'sadness: "Tristeza"',
        "sadness:",
        "strings.es.yaml: option.EMO.sadness: expected words in quotes that are not empty; found nothing (null)",
        id="a word without its text",
    ),
    pytest.param(
        'sadness: "Sad"',
        "sadness: no",
        "strings.en.yaml: option.EMO.sadness: expected words in quotes that are not empty; found false",
        id="a bare no as a word",
    ),
    pytest.param(
        '  "no": "No, thank you"',
        '  no: "No, thank you"',
        "strings.en.yaml: wish.False: expected a key in quotes; found false",
        id="a bare no as a key",
    ),
    pytest.param(
        '    sadness: "Sad"\n',
        '    sadness: "Sad"\n    sadness: "Low"\n',
        "strings.en.yaml: option.EMO.sadness: expected each key once; it stands again on line",
        id="a doubled word",
    ),
    pytest.param(
        '  EMO: {prompt: "Which of these have you felt?"}',
        '  EMO: "Which?"',
        "strings.en.yaml: list.EMO: expected no such key; nothing in the structure asks for it",
        id="a group of words that is one word",
    ),
    pytest.param(
        "Puede volver hasta el {expires_on}.",
        "Puede volver.",
        "strings.es.yaml: notice.paused: expected the placeholders {expires_on}; found none",
        id="a placeholder missing in the translation",
    ),
    pytest.param(
        "Alguien debería comunicarse con usted {response_time_text}",
        "Llame al {emergency_number}. Alguien debería comunicarse con usted {response_time_text}",
        "strings.es.yaml: safety.screen.S2: expected the placeholders {channels}, {response_time_text}; found {ch",
        id="a placeholder that the source does not have",
    ),
    pytest.param(
        '    sadness: "Sad"',
        '    sadness: "Sad {name}"',
        "strings.en.yaml: option.EMO.sadness: expected no braces other than none",
        id="a placeholder that nothing fills",
    ),
    pytest.param(
        "until {expires_on}.",
        "until {expires_on}}.",
        "strings.en.yaml: notice.paused: expected no braces other than {expires_on}",
        id="a stray brace",
    ),
    pytest.param(
        "If you need help before\n      then:\n\n      {channels}",
        "If you need help before\n      then, call.",
        "strings.en.yaml: safety.screen.S1: expected the placeholders {channels}; found none",
        id="a safety screen without the ways to get help",
    ),
    pytest.param(
        "respondent:",
        "respondent: [",
        "strings.es.yaml: (file): expected valid YAML; it breaks near line",
        id="words that are broken YAML",
    ),
]


@pytest.mark.parametrize(("old", "new", "says"), BREAKS)
def test_a_definition_whose_words_do_not_match_is_refused(copy: Path, old: str, new: str, says: str) -> None:
    assert any(line.startswith(says) for line in refusal_after(copy, old, new, says))
