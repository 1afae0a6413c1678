"""Hold the gates at twice their limits, with the best of three tries: what disturbs a machine only ever slows it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import iscoroutinefunction

import pytest

from tests.benchmarks import counting, printing, trends, walking, writing
from tests.benchmarks.installation import Installation, installation
from tests.benchmarks.limits import LIMITS, SLACK
from tests.benchmarks.measure import Pair, best_of, percentile
from tests.benchmarks.trends import Seeded
from tests.benchmarks.writing import Forms

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made() -> Iterator[Installation]:
    with installation() as made:
        yield made


@pytest.fixture(scope="module")
def forms(made: Installation) -> Forms:
    return writing.prepare(made, 80)


@pytest.mark.parametrize("person", printing.PEOPLE)
def test_the_page_is_printed_within_twice_its_limit(person: str) -> None:
    limit = SLACK * LIMITS.pdf
    found = best_of(lambda: printing.one_page_pdf(person, turns=11), limit)
    assert found.ratio <= limit


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="A bare page that is kept costs more than this; docs/performance.md says why.",
)
def test_a_whole_form_is_answered_within_twice_its_limit(made: Installation) -> None:
    limit = SLACK * LIMITS.whole_form
    found = best_of(lambda: walking.pages(made, turns=5).form, limit)
    assert found.ratio <= limit


def test_a_whole_form_costs_at_most_three_times_a_bare_page_that_is_kept(made: Installation) -> None:
    def beside_kept() -> Pair:
        found = walking.pages(made, turns=5)
        return Pair(found.form.figure, found.form.floor, found.form.ratio / found.kept_form)

    assert best_of(beside_kept, 3).ratio <= 3


@pytest.mark.parametrize(
    ("measure", "share"),
    [
        pytest.param(writing.one_client, LIMITS.one_client, id="one client"),
        pytest.param(lambda forms: writing.many_clients(forms, 8, 4), LIMITS.eight_clients, id="eight clients"),
    ],
)
def test_a_form_is_sent_at_half_the_asked_share_of_raw_sqlite(
    forms: Forms, measure: Callable[[Forms], Pair], share: float
) -> None:
    limit = SLACK / share
    found = best_of(lambda: measure(forms), limit)
    assert found.ratio <= limit


@pytest.fixture(scope="module")
def few_and_many() -> Iterator[Mapping[str, Sequence[Seeded]]]:
    # Twenty times as many forms, of little more than a year, so that making them takes seconds.
    with trends.on_both((1000, 20_000), days=430) as made:
        yield made


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
@pytest.mark.parametrize("address", trends.ADDRESSES)
def test_trends_over_twenty_times_as_many_forms_cost_at_most_twice_their_limit(
    few_and_many: Mapping[str, Sequence[Seeded]], database: str, address: str
) -> None:
    few, many = few_and_many[database]
    limit = SLACK * LIMITS.trends
    assert best_of(lambda: trends.flat(few, many, address, turns=7), limit).ratio <= limit


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_reading_trends_takes_the_database_no_longer_over_twenty_times_as_many_forms(
    few_and_many: Mapping[str, Sequence[Seeded]], database: str
) -> None:
    few, many = few_and_many[database]
    limit = SLACK * LIMITS.trends
    assert best_of(lambda: trends.flat_read(few, many, turns=11), limit).ratio <= limit


def test_seeding_has_half_the_asked_share_of_raw_executemany_with_the_same_rows() -> None:
    limit = SLACK / LIMITS.seeding
    assert best_of(lambda: trends.beside_raw(6000), limit).ratio <= limit


def test_fifty_writers_at_once_have_no_error(forms: Forms) -> None:
    assert writing.crowd(forms, 50).errors == []


def test_a_form_is_sent_with_the_writes_that_raw_sqlite_repeats(forms: Forms) -> None:
    verbs = [[statement.split()[0] for statement, _ in writes] for writes in forms.writes]
    # The form itself, its scores, and the leaves that trends count it in.
    assert verbs == [["UPDATE", "INSERT", "INSERT"]] * len(forms.links)


def test_counting_a_form_for_the_trends_costs_at_most_so_much(made: Installation) -> None:
    drafts = counting.prepare(made, 30)
    # What is asked is a surcharge of three tenths, so that twice as much is six tenths.
    limit = 1 + SLACK * (LIMITS.counting - 1)

    def worst() -> Pair:
        found = counting.cost(drafts, 2)
        return max(found.wall, found.cpu, found.request, key=lambda pair: pair.ratio)

    assert best_of(worst, limit).ratio <= limit


def test_a_form_is_scored_within_twice_its_limit() -> None:
    assert min(printing.scoring(turns=11) for _ in range(3)) <= SLACK * LIMITS.scoring


def test_a_request_ends_without_an_event_loop(made: Installation) -> None:
    assert [one for one in made.app.teardown_appcontext_funcs if iscoroutinefunction(one)] == []


def test_the_best_of_three_tries_stops_at_the_first_that_holds() -> None:
    tries = iter([Pair(9, 1, 9), Pair(4, 1, 4), Pair(2, 1, 2)])
    assert best_of(lambda: next(tries), 5).ratio == 4
    worse = iter([Pair(9, 1, 9), Pair(7, 1, 7), Pair(8, 1, 8)])
    assert best_of(lambda: next(worse), 5).ratio == 7


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value
