"""The words of the printed trends: the same figures as the trends, and nothing that was read for inside."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from flask import Flask

from clinic.core.trend_sheet import TrendSheet, lines
from clinic.core.trends import EVERYBODY, Figure, Group, Period, Point, Trends
from clinic.instruments import catalogue
from clinic.reports.summary_pdf import PageSize
from clinic.reports.trends_pdf import render
from clinic.web import trend_sheet
from clinic.web.trend_words import Names
from tests.reports.reading import folded, printable, text_of
from tests.trend_objects import GAPS, make_trends

PRINTED = datetime(2026, 11, 23)  # noqa: DTZ001 (a local day)
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def whole(sqlite_app: Flask, settings: Any) -> Iterator[None]:
    from clinic.app import create_app

    with create_app({"SETTINGS": settings}).test_request_context():
        yield


def outside(count: int = 24, **more: Any) -> Trends:
    return replace(make_trends(count, **more), is_outside=True, provisional=None, overdue=None)


def sheet(trends: Trends, language: str = "en") -> TrendSheet:
    return trend_sheet.build(trends, Names(catalogue.current(), language), printed_on=PRINTED)


def pdf(trends: Trends, size: PageSize = "A4", language: str = "en") -> bytes:
    return render(sheet(trends, language), page_size=size, at=AT, author="Harbour Clinic")


def newest(trends: Trends, measure: str) -> Figure:
    last = trends.series[measure].last
    assert last is not None
    return last.figure


def rows(made: TrendSheet) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(table.title, name): cells for table in made.tables for name, cells in table.rows}


def test_trends_for_the_clinics_own_eyes_are_not_printed(whole: None) -> None:
    with pytest.raises(ValueError, match="outside=True"):
        sheet(make_trends())


def test_the_panels_have_the_figures_of_the_series_place_by_place(whole: None) -> None:
    trends = outside()
    made = sheet(trends)

    for gap, told in zip(GAPS, made.panels, strict=True):
        assert told.figures == tuple(point.figure for point in trends.series[f"gap:{gap}"].points)
        figure = newest(trends, f"gap:{gap}")
        assert told.newest.startswith(f"{figure.x} of {figure.n}, ")
    assert [place.label for place in made.places][-2:] == ["Sep 2026", "Oct 2026"]


def test_the_subthemes_are_those_of_the_newest_period(whole: None) -> None:
    trends = outside()
    made = sheet(trends)

    figures = [newest(trends, one) for one in trends.series if one.startswith("subtheme:")]
    assert len(made.dots) == 16
    assert [dot.figure for dot in made.dots] == figures


def test_a_run_is_said_with_its_middle_value_and_of_how_many_that_is(whole: None) -> None:
    trends = outside()
    run = trends.series["gap:stigma"].run
    assert run is not None
    stigma = sheet(trends).panels[2]
    assert stigma.change.endswith(
        f" 8 in a row above {run.middle * 100:.0f}\N{NO-BREAK SPACE}%, the middle of the last 24 shown: seldom chance."
    )
    below = replace(trends.series["gap:stigma"], run=replace(run, is_above=False))
    said = sheet(replace(trends, series={**trends.series, "gap:stigma": below})).panels[2]
    assert " 8 in a row below " in said.change


def test_the_tables_say_what_was_wished_agreed_and_done_and_how_fast_alerts_were_seen(whole: None) -> None:
    trends = outside()
    made = rows(sheet(trends))

    wished, agreed = newest(trends, "wish:stigma"), newest(trends, "agreed:stigma")
    cells = made["October 2026", "Stigma"]
    assert cells[0].startswith(f"{wished.x} of {wished.n}, ")
    assert cells[1].startswith(f"{agreed.x} of {agreed.n}, ")
    assert made["October 2026", "None of the four"][0] == ""
    assert made["How forms come in", "Median minutes of a form"] == ("5.5 (of 60)",)
    assert made["Safety alerts", "Staffed minutes to acknowledge, median"] == ("9 (of 60)",)
    done = newest(trends, "done:language=es")
    assert made["How forms come in", "Done: Español"][0].startswith(f"{done.x} of {done.n}, ")


def test_a_filter_leaves_out_what_is_counted_for_the_whole_clinic_only(whole: None) -> None:
    made = sheet(outside(filtered=Group("site", "2")))

    assert made.about[0].startswith("Site: Saint Bartholomew’s")
    assert [table.title for table in made.tables] == ["Want help now, of those at a gap", "Too few answers for a level"]


def test_what_is_hidden_is_said_and_never_as_a_number(whole: None) -> None:
    trends = outside()
    hidden = {
        name: replace(
            one, points=tuple(replace(point, figure=Figure("hidden")) for point in one.points), change=None, run=None
        )
        for name, one in trends.series.items()
    }
    made = sheet(replace(trends, series=hidden))

    assert {told.newest for told in made.panels} == {dot.shown for dot in made.dots} == {"too few to show"}
    said = {cell for cells in rows(made).values() for cell in cells if cell and "(of 60)" not in cell}
    assert said == {"too few to show"}


def test_a_period_of_two_versions_has_two_places(whole: None) -> None:
    trends = outside(6)
    changed = {}
    for name, one in trends.series.items():
        last = one.points[-1]
        versions = (*one.points[:-1], replace(last, version="1.0"), Point(last.period, "1.0+c1", last.figure))
        changed[name] = replace(one, points=versions, change=None) if name.startswith("gap:") else one
    trends = replace(trends, series=changed, versions=("1.0", "1.0+c1"))

    assert [place.version for place in sheet(trends).places] == ["1.0"] * 6 + ["1.0+c1"]
    assert "from here version 1.0+c1" in text_of(pdf(trends))


@pytest.mark.parametrize("size", ["A4", "letter"])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("count", "filtered", "kind"),
    [(24, EVERYBODY, "month"), (24, Group("site", "2"), "month"), (12, EVERYBODY, "quarter"), (1, EVERYBODY, "year")],
)
def test_every_view_is_one_sheet_that_says_all_its_numbers(
    whole: None, size: PageSize, language: str, count: int, filtered: Group, kind: Any
) -> None:
    name = "Centre for Psychological Medicine and Community Wellbeing of the Northern Counties and Islands"
    trends = outside(count, filtered=filtered, kind=kind, clinic=name, is_synthetic=True)
    made = pdf(trends, size, language)

    with pypdfium2.PdfDocument(made) as document:
        assert len(document) == 1
    said = folded(text_of(made))
    missing = [one for one in lines(sheet(trends, language)) if folded(printable(one)) not in said]
    assert missing == []


def test_the_sheet_says_clinic_period_filter_day_caveats_and_that_a_demo_is_made_up(whole: None) -> None:
    text = " ".join(text_of(pdf(outside(is_synthetic=True, filtered=Group("language", "es")))).split())

    for words in (
        "Trends of Harbour Clinic",
        "Language of the form: Español. November 2024 to October 2026, by month.",
        "Printed 23 November 2026",
        "Synthetic: nobody in it is real",
        "Counts patients, each once a period",
        "Those who answer differ from those who do not",
        "it never ranks clinicians",
        "Numbers on fewer than 11 people are hidden",
    ):
        assert words in text
    assert "Synthetic" not in text_of(pdf(outside()))


def test_places_on_the_axis_are_named_by_month_quarter_and_year() -> None:
    said = [trend_sheet._label(Period.parse(one)) for one in ("2026-Q4", "2026")]
    assert said == ["Q4 2026", "2026"]
