"""What a clinic's own forms say of the questionnaire itself: the sample, the report, and limits of change from it."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from math import ceil, sqrt
from typing import Any, Literal

from clinic.core.answers import Answer
from clinic.core.instrument import NOT_APPLICABLE, Instrument
from clinic.core.suppression import OUTSIDE, WIDTH

OVERALL = "OVERALL"
# How many patients a report needs, and each language of it: "excellent" by COSMIN (Terwee et al. 2012, Qual Life Res
# 21:651). One factor, and so omega, needs as many who answered every item (Terwee et al. 2007, J Clin Epidemiol 60:34).
LEAST_PATIENTS = 100
# How many complete answers alpha and a correlation need, and how many pairs a test-retest: "good" by COSMIN. Limits of
# change need the pairs and 100 patients besides (evidence.md, section 4).
LEAST_COMPLETE = 50
LEAST_PAIRS = 50
# A pair is two forms this many days apart, so that they are neither remembered nor changed.
PAIR_DAYS = (7, 21)
# A normal deviate leaves this much to chance on both sides: about 20 % for a possible change, 5 % for a clear one.
POSSIBLE, CLEAR = 1.2816, 1.96
# One byte an item: a burden of 0-4, or why there is none.
DOES_NOT_APPLY, NONE = 5, 6
# A share is rounded to the finest of these steps that holds at least five counts, the width that trends ask for.
STEPS = (0.01, 0.02, 0.05, 0.1, 0.25)
What = Literal["complete", "factor", "pairs", "language", "unread"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two forms of one patient: the scores of both by scale, as the sample's `scales`; nan where there is none."""

    language: str
    before: tuple[float, ...]
    after: tuple[float, ...]


# How many forms, by language and by what they have: one bit an item that was answered, or a scale with both scores.
Masks = defaultdict[str, Counter[int]]


def _masks() -> Masks:
    return defaultdict(Counter)


@dataclass
class Change:
    """What a sample has that the last report, of forms before `since`, had not, and what that one had instead.

    `came` and `gone` count forms, the others pairs.
    """

    since: date
    came: Masks = field(default_factory=_masks)
    gone: Masks = field(default_factory=_masks)
    came_pairs: Masks = field(default_factory=_masks)
    gone_pairs: Masks = field(default_factory=_masks)


@dataclass
class Sample:
    """The latest self-answered form of each patient: languages, coded answers, scores; and one pair of some.

    `answers` has one byte an item and form, `scores` one number a scale and form. `change` is what is new since the
    last report, None before the first one; `unread` counts the patients whose answers are not stored or damaged.
    """

    items: tuple[str, ...]
    scales: tuple[str, ...]
    languages: list[str] = field(default_factory=list)
    answers: bytearray = field(default_factory=bytearray)
    scores: "array[float]" = field(default_factory=lambda: array("d"))
    pairs: list[Pair] = field(default_factory=list)
    change: Change | None = None
    unread: int = 0

    def __len__(self) -> int:
        """Return the number of patients."""
        return len(self.languages)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ItemRead:
    """One item: shares with the lowest and highest burden of those who answered, shares without an answer, item-rest.

    A share is None where it rests on 1 to 10 people, or all but so few. `rest` is the correlation with the sum of the
    other items of its theme.
    """

    item: str
    floor: float | None
    ceiling: float | None
    missing: float | None
    not_applicable: float | None
    rest: float | None


@dataclass(frozen=True, slots=True)
class ThemeRead:
    """The internal consistency of one theme, over those who answered all its items; None where they are too few."""

    theme: str
    items: int
    alpha: Estimate | None
    omega: Estimate | None


@dataclass(frozen=True, slots=True)
class Retest:
    """One scale answered twice: ICC(2,1), the standard error of measurement and the smallest detectable change.

    `pairs` is None where it would tell of fewer than 11 people, and rounded down to tens below 50; `deviation` is that
    of the patients of the sample.
    """

    scale: str
    pairs: int | None
    deviation: float | None = None
    icc: Estimate | None = None
    error: float | None = None
    smallest: float | None = None


@dataclass(frozen=True, slots=True)
class GroupRead:
    """Everything about one language, or about all patients (language "")."""

    language: str
    patients: int
    items: tuple[ItemRead, ...]
    themes: tuple[ThemeRead, ...]
    retest: tuple[Retest, ...]


