"""What one patient's forms add to the trends: hand-worked, and against the rule said in another way."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.trend_counts import (
    Fact,
    Layout,
    Leaf,
    contributions,
    difference,
    named,
    newest,
    periods,
    unpacked,
    vector,
)
from tests.core.strategies import INSTRUMENT

LAYOUT = Layout.of(INSTRUMENT)
VERSION = "trd-barrier-check|1.0|1.0"
DOMAINS = ("accessibility", "adherence", "stigma", "support")


def fact(day: str, **changes: object) -> Fact:
    """Make a form of a day at noon; it says nothing but that it was there."""
    on = date.fromisoformat(day)
    base = Fact(
        patient_id=1,
        form_id=1,
        moment=datetime(on.year, on.month, on.day, 12, tzinfo=UTC),
        day=on,
        site_id=1,
        language="en",
        mode="web",
        respondent="self",
        version=VERSION,
        levels=dict.fromkeys(DOMAINS, "not_applicable"),
        wishes=dict.fromkeys(DOMAINS),
        twelfths=dict.fromkeys(INSTRUMENT.subthemes),
        ticks=frozenset(),
    )
    return base._replace(**changes)  # type: ignore[arg-type]


def of(*facts: Fact) -> dict[Leaf, int]:
    return contributions(facts, lambda _version: LAYOUT)


def counters(number: int) -> dict[str, int]:
    return {name: count for name, count in unpacked(LAYOUT, number).items() if count}


def test_every_question_that_is_counted_has_a_counter() -> None:
    assert len(LAYOUT.names) == 1 + 4 * 4 + 2 * 16 + 69 + 6
    assert LAYOUT.names[:5] == (
        "patients",
        "gap_now:accessibility",
        "gap_else:accessibility",
        "clear:accessibility",
        "insufficient:accessibility",
    )
    assert len(set(LAYOUT.names)) == len(LAYOUT.names)
    assert Layout.of(INSTRUMENT) is LAYOUT


def test_a_form_counts_its_levels_wishes_scores_and_ticks() -> None:
    one = fact(
        "2026-03-10",
        levels={"accessibility": "priority_gap", "adherence": "gap", "stigma": "watch", "support": "insufficient"},
        wishes={"accessibility": "now", "adherence": "later", "stigma": "now", "support": None},
        twelfths={**dict.fromkeys(INSTRUMENT.subthemes), "ACC": 600, "MED": 599, "EMO": 0},
        ticks=frozenset({"ACC.waiting_times", "MED.side_effects", "ACC.something_else", "DLY.disruption_of_routines"}),
    )

    assert counters(vector(LAYOUT, one)) == {
        "patients": 1,
        "gap_now:accessibility": 1,
        "gap_else:adherence": 1,
        "clear:stigma": 1,
        "insufficient:support": 1,
        "low:EMO": 1,
        "high:ACC": 1,
        "low:MED": 1,
        "ticked:ACC.waiting_times": 1,
        "ticked:MED.side_effects": 1,
    }


def test_a_domain_that_does_not_apply_counts_nowhere() -> None:
    assert counters(vector(LAYOUT, fact("2026-03-10"))) == {"patients": 1}


def test_only_the_latest_form_of_each_period_counts() -> None:
    january, march = fact("2026-01-20", form_id=1, language="es"), fact("2026-03-02", form_id=2, mode="tablet")
    late_march, may = fact("2026-03-30", form_id=3, site_id=2), fact("2026-05-05", form_id=4, respondent="helped")
    found = of(may, january, late_march, march)

    assert {leaf: counters(counts) for leaf, counts in found.items()} == {
        Leaf(kind, date(2026, month, 1), VERSION, site, language, "web", respondent): {"patients": 1}
        for kind, month, site, language, respondent in (
            ("month", 1, 1, "es", "self"),
            ("month", 3, 2, "en", "self"),
            ("quarter", 1, 2, "en", "self"),
            ("month", 5, 1, "en", "helped"),
            ("quarter", 4, 1, "en", "helped"),
            ("year", 1, 1, "en", "helped"),
        )
    }


def test_of_two_forms_of_one_moment_the_one_stored_later_counts() -> None:
    first, second = fact("2026-03-10", form_id=7, language="es"), fact("2026-03-10", form_id=8)
    assert {leaf.language for leaf in of(second, first)} == {"en"}


def test_the_moment_decides_and_not_the_day_on_the_wall() -> None:
    # The hour from one to two comes twice when the clocks go back, and both forms carry the same local time.
    first = fact("2026-11-01", form_id=9, moment=datetime(2026, 11, 1, 5, 30, tzinfo=UTC), language="es")
    second = fact("2026-11-01", form_id=8, moment=datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    assert {leaf.language for leaf in of(second, first)} == {"en"}


def test_two_versions_of_one_patient_never_share_a_leaf() -> None:
    old, new = fact("2026-01-20", form_id=1, version="a|1|1"), fact("2026-02-20", form_id=2, version="a|2|1")
    assert {(leaf.kind, leaf.start.month): leaf.version for leaf in of(old, new)} == {
        ("month", 1): "a|1|1",
        ("month", 2): "a|2|1",
        ("quarter", 1): "a|2|1",
        ("year", 1): "a|2|1",
    }


def test_what_is_stored_is_32_bits_a_counter_the_lowest_byte_first() -> None:
    stored = LAYOUT.pack(2 * LAYOUT.ones["patients"] + 258 * LAYOUT.ones["gap_else:accessibility"])

    assert stored[:12] == bytes([2, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0])
    assert len(stored) == LAYOUT.size == 4 * len(LAYOUT.names)
    assert {name: count for name, count in named(LAYOUT, stored).items() if count} == {
        "patients": 2,
        "gap_else:accessibility": 258,
    }


def test_what_another_layout_stored_is_read_as_nothing() -> None:
    assert set(named(LAYOUT, b"\1\2\3").values()) == {0}


@given(st.lists(st.integers(0, 2**32 - 1), min_size=len(LAYOUT.names), max_size=len(LAYOUT.names)))
def test_counters_come_back_as_they_were_stored(counts: list[int]) -> None:
    number = sum(count * LAYOUT.ones[name] for name, count in zip(LAYOUT.names, counts, strict=True))
    assert list(named(LAYOUT, LAYOUT.pack(number)).values()) == counts


@pytest.mark.parametrize("order", [(1, -1), (-1, 1)])
def test_taking_away_before_adding_comes_right(order: tuple[int, int]) -> None:
    one = vector(LAYOUT, fact("2026-03-10", ticks=frozenset({"ACC.waiting_times"})))
    stored = LAYOUT.pack(0)
    for sign in order:
        stored = LAYOUT.pack(LAYOUT.unpack(stored) + sign * one)
    assert stored == LAYOUT.pack(0)


days = st.dates(date(2024, 11, 1), date(2026, 2, 28))
forms = st.lists(st.builds(fact, days.map(str), language=st.sampled_from(["en", "es"])), max_size=8).map(
    lambda facts: [
        one._replace(form_id=number, moment=one.moment + timedelta(hours=number % 3))
        for number, one in enumerate(facts)
    ]
)


def by_hand(facts: list[Fact]) -> Mapping[Leaf, int]:
    """Say the rule in another way: walk through the forms in order, each takes the place of the one before it."""
    standing: dict[tuple[str, date], Leaf] = {}
    for one in sorted(facts, key=lambda each: (each.moment, each.form_id)):
        for kind, start in periods(one.day):
            standing[kind, start] = Leaf(kind, start, VERSION, 1, one.language, "web", "self")
    return dict.fromkeys(standing.values(), 1)


@given(forms)
def test_each_period_counts_a_patient_once_by_the_form_that_came_last(facts: list[Fact]) -> None:
    assert {leaf: counters(counts)["patients"] for leaf, counts in of(*facts).items()} == by_hand(facts)


@given(forms, forms)
def test_the_difference_of_two_histories_leads_from_one_to_the_other(before: list[Fact], after: list[Fact]) -> None:
    old, new = of(*before), of(*after)
    change = difference(old, new)
    reached = {leaf: old.get(leaf, 0) + change.get(leaf, 0) for leaf in {**old, **new}}
    assert {leaf: counts for leaf, counts in reached.items() if counts} == new
    assert 0 not in change.values()


@given(forms.filter(bool))
def test_the_newest_form_changes_what_its_year_and_the_form_before_it_say(facts: list[Fact]) -> None:
    *earlier, new = sorted(facts, key=lambda one: (one.moment, one.form_id))
    of_year = [one for one in earlier if one.day.year == new.day.year]
    found = newest(of_year[-1] if of_year else None, new, lambda _version: LAYOUT)
    assert found == difference(of(*earlier), of(*earlier, new))
