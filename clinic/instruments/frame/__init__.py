"""The words around the instrument on the one page, by language."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


@cache
def frame(language: str) -> Mapping[str, Any]:
    """Return the frame words of a language as dotted keys; lists stay lists.

    A language without frame words is answered in English, so that a page can always be printed.
    """
    path = HERE / f"{language}.yaml"
    if not path.is_file():
        return frame("en")
    return dict(_flat(yaml.safe_load(path.read_text(encoding="utf-8")), ""))


def languages() -> tuple[str, ...]:
    """Return the languages that have frame words."""
    return tuple(sorted(path.stem for path in HERE.glob("*.yaml")))


def _flat(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
