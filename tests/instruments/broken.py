"""Edit a copy of the real definition and return what the loader then reports."""

from pathlib import Path

import pytest

from clinic.core.errors import DefinitionError
from clinic.instruments import catalogue

REAL = catalogue.folder("trd-barrier-check", "1.0")


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Replace the first `old` in a file by `new`."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{file} no longer holds {old!r}"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(folder: Path) -> list[str]:
    """Return the lines of the refusal, one for each thing that is wrong."""
    with pytest.raises(DefinitionError) as caught:
        catalogue.load(folder)
    return str(caught.value).splitlines()[1:]


def refusal_after(folder: Path, old: str, new: str, says: str) -> list[str]:
    """Make the edit in the file that the expected report names, and return the lines of the refusal."""
    edit(folder, says.partition(":")[0], old, new)
    return refusal(folder)
