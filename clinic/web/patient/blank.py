"""Pages that nobody has answered yet: they are the same for everybody, so each is made once and kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from flask_wtf.csrf import generate_csrf
from jinja2.utils import LRUCache

from clinic.core import path
from clinic.core.answers import AnswerSet
from clinic.core.path import Step
from clinic.services.assessments import OpenForm
from clinic.web.frame import SessionEnd, session_end

# A few dozen pages in two languages are what a clinic shows; one has about ten kilobytes.
MOST_KEPT = 500
KEPT = "blank_pages"
# These show the visit, what it agreed, or the answers themselves, so they belong to one person.
OF_ONE_PERSON = ("start", "agreed", "check")
# What is different for everybody stands in a kept page as these; no word of ours and no form value has the character.
TOKEN, SHOWN, SECONDS, UNTIL = "\ue000token", "\ue000shown", "\ue000seconds", "\ue000until"


@dataclass(frozen=True, slots=True)
class Blank:
    """Everything that decides what a page looks like before it is answered."""

    clinic: int
    settings: str
    instrument: str
    language: str
    step: Step
    progress: tuple[int, int]
    back_until: date
    respondent: str | None
    was_signalled: bool
    picks: tuple[tuple[str, ...], ...]


def of(form: OpenForm, step: Step, language: str, *, back_until: date) -> Blank | None:
    """Return what decides the look of a page, or None where the page holds something of the person who answers."""
    if step.kind in OF_ONE_PERSON or path.part_of(form.instrument, form.draft.given, step) != AnswerSet():
        return None
    given = form.draft.given
    return Blank(
        clinic=form.settings.clinic_id,
        settings=form.settings.version,
        instrument=form.instrument.digest,
        language=language,
        step=step,
        progress=path.progress(form.instrument, form.draft, step),
        back_until=back_until,
        respondent=given.respondent,
        was_signalled=form.draft.checkin_after is not None,
        picks=path.picks_in_order(form.instrument, given) if step.kind == "priorities" else (),
    )


def page(blank: Blank, shown: str, make: Callable[[Mapping[str, Any]], str]) -> str:
    """Return a page, made by `make` only the first time; `make` is given what stands in for the values of a request."""
    kept: LRUCache = current_app.extensions.setdefault(KEPT, LRUCache(MOST_KEPT))
    found: str | None = kept.get(blank)
    if found is None:
        found = kept[blank] = make(
            {"csrf_token": lambda: TOKEN, "shown": SHOWN, "session_end": lambda: SessionEnd(UNTIL, SECONDS)}
        )
    end = session_end()
    for place, value in ((TOKEN, generate_csrf()), (SHOWN, shown), (SECONDS, end.seconds), (UNTIL, end.until)):
        found = found.replace(place, value)
    return found
