"""What surrounds an answer set on the one page: whose it is, when and how it was filled in, and what came before."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from clinic.core.answers import AnswerSet
from clinic.core.safety import SafetyLevel

Mode = Literal["web", "tablet", "paper", "file"]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The latest earlier form of the same kind and scoring version, with the day on which it was filled in."""

    given: AnswerSet
    filled_on: date


@dataclass(frozen=True, slots=True)
class AlertNote:
    """One alert as the strip tells it; `changes` are later answers to the check-in with their times."""

    level: SafetyLevel
    waiting: bool
    opened_at: datetime
    acknowledged: tuple[datetime, str] | None = None
    closed_at: datetime | None = None
    changes: tuple[tuple[str | None, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class AgreedBefore:
    """One thing agreed last time: what it was, who was to do it, and what the patient says came of it.

    `who` is "patient", "clinician", "clinic", "family" or "other"; `happened` is "yes", "partly", "no" or "not_needed";
    `helped` is 0-4. Each is None where nothing was said.
    """

    what: str
    who: str | None = None
    happened: str | None = None
    helped: int | None = None


@dataclass(frozen=True, slots=True)
class AgreedToday:
    """One thing agreed in this visit: what, who does it, and by when; without a day it is the next visit."""

    what: str
    who: str | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """Everything on the page that is not an answer; times carry the clinic's zone, None is "not given".

    `is_damaged` tells that what is None of the person is stored, but cannot be read; `is_sent` is false of a form that
    the clinic closed: `filled_at` is then when it was last saved. `other_kind_on` and `unsent_on`
    are the days of the latest forms that are not compared: answered by the other kind of person, or closed without
    being sent after the one that is.
    """

    printed_at: datetime
    printed_by: str | None = None
    name: str | None = None
    born_on: date | None = None
    record_number: str | None = None
    is_damaged: bool = False
    visit_at: datetime | None = None
    clinician: str | None = None
    filled_at: datetime | None = None
    mode: Mode = "file"
    is_sent: bool = True
    form_language: str | None = None
    reviewer: str | None = None
    core_seconds: int | None = None
    checkin_at: datetime | None = None
    alerts: tuple[AlertNote, ...] = ()
    earlier: Earlier | None = None
    other_kind_on: date | None = None
    other_rules_on: date | None = None
    unsent_on: date | None = None
    agreed_before: tuple[AgreedBefore, ...] = ()
    agreed_before_on: date | None = None
    agreed_today: tuple[AgreedToday, ...] = ()
