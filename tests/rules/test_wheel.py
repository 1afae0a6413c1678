"""Build the wheel and check that it carries everything a clinic needs away from the checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def build_wheel(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    return subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    target = tmp_path_factory.mktemp("wheel")
    built = build_wheel(ROOT, target)
    assert built.returncode == 0, built.stderr
    (wheel,) = target.glob("barrier_check-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def in_checkout(folder: str, *, but: str | None = None) -> set[str]:
    files = (path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file())
    return {f"clinic/{name}" for name in files if but is None or not name.startswith(but)}


def test_the_wheel_carries_every_static_file_and_none_of_its_sources(carried: set[str]) -> None:
    assert "clinic/static/vendor/manifest.json" in carried
    assert {name for name in carried if name.startswith("clinic/static/")} == in_checkout("static", but="static/src/")


def test_the_wheel_carries_every_template(carried: set[str]) -> None:
    assert {name for name in carried if name.startswith("clinic/templates/")} == in_checkout("templates")


def test_the_wheel_carries_every_questionnaire_and_compiled_catalogue(carried: set[str]) -> None:
    data = [*(ROOT / "clinic/instruments").rglob("*.yaml"), *(ROOT / "clinic").rglob("*.po")]
    names = {path.relative_to(ROOT).as_posix() for path in data}
    compiled = {name.removesuffix(".po") + ".mo" for name in names if name.endswith(".po")}
    assert names | compiled <= carried


def test_the_wheel_carries_nothing_of_the_checkout_beside_the_package(carried: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in carried} == {"clinic", "barrier_check"}
    assert not [name for name in carried if "__pycache__" in name or name.endswith(".sqlite")]


def test_a_wheel_without_built_static_files_is_not_made(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "clinic").mkdir()
    shutil.copy(ROOT / "clinic/__init__.py", tmp_path / "clinic/__init__.py")
    built = build_wheel(tmp_path, tmp_path / "dist")
    assert built.returncode != 0
    assert "static/vendor is not built" in built.stderr
