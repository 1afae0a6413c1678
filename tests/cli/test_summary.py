"""`clinic summary`: the one page from a file of answers, with no database."""

import json
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from clinic.cli.summary import summary

ANSWERS = {"answers": {"ACC1": 4, "ACC2": 3, "ALT": 2}, "picks": ["ACC"], "text": "The rides are hard."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "now.json").write_text(json.dumps(ANSWERS), encoding="utf-8")
    (tmp_path / "before.json").write_text(json.dumps({"answers": {"ACC1": 1, "ACC2": 1, "ALT": 1}}), encoding="utf-8")
    return tmp_path


def run(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(summary, [str(folder / "now.json"), "-o", str(folder / "out.pdf"), *options])


def text(folder: Path) -> str:
    with pypdfium2.PdfDocument(folder / "out.pdf") as document:
        assert len(document) == 1
        return document[0].get_textpage().get_text_range()


def test_the_page_is_made_with_the_name_the_change_and_the_gap(folder: Path) -> None:
    found = run(
        folder, "--name", "Maria Keller", "--previous", str(folder / "before.json"), "--previous-on", "2026-01-02"
    )

    assert found.exit_code == 0, found.output
    printed = text(folder)
    assert "Maria Keller" in printed
    assert "Priority gap" in printed
    assert "Clear change: harder" in printed


def test_the_page_is_made_in_spanish_on_letter_paper(folder: Path) -> None:
    assert run(folder, "--language", "es", "--page-size", "letter").exit_code == 0
    assert "Brecha prioritaria" in text(folder)
    with pypdfium2.PdfDocument(folder / "out.pdf") as document:
        assert document[0].get_size() == (612, 792)


def test_the_same_answers_and_time_make_the_same_bytes(folder: Path) -> None:
    run(folder, "--at", "2026-01-02T10:00")
    first = (folder / "out.pdf").read_bytes()
    run(folder, "--at", "2026-01-02T10:00")

    assert (folder / "out.pdf").read_bytes() == first


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "broken JSON"), ('{"answers": {"EMO": 9}}', "EMO: 9 is not allowed"), ("[]", "not an object")],
)
def test_a_file_that_cannot_be_read_is_told_in_words_and_nothing_is_written(
    folder: Path, content: str, told: str
) -> None:
    (folder / "now.json").write_text(content, encoding="utf-8")
    found = run(folder)

    assert found.exit_code == 1
    assert told in found.output
    assert not (folder / "out.pdf").exists()


def test_a_form_by_someone_else_is_named_and_not_compared(folder: Path) -> None:
    (folder / "before.json").write_text(json.dumps({**ANSWERS, "respondent": "proxy"}), encoding="utf-8")
    found = run(folder, "--previous", str(folder / "before.json"), "--previous-on", "2026-01-02")

    assert found.exit_code == 0
    assert "Not compared with 2 Jan" in text(folder)


def test_a_language_without_words_is_refused_with_those_there_are(folder: Path) -> None:
    found = run(folder, "--language", "fr")

    assert found.exit_code != 0
    assert "en, es" in found.output
