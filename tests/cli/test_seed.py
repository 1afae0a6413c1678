"""`clinic seed` as somebody runs it: refused where people may be real, killed half way, and run to its end."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Installation

ROOT = Path(__file__).resolve().parents[2]


def count(folder: Path, what: str) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'clinic.sqlite3'}?mode=ro", uri=True, timeout=10)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608


def waited_for(condition: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_a_clinic_that_is_no_demo_is_refused_in_words(clinic: Installation, tmp_path: Path) -> None:
    status, printed = clinic.run("seed", "--assessments", "10000")

    assert status == 1
    assert "Riverside is no demo, and nothing in it was changed" in printed
    assert "clinic demo --no-serve --instance DIR" in printed
    assert count(tmp_path, "patient") == 0


@pytest.mark.parametrize("number", ["9999", "5000001", "many"])
def test_a_number_of_forms_that_is_not_allowed_is_refused(clinic: Installation, number: str) -> None:
    status, printed = clinic.run("seed", "--assessments", number)

    assert status == 2
    assert "--assessments" in printed


def test_an_installation_without_a_database_says_what_to_do(installation: Installation) -> None:
    status, printed = installation.run("seed")

    assert status == 1
    assert "clinic db upgrade" in printed


@pytest.mark.slow
def test_a_seed_that_is_killed_leaves_a_demo_that_goes_on_and_can_be_seeded(
    installation: Installation, tmp_path: Path
) -> None:
    assert installation.run("demo", "--no-serve", "--date", "2026-03-10")[0] == 0
    before = count(tmp_path, "assessment")
    command = [sys.executable, "-c", "from clinic.app import main; main()", "seed", "--assessments", "60000"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ) as process:
        started = waited_for(lambda: count(tmp_path, "assessment") > before)
        process.send_signal(signal.SIGKILL)
    assert started

    killed = count(tmp_path, "assessment")
    assert before < killed < before + 60_000
    without_scores = "assessment LEFT JOIN assessment_score ON assessment_id = id WHERE assessment_id IS NULL"
    assert count(tmp_path, f"{without_scores} AND state != 'draft'") == 0
    assert count(tmp_path, "clinic WHERE trends_counted_at IS NULL") == 1
    status, printed = installation.run("demo", "--no-serve", "--date", "2026-03-11")
    assert status == 0, printed

    between = count(tmp_path, "assessment")
    status, printed = installation.run("seed", "--assessments", "10000", "--seed", "4")
    assert status == 0, printed
    assert "Added 10,000 forms" in printed
    assert "Scored 1000 of them anew: all equal." in printed
    assert count(tmp_path, "assessment") == between + 10_000
    assert count(tmp_path, "assessment WHERE NOT is_synthetic") == 0
    whole = "trend_view WHERE dimension = '' AND version = ''"
    assert count(tmp_path, f"{whole} AND kind = 'month'") >= 58
    assert count(tmp_path, f"{whole} AND kind = 'year'") >= 4
    status, printed = installation.run("trends", "recount", "--check")
    assert status == 0, printed
