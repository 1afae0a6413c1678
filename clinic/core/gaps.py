"""Scores to the four gaps: each domain's level, and because of what (evidence.md, section 4, rule 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clinic.core.answers import AnswerSet
from clinic.core.instrument import NOT_APPLICABLE, Domain, Instrument, Scoring
from clinic.core.scoring import Score, Scores, mean_of_items, subtheme_burden

Level = Literal["none", "watch", "gap", "priority_gap"]

OPEN: frozenset[Level] = frozenset(("gap", "priority_gap"))


@dataclass(frozen=True, slots=True)
class Gap:
    """One domain's result; `level` None means that no rule could give one. `because` lists what made the level."""

    domain: str
    score: Score
    level: Level | None
    picked: bool
    because: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Tell whether this is a gap that asks for an idea and a wish: gap or priority gap."""
        return self.level in OPEN


def find_gaps(instrument: Instrument, given: AnswerSet, scores: Scores) -> dict[str, Gap]:
    """Return every domain's result, lifted by worst item, related answers and the patient's pick, in that order."""
    return {key: _lifted(instrument, domain, given, scores.burdens) for key, domain in instrument.domains.items()}


def wish_domains(instrument: Instrument, given: AnswerSet, burdens: Mapping[str, int | None]) -> tuple[str, ...]:
    """Return the domains whose wish is asked: at gap or above by the core items alone."""
    core = AnswerSet(answers=given.answers)
    return tuple(key for key, one in instrument.domains.items() if _lifted(instrument, one, core, burdens).open)


def cross_signals(
    instrument: Instrument, domain: Domain, given: AnswerSet, burdens: Mapping[str, int | None]
) -> list[str]:
    """Return the codes from outside the domain that point to it: ticked, and their own list due."""
    limit = instrument.scoring.cross_min_burden
    codes = [
        code
        for code in domain.cross
        if code in given.ticks and (subtheme_burden(instrument, burdens, code.partition(".")[0]) or 0) >= limit
    ]
    items = [
        f"{item.id}.{NOT_APPLICABLE}"
        for item in instrument.items.values()
        if item.na_cross == domain.id and given.answers.get(item.id) == NOT_APPLICABLE
    ]
    return codes + items


def _lifted(instrument: Instrument, domain: Domain, given: AnswerSet, burdens: Mapping[str, int | None]) -> Gap:
    rules = instrument.scoring
    skipped = {item for item in domain.items if given.answers.get(item) == NOT_APPLICABLE}
    score = mean_of_items(domain.items, burdens, skipped)
    level = _by_score(score, rules)
    because = [] if level is None else ["score"]

    worst = any(burdens[item] == rules.worst_burden for item in domain.items)
    if worst and level in (None, "none", "watch"):
        level = "gap"
        because.append("worst_item")

    if level in (None, "none"):
        crossing = cross_signals(instrument, domain, given, burdens)
        if crossing:
            level = "watch"
            because.append("cross:" + ",".join(crossing))

    picked = any(pick in domain.picks for pick in given.picks)
    if picked and level in (None, "none", "gap"):
        level = "priority_gap" if level == "gap" else "watch"
        because.append("pick")
    return Gap(domain.id, score, level, picked, tuple(because))


def _by_score(score: Score, rules: Scoring) -> Level | None:
    if score.value is None:
        return None
    if score.value >= rules.priority and score.answered >= rules.priority_min_answered:
        return "priority_gap"
    if score.value >= rules.gap:
        return "gap"
    return "watch" if score.value >= rules.watch else "none"
