"""What a de-identified table tells of a person: bands, months, pooled groups, and pseudonyms of one table only."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.deidentified import OTHER, Census, Deidentifier, age_band, most_forms, quarter_of
from clinic.core.errors import TooFewPatients
from clinic.core.finished import FinishedForm

ZONE = ZoneInfo("America/Chicago")
FORM = FinishedForm(
    patient_id=1,
    site_id=7,
    moment=datetime(2026, 3, 10, 15, 0, tzinfo=UTC),
    born_on=date(1980, 5, 3),
    language="en",
    mode="web",
    respondent="self",
    instrument_id="trd-barrier-check",
    instrument_version="1.0",
    scoring_profile="1.0",
    completion="complete",
    responded=21,
    overall=400,
    safety_level="S0",
    subthemes={},
    gaps={},
)


def census(*patients: list[FinishedForm], most: int = 99) -> Census:
    profiles = frozenset((*form.version, form.scoring_profile) for forms in patients for form in forms)
    found = Census(ZONE, profiles, most)
    for forms in patients:
        found.add(forms)
    return found


@pytest.mark.parametrize(
    ("born", "on", "band"),
    [
        pytest.param("1936-11-22", "2026-11-22", "90+", id="ninety today"),
        pytest.param("1936-11-23", "2026-11-22", "80-89", id="ninety tomorrow"),
        pytest.param("1900-01-01", "2026-11-22", "90+", id="126 stands with those of 90"),
        pytest.param("1986-11-22", "2026-11-22", "40-49", id="forty today"),
        pytest.param("1986-11-23", "2026-11-22", "30-39", id="forty tomorrow"),
        pytest.param("2008-02-29", "2026-02-28", "under 20", id="born on a leap day"),
    ],
)
def test_an_age_stands_in_a_band_of_ten_years(born: str, on: str, band: str) -> None:
    assert age_band(date.fromisoformat(born), date.fromisoformat(on)) == band


def test_a_day_becomes_the_month_of_the_clinics_own_clock() -> None:
    midnight = replace(FORM, moment=datetime(2026, 4, 1, 3, 0, tzinfo=UTC))
    maker = Deidentifier(census(*[[midnight]] * 11))
    assert [row.month for row in maker.rows([midnight])] == ["2026-03"]


def test_ten_patients_make_no_table() -> None:
    with pytest.raises(TooFewPatients, match="Fewer than 11 patients"):
        Deidentifier(census(*[[FORM]] * 10))


def test_a_site_of_ten_patients_is_pooled_with_the_next_smallest() -> None:
    sites = [*[1] * 30, *[2] * 10, *[3] * 12]
    maker = Deidentifier(census(*[[replace(FORM, site_id=site)] for site in sites]))
    assert maker.pooled["site"] == {"2", "3"}
    rows = maker.rows([replace(FORM, site_id=site) for site in (1, 2, 3)])
    assert [row.site for row in rows] == ["S1", OTHER, OTHER]


def test_two_small_sites_that_hold_eleven_together_need_no_third() -> None:
    sites = [*[1] * 30, *[2] * 6, *[3] * 5, *[4] * 12]
    maker = Deidentifier(census(*[[replace(FORM, site_id=site)] for site in sites]))
    assert maker.pooled["site"] == {"2", "3"}


def test_a_patient_of_two_small_sites_is_counted_once() -> None:
    twice = [replace(FORM, site_id=2), replace(FORM, site_id=3)]
    both = [[replace(FORM, site_id=1)]] * 30 + [twice] * 8 + [[replace(FORM, site_id=4)]] * 40
    assert Deidentifier(census(*both)).pooled["site"] == {"1", "2", "3"}


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3), min_size=11, max_size=60))
def test_every_written_value_is_held_by_eleven_patients(people: list[list[str]]) -> None:
    forms = [[replace(FORM, language=one, patient_id=number) for one in some] for number, some in enumerate(people)]
    maker = Deidentifier(census(*forms))
    holders: dict[str, set[str]] = {}
    for some in forms:
        for row in maker.rows(some):
            holders.setdefault(row.language, set()).add(row.patient)
    assert min(len(one) for one in holders.values()) >= 11


def on(day: str) -> FinishedForm:
    return replace(FORM, moment=datetime.fromisoformat(f"{day}T15:00+00:00"))


def months(*counts: tuple[str, int]) -> dict[str, str]:
    """Return what is written of each month that so many patients have a form in."""
    return census(*[[on(f"{month}-10")] for month, count in counts for _ in range(count)]).written("month")


@given(
    st.lists(
        st.lists(st.tuples(st.integers(2024, 2027), st.integers(1, 12)), min_size=1, max_size=4),
        min_size=11,
        max_size=80,
    )
)
def test_every_written_month_quarter_and_year_is_held_by_eleven_patients(people: list[list[tuple[int, int]]]) -> None:
    forms = [
        [replace(on(f"{year}-{month:02}-10"), patient_id=number) for year, month in some]
        for number, some in enumerate(people)
    ]
    maker = Deidentifier(census(*forms))
    holders: dict[tuple[str, str], set[str]] = {}
    for some in forms:
        for row, form in zip(maker.rows(some), sorted(some, key=lambda one: one.moment), strict=True):
            real = f"{form.moment:%Y-%m}"
            assert row.month in {real, quarter_of(real), real[:4], OTHER}
            assert row.quarter in {quarter_of(real), real[:4], OTHER}
            for column in ("month", "quarter"):
                holders.setdefault((column, getattr(row, column)), set()).add(row.patient)
    assert min(len(one) for one in holders.values()) >= 11


def test_a_rare_month_is_written_as_its_quarter_with_the_next_smallest_month() -> None:
    assert months(("2026-01", 5), ("2026-02", 30), ("2026-03", 40)) == {
        "2026-01": "2026-Q1",
        "2026-02": "2026-Q1",
        "2026-03": "2026-03",
    }


def test_a_rare_quarter_is_written_as_its_year_and_a_rare_year_as_other() -> None:
    found = months(("2025-05", 3), ("2026-01", 6), ("2026-04", 5), ("2026-07", 40), ("2026-08", 20))
    assert found == {
        "2025-05": OTHER,
        "2026-01": OTHER,
        "2026-04": OTHER,
        "2026-07": "2026-07",
        "2026-08": "2026-08",
    }
    assert months(("2026-01", 6), ("2026-04", 5), ("2026-07", 40)) == {
        "2026-01": "2026",
        "2026-04": "2026",
        "2026-07": "2026-07",
    }


def test_a_birthday_between_two_forms_does_not_change_the_band() -> None:
    forms = [replace(on(day), born_on=date(1986, 4, 20)) for day in ("2026-04-25", "2026-03-25")]
    maker = Deidentifier(census(*[forms] * 11))
    assert [(row.month, row.age_band) for row in maker.rows(forms)] == [("2026-03", "30-39"), ("2026-04", "30-39")]


def test_nobody_has_more_rows_than_ten_others() -> None:
    assert most_forms({1: 30, 2: 8, 3: 3, 9: 1}) == 2
    assert most_forms({1: 30, 2: 10}) == 1
    assert most_forms({4: 11}) == 4
    often = [on(f"2026-0{month}-10") for month in (3, 1, 2)]
    counted = census(often, *[[on("2026-01-20"), on("2026-02-20")]] * 11, most=2)
    assert (counted.patients, counted.forms, counted.left_out) == (12, 24, 1)
    assert [row.form.moment.month for row in Deidentifier(counted).rows(often)] == [1, 2]


def test_a_scoring_profile_that_is_not_counted_has_no_row() -> None:
    new = replace(FORM, scoring_profile="1.0+c1")
    found = Census(ZONE, frozenset({("trd-barrier-check", "1.0", "1.0")}), 9)
    for forms in [[FORM]] * 11 + [[new]] * 10 + [[FORM, new]]:
        found.add(forms)
    assert (found.patients, found.left_out) == (12, 11)
    assert Deidentifier(found).rows([new]) == []


def test_a_version_of_a_few_patients_is_not_named_by_its_profile_either() -> None:
    second = replace(FORM, instrument_version="2.0", scoring_profile="2.0")
    third = replace(FORM, instrument_version="3.0", scoring_profile="2.0")
    maker = Deidentifier(census(*[[FORM]] * 40, *[[second]] * 6, *[[third]] * 6))
    (row,) = maker.rows([second])
    assert (row.instrument, row.version, row.profile) == (OTHER, OTHER, OTHER)
    (row,) = maker.rows([FORM])
    assert (row.instrument, row.version, row.profile) == ("trd-barrier-check", "1.0", "1.0")
    assert [maker.has_version(one.version) for one in (FORM, second)] == [True, False]


def test_the_same_patient_has_one_name_in_a_table_and_another_in_the_next() -> None:
    later = replace(FORM, moment=datetime(2026, 5, 1, tzinfo=UTC))
    counted = census(*[[FORM, later]] * 11)
    one, other = Deidentifier(counted), Deidentifier(counted)
    rows = one.rows([later, FORM])
    assert [(row.occasion, row.month) for row in rows] == [(1, "2026-03"), (2, "2026-04")]
    assert len({row.patient for row in rows}) == 1
    assert rows[0].patient != other.rows([FORM])[0].patient
    assert rows[0].patient != one.rows([replace(FORM, patient_id=2)])[0].patient


def test_a_value_that_came_after_the_count_is_pooled() -> None:
    maker = Deidentifier(census(*[[FORM]] * 11))
    assert [row.language for row in maker.rows([replace(FORM, language="so")])] == [OTHER]
