"""A report of synthetic forms: its numbers, what n is too small for, and nothing in it that tells of a few."""

import math
import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from clinic.analysis.report import report
from clinic.core.answers import Answer
from clinic.core.psychometrics import (
    LEAST_PAIRS,
    NONE,
    OVERALL,
    Estimate,
    Limits,
    Pair,
    Report,
    Retest,
    Sample,
    Short,
    coded,
    from_document,
    limits,
    share,
    to_document,
)
from clinic.instruments.catalogue import current

INSTRUMENT = current()
ITEMS = tuple(INSTRUMENT.items)
SCALES = (*INSTRUMENT.domains, OVERALL)


def sample_of(count: int, *, seed: int = 1, pairs: int = 0, languages: str = "en") -> Sample:
    """Return people whose items share one trouble; every one answers all of them."""
    person = random.Random(seed)
    found = Sample(ITEMS, SCALES)
    for number in range(count):
        trait = person.gauss(0, 1)
        language = languages.split()[number % len(languages.split())]
        found.languages.append(language)
        found.answers += bytes(min(4, max(0, round(2 + trait + person.gauss(0, 1)))) for _ in ITEMS)
        before, after = (tuple(50 + 15 * trait + person.gauss(0, 5) for _ in SCALES) for _ in range(2))
        found.scores.extend(before)
        if number < pairs:
            found.pairs.append(Pair(language, before, after))
    return found


def made(sample: Sample, resamples: int = 20) -> Report:
    return report(INSTRUMENT, sample, made_on=date(2026, 3, 15), until=date(2026, 3, 1), seed=1, resamples=resamples)


def test_the_shares_and_correlations_of_items_are_counted_right() -> None:
    sample = sample_of(200)
    # Twenty people skip the first item, and thirty say that the second does not apply.
    for number in range(20):
        sample.answers[number * len(ITEMS)] = NONE
    for number in range(30):
        sample.answers[number * len(ITEMS) + 1] = NONE - 1
    found = made(sample)
    first, second = found.groups[0].items[:2]
    values = [sample.answers[number * len(ITEMS)] for number in range(20, 200)]
    assert (first.missing, first.not_applicable) == (0.1, 0.0)
    assert (second.missing, second.not_applicable) == (0.0, 0.15)
    assert first.floor == pytest.approx(values.count(0) / 180, abs=0.025)
    assert first.ceiling == pytest.approx(values.count(4) / 180, abs=0.025)
    assert first.floor is not None
    assert first.floor * 20 == pytest.approx(round(first.floor * 20))
    third, fourth = ([sample.answers[number * len(ITEMS) + k] for number in range(200)] for k in (2, 3))
    assert found.correlations[2][3] == round(float(spearmanr(third, fourth).statistic), 2)
    assert found.correlations[3][2] == found.correlations[2][3]


def test_themes_of_one_trouble_are_consistent_and_their_intervals_hold_alpha() -> None:
    for theme in made(sample_of(150)).groups[0].themes:
        assert theme.alpha is not None
        assert theme.omega is not None
        # One trouble and as much noise: r = 0.5, so that alpha of 4 to 6 items is 0.8 to 0.86, less the rounding.
        assert 0.6 < theme.alpha.low < theme.alpha.value < theme.alpha.high < 0.93
        assert 0.74 < theme.alpha.value < 0.88
        assert theme.omega.value == pytest.approx(theme.alpha.value, abs=0.02)


def test_a_retest_gives_its_error_and_limits() -> None:
    found = made(sample_of(300, pairs=120))
    retest = found.groups[0].retest
    assert [one.scale for one in retest] == list(SCALES)
    for one in retest:
        assert one.pairs == 120
        assert one.icc is not None
        assert one.deviation is not None
        assert one.error is not None
        # Noise of 5 points beside 15 of trouble: ICC = 225 / 250, SEM about 5, SDC about 14.
        assert one.icc.value == pytest.approx(0.9, abs=0.05)
        assert one.error == pytest.approx(5, abs=1.2)
        assert one.smallest == pytest.approx(1.96 * math.sqrt(2) * one.error, abs=0.2)
    assert found.limits is not None
    worst = max(one.error or 0 for one in retest[:-1])
    assert found.limits.domain_clear == math.ceil(1.96 * math.sqrt(2) * worst)
    assert found.limits.domain_possible < found.limits.domain_clear