@dataclass(frozen=True, slots=True)
class Short:
    """Something that n is too small for: which part, whose (a theme, scale or language), and how many it needs."""

    what: What
    whose: str
    needs: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of change, in whole points of 100, for a new scoring version."""

    domain_possible: int
    domain_clear: int
    overall_possible: int
    overall_clear: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report; forms up to before `until` are in it. It holds nothing that may not be shown.

    `correlations` are Spearman's, of all pairs of `items`, as burdens: None where too few answered both.
    """

    instrument: str
    made_on: date
    until: date
    patients: int
    seed: int
    resamples: int
    groups: tuple[GroupRead, ...]
    items: tuple[str, ...]
    correlations: tuple[tuple[float | None, ...], ...]
    limits: Limits | None
    short: tuple[Short, ...]
    is_synthetic: bool = False


def coded(instrument: Instrument, answers: Mapping[str, Answer], burdens: Mapping[str, int | None]) -> bytes:
    """Return one form's items as one byte each."""
    missing = {key: DOES_NOT_APPLY for key, raw in answers.items() if raw == NOT_APPLICABLE}
    return bytes(missing.get(key, NONE) if (burden := burdens[key]) is None else burden for key in instrument.items)


def share(count: int, of: int, smallest: int = OUTSIDE) -> float | None:
    """Return a share, or None where it would tell of fewer than `smallest` people.

    It is rounded so that at least five counts give the same share: two reports then do not give the count between them.
    None and all stay exact.
    """
    if of < smallest or 0 < count < smallest or 0 < of - count < smallest:
        return None
    if count in (0, of):
        return float(count > 0)
    # The first and the last step take in what lies nearest to the counts that are hidden, so that they hold five too.
    edge = smallest + WIDTH - 1
    if of < 2 * edge:
        return None
    step = next(one for one in STEPS if one * of >= WIDTH)
    return round(round(min(max(count, edge), of - edge) / of / step) * step, 2)


def answered(codes: bytes) -> int:
    """Return one bit an item that has a burden, of a form's coded answers."""
    return sum(1 << place for place, code in enumerate(codes) if code < DOES_NOT_APPLY)


def standard_error(deviation: float, icc: float) -> float:
    """Return the standard error of measurement, SD x sqrt(1 - r); a reliability below 0 counts as 0."""
    return deviation * sqrt(1 - max(0.0, icc))


def smallest_change(error: float, deviate: float = CLEAR) -> float:
    """Return the change between two forms that noise alone exceeds as rarely as the normal deviate says."""
    return deviate * sqrt(2) * error


def limits(retests: tuple[Retest, ...]) -> Limits | None:
    """Return limits of change from a group's retest; None where any scale has too few pairs.

    All four gaps share one limit: that of the gap that is measured least exactly, rounded up, so that noise is called a
    change in none of them.
    """
    errors = {one.scale: one.error for one in retests if (one.pairs or 0) >= LEAST_PAIRS and one.error is not None}
    if len(errors) < len(retests) or OVERALL not in errors:
        return None
    overall = errors.pop(OVERALL)
    worst = max(errors.values())
    return Limits(
        domain_possible=_points(worst, POSSIBLE),
        domain_clear=_points(worst, CLEAR),
        overall_possible=_points(overall, POSSIBLE),
        overall_clear=_points(overall, CLEAR),
    )


def to_document(report: Report) -> dict[str, Any]:
    """Return a report as JSON-ready data, which `from_document` takes back unchanged."""
    return asdict(report) | {"made_on": report.made_on.isoformat(), "until": report.until.isoformat()}


def from_document(document: Mapping[str, Any]) -> Report:
    """Return the report of stored data."""
    return Report(
        **{
            **document,
            "made_on": date.fromisoformat(document["made_on"]),
            "until": date.fromisoformat(document["until"]),
            "groups": tuple(_group(one) for one in document["groups"]),
            "items": tuple(document["items"]),
            "correlations": tuple(tuple(row) for row in document["correlations"]),
            "limits": None if document["limits"] is None else Limits(**document["limits"]),
            "short": tuple(Short(**one) for one in document["short"]),
        }
    )


def _group(document: Mapping[str, Any]) -> GroupRead:
    return GroupRead(
        language=document["language"],
        patients=document["patients"],
        items=tuple(ItemRead(**one) for one in document["items"]),
        themes=tuple(
            ThemeRead(one["theme"], one["items"], _estimate(one["alpha"]), _estimate(one["omega"]))
            for one in document["themes"]
        ),
        retest=tuple(Retest(**{**one, "icc": _estimate(one["icc"])}) for one in document["retest"]),
    )


def _estimate(document: Mapping[str, float] | None) -> Estimate | None:
    return None if document is None else Estimate(**document)


def _points(error: float, deviate: float) -> int:
    # What is above a whole point only by the last digits of a float is that point.
    return ceil(round(smallest_change(error, deviate), 6))
