"""Guessing meets a few free tries, then waits that grow and end by themselves."""

from datetime import UTC, datetime, timedelta

from clinic.web.limits import MOST_KEYS, Limiter

NOW = datetime(2025, 12, 4, 9, tzinfo=UTC)


def seconds(limiter: Limiter, key: str, now: datetime) -> float:
    return limiter.attempt(key, now).total_seconds()


def test_waits_double_up_to_the_longest() -> None:
    limiter, now, waits = Limiter(free=3), NOW, []
    for _ in range(12):
        assert seconds(limiter, "a", now) == 0
        wait = limiter.attempt("a", now)
        waits.append(wait.total_seconds())
        now += wait
    # Asking again at once is the second free try at first, and is told the wait from then on.
    assert waits == [0, 30, 60, 120, 240, 480, 900, 900, 900, 900, 900, 900]


def test_tries_during_a_wait_do_not_lengthen_it() -> None:
    limiter = Limiter(free=1)
    assert seconds(limiter, "a", NOW) == 0
    assert [seconds(limiter, "a", NOW + timedelta(seconds=later)) for later in (1, 10, 29)] == [29, 20, 1]
    assert seconds(limiter, "a", NOW + timedelta(seconds=30)) == 0


def test_keys_do_not_slow_each_other() -> None:
    limiter = Limiter(free=1)
    limiter.attempt("a", NOW)
    assert seconds(limiter, "a", NOW) > 0
    assert seconds(limiter, "b", NOW) == 0


def test_a_right_try_is_forgiven_and_a_quiet_hour_forgets() -> None:
    limiter = Limiter(free=1)
    limiter.attempt("a", NOW)
    limiter.forgive("a")
    assert seconds(limiter, "a", NOW) == 0
    assert seconds(limiter, "a", NOW + timedelta(hours=1)) == 0
    assert seconds(limiter, "a", NOW + timedelta(hours=1, seconds=1)) == 29


def test_right_tries_of_a_shared_address_cost_it_nothing() -> None:
    limiter = Limiter(free=2)
    for _ in range(50):
        assert seconds(limiter, "address", NOW) == 0
        limiter.take_back("address")


def test_a_flood_of_keys_does_not_fill_the_memory() -> None:
    limiter = Limiter(free=1)
    for number in range(MOST_KEYS + 50):
        limiter.attempt(str(number), NOW)
    assert len(limiter._tries) == MOST_KEYS
    assert seconds(limiter, "0", NOW) == 0
    assert seconds(limiter, str(MOST_KEYS + 49), NOW) > 0