def test_forty_nine_pairs_give_no_retest_and_no_limits() -> None:
    found = made(sample_of(120, pairs=LEAST_PAIRS - 1))
    assert {one.icc for one in found.groups[0].retest} == {None}
    assert found.limits is None
    assert [one for one in found.short if one.what == "pairs"] == [Short("pairs", one, 50) for one in SCALES]
    assert made(sample_of(120, pairs=LEAST_PAIRS)).limits is not None


def test_fewer_than_eleven_pairs_are_not_counted_out() -> None:
    assert {one.pairs for one in made(sample_of(120, pairs=10)).groups[0].retest} == {None}
    assert {one.pairs for one in made(sample_of(120, pairs=11)).groups[0].retest} == {10}
    assert {one.pairs for one in made(sample_of(120)).groups[0].retest} == {0}


def test_a_theme_with_too_few_complete_answers_is_named_and_left_out() -> None:
    sample = sample_of(120)
    for number in range(75):
        sample.answers[number * len(ITEMS) + ITEMS.index("STG1")] = NONE
    found = made(sample)
    last = found.groups[0].themes[-1]
    assert (last.theme, last.alpha, last.omega) == ("T4", None, None)
    assert Short("complete", "T4", 50) in found.short
    assert Short("factor", "T4", 100) in found.short
    assert {one.rest for one in found.groups[0].items if INSTRUMENT.items[one.item].subtheme in ("STG", "SUP")} == {
        None
    }


def test_each_language_with_a_hundred_patients_is_read_by_itself() -> None:
    found = made(sample_of(420, pairs=10, languages="en en es"))
    assert [(one.language, one.patients) for one in found.groups] == [("", 420), ("en", 280), ("es", 140)]
    found = made(sample_of(240, languages="en en es"))
    assert [one.language for one in found.groups] == ["", "en"]
    assert Short("language", "es", 100) in found.short


def test_a_language_of_a_few_cannot_be_worked_out_from_the_others() -> None:
    sample = sample_of(205, languages="en")
    sample.languages[:5] = ["es"] * 5
    found = made(sample)
    # All but Spanish would be the five: so English is not read by itself either.
    assert [one.language for one in found.groups] == [""]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.3))
def test_no_share_of_a_language_or_of_what_is_left_tells_of_one_to_ten(seed: int, skips: float) -> None:
    person = random.Random(seed)
    sample = sample_of(330, seed=seed, languages="en es es fr")
    for place in range(len(sample.answers)):
        if person.random() < skips * (place % 7) / 7:
            sample.answers[place] = NONE
    found = made(sample, resamples=2)
    groups = [one for one in found.groups if one.language]
    assert groups
    for number in range(len(ITEMS)):
        said = [one.items[number].missing for one in found.groups]
        counts = {
            language: sum(
                sample.answers[who * len(ITEMS) + number] == NONE
                for who, of in enumerate(sample.languages)
                if of == language
            )
            for language in ("en", "es", "fr")
        }
        told = [one for one, share_of in zip(found.groups, said, strict=True) if share_of is not None]
        if any(one.language for one in told):
            left = sum(counts.values()) - sum(counts[one.language] for one in told if one.language)
            assert not 1 <= left <= 10
        for one in told:
            count = counts[one.language] if one.language else sum(counts.values())
            assert not 1 <= count <= 10


@pytest.mark.parametrize(
    ("count", "of", "shown"),
    [
        (0, 100, 0.0),
        (1, 100, None),
        (10, 100, None),
        (11, 100, 0.15),
        (17, 100, 0.15),
        (18, 100, 0.2),
        (90, 100, None),
        (89, 100, 0.85),
        (100, 100, 1.0),
        (11, 22, None),
        (15, 30, 0.5),
        (30, 30, 1.0),
        (11, 250, 0.06),
        (62, 500, 0.12),
        (7, 10, None),
    ],
)
def test_a_share_of_one_to_ten_people_is_not_shown(count: int, of: int, shown: float | None) -> None:
    assert share(count, of) == shown


