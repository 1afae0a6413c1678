"""Sending a form with the trends' counts beside sending it without them, turn by turn in one run."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median

from sqlalchemy import select

from clinic.core.answers import AnswerSet
from clinic.core.path import Draft, steps
from clinic.db.crypto import keyring_of
from clinic.db.models import Clinic, User, Visit
from clinic.db.session import begin_write, db
from clinic.instruments.catalogue import current
from clinic.services import assessments, rollup
from clinic.services.drafts import to_document
from tests.benchmarks.installation import CLINICIAN, NOW, Installation, OpenLink
from tests.benchmarks.measure import Pair, settled
from tests.benchmarks.walking import Form
from tests.benchmarks.writing import connect, filled_in
from tests.factories import make_assessment, make_link, make_patient, make_visit

BEFORE = NOW - timedelta(days=40)
# So that every leaf of the year changes with the form that comes after it.
BETTER = {"ACC1": 0, "ACC2": 0, "MED": 1, "DLY": 1, "SUP1": 0}
CHECK = "/form/check"
# CPU seconds and seconds of wall time.
Times = tuple[float, float]
# What was sent before stays: only what was sent since is sent again.
RESET = (
    "DELETE FROM assessment_score WHERE assessment_id IN (SELECT id FROM assessment WHERE submitted_at >= ?)",
    "UPDATE assessment SET state = 'draft', submitted_at = NULL, completion = NULL, responded = NULL, revision = 0 "
    "WHERE submitted_at >= ?",
)


@dataclass(frozen=True, slots=True)
class Drafts:
    """Filled-in forms, each of a patient of its own who has sent another one weeks ago, in the same year."""

    made: Installation
    links: Sequence[OpenLink]

    def send(self, number: int) -> None:
        """Send a form as its page does."""
        with self.made.app.app_context():
            begin_write(db.session)
            form = assessments.load(db.session, self.links[number].link_id, now=NOW)
            assessments.submit(db.session, form, language="en", now=NOW)
            db.session.commit()

    def press(self, number: int) -> Times:
        """Open a form on a browser of its own, look at its last page and press its button; only the press counts."""
        client = self.made.app.test_client()
        client.get(self.links[number].path, follow_redirects=True)
        form = Form(client.get(CHECK).text)
        answers: list[int] = []
        taken = _timed(lambda: answers.append(client.post(form.action, data=form.filled()).status_code))
        if answers != [303] or "send" not in form.buttons:
            raise AssertionError(f"{CHECK} answered {answers} to {form.buttons}.")
        return taken

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
    """Sending with the counts beside without: by the service alone (CPU and wall time) and by its request (CPU)."""

    cpu: Pair
    wall: Pair
    request: Pair


def prepare(made: Installation, count: int) -> Drafts:
    """Make the patients, what each has sent before, and the form that each is to send."""
    now, before = filled_in(), replace(filled_in(), answers={**filled_in().answers, **BETTER}, ticks=frozenset())
    links = []
    with made.app.app_context():
        session, keyring = db.session, keyring_of(db.session)
        clinic = session.get_one(Clinic, made.clinic_id)
        clinician = session.scalars(select(User).where(User.email == CLINICIAN)).one()
        for _ in range(count):
            patient = make_patient(session, clinic)
            for at, given in ((BEFORE, before), (NOW, now)):
                visit = make_visit(session, clinic, patient, clinician, scheduled_at=at)
                link = make_link(session, visit, expires_at=at + timedelta(days=1))
                _draft(visit, given)
                if at == BEFORE:
                    form = assessments.load(session, link.id, now=at)
                    assessments.submit(session, form, language="en", now=at)
            links.append(OpenLink(visit.id, link.id, f"/q/{keyring.link_token(link.salt)}"))
        session.commit()
    return Drafts(made, links)


def cost(drafts: Drafts, rounds: int) -> Cost:
    """Send every form with and without the counts, which of the two comes first by turns."""
    alone = _side_by_side(drafts, lambda number: _timed(lambda: drafts.send(number)), rounds)
    pressed = _side_by_side(drafts, drafts.press, max(1, rounds // 2))
    return Cost(_pair(alone, 0), _pair(alone, 1), _pair(pressed, 0))


def _side_by_side(drafts: Drafts, send: Callable[[int], Times], rounds: int) -> Mapping[bool, Sequence[Times]]:
    """Return the times of sending, with the counts and without."""
    times: dict[bool, list[Times]] = {True: [], False: []}
    with settled():
        for turn in range(2 * rounds + 2):
            drafts.reset()
            for number in range(len(drafts.links)):
                with_counts = (turn + number) % 2 == 0
                with _as_asked(with_counts):
                    taken = send(number)
                # The first two rounds warm up.
                if turn > 1:
                    times[with_counts].append(taken)
    return times


def _draft(visit: Visit, given: AnswerSet) -> None:
    """Make a form of which every page has been left."""
    whole = Draft(given=given)
    left = frozenset(block for step in steps(current(), whole) for block in step.blocks if step.kind != "check")
    make_assessment(
        db.session,
        visit,
        instrument_digest=current().digest,
        respondent=given.respondent,
        started_at=visit.scheduled_at,
        saved_at=visit.scheduled_at,
        document=to_document(replace(whole, left=left)),
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


def _timed(work: Callable[[], object]) -> Times:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def _pair(times: Mapping[bool, Sequence[Times]], which: int) -> Pair:
    # One after the other, so that each pair is of one moment.
    figures, floors = ([one[which] for one in times[counts]] for counts in (True, False))
    return Pair(median(figures), median(floors), median(a / b for a, b in zip(figures, floors, strict=True)))
