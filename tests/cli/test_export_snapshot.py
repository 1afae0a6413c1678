"""A table holds the very forms that were counted, whatever is sent while it is written: on SQLite and PostgreSQL."""

import csv
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.cli import export
from clinic.db.models import Clinic, Patient, User
from clinic.db.session import begin_write, db
from clinic.exports import table as plain
from tests import factories
from tests.answered import answers_of, make_form, make_people

PATIENTS, AGAIN = 24, 12


def send_another(app: Flask) -> None:
    """Let a patient of one form, of whom a table would hold a second, send it."""
    with app.app_context():
        begin_write(db.session)
        clinic, doctor = db.session.scalars(select(Clinic)).one(), db.session.scalars(select(User)).first()
        patient = db.session.scalars(select(Patient).order_by(Patient.id.desc())).first()
        assert doctor is not None
        assert patient is not None
        make_form(db.session, clinic, patient, doctor, answers_of(random.Random(1), 0.0), factories.NOW)
        db.session.commit()


def test_a_form_that_is_sent_while_a_table_is_written_is_not_in_it(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        begin_write(db.session)
        make_people(db.session, factories.make_clinic(db.session), PATIENTS, again=AGAIN)
        db.session.commit()
    columns = plain.columns

    def meanwhile(*about: Any, **options: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(send_another, app).result(timeout=30)
        return columns(*about, **options)

    def forms_of(name: str) -> tuple[str, int]:
        words = ["--format", "csv", "--out", str(tmp_path / name)]
        ran = app.test_cli_runner().invoke(export.export_table, words)
        assert ran.exit_code == 0, ran.output
        with (tmp_path / name).open(encoding="utf-8", newline="") as lines:
            return ran.output.partition(" forms of ")[0], len(list(csv.DictReader(lines)))

    with monkeypatch.context() as patched:
        patched.setattr(plain, "columns", meanwhile)
        assert forms_of("one.csv") == (f"Wrote {PATIENTS + AGAIN}", PATIENTS + AGAIN)
    assert forms_of("two.csv") == (f"Wrote {PATIENTS + AGAIN + 1}", PATIENTS + AGAIN + 1)
