"""Each statistic gives what is printed in a published worked example, by the very functions of the report."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from clinic.analysis import reliability
from clinic.core.psychometrics import CLEAR, POSSIBLE, smallest_change, standard_error

# Six targets rated by four judges: Shrout and Fleiss (1979), Psychological Bulletin 86:420-428, Table 2.
JUDGED = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
# Thirty departments on seven questions: Chatterjee and Price (1977), the data set `attitude` of R.
ATTITUDE = {
    "rating": "43 63 71 61 81 43 58 71 72 67 64 67 69 68 77 81 74 65 65 50 50 64 53 40 63 66 78 48 85 82",
    "complaints": "51 64 70 63 78 55 67 75 82 61 53 60 62 83 77 90 85 60 70 58 40 61 66 37 54 77 75 57 85 82",
    "privileges": "30 51 68 45 56 49 42 50 72 45 53 47 57 83 54 50 64 65 46 68 33 52 52 42 42 66 58 44 71 39",
    "learning": "39 54 69 47 66 44 56 55 67 47 58 39 42 45 72 72 69 75 57 54 34 62 50 58 48 63 74 45 71 59",
    "raises": "61 63 76 54 71 54 66 70 71 62 58 59 55 59 79 60 79 55 75 64 43 66 63 50 66 88 80 51 77 64",
    "critical": "92 73 86 84 83 49 68 66 83 80 67 74 63 77 77 54 79 80 85 78 64 80 80 57 75 76 78 83 74 78",
    "advance": "45 47 48 35 47 34 35 41 31 41 34 41 25 35 46 36 63 60 46 52 33 41 37 49 33 72 49 38 55 39",
}
# What psych::alpha(attitude) of R prints (Revelle): raw alpha, and r.drop of each question.
ATTITUDE_ALPHA = 0.84
ATTITUDE_REST = {
    "rating": 0.67,
    "complaints": 0.74,
    "privileges": 0.56,
    "learning": 0.71,
    "raises": 0.79,
    "critical": 0.27,
    "advance": 0.46,
}
# Holzinger and Swineford (1939), tests 4 to 6 (reading) of 301 children: covariances as lavaan prints them. semTools
# prints alpha 0.883 and omega 0.885 for them, from loadings 0.990, 1.102, 0.917 and errors 0.371, 0.446, 0.356.
READING = np.array([[1.351, 1.098, 0.896], [1.098, 1.660, 1.015], [0.896, 1.015, 1.196]])


def attitude() -> pd.DataFrame:
    return pd.DataFrame({name: [int(one) for one in values.split()] for name, values in ATTITUDE.items()})


def with_covariances(wanted: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", count: int) -> reliability.Matrix:
    """Return numbers that have exactly these covariances."""
    drawn = np.random.default_rng(1).normal(size=(count, len(wanted)))
    drawn -= drawn.mean(axis=0)
    white = drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn.T))).T
    exact: reliability.Matrix = white @ np.linalg.cholesky(wanted).T
    return exact


def test_icc_of_shrout_and_fleiss_is_0_29() -> None:
    found = reliability.icc_2_1(pd.DataFrame(JUDGED, columns=list("abcd")))
    assert found is not None
    assert round(found.value, 2) == 0.29
    # McGraw and Wong (1996) and every program since print this interval for the same data.
    assert (round(found.low, 2), round(found.high, 2)) == (0.02, 0.76)


def test_alpha_of_shrout_and_fleiss_is_their_icc_of_four_consistent_judges() -> None:
    assert round(reliability.alpha(JUDGED), 2) == 0.91


def test_alpha_of_the_attitude_data_is_that_of_psych() -> None:
    assert round(reliability.alpha(attitude().to_numpy(dtype=float)), 2) == ATTITUDE_ALPHA


def test_item_rest_correlations_of_the_attitude_data_are_those_of_psych() -> None:
    table = attitude()
    found = {
        name: round(float(pearsonr(table[name], table.drop(columns=name).sum(axis=1)).statistic), 2) for name in table
    }
    assert found == ATTITUDE_REST


def test_omega_from_printed_loadings_is_the_printed_omega() -> None:
    loadings, errors = np.array([0.990, 1.102, 0.917]), np.array([0.371, 0.446, 0.356])
    assert round(reliability.omega_of(loadings, errors), 3) == 0.885


def test_alpha_and_omega_of_the_reading_tests_are_those_of_semtools() -> None:
    matrix = with_covariances(READING, 301)
    assert round(reliability.alpha(matrix), 3) == 0.883
    # The published model has two more factors beside this one, which move its loadings by a thousandth.
    assert reliability.omega(matrix) == pytest.approx(0.885, abs=0.0015)


def test_omega_finds_a_factor_that_was_put_in() -> None:
    # By hand: (0.8 + 0.7 + 0.6 + 0.5)^2 = 6.76, unique 0.36 + 0.51 + 0.64 + 0.75 = 2.26, so 6.76 / 9.02 = 0.7494.
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    wanted = np.outer(loadings, loadings)
    np.fill_diagonal(wanted, 1)
    matrix = with_covariances(wanted, 500)
    assert reliability.omega(matrix) == pytest.approx(0.7494, abs=0.0002)
    # Alpha is 4/3 x 5.02 / 9.02 = 0.742, a little less, as the loadings differ.
    assert reliability.alpha(matrix) == pytest.approx(0.742, abs=0.0005)


def test_limits_of_change_are_those_of_the_evidence_file() -> None:
    # Section 4 plans with SD 25, r 0.70 for a gap and SD 18, r 0.80 for the whole: 25 and 38, 15 and 23 points.
    gap, whole = standard_error(25, 0.70), standard_error(18, 0.80)
    assert (round(gap, 1), round(whole, 1)) == (13.7, 8.0)
    assert [round(smallest_change(gap, one), 1) for one in (POSSIBLE, CLEAR)] == [24.8, 38.0]
    assert [round(smallest_change(whole, one), 1) for one in (POSSIBLE, CLEAR)] == [14.6, 22.3]


def test_an_interval_is_the_same_for_the_same_seed_and_holds_its_estimate() -> None:
    matrix = attitude().to_numpy(dtype=float)
    one, same, other = (reliability.interval(matrix, reliability.alpha, resamples=200, seed=n) for n in (1, 1, 2))
    assert one == same != other
    assert one is not None
    assert one.low < one.value == 0.843 < one.high


def test_nothing_is_said_of_an_item_that_everybody_answers_alike() -> None:
    matrix = np.column_stack([np.full(60, 2.0), np.arange(60) % 5])
    for statistic in (reliability.alpha, reliability.omega):
        found = reliability.interval(np.column_stack([matrix[:, 0]] * 3), statistic, resamples=100, seed=1)
        assert found is None
