"""Reliability by the libraries: alpha and ICC(2,1) by pingouin, omega from one factor by statsmodels.

A frame or matrix has one row a person and one column an item (or an occasion), with nothing missing.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pingouin
from numpy.typing import NDArray
from scipy.stats import bootstrap
from statsmodels.multivariate.factor import Factor

from clinic.core.psychometrics import Estimate

Matrix = NDArray[np.float64]

DECIMALS = 3
# Pingouin's name for ICC(2,1) of Shrout and Fleiss (1979): absolute agreement of single measurements.
ICC_2_1 = "ICC(A,1)"


def alpha(matrix: Matrix) -> float:
    """Return Cronbach's alpha; nan where an item has no variance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value, _interval = pingouin.cronbach_alpha(pd.DataFrame(matrix))
    return float(value)


def omega(matrix: Matrix) -> float:
    """Return McDonald's omega of the sum of the items: one factor, maximum likelihood; nan where none can be fitted."""
    deviations = matrix.std(axis=0, ddof=1)
    if not deviations.all():
        return float("nan")
    with warnings.catch_warnings():
        # A resample whose factor does not converge is left out of the interval, and needs no line of its own.
        warnings.simplefilter("ignore")
        fitted = Factor(None, n_factor=1, corr=np.corrcoef(matrix.T), nobs=len(matrix), method="ml").fit()
    # The factor is one of correlations; the sum that is scored is one of the items as they are.
    return omega_of(fitted.loadings[:, 0] * deviations, fitted.uniqueness * deviations**2)


def omega_of(loadings: Matrix, unique: Matrix) -> float:
    """Return omega from the loadings of one factor and the unique variances (McDonald 1999)."""
    common = float(loadings.sum()) ** 2
    return common / (common + float(unique.sum()))


def interval(matrix: Matrix, statistic: Callable[[Matrix], float], *, resamples: int, seed: int) -> Estimate | None:
    """Return a statistic with its percentile bootstrap interval over persons; None where it cannot be computed."""
    value = statistic(matrix)
    if not np.isfinite(value):
        return None
    rows = np.arange(len(matrix))

    def of(drawn: NDArray[np.int64]) -> float:
        return statistic(matrix[drawn])

    found = bootstrap(
        (rows,), of, n_resamples=resamples, vectorized=False, method="percentile", rng=np.random.default_rng(seed)
    )
    drawn = found.bootstrap_distribution
    low, high = np.nanpercentile(drawn, (2.5, 97.5)) if np.isfinite(drawn).any() else (np.nan, np.nan)
    return estimate(value, low, high)


def agreement(before: Matrix, after: Matrix) -> Estimate | None:
    """Return ICC(2,1) of a scale answered twice by the same people, with its interval by the F distribution."""
    wide = pd.DataFrame({"before": before, "after": after})
    return icc_2_1(wide)


def icc_2_1(wide: Any) -> Estimate | None:
    """Return ICC(2,1) of a frame with one row a target and one column a rater or occasion."""
    table = wide.rename_axis("target").reset_index().melt(id_vars="target")
    with warnings.catch_warnings():
        # Pingouin 0.7 uses an argument that pandas 3.1 means to take away.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = pingouin.intraclass_corr(table, targets="target", raters="variable", ratings="value")
    row = found.loc[found["Type"] == ICC_2_1].iloc[0]
    low, high = row["CI95"]
    return estimate(row["ICC"], low, high)


def estimate(value: float, low: float, high: float) -> Estimate | None:
    """Return rounded numbers, or None where any of them is none."""
    if not np.isfinite((value, low, high)).all():
        return None
    return Estimate(*(round(float(one), DECIMALS) for one in (value, low, high)))
