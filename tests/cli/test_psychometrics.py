"""`clinic psychometrics` as an administrator runs it: the report, what is kept of it, and limits taken from it."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.app import create_app
from clinic.cli import psychometrics as command
from clinic.core.psychometrics import Limits, from_document
from clinic.db.models import Assessment, Clinic, InstrumentReport, Patient, User
from clinic.db.session import db
from clinic.instruments import catalogue
from clinic.services import clinic_settings, psychometrics, scoring_profiles
from tests import factories
from tests.answered import answers_of, make_form, make_people
from tests.cli.conftest import Installation
from tests.conftest import dispose

QUICK = ("psychometrics", "--resamples", "100")


@pytest.fixture
def app(clinic: Installation) -> Iterator[Flask]:
    app = create_app()
    yield app
    dispose(app)


@pytest.fixture
def filled(clinic: Installation, app: Flask) -> Installation:
    """Return the installation with 130 patients, 60 of whom answered again after two weeks."""
    with app.app_context():
        make_people(db.session, db.session.scalars(select(Clinic)).one(), 130, again=60)
        db.session.commit()
    return clinic


def settings_of(app: Flask) -> clinic_settings.ClinicSettings:
    with app.app_context():
        return clinic_settings.read(db.session, db.session.scalars(select(Clinic.id)).one())


def test_the_report_is_printed_written_and_kept(filled: Installation, app: Flask, tmp_path: Path) -> None:
    status, printed = filled.run(*QUICK, "--out", str(tmp_path / "report.json"))
    assert status == 0, printed
    assert "130 patients" in printed
    written = from_document(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
    with app.app_context():
        kept = db.session.scalars(select(InstrumentReport)).one()
        assert from_document(kept.report) == written
    whole = written.groups[0]
    assert (whole.language, whole.patients) == ("", 130)
    assert {one.pairs for one in whole.retest} == {60}
    assert all(one.alpha is not None and one.alpha.value > 0.5 for one in whole.themes)
    assert "0.7" in printed


def test_the_same_seed_gives_the_same_report(filled: Installation, tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        assert filled.run(*QUICK, "--no-store", "--seed", "5", "--out", str(tmp_path / name))[0] == 0
    assert (tmp_path / "one.json").read_text() == (tmp_path / "two.json").read_text()


def test_a_proposal_becomes_a_new_scoring_version_and_is_taken_back(
    filled: Installation, app: Flask, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    _status, printed = filled.run(*QUICK, "--no-store", "--out", str(report))
    limits = Limits(**json.loads(report.read_text())["limits"])
    (line,) = (one for one in printed.splitlines() if one.startswith('{"instrument"'))
    proposal = tmp_path / "limits.json"
    proposal.write_text(line, encoding="utf-8")
    assert json.loads(line)["limits"] == asdict(limits)

    status, printed = filled.run("psychometrics", "adopt", str(proposal), "--reason", "Fifty pairs and more")
    assert (status, printed.strip()) == (0, "Forms that are begun from now on are scored by 1.0+c1.")
    present = scoring_profiles.present(settings_of(app), catalogue.current())
    assert present.scoring.profile == "1.0+c1"
    assert {key: getattr(present.change, key) for key in asdict(limits)} == asdict(limits)
    assert present.scoring.gap == catalogue.current().scoring.gap

    status, printed = filled.run("psychometrics", "adopt", str(proposal), "--reason", "Again")
    assert status == 1
    assert "these are the present ones (1.0+c1)" in printed
    rules = catalogue.current().change
    own = {key: getattr(rules, key) for key in asdict(limits)}
    proposal.write_text(json.dumps({"instrument": "trd-barrier-check|1.0", "limits": own}), encoding="utf-8")
    assert filled.run("psychometrics", "adopt", str(proposal), "--reason", "Back")[0] == 0
    assert scoring_profiles.present(settings_of(app), catalogue.current()) is catalogue.current()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "[]",
        '{"limits": null, "instrument": "trd-barrier-check|1.0"}',
        '{"limits": {"domain_possible": 20}, "instrument": "trd-barrier-check|1.0"}',
        '{"limits": {"domain_possible": "2", "domain_clear": 3, "overall_possible": 1, "overall_clear": 2}, '
        '"instrument": "trd-barrier-check|1.0"}',
        '{"limits": {"domain_possible": 30, "domain_clear": 20, "overall_possible": 1, "overall_clear": 2}, '
        '"instrument": "trd-barrier-check|1.0"}',
        '{"limits": {"domain_possible": 20, "domain_clear": 30, "overall_possible": 10, "overall_clear": 101}, '
        '"instrument": "trd-barrier-check|1.0"}',
        '{"limits": {"domain_possible": 20, "domain_clear": 30, "overall_possible": 10, "overall_clear": 20}, '
        '"instrument": "unknown|9"}',
    ],
)
def test_a_file_without_limits_changes_nothing(clinic: Installation, app: Flask, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "wrong.json").write_text(wrong, encoding="utf-8")
    status, printed = clinic.run("psychometrics", "adopt", str(tmp_path / "wrong.json"), "--reason", "Try")
    assert status == 1
    assert printed.startswith("Error: ")
    assert "Traceback" not in printed
    assert settings_of(app).scoring_profile is None


def test_ninety_nine_patients_get_a_sentence(clinic: Installation, app: Flask) -> None:
    with app.app_context():
        make_people(db.session, db.session.scalars(select(Clinic)).one(), 99)
        db.session.commit()
    status, printed = clinic.run(*QUICK)
    assert status == 1
    assert printed.startswith("Error: 99 patients have a form that they answered alone")
    assert "at least 100" in printed


def test_helped_and_proxy_forms_are_no_part_of_it(filled: Installation, app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE assessment SET respondent = 'helped' WHERE patient_id <= 10"))
        db.session.execute(text("UPDATE assessment SET respondent = 'proxy' WHERE patient_id BETWEEN 11 AND 20"))
        db.session.commit()
    filled.run(*QUICK, "--no-store", "--out", str(tmp_path / "report.json"))
    found = from_document(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
    assert (found.patients, found.groups[0].retest[0].pairs) == (110, 40)


@pytest.mark.parametrize(("days", "pairs"), [(6, 0), (7, 60), (21, 60), (22, 0)])
def test_a_pair_lies_one_to_three_weeks_apart(clinic: Installation, app: Flask, days: int, pairs: int) -> None:
    with app.app_context():
        make_people(db.session, db.session.scalars(select(Clinic)).one(), 61, again=60, days=days)
        db.session.commit()
        read = clinic_settings.read(db.session, db.session.scalars(select(Clinic.id)).one())
        until = (factories.NOW + timedelta(days=40)).date()
        found = psychometrics.gather(db.session, read, catalogue.current(), until=until)
    assert (len(found), len(found.pairs)) == (61, pairs)


def test_two_languages_make_no_pair(clinic: Installation, app: Flask) -> None:
    with app.app_context():
        make_people(db.session, db.session.scalars(select(Clinic)).one(), 12, again=12)
        db.session.execute(text("UPDATE assessment SET language = 'es' WHERE id % 4 = 1"))
        db.session.commit()
        read = clinic_settings.read(db.session, db.session.scalars(select(Clinic.id)).one())
        found = psychometrics.gather(
            db.session, read, catalogue.current(), until=(factories.NOW + timedelta(days=40)).date()
        )
        said = db.session.execute(select(Assessment.patient_id, Assessment.language).distinct()).all()
        mixed = len(said) - 12
    assert 0 < mixed < 12
    assert len(found.pairs) == 12 - mixed


def test_the_page_keeps_its_report_until_every_part_of_it_has_eleven_new_patients(
    filled: Installation, app: Flask
) -> None:
    def again(patients: int) -> str:
        with app.app_context():
            riverside = db.session.scalars(select(Clinic)).one()
            doctor = db.session.scalars(select(User)).first()
            assert doctor is not None
            people = db.session.scalars(select(Patient).order_by(Patient.id.desc()).limit(patients)).all()
            for number, patient in enumerate(people):
                given = answers_of(random.Random(number), 0.0)
                when = factories.NOW + timedelta(days=90, minutes=patients)
                make_form(db.session, riverside, patient, doctor, given, when)
            db.session.commit()
        return filled.run(*QUICK)[1]

    assert filled.run(*QUICK)[0] == 0
    with app.app_context():
        row = db.session.scalars(select(InstrumentReport)).one()
        row.report = {**row.report, "until": "2026-04-01", "made_on": "2026-04-15"}
        db.session.commit()
    assert "keeps its report of 2026-04-15: in each of its groups, themes and pairs" in again(10)
    # Of eleven, some left a question out: fewer than 11 of them answered every question of a theme.
    assert "keeps its report" in again(11)
    assert "keeps its report" not in again(40)
    assert "keeps its report" in filled.run(*QUICK)[1]


def test_patients_without_stored_answers_are_told_and_not_counted(filled: Installation, app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE assessment SET document = 'x' WHERE patient_id > 95"))
        db.session.commit()
    status, printed = filled.run(*QUICK)
    assert status == 1
    assert "95 patients have a form" in printed
    assert "The answers of 35 more cannot be read." in printed


def test_without_the_extra_a_sentence_says_how_to_get_it(clinic: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "clinic.analysis.report", None)
    status, printed = clinic.run("psychometrics")
    assert (status, printed.strip()) == (1, f"Error: {command.NO_LIBRARIES}")


def test_everything_but_the_command_itself_runs_without_the_libraries() -> None:
    # Importing nothing of the extra is held by import-linter; this also finds what is imported by a name in a string.
    script = (
        "import sys, importlib, pkgutil\n"
        "for name in ('numpy', 'pandas', 'pingouin', 'pyarrow', 'scipy', 'statsmodels'):\n"
        "    sys.modules[name] = None\n"
        "import clinic\n"
        "found = [one.name for one in pkgutil.walk_packages(clinic.__path__, 'clinic.')]\n"
        "needs = ('clinic.analysis.', 'clinic.exports.parquet')\n"
        "for name in found:\n"
        "    if not name.startswith(needs): importlib.import_module(name)\n"
        "print(len(found))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 200
