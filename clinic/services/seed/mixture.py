"""Say how often each gap comes: it rises or falls over the years, has its season, and differs between groups."""

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import NamedTuple

from clinic.services.seed.pool import Features, Pool

# The usual share of each feature, and by how much its log odds change in a year: waits grow, stigma is talked about.
USUAL: Mapping[str, float] = {
    "accessibility": 0.27,
    "adherence": 0.24,
    "stigma": 0.26,
    "support": 0.20,
    "dly": 0.52,
    "acc": 0.24,
}
A_YEAR: Mapping[str, float] = {"accessibility": 0.22, "acc": 0.22, "adherence": -0.10, "stigma": -0.16, "support": 0.03}
# Dark months weigh on daily life, and a year's deductible begins in January.
DARK: Mapping[int, float] = {10: 0.2, 11: 0.5, 12: 0.8, 1: 0.9, 2: 0.6, 3: 0.2}
JANUARY: Mapping[int, float] = {1: 0.7, 2: 0.5, 3: 0.3}
SEASON: Mapping[str, Mapping[int, float]] = {
    "dly": DARK,
    "support": {month: 0.3 * weight for month, weight in DARK.items()},
    "accessibility": JANUARY,
    "acc": JANUARY,
}
# What differs between groups, in log odds: the second site lies further out, and not everybody finds their language.
SECOND_SITE: Mapping[str, float] = {"accessibility": 0.45, "acc": 0.45}
OTHER_LANGUAGE: Mapping[str, float] = {"accessibility": 0.35, "acc": 0.3, "stigma": 0.3, "support": 0.2}
ON_PAPER: Mapping[str, float] = {"accessibility": 0.25, "acc": 0.25}
HELPED: Mapping[str, float] = {"adherence": 0.35, "support": -0.4}
# So often are the shares of a mixture brought to what is due: the features of real answer sets hang together.
ROUNDS = 4
# Some people have more of everything than others.
LOADS = (-0.9, 0.0, 0.9)


class Who(NamedTuple):
    """What the mixture depends on: `month` counts from the first one of the seed, `load` is one of LOADS by place."""

    month: int
    calendar_month: int
    second_site: bool
    other_language: bool
    mode: str
    respondent: str
    load: int


@dataclass(frozen=True, slots=True)
class Dealt:
    """One entry of the pool by its place, and the stratum that it came from."""

    entry: int
    stratum: int


class Mixture:
    """Deals entries of a pool so that each feature has the share that is due."""

    def __init__(self, pool: Pool) -> None:
        """Make it of a pool."""
        self._features = tuple(pool.strata)
        self._places = tuple(pool.strata.values())
        self._with = {name: tuple(name in one for one in self._features) for name in USUAL}
        self._bounds = lru_cache(maxsize=None)(self._cumulative)

    def deal(self, random: Random, who: Who, before: int | None) -> Dealt:
        """Return an entry for a form; who had one `before` (its stratum) often has the same gaps again."""
        if before is not None and random.random() < 0.45:
            stratum = before
        else:
            bounds = self._bounds(who)
            stratum = min(bisect(bounds, random.random() * bounds[-1]), len(bounds) - 1)
        places = self._places[stratum]
        return Dealt(places[int(random.random() * len(places))], stratum)

    def _cumulative(self, who: Who) -> Sequence[float]:
        shares = {name: share(name, who) for name in USUAL}
        weights = [_weight(one, shares) for one in self._features]
        for _ in range(ROUNDS):
            for name, due in shares.items():
                whole = sum(weights)
                has = sum(one for one, with_it in zip(weights, self._with[name], strict=True) if with_it)
                if 0 < has < whole:
                    more, less = due / (has / whole), (1 - due) / (1 - has / whole)
                    weights = [
                        one * (more if with_it else less)
                        for one, with_it in zip(weights, self._with[name], strict=True)
                    ]
        return list(accumulate(weights))


def share(feature: str, who: Who) -> float:
    """Return how likely a form of somebody has a feature."""
    odds = math.log(USUAL[feature] / (1 - USUAL[feature]))
    odds += A_YEAR.get(feature, 0.0) * (who.month / 12 - 2.5)
    odds += SEASON.get(feature, {}).get(who.calendar_month, 0.0)
    odds += SECOND_SITE.get(feature, 0.0) * who.second_site
    odds += OTHER_LANGUAGE.get(feature, 0.0) * who.other_language
    odds += ON_PAPER.get(feature, 0.0) * (who.mode == "paper")
    odds += HELPED.get(feature, 0.0) * (who.respondent == "helped")
    return 1 / (1 + math.exp(-odds - LOADS[who.load]))


def _weight(features: Features, shares: Mapping[str, float]) -> float:
    return math.prod(one if name in features else 1 - one for name, one in shares.items())
