"""The rounds of one worker: its jobs in transactions of their own, messages one by one, and trends step by step."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime, timedelta
from types import TracebackType

from sqlalchemy.orm import Session

from clinic.cli import trend_steps
from clinic.core.errors import DamagedRecord
from clinic.db.session import begin_write
from clinic.mail.channel import Channel
from clinic.mail.letter import Letter, Undelivered
from clinic.services import clinics, outbox, work
from clinic.services.each_clinic import LeftOut, one_by_one

Sessions = Callable[[], AbstractContextManager[Session]]

# A round of sending ends after this long, to note that the worker is there; the next one follows at once.
ROUND = timedelta(minutes=1)
# Sending that finds nothing is noted this often, so that an idle worker does not write all day.
NOTE_EVERY = timedelta(seconds=30)
# A clinic that is far behind is published in several runs, so that each of the others gets its turn.
MOST_PERIODS = 12
log = logging.getLogger(__name__)


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
        """End a round of sending after the message that is on its way, and publishing after the present period."""
        self._stopping.set()

    def do(self, name: str, job: work.Job) -> None:
        """Do a job once, in a transaction of its own."""
        with self._noted(name), self._sessions() as session:
            begin_write(session)
            try:
                job(session, self._clock())
            except LeftOut as error:
                # What was done for the other clinics is kept.
                session.commit()
                raise error.first from None
            session.commit()

    def send(self) -> None:
        """Send what is due, one message after another, until nothing is or no message would get there now."""
        end = self._clock() + ROUND
        with self._noted(work.SENDING), closing(self._channel()) as channel:
            while not self._stopping.is_set() and self._clock() < end and self._send_one(channel):
                self._idle_noted_at = None

    def publish(self) -> None:
        """Count and publish the trends of every clinic, in short transactions between which others may write."""
        with self._noted(work.PUBLISHING):
            with self._sessions() as session:
                every_clinic = clinics.numbers(session)
            try:
                one_by_one(every_clinic, self._publish_one)
            except LeftOut as error:
                raise error.first from None

    def _publish_one(self, clinic_id: int) -> None:
        with self._sessions() as session:
            for _period in trend_steps.keep_up(session, clinic_id, self._clock, most=MOST_PERIODS):
                if self._stopping.is_set():
                    return

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
        if name == work.SENDING and failure is None:
            if self._idle_noted_at is not None and began - self._idle_noted_at < NOTE_EVERY:
                return
            self._idle_noted_at = began
        try:
            with self._sessions() as session:
                begin_write(session)
                work.note(session, name, self.name, began, None if failure else self._clock(), failure)
                session.commit()
        except Exception as error:
            self._idle_noted_at = None
            log.warning("The worker could not note its job %s: %s", name, _place_of(error))


def _handed_over(channel: Channel, letter: Letter, now: datetime) -> Undelivered | None:
    try:
        channel.send(letter, now)
    except Undelivered as error:
        log.warning("A message was put off: %s", error.reason)
        return error
    return None


def _place_of(error: BaseException) -> str:
    """Return the kind of an error and where in the product it arose: its text might name somebody."""
    place, step = "", error.__traceback__
    while step is not None:
        place, step = _own_place(step) or place, step.tb_next
    return f"{type(error).__name__}{place}"[: outbox.LONGEST_ERROR]


def _own_place(step: TracebackType) -> str | None:
    module = step.tb_frame.f_globals.get("__name__", "")
    return f" in {module}, line {step.tb_lineno}" if module.startswith("clinic.") else None
