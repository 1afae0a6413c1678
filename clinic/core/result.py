"""Everything the rules say of one answer set, in one frozen object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.core.answers import AnswerSet, Completion, completion
from clinic.core.gaps import Gap, find_gaps
from clinic.core.instrument import Instrument
from clinic.core.safety import Safety, judge
from clinic.core.scoring import Score, Scores, also_high, checklists_due, decimals, score, strengths


@dataclass(frozen=True, slots=True)
class Result:
    """The scored answer set: completion, scores, gaps, what else is high, what helps, lists due and safety."""

    completion: Completion
    scores: Scores
    gaps: Mapping[str, Gap]
    also_high: tuple[str, ...]
    strengths: tuple[str, ...]
    checklists_due: tuple[str, ...]
    safety: Safety
    alert: bool


def evaluate(instrument: Instrument, given: AnswerSet, core_seconds: int | None = None) -> Result:
    """Return everything the rules say of an answer set; see each rule's own module for its source."""
    scores = score(instrument, given)
    due = checklists_due(instrument, scores.burdens)
    safety = judge(instrument, given)
    return Result(
        completion=completion(instrument, given, core_seconds),
        scores=scores,
        gaps=find_gaps(instrument, given, scores),
        also_high=also_high(instrument, scores),
        strengths=strengths(instrument, given, due),
        checklists_due=due,
        safety=safety,
        alert=safety.level in instrument.safety.alert_on,
    )


def to_json(result: Result) -> dict[str, Any]:
    """Return a result as JSON-ready data, in the order and form that `clinic score` prints."""
    return {
        "completion": result.completion.state,
        "quality_notes": list(result.completion.quality_notes),
        "context_notes": list(result.completion.context_notes),
        "subthemes": {key: _scored(one) for key, one in result.scores.subthemes.items()},
        "themes": {key: _scored(one) for key, one in result.scores.themes.items()},
        "overall": _scored(result.scores.overall),
        "domains": {key: _gap(one) for key, one in result.gaps.items()},
        "also_high": list(result.also_high),
        "strengths": list(result.strengths),
        "checklists_due": list(result.checklists_due),
        "safety_level": result.safety.level,
        "alert": result.alert,
    }


def _number(score: Score) -> dict[str, Any] | None:
    if score.value is None:
        return None
    return {"exact": str(score.value), "value": decimals(score.value), "shown": score.shown}


def _scored(score: Score) -> dict[str, Any]:
    return {"state": score.state, "score": _number(score)}


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "state": gap.score.state,
        "answered": gap.score.answered,
        "applicable": gap.score.applicable,
        "score": _number(gap.score),
        "level": gap.level,
        "picked": gap.picked,
        "because": list(gap.because),
    }
