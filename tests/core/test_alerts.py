"""When an alert is written, opened, settled or only added to."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.core.alerts import Alert, Append, Decision, Open, Raise, Settle, decide, reached
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


def decided(alerts: list[Alert], given: AnswerSet, *, expected: bool = False) -> list[Decision]:
    return decide(INSTRUMENT, alerts, judge(INSTRUMENT, given), checkin_expected=expected, now=NOW)


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
