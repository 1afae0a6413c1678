"""The drawings of the trends: where a share lies, what no line may cross, what is hatched, and the sites' limits."""

from datetime import date
from itertools import pairwise

import pytest

from clinic.core.trends import Figure, Period, Point, Run, Series
from clinic.web import trend_charts
from clinic.web.trend_charts import BOTTOM, LEFT, RIGHT, TOP
from tests.trend_objects import HIDDEN, NOTHING, months, series, share

YEAR = months(12, date(2026, 10, 1))
FLAT: list[tuple[int, int] | None] = [(20, 80)] * 12


def axis_of(one: Series, periods: tuple[Period, ...] = YEAR) -> trend_charts.Axis:
    return trend_charts.axis(trend_charts.slots_of(periods, [one]), [point.figure for point in one.points])


def places(path: str) -> list[tuple[float, float]]:
    numbers = [float(one) for one in path.strip("MZ").split()]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.mark.parametrize(
    ("figure", "top"),
    [
        # By hand, Wilson's upper bound of none of n is 3.8416 / (n + 3.8416).
        (share(0, 200), 20),
        (share(0, 16), 20),
        (share(0, 15), 40),
        (share(40, 80), 80),
        (share(99, 100), 100),
        (share(12, 12), 100),
        (HIDDEN, 20),
        (NOTHING, 20),
    ],
)
def test_a_scale_ends_at_the_next_twenty_above_the_highest_bound(figure: Figure, top: int) -> None:
    assert trend_charts.scale([figure]) == top


def test_a_share_lies_between_the_floor_and_the_top_as_its_part_of_the_scale() -> None:
    one = series("gap:stigma", YEAR[:2], [(20, 80), (40, 80)])
    on = axis_of(one, YEAR[:2])
    drawn = trend_charts.multiple(one, on)
    # Wilson's upper bound of 40 of 80 is 60.7 %, so the scale ends at 80: 25 % lies 5/16 of the way up, 50 % 5/8.
    assert on.top == 80
    assert places(drawn.lines[0]) == [
        (LEFT + 6, pytest.approx(BOTTOM - 140 * 5 / 16, abs=0.06)),
        (RIGHT - 6, BOTTOM - 140 * 5 / 8),
    ]
    assert drawn.last == (RIGHT - 6, BOTTOM - 140 * 5 / 8)


def test_the_band_is_as_high_as_the_interval() -> None:
    one = series("gap:stigma", YEAR, FLAT)
    on = axis_of(one)
    heights = [y for _, y in places(trend_charts.multiple(one, on).bands[0])]
    figure = one.points[0].figure
    assert figure.low is not None
    assert figure.high is not None
    expected = (figure.high - figure.low) * 140 / (on.top / 100)
    assert max(heights) - min(heights) == pytest.approx(expected, abs=0.11)


def test_no_line_crosses_what_is_hidden_and_hatching_stands_there() -> None:
    one = series("gap:stigma", YEAR, [*FLAT[:4], None, *FLAT[5:]])
    on = axis_of(one)
    drawn = trend_charts.multiple(one, on)
    assert [len(places(line)) for line in drawn.lines] == [4, 7]
    assert len(drawn.bands) == 2
    starts = [float(part.split()[0]) for part in drawn.hidden.split("M")[1:]]
    assert on.xs[3] < min(starts) < on.xs[4]
    assert f"M{on.xs[4]:g} " not in drawn.dots


def test_nobody_counted_is_a_gap_without_hatching() -> None:
    points = [Point(period, "1.0", NOTHING if i == 4 else share(20, 80)) for i, period in enumerate(YEAR)]
    drawn = trend_charts.multiple(one := Series("gap:stigma", tuple(points)), axis_of(one))
    assert (len(drawn.lines), drawn.hidden) == (2, "")


def test_a_hidden_newest_period_leaves_no_last_dot() -> None:
    one = series("gap:stigma", YEAR, [*FLAT[:11], None])
    drawn = trend_charts.multiple(one, axis_of(one))
    assert drawn.last is None
    assert drawn.hidden


def test_a_new_version_has_a_place_of_its_own_and_no_line_leads_to_it() -> None:
    points = [Point(period, "1.0" if i < 6 else "1.1", share(20, 80)) for i, period in enumerate(YEAR)]
    both = (*points[:6], Point(YEAR[6], "1.0", share(11, 40)), *points[6:])
    one = Series("gap:stigma", both)
    on = axis_of(one)
    assert len(on.slots) == 13
    assert len(on.breaks) == 1
    assert on.xs[6] < on.breaks[0] < on.xs[7]
    assert [len(places(line)) for line in trend_charts.multiple(one, on).lines] == [7, 6]


