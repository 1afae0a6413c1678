"""Fixtures for the `clinic` command: an empty installation, and one with a clinic."""

import sys
from pathlib import Path

import pytest

from clinic.app import main


class Installation:
    """One empty installation and the `clinic` command on it."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def run(self, *words: str) -> tuple[int, str]:
        """Run one command; return its exit status and all that it printed."""
        self._monkeypatch.setattr(sys, "argv", ["clinic", *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = self._capsys.readouterr()
        return int(end.value.code or 0), printed.out + printed.err


@pytest.fixture
def installation(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Installation:
    for name in ("DATABASE_URL", "CLINIC_KEYS", "CLINIC_ROOT_SECRET", "SMTP_URL", "MAIL_FROM", "CLINIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLINIC_INSTANCE", str(tmp_path))
    return Installation(capsys, monkeypatch)


@pytest.fixture
def clinic(installation: Installation) -> Installation:
    status, printed = installation.run("setup", "Riverside", "--country", "US", "--time-zone", "America/Chicago")
    assert status == 0, printed
    return installation
