"""What an address asks of the trends, and what published figures are turned into."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.errors import BadView
from clinic.core.intervals import wilson
from clinic.core.suppression import Cell
from clinic.core.trend_asked import Asked, read_asked
from clinic.core.trend_pairs import Pairs, may_show
from clinic.core.trend_series import Published, figure, quantity, series
from clinic.core.trend_tables import decided, flat, unflat
from clinic.core.trend_versions import in_order, instrument_of, label
from clinic.core.trends import EVERYBODY, Figure, Group, Period, Run

JANUARY = Period(date(2026, 1, 1), "month")
FEBRUARY = JANUARY.next()


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({}, Asked("month", EVERYBODY, None, None)),
        ({"by": "quarter", "site": "3"}, Asked("quarter", Group("site", "3"), None, None)),
        ({"by": "month", "language": "", "from": " 2026-01 "}, Asked("month", EVERYBODY, JANUARY, None)),
        ({"from": "2026-Q1"}, Asked("quarter", EVERYBODY, Period(date(2026, 1, 1), "quarter"), None)),
        ({"to": "2026", "site": " "}, Asked("year", EVERYBODY, None, Period(date(2026, 1, 1), "year"))),
    ],
)
def test_an_address_asks_for_a_view_and_the_view_for_its_address(values: dict[str, str], asked: Asked) -> None:
    assert read_asked(values.items()) == asked
    assert read_asked(asked.query().items()) == asked


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"site": "1", "language": "es"}, "one filter at a time: this asks for site and language"),
        ({"by": "week"}, "month, quarter or year"),
        ({"from": "2026-13"}, "no such period"),
        ({"from": "2026-\u0661\u0660"}, "no such period"),
        ({"clinician": "1"}, "by, site, language, mode, respondent, from, to"),
        ({"from": "last year"}, "no such period"),
        ({"to": "2026-Q5"}, "no such period"),
        ({"by": "month", "from": "2026"}, "2026 is a year, and this view is by month: write 2026-10"),
        ({"from": "2026-02", "to": "2026-01"}, "begins with 2026-02 and ends with 2026-01"),
    ],
)
def test_an_address_that_asks_for_the_impossible_is_refused_with_a_sentence(values: dict[str, str], words: str) -> None:
    with pytest.raises(BadView) as refused:
        read_asked(values.items())
    assert words in str(refused.value)


def test_an_address_that_says_one_thing_twice_is_asked_to_choose() -> None:
    with pytest.raises(BadView, match="says site 2 times"):
        read_asked([("site", "1"), ("by", "month"), ("site", "2")])


@given(st.dictionaries(st.sampled_from(["by", "site", "language", "mode", "respondent", "from", "to"]), st.text()))
def test_whatever_an_address_says_is_a_view_or_a_refusal(values: dict[str, str]) -> None:
    with suppress(BadView):
        assert isinstance(read_asked(values.items()), Asked)


def test_versions_are_in_the_order_of_their_numbers() -> None:
    names = [f"trd-barrier-check|{one}" for one in ("1.10|1.10", "1.2|1.2", "1.2|1.2+c10", "1.2|1.2+c9")]
    assert [label(one) for one in in_order(names)] == ["1.2", "1.2+c9", "1.2+c10", "1.10"]
    assert instrument_of(names[3]) == ("trd-barrier-check", "1.2")


def test_a_profile_that_does_not_say_its_version_is_named_with_it() -> None:
    assert label("trd-barrier-check|2.0|strict") == "2.0+strict"


def test_a_figure_is_hidden_nothing_or_a_share() -> None:
    assert figure(None) == Figure("hidden")
    assert figure([0, 0]) == Figure("nothing")
    assert (figure([0, 12]).share, figure([0, 12]).low) == (0.0, 0.0)
    assert (figure([7, 20]).share, figure([7, 20]).interval) == (0.35, wilson(7, 20))
    for one in (figure(None), figure([0, 0])):
        assert (one.share, one.interval, one.low, one.high) == (None,) * 4


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


def past(*shares: int | None, version: str = "1.0", start: Period = JANUARY) -> dict[Period, list[Published]]:
    """Return what was published of periods that follow each other: x of 80, None is hidden, -1 nobody."""
    found, period = {}, start
    for one in shares:
        figures = {} if one is None else {"gap:stigma": [0, 0, True] if one < 0 else [one, 80, one != 21]}
        found[period] = [Published(period, version, figures)]
        period = period.next()
    return found


def run_of(history: dict[Period, list[Published]], *, outside: bool = False) -> Run | None:
    last = list(history)[-1]
    return series("gap:stigma", [last], {last: history[last]}, outside=outside, history=history).run


def test_a_run_is_measured_against_all_that_was_published_also_before_the_view() -> None:
    history = past(*[20] * 8, *[40] * 8)
    assert run_of(history) == Run(8, list(history)[8], is_above=True, middle=30 / 80, of=16)
    assert series("gap:stigma", list(history), history, outside=False).run is None, "It has no history to look at."


def test_a_hidden_period_ends_a_run() -> None:
    assert run_of(past(*[20] * 9, *[40] * 4, None, *[40] * 4)) is None
    found = run_of(past(*[20] * 4, None, *[20] * 4, *[40] * 8))
    assert found is not None
    assert (found.count, found.of) == (8, 16)
    assert run_of(past(*[20] * 9, *[40] * 8, None)) is None
    # 21 of 80 may not leave the clinic here, so that what leaves it has no run.
    shown = past(*[10] * 9, *[40] * 3, 21, *[40] * 4)
    assert run_of(shown) is not None
    assert run_of(shown, outside=True) is None


def test_a_period_without_anybody_neither_counts_nor_ends_a_run() -> None:
    found = run_of(past(*[20] * 8, *[40] * 4, -1, *[40] * 4))
    assert found is not None
    assert (found.count, found.of) == (8, 16)
    history = past(*[20] * 8, *[40] * 9)
    del history[list(history)[12]]
    found = run_of(history)
    assert found is not None
    assert (found.count, found.of) == (8, 16)
    assert run_of(past(*[20] * 8, *[40] * 8, -1)) is None, "Of a period without anybody nothing is said."


def test_another_version_ends_a_run_and_is_not_in_its_median() -> None:
    history = past(*[20] * 8, *[40] * 8)
    other = list(history)[12]
    assert run_of({**history, **past(40, version="2.0", start=other)}) is None
    # A period in which both versions counted is known.
    both = {**history, other: [*history[other], *past(1, version="2.0", start=other)[other]]}
    assert run_of(both) == run_of(history)
    newer = past(*[40] * 8, version="2.0", start=list(history)[-1].next())
    assert run_of({**history, **newer}) is None


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
