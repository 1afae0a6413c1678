"""What a worker does: its jobs, one round of each, and how they have been going."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.core.errors import DamagedRecord
from clinic.db.models import WorkerRun
from clinic.db.session import begin_write
from clinic.mail.channel import Channel
from clinic.mail.letter import Letter, Undelivered
from clinic.services import escalation, outbox, reminders

Job = Callable[[Session, datetime], None]
Sessions = Callable[[], AbstractContextManager[Session]]

SENDING = "sending"
SEND_EVERY = timedelta(seconds=3)
PLAN_EVERY = timedelta(minutes=1)
# Sending that finds nothing is noted this often, so that an idle worker does not write all day.
NOTE_EVERY = timedelta(seconds=30)
LATE = timedelta(minutes=5)
# What is done again and again beside sending: name, what to do, and how often.
PLANNED: tuple[tuple[str, Job, timedelta], ...] = (
    ("reminders", reminders.plan, PLAN_EVERY),
    ("escalation", escalation.escalate, PLAN_EVERY),
)
JOBS = (SENDING, *(name for name, _job, _every in PLANNED))
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobHealth:
    """One job: who ran it last, when it was last begun and last done, and what went wrong the last time."""

    name: str
    worker: str | None
    ran_at: datetime | None
    done_at: datetime | None
    last_error: str | None
    is_late: bool


class Worker:
    """One worker, which may be one of several; its jobs never raise, what goes wrong is noted and the next run goes on.

    `sessions` opens a session of its own for each transaction, `channel` a way out for each round of sending.
    """

    def __init__(
        self, name: str, sessions: Sessions, channel: Callable[[], Channel], clock: Callable[[], datetime]
    ) -> None:
        """Make it; `name` is its own among all workers, at most 40 characters."""
        self.name = name
        self._sessions = sessions
        self._channel = channel
        self._clock = clock
        self._stopping = threading.Event()
        self._idle_noted_at: datetime | None = None

    def stop(self) -> None:
        """End a round of sending after the message that is on its way."""
        self._stopping.set()

    def do(self, name: str, job: Job) -> None:
        """Do a job once, in a transaction of its own."""
        with self._noted(name), self._sessions() as session:
            begin_write(session)
            job(session, self._clock())
            session.commit()

    def send(self) -> None:
        """Send what is due, one message after another, until nothing is or no message would get there now."""
        with self._noted(SENDING), closing(self._channel()) as channel:
            while not self._stopping.is_set() and self._send_one(channel):
                self._idle_noted_at = None

    def _send_one(self, channel: Channel) -> bool:
        """Send the most urgent message; tell whether it is worth going on with the next."""
        with self._sessions() as session:
            found = self._claimed(session)
            if found is None:
                return False
            failure = None
            try:
                letter = outbox.read(session, self.name, found)
            except DamagedRecord:
                letter, failure = None, Undelivered("damaged")
            # Nothing is held in the database while the mail server takes its time.
            session.rollback()
            if letter is not None:
                failure = _handed_over(channel, letter, self._clock())
            elif failure is None:
                return True
            begin_write(session)
            if failure is None:
                outbox.sent(session, self.name, found, self._clock())
            else:
                outbox.put_off(session, self.name, found, failure.reason, self._clock())
            session.commit()
        return failure is None or not failure.is_for_all

    def _claimed(self, session: Session) -> int | None:
        now = self._clock()
        is_due = outbox.is_due(session, now)
        session.rollback()
        if not is_due:
            return None
        begin_write(session)
        found = outbox.claim(session, self.name, now)
        session.commit()
        return found

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        began = self._clock()
        failure = None
        try:
            yield
        except Exception as error:
            failure = _place_of(error)
            log.warning("The worker's job %s did not end: %s", name, failure)
        if name == SENDING and failure is None:
            if self._idle_noted_at is not None and began - self._idle_noted_at < NOTE_EVERY:
                return
            self._idle_noted_at = began
        try:
            with self._sessions() as session:
                begin_write(session)
                _note(session, name, self.name, began, None if failure else self._clock(), failure)
                session.commit()
        except Exception as error:
            self._idle_noted_at = None
            log.warning("The worker could not note its job %s: %s", name, _place_of(error))


def jobs_health(session: Session, now: datetime) -> list[JobHealth]:
    """Return how the jobs have been going; one that no worker has ever run is late."""
    rows = {row.job: row for row in session.scalars(select(WorkerRun))}
    return [_health(name, rows.get(name), now) for name in JOBS]


def _handed_over(channel: Channel, letter: Letter, now: datetime) -> Undelivered | None:
    try:
        channel.send(letter, now)
    except Undelivered as error:
        log.warning("A message was put off: %s", error.reason)
        return error
    return None


def _note(
    session: Session, job: str, worker: str, ran_at: datetime, done_at: datetime | None, failure: str | None
) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    changes = {"worker": worker, "ran_at": ran_at, "last_error": failure} | ({"done_at": done_at} if done_at else {})
    insert = dialect.insert(WorkerRun).values(job=job, **changes)
    session.execute(insert.on_conflict_do_update(index_elements=["job"], set_=changes))


def _health(name: str, row: WorkerRun | None, now: datetime) -> JobHealth:
    if row is None:
        return JobHealth(name, None, None, None, None, is_late=True)
    is_late = row.done_at is None or now - row.done_at > LATE
    return JobHealth(name, row.worker, row.ran_at, row.done_at, row.last_error, is_late)


def _place_of(error: BaseException) -> str:
    """Return the kind of an error and where in the product it arose: its text might name somebody."""
    place, step = "", error.__traceback__
    while step is not None:
        place, step = _own_place(step) or place, step.tb_next
    return f"{type(error).__name__}{place}"[: outbox.LONGEST_ERROR]


def _own_place(step: TracebackType) -> str | None:
    module = step.tb_frame.f_globals.get("__name__", "")
    return f" in {module}, line {step.tb_lineno}" if module.startswith("clinic.") else None