@given(st.integers(11, 2000), st.data())
def test_a_share_leaves_at_least_five_counts_open_or_is_none_or_all(of: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, of))
    shown = share(count, of)
    if shown is not None and 0 < count < of:
        assert 0 < shown < 1
        # Counts of 1 to 10, or all but so few, are hidden, which an outsider knows as well.
        assert sum(share(one, of) == shown for one in range(1, of)) >= 5
        assert abs(shown - count / of) <= 0.125 + 4 / of


def test_a_language_of_ten_is_not_named_and_one_of_eleven_is() -> None:
    for few, named in ((10, []), (11, ["so"])):
        sample = sample_of(400, languages="en es")
        for number in range(40):
            sample.languages[number] = "fr"
        sample.languages[:few] = ["so"] * few
        found = made(sample, resamples=2)
        assert [one.language for one in found.groups] == ["", "en", "es"]
        assert [one.whose for one in found.short if one.what == "language" and one.whose != "fr"] == named


def test_a_theme_and_a_retest_of_a_few_are_not_what_all_without_the_languages_leave() -> None:
    sample = sample_of(400, pairs=400, languages="en es")
    sample.languages[:30] = ["fr"] * 30
    sample.pairs = [replace(pair, language=of) for pair, of in zip(sample.pairs, sample.languages, strict=True)][25:]
    # Five pairs are French, and five of the French have answered all of the last theme.
    for number in range(25):
        sample.answers[number * len(ITEMS) + ITEMS.index("STG1")] = NONE
    whole, *groups = made(sample, resamples=2).groups
    assert [one.language for one in groups] == ["en", "es"]
    assert whole.themes[-1].alpha is not None
    assert whole.retest[0].icc is not None
    for group in groups:
        assert [one.theme for one in group.themes if one.alpha is None] == ["T4"]
        assert {one.icc for one in group.retest} == {None}
        assert {one.item for one in group.items if one.rest is None} == {
            one for one in ITEMS if INSTRUMENT.items[one].subtheme in INSTRUMENT.themes["T4"].subthemes
        }


def test_estimates_have_two_decimals_and_few_pairs_whole_tens() -> None:
    found = made(sample_of(150, pairs=60), resamples=20).groups[0]
    estimates = [one.alpha for one in found.themes] + [one.omega for one in found.themes]
    for one in (*estimates, *(twice.icc for twice in found.retest)):
        assert one is not None
        assert [round(number, 2) for number in (one.value, one.low, one.high)] == [one.value, one.low, one.high]
    assert {one.pairs for one in found.retest} == {60}
    assert {one.pairs for one in made(sample_of(120, pairs=49), resamples=2).groups[0].retest} == {40}


def test_a_burden_and_the_ways_of_having_none_are_coded_apart() -> None:
    answers: dict[str, Answer] = {"EMO": 3, "COP": 3, "MED": "NA", "STG2": "PNA"}
    burdens = dict.fromkeys(ITEMS) | {"EMO": 3, "COP": 1}
    codes = dict(zip(ITEMS, coded(INSTRUMENT, answers, burdens), strict=True))
    assert [codes[one] for one in ("EMO", "COP", "MED", "STG2", "DLY")] == [3, 1, 5, 6, 6]


def test_limits_are_those_of_the_gap_that_is_measured_least_exactly() -> None:
    exact = Retest("ADHERENCE", 60, 25.0, Estimate(0.9, 0.8, 0.95), 5.0, 13.9)
    rough = replace(exact, scale="STIGMA", error=13.7)
    whole = replace(exact, scale=OVERALL, error=8.0)
    assert limits((exact, rough, whole)) == Limits(25, 38, 15, 23)
    assert limits((exact, replace(rough, pairs=49), whole)) is None
    assert limits((exact, rough)) is None


def test_a_report_survives_its_storing() -> None:
    found = made(sample_of(240, pairs=60, languages="en en es"))
    assert from_document(to_document(found)) == found
