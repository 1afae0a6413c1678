"""Say that forms are being written into a clinic in bulk, so that workers leave its trends alone meanwhile."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from clinic.db.models import Clinic, WorkerRun

# Whoever fills a clinic says so again and again; a clinic whose filling was killed is taken up again after this long.
QUIET = timedelta(minutes=15)


def note(session: Session, clinic_id: int, now: datetime) -> None:
    """Keep that forms have just been written which nobody has counted, and that more may follow."""
    # It locks the clinic too, so that the row below is made once.
    session.execute(update(Clinic).where(Clinic.id == clinic_id).values(trends_counted_at=None))
    again(session, clinic_id, now)


def again(session: Session, clinic_id: int, now: datetime) -> None:
    """Keep that whoever fills the clinic is still there."""
    changes = {"worker": "clinic seed", "ran_at": now}
    if session.scalar(select(WorkerRun.job).where(WorkerRun.job == _job(clinic_id))) is None:
        session.execute(insert(WorkerRun).values(job=_job(clinic_id), **changes))
    else:
        session.execute(update(WorkerRun).where(WorkerRun.job == _job(clinic_id)).values(changes))


def ended(session: Session, clinic_id: int) -> None:
    """Keep that nothing more follows."""
    session.execute(delete(WorkerRun).where(WorkerRun.job == _job(clinic_id)))


def noted_at(session: Session, clinic_id: int) -> datetime | None:
    """Return when forms were last written in bulk by somebody who has not ended; None where there is nobody."""
    return session.scalar(select(WorkerRun.ran_at).where(WorkerRun.job == _job(clinic_id)))


def is_going_on(session: Session, clinic_id: int, now: datetime) -> bool:
    """Tell whether a clinic is being filled; not for ever, since somebody may have been killed."""
    noted = noted_at(session, clinic_id)
    return noted is not None and now - noted < QUIET


def _job(clinic_id: int) -> str:
    # It stands beside the jobs of the workers, which is the same thing: who does what, and when last.
    return f"filling:{clinic_id}"
