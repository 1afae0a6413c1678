"""What the rules promise for every possible answer set, not only for the worked ones."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given as forall
from hypothesis import strategies as st

from clinic.core import answers as answer_sets_module
from clinic.core.answers import AnswerSet
from clinic.core.change import OVERALL, compare
from clinic.core.gaps import find_gaps
from clinic.core.result import evaluate, to_json
from clinic.core.safety import LEVELS, judge
from clinic.core.scoring import item_burdens, score
from tests.core.strategies import INSTRUMENT, answer_sets, answers, checkins, picks, ticks

ORDER = ("none", "watch", "gap", "priority_gap")


def _numbers(given: AnswerSet) -> Any:
    found = to_json(evaluate(INSTRUMENT, given))
    domains = {key: one["score"] for key, one in found["domains"].items()}
    return found["subthemes"], found["themes"], found["overall"], domains


@forall(answer_sets, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_never_matters(given: AnswerSet, random: Any) -> None:
    keys = list(given.answers)
    random.shuffle(keys)
    shuffled = replace(given, answers={key: given.answers[key] for key in keys})

    assert to_json(evaluate(INSTRUMENT, shuffled)) == to_json(evaluate(INSTRUMENT, given))


@forall(answer_sets, st.sampled_from(sorted(INSTRUMENT.items)))
def test_more_burden_on_an_item_never_lowers_its_domain(given: AnswerSet, item: str) -> None:
    definition = INSTRUMENT.items[item]
    burden = item_burdens(INSTRUMENT, given)[item]
    if burden is None or burden == 4 or definition.domain is None:
        return
    harder = burden + 1 if definition.direction == "burden" else 4 - (burden + 1)
    raised = replace(given, answers={**given.answers, item: harder})

    before = find_gaps(INSTRUMENT, given, score(INSTRUMENT, given))[definition.domain].level
    after = find_gaps(INSTRUMENT, raised, score(INSTRUMENT, raised))[definition.domain].level

    assert before is None or (after is not None and ORDER.index(after) >= ORDER.index(before))


@forall(answer_sets, ticks)
def test_a_tick_never_changes_a_number(given: AnswerSet, others: frozenset[str]) -> None:
    assert _numbers(replace(given, ticks=others)) == _numbers(given)


@forall(answer_sets, picks)
def test_a_pick_never_changes_a_number(given: AnswerSet, others: tuple[str, ...]) -> None:
    assert _numbers(replace(given, picks=others)) == _numbers(given)


@forall(answer_sets, checkins)
def test_a_safety_answer_never_changes_a_score_or_a_level(given: AnswerSet, checkin: str | None) -> None:
    changed = to_json(evaluate(INSTRUMENT, replace(given, checkin=checkin)))
    before = to_json(evaluate(INSTRUMENT, given))
    for found in (changed, before):
        del found["safety_level"], found["alert"]

    assert changed == before


@forall(answer_sets, answers)
def test_no_core_item_but_the_one_on_hope_changes_the_safety_level(given: AnswerSet, others: dict[str, Any]) -> None:
    changed = replace(given, answers={**others, "RCV": given.answers["RCV"]})

    assert judge(INSTRUMENT, changed) == judge(INSTRUMENT, given)


@forall(answer_sets, st.sampled_from(sorted(INSTRUMENT.items)))
def test_a_missing_answer_is_never_counted_as_zero(given: AnswerSet, item: str) -> None:
    missing = replace(given, answers={**given.answers, item: None})
    scores = score(INSTRUMENT, missing)
    subtheme = INSTRUMENT.subthemes[INSTRUMENT.items[item].subtheme]
    known = [b for one in subtheme.items if (b := scores.burdens[one]) is not None]
    found = scores.subthemes[subtheme.id].value

    assert scores.burdens[item] is None
    assert found is None or found == Fraction(25 * sum(known), len(known))


@forall(answer_sets)
def test_every_score_lies_between_0_and_100_and_no_score_is_none(given: AnswerSet) -> None:
    scores = score(INSTRUMENT, given)
    for one in (*scores.subthemes.values(), *scores.themes.values(), scores.overall):
        assert (one.value is None) == (one.state in ("insufficient", "not_applicable"))
        assert one.value is None or 0 <= one.value <= 100


@forall(answer_sets, answer_sets)
def test_a_change_turned_round_points_the_other_way(first: AnswerSet, second: AnswerSet) -> None:
    opposite = {"higher": "lower", "lower": "higher"}
    there, back = compare(INSTRUMENT, first, second), compare(INSTRUMENT, second, first)
    for key in (*INSTRUMENT.domains, OVERALL):
        kind, _, direction = there[key].result.rpartition("_")
        expected = f"{kind}_{opposite[direction]}" if direction in opposite else there[key].result
        assert back[key].result == expected


@forall(answer_sets)
def test_a_stored_answer_set_reads_back_as_it_was(given: AnswerSet) -> None:
    read = answer_sets_module.read(INSTRUMENT, given.to_document())

    assert read == replace(given, answers={key: raw for key, raw in given.answers.items() if raw is not None})


@forall(answer_sets, st.sampled_from(sorted(INSTRUMENT.safety_ticks)))
def test_one_more_signal_never_lowers_the_safety_level(given: AnswerSet, tick: str) -> None:
    more = replace(given, ticks=given.ticks | {tick})

    assert LEVELS.index(judge(INSTRUMENT, more).level) >= LEVELS.index(judge(INSTRUMENT, given).level)
