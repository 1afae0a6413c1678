"""The path through the form: what is asked, in which order, and what an edit does to it."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from clinic.core.answers import AnswerSet, completion
from clinic.core.instrument import CHECKIN
from clinic.core.path import (
    CHECK,
    Draft,
    asked_lists,
    core_time,
    find,
    merged,
    next_step,
    part_of,
    previous_step,
    progress,
    questions,
    saved,
    screen_due,
    screen_left,
    steps,
)
from tests.core.strategies import INSTRUMENT, answer_sets

ALL_HARD = AnswerSet(
    answers={item.id: 4 if item.direction == "burden" else 0 for item in INSTRUMENT.items.values()},
)
MODES = ("triggered", "always", "off")
drafts = st.builds(
    Draft,
    given=answer_sets,
    left=st.frozensets(st.sampled_from(["START", "RESP", "P1", "P2", "P5", "EMO", "ACC", "COP", "PRI", "SAFE"])),
    checkin_mode=st.sampled_from(MODES),
    checkin_after=st.one_of(st.none(), st.sampled_from(["P5", "EMO", "SLF", "PRI", "TXT"])),
)


def walk(whole: AnswerSet, mode: str = "triggered") -> tuple[list[str], Draft]:
    """Fill the form page by page with what `whole` says; return the blocks in the order asked, and the draft."""
    draft = Draft(checkin_mode=mode)  # type: ignore[arg-type]
    asked: list[str] = []
    for _ in range(60):
        step = next_step(INSTRUMENT, draft)
        if step.kind == "check":
            return asked, draft
        asked += step.blocks
        draft = saved(INSTRUMENT, draft, step, part_of(INSTRUMENT, whole, step), left=True)
    raise AssertionError(f"the path does not end: {asked}")


@forall(drafts)
def test_the_path_asks_nothing_twice_and_never_more_than_the_cap(draft: Draft) -> None:
    asked = Counter(questions(INSTRUMENT, draft))

    assert max(asked.values()) == 1
    assert asked.total() <= INSTRUMENT.limits.hard_cap_questions


@settings(max_examples=60)
@forall(answer_sets, st.sampled_from(MODES))
def test_a_form_filled_in_one_go_asks_each_page_once_and_ends(whole: AnswerSet, mode: str) -> None:
    asked, draft = walk(whole, mode)

    assert max(Counter(asked).values()) == 1
    assert next_step(INSTRUMENT, draft).key == CHECK
    assert set(asked) == {block for step in steps(INSTRUMENT, draft) for block in step.blocks} - {CHECK}


@forall(drafts)
def test_the_path_depends_on_nothing_but_what_is_stored(draft: Draft) -> None:
    again = replace(draft, given=replace(draft.given, answers=dict(reversed(draft.given.answers.items()))))

    assert steps(INSTRUMENT, again) == steps(INSTRUMENT, draft)


@forall(drafts, answer_sets)
def test_saving_a_page_changes_what_the_page_asks_and_nothing_else(draft: Draft, other: AnswerSet) -> None:
    for step in steps(INSTRUMENT, draft):
        found = merged(INSTRUMENT, draft.given, step, part_of(INSTRUMENT, other, step))

        assert part_of(INSTRUMENT, found, step) == part_of(INSTRUMENT, other, step)
        for another in steps(INSTRUMENT, draft):
            if another != step:
                assert part_of(INSTRUMENT, found, another) == part_of(INSTRUMENT, draft.given, another)


def test_the_fewest_questions_are_25_and_the_most_are_40() -> None:
    fewest, _ = walk(AnswerSet(answers=dict.fromkeys(INSTRUMENT.items, 2)))
    easy = AnswerSet(answers={i.id: 0 if i.direction == "burden" else 4 for i in INSTRUMENT.items.values()})
    _, none_due = walk(easy)
    _, all_due = walk(ALL_HARD)

    assert fewest[:7] == ["START", "RESP", "P1", "P2", "P3", "P4", "P5"]
    assert len(questions(INSTRUMENT, none_due)) == 25
    assert len(questions(INSTRUMENT, all_due)) == INSTRUMENT.limits.hard_cap_questions == 40


def test_the_lists_that_may_hold_a_signal_come_first_and_ten_are_the_most() -> None:
    asked = asked_lists(INSTRUMENT, ALL_HARD)

    assert asked[:4] == ("EMO", "SLF", "PRG", "RCV")
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("answers", "ticks", "after"),
    [
        pytest.param({"RCV": 0}, frozenset(), "P5", id="no hope at all, on the page of good things"),
        pytest.param({"EMO": 3}, frozenset({"EMO.despair"}), "EMO", id="despair ticked in the first list"),
    ],
)
def test_the_check_in_stands_right_after_the_page_that_saved_the_first_signal(
    answers: dict[str, int], ticks: frozenset[str], after: str
) -> None:
    asked, _ = walk(AnswerSet(answers=answers, ticks=ticks))

    assert asked[asked.index(after) :].index(CHECKIN) in (1, 2)


def test_a_check_in_once_placed_stays_though_its_signal_and_its_list_are_gone() -> None:
    _, draft = walk(AnswerSet(answers={"EMO": 3}, ticks=frozenset({"EMO.despair"}), checkin="no"))
    page = find(INSTRUMENT, draft, "P1")
    assert page is not None
    edited = saved(INSTRUMENT, draft, page, AnswerSet(answers={"EMO": 0}), left=True)

    keys = [step.key for step in steps(INSTRUMENT, edited)]

    assert "EMO" not in keys
    assert CHECKIN in keys
    assert next_step(INSTRUMENT, edited).key == CHECK


def test_an_edit_goes_to_the_first_new_page_and_else_back_to_the_check() -> None:
    _, draft = walk(AnswerSet(answers={"EMO": 3, "SLF": 2}))
    page = find(INSTRUMENT, draft, "P2")
    assert page is not None

    same = saved(INSTRUMENT, draft, page, AnswerSet(answers={"ACC1": 1}), left=True)
    harder = saved(INSTRUMENT, draft, page, AnswerSet(answers={"ACC1": 3}), left=True)

    assert next_step(INSTRUMENT, same).key == CHECK
    assert next_step(INSTRUMENT, harder).key == "ACC"


def test_a_wish_that_an_edit_brings_is_asked_alone() -> None:
    _, draft = walk(AnswerSet(answers={"ADH1": 2, "ADH2": 2, "ADH3": 2}, wishes={"ADHERENCE": "now"}))
    page = find(INSTRUMENT, draft, "P2")
    assert page is not None
    edited = saved(INSTRUMENT, draft, page, AnswerSet(answers={"ACC1": 2, "ACC2": 2, "ALT": 2}), left=True)
    while (step := next_step(INSTRUMENT, edited)).kind == "lists":
        edited = saved(INSTRUMENT, edited, step, AnswerSet(), left=True)

    assert step.key == "WISH.ACCESSIBILITY"
    assert edited.given.wishes == {"ADHERENCE": "now"}


def test_going_back_saves_what_was_chosen_and_comes_again() -> None:
    draft = Draft(left=frozenset({"START", "RESP", "P1"}))
    page = next_step(INSTRUMENT, draft)
    back = saved(INSTRUMENT, draft, page, AnswerSet(answers={"ACC1": 3}), left=False)

    assert back.given.number("ACC1") == 3
    assert next_step(INSTRUMENT, back) == page
    assert previous_step(INSTRUMENT, back, page).key == "P1"


def test_an_answered_check_in_counts_as_left_whichever_button_was_pressed() -> None:
    draft = Draft(given=AnswerSet(answers={"RCV": 0}), checkin_after="P5", left=frozenset({"START", "RESP"}))
    step = find(INSTRUMENT, draft, CHECKIN)
    assert step is not None

    assert CHECKIN in saved(INSTRUMENT, draft, step, AnswerSet(checkin="yes_now"), left=False).left
    assert CHECKIN not in saved(INSTRUMENT, draft, step, AnswerSet(), left=False).left


def test_the_help_screen_is_due_once_for_each_level_reached_and_after_the_check_in() -> None:
    draft = Draft(given=AnswerSet(answers={"RCV": 0}), checkin_after="P5")
    assert screen_due(INSTRUMENT, draft) is None

    asked = replace(draft, given=replace(draft.given, checkin="no"), left=frozenset({CHECKIN}))
    assert screen_due(INSTRUMENT, asked) == "S1"

    seen = screen_left(INSTRUMENT, asked)
    assert screen_due(INSTRUMENT, seen) is None

    worse = replace(seen, given=replace(seen.given, texts={"TXT": "I want to die"}))
    assert screen_due(INSTRUMENT, worse) == "S2"


def test_progress_counts_pages_from_one_and_leaves_the_start_page_out() -> None:
    draft = Draft()
    path = steps(INSTRUMENT, draft)

    assert progress(INSTRUMENT, draft, path[0])[0] == 0
    assert progress(INSTRUMENT, draft, path[-1]) == (len(path) - 1, len(path) - 1)


def test_the_time_on_the_core_pages_is_told_once_all_of_them_have_been_left() -> None:
    draft = Draft()
    for page in INSTRUMENT.pages:
        step = find(INSTRUMENT, draft, page)
        assert step is not None
        assert core_time(INSTRUMENT, draft) is None
        draft = saved(INSTRUMENT, draft, step, AnswerSet(), left=True, seconds=8)

    assert core_time(INSTRUMENT, draft) == 40
    assert completion(INSTRUMENT, draft.given, 40).quality_notes == ("fast",)
    assert completion(INSTRUMENT, draft.given, 45).quality_notes == ()
    assert completion(INSTRUMENT, draft.given, None).quality_notes == ()
