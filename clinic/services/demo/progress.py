"""Walk an invented form through the real path, page by page, with the time at which each page was left."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clinic.core import path, safety
from clinic.core.instrument import CHECKIN, Instrument
from clinic.core.path import Draft
from clinic.services.demo.forms import Filled

OTHER_PAGE = timedelta(seconds=26)


@dataclass(frozen=True, slots=True)
class Moment:
    """A form as it stood when one page had been left."""

    draft: Draft
    at: datetime


def walk(instrument: Instrument, filled: Filled, started_at: datetime) -> Iterator[Moment]:
    """Yield the form after each page that is left, the start page first, until check-your-answers comes."""
    draft, at = Draft(), started_at
    seconds = filled.seconds // len(instrument.pages)
    while (step := path.next_step(instrument, draft)).kind != "check":
        at += timedelta(seconds=seconds) if step.kind == "core" else OTHER_PAGE
        part = path.part_of(instrument, filled.given, step)
        draft = path.saved(instrument, draft, step, part, left=True, seconds=seconds)
        if path.screen_due(instrument, draft):
            draft = path.screen_left(instrument, draft)
        yield Moment(draft, at)


def finished(instrument: Instrument, filled: Filled, started_at: datetime) -> Moment:
    """Return the form as it is sent; a test holds the short way equal to the walk."""
    if safety.signals(instrument, filled.given):
        return list(walk(instrument, filled, started_at))[-1]
    # Without a signal nothing changes the path on the way, so that all of its pages are known at once.
    steps = [one for one in path.steps(instrument, Draft(given=filled.given)) if one.kind != "check"]
    seconds = filled.seconds // len(instrument.pages)
    cores = sum(one.kind == "core" for one in steps)
    given = replace(filled.given, checkin=None)
    left = frozenset(block for one in steps for block in one.blocks)
    at = started_at + cores * timedelta(seconds=seconds) + (len(steps) - cores) * OTHER_PAGE
    return Moment(Draft(given=given, left=left, core_seconds=cores * seconds), at)


def until(instrument: Instrument, filled: Filled, started_at: datetime, share: float) -> Moment:
    """Return the form as it stands when its person stops after this share of its pages."""
    whole = list(walk(instrument, filled, started_at))
    return whole[max(round(len(whole) * share), 2) - 1]


def may_alert(draft: Draft) -> bool:
    """Tell whether anything in a form can have raised an alert."""
    return draft.checkin_after is not None or CHECKIN in draft.left
