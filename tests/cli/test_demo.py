"""`clinic demo` as somebody runs it, on an installation of its own."""

import json
import re
import socket
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from clinic.app import main
from clinic.db import schema

pytestmark = pytest.mark.slow


class Demo:
    """One empty folder and the `clinic` command on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def clinic(self, *words: str) -> tuple[int, str]:
        """Run a command; return its exit status and all that it printed."""
        self._monkeypatch.setattr(sys, "argv", ["clinic", *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = self._capsys.readouterr()
        return int(end.value.code or 0), printed.out + printed.err

    def run(self, *words: str, day: str = "2026-03-10") -> tuple[int, str]:
        """Run the demo without serving it."""
        return self.clinic("demo", "--instance", str(self.folder), "--no-serve", "--date", day, *words)

    def sheet(self) -> dict[str, Any]:
        """Return what the demo wrote for others."""
        found: dict[str, Any] = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        return found


@pytest.fixture
def demo(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Demo:
    for name in ("DATABASE_URL", "CLINIC_KEYS", "CLINIC_ROOT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    # The command names the instance in the environment: so it is put back after the test.
    monkeypatch.setenv("CLINIC_INSTANCE", str(tmp_path))
    return Demo(tmp_path, capsys, monkeypatch)


def test_the_demo_says_how_to_get_in_goes_on_and_starts_over(demo: Demo) -> None:
    status, printed = demo.run("--port", "8123")
    assert status == 0, printed
    first = demo.sheet()
    assert list(first) == ["url", "accounts", "patient_links"]
    assert stat.S_IMODE((demo.folder / "demo.json").stat().st_mode) == 0o600
    assert first["url"] == "http://127.0.0.1:8123"
    assert {tuple(one) for one in first["accounts"]} == {("role", "email", "password")}
    assert len(first["accounts"]) == 6
    assert {tuple(one) for one in first["patient_links"]} == {("url", "visit")}
    assert len(first["patient_links"]) >= 40
    assert all(re.fullmatch(r"http://127\.0\.0\.1:8123/q/[\w-]{32}", one["url"]) for one in first["patient_links"])
    assert all(re.fullmatch(r"/visits/\d+", one["visit"]) for one in first["patient_links"])
    for one in first["accounts"]:
        assert one["email"] in printed
        assert one["password"] in printed
    assert first["patient_links"][0]["url"] in printed

    assert demo.run("--port", "8123")[0] == 0
    assert demo.sheet() == first

    assert demo.run("--port", "8123", day="2026-03-11")[0] == 0
    next_day = demo.sheet()
    assert next_day["accounts"] == first["accounts"]
    assert next_day["patient_links"] != first["patient_links"]

    assert demo.run("--fresh", "--seed", "3")[0] == 0
    assert demo.sheet()["accounts"] != first["accounts"]
    assert not {one["url"][-32:] for one in demo.sheet()["patient_links"]} & {
        one["url"][-32:] for one in first["patient_links"]
    }


def test_a_demo_of_an_older_version_brings_itself_up_to_date_and_one_of_a_newer_is_left_alone(demo: Demo) -> None:
    assert demo.run()[0] == 0
    first = demo.sheet()
    assert demo.clinic("db", "downgrade", "0001", "--yes")[0] == 0

    status, printed = demo.run(day="2026-03-11")
    assert status == 0, printed
    assert "Bringing the demo up to this version" in printed
    assert demo.sheet()["accounts"] == first["accounts"]
    assert f"database {schema.HEAD}" in demo.clinic("db", "current")[1]

    with sqlite3.connect(demo.folder / "clinic.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    status, printed = demo.run(day="2026-03-12")
    assert status == 1
    assert "The database is newer (9999) than this version" in printed


def test_a_clinic_that_is_no_demo_is_never_touched(demo: Demo) -> None:
    assert demo.clinic("setup", "Riverside", "--country", "US", "--time-zone", "America/Chicago")[0] == 0
    for words in ((), ("--fresh",)):
        status, printed = demo.run(*words)
        assert status == 1
        assert "is no demo" in printed
    assert not (demo.folder / "is-demo").exists()
    assert not (demo.folder / "demo.json").exists()
    assert "Riverside" in demo.clinic("settings", "show", "--clinic", "nothing")[1]


def test_demo_accounts_are_refused_outside_a_demo(demo: Demo) -> None:
    assert demo.clinic("setup", "Riverside", "--country", "US", "--time-zone", "America/Chicago")[0] == 0
    person = ("eve@demo.barriercheck.example", "--name", "Eve", "--role", "clinician")
    status, printed = demo.clinic("user", "add", *person, "--password", "amber-river-lantern-41")
    assert status == 1
    assert "are for the demo clinic" in printed


def test_a_port_that_is_taken_is_said_before_anything_is_made(demo: Demo) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, printed = demo.clinic("demo", "--instance", str(demo.folder), "--port", port)
    assert status == 1
    assert f"Port {port} is taken" in printed
    assert "--port" in printed
    assert not (demo.folder / "clinic.sqlite3").exists()
