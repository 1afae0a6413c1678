"""Hand out what is published, and refuse it once a byte of it has changed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.core.errors import DefinitionError, UnknownInstrument
from clinic.instruments import catalogue
from tests.instruments.broken import REAL, edit


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a catalogue of its own that holds a copy of the real version 1.0 and its lock."""
    shutil.copytree(REAL, tmp_path / "trd-barrier-check" / "1.0")
    shutil.copy(catalogue.PUBLISHED, tmp_path / "published.json")
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    monkeypatch.setattr(catalogue, "PUBLISHED", tmp_path / "published.json")
    catalogue.read.cache_clear()
    catalogue.published.cache_clear()
    yield tmp_path
    catalogue.read.cache_clear()
    catalogue.published.cache_clear()


def test_every_published_version_is_still_what_was_published() -> None:
    for instrument_id, each in catalogue.published().items():
        for version, locked in each.items():
            assert catalogue.digest(catalogue.folder(instrument_id, version)) == locked
            assert catalogue.read(instrument_id, version).digest == locked


def test_a_version_is_read_once_and_found_by_its_name() -> None:
    assert catalogue.lookup("trd-barrier-check|1.0") is catalogue.read("trd-barrier-check", "1.0")
    assert catalogue.current() is catalogue.lookup("trd-barrier-check|1.0")
    assert catalogue.current().key == "trd-barrier-check|1.0"


@pytest.mark.parametrize("name", ["", "trd-barrier-check", "trd-barrier-check|9.9", "../1|1.0", "phq|1.0", "a|b|c"])
def test_an_unknown_name_is_refused_with_the_names_that_exist(name: str) -> None:
    with pytest.raises(UnknownInstrument, match=r"Published: trd-barrier-check\|1\.0\."):
        catalogue.lookup(name)


def test_an_instrument_that_was_never_published_has_no_current_version() -> None:
    with pytest.raises(UnknownInstrument, match="No instrument 'phq' is published"):
        catalogue.current("phq")


@pytest.mark.parametrize("file", ["instrument.yaml", "strings.en.yaml", "strings.es.yaml"])
def test_one_changed_byte_closes_a_published_version(shelf: Path, file: str) -> None:
    assert catalogue.current().version == "1.0"
    catalogue.read.cache_clear()
    with (shelf / "trd-barrier-check" / "1.0" / file).open("a", encoding="utf-8") as out:
        out.write("\n")
    with pytest.raises(DefinitionError, match=r"published\.json: trd-barrier-check\.1\.0: expected") as caught:
        catalogue.current()
    assert "make a new version folder" in str(caught.value)


def test_a_removed_file_closes_a_published_version(shelf: Path) -> None:
    (shelf / "trd-barrier-check" / "1.0" / "instrument.yaml").unlink()
    with pytest.raises(DefinitionError, match="is published and may not change"):
        catalogue.current()


def test_an_added_language_closes_a_published_version(shelf: Path) -> None:
    (shelf / "trd-barrier-check" / "1.0" / "strings.fr.yaml").write_text("title: x\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="is published and may not change"):
        catalogue.current()


def test_line_ends_and_notes_beside_the_definition_do_not_change_its_digest(shelf: Path) -> None:
    where = shelf / "trd-barrier-check" / "1.0"
    for path in where.glob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (where / "SOURCES.md").write_text("Other notes.\n", encoding="utf-8")
    assert catalogue.current().version == "1.0"


def test_words_moved_from_one_file_to_another_change_the_digest(shelf: Path) -> None:
    where = shelf / "trd-barrier-check" / "1.0"
    before = catalogue.digest(where)
    english, spanish = where / "strings.en.yaml", where / "strings.es.yaml"
    both = english.read_bytes() + spanish.read_bytes()
    english.write_bytes(both[:100])
    spanish.write_bytes(both[100:])
    assert catalogue.digest(where) != before


def publish(shelf: Path, version: str) -> None:
    lock = json.loads((shelf / "published.json").read_text(encoding="utf-8"))
    lock["trd-barrier-check"][version] = catalogue.digest(shelf / "trd-barrier-check" / version)
    (shelf / "published.json").write_text(json.dumps(lock), encoding="utf-8")
    catalogue.published.cache_clear()


def test_the_newest_version_is_the_current_one_by_number_and_not_by_letter(shelf: Path) -> None:
    for version in ("1.2", "1.10"):
        where = shutil.copytree(REAL, shelf / "trd-barrier-check" / version)
        edit(Path(where), "instrument.yaml", 'version: "1.0"', f'version: "{version}"')
        publish(shelf, version)
    assert catalogue.versions() == ("1.0", "1.2", "1.10")
    assert catalogue.current().version == "1.10"


def test_a_draft_version_is_not_handed_out_before_it_is_published(shelf: Path) -> None:
    shutil.copytree(REAL, shelf / "trd-barrier-check" / "1.1")
    assert catalogue.versions() == ("1.0",)
    with pytest.raises(UnknownInstrument):
        catalogue.read("trd-barrier-check", "1.1")


def test_a_published_folder_whose_definition_names_another_version_is_refused(shelf: Path) -> None:
    shutil.copytree(REAL, shelf / "trd-barrier-check" / "1.1")
    publish(shelf, "1.1")
    with pytest.raises(DefinitionError, match=r"id, version: expected trd-barrier-check and 1\.1"):
        catalogue.read("trd-barrier-check", "1.1")
