"""Hold the rules of the house that no linter holds."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from clinic.app import create_app
from clinic.config import Settings
from clinic.db import models  # noqa: F401 (it fills the registry)
from clinic.db.base import Base

ROOT = Path(__file__).resolve().parents[2]
WRITTEN_BY_HAND = {".py", ".html", ".txt", ".scss", ".mjs", ".js", ".sh"}
HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def hand_written(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in WRITTEN_BY_HAND and "vendor" not in path.parts:
                yield path


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def too_long(paths: Iterator[Path], limit: int = 400) -> list[str]:
    lengths = ((path, len(path.read_text(encoding="utf-8").splitlines())) for path in paths)
    return [f"{path}: {length} lines" for path, length in lengths if length > limit]


def test_no_file_is_longer_than_400_lines() -> None:
    assert too_long(hand_written("clinic", "templates", "static", "tests", ".ci")) == []


def test_a_file_of_401_lines_would_be_found(tmp_path: Path) -> None:
    long_file = tmp_path / "long.py"
    long_file.write_text("pass\n" * 401)
    assert too_long(iter([long_file])) == [f"{long_file}: 401 lines"]


def test_no_module_is_named_after_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
    assert [path for path in hand_written("clinic", "templates", "tests") if path.stem in banned] == []
    assert [path for path in (ROOT / "clinic").rglob("*") if path.is_dir() and path.name in banned] == []


def test_the_core_imports_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"clinic"}
    foreign = {
        f"{path.name} imports {module}"
        for path in (ROOT / "clinic/core").rglob("*.py")
        for module in imported_modules(path)
        if module.split(".")[0] not in allowed
    }
    assert foreign == set()


def calls(path: Path, *names: str) -> list[str]:
    """Return where a file calls a function or method of one of these names."""
    return [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) in names
    ]


def python_of(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def test_a_service_never_commits() -> None:
    assert [place for path in python_of("clinic/services") for place in calls(path, "commit")] == []


def unscoped(path: Path) -> list[str]:
    """Return where a file selects whole rows of one table that has clinics, without saying whose."""
    owned = {mapper.class_.__name__ for mapper in Base.registry.mappers if "clinic_id" in mapper.columns}
    return [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "select" and len(node.args) == 1
        if getattr(node.args[0], "attr", getattr(node.args[0], "id", None)) in owned
    ]


def test_whole_rows_are_read_of_one_clinic_only(tmp_path: Path) -> None:
    assert [
        place
        for folder in ("services", "web", "cli")
        for path in python_of(f"clinic/{folder}")
        for place in unscoped(path)
    ] == []
    file = tmp_path / "wrong.py"
    file.write_text("select(Patient)\nselect(models.Alert)\nselect(Patient.id)\nselect(Clinic)\n")
    assert unscoped(file) == ["wrong.py:1", "wrong.py:2"]


def test_no_text_is_declared_safe() -> None:
    assert [place for path in python_of("clinic") for place in calls(path, "Markup", "safe")] == []
    templates = sorted((ROOT / "templates").rglob("*.html"))
    assert templates
    unescaped = re.compile(r"\|\s*safe\b|Markup\(|autoescape\s+false")
    assert [path.name for path in templates if unescaped.search(path.read_text(encoding="utf-8"))] == []


def test_a_commit_and_a_safe_word_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("session.commit()\nMarkup('<b>')\nflask.Markup('<b>')\n")
    assert calls(file, "commit") == ["wrong.py:1"]
    assert calls(file, "Markup") == ["wrong.py:2", "wrong.py:3"]


def test_an_unknown_name_in_a_template_is_a_failure_and_all_text_is_escaped(
    sqlite_app: Flask, settings: Settings
) -> None:
    app = create_app({"SETTINGS": settings})
    assert app.jinja_env.undefined is StrictUndefined
    assert app.jinja_env.from_string("{{ word }}").render(word="<b>") == "&lt;b&gt;"


def test_every_color_of_the_pages_is_a_token() -> None:
    # Sass does arithmetic on four settings, so they must be real colours; paper is printed in pure black.
    arithmetic = ('"red":', "$nhsuk-brand-colour:", "$nhsuk-error-colour:", "$nhsuk-success-colour:")
    stray = [
        f"{path.name}: {line.strip()}"
        for path in (ROOT / "static/src").glob("*.scss")
        if path.name != "_tokens.scss"
        for line in path.read_text(encoding="utf-8").splitlines()
        for colour in HEX_COLOUR.findall(line)
        if not any(name in line for name in arithmetic) and (path.name, colour) != ("_print.scss", "#000")
    ]
    assert stray == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_python_lock_names_no_host_and_hashes_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    pinned = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert len(pinned) > 20
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_the_node_lock_names_no_host_and_pins_what_package_json_asks_for() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    versions = wanted["dependencies"] | wanted["devDependencies"]
    assert {name: version for name, version in versions.items() if not re.fullmatch(r"[\d.]+", version)} == {}
