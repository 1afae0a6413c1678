"""The search for the roomiest step that fits."""

import pytest

from clinic.reports.density import STEPS, roomiest


@pytest.mark.parametrize("likely", range(len(STEPS)))
@pytest.mark.parametrize("wanted", range(len(STEPS)))
def test_the_first_step_that_fits_is_found_wherever_the_search_begins(wanted: int, likely: int) -> None:
    asked: list[int] = []

    def fits(step: int) -> bool:
        asked.append(step)
        return step >= wanted

    assert roomiest(fits, likely) == wanted
    assert len(asked) == len(set(asked)) <= 9


@pytest.mark.parametrize("wanted", [8, 9])
def test_a_page_that_needs_the_likely_step_or_the_next_is_measured_twice(wanted: int) -> None:
    asked: list[int] = []

    def fits(step: int) -> bool:
        asked.append(step)
        return step >= wanted

    assert roomiest(fits, 8) == wanted
    assert len(asked) == 2


def test_the_last_step_is_taken_where_none_fits() -> None:
    assert roomiest(lambda _: False, 3) == len(STEPS) - 1
