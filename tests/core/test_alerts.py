"""When an alert is written, opened, settled or only added to."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.core.alerts import Alert, Append, Decision, Open, Raise, Seen, Settle, decide, reached
from clinic.core.answers import AnswerSet
from clinic.core.safety import judge
from tests.core.strategies import INSTRUMENT

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
SIGNAL = frozenset({"EMO.despair"})
WAITING = Alert(1, "S2", "waiting", LATER)
OVERDUE = Alert(1, "S2", "waiting", NOW)
OPEN = Alert(1, "S2", "open", NOW)
URGENT = Alert(1, "S3", "open", NOW)


CLOSED = Alert(1, "S2", "open", NOW, is_closed=True)
CLOSED_URGENT = Alert(1, "S3", "open", NOW, is_closed=True)


def decided(
    alerts: list[Alert], given: AnswerSet, *, expected: bool = False, seen: AnswerSet | None = None
) -> list[Decision]:
    known = None
    if seen is not None:
        safety = judge(INSTRUMENT, seen)
        known = Seen(safety.level, safety.checkin, frozenset(safety.triggers))
    return decide(INSTRUMENT, alerts, judge(INSTRUMENT, given), checkin_expected=expected, now=NOW, seen=known)


def test_a_signal_before_the_check_in_writes_an_alert_that_waits_ten_minutes() -> None:
    assert decided([], AnswerSet(ticks=SIGNAL), expected=True) == [Raise("S2", "waiting", LATER)]


def test_a_second_signal_while_one_waits_writes_nothing_more() -> None:
    assert decided([WAITING], AnswerSet(ticks=SIGNAL | {"PRG.hopelessness"}), expected=True) == []


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        pytest.param(AnswerSet(ticks=SIGNAL, checkin="yes_now"), Open(1, "S3", NOW), id="thoughts today"),
        pytest.param(AnswerSet(ticks=SIGNAL, checkin="yes_past"), Open(1, "S2", NOW), id="thoughts, not today"),
        pytest.param(AnswerSet(ticks=SIGNAL, checkin="PNA"), Open(1, "S2", NOW), id="prefers not to answer"),
        pytest.param(AnswerSet(ticks=SIGNAL), Open(1, "S2", NOW), id="left empty"),
        pytest.param(AnswerSet(ticks=SIGNAL, checkin="no"), Settle(1), id="no"),
        pytest.param(AnswerSet(checkin="no"), Settle(1), id="no, and the signal was taken back"),
        pytest.param(
            AnswerSet(texts={"TXT": "better off dead"}, checkin="no"), Open(1, "S2", NOW), id="no, but own words"
        ),
    ],
)
def test_leaving_the_check_in_decides_the_waiting_alert(given: AnswerSet, decision: Decision) -> None:
    assert decided([WAITING], given) == [decision]


@pytest.mark.parametrize("checkin", ["PNA", None])
def test_a_signal_taken_back_before_the_check_in_is_settled_by_a_plain_no_alone(checkin: str | None) -> None:
    assert decided([WAITING], AnswerSet(checkin=checkin)) == [Open(1, "S2", NOW)]
    assert decided([WAITING], AnswerSet(checkin="no")) == [Settle(1)]


def test_a_later_signal_is_added_to_an_alert_that_time_has_opened() -> None:
    found = decided([OVERDUE], AnswerSet(texts={"TXT": "I want to die"}), expected=True)

    assert found == [Open(1, "S2", NOW), Append(1, "S2")]


def test_an_alert_whose_ten_minutes_are_over_is_open_and_a_no_only_adds_to_it() -> None:
    found = decided([OVERDUE], AnswerSet(ticks=SIGNAL, checkin="no"))

    assert found == [Open(1, "S2", NOW), Append(1, "S1")]


def test_an_alert_whose_ten_minutes_are_over_is_open_with_no_worker_needed() -> None:
    assert OVERDUE.is_open(NOW)
    assert not WAITING.is_open(NOW)
    assert reached([OVERDUE], NOW) == "S2"
    assert reached([WAITING], NOW) == "S0"


@pytest.mark.parametrize("checkin", ["no", "PNA", None, "yes_past"])
def test_an_open_alert_is_never_lowered_by_a_later_answer(checkin: str | None) -> None:
    found = decided([URGENT], AnswerSet(ticks=SIGNAL, checkin=checkin))

    assert [type(one) for one in found] == [Append]


def test_a_higher_level_raises_an_alert_of_its_own() -> None:
    assert decided([OPEN], AnswerSet(ticks=SIGNAL, checkin="yes_now")) == [Raise("S3", "open", NOW)]


def test_own_words_after_a_settled_check_in_open_an_alert_at_once() -> None:
    settled = Alert(1, "S1", "settled", LATER)
    given = AnswerSet(ticks=SIGNAL, checkin="no", texts={"TXT": "I want to end it all"})

    assert decided([settled], given) == [Raise("S2", "open", NOW)]


def test_without_a_check_in_to_wait_for_a_signal_opens_at_once() -> None:
    assert decided([], AnswerSet(ticks=SIGNAL)) == [Raise("S2", "open", NOW)]


def test_thoughts_today_are_never_kept_waiting() -> None:
    assert decided([], AnswerSet(checkin="yes_now"), expected=True) == [Raise("S3", "open", NOW)]


def test_answers_without_a_signal_write_nothing() -> None:
    assert decided([], AnswerSet(answers={"EMO": 4}, checkin="no")) == []


PAST = AnswerSet(ticks=SIGNAL, checkin="yes_past")
WORDS = {"TXT": "I want to die"}


@pytest.mark.parametrize(
    ("seen", "given"),
    [
        pytest.param(AnswerSet(ticks=SIGNAL, checkin="no"), PAST, id="yes again after a no"),
        pytest.param(AnswerSet(ticks=SIGNAL, checkin="PNA"), PAST, id="yes after no answer"),
        pytest.param(PAST, AnswerSet(ticks=SIGNAL, checkin="yes_past", texts=WORDS), id="own words besides"),
        pytest.param(PAST, AnswerSet(ticks={*SIGNAL, "PRG.hopelessness"}, checkin="yes_past"), id="one more signal"),
    ],
)
def test_a_danger_that_is_new_after_the_closing_raises_another_alert(seen: AnswerSet, given: AnswerSet) -> None:
    assert decided([CLOSED], given, seen=seen) == [Raise("S2", "open", NOW)]


def test_thoughts_today_after_everything_was_closed_raise_an_urgent_alert_again() -> None:
    given = AnswerSet(ticks=SIGNAL, checkin="yes_now")

    assert decided([CLOSED_URGENT], given, seen=PAST) == [Raise("S3", "open", NOW)]
    assert decided([CLOSED], given, seen=PAST) == [Raise("S3", "open", NOW)]


@pytest.mark.parametrize(
    ("seen", "given"),
    [
        pytest.param(PAST, PAST, id="the same again"),
        pytest.param(PAST, AnswerSet(ticks=SIGNAL, checkin="no"), id="taken back"),
        pytest.param(AnswerSet(ticks=SIGNAL, checkin="yes_now"), PAST, id="less than was known"),
        pytest.param(PAST, AnswerSet(ticks=SIGNAL), id="no answer any more"),
    ],
)
def test_what_was_known_at_the_closing_is_only_added_to_it(seen: AnswerSet, given: AnswerSet) -> None:
    found = decided([CLOSED], given, seen=seen)
    assert found == [Append(1, judge(INSTRUMENT, given).level)]


def test_a_new_signal_after_the_closing_waits_for_the_check_in_as_the_first_did() -> None:
    more = AnswerSet(ticks=SIGNAL | {"PRG.hopelessness"})

    assert decided([CLOSED], more, expected=True, seen=AnswerSet(ticks=SIGNAL)) == [Raise("S2", "waiting", LATER)]
    assert decided([CLOSED], more, expected=True, seen=more) == [Append(1, "S2")]


def test_what_comes_while_another_alert_is_still_read_is_added_to_that_one() -> None:
    still = Alert(2, "S2", "open", NOW)
    more = AnswerSet(ticks=SIGNAL, checkin="yes_past", texts=WORDS)

    assert decided([still, Alert(3, "S2", "open", NOW, is_closed=True)], more, seen=PAST) == [Append(2, "S2")]
    assert decided([still, Alert(3, "S3", "open", NOW, is_closed=True)], AnswerSet(checkin="yes_now"), seen=PAST) == [
        Raise("S3", "open", NOW)
    ]
