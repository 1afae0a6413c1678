"""`clinic export table` as an administrator runs it: what is in the file, what is not, and who may read it."""

import csv
import random
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, text, update

from clinic.app import create_app
from clinic.cli import export
from clinic.core.answers import AnswerSet
from clinic.db.models import Assessment, Clinic, Patient, User
from clinic.db.session import db
from clinic.services import finished_forms
from tests import factories
from tests.answered import INSTRUMENT, OWN_WORDS, answers_of, make_form, make_people
from tests.cli.conftest import Installation
from tests.conftest import dispose

PATIENTS = 45
AGAIN = 12


@pytest.fixture
def filled(clinic: Installation) -> Iterator[Installation]:
    """Return the installation with 45 patients, twelve of them twice, a draft, and a form without an answer."""
    app = create_app()
    with app.app_context():
        riverside = db.session.scalars(select(Clinic)).one()
        people = make_people(db.session, riverside, PATIENTS, again=AGAIN)
        factories.make_assessment(db.session, factories.make_visit(db.session, riverside))
        doctor = db.session.scalars(select(User)).first()
        assert doctor is not None
        make_form(db.session, riverside, people[0], doctor, AnswerSet(respondent="self"), factories.NOW)
        db.session.commit()
    yield clinic
    dispose(app)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_table_has_one_row_for_each_form_with_an_answer(filled: Installation, tmp_path: Path) -> None:
    status, printed = filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    assert status == 0, printed
    assert f"Wrote {PATIENTS + AGAIN} forms of {PATIENTS} patients" in printed
    rows = rows_of(tmp_path / "t.csv")
    assert len(rows) == PATIENTS + AGAIN
    assert len({row["patient"] for row in rows}) == PATIENTS
    assert sorted(row["occasion"] for row in rows) == ["1"] * PATIENTS + ["2"] * AGAIN


def test_the_cells_are_what_the_form_holds(filled: Installation, tmp_path: Path) -> None:
    filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    app = create_app()
    with app.app_context():
        stored = [
            (one.language, one.overall_twelfths, one.document["answers"])
            for one in db.session.scalars(select(Assessment).where(Assessment.responded > 0))
        ]
    dispose(app)

    def told(answers: dict[str, object], item: str) -> tuple[str, str]:
        raw = answers.get(item, "skipped")
        return (str(raw), "") if isinstance(raw, int) else ("", str(raw))

    wanted = sorted(
        (
            language,
            f"{round((twelfths or 0) / 12, 4)}",
            *(told(document["answers"], item) for item in INSTRUMENT.items),
            " ".join(document["ticks"]),
        )
        for language, twelfths, document in stored
    )
    found = sorted(
        (
            row["language"],
            row["overall"],
            *((row[f"item_{one.lower()}"], row[f"item_{one.lower()}_missing"]) for one in INSTRUMENT.items),
            row["ticked"],
        )
        for row in rows_of(tmp_path / "t.csv")
    )
    assert found == wanted
    assert {"NA", "PNA", "skipped"} <= {one[1] for row in found for one in row[2:-1]}


def test_parquet_and_csv_hold_the_same(filled: Installation, tmp_path: Path) -> None:
    for kind in ("csv", "parquet"):
        assert filled.run("export", "table", "--format", kind, "--out", str(tmp_path / f"t.{kind}"))[0] == 0
    # Pseudonyms, and with them the order of the rows, are made anew for each file; nothing else is.
    plain = sorted(tuple(row.values())[1:] for row in rows_of(tmp_path / "t.csv"))
    table = pq.read_table(tmp_path / "t.parquet").to_pylist()
    assert sorted(tuple("" if one is None else str(one) for one in row.values())[1:] for row in table) == plain


def test_nothing_in_a_table_names_a_person_or_a_moment(filled: Installation, tmp_path: Path) -> None:
    filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    written = (tmp_path / "t.csv").read_text(encoding="utf-8")
    app = create_app()
    with app.app_context():
        people = list(db.session.scalars(select(Patient)))
        secrets = {one.record_number for one in people} | {one.born_on for one in people}
        forms = list(db.session.scalars(select(Assessment).where(Assessment.submitted_at.is_not(None))))
        secrets |= {f"{one.submitted_at:%Y-%m-%d}" for one in forms}
    dispose(app)
    assert [one for one in sorted(secrets) if one in written] == []
    assert "Private" not in written
    assert OWN_WORDS.split()[1] not in written
    assert "safety" not in written.partition("\n")[0]
    cells = {cell for row in rows_of(tmp_path / "t.csv") for cell in row.values()}
    assert [one for one in cells if one.startswith(("=", "+", "-", "@", "\t"))] == []


