"""Count and publish the trends of a clinic in steps: reading takes long and holds nobody up, writing takes a moment."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from clinic.core.trends import Period
from clinic.db.session import begin_snapshot, begin_write
from clinic.services import being_filled, rollup, trend_publishing
from clinic.services.rollup import Comparison
from clinic.services.trend_publishing import Known


def compare(session: Session, clinic_id: int) -> Comparison:
    """Count all forms of a clinic anew and say what its counts lack; nothing is changed."""
    begin_snapshot(session)
    found = rollup.compare(session, clinic_id)
    session.rollback()
    return found


def count(session: Session, clinic_id: int, clock: Callable[[], datetime]) -> Comparison:
    """Count all forms of a clinic anew, put right what is kept of them, and return what was wrong.

    Raises Busy where somebody else has counted or filled it meanwhile.
    """
    found = compare(session, clinic_id)
    begin_write(session)
    rollup.correct(session, clinic_id, found, now=clock())
    session.commit()
    return found


def publish(
    session: Session, clinic_id: int, clock: Callable[[], datetime], *, most: int | None = None
) -> Iterator[Period]:
    """Publish what is due of a counted clinic, at most `most` periods, and yield each once it is there for good.

    It ends early where somebody else does the same, or where the clinic was changed meanwhile.
    """
    begin_snapshot(session)
    due = trend_publishing.due(session, clinic_id, clock())
    session.rollback()
    known = Known()
    for period in due[:most]:
        begin_snapshot(session)
        prepared = trend_publishing.prepare(session, clinic_id, period, known)
        session.rollback()
        begin_write(session)
        is_stored = trend_publishing.store(session, prepared, clock())
        session.commit()
        if not is_stored:
            return
        yield period


def keep_up(session: Session, clinic_id: int, clock: Callable[[], datetime], *, most: int) -> Iterator[Period]:
    """Do what a worker does for a clinic now and then: count it where that was not done, and publish what is due.

    A clinic that is just being filled is left to whoever fills it.
    """
    begin_snapshot(session)
    is_left = being_filled.is_going_on(session, clinic_id, clock())
    is_counted = rollup.is_counted(session, clinic_id)
    session.rollback()
    if is_left:
        return
    if not is_counted:
        count(session, clinic_id, clock)
    yield from publish(session, clinic_id, clock, most=most)
