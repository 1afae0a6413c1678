"""What workers do again and again, and how it has been going."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.db.models import WorkerRun
from clinic.services import escalation, reminders

Job = Callable[[Session, datetime], None]

# Two jobs see to their own transactions (cli/rounds.py); the others are done in one each.
SENDING, PUBLISHING = "sending", "trends"
SEND_EVERY = timedelta(seconds=3)
PLAN_EVERY = timedelta(minutes=1)
PUBLISH_EVERY = timedelta(minutes=10)
LATE = timedelta(minutes=5)
# What is done again and again in a transaction of its own: name, what to do, and how often.
PLANNED: tuple[tuple[str, Job, timedelta], ...] = (
    ("reminders", reminders.plan, PLAN_EVERY),
    ("escalation", escalation.escalate, PLAN_EVERY),
)
EVERY: Mapping[str, timedelta] = {
    SENDING: SEND_EVERY,
    **{name: every for name, _job, every in PLANNED},
    PUBLISHING: PUBLISH_EVERY,
}
JOBS = tuple(EVERY)


@dataclass(frozen=True, slots=True)
class JobHealth:
    """One job: who ran it last, when it was last begun and last done, and what went wrong the last time."""

    name: str
    worker: str | None
    ran_at: datetime | None
    done_at: datetime | None
    last_error: str | None
    is_late: bool


def note(
    session: Session, job: str, worker: str, ran_at: datetime, done_at: datetime | None, failure: str | None
) -> None:
    """Keep when a job was begun and, where nothing went wrong, when it was done."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    changes = {"worker": worker, "ran_at": ran_at, "last_error": failure} | ({"done_at": done_at} if done_at else {})
    insert = dialect.insert(WorkerRun).values(job=job, **changes)
    session.execute(insert.on_conflict_do_update(index_elements=["job"], set_=changes))


def jobs_health(session: Session, now: datetime) -> list[JobHealth]:
    """Return how the jobs have been going; one that no worker has ever run is late."""
    rows = {row.job: row for row in session.scalars(select(WorkerRun))}
    return [_health(name, rows.get(name), now) for name in JOBS]


def _health(name: str, row: WorkerRun | None, now: datetime) -> JobHealth:
    if row is None:
        return JobHealth(name, None, None, None, None, is_late=True)
    # What is done seldom is late where it was left out once.
    allowed = max(LATE, 2 * EVERY[name])
    is_late = row.done_at is None or now - row.done_at > allowed
    return JobHealth(name, row.worker, row.ran_at, row.done_at, row.last_error, is_late)
