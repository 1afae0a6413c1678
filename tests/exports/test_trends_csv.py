"""The trends as a CSV: what is in a line, what is left out of it, and what a spreadsheet makes of it."""

import csv
import io
from datetime import date

import pytest

from clinic.core import trend_measures
from clinic.core.trends import EVERYBODY, Figure, Group, Kind, Period, Point, Quantity, Series, Trends
from clinic.exports import trends_csv
from clinic.exports.trend_meanings import MEANINGS
from clinic.instruments import catalogue

JANUARY = Period(date(2026, 1, 1), "month")
FEBRUARY = JANUARY.next()
SHOWN = Figure("shown", 7, 20)
HIDDEN, NOTHING = Figure("hidden"), Figure("nothing")


def trends(
    *points: Point, kind: Kind = "month", group: Group = EVERYBODY, outside: bool = True, **more: object
) -> Trends:
    values: dict[str, object] = {
        "clinic": "Harbour Clinic",
        "kind": kind,
        "group": group,
        "group_name": group.value,
        "periods": (JANUARY, FEBRUARY),
        "first": JANUARY,
        "versions": ("1.0",),
        "series": {"gap:stigma": Series("gap:stigma", points)},
        "quantities": {},
        "provisional": None,
        "sites": {},
        "filters": (),
        "overdue": None,
        "smallest": 11,
        "is_outside": outside,
    }
    return Trends(**values | more)  # type: ignore[arg-type]


def lines(text: str) -> list[list[str]]:
    return list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def test_a_figure_is_a_line_with_fractions_of_four_decimals() -> None:
    text = trends_csv.write(trends(Point(JANUARY, "1.0", SHOWN)))
    header, row = lines(text)
    assert "# Version: 1.0" in comments(text)
    assert header == ["period", "measure", "group", "x", "n", "share", "low", "high", "suppressed"]
    assert row == ["2026-01", "gap:stigma", "all", "7", "20", "0.3500", "0.1812", "0.5671", "false"]


def test_what_is_suppressed_is_empty_and_never_zero() -> None:
    _header, row = lines(trends_csv.write(trends(Point(JANUARY, "1.0", HIDDEN))))
    assert row == ["2026-01", "gap:stigma", "all", "", "", "", "", "", "true"]


def test_a_period_in_which_nobody_was_counted_is_told_from_a_suppressed_one() -> None:
    _header, row = lines(trends_csv.write(trends(Point(JANUARY, "", NOTHING))))
    assert row == ["2026-01", "gap:stigma", "all", "0", "0", "", "", "", "false"]


def test_two_versions_of_one_period_are_two_groups_and_a_break_in_the_comments() -> None:
    text = trends_csv.write(
        trends(Point(JANUARY, "1.0", SHOWN), Point(JANUARY, "1.0+c1", SHOWN), versions=("1.0", "1.0+c1"))
    )
    assert [row[2] for row in lines(text)[1:]] == ["all version=1.0", "all version=1.0+c1"]
    assert "# Versions in it (each change is a break): 1.0 then 1.0+c1" in comments(text)


def test_a_filter_stands_in_every_line_and_in_the_comments_with_its_name() -> None:
    group = Group("site", "2")
    text = trends_csv.write(trends(Point(JANUARY, "1.0", SHOWN), group=group, group_name="Riverside"))
    assert lines(text)[1][2] == "site=2"
    assert "# site=2 is Riverside" in comments(text)
    assert "# By month. Group: site=2" in comments(text)


def test_a_quantity_has_its_value_as_x() -> None:
    values = (Quantity(JANUARY, "shown", 5.5, 60), Quantity(FEBRUARY, "hidden"))
    _header, shown, hidden = lines(trends_csv.write(trends(series={}, quantities={"minutes": values})))
    assert shown == ["2026-01", "minutes", "all", "5.5", "60", "", "", "", "false"]
    assert hidden == ["2026-02", "minutes", "all", "", "", "", "", "", "true"]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "A,=1+1", 'A";=1+1', "A\n=1+1", "@SUM(1)", "A\t=1+1", "A # b"])
def test_no_name_of_a_clinic_begins_a_cell_that_a_spreadsheet_reckons_with(name: str) -> None:
    text = trends_csv.write(trends(Point(JANUARY, "1.0", SHOWN), clinic=name))
    for separator in (",", ";", "\t"):
        on_top = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row[0].startswith("#")]
        assert len(on_top) == len(comments(text))
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
        assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_the_caveats_stand_on_top_and_synthetic_people_are_said_to_be() -> None:
    text = trends_csv.write(trends(Point(JANUARY, "1.0", SHOWN), is_synthetic=True))
    on_top = text.splitlines()[: len(comments(text))]
    assert on_top == comments(text)
    assert "# SYNTHETIC: nobody in it is real." in on_top
    assert any("not validated" in line for line in on_top)


def test_a_view_for_the_clinics_own_eyes_does_not_leave_it() -> None:
    with pytest.raises(ValueError, match="outside"):
        trends_csv.write(trends(Point(JANUARY, "1.0", SHOWN), outside=False))


def test_nothing_published_yet_is_said() -> None:
    text = trends_csv.write(trends(periods=(), first=None, versions=(), series={}))
    assert "# Nothing has been published yet." in comments(text)
    assert len(lines(text)) == 1


def test_the_codebook_has_every_measure_with_what_it_counts() -> None:
    instrument = catalogue.current()
    rows = lines(trends_csv.codebook(instrument, ("en", "es")))
    measures = [*trend_measures.scored(instrument), *trend_measures.process(("en", "es")), *trend_measures.QUANTITIES]
    assert [row[0] for row in rows[1:]] == measures
    assert all(len(row) == len(rows[0]) and all(row[2:]) for row in rows[1:])
    by_name = {row[0]: row for row in rows}
    assert by_name["subtheme:STG"][1] == "Stigma and Society"
    assert by_name["code:EMO.sadness"][1] == "Emotional Impact: Sadness"


def test_every_measure_has_a_meaning() -> None:
    measures = [
        *trend_measures.scored(catalogue.current()),
        *trend_measures.process(("en", "es")),
        *trend_measures.QUANTITIES,
    ]
    assert {trend_measures.family(one) for one in measures} == set(MEANINGS)
    assert len(set(measures)) == len(measures)


def test_the_codebook_explains_every_column() -> None:
    text = trends_csv.codebook(catalogue.current(), ("en",))
    assert [line[2:].partition(":")[0] for line in comments(text)] == list(trends_csv.COLUMNS)
