"""Sending a form with the trends' counts beside sending it without them, turn by turn in one run."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import select

from clinic.core.answers import AnswerSet
from clinic.db.models import Clinic, User, Visit
from clinic.db.session import begin_write, db
from clinic.instruments.catalogue import current
from clinic.services import assessments, rollup
from tests.benchmarks.installation import CLINICIAN, NOW, Installation
from tests.benchmarks.measure import Pair, settled
from tests.benchmarks.writing import connect, filled_in
from tests.factories import make_assessment, make_link, make_patient, make_visit

BEFORE = NOW - timedelta(days=40)
# What was sent before stays: only the forms of NOW are sent again.
RESET = (
    "DELETE FROM assessment_score WHERE assessment_id IN (SELECT id FROM assessment WHERE submitted_at = ?)",
    "UPDATE assessment SET state = 'draft', submitted_at = NULL, completion = NULL, responded = NULL, revision = 0 "
    "WHERE submitted_at = ?",
)


@dataclass(frozen=True, slots=True)
class Drafts:
    """Filled-in forms, each of a patient of its own who has sent another one weeks ago, in the same year."""

    made: Installation
    links: Sequence[int]

    def send(self, number: int) -> None:
        """Send a form as its page does."""
        with self.made.app.app_context():
            begin_write(db.session)
            form = assessments.load(db.session, self.links[number], now=NOW)
            assessments.submit(db.session, form, language="en", now=NOW)
            db.session.commit()

    def reset(self) -> None:
        """Make every form that was sent a draft again, but not the one before it; what is counted does not matter."""
        with closing(connect(self.made.file)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            sent = (f"{NOW:%Y-%m-%d %H:%M:%S}.000000",)
            for statement in RESET:
                connection.execute(statement, sent)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True, slots=True)
class Cost:
    """Sending with the counts beside sending without: CPU time and wall time."""

    cpu: Pair
    wall: Pair


def prepare(made: Installation, count: int) -> Drafts:
    """Make the patients, what each has sent before, and the form that each is to send."""
    given, links = filled_in(), []
    with made.app.app_context():
        session = db.session
        clinic = session.get_one(Clinic, made.clinic_id)
        clinician = session.scalars(select(User).where(User.email == CLINICIAN)).one()
        for _ in range(count):
            patient = make_patient(session, clinic)
            for at in (BEFORE, NOW):
                visit = make_visit(session, clinic, patient, clinician, scheduled_at=at)
                link = make_link(session, visit, expires_at=at + timedelta(days=1))
                _draft(visit, given)
                if at == BEFORE:
                    form = assessments.load(session, link.id, now=at)
                    assessments.submit(session, form, language="en", now=at)
            links.append(link.id)
        session.commit()
    return Drafts(made, links)


def cost(drafts: Drafts, rounds: int) -> Cost:
    """Send every form with and without the counts, which of the two comes first by turns."""
    times: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    with settled():
        for turn in range(2 * rounds + 2):
            drafts.reset()
            for number in range(len(drafts.links)):
                with_counts = (turn + number) % 2 == 0
                with _as_asked(with_counts):
                    taken = _timed(lambda n=number: drafts.send(n))
                # The first two rounds warm up.
                if turn > 1:
                    times[with_counts].append(taken)
    return Cost(*(_pair([one[n] for one in times[True]], [one[n] for one in times[False]]) for n in (0, 1)))


def _draft(visit: Visit, given: AnswerSet) -> None:
    make_assessment(
        db.session,
        visit,
        given,
        instrument_digest=current().digest,
        respondent=given.respondent,
        started_at=visit.scheduled_at,
        saved_at=visit.scheduled_at,
    )


@contextmanager
def _as_asked(with_counts: bool) -> Iterator[None]:
    counted = rollup.counted
    if not with_counts:
        rollup.counted = lambda *_given, **_named: None
    try:
        yield
    finally:
        rollup.counted = counted


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def _pair(figures: Sequence[float], floors: Sequence[float]) -> Pair:
    # One after the other, so that each pair is of one moment.
    return Pair(median(figures), median(floors), median(a / b for a, b in zip(figures, floors, strict=True)))
