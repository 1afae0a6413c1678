"""Intervals against numbers worked by hand, published examples and statsmodels."""

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from clinic.core.intervals import OneSide, limits, median, newcombe, newcombe_paired, percentile_90, run, wilson

# statsmodels takes the 95 % point as 1.959964 and evidence.md as 1.96: that moves no bound by more than this.
ALIKE = 2e-5


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 400))
    return draw(st.integers(0, n)), n


def test_wilson_is_as_worked_by_hand() -> None:
    # 7/20: centre .35 + 3.8416/40 = .44604; half 1.96 sqrt(.2275/20 + 3.8416/1600) = .23005; both / 1.19208.
    assert wilson(7, 20) == pytest.approx((0.21599 / 1.19208, 0.67609 / 1.19208), abs=1e-5)
    assert [f"{100 * end:.0f}" for end in wilson(7, 20)] == ["18", "57"]
    # 0/12: centre = half = 3.8416/24 = .16007, so 0 to .32013 / 1.32013 = .2425.
    assert wilson(0, 12) == (0.0, pytest.approx(0.32013 / 1.32013, abs=1e-5))
    assert wilson(12, 12) == (pytest.approx(1 - 0.2425, abs=1e-4), 1.0)


@forall(shares())
def test_wilson_is_that_of_statsmodels(share: tuple[int, int]) -> None:
    assert wilson(*share) == pytest.approx(proportion_confint(*share, method="wilson"), abs=ALIKE)


@forall(shares())
def test_wilson_holds_the_share_and_stays_between_none_and_all(share: tuple[int, int]) -> None:
    low, high = wilson(*share)

    assert 0 <= low <= share[0] / share[1] <= high <= 1


