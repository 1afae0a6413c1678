"""The safety level, and the phrases that own words are read for."""

import pytest

from clinic.core.answers import AnswerSet
from clinic.core.safety import judge, matches, plain
from tests.core.strategies import INSTRUMENT

DESPAIR = frozenset({"EMO.despair"})


@pytest.mark.parametrize(
    ("given", "level"),
    [
        (AnswerSet(), "S0"),
        (AnswerSet(checkin="no"), "S0"),
        (AnswerSet(checkin="PNA"), "S1"),
        (AnswerSet(ticks=DESPAIR, checkin="no"), "S1"),
        (AnswerSet(answers={"RCV": 0}, checkin="no"), "S1"),
        (AnswerSet(answers={"RCV": 1}), "S0"),
        (AnswerSet(ticks=DESPAIR), "S2"),
        (AnswerSet(ticks=DESPAIR, checkin="PNA"), "S2"),
        (AnswerSet(checkin="yes_past"), "S2"),
        (AnswerSet(texts={"TXT": "I want to die"}, checkin="no"), "S2"),
        (AnswerSet(texts={"ACC": "no quiero vivir"}, checkin="no"), "S2"),
        (AnswerSet(checkin="yes_now"), "S3"),
        (AnswerSet(ticks=DESPAIR, texts={"TXT": "suicide"}, checkin="yes_now"), "S3"),
    ],
)
def test_the_first_rule_that_matches_gives_the_level(given: AnswerSet, level: str) -> None:
    assert judge(INSTRUMENT, given).level == level


@pytest.mark.parametrize(
    "words",
    [
        "I WANT TO DIE",
        "sometimes i wish i was dead.",
        "I don't want to live",
        "I don’t want to live",
        "I don´t want to live",
        "I don`t want to live",
        "self-harm",
        "self\u2011harm",
        "SELF  \n HARM",
        "w\u00adant to die, I want\u200b to die",
        "\uff49 \uff57\uff41\uff4e\uff54 \uff54\uff4f \uff44\uff49\uff45",
        "Quiero MORIR",
        "hacerme daño",
        "hacerme dan\u0303o",
        "(suicidio)",
        "end_my_life",
    ],
)
def test_a_phrase_is_found_however_it_is_typed(words: str) -> None:
    assert matches(INSTRUMENT, words)


@pytest.mark.parametrize(
    "words", ["", "my diet", "I suicided", "the deadline", "cortarmelo", "living my life", "better"]
)
def test_a_phrase_is_found_in_whole_words_only(words: str) -> None:
    assert not matches(INSTRUMENT, words)


def test_every_phrase_of_the_definition_is_found_by_itself() -> None:
    for many in INSTRUMENT.safety.phrases.values():
        for phrase in many:
            assert plain(phrase) == phrase
            assert matches(INSTRUMENT, f"x {phrase} y")
