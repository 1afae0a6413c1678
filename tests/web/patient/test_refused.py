"""What cannot be stored is refused in words, its page comes back as it was filled in, and the rest of it is saved."""

import pytest
from flask import Flask

from tests.web.page_check import XHTML, parsed, text_of
from tests.web.patient.conftest import Patient, Values, stored


def summary_links(patient: Patient) -> list[tuple[str, str]]:
    """Return the lines of the error summary with the field that each leads to."""
    assert patient.page is not None
    tree = parsed(patient.page)
    box = next(one for one in tree.iter(f"{XHTML}div") if "nhsuk-error-summary" in (one.get("class") or "").split())
    ids = {one.get("id") for one in tree.iter(f"{XHTML}input")} | {
        one.get("id") for one in tree.iter(f"{XHTML}textarea")
    }
    found = [(text_of(one), (one.get("href") or "").removeprefix("#")) for one in box.iter(f"{XHTML}a")]
    assert {target for _, target in found} <= ids
    return found


@pytest.mark.parametrize(
    ("key", "values", "message", "field"),
    [
        pytest.param(
            "pri",
            {"PRI": ["ACC", "ALT", "ADH", "MED"]},
            "You picked 4. Pick up to 3, so that the most important ones get time.",
            "PRI-0",
            id="a fourth pick",
        ),
        pytest.param(
            "pri",
            {"PRI": ["ACC", "NONE"]},
            "You picked “Nothing special today” and something else. Keep one or the other.",
            "PRI-0",
            id="nothing special beside a pick",
        ),
        pytest.param(
            "cop",
            {"COP": ["therapy", "none_of_these"]},
            "You picked “None of these” and something else. Keep one or the other.",
            "COP-0",
            id="none beside a tick",
        ),
        pytest.param(
            "cop",
            {"COP-text": "x" * 121},
            "This text has 121 characters. Shorten it to 120.",
            "COP-text",
            id="a box too full",
        ),
        pytest.param(
            "txt", {"TXT": "x" * 1001}, "This text has 1001 characters. Shorten it to 1000.", "TXT", id="a long text"
        ),
        pytest.param("p1", {"EMO": "5"}, "Choose one of the answers shown.", "EMO-0", id="a number off the scale"),
        pytest.param("p1", {"EMO": ["1", "2"]}, "Choose one of the answers shown.", "EMO-0", id="two answers to one"),
        pytest.param("cop", {"COP": ["gambling"]}, "Choose from the answers shown.", "COP-0", id="an unknown tick"),
        pytest.param("resp", {"RESP": "robot"}, "Choose one of the answers shown.", "RESP-0", id="an unknown person"),
    ],
)
def test_a_refused_page_says_what_to_change_and_where(
    app: Flask, patient: Patient, key: str, values: Values, message: str, field: str
) -> None:
    patient.go_to(key)
    answer = patient.press("next", values)

    assert answer.status_code == 422
    assert summary_links(patient) == [(message, field)]
    assert "<title>Error: " in answer.text
    assert key.upper() not in stored(app).left


def test_the_valid_fields_of_a_refused_page_are_saved_and_the_refused_one_keeps_what_was_stored(
    app: Flask, patient: Patient
) -> None:
    patient.go_to("p2", {"p1": {"EMO": "2"}})
    patient.open("/form/p1")
    patient.press("next", {"EMO": "9", "SLF": "3"})

    assert stored(app).given.answers == {"EMO": 2, "SLF": 3}


def test_a_text_that_is_too_long_stays_in_its_box(app: Flask, patient: Patient) -> None:
    long = "Every week. " * 100
    patient.go_to("txt")
    patient.press("next", {"TXT": long})
    assert patient.fields()["TXT"] == long

    patient.press("next", {"TXT": long[:1000]}, at="/form/txt")
    assert patient.key == "check"
    assert stored(app).given.texts == {"TXT": long[:1000]}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("a\r\n" * 500, "a\n" * 500, id="a line end is one character"),
        pytest.param("🙂" * 1000, "🙂" * 1000, id="and so is a smiley"),
        pytest.param("bell\x07, nul\x00 and escape\x1b", "bell, nul and escape", id="what only harms is left out"),
        pytest.param("\n  two  spaces ", "\n  two  spaces ", id="spaces are kept"),
        pytest.param("سلام <b>&amp;</b> {{ 7*7 }}", "سلام <b>&amp;</b> {{ 7*7 }}", id="any script, and no markup"),
    ],
)
def test_own_words_are_kept_as_they_were_typed(app: Flask, patient: Patient, typed: str, kept: str) -> None:
    patient.go_to("txt")
    patient.press("next", {"TXT": typed})

    assert patient.key == "check"
    assert stored(app).given.texts == {"TXT": kept}
    patient.open("/form/txt")
    assert patient.fields()["TXT"] == kept


def test_a_text_of_spaces_is_no_text(app: Flask, patient: Patient) -> None:
    patient.go_to("txt")
    patient.press("next", {"TXT": " \r\n "})

    assert stored(app).given.texts == {}


def test_fields_of_other_pages_are_ignored(app: Flask, patient: Patient) -> None:
    patient.go_to("p1")
    patient.press("next", {"EMO": "1", "RCV": "4", "TXT": "hello", "PRI": ["MED"], "SAFE": "no"})

    given = stored(app).given
    assert (dict(given.answers), dict(given.texts), given.picks, given.checkin) == ({"EMO": 1}, {}, (), None)


def test_a_topic_ticked_among_the_folded_ones_keeps_them_open(patient: Patient) -> None:
    patient.go_to("pri", {"p3": {"MED": "4"}})
    assert patient.page is not None
    assert '<details class="nhsuk-details bc-more">' in patient.page.text
    assert patient.page.text.index('value="MED"') < patient.page.text.index("bc-more")
    patient.press("back", {"PRI": ["EXT"]})
    patient.open("/form/pri")

    assert patient.page is not None
    assert '<details class="nhsuk-details bc-more" open>' in patient.page.text


def test_a_page_that_nobody_knows_is_not_found(patient: Patient) -> None:
    patient.go_to("p1")
    for key in ("nowhere", "p1+p2", "emo+emo", "start+resp"):
        assert patient.send("next", at=f"/form/{key}").status_code == 404
