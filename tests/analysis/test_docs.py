"""The worked questions of docs/analysis.md, run as they stand there, by DuckDB and by pandas, on a table of our own."""

import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from sqlalchemy.orm import Session

from clinic.exports import table as plain
from clinic.exports.parquet import write_parquet
from clinic.services import table_export
from tests import factories
from tests.answered import make_people

DOCS = Path(__file__).resolve().parents[2] / "docs" / "analysis.md"
WRITTEN = DOCS.read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", WRITTEN, flags=re.DOTALL)
SCRIPTS = re.findall(r"```python\n(.*?)```", WRITTEN, flags=re.DOTALL)


@pytest.fixture
def forms(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Write forms.parquet into a folder of its own, go there, and return what is in it."""
    clinic = factories.make_clinic(session)
    make_people(session, clinic, 60, again=30, days=100)
    found, rows = table_export.open_table(session, clinic.id)
    with (tmp_path / "forms.parquet").open("wb") as file:
        write_parquet(file, plain.columns(found.instruments), rows)
    monkeypatch.chdir(tmp_path)
    return pd.read_parquet("forms.parquet")


def by_duckdb(query: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def by_pandas(script: str) -> list[tuple[object, ...]]:
    names: dict[str, pd.DataFrame] = {}
    exec(compile(script, DOCS.name, "exec"), names)  # noqa: S102 (the lines of our own guide)
    return list(names["answer"].itertuples(index=False, name=None))


def test_there_are_three_questions_each_in_both() -> None:
    assert (len(QUERIES), len(SCRIPTS)) == (3, 3)


@pytest.mark.parametrize("number", range(3))
def test_both_give_the_same_answer(forms: pd.DataFrame, number: int) -> None:
    answer = by_duckdb(QUERIES[number])
    assert answer == by_pandas(SCRIPTS[number])
    assert answer


def test_the_first_counts_each_patient_once_a_quarter(forms: pd.DataFrame) -> None:
    known = ~forms["accessibility_level"].isin(["insufficient", "not_applicable"])
    assert known.all()
    counted = sum(n for *_, n in by_duckdb(QUERIES[0]))
    named = forms[forms["quarter"].str.contains("Q")]
    assert len(named) > len(forms) / 2
    assert counted == len(set(zip(named["patient"], named["quarter"], strict=True)))
    assert 0 < sum(x for *_, x, _n in by_duckdb(QUERIES[0])) < counted


def test_the_second_counts_codes_of_those_who_were_shown_the_list(forms: pd.DataFrame) -> None:
    latest = forms.sort_values("occasion").drop_duplicates("patient", keep="last")
    for code, x, n in by_duckdb(QUERIES[1]):
        subtheme = str(code).partition(".")[0]
        assert n == sum(subtheme in lists.split() for lists in latest["lists"])
        assert x == sum(str(code) in ticked.split() for ticked in latest["ticked"])
        assert x <= n


def test_the_third_looks_at_the_same_patients_twice(forms: pd.DataFrame) -> None:
    ((n, mean, _median),) = by_duckdb(QUERIES[2])
    first, second = (forms[forms["occasion"] == one].set_index("patient")["adherence_score"] for one in (1, 2))
    change = (second - first).dropna()
    assert (n, mean) == (len(change), round(change.mean(), 2))
    assert n == 30