def test_rows_stand_in_an_order_that_tells_nothing(filled: Installation, tmp_path: Path) -> None:
    orders = []
    for name in ("one.csv", "two.csv"):
        filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / name))
        orders.append([tuple(row.values())[1:] for row in rows_of(tmp_path / name)])
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_nobody_is_found_by_a_rare_month_profile_or_number_of_forms(filled: Installation, tmp_path: Path) -> None:
    app = create_app()
    with app.app_context():
        riverside, doctor = db.session.scalars(select(Clinic)).one(), db.session.scalars(select(User)).first()
        assert doctor is not None
        patient = db.session.scalars(select(Patient)).first()
        assert patient is not None
        for month in range(1, 9):
            given = answers_of(random.Random(month), 0.0)
            when = factories.NOW + timedelta(days=30 * month)
            make_form(db.session, riverside, patient, doctor, given, when)
        own = Assessment.patient_id > PATIENTS - 10
        db.session.execute(update(Assessment).where(own).values(scoring_profile="1.0+c1"))
        db.session.commit()
    dispose(app)
    status, printed = filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    assert status == 0
    # Eight forms of one patient, and ten of ten patients in a profile of their own.
    assert "Left out: 18 forms" in printed
    rows = rows_of(tmp_path / "t.csv")
    for column in ("month", "quarter", "occasion", "version", "profile", "age_band", "language", "site"):
        holders: dict[str, set[str]] = {}
        for row in rows:
            holders.setdefault(row[column], set()).add(row["patient"])
        assert min(len(one) for one in holders.values()) >= 11, column
    assert {row["profile"] for row in rows} == {"1.0"}
    assert max(Counter(row["patient"] for row in rows).values()) == 2


def test_the_safety_level_is_there_only_where_it_was_asked_for(filled: Installation, tmp_path: Path) -> None:
    filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"), "--with-safety")
    assert {row["safety_level"] for row in rows_of(tmp_path / "t.csv")} <= {"S0", "S1", "S2", "S3"}


def test_a_small_site_is_pooled_and_told(filled: Installation, tmp_path: Path) -> None:
    _status, printed = filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    # One patient of 45 was at the small site, so that the large one, the next smallest, is pooled with it.
    assert {row["site"] for row in rows_of(tmp_path / "t.csv")} == {"other"}
    assert "2 of the values of site" in printed


def test_only_the_owner_reads_the_files_and_every_column_is_explained(filled: Installation, tmp_path: Path) -> None:
    filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    file, codebook = tmp_path / "t.csv", tmp_path / "t.csv.codebook.csv"
    assert [stat.S_IMODE(one.stat().st_mode) for one in (file, codebook)] == [0o600, 0o600]
    explained = rows_of(codebook)
    assert [one["column"] for one in explained] == list(rows_of(file)[0])
    assert all(one["meaning"] and one["values"] for one in explained)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.codebook.csv"])
def test_a_file_that_is_there_is_replaced_only_with_force(filled: Installation, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious", encoding="utf-8")
    words = ("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    status, printed = filled.run(*words)
    assert (status, (tmp_path / name).read_text(encoding="utf-8")) == (1, "precious")
    assert "--force" in printed
    assert filled.run(*words, "--force")[0] == 0
    assert "precious" not in (tmp_path / name).read_text(encoding="utf-8")


def test_without_the_extra_a_sentence_says_how_to_get_it_and_csv_works(
    filled: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "find_spec", lambda _name: None)
    status, printed = filled.run("export", "table", "--format", "parquet", "--out", str(tmp_path / "t.parquet"))
    assert status == 1
    assert "pip install 'barrier-check[analysis]'" in printed
    assert filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))[0] == 0


def test_batches_give_every_form_once(filled: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finished_forms, "BATCH", 4)
    monkeypatch.setattr("clinic.exports.parquet.BATCH", 7)
    filled.run("export", "table", "--format", "parquet", "--out", str(tmp_path / "t.parquet"))
    table = pq.read_table(tmp_path / "t.parquet")
    assert table.num_rows == PATIENTS + AGAIN
    assert len(set(zip(*table.select(["patient", "occasion"]).to_pydict().values(), strict=True))) == PATIENTS + AGAIN


def test_a_damaged_record_is_an_empty_row_and_is_told(filled: Installation, tmp_path: Path) -> None:
    app = create_app()
    with app.app_context():
        db.session.execute(text("UPDATE assessment SET document = 'x' WHERE id = 3"))
        db.session.commit()
    dispose(app)
    status, printed = filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    assert status == 0
    assert "The answers of 1 forms cannot be read" in printed
    empty = [row for row in rows_of(tmp_path / "t.csv") if row["item_emo"] == row["item_emo_missing"] == ""]
    assert [(row["ticked"], row["lists"]) for row in empty] == [("", "")]
    assert empty[0]["overall"] != ""


def test_a_clinic_of_ten_patients_gets_no_table_and_no_file(clinic: Installation, tmp_path: Path) -> None:
    app = create_app()
    with app.app_context():
        make_people(db.session, db.session.scalars(select(Clinic)).one(), 10)
        db.session.commit()
    dispose(app)
    status, printed = clinic.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    assert status == 1
    assert "Fewer than 11 patients have a finished form" in printed
    assert not list(tmp_path.glob("*t.csv*"))


def test_a_form_of_a_month_ago_at_midnight_belongs_to_the_clinics_month(filled: Installation, tmp_path: Path) -> None:
    app = create_app()
    with app.app_context():
        moment = factories.NOW.replace(day=1, hour=3)
        db.session.execute(
            text("UPDATE assessment SET submitted_at = :at WHERE responded > 0"), {"at": str(moment)[:19]}
        )
        db.session.commit()
    dispose(app)
    filled.run("export", "table", "--format", "csv", "--out", str(tmp_path / "t.csv"))
    assert {row["month"] for row in rows_of(tmp_path / "t.csv")} == {"2026-02"}
