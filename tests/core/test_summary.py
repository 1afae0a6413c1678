"""The one page as lines: what it says for each kind of answer set, in English and in Spanish."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from clinic.core.answers import AnswerSet
from clinic.core.instrument import OWN_WORDS
from clinic.core.occasion import AgreedBefore, AgreedToday, AlertNote, Earlier, Occasion
from clinic.core.page import GapBox, Page, lines, plain_text
from clinic.core.summary import build
from clinic.instruments.frame import frame, languages
from tests.core.strategies import INSTRUMENT, answer_sets

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OCCASION = Occasion(
    printed_at=AT,
    printed_by="A. Novak",
    name="Maria Keller",
    born_on=date(1979, 8, 14),
    record_number="4410-882",
    visit_at=AT,
    clinician="Dr A. Novak",
    filled_at=AT,
    mode="web",
)
HARD = AnswerSet(answers={"ACC1": 3, "ACC2": 3, "ALT": 2, "ADH1": 1, "ADH2": 1, "ADH3": 1, "MED": 3}, respondent="self")
occasions = st.builds(
    Occasion,
    printed_at=st.just(AT),
    name=st.one_of(st.none(), st.text(max_size=40)),
    earlier=st.one_of(st.none(), st.builds(Earlier, given=answer_sets, filled_on=st.just(date(2026, 2, 20)))),
    alerts=st.lists(
        st.builds(AlertNote, level=st.sampled_from(["S2", "S3"]), waiting=st.booleans(), opened_at=st.just(AT)),
        max_size=2,
    ).map(tuple),
)


def page(given: AnswerSet, occasion: Occasion = OCCASION, language: str = "en") -> Page:
    return build(INSTRUMENT, frame(language), language, given, occasion)


def box(given: AnswerSet, domain: str, occasion: Occasion = OCCASION) -> GapBox:
    return next(one for one in page(given, occasion).gaps.boxes if one.id == domain)


def fact(found: GapBox, label: str) -> str:
    return next(plain_text(text) for name, text in found.facts if name == label)


@settings(max_examples=60)
@forall(answer_sets, occasions, st.sampled_from(languages()))
def test_a_page_can_be_built_for_every_answer_set_and_has_no_empty_place(
    given: AnswerSet, occasion: Occasion, language: str
) -> None:
    found = list(lines(page(given, occasion, language)))

    assert all("{" not in line for line in found if "{" not in (occasion.name or ""))
    assert len(found) > 80


def test_both_languages_have_the_same_frame_words_and_places() -> None:
    english, spanish = frame("en"), frame("es")

    assert list(english) == list(spanish)


def test_a_level_is_said_with_its_score_its_reasons_and_the_wish() -> None:
    found = box(replace(HARD, picks=("ACC",), wishes={"ACCESSIBILITY": "now"}), "ACCESSIBILITY")

    assert found.level == "priority_gap"
    assert found.level_word == "Priority gap"
    assert found.score_text == "67 of 100, higher = harder"
    expected = "Score 50 to 74; hardest: cost or insurance, “Quite a bit” (+1); patient’s pick."
    assert fact(found, "Because") == expected
    assert fact(found, "Help") == "Yes, at my visit"


def test_the_hardest_answer_is_named_where_it_is_at_the_very_end_of_the_scale() -> None:
    found = box(AnswerSet(answers={"SUP1": 0, "SUP2": 4, "REL": 4}), "SUPPORT")

    assert found.level == "gap"
    assert fact(found, "Because") == "Score 25 to 49; hardest: family or close people, “Not at all”."


def test_ticks_are_cut_to_three_and_the_rest_is_counted() -> None:
    ticks = frozenset(f"ACC.{code}" for code in ("insurance_issues", "cost_barriers", "waiting_times", "x_travel"))
    found = box(replace(HARD, ticks=ticks), "ACCESSIBILITY")

    assert found.ticks == ("Insurance problems", "The cost of care or medicine", "Waiting too long")
    assert found.more_ticks == "+1 on screen"
    assert len(found.why.ticked) == 4


def test_own_subthemes_come_before_codes_from_elsewhere_and_needs_are_said_as_wishes() -> None:
    given = replace(
        HARD,
        answers={**HARD.answers, "EXT": 3},
        ticks=frozenset({"EXT.financial_issues", "ALT.exercise", "ACC.waiting_times"}),
    )

    assert box(given, "ACCESSIBILITY").ticks == ("Waiting too long", "Wants: exercise", "Money")


def test_a_tick_whose_list_is_no_longer_due_is_not_printed() -> None:
    given = AnswerSet(answers={"ACC1": 0, "ACC2": 1, "ALT": 4}, ticks=frozenset({"ACC.waiting_times"}))

    assert box(given, "ACCESSIBILITY").ticks == ()


def test_the_two_ideas_answer_what_was_ticked_first() -> None:
    found = box(replace(HARD, ticks=frozenset({"ACC.waiting_times"})), "ACCESSIBILITY")

    assert found.ideas[0].startswith("If a specialist is far away or booked up")
    assert found.ideas[1].startswith("Ask which one thing blocked care")
    assert len(found.why.ideas) == 3


def test_a_gap_that_is_none_or_watch_prints_no_idea() -> None:
    assert box(HARD, "ADHERENCE").level == "watch"
    assert box(HARD, "ADHERENCE").ideas == ()


def test_change_names_the_day_and_the_score_then() -> None:
    before = AnswerSet(answers={"ACC1": 1, "ACC2": 1, "ALT": 1, "ADH1": 1, "ADH2": 1, "ADH3": 1})
    occasion = replace(OCCASION, earlier=Earlier(before, date(2025, 9, 9)))

    assert fact(box(HARD, "ACCESSIBILITY", occasion), "Change") == "Clear change: harder than on 9 Sep (then 25)"
    assert fact(box(HARD, "ADHERENCE", occasion), "Change") == "No clear change since 9 Sep"
    assert fact(box(HARD, "STIGMA", occasion), "Change") == "Not comparable: fewer than 2 answers in common"
    assert page(HARD, occasion).gaps.note == "Compared with 9 Sep, 174 days before."


def test_change_on_fewer_questions_gives_both_scores_on_the_same_questions() -> None:
    before = AnswerSet(answers={"ACC1": 4, "ACC2": 4, "ALT": "NA"})
    after = AnswerSet(answers={"ACC1": 2, "ACC2": 2, "ALT": 4})
    occasion = replace(OCCASION, earlier=Earlier(before, date(2026, 2, 20)))
    found = box(after, "ACCESSIBILITY", occasion)

    assert found.score == 67
    assert found.before is None
    expected = "Clear change: easier than on 20 Feb (100 then, 50 now, on the same questions)"
    assert fact(found, "Change") == expected
    assert page(after, occasion).gaps.note == "10 days since 20 Feb: the two past months overlap."


def test_a_form_of_another_kind_is_named_and_not_compared() -> None:
    occasion = replace(OCCASION, other_kind_on=date(2025, 9, 9))

    assert page(HARD, occasion).gaps.note == "Not compared with 9 Sep: that form was answered by someone else."
    assert fact(box(HARD, "STIGMA", occasion), "Change") == "Not comparable"


def test_own_words_are_cut_at_a_word_with_a_mark_that_says_how_much_there_is() -> None:
    words = page(AnswerSet(texts={OWN_WORDS: "word " * 200})).matters.words

    assert words is not None
    assert words.shown.endswith("word …")
    assert words.mark == "[cut: 299 of 999 characters; the rest is on screen]"
    assert len(words.whole) == 999


def test_short_own_words_stand_whole_between_quotation_marks() -> None:
    words = page(AnswerSet(texts={OWN_WORDS: " I sleep badly. "})).matters.words

    assert words is not None
    assert (words.shown, words.mark) == ("“I sleep badly.”", None)


def test_the_strip_is_there_without_a_signal_and_promises_nothing() -> None:
    strip = page(AnswerSet()).safety

    assert (strip.title, strip.lead) == ("No safety signal in these answers.", "This does not mean no risk.")
    assert strip.details == ()


def test_the_strip_shows_the_highest_level_ever_reached_and_what_the_answer_was_changed_to() -> None:
    alert = AlertNote("S3", waiting=False, opened_at=AT, changes=(("no", AT),))
    strip = page(AnswerSet(checkin="no"), replace(OCCASION, alerts=(alert,))).safety
    told = " ".join(map(plain_text, strip.details))

    assert strip.level == "S3"
    assert "Alert open since 2 Mar, 9:30 am. Later changed to “No”, 2 Mar, 9:30 am." in told
    assert "the present answers are at S0" in told


def test_the_strip_names_every_signal_and_never_the_own_words_themselves() -> None:
    given = AnswerSet(
        answers={"RCV": 0}, ticks=frozenset({"EMO.despair"}), texts={"TXT": "I want to die"}, checkin="no"
    )
    told = " ".join(map(plain_text, page(given).safety.details))

    assert "“Deep despair” · hope of getting better: “Not at all” · own words that may name self-harm" in told


def test_a_proxy_form_says_so_in_every_place_that_speaks_of_the_patient() -> None:
    found = page(replace(HARD, respondent="proxy", checkin="yes_now"))

    assert any(one.loud and one.value == "Someone else" for one in found.header.facts)
    assert found.footer.disclaimer.startswith("As reported by someone else")
    assert found.matters.title == "What matters most, as told by the person answering"
    assert "Yes, I am worried today" in plain_text(found.safety.details[0])


@pytest.mark.parametrize(("respondent", "words"), [(None, "Not stated"), ("helped", "The patient, with help")])
def test_who_answered_is_said_as_it_was_said(respondent: str | None, words: str) -> None:
    found = page(replace(HARD, respondent=respondent))

    assert next(one.value for one in found.header.facts if one.label == "Answered by") == words


def test_notes_on_quality_and_context_stand_in_the_header() -> None:
    nothing = AnswerSet(answers=dict.fromkeys(INSTRUMENT.items, "NA"))

    assert page(nothing).header.notes == (
        'Note: many questions marked "does not apply".',
        "Says treatment steps do not apply: ask whether treatment has stopped.",
    )


def test_what_was_agreed_last_time_opens_with_what_came_of_it() -> None:
    evening, walk, form = "Take the tablet in the evening", "A walk on two days", "The form for the insurer"
    agreed = (AgreedBefore(evening, "patient", "yes", 1), AgreedBefore(walk, "family", "no"), AgreedBefore(form))
    found = page(HARD, replace(OCCASION, agreed_before=agreed, agreed_before_on=date(2025, 9, 9))).matters

    assert found.last_label == "Agreed last time, 9 Sep 2025"
    assert [plain_text(one) for one in found.last] == [
        "Done, helped a little: Take the tablet in the evening (patient)",
        "Not done: A walk on two days (family or friends)",
        "No answer: The form for the insurer",
    ]


def test_what_was_agreed_today_stands_in_three_rows_and_the_rest_stays_for_a_pen() -> None:
    agreed = (AgreedToday("A walk", "patient", date(2025, 12, 4)), AgreedToday("The form"))
    assert page(HARD, replace(OCCASION, agreed_today=agreed)).agreed.rows == (
        ("A walk", "Patient", "4 Dec 2025"),
        ("The form", "", "next visit"),
        ("", "", ""),
    )
    four = page(HARD, replace(OCCASION, agreed_today=(AgreedToday("One more"),) * 4)).agreed
    assert len(four.rows) == 3


def test_a_form_that_was_not_sent_is_told_apart_from_one_with_answers_missing() -> None:
    sent, closed = page(HARD).header, page(HARD, replace(OCCASION, is_sent=False)).header

    assert [fact.value for fact in sent.facts] == [fact.value for fact in closed.facts]
    assert (sent.facts[0].label, closed.facts[0].label) == ("Filled in", "Last saved")
    assert (sent.notes, len(closed.notes)) == ((), 1)
    assert closed.notes[0].startswith("Not sent")


def test_the_draft_status_of_a_translation_is_printed() -> None:
    assert "Español: borrador sin revisar" in page(HARD, language="es").footer.printed