def test_a_break_is_drawn_although_a_month_without_anybody_lies_between_two_versions() -> None:
    points = [Point(YEAR[0], "1.0", share(20, 80)), Point(YEAR[1], "", NOTHING), Point(YEAR[2], "1.1", share(20, 80))]
    assert len(axis_of(Series("gap:stigma", tuple(points)), YEAR[:3]).breaks) == 1


def run_from(first: Period, count: int = 8) -> Run:
    """Return the run of 20 of 80 that stands at the end of twice as many months, the others of 10 of 80."""
    return Run(count, first, is_above=True, middle=15 / 80, of=2 * count)


def test_a_run_is_marked_from_its_first_place_to_the_newest() -> None:
    one = series("gap:stigma", YEAR, [*[(10, 80)] * 4, *FLAT[4:]], run=run_from(YEAR[4]))
    on = axis_of(one)
    assert trend_charts.multiple(one, on).run == f"M{on.xs[4]:g} {TOP - 6}H{on.xs[11]:g}"


def test_a_run_that_began_before_the_view_is_marked_from_its_start() -> None:
    one = series("gap:stigma", YEAR, FLAT, run=run_from(YEAR[0].previous(), 13))
    on = axis_of(one)
    assert trend_charts.multiple(one, on).run == f"M{on.xs[0]:g} {TOP - 6}H{on.xs[11]:g}"


def test_a_run_is_not_marked_over_the_version_that_ended_in_its_first_month() -> None:
    old, new = (
        [Point(one, "1.0", share(10, 80)) for one in YEAR[:5]],
        [Point(one, "1.1", share(20, 80)) for one in YEAR],
    )
    one = Series("gap:stigma", (*old, *new[4:]), run=run_from(YEAR[4]))
    on = axis_of(one)
    assert (on.slots[4], on.slots[5]) == ((YEAR[4], "1.0"), (YEAR[4], "1.1"))
    assert trend_charts.multiple(one, on).run == f"M{on.xs[5]:g} {TOP - 6}H{on.xs[12]:g}"


@pytest.mark.parametrize("count", [1, 2, 5, 12, 24])
def test_at_most_five_places_are_named_and_the_newest_is_one_of_them(count: int) -> None:
    periods = months(count)
    on = trend_charts.axis(trend_charts.slots_of(periods, []), [])
    assert 1 <= len(on.labels) <= 5
    assert on.labels[-1].period == periods[-1]
    assert on.labels[0].year is not None
    # The words of two neighbours do not touch: at 14 units a month of three letters is under 34 wide.
    assert all(right.x - left.x > 34 for left, right in pairwise(on.labels))


def test_one_period_stands_in_the_middle() -> None:
    one = series("gap:stigma", YEAR[:1], [(20, 80)])
    drawn = trend_charts.multiple(one, axis_of(one, YEAR[:1]))
    assert drawn.last is not None
    assert drawn.last[0] == (LEFT + RIGHT) / 2
    assert drawn.lines == ()


def test_a_share_in_a_table_lies_inside_its_interval() -> None:
    place = trend_charts.dot(share(34, 80), 100)
    assert place is not None
    begin, wide, at = place
    # Wilson for 34 of 80: 32.3 to 53.4 %; the scale runs from 4 to 156.
    assert (begin, begin + wide, at) == pytest.approx((4 + 1.52 * 32.3, 4 + 1.52 * 53.4, 4 + 1.52 * 42.5), abs=0.2)
    assert trend_charts.dot(HIDDEN, 100) is None


def test_the_limits_around_the_whole_are_two_standard_errors_of_a_share_of_that_many() -> None:
    drawn = trend_charts.funnel(share(100, 400), [("A", share(40, 100)), ("B", share(20, 100))])
    assert drawn is not None
    low, high = (places(path)[-1] for path in drawn.limits)
    # By hand: 1.96 * sqrt(0.25 * 0.75 / 100) = 8.5 points around 25 %, on a scale that ends at 60.
    assert [percent for percent, _ in drawn.ticks][-1] == 60
    assert low == (RIGHT, pytest.approx(BOTTOM - 140 * 16.51 / 60, abs=0.1))
    assert high == (RIGHT, pytest.approx(BOTTOM - 140 * 33.49 / 60, abs=0.1))
    assert [(letter, y < high[1]) for letter, _x, y in drawn.sites] == [("A", True), ("B", False)]


def test_there_is_no_funnel_around_a_whole_that_is_not_shown() -> None:
    assert trend_charts.funnel(HIDDEN, [("A", share(40, 100))]) is None
    assert trend_charts.funnel(share(100, 400), [("A", HIDDEN)]) is None
