"""Let the visits of the demo agree on things, and the next form say what came of them; keep the clinic's directory."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet, Followed
from clinic.core.instrument import AGREED, Instrument
from clinic.core.path import Draft
from clinic.core.result import evaluate
from clinic.core.scoring import item_burdens
from clinic.db.models import Agreement, Resource, SymptomNote, Visit
from clinic.services.demo import material
from clinic.services.demo.calendar import Diary
from clinic.services.demo.people import Person, chance
from clinic.services.followups import MOST_ASKED

SCALE = "Lindenwood Mood List"
MOST_TOTAL = 27
# One person in so many has totals of the clinic's own scale.
SCALE_EVERY = 6
HAPPENED: tuple[str | None, ...] = ("yes", "partly", "no", "not_needed", None)
OFTEN = (40, 22, 22, 8, 8)
HELPED = (6, 14, 30, 34, 16)


@dataclass(frozen=True, slots=True)
class Attended:
    """One visit with a form: whose, when, with which clinician and answers, and whether it has been and was read."""

    person: Person
    patient_id: int
    visit_id: int
    at: datetime
    clinician: int
    given: AnswerSet
    was_read: bool


@dataclass(frozen=True, slots=True)
class _Open:
    """Something agreed that no form has asked about yet."""

    id: int
    visit_at: datetime


def add_directory(session: Session, clinic_id: int, by: int, now: datetime, diary: Diary) -> None:
    """Write the clinic's directory, as somebody has kept it."""
    today = diary.day(now)
    rows = []
    for one in material.agreed()["directory"]:
        retired = one.get("retired")
        rows.append(
            {
                "clinic_id": clinic_id,
                **{key: one.get(key) for key in ("name", "offers", "gaps", "phone", "address", "url", "languages")},
                "checked_on": today - timedelta(days=one["checked"]),
                "checked_by": by,
                "created_at": now - timedelta(days=one["checked"]),
                "created_by": by,
                "retired_at": None if retired is None else now - timedelta(days=retired),
                "retired_by": None if retired is None else by,
            }
        )
    session.execute(insert(Resource), rows)


def agree(
    session: Session, instrument: Instrument, seed: int, clinic_id: int, visits: Sequence[Attended], diary: Diary
) -> None:
    """Write what the visits that have been read agreed on, and the totals of the clinic's own scale beside them."""
    places = {
        row.name: row.id
        for row in session.execute(select(Resource.name, Resource.id).where(Resource.clinic_id == clinic_id))
    }
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    said: dict[int, set[str]] = defaultdict(set)
    for one in (one for one in visits if one.was_read):
        shared = {"clinic_id": clinic_id, "visit_id": one.visit_id, "patient_id": one.patient_id}
        written = {"created_by": one.clinician}
        for n, closing in enumerate(_closings(instrument, seed, one, places, said[one.person.number], diary)):
            at = one.at + timedelta(minutes=9 + 4 * n)
            undone = closing.pop("undone")
            back = {"taken_back_at": at + timedelta(minutes=1), "taken_back_by": one.clinician}
            rows.append({**shared, **written, **closing, **(back if undone else _KEPT), "created_at": at})
        if one.person.number % SCALE_EVERY == 1:
            told = {"scale": SCALE, "total": _total(instrument, seed, one), "on": diary.day(one.at).isoformat()}
            notes.append(shared | written | {"note": told, "created_at": one.at + timedelta(minutes=3)})
    if rows:
        session.execute(insert(Agreement), rows)
    if notes:
        session.execute(insert(SymptomNote), notes)


def asked(
    session: Session, seed: int, clinic_id: int, forms: Iterable[tuple[int, Person, int, datetime, bool, Draft]]
) -> dict[int, Draft]:
    """Return the drafts, by visit, that ask what came of what was agreed before, with what the patient says of it.

    `forms` are (visit, person, patient, time of the visit, whether it is finished, draft) in order of time.
    """
    waiting = _waiting(session, clinic_id)
    found = {}
    for visit_id, person, patient_id, at, is_finished, draft in forms:
        before = [one for one in waiting[patient_id] if one.visit_at < at]
        latest = max((one.visit_at for one in before), default=None)
        now_asked = [one for one in before if one.visit_at == latest][:MOST_ASKED]
        if not now_asked:
            continue
        random = chance(seed, person, "followed", at)
        said = {str(one.id): answer(random) for one in now_asked}
        given = replace(draft.given, followed={key: one for key, one in said.items() if one != Followed()})
        numbers = tuple(one.id for one in now_asked)
        found[visit_id] = replace(draft, agreed=numbers, given=given, left=draft.left | {AGREED})
        if is_finished:
            waiting[patient_id] = [one for one in waiting[patient_id] if one.id not in numbers]
    return found


