"""One sample to one report: what may be said of items, themes and repeated forms, and what n is too small for."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import pearsonr

from clinic.analysis import reliability
from clinic.core.instrument import Instrument
from clinic.core.psychometrics import (
    DOES_NOT_APPLY,
    LEAST_COMPLETE,
    LEAST_PAIRS,
    LEAST_PATIENTS,
    Estimate,
    GroupRead,
    ItemRead,
    Pair,
    Report,
    Retest,
    Sample,
    Short,
    ThemeRead,
    limits,
    share,
    smallest_change,
    standard_error,
)
from clinic.core.scoring import MAX_RAW
from clinic.core.suppression import OUTSIDE

SHARES = ("floor", "ceiling", "missing", "not_applicable")
Codes = NDArray[np.uint8]
Chosen = NDArray[np.bool_]


class Reader:
    """Reads one sample; `short` gathers what n was too small for."""

    def __init__(self, instrument: Instrument, sample: Sample, *, seed: int, resamples: int) -> None:
        """Take the sample apart into arrays."""
        self._instrument = instrument
        self._sample = sample
        self._seed, self._resamples = seed, resamples
        self._place = {item: number for number, item in enumerate(sample.items)}
        codes = np.frombuffer(sample.answers, dtype=np.uint8).reshape(len(sample), len(sample.items))
        self._codes: Codes = codes
        self._scores = np.array(sample.scores, dtype=float).reshape(len(sample), len(sample.scales))
        self._languages = np.array(sample.languages)
        self._of_theme = {
            key: [item for sub in theme.subthemes for item in instrument.subthemes[sub].items]
            for key, theme in instrument.themes.items()
        }
        self.short: list[Short] = []

    def report(self, *, made_on: date, until: date, is_synthetic: bool) -> Report:
        """Return the report of a sample of at least 100 patients."""
        sample = self._sample
        whole = self._group("", np.ones(len(sample), dtype=bool), sample.pairs)
        groups = [whole, *self._by_language(whole)]
        if sample.unread >= OUTSIDE:
            self.short.append(Short("unread", "", 0))
        return Report(
            instrument=self._instrument.key,
            made_on=made_on,
            until=until,
            patients=len(sample),
            seed=self._seed,
            resamples=self._resamples,
            groups=tuple(groups),
            items=sample.items,
            correlations=self._correlations(),
            limits=limits(whole.retest),
            short=tuple(self.short),
            is_synthetic=is_synthetic,
        )

    def _by_language(self, whole: GroupRead) -> Iterator[GroupRead]:
        """Yield each language with enough patients, unless the difference to the whole would tell of a few."""
        counts = {str(one): int((self._languages == one).sum()) for one in np.unique(self._languages)}
        if len(counts) < 2:
            return
        large = [one for one, count in counts.items() if count >= LEAST_PATIENTS]
        if 0 < len(self._sample) - sum(counts[one] for one in large) < OUTSIDE and large:
            large.remove(min(large, key=lambda one: counts[one]))
        # A language of a few is not even named.
        named = [one for one, count in counts.items() if count >= OUTSIDE and one not in large]
        self.short += [Short("language", one, LEAST_PATIENTS) for one in named]
        found = [
            self._group(one, self._languages == one, [pair for pair in self._sample.pairs if pair.language == one])
            for one in large
        ]
        others = ~np.isin(self._languages, large)
        rest = [self._items(others)] if others.any() else []
        alike = _alike(found, [whole.items, *(one.items for one in found), *rest])
        yield from self._without_few(list(alike))

    def _without_few(self, groups: Sequence[GroupRead]) -> Iterator[GroupRead]:
        """Yield the languages without what all patients would show of 1 to 10 people once these are taken away."""
        every = self._complete(np.ones(len(self._sample), dtype=bool))
        complete = {one.language: self._complete(self._languages == one.language) for one in groups}
        left = {
            theme: len(matrix) - sum(len(one[theme]) for one in complete.values() if len(one[theme]) >= LEAST_COMPLETE)
            for theme, matrix in every.items()
        }
        themes = {theme for theme, count in left.items() if 0 < count < OUTSIDE}
        items = {item for theme in themes for item in self._of_theme[theme]}
        scales = set()
        for number, scale in enumerate(self._sample.scales):
            shown = {one.language for one in groups if one.retest[number].icc}
            others = [pair for pair in self._sample.pairs if pair.language not in shown]
            if shown and 0 < len(_twice(others, number)) < OUTSIDE:
                scales.add(scale)
        for group in groups:
            yield replace(
                group,
                items=tuple(replace(one, rest=None) if one.item in items else one for one in group.items),
                themes=tuple(
                    replace(one, alpha=None, omega=None) if one.theme in themes else one for one in group.themes
                ),
                retest=tuple(Retest(one.scale, None) if one.scale in scales else one for one in group.retest),
            )

    def _group(self, language: str, chosen: Chosen, pairs: Sequence[Pair]) -> GroupRead:
        return GroupRead(
            language=language,
            patients=int(chosen.sum()),
            items=self._items(chosen),
            themes=tuple(self._theme(language, key, matrix) for key, matrix in self._complete(chosen).items()),
            retest=tuple(self._retest(language, chosen, number, pairs) for number in range(len(self._sample.scales))),
        )

    def _items(self, chosen: Chosen) -> tuple[ItemRead, ...]:
        complete = self._complete(chosen)
        theme_of = {item: key for key, items in self._of_theme.items() for item in items}
        return tuple(
            self._item(self._codes[chosen, number], item, self._of_theme[theme_of[item]], complete[theme_of[item]])
            for item, number in self._place.items()
        )

    def _item(self, codes: Codes, item: str, theme: Sequence[str], complete: reliability.Matrix) -> ItemRead:
        answered = codes[codes <= MAX_RAW]
        rest = None
        if len(complete) >= LEAST_COMPLETE:
            own = complete[:, theme.index(item)]
            others = complete.sum(axis=1) - own
            if own.std() and others.std():
                rest = round(float(pearsonr(own, others).statistic), 2)
        return ItemRead(
            item=item,
            floor=share(int((answered == 0).sum()), len(answered)),
            ceiling=share(int((answered == MAX_RAW).sum()), len(answered)),
            missing=share(int((codes > DOES_NOT_APPLY).sum()), len(codes)),
            not_applicable=share(int((codes == DOES_NOT_APPLY).sum()), len(codes)),
            rest=rest,
        )

    def _theme(self, language: str, theme: str, matrix: reliability.Matrix) -> ThemeRead:
        alpha, omega = None, None
        whose = f"{language}:{theme}" if language else theme
        if len(matrix) >= LEAST_COMPLETE:
            alpha = self._interval(matrix, reliability.alpha)
        else:
            self.short.append(Short("complete", whose, LEAST_COMPLETE))
        if len(matrix) >= LEAST_PATIENTS:
            omega = self._interval(matrix, reliability.omega)
        else:
            self.short.append(Short("factor", whose, LEAST_PATIENTS))
        return ThemeRead(theme, matrix.shape[1], alpha, omega)

    def _interval(
        self, matrix: reliability.Matrix, statistic: Callable[[reliability.Matrix], float]
    ) -> Estimate | None:
        return _two(reliability.interval(matrix, statistic, resamples=self._resamples, seed=self._seed))

    def _retest(self, language: str, chosen: Chosen, number: int, pairs: Sequence[Pair]) -> Retest:
        scale = self._sample.scales[number]
        twice = _twice(pairs, number)
        count = _count(len(twice))
        once = self._scores[chosen, number]
        once = once[np.isfinite(once)]
        if len(twice) < LEAST_PAIRS or len(once) < LEAST_PATIENTS:
            self.short.append(Short("pairs", f"{language}:{scale}" if language else scale, LEAST_PAIRS))
            return Retest(scale, count)
        deviation = float(once.std(ddof=1))
        icc = reliability.agreement(twice[:, 0], twice[:, 1])
        if icc is None:
            return Retest(scale, count, round(deviation, 1))
        error = standard_error(deviation, icc.value)
        return Retest(scale, count, round(deviation, 1), _two(icc), round(error, 1), round(smallest_change(error), 1))

    def _complete(self, chosen: Chosen) -> dict[str, reliability.Matrix]:
        """Return the burdens of each theme's items, of those who answered them all."""
        columns = {
            key: self._codes[chosen][:, [self._place[item] for item in items]] for key, items in self._of_theme.items()
        }
        return {key: one[(one <= MAX_RAW).all(axis=1)].astype(float) for key, one in columns.items()}

    def _correlations(self) -> tuple[tuple[float | None, ...], ...]:
        burdens = np.where(self._codes <= MAX_RAW, self._codes.astype(float), np.nan)
        table = pd.DataFrame(burdens).corr(method="spearman", min_periods=LEAST_COMPLETE).to_numpy()
        return tuple(tuple(None if np.isnan(one) else round(float(one), 2) for one in row) for row in table)


