"""The columns of a de-identified table, its rows as CSV, and its codebook."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from clinic.core.deidentified import OTHER, UNKNOWN, Row
from clinic.core.finished import FinishedForm, GapRead
from clinic.core.instrument import Instrument, Item

Cell = str | int | float | None
Kind = Literal["text", "whole", "number"]

TWELFTHS = 12
LANGUAGE = "en"
LEVELS = "none | watch | gap | priority_gap | insufficient | not_applicable"
SKIPPED = "skipped"
_NOT_READ = "empty where the answers cannot be read"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds in words, and how it is read from a row."""

    name: str
    kind: Kind
    values: str
    meaning: str
    read: Callable[[Row], Cell]


def columns(instruments: Sequence[Instrument], *, safety: bool = False) -> list[Column]:
    """Return the columns for the forms of some questionnaires, in the order of the file.

    Items and codes of several versions stand side by side; `safety` adds the safety level, which is left out otherwise.
    """
    found = [*_about(), *_items(instruments), *_scores(instruments), *_gaps(), *_lists()]
    if safety:
        meaning = "Highest safety level of the form. It says nothing of how likely anything is."
        found.append(Column("safety_level", "text", "S0 | S1 | S2 | S3", meaning, lambda row: row.form.safety_level))
    return found


def records(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[list[Cell]]:
    """Yield the cells of each row in the order of the columns; None is an empty cell."""
    readers = [one.read for one in columns]
    return ([read(row) for read in readers] for row in rows)


def write_csv(file: TextIO, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Write a table with one line a form; an empty cell is empty."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([one.name for one in columns])
    writer.writerows(records(columns, rows))


def write_codebook(file: TextIO, columns: Sequence[Column]) -> None:
    """Write what each column holds, one line a column."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("column", "type", "values", "meaning"))
    writer.writerows((one.name, one.kind, one.values, one.meaning) for one in columns)


def _about() -> list[Column]:
    pooled = f"values of fewer than 11 patients are pooled as {OTHER}"
    return [
        Column("patient", "text", "16 hex digits", "The same patient in this file only.", lambda row: row.patient),
        Column("occasion", "whole", "1, 2, ...", "The patient's form by time, 1 first.", lambda row: row.occasion),
        Column(
            "month",
            "text",
            f"YYYY-MM | YYYY-Qn | YYYY | {OTHER}",
            "When the form was sent or closed; wider where fewer than 11 patients have a form in it.",
            lambda row: row.month,
        ),
        Column(
            "quarter", "text", f"YYYY-Qn | YYYY | {OTHER}", "That of the month; wider too.", lambda row: row.quarter
        ),
        Column(
            "age_band",
            "text",
            f"under 20 | 20-29 ... 80-89 | 90+ | {UNKNOWN} | {OTHER}",
            f"Age at the patient's first form in this file; {pooled}.",
            lambda row: row.age_band,
        ),
        Column("site", "text", f"S1, S2, ... | {OTHER}", f"Numbered anew; {pooled}.", lambda row: row.site),
        Column("language", "text", f"code | {OTHER}", f"Of the form; {pooled}.", lambda row: row.language),
        Column("mode", "text", f"web | tablet | paper | {OTHER}", f"How; {pooled}.", lambda row: row.mode),
        Column(
            "respondent",
            "text",
            f"self | helped | proxy | {UNKNOWN} | {OTHER}",
            f"Who answered; {pooled}. A proxy form belongs in no share.",
            lambda row: row.respondent,
        ),
        Column("instrument", "text", f"id | {OTHER}", "The questionnaire.", lambda row: row.instrument),
        Column(
            "version",
            "text",
            f"such as 1.0 | {OTHER}",
            f"Its version; never pool two; {pooled}.",
            lambda row: row.version,
        ),
        Column(
            "profile",
            "text",
            f"such as 1.0+c1 | {OTHER}",
            f"The cut points behind the levels; {pooled}.",
            lambda row: row.profile,
        ),
        Column(
            "completion",
            "text",
            "complete | partial",
            "Whether every core question was responded to.",
            lambda row: row.form.completion,
        ),
        Column("responded", "whole", "1-21", "Core questions responded to.", lambda row: row.form.responded),
    ]


def _items(instruments: Sequence[Instrument]) -> Iterator[Column]:
    known: dict[str, tuple[Instrument, Item]] = {}
    for instrument in instruments:
        known |= {key: (instrument, item) for key, item in instrument.items.items() if key not in known}
    for key, (instrument, item) in known.items():
        text = instrument.say(LANGUAGE, f"item.{key}.text")
        hard = "4 is hardest" if item.direction == "burden" else "0 is hardest"
        name = f"item_{key.lower()}"
        yield Column(name, "whole", "0-4", f"{text} As answered, {hard}.", _number(key))
        yield Column(
            f"{name}_missing",
            "text",
            f"NA | PNA | {SKIPPED}",
            f"Why {name} is empty: does not apply, prefers not to answer, skipped; {_NOT_READ}.",
            _why(key),
        )


def _scores(instruments: Sequence[Instrument]) -> Iterator[Column]:
    known = {key: one.paper for instrument in instruments for key, one in instrument.subthemes.items()}
    for key, paper in known.items():
        yield Column(
            f"score_{key.lower()}",
            "number",
            "0-100",
            f"{paper}: higher = harder; empty is no score.",
            _score(_of_subtheme(key)),
        )
    yield Column(
        "overall", "number", "0-100", "Mean of the subtheme scores, higher = harder.", _score(lambda form: form.overall)
    )


def _gaps() -> Iterator[Column]:
    for key in ("accessibility", "adherence", "stigma", "support"):
        yield Column(f"{key}_score", "number", "0-100", "Higher = harder.", _score(_of_gap(key)))
        yield Column(
            f"{key}_level",
            "text",
            LEVELS,
            "As the form was scored then, by its profile.",
            _gap(key, lambda gap: gap.level),
        )
        yield Column(
            f"{key}_wish",
            "text",
            "now | later | no | PNA",
            "When help is wanted; empty where it was not asked or not answered.",
            _gap(key, lambda gap: gap.wish),
        )


def _lists() -> Iterator[Column]:
    lists = "Lists that were shown, by subtheme, apart by spaces: the others say nothing of their codes"
    yield Column("lists", "text", "such as ACC COP", f"{lists}; {_NOT_READ}.", _shown)
    yield Column(
        "ticked",
        "text",
        "such as ACC.waiting_times",
        f"Codes that were ticked, apart by spaces; {_NOT_READ}.",
        lambda row: None if row.form.ticks is None else " ".join(sorted(row.form.ticks)),
    )


def _number(item: str) -> Callable[[Row], Cell]:
    def read(row: Row) -> Cell:
        raw = (row.form.answers or {}).get(item)
        return raw if isinstance(raw, int) else None

    return read


def _why(item: str) -> Callable[[Row], Cell]:
    def read(row: Row) -> Cell:
        if row.form.answers is None:
            return None
        raw = row.form.answers.get(item)
        return None if isinstance(raw, int) else raw or SKIPPED

    return read


def _of_subtheme(key: str) -> Callable[[FinishedForm], int | None]:
    return lambda form: form.subthemes.get(key)


def _of_gap(key: str) -> Callable[[FinishedForm], int | None]:
    return lambda form: form.gaps[key].score


def _score(of: Callable[[FinishedForm], int | None]) -> Callable[[Row], Cell]:
    def read(row: Row) -> Cell:
        twelfths = of(row.form)
        return None if twelfths is None else round(twelfths / TWELFTHS, 4)

    return read


def _gap(key: str, of: Callable[[GapRead], str | None]) -> Callable[[Row], Cell]:
    return lambda row: of(row.form.gaps[key])


def _shown(row: Row) -> Cell:
    return None if row.form.lists is None else " ".join(sorted(row.form.lists))
