"""Fixtures for the `clinic` command: an empty installation, one with a clinic, and a mail server that it sends to."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from clinic.app import create_app, main
from tests.conftest import dispose
from tests.sink import Sink


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


@pytest.fixture
def sink(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Return a mail server that the installation sends to."""
    sink = Sink()
    sink.open()
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
    monkeypatch.setenv("MAIL_FROM", "forms@riverside.example")
    monkeypatch.setenv("CLINIC_URL", "https://forms.riverside.example")
    yield sink
    sink.shut()


@pytest.fixture
def installed_app(clinic: Installation, sink: Sink) -> Iterator[Flask]:
    """Return the application of the installation with a clinic."""
    app = create_app()
    yield app
    dispose(app)