def report(
    instrument: Instrument,
    sample: Sample,
    *,
    made_on: date,
    until: date,
    seed: int,
    resamples: int,
    is_synthetic: bool = False,
) -> Report:
    """Return the report of a sample; the same seed gives the same intervals."""
    reader = Reader(instrument, sample, seed=seed, resamples=resamples)
    return reader.report(made_on=made_on, until=until, is_synthetic=is_synthetic)


def _count(pairs: int) -> int | None:
    """Return a number of pairs: None for a few, in whole tens below what a retest needs."""
    if 0 < pairs < OUTSIDE:
        return None
    return pairs if pairs >= LEAST_PAIRS else pairs // 10 * 10


def _two(one: Estimate | None) -> Estimate | None:
    """Return an estimate with two decimals, as more would tell of single people."""
    return None if one is None else Estimate(round(one.value, 2), round(one.low, 2), round(one.high, 2))


def _twice(pairs: Sequence[Pair], number: int) -> reliability.Matrix:
    """Return the scores of one scale of everybody who has it on both forms."""
    found = np.array([(one.before[number], one.after[number]) for one in pairs], dtype=float).reshape(-1, 2)
    whole: reliability.Matrix = found[np.isfinite(found).all(axis=1)]
    return whole


def _alike(groups: Sequence[GroupRead], every: Sequence[Sequence[ItemRead]]) -> Iterator[GroupRead]:
    """Hide a share in every language where it is hidden in any part: nothing is left to be worked out."""
    hidden = {(one.item, name) for items in every for one in items for name in SHARES if getattr(one, name) is None}
    for group in groups:
        items = tuple(_without(one, {name for name in SHARES if (one.item, name) in hidden}) for one in group.items)
        yield replace(group, items=items)


def _without(item: ItemRead, hidden: AbstractSet[str]) -> ItemRead:
    floor, ceiling, missing, not_applicable = (None if one in hidden else getattr(item, one) for one in SHARES)
    return replace(item, floor=floor, ceiling=ceiling, missing=missing, not_applicable=not_applicable)
