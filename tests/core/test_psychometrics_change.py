"""When a new report may take the place of the last one: never where a figure changes by one to ten people."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from clinic.core.psychometrics import Change, GroupRead, Report, Retest, answered
from clinic.core.psychometrics_change import may_follow
from tests.instrument_report import INSTRUMENT, group, report_of

ALL = (1 << len(INSTRUMENT.items)) - 1
FIRST = date(2025, 11, 1)


def without_theme_of(item: str) -> int:
    return ALL & ~(1 << list(INSTRUMENT.items).index(item))


def report(whole: int, spanish: int, **changes: object) -> Report:
    return report_of(**{"patients": whole, "groups": (group("", whole), group("es", spanish))} | changes)


BEFORE = report(312, 140)


def after(whole: int, spanish: int, **changes: object) -> Report:
    return report(whole, spanish, until=date(2026, 2, 1), **changes)


def change(**came: int) -> Change:
    """Return new patients by language, who answered everything."""
    found = Change(FIRST)
    for language, count in came.items():
        found.came[language] = Counter({ALL: count})
    return found


def follows(new: Report, found: Change, before: Report = BEFORE) -> bool:
    return may_follow(INSTRUMENT, before, new, found)


@pytest.mark.parametrize(("english", "spanish"), [(0, 0), (11, 0), (0, 11), (11, 11), (40, 12)])
def test_it_may_where_each_language_has_nobody_new_or_eleven(english: int, spanish: int) -> None:
    assert follows(after(312 + english + spanish, 140 + spanish), change(en=english, es=spanish))


@pytest.mark.parametrize(("english", "spanish"), [(10, 0), (11, 1), (11, 10), (1, 11), (10, 11)])
def test_it_may_not_where_any_language_or_the_rest_has_a_few(english: int, spanish: int) -> None:
    # English is not shown by itself: it is what all patients without the Spanish ones leave.
    assert not follows(after(312 + english + spanish, 140 + spanish), change(en=english, es=spanish))


def test_it_may_not_without_a_later_month_or_from_another_report() -> None:
    found = change(en=11)
    assert not follows(replace(after(323, 140), until=FIRST), found)
    assert not follows(after(323, 140), replace(found, since=date(2025, 10, 1)))


def test_a_patient_who_changed_the_language_is_taken_from_the_other() -> None:
    found = change(en=12)
    found.gone["es"] = Counter({ALL: 1})
    assert not follows(after(323, 139), found)
    found.gone["es"] = Counter({ALL: 11})
    assert follows(after(313, 129), found)


def test_a_patient_who_was_erased_is_not_the_difference() -> None:
    # Eleven came in English, and the Spanish ones are one fewer, whom no new form explains.
    assert not follows(after(322, 139), change(en=11))


def test_a_theme_that_few_of_the_new_ones_answered_holds_the_report_back() -> None:
    found = change(en=11)
    found.came["en"] = Counter({ALL: 10, without_theme_of("STG1"): 10})
    assert not follows(after(332, 140), found)
    found.came["en"] = Counter({ALL: 11, without_theme_of("STG1"): 10})
    assert follows(after(333, 140), found)


def test_two_items_that_few_of_the_new_ones_both_answered_hold_it_back_only_where_both_reports_show_them() -> None:
    # No theme holds both: each theme has eleven complete answers, the two items together have ten.
    first, last = without_theme_of("MED"), without_theme_of("STG1")
    found = change()
    found.came["en"] = Counter({ALL: 10, first: 5, last: 5})
    new = after(332, 140)
    assert not follows(new, found)
    nothing = tuple((None,) * len(INSTRUMENT.items) for _ in INSTRUMENT.items)
    assert follows(replace(new, correlations=nothing), found)


def test_pairs_that_few_are_new_of_hold_it_back_only_where_both_reports_show_what_they_give() -> None:
    found, new = change(en=30), after(342, 140)
    found.came_pairs["en"] = Counter({0b11111: 10})
    assert not follows(new, found)
    found.came_pairs["en"] = Counter({0b11111: 11})
    assert follows(new, found)
    found.came_pairs["en"] = Counter({0b11111: 11, 0b00001: 3})
    assert follows(new, found)
    found.came_pairs["en"] = Counter({0b00001: 3})
    assert not follows(new, found)

    def silent(one: GroupRead) -> GroupRead:
        return replace(one, retest=tuple(Retest(twice.scale, 40) for twice in one.retest))

    before = replace(BEFORE, groups=tuple(silent(one) for one in BEFORE.groups))
    assert follows(new, found, before)


def test_a_language_that_only_one_report_shows_belongs_to_the_rest() -> None:
    alone = after(324, 0, groups=(group("", 324),))
    assert follows(alone, change(en=8, es=4))
    assert not follows(after(322, 0, groups=(group("", 322),)), change(en=8, es=2))


def test_answers_are_one_bit_an_item() -> None:
    assert answered(bytes([0, 4, 5, 6, 1])) == 0b10011
