"""What an address asks of the trends, and what published figures are turned into."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.errors import BadView
from clinic.core.suppression import Cell
from clinic.core.trend_asked import Asked, read_asked
from clinic.core.trend_measures import MEANINGS, QUANTITIES, family, process, scored
from clinic.core.trend_pairs import Pairs, may_show
from clinic.core.trend_series import Published, figure, quantity, run, series
from clinic.core.trend_tables import decided, flat, unflat
from clinic.core.trend_versions import in_order, instrument_of, label
from clinic.core.trends import EVERYBODY, Figure, Group, Period, Point
from clinic.instruments import catalogue

JANUARY = Period(date(2026, 1, 1), "month")
FEBRUARY = JANUARY.next()


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({}, Asked("month", EVERYBODY, None, None)),
        ({"by": "quarter", "site": "3"}, Asked("quarter", Group("site", "3"), None, None)),
        ({"by": "month", "language": "", "from": " 2026-01 "}, Asked("month", EVERYBODY, JANUARY, None)),
        ({"from": "2026-Q1"}, Asked("quarter", EVERYBODY, Period(date(2026, 1, 1), "quarter"), None)),
        ({"to": "2026", "other": "x"}, Asked("year", EVERYBODY, None, Period(date(2026, 1, 1), "year"))),
    ],
)
def test_an_address_asks_for_a_view_and_the_view_for_its_address(values: dict[str, str], asked: Asked) -> None:
    assert read_asked(values) == asked
    assert read_asked(asked.query()) == asked


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"site": "1", "language": "es"}, "one filter at a time: this asks for site and language"),
        ({"by": "week"}, "month, quarter or year"),
        ({"from": "2026-13"}, "no such period"),
        ({"from": "last year"}, "no such period"),
        ({"to": "2026-Q5"}, "no such period"),
        ({"by": "month", "from": "2026"}, "2026 is a year, and this view is by month: write 2026-10"),
        ({"from": "2026-02", "to": "2026-01"}, "begins with 2026-02 and ends with 2026-01"),
    ],
)
def test_an_address_that_asks_for_the_impossible_is_refused_with_a_sentence(values: dict[str, str], words: str) -> None:
    with pytest.raises(BadView) as refused:
        read_asked(values)
    assert words in str(refused.value)


@given(st.dictionaries(st.sampled_from(["by", "site", "language", "mode", "respondent", "from", "to"]), st.text()))
def test_whatever_an_address_says_is_a_view_or_a_refusal(values: dict[str, str]) -> None:
    with suppress(BadView):
        assert isinstance(read_asked(values), Asked)


def test_versions_are_in_the_order_of_their_numbers() -> None:
    names = [f"trd-barrier-check|{one}" for one in ("1.10|1.10", "1.2|1.2", "1.2|1.2+c10", "1.2|1.2+c9")]
    assert [label(one) for one in in_order(names)] == ["1.2", "1.2+c9", "1.2+c10", "1.10"]
    assert instrument_of(names[3]) == ("trd-barrier-check", "1.2")


def test_a_profile_that_does_not_say_its_version_is_named_with_it() -> None:
    assert label("trd-barrier-check|2.0|strict") == "2.0+strict"


def test_every_measure_has_a_meaning() -> None:
    names = [*scored(catalogue.current()), *process(("en", "es")), *QUANTITIES]
    assert {family(one) for one in names} == set(MEANINGS)
    assert len(set(names)) == len(names)


def test_a_figure_is_hidden_nothing_or_a_share() -> None:
    assert figure(None) == Figure("hidden")
    assert figure([0, 0]) == Figure("nothing")
    assert (figure([0, 12]).share, figure([0, 12]).low) == (0.0, 0.0)


def test_what_may_not_leave_the_clinic_is_hidden_outside() -> None:
    rows = {JANUARY: [Published(JANUARY, "", {"opened": [6, 30, False], "minutes": [3.5, 10, False]})]}
    assert series("opened", [JANUARY], rows, outside=False).points[0].figure.x == 6
    assert series("opened", [JANUARY], rows, outside=True).points[0].figure.state == "hidden"
    assert quantity("minutes", JANUARY, rows[JANUARY], outside=False).value == 3.5
    assert quantity("minutes", JANUARY, rows[JANUARY], outside=True).state == "hidden"
    assert quantity("minutes", FEBRUARY, (), outside=False).state == "nothing"


def test_two_periods_are_compared_only_within_one_version_and_next_to_each_other() -> None:
    march = FEBRUARY.next()
    old = Published(JANUARY, "1.0", {"gap:stigma": [20, 60, True]})
    rows = {JANUARY: [old], FEBRUARY: [Published(FEBRUARY, "1.0+c1", {"gap:stigma": [30, 60, True]})]}
    assert series("gap:stigma", [JANUARY, FEBRUARY], rows, outside=False).change is None
    both = [Published(FEBRUARY, "1.0", {"gap:stigma": [30, 60, True]})]
    change = series("gap:stigma", [JANUARY, FEBRUARY], {JANUARY: [old], FEBRUARY: both}, outside=False).change
    assert change is not None
    assert change.difference == pytest.approx(1 / 6)
    later = {JANUARY: [old], march: [Published(march, "1.0", {"gap:stigma": [30, 60, True]})]}
    assert series("gap:stigma", [JANUARY, FEBRUARY, march], later, outside=False).change is None


def test_a_run_ends_at_a_point_that_is_hidden_and_at_another_version() -> None:
    def points(*shares: float | None, version: str = "1.0") -> list[Point]:
        return [
            Point(JANUARY, version, Figure("hidden") if one is None else Figure("shown", 1, 1, one)) for one in shares
        ]

    low, high = [0.1] * 8, [0.9] * 8
    assert run(points(*low, *high)) == 8
    assert run(points(*low, None, *high)) is None
    assert run([*points(*low), *points(*high, version="2.0")]) is None
    assert run([]) is None


def test_flat_figures_come_back_by_group() -> None:
    web, none = Group("mode", "web"), Group("mode", "")
    by_group = {
        EVERYBODY: {"done": [40.0, 60, True]},
        web: {"done": [30.0, 40, False]},
        none: {"done": [0.0, 20, True]},
    }
    stored = flat(by_group)
    assert stored == {"done": [40, 60, True], "done:mode=web": [30, 40, False]}
    back = unflat(stored | {"agreed:stigma": [12, 30, True]})
    assert back == {
        EVERYBODY: {"done": [40, 60, True], "agreed:stigma": [12, 30, True]},
        web: {"done": [30, 40, False]},
    }
    decision = decided(back)
    assert decision.inside == {"done": {EVERYBODY, web}, "agreed:stigma": {EVERYBODY}}
    assert decision.outside == {"done": {EVERYBODY}, "agreed:stigma": {EVERYBODY}}


@pytest.mark.parametrize(
    ("pairs", "before", "after", "shown"),
    [
        (Pairs(18, 12, 12, 18), Cell(30, 60), Cell(30, 60), True),
        (Pairs(18, 12, 12, 18), Cell(41, 82), Cell(30, 60), True),
        (Pairs(18, 0, 12, 18), Cell(18, 48), Cell(30, 48), True),
        (Pairs(18, 10, 12, 18), Cell(28, 58), Cell(30, 58), False),
        # One patient of the first period is not in the second one.
        (Pairs(18, 12, 12, 18), Cell(31, 61), Cell(30, 60), False),
        (Pairs(18, 12, 12, 18), Cell(30, 60), Cell(30, 63), False),
        # A form was taken away since the first period was published.
        (Pairs(18, 12, 12, 18), Cell(29, 59), Cell(30, 60), False),
        (Pairs(0, 0, 0, 0), Cell(30, 60), Cell(30, 60), False),
    ],
)
def test_pairs_are_shown_where_neither_they_nor_the_others_are_few(
    pairs: Pairs, before: Cell, after: Cell, shown: bool
) -> None:
    assert may_show(pairs, before, after) is shown


def test_pairs_of_a_clinics_own_threshold_may_be_fewer() -> None:
    few = Pairs(6, 6, 6, 6)
    assert may_show(few, Cell(12, 24), Cell(12, 24), 5)
    assert not may_show(few, Cell(12, 24), Cell(12, 24))
