"""What the saving of an answer does to a form's alerts: raise, open, settle or add to (YAML, `safety.fire_when`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clinic.core.instrument import CHECKIN_NO, CHECKIN_NOW, CHECKIN_PAST, Instrument
from clinic.core.safety import LEVELS, Safety, SafetyLevel, highest

State = Literal["waiting", "open", "settled"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as stored; a waiting one is open from `opens_at` on, by comparing times, with no worker needed.

    `own_words` tells that words which may name self-harm were posted while it waited, kept or not: a person reads on.
    One that staff have closed has opened; it stays where it is, and nobody looks at it any more.
    """

    id: int
    level: SafetyLevel
    state: State
    opens_at: datetime
    own_words: bool = False
    is_closed: bool = False

    def is_open(self, now: datetime) -> bool:
        """Tell whether a person has to act on it."""
        return self.state == "open" or (self.state == "waiting" and self.opens_at <= now)


@dataclass(frozen=True, slots=True)
class Seen:
    """What whoever closed a form's last alert could know: its latest level and check-in, and every signal there was."""

    level: SafetyLevel
    checkin: str | None
    signals: frozenset[str]

    def misses(self, safety: Safety) -> bool:
        """Tell whether answers say anything of danger that is not known: higher, or new."""
        now, before = LEVELS.index(safety.level), LEVELS.index(self.level)
        says_yes = safety.checkin in (CHECKIN_NOW, CHECKIN_PAST) and safety.checkin != self.checkin
        return now > before or (says_yes and now == before) or not self.signals.issuperset(safety.triggers)


@dataclass(frozen=True, slots=True)
class Raise:
    """Write a new alert row."""

    level: SafetyLevel
    state: State
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """Open a waiting alert at this level, from this time on."""

    alert: int
    level: SafetyLevel
    at: datetime


@dataclass(frozen=True, slots=True)
class Settle:
    """Settle a waiting alert: kept, at S1, and never in the inbox."""

    alert: int


@dataclass(frozen=True, slots=True)
class Append:
    """Add to an alert that has opened what the answers now say; its level and state stay."""

    alert: int
    level: SafetyLevel


Decision = Raise | Open | Settle | Append


def decide(
    instrument: Instrument,
    alerts: Sequence[Alert],
    safety: Safety,
    *,
    checkin_expected: bool,
    now: datetime,
    seen: Seen | None = None,
) -> list[Decision]:
    """Return what the saving of an answer does to a form's alerts.

    `safety` is the judgement of what was posted; `checkin_expected` tells that the check-in is on the path and has not
    been left. An alert that has opened is never settled, lowered or deleted. Where one was closed, `seen` is needed: a
    danger that is new since then raises another one, because nobody reads what is added to a closed alert.
    """
    return list(_decide(instrument, alerts, safety, checkin_expected, now, seen))


def reached(alerts: Sequence[Alert], now: datetime) -> SafetyLevel:
    """Return the highest level that any alert of a form has opened at."""
    return highest(*(alert.level for alert in alerts if alert.is_open(now)))


def _decide(
    instrument: Instrument,
    alerts: Sequence[Alert],
    safety: Safety,
    checkin_expected: bool,
    now: datetime,
    seen: Seen | None,
) -> Iterator[Decision]:
    waiting = [one for one in alerts if one.state == "waiting" and not one.is_open(now)]
    opened = [one for one in alerts if one.is_open(now)]
    read_on = [one for one in opened if not one.is_closed]
    for one in opened:
        if one.state == "waiting":
            yield Open(one.id, one.level, one.opens_at)

    alarming = safety.level in instrument.safety.alert_on
    is_news = alarming and (seen is None or seen.misses(safety))
    if checkin_expected and safety.level != "S3":
        if is_news and not read_on and not waiting:
            yield Raise("S2", "waiting", now + timedelta(minutes=instrument.safety.wait_minutes))
        elif opened:
            yield Append((read_on or opened)[-1].id, safety.level)
        return

    top = reached(read_on if is_news else alerts, now)
    for one in waiting:
        # Only a plain "no" settles: whoever takes a signal back and then says nothing is still somebody to call.
        if safety.checkin == CHECKIN_NO and not alarming and not one.own_words:
            yield Settle(one.id)
        else:
            level = highest(safety.level, one.level)
            top = highest(top, level)
            yield Open(one.id, level, now)
    if alarming and LEVELS.index(safety.level) > LEVELS.index(top):
        yield Raise(safety.level, "open", now)
    elif opened:
        yield Append((read_on or opened)[-1].id, safety.level)
