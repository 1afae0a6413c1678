"""What the page of a visit offers to close each flag with, and what was pressed there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from flask_babel import gettext as _

from clinic.core.instrument import Instrument
from clinic.core.one_line import one_line
from clinic.core.page import GapBox
from clinic.services import agreements, resources
from clinic.services.agreements import GAPS, LONGEST, WHO, Closed, Closing, Gap, Who
from clinic.services.resources import Entry
from clinic.web.short_dates import short_day

OWN, RESOURCE = "own", "resource-"
NEXT_VISIT, ON_A_DAY = "next_visit", "day"
FIRST_IDEAS = 2
# The key of an idea: its domain and number.
IDEA = re.compile(r"[A-Z]{1,20}\.[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to agree on: what the row says, the words that are stored unless they are changed, and its entry."""

    key: str
    label: str
    words: str
    entry: Entry | None = None
    is_unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """What stands in one gap's form: the row picked, the words typed in each, who, by when, and what is wrong."""

    gap: Gap
    pick: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    who: str = "clinician"
    by: str = NEXT_VISIT
    on: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GapClosing:
    """One gap's part of the page: how it was closed so far, and the rows to close it with."""

    gap: Gap
    anchor: str
    is_flag: bool
    done: Sequence[Closed]
    first: Sequence[Option]
    more: Sequence[Option]
    pressed: Pressed

    @property
    def is_discussed(self) -> bool:
        """Tell whether it stands already that the gap was talked about."""
        return any(one.kind == "discussed" for one in self.done)

    @property
    def shows_more(self) -> bool:
        """Tell whether the row that was picked is among those that are folded away."""
        return any(one.key == self.pressed.pick for one in self.more)


def closings(
    boxes: Sequence[GapBox],
    instrument: Instrument,
    language: str,
    closed: Sequence[Closed],
    entries: Sequence[Entry],
    today: date,
    pressed: Pressed | None,
) -> dict[str, GapClosing]:
    """Return each gap's part by the id of its box, and that of everything else under "other"."""
    found = {}
    by_box = {box.id: box for box in boxes} | {"other": None}
    for box_id, box in by_box.items():
        gap = _gap(box_id)
        ideas = _ideas(instrument, language, box_id, box.ideas) if box else []
        places = [_place(one, today) for one in resources.for_gap(entries, gap)]
        own = Option(OWN, _("In your own words"), "")
        found[box_id] = GapClosing(
            gap=gap,
            anchor=anchor(gap),
            is_flag=box is not None and box.open,
            done=[one for one in closed if one.gap == gap],
            first=[*ideas[:FIRST_IDEAS], *(places if box else []), own],
            more=ideas[FIRST_IDEAS:] if box else places,
            pressed=pressed if pressed and pressed.gap == gap else Pressed(gap),
        )
    return found


def read(post: Mapping[str, str], today: date) -> tuple[Closing | None, Pressed]:
    """Read one gap's form: what is to be stored, or None and what is wrong with it."""
    gap = _gap(post.get("gap", ""))
    if post.get("kind") == "discussed":
        return Closing(gap, "discussed"), Pressed(gap)
    words = {name.removeprefix("what-"): value[: 2 * LONGEST] for name, value in post.items() if name[:5] == "what-"}
    pressed = Pressed(
        gap,
        pick=post.get("pick"),
        words=words,
        who=post.get("who", ""),
        by=post.get("by", ""),
        on=post.get("on", "")[:10],
    )
    what = one_line(words.get(pressed.pick or "")) or ""
    errors = {}
    if pressed.pick is None or pressed.pick not in words:
        errors["pick"] = _("Choose what was agreed.")
    elif not what:
        errors["pick"] = _("Say in a few words what was agreed.")
    elif len(what) > LONGEST:
        errors["pick"] = _("Use at most %(most)d characters.", most=LONGEST)
    if pressed.who not in WHO:
        errors["who"] = _("Choose who does it.")
    due_on, wrong = _due(pressed, today)
    if wrong:
        errors["by"] = wrong
    if errors:
        return None, replace(pressed, errors=errors)
    return _closing(pressed, what, due_on), pressed


def refused(pressed: Pressed, why: str) -> Pressed:
    """Return a form with what is wrong with the row that was picked."""
    return replace(pressed, errors={"pick": why})


def anchor(gap: str) -> str:
    """Return where on the page a gap stands."""
    known = _gap(gap)
    return f"gap-{known if known == 'other' else known.upper()}"


def due_choices(today: date) -> list[tuple[str, str]]:
    """Return by when something can be done: three days that are usual, the next visit, or any day."""
    days = agreements.due_days(today)
    words = {
        "week": _("1 week (%(day)s)", day=short_day(days["week"])),
        "two_weeks": _("2 weeks (%(day)s)", day=short_day(days["two_weeks"])),
        "month": _("1 month (%(day)s)", day=short_day(days["month"])),
        NEXT_VISIT: _("At the next visit"),
        ON_A_DAY: _("On a day"),
    }
    return list(words.items())


def who_choices() -> list[tuple[str, str]]:
    """Return who can do something, as said to the clinician."""
    words: dict[Who, str] = {
        "patient": _("Patient"),
        "clinician": _("Clinician"),
        "clinic": _("Clinic"),
        "family": _("Family or friends"),
        "other": _("Someone else"),
    }
    return [(one, words[one]) for one in WHO]


def _gap(box_id: str) -> Gap:
    """Return the gap of a box; what is none of them belongs to none of the four."""
    return next((one for one in GAPS if one == box_id.lower()), "other")


def _ideas(instrument: Instrument, language: str, domain: str, shown: Sequence[str]) -> list[Option]:
    """Return the ideas for a gap, first those that stand on the page."""
    found = [
        Option(f"{domain}.{one.number}", said, said[:LONGEST])
        for one in instrument.domains[domain].prompts
        for said in [instrument.say(language, f"prompt.{domain}.{one.number}")]
    ]
    return sorted(found, key=lambda one: shown.index(one.label) if one.label in shown else len(shown))


def _place(entry: Entry, today: date) -> Option:
    return Option(f"{RESOURCE}{entry.id}", entry.name, entry.name, entry, entry.is_unchecked(today))


def _due(pressed: Pressed, today: date) -> tuple[date | None, str | None]:
    """Return the day, or what is wrong with it; no day is the next visit."""
    if pressed.by == NEXT_VISIT:
        return None, None
    if pressed.by != ON_A_DAY:
        day = agreements.due_days(today).get(pressed.by)
        return day, None if day else _("Choose by when.")
    try:
        day = date.fromisoformat(pressed.on.strip())
    except ValueError:
        return None, _("Write the day as year-month-day, such as 2026-03-29.")
    if not today <= day <= today + agreements.FARTHEST:
        return None, _("Choose a day from today on, within two years.")
    return day, None


def _closing(pressed: Pressed, what: str, due_on: date | None) -> Closing:
    pick = pressed.pick or ""
    who = next(one for one in WHO if one == pressed.who)
    number = pick.removeprefix(RESOURCE)
    is_place = pick.startswith(RESOURCE) and number.isascii() and number.isdigit() and len(number) < 18
    return Closing(
        pressed.gap,
        "agreed",
        what,
        who,
        due_on,
        suggestion=pick if IDEA.fullmatch(pick) else None,
        resource_id=int(number) if is_place else None,
    )
