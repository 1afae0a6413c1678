"""No English interface word is left on a patient's page in Spanish: every one of them is in the catalogue."""

from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
CATALOGUE = ROOT / "clinic" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
# What only staff pages use, in English in this version: levels, bars, and the ways to sign in.
STAFFS = {"marks.html", "bars.html", "stale.html"}
STAFFS_WORDS = {
    "This page is not part of your role",
    "If you need it for your work, ask your administrator.",
    "Go to the first page",
    "Staff: sign in",
    "Patient: type your short code",
}
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
FILES = [
    ROOT / "templates" / "base.html",
    ROOT / "templates" / "patient_base.html",
    ROOT / "clinic" / "web" / "errors.py",
    ROOT / "clinic" / "web" / "copy_words.py",
    ROOT / "templates" / "copies" / "_page.html",
    ROOT / "templates" / "copies" / "read.html",
    *sorted((ROOT / "clinic" / "web" / "patient").glob("*.py")),
    *sorted(
        one
        for folder in ("patient", "components", "errors")
        for one in (ROOT / "templates" / folder).glob("*.html")
        if one.name not in STAFFS
    ),
]


def said_in(file: Path) -> set[str]:
    """Return every interface word of a file, a plural by its singular."""
    method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
    found = extract_from_file(method, str(file), keywords=KEYWORDS, options={"trimmed": "true"})
    return {words[0] if isinstance(words, tuple) else words for _line, words, _comments, _context in found}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_word_of_a_patients_page_has_its_spanish(file: Path) -> None:
    with CATALOGUE.open("rb") as opened:
        catalogue = read_po(opened)
    lacking = []
    for words in said_in(file) - STAFFS_WORDS:
        entry = catalogue.get(words)
        strings = [] if entry is None else [entry.string] if isinstance(entry.string, str) else list(entry.string)
        if not strings or not all(strings) or (entry is not None and entry.fuzzy):
            lacking.append(words)
    assert lacking == []


def test_the_words_of_the_pages_are_found_at_all() -> None:
    assert "Save and go on" in said_in(ROOT / "templates" / "components" / "actions.html")
    assert "%(num)d more topic" in said_in(ROOT / "templates" / "patient" / "priorities.html")
    assert "One important question" in said_in(ROOT / "clinic" / "web" / "patient" / "single.py")
    assert sum(bool(said_in(file)) for file in FILES) > 20