def keep(session: Session, finished: Iterable[tuple[int, datetime, Draft]]) -> None:
    """Keep with what was agreed what the finished forms, (number, time, draft), say of it."""
    rows = []
    for assessment_id, at, draft in finished:
        for number in draft.agreed:
            said = draft.given.followed.get(str(number), Followed())
            answered = {"answered_in": assessment_id, "answered_at": at}
            rows.append({"id": number, "happened": said.happened, "helped": said.helped, **answered})
    if rows:
        session.execute(update(Agreement), rows)


_KEPT: Mapping[str, None] = {"taken_back_at": None, "taken_back_by": None}
_NOTHING: Mapping[str, None] = dict.fromkeys(("what", "who", "due_on", "suggestion", "resource_id"))


def _closings(
    instrument: Instrument, seed: int, visit: Attended, places: Mapping[str, int], said: set[str], diary: Diary
) -> Iterator[dict[str, Any]]:
    """Yield how the flags of one visit were closed; most of them are, and not more than three by agreeing."""
    random = chance(seed, visit.person, "agreed", visit.at)
    agreed = 0
    for gap, found in evaluate(instrument, visit.given).gaps.items():
        kind = random.choices(("agreed", "discussed", "left"), (55, 25, 20))[0]
        things = material.agreed()["things"][gap]
        # Nobody agrees on the same thing again while there is something else.
        thing = random.choice([one for one in things if one["en"] not in said] or things)
        is_undone = random.random() < 0.04
        if not found.open or kind == "left":
            continue
        is_wanted = visit.given.wishes.get(gap) != "no" and agreed < MOST_ASKED
        closing: dict[str, Any] = {"gap": gap.lower(), "kind": "discussed", **_NOTHING, "undone": False}
        if kind == "agreed" and is_wanted and ("place" not in thing or thing["place"] in places):
            agreed += 1
            said.add(thing["en"])
            due_on = None if thing["weeks"] == "none" else diary.day(visit.at) + timedelta(weeks=thing["weeks"])
            idea = thing.get("idea")
            closing |= {
                "kind": "agreed",
                "what": thing[visit.person.language],
                "who": thing["who"],
                "due_on": due_on,
                "suggestion": None if idea is None else f"{gap}.{idea}",
                "resource_id": places.get(thing.get("place", "")),
                "undone": is_undone,
            }
        yield closing


def _total(instrument: Instrument, seed: int, visit: Attended) -> int:
    """Return a total that goes with the answers, more or less: nobody's scale says the same as another."""
    known = [one for one in item_burdens(instrument, visit.given).values() if one is not None]
    share = sum(known) / (4 * len(known)) if known else 0.5
    return min(
        max(round(MOST_TOTAL * share + chance(seed, visit.person, "total", visit.at).gauss(2, 3)), 0), MOST_TOTAL
    )


def _waiting(session: Session, clinic_id: int) -> dict[int, list[_Open]]:
    rows = session.execute(
        select(Agreement.id, Agreement.patient_id, Visit.scheduled_at)
        .join(Visit, Visit.id == Agreement.visit_id)
        .where(Agreement.clinic_id == clinic_id, Agreement.kind == "agreed")
        .where(Agreement.taken_back_at.is_(None), Agreement.answered_in.is_(None))
        .order_by(Visit.scheduled_at, Agreement.id)
    )
    found: dict[int, list[_Open]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(_Open(row.id, row.scheduled_at))
    return found


def answer(random: Random) -> Followed:
    """Return what somebody says of one thing that was agreed."""
    happened = random.choices(HAPPENED, OFTEN)[0]
    helped = random.choices(range(5), HELPED)[0]
    says_helped = random.random() < 0.9
    return Followed(happened, helped if happened in ("yes", "partly") and says_helped else None)
