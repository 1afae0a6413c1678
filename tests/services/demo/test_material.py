from clinic.core.instrument import Instrument
from clinic.core.safety import matches
from clinic.instruments.catalogue import current
from clinic.services.demo import material
from clinic.services.demo.people import PEOPLE, USUAL

INSTRUMENT: Instrument = current()
PHASES = [phase for story in material.stories() for phase in story.phases]


def test_the_stories_make_up_all_the_people() -> None:
    assert sum(story.people for story in material.stories()) == PEOPLE == 120


def test_every_phase_names_only_what_the_questionnaire_knows() -> None:
    for phase in PHASES:
        assert set(phase.burdens) | phase.not_applicable <= set(INSTRUMENT.items)
        assert phase.likely <= INSTRUMENT.options.keys()
        assert set(phase.picks) <= set(INSTRUMENT.picks)
        assert phase.wish in INSTRUMENT.wishes
    assert set(USUAL) == set(INSTRUMENT.items)


def test_no_story_makes_a_safety_code_likely() -> None:
    assert {code for phase in PHASES for code in phase.likely} & INSTRUMENT.safety_ticks == set()


def test_every_phase_has_words_in_both_languages_and_says_none_twice() -> None:
    said = [words for phase in PHASES for language in ("en", "es") for words in phase.words[language]]
    assert all(phase.words["en"] and phase.words["es"] for phase in PHASES)
    assert len(said) == len(set(said))


def test_no_written_words_raise_an_alert() -> None:
    phrases = material.phrases()
    lines = [words for phase in PHASES for many in phase.words.values() for words in many]
    lines += [*phrases["other_pick"]["en"], *phrases["other_pick"]["es"]]
    lines += [words for one in phrases["else"].values() for words in one.values()]
    lines += [*phrases["closing"]["en"], *phrases["closing"]["es"]]
    assert [words for words in lines if matches(INSTRUMENT, words)] == []


def test_the_words_fit_their_boxes() -> None:
    limits, phrases = INSTRUMENT.text_limits, material.phrases()
    assert all(len(one) <= limits[key] for key, by in phrases["else"].items() for one in by.values())