@pytest.mark.parametrize("share", [(0, 0), (-1, 5), (6, 5), (1, -1)])
def test_what_is_no_share_has_no_interval(share: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(*share)


def test_newcombe_is_as_published() -> None:
    # Newcombe 1998 (Stat Med 17:873), table II, method 10: 56/70 - 48/80 is .2, from .0524 to .3339.
    assert newcombe(48, 80, 56, 70) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    # The same table: 10/10 - 0/10 is 1, from .6075 to 1.
    assert newcombe(0, 10, 10, 10) == pytest.approx((1, 0.6075, 1), abs=5e-5)


@forall(shares(), shares())
def test_newcombe_is_that_of_statsmodels(earlier: tuple[int, int], later: tuple[int, int]) -> None:
    difference, *interval = newcombe(*earlier, *later)

    assert difference == pytest.approx(later[0] / later[1] - earlier[0] / earlier[1])
    assert interval == pytest.approx(confint_proportions_2indep(*later, *earlier, method="newcomb"), abs=ALIKE)


def test_the_paired_interval_is_as_published() -> None:
    # Fagerland, Lydersen and Laake (Stat Med 2014;33:2850), from Bentur 2009: 2 of 21 before, 8 of 21 after.
    assert newcombe_paired(both=1, came=7, went=1, neither=12) == pytest.approx((6 / 21, 0.026, 0.507), abs=5e-4)


def test_the_paired_interval_is_as_worked_by_hand() -> None:
    # 20 pairs: 6 both times, 4 came, 2 went, 8 never. Before 8/20, after 10/20; Wilson .21880 to .61342 and .29930 to
    # .70070. Correlation: 6*8 - 4*2 = 40, less 20/2 = 30; margins 8*12*10*10 = 9600; 30/97.980 = .30619.
    # Down: .20070 and .21342: sqrt(.04028 - .02623 + .04555) = .24413. Up: .20070, .18120: sqrt(.05084) = .22549.
    assert newcombe_paired(6, 4, 2, 8) == pytest.approx((0.1, 0.1 - 0.24413, 0.1 + 0.22549), abs=5e-4)


@forall(st.tuples(*[st.integers(0, 60)] * 4).filter(any))
def test_the_paired_interval_turns_round_with_the_two_periods(pairs: tuple[int, int, int, int]) -> None:
    both, came, went, neither = pairs
    difference, low, high = newcombe_paired(both, came, went, neither)

    assert low - 1e-12 <= difference <= high + 1e-12
    assert newcombe_paired(both, went, came, neither) == pytest.approx((-difference, -high, -low))


@pytest.mark.parametrize("pairs", [(0, 0, 0, 0), (5, -1, 2, 3)])
def test_without_pairs_there_is_no_paired_difference(pairs: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no pairs"):
        newcombe_paired(*pairs)


def test_the_limits_around_a_share_are_as_worked_by_hand() -> None:
    # 1.96 sqrt(.25 * .75 / 100) = 1.96 * .0433013 = .0848705; of .05 in 20 it is .0955186, more than the share.
    assert limits(0.25, 100) == pytest.approx((0.25 - 0.0848705, 0.25 + 0.0848705), abs=1e-7)
    assert limits(0.05, 20) == (0.0, pytest.approx(0.1455186, abs=1e-7))
    assert limits(0.95, 20) == (pytest.approx(0.8544814, abs=1e-7), 1.0)
    assert (limits(0.0, 30), limits(1.0, 30)) == ((0.0, 0.0), (1.0, 1.0))


@forall(shares())
def test_the_limits_around_a_share_are_walds_of_statsmodels(share: tuple[int, int]) -> None:
    x, n = share
    assert limits(x / n, n) == pytest.approx(proportion_confint(x, n, method="normal"), abs=ALIKE)


@pytest.mark.parametrize(("share", "n"), [(-0.1, 30), (1.1, 30), (0.5, 0), (0.5, -3)])
def test_there_are_no_limits_around_what_is_no_share(share: float, n: int) -> None:
    with pytest.raises(ValueError, match="no limits"):
        limits(share, n)


def test_eight_newest_points_on_one_side_are_a_run() -> None:
    assert run([1.0] * 8 + [9.0] * 8) == OneSide(count=8, first=8, is_above=True, middle=5.0, of=16)
    assert run([9.0] * 9 + [1.0] * 9) == OneSide(count=9, first=9, is_above=False, middle=5.0, of=18)
    assert run([1.0] * 9 + [9.0] * 7) is None
    assert run([1.0, 9.0] * 8) is None


def test_the_newest_eight_of_fifteen_are_never_a_run() -> None:
    assert run([1.0] * 7 + [9.0] * 8) is None
    assert run([1.0] * 7 + [5.0] + [9.0] * 7) is None


def test_points_on_the_median_neither_count_nor_end_a_run() -> None:
    assert run([1.0] * 9 + [5.0] + [9.0] * 4 + [5.0] + [9.0] * 5) == OneSide(9, 10, True, 5.0, 20)
    assert run([5.0] * 20) is None
    assert run([]) is None
    # More than half of the points are on the median: the eight that are not stand alone.
    assert run([1.0] * 8 + [9.0] * 8 + [1.0]) == OneSide(8, 8, True, 1.0, 17)


def test_a_point_that_nobody_knows_ends_a_run_and_is_not_in_the_median() -> None:
    assert run([1.0] * 9 + [9.0] * 4 + [None] + [9.0] * 4) is None
    assert run([1.0] * 9 + [9.0] * 8 + [None]) is None
    assert run([1.0] * 5 + [None] + [1.0] * 4 + [None] + [9.0] * 8) == OneSide(8, 11, True, 1.0, 17)
    assert run([1.0] * 7 + [None] * 9 + [9.0] * 8) is None


def test_an_older_run_is_not_marked() -> None:
    assert run([1.0] * 8 + [9.0] * 8 + [0.0]) is None


def test_the_median_and_the_ninetieth_percentile_are_those_defined() -> None:
    assert (median([]), percentile_90([])) == (None, None)
    assert (median([4.0]), percentile_90([4.0])) == (4.0, 4.0)
    assert median([9.0, 1.0, 4.0, 2.0]) == 3.0
    # Of ten values nine do not exceed the ninth; of eleven nine are too few, so it is the tenth.
    assert percentile_90([float(one) for one in range(10, 0, -1)]) == 9.0
    assert percentile_90([float(one) for one in range(11, 0, -1)]) == 10.0
