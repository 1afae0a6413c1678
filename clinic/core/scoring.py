"""Answers to scores, in exact fractions: items to subthemes, themes and the overall index (evidence.md, section 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from clinic.core.answers import AnswerSet
from clinic.core.instrument import NOT_APPLICABLE, Instrument

State = Literal["ok", "partial", "insufficient", "not_applicable"]

STEP = 25
MAX_RAW = 4


@dataclass(frozen=True, slots=True)
class Score:
    """A mean of 0-100, higher = harder, with how many of its applicable parts it rests on; value None is no score."""

    state: State
    value: Fraction | None
    answered: int
    applicable: int

    @property
    def shown(self) -> int | None:
        """Return the whole number that is printed, rounded half up; None where there is no score."""
        return None if self.value is None else half_up(self.value)


@dataclass(frozen=True, slots=True)
class Scores:
    """Every score of one answer set, in the order of the instrument; `burdens` holds each item's 0-4 or None."""

    burdens: Mapping[str, int | None]
    subthemes: Mapping[str, Score]
    themes: Mapping[str, Score]
    overall: Score


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, halves upwards (62.5 -> 63)."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def decimals(value: Fraction, places: int = 3) -> float:
    """Return a value with a few decimals, halves upwards (1.5625 -> 1.563)."""
    scale: int = 10**places
    return half_up(value * scale) / scale


def score(instrument: Instrument, given: AnswerSet) -> Scores:
    """Return all scores of an answer set; what is missing stays None and is never counted as 0."""
    burdens = item_burdens(instrument, given)
    skipped = {item for item, raw in given.answers.items() if raw == NOT_APPLICABLE}
    subthemes = {key: mean_of_items(one.items, burdens, skipped) for key, one in instrument.subthemes.items()}
    themes = {key: _mean_of_scores([subthemes[sub] for sub in one.subthemes]) for key, one in instrument.themes.items()}
    overall = _mean_of_scores(tuple(subthemes.values()), instrument.scoring.min_valid_subthemes)
    return Scores(burdens, subthemes, themes, overall)


def item_burdens(instrument: Instrument, given: AnswerSet) -> dict[str, int | None]:
    """Return each item's burden 0-4 (positive items reversed), None where it has no number."""
    burdens: dict[str, int | None] = {}
    for key, item in instrument.items.items():
        raw = given.answers.get(key)
        if not isinstance(raw, int):
            burdens[key] = None
        else:
            burdens[key] = raw if item.direction == "burden" else MAX_RAW - raw
    return burdens


def mean_of_items(items: Iterable[str], burdens: Mapping[str, int | None], not_applicable: Iterable[str]) -> Score:
    """Return the mean burden of the answered items times 25.

    Exactly half of the applicable items is enough; fewer is insufficient (evidence.md, section 4).
    """
    applicable = [item for item in items if item not in not_applicable]
    answered = [b for item in applicable if (b := burdens[item]) is not None]
    state = _state(len(answered), len(applicable))
    enough = state in ("ok", "partial")
    value = Fraction(STEP * sum(answered), len(answered)) if enough else None
    return Score(state, value, len(answered), len(applicable))


def subtheme_burden(instrument: Instrument, burdens: Mapping[str, int | None], subtheme: str) -> int | None:
    """Return the highest burden among a subtheme's items, None where none was answered."""
    known = [b for item in instrument.subthemes[subtheme].items if (b := burdens[item]) is not None]
    return max(known, default=None)


def checklists_due(instrument: Instrument, burdens: Mapping[str, int | None]) -> tuple[str, ...]:
    """Return the subthemes whose list is due, in Table-1 order, uncapped; the strengths list is not among them."""
    limit = instrument.scoring.cross_min_burden
    return tuple(
        key
        for key in instrument.subthemes
        if key != instrument.strengths_list and (subtheme_burden(instrument, burdens, key) or 0) >= limit
    )


def also_high(instrument: Instrument, scores: Scores) -> tuple[str, ...]:
    """Return the subthemes outside the gap domains at or above the context threshold, highest first, at most three."""
    rules = instrument.scoring
    high = [
        (value, key)
        for key, one in instrument.subthemes.items()
        if one.domain is None and (value := scores.subthemes[key].value) is not None and value >= rules.also_high
    ]
    high.sort(key=lambda pair: -pair[0])
    return tuple(key for _, key in high[: rules.also_high_max])


def strengths(instrument: Instrument, given: AnswerSet, due: Sequence[str]) -> tuple[str, ...]:
    """Return what helps: positive items with a high raw value, then the strength codes ticked in lists that are due."""
    items = [
        item.id
        for item in instrument.positive_items
        if (given.number(item.id) or 0) >= instrument.scoring.strength_min_raw
    ]
    open_lists = {*due, instrument.strengths_list}
    ticked = [
        key
        for sub in instrument.subthemes
        if sub in open_lists
        for option in instrument.checklists[sub].options
        if option.valence == "strength" and (key := f"{sub}.{option.code}") in given.ticks
    ]
    return (*items, *ticked)


def _mean_of_scores(parts: Sequence[Score], at_least: int = 1) -> Score:
    applicable = [part for part in parts if part.state != "not_applicable"]
    values = [part.value for part in applicable if part.value is not None]
    state = _state(len(values), len(applicable))
    if state in ("ok", "partial") and len(values) < at_least:
        state = "insufficient"
    enough = state in ("ok", "partial")
    return Score(state, _mean(values) if enough else None, len(values), len(applicable))


def _mean(values: Sequence[Fraction]) -> Fraction:
    # One common denominator instead of a chain of additions: each addition of fractions would reduce anew.
    common = 1
    for value in values:
        if common % value.denominator:
            common *= value.denominator
    total = sum(value.numerator * (common // value.denominator) for value in values)
    return Fraction(total, common * len(values))


def _state(answered: int, applicable: int) -> State:
    if applicable == 0:
        return "not_applicable"
    if answered == 0 or 2 * answered < applicable:
        return "insufficient"
    return "ok" if answered == applicable else "partial"
