"""How trends are said: shares that are not nobody and not everybody, differences with their sign, and clear changes."""

from datetime import date

import pytest

from clinic.core.trends import Change, Period
from clinic.web import trend_words

EARLIER, LATER = (Period.of("month", date(2026, one, 1)) for one in (9, 10))


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0"), (0.004, "<1"), (0.005, "1"), (0.425, "43"), (0.9949, "99"), (0.996, ">99"), (1.0, "100")],
)
def test_a_share_is_rounded_but_some_are_never_none_and_most_are_never_all(share: float, said: str) -> None:
    assert trend_words.percent(share) == f"{said}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("difference", "said"),
    [(0.134, "+13"), (-0.134, "−13"), (0.004, "+0.4"), (-0.0097, "−1"), (0.0, "0"), (-0.0001, "0"), (0.0094, "+0.9")],
)
def test_a_difference_has_its_sign_and_is_never_a_signed_nothing(difference: float, said: str) -> None:
    assert trend_words.points(difference) == said


@pytest.mark.parametrize(
    ("low", "high", "way"), [(0.001, 0.2, 1), (-0.2, -0.001, -1), (-0.001, 0.2, 0), (0.0, 0.2, 0), (-0.2, 0.0, 0)]
)
def test_a_change_is_clear_only_where_the_whole_interval_lies_on_one_side_of_zero(
    low: float, high: float, way: int
) -> None:
    assert trend_words.direction(Change(EARLIER, LATER, (low + high) / 2, low, high)) == way
