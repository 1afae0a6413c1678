"""Read YAML strictly: every key asked for by name, every value checked for its kind, every fault noted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml

from clinic.core.shape import Problem

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # pragma: no cover (PyYAML built without its C part, ten times slower but right)
    from yaml import SafeLoader  # type: ignore[assignment]

Choice = TypeVar("Choice", bound=str)


def read_yaml(path: Path, problems: list[Problem]) -> object:
    """Return what a YAML file holds, or None where it cannot be read; that and doubled keys are noted."""
    try:
        loader = SafeLoader(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        problems.append(Problem("(file)", "a file that can be read as UTF-8 text"))
        return None
    try:
        node = loader.get_single_node()
        if node is None:
            problems.append(Problem("(file)", "a mapping; the file is empty"))
            return None
        problems.extend(_doubled(node, ""))
        value: object = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" near line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or error
        problems.append(Problem("(file)", f"valid YAML; it breaks{line}: {reason}"))
        return None
    finally:
        loader.dispose()
    return value


def _doubled(node: Any, at: str) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = f"{at}{key.value}"
            if name in seen:
                yield Problem(name, f"each key once; it stands again on line {key.start_mark.line + 1}")
            seen.add(name)
            yield from _doubled(value, f"{name}.")
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _doubled(value, f"{at}{number}.")


class Reader:
    """One mapping of a definition; a value of the wrong kind is noted and read as empty."""

    def __init__(self, value: object, at: str, problems: list[Problem]) -> None:
        """Take a value that should be a mapping, and the dotted key where it stands."""
        self._at = at
        self._problems = problems
        self._asked: set[str] = set()
        self._readable = isinstance(value, dict)
        self._values: dict[Any, Any] = value if isinstance(value, dict) else {}
        if not self._readable:
            self.note("", f"a mapping; found {shown(value)}")

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self._take(key, "a text in quotes")
        if isinstance(value, str) and value.strip():
            return value
        self._wrong(key, value, "a text in quotes that is not empty")
        return ""

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None where it is null or absent."""
        self._asked.add(key)
        return None if self._values.get(key) is None else self.text(key)

    def text_or_null(self, key: str) -> str | None:
        """Return a text, or None where the key says null; it must be there."""
        value = self._take(key, "a text, or null")
        return None if value is None else self.text(key)

    def day_or_null(self, key: str) -> date | None:
        """Return a date, or None where the key says null; it must be there."""
        value = self._take(key, "a date such as 2026-01-31, or null")
        if value is None or type(value) is date:
            return value
        self._wrong(key, value, "a date such as 2026-01-31, or null")
        return None

    def whole(self, key: str) -> int:
        """Return a whole number."""
        value = self._take(key, "a whole number")
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._wrong(key, value, "a whole number")
        return 0

    def flag(self, key: str, absent: bool | None = None) -> bool:
        """Return true or false; `absent` is what a missing key means, None that it must be there."""
        if absent is not None and key not in self._values:
            return absent
        value = self._take(key, "true or false")
        if not isinstance(value, bool):
            self._wrong(key, value, "true or false")
        return value is True

    def one_of(self, key: str, allowed: Sequence[Choice], absent: Choice | None = None) -> Choice:
        """Return one of some words; `absent` is what a missing key means, None that it must be there."""
        if absent is not None and key not in self._values:
            return absent
        expected = "one of " + ", ".join(one or "(nothing)" for one in allowed)
        value = self._take(key, expected)
        for one in allowed:
            if value == one:
                return one
        self._wrong(key, value, expected)
        return allowed[0]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, each of them once."""
        expected = "a list of texts"
        value = self._take(key, expected)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._wrong(key, value, f'{expected} ("no", "yes" and "on" need their quotes)')
            return ()
        for one, times in Counter(value).items():
            if times > 1:
                self.note(key, f"each entry once; {one!r} stands {times} times")
        return tuple(dict.fromkeys(value))

    def wholes(self, key: str, absent: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Return a list of whole numbers; `absent` is as for a flag."""
        if absent is not None and key not in self._values:
            return absent
        value = self._take(key, "a list of whole numbers")
        if isinstance(value, list) and all(type(one) is int for one in value):
            return tuple(value)
        self._wrong(key, value, "a list of whole numbers")
        return ()

    def part(self, key: str) -> "Reader":
        """Return the mapping under a key."""
        value = self._take(key, "a mapping")
        missing = key not in self._values
        reader = Reader({} if missing else value, self._join(key), self._problems)
        reader._readable = reader._readable and not missing
        return reader

    def parts(self) -> dict[str, "Reader"]:
        """Return every entry of this mapping as a mapping of its own, in order."""
        return {key: self.part(key) for key in self.names()}

    def rows(self, key: str) -> list["Reader"]:
        """Return a list of mappings."""
        value = self._take(key, "a list of mappings")
        if not isinstance(value, list):
            self._wrong(key, value, "a list of mappings")
            return []
        at = self._join(key)
        return [Reader(row, f"{at}.{number}", self._problems) for number, row in enumerate(value)]

    def names(self) -> list[str]:
        """Return the keys in order; one that is no text is noted and left out."""
        for key in self._values:
            if not isinstance(key, str):
                self._asked.add(key)
                self.note(str(key), f"a key in quotes; found {shown(key)}")
        return [key for key in self._values if isinstance(key, str)]

    def must_be(self, key: str, value: object, expected: object) -> None:
        """Note a value that may say one thing only, unless it could not be read at all."""
        if value != expected and value:
            self.note(key, " ".join(map(str, expected)) if isinstance(expected, tuple) else str(expected))

    def note(self, key: str, expected: str) -> None:
        """Note that a key of this mapping, or with "" the mapping itself, is not as expected."""
        self._problems.append(Problem(self._join(key) or "(file)", expected))

    def done(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                self.note(str(key), f"no such key; allowed are {', '.join(sorted(self._asked))}")

    def _take(self, key: str, expected: str) -> object:
        self._asked.add(key)
        if key not in self._values and self._readable:
            self.note(key, f"{expected}; the key is missing")
        return self._values.get(key)

    def _wrong(self, key: str, value: object, expected: str) -> None:
        if key in self._values:
            self.note(key, f"{expected}; found {shown(value)}")

    def _join(self, key: str) -> str:
        return ".".join(part for part in (self._at, key) if part)


def shown(value: object) -> str:
    """Return a value as a YAML author would know it again, cut to a line."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
