"""Put three years of other people's forms beside the people of the demo, so that its trends are worth looking at."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from clinic.core.trend_measures import GAPS
from clinic.db.models import Agreement, Assessment, AssessmentScore, Visit
from clinic.services import rollup, trend_publishing
from clinic.services.demo import agreed, material
from clinic.services.seed import filling

# So many that a month's gaps, sites and languages mostly may be shown, and that the demo still begins within seconds.
FORMS, DAYS = 8000, 3 * 365
POOL = 600
# How the flag of a gap is closed: with something agreed, only talked about, or left open.
CLOSED = ("agreed", "discussed", None)
OFTEN = (60, 25, 15)


def add(session: Session, clinic_id: int, seed: int, now: datetime) -> None:
    """Write the forms and what their visits agreed on, count them, and publish every period that is due."""
    before = session.scalar(select(func.max(Assessment.id)).where(Assessment.clinic_id == clinic_id)) or 0
    seeding = filling.begin(session, clinic_id, seed, now, pool_size=POOL)
    for batch in seeding.batches(FORMS, days=DAYS):
        seeding.write(session, batch)
    _agree(session, clinic_id, seed, before)
    rollup.recount(session, clinic_id, now)
    trend_publishing.publish_clinic(session, clinic_id, now=now)


def _agree(session: Session, clinic_id: int, seed: int, after: int) -> None:
    """Let the visits of the forms after this one agree on things, and the next forms say what came of them."""
    levels = [getattr(AssessmentScore, f"{gap}_level").label(gap) for gap in GAPS]
    ended_at = func.coalesce(Assessment.submitted_at, Assessment.closed_at)
    people: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(
        select(
            Assessment.id,
            Assessment.visit_id,
            Assessment.patient_id,
            Visit.clinician_id,
            Visit.scheduled_at,
            ended_at.label("ended_at"),
            *levels,
        )
        .join(Visit, Visit.id == Assessment.visit_id)
        .join(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
        .where(Assessment.clinic_id == clinic_id, Assessment.id > after)
        .order_by(Assessment.patient_id, Visit.scheduled_at)
    ):
        people[row.patient_id].append(row)
    random = Random(f"{seed} agreed")  # noqa: S311 (made-up people need no secret chance)
    rows = [one for visits in people.values() for one in _of_person(clinic_id, visits, random)]
    session.execute(insert(Agreement), rows)


def _of_person(clinic_id: int, visits: Sequence[Any], random: Random) -> Iterator[dict[str, Any]]:
    things = material.agreed()["things"]
    for number, visit in enumerate(visits):
        following = visits[number + 1] if number + 1 < len(visits) else None
        for gap in GAPS:
            kind = random.choices(CLOSED, OFTEN)[0]
            thing = random.choice(things[gap.upper()])
            said = agreed.answer(random)
            if getattr(visit, gap) not in ("gap", "priority_gap") or kind is None:
                continue
            is_agreed = kind == "agreed"
            asked = following if is_agreed else None
            yield {
                "clinic_id": clinic_id,
                "visit_id": visit.visit_id,
                "patient_id": visit.patient_id,
                "gap": gap,
                "kind": kind,
                "what": thing["en"] if is_agreed else None,
                "who": thing["who"] if is_agreed else None,
                "created_at": visit.scheduled_at + timedelta(minutes=9),
                "created_by": visit.clinician_id,
                "happened": said.happened if asked else None,
                "helped": said.helped if asked else None,
                "answered_in": asked.id if asked else None,
                "answered_at": asked.ended_at if asked else None,
            }
