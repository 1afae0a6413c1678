"""What a de-identified table tells of a person: bands, months, pooled groups, and pseudonyms of one table only."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.deidentified import OTHER, Census, Deidentifier, age_band
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


def census(*patients: list[FinishedForm]) -> Census:
    found = Census(ZONE)
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


def test_the_same_patient_has_one_name_in_a_table_and_another_in_the_next() -> None:
    counted = census(*[[FORM]] * 11)
    one, other = Deidentifier(counted), Deidentifier(counted)
    later = replace(FORM, moment=datetime(2026, 5, 1, tzinfo=UTC))
    rows = one.rows([later, FORM])
    assert [(row.occasion, row.month) for row in rows] == [(1, "2026-03"), (2, "2026-04")]
    assert len({row.patient for row in rows}) == 1
    assert rows[0].patient != other.rows([FORM])[0].patient
    assert rows[0].patient != one.rows([replace(FORM, patient_id=2)])[0].patient


def test_a_value_that_came_after_the_count_is_pooled() -> None:
    maker = Deidentifier(census(*[[FORM]] * 11))
    assert [row.language for row in maker.rows([replace(FORM, language="so")])] == [OTHER]
