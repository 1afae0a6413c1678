"""Read the real definition, and see that a refusal names everything at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from clinic.core.shape import most_questions, problems
from clinic.instruments import catalogue
from clinic.instruments.words import needed_keys
from tests.instruments.broken import edit, refusal

INSTRUMENT = catalogue.current()


def test_everything_that_is_wrong_is_reported_at_once(copy: Path) -> None:
    edit(copy, "instrument.yaml", "  gap: 50", "  gap: 80")
    edit(copy, "instrument.yaml", "ask_first: [EMO,", "ask_first: [OHO,")
    edit(copy, "strings.en.yaml", '    sadness: "Sad"\n', "")
    edit(copy, "strings.es.yaml", 'sadness: "Tristeza"', 'sadness: ""')
    assert [line.partition(" expected")[0] for line in refusal(copy)] == [
        "instrument.yaml: ask_first:",
        "instrument.yaml: ask_first:",
        "instrument.yaml: scoring:",
        "strings.en.yaml: option.EMO.sadness:",
        "strings.es.yaml: option.EMO.sadness:",
    ]


def test_what_follows_from_an_unreadable_value_is_not_reported_again(copy: Path) -> None:
    edit(copy, "instrument.yaml", "  UND: {subtheme: UND,", "  UND: {subtheme: 7,")
    assert refusal(copy) == [
        "instrument.yaml: items.UND.subtheme: expected a text in quotes that is not empty; found 7",
    ]


def test_a_folder_without_a_definition_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == ["instrument.yaml: (file): expected a file that can be read as UTF-8 text"]


def test_an_empty_definition_is_refused(copy: Path) -> None:
    (copy / "instrument.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert refusal(copy) == ["instrument.yaml: (file): expected a mapping; the file is empty"]


def test_a_definition_that_is_a_list_is_refused(copy: Path) -> None:
    (copy / "instrument.yaml").write_text("- EMO\n", encoding="utf-8")
    assert "instrument.yaml: (file): expected a mapping; found a list" in refusal(copy)


def test_a_language_without_its_file_is_refused(copy: Path) -> None:
    (copy / "strings.es.yaml").unlink()
    assert refusal(copy) == [
        "strings.es.yaml: (file): expected words in es, a language of instrument.yaml; there is no such file",
    ]


def test_a_file_of_a_language_that_is_not_listed_is_refused(copy: Path) -> None:
    (copy / "strings.fr.yaml").write_text('title: "Obstacles"\n', encoding="utf-8")
    assert refusal(copy) == ["strings.fr.yaml: (file): expected a language of instrument.yaml; fr is not there"]


def test_the_counts_are_those_of_the_paper_and_of_the_specification() -> None:
    sources = [option.source for option in INSTRUMENT.options.values()]
    assert len(INSTRUMENT.items) == 21
    assert len(INSTRUMENT.subthemes) == 16
    assert len(INSTRUMENT.themes) == 4
    assert (sources.count("table1"), sources.count("extension")) == (69, 6)
    assert list(INSTRUMENT.domains) == ["ACCESSIBILITY", "ADHERENCE", "STIGMA", "SUPPORT"]
    assert len(INSTRUMENT.picks) == 18
    assert INSTRUMENT.safety_ticks == {
        "EMO.despair",
        "SLF.perceived_burden",
        "PRG.hopelessness",
        "RCV.resignation",
    }


def test_the_codes_of_each_theme_are_as_many_as_in_the_paper() -> None:
    codes = {
        theme.id: sum(
            option.source == "table1"
            for subtheme in theme.subthemes
            for option in INSTRUMENT.checklists[subtheme].options
        )
        for theme in INSTRUMENT.themes.values()
    }
    assert codes == {"T1": 23, "T2": 14, "T3": 16, "T4": 16}


def test_the_real_definition_has_no_problems_and_asks_forty_questions_at_most() -> None:
    assert problems(INSTRUMENT) == []
    assert most_questions(INSTRUMENT) == 40


@pytest.mark.parametrize("language", INSTRUMENT.languages)
def test_every_word_that_the_structure_asks_for_is_there_in_each_language(language: str) -> None:
    assert set(INSTRUMENT.words[language]) == set(needed_keys(INSTRUMENT))
    assert all(text == text.strip() and text for text in INSTRUMENT.words[language].values())


def test_the_languages_differ_except_where_a_word_is_the_same_in_both() -> None:
    same = {key for key, text in INSTRUMENT.words["en"].items() if text == INSTRUMENT.words["es"][key]}
    assert same == {"safety.checkin.no", "safety.checkin_proxy.no"}


def test_the_source_language_comes_first_and_nothing_counts_as_reviewed() -> None:
    assert INSTRUMENT.languages == ("en", "es")
    assert INSTRUMENT.source_language == "en"
    assert INSTRUMENT.reviewed == {"en": None, "es": None}


def test_folded_words_keep_their_paragraphs() -> None:
    last = INSTRUMENT.say("en", "safety.screen.S3").split("\n")
    assert [len(part) > 0 for part in last] == [True, True, True]
    assert last[1] == "{channels}"


def test_words_are_read_as_they_are_for_a_key_and_not_for_another() -> None:
    assert INSTRUMENT.say("es", "option.ACC.cost_barriers") == "El costo de la atención o las medicinas"
    with pytest.raises(KeyError):
        INSTRUMENT.say("es", "option.ACC.nothing")


def test_nothing_is_read_when_the_package_is_imported() -> None:
    script = (
        "import builtins, io, clinic.instruments.catalogue as c, clinic.instruments.crisis as k;"
        "print(c.read.cache_info().currsize, c.published.cache_info().currsize, k.crisis_lines.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0", "0"]
