"""Scores as the plain columns that trends are recounted from."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from clinic.core.answers import AnswerSet
from clinic.core.result import Result
from clinic.core.safety import SafetyLevel

TWELFTHS = 12


def score_row(assessment_id: int, result: Result, given: AnswerSet, safety_level: SafetyLevel) -> dict[str, Any]:
    """Return the score row of one assessment.

    Scores are in twelfths of a point, which hold every mean of up to four items exactly; None is no score.
    `safety_level` is the highest that the answers or an alert have reached.
    """
    row: dict[str, Any] = {"assessment_id": assessment_id, "safety_level": safety_level}
    for subtheme, score in result.scores.subthemes.items():
        row[subtheme.lower()] = twelfths(score.value)
    for key, gap in result.gaps.items():
        domain = key.lower()
        row[f"{domain}_level"] = gap.level or gap.score.state
        row[f"{domain}_score"] = twelfths(gap.score.value)
        row[f"{domain}_wish"] = given.wishes.get(key)
    return row


def completion_columns(result: Result) -> Mapping[str, Any]:
    """Return what the assessment's own row tells of its completeness; the overall index is rounded half up."""
    return {
        "completion": result.completion.state,
        "responded": result.completion.responded,
        "overall_twelfths": twelfths(result.scores.overall.value),
    }


def twelfths(value: Fraction | None) -> int | None:
    """Return a score in twelfths of a point, half up; None stays None."""
    if value is None:
        return None
    # In whole numbers, since a product of fractions would be reduced first: it is the same to the last digit.
    return (2 * TWELFTHS * value.numerator + value.denominator) // (2 * value.denominator)
