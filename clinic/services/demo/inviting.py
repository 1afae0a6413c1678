"""The demo's links by e-mail: most of the coming visits were invited, and today one was opened and one declined."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from clinic.db.models import Assessment, FormLink, Outbox, Visit
from clinic.services import invitations
from clinic.services.demo.clinic_setup import findable_patients

# Every third of the coming visits has its link on paper only.
ON_PAPER = 3
OPENED_BEFORE = timedelta(minutes=35)


def invite(session: Session, clinic_id: int, today: tuple[datetime, datetime], now: datetime) -> None:
    """Let the coming visits stand as if their invitations had left; `today` are the bounds of the clinic's day."""
    rows = _coming(session, clinic_id, today[0])
    sent = {row.id for row in rows if row.sent_at is not None}
    for row in rows:
        if not row.id % ON_PAPER or row.id in sent:
            continue
        if invitations.invite(session, clinic_id, row.id, now=now) == "written":
            session.execute(update(FormLink).where(FormLink.id == row.link_id).values(sent_at=now))
            sent.add(row.id)
    session.execute(
        update(Outbox)
        .where(Outbox.clinic_id == clinic_id, Outbox.kind == invitations.INVITATION, Outbox.state == "waiting")
        .values(state="sent", sent_at=now, attempts=1)
    )
    when = now - OPENED_BEFORE
    # Those on paper first, so that some of today's links stand as sent and no more.
    todays = sorted((row for row in rows if row.scheduled_at < today[1]), key=lambda row: row.id in sent)
    for number, row in enumerate(todays[:2]):
        session.execute(update(FormLink).where(FormLink.id == row.link_id).values(opened_at=when))
        if number:
            session.execute(update(Visit).where(Visit.id == row.id).values(declined_at=when))


def _coming(session: Session, clinic_id: int, since: datetime) -> Sequence[Row[int, datetime, int, datetime | None]]:
    """Return the own people's visits from today on whose form nobody has begun or opened, in order of time."""
    return session.execute(
        select(Visit.id, Visit.scheduled_at, FormLink.id.label("link_id"), FormLink.sent_at)
        .join(FormLink, FormLink.visit_id == Visit.id)
        .outerjoin(Assessment, Assessment.visit_id == Visit.id)
        .where(Visit.clinic_id == clinic_id, Visit.scheduled_at >= since)
        .where(Visit.patient_id.in_(findable_patients(clinic_id)))
        .where(Visit.cancelled_at.is_(None), Visit.declined_at.is_(None), Assessment.id.is_(None))
        .where(FormLink.revoked_at.is_(None), FormLink.opened_at.is_(None))
        .order_by(Visit.scheduled_at, Visit.id)
    ).all()
