"""The links that open a form: making them, finding them by token or short code, and ending them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hmac import compare_digest
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from clinic.core.errors import NoSuchLink, NotFound, NoUseForLink
from clinic.db import queries
from clinic.db.crypto import keyring_of, new_salt, token_hash
from clinic.db.models import Assessment, Clinic, FormLink, Patient, Visit
from clinic.services import clinic_settings, outbox
from clinic.services.states import FormState, state_of

# A form that was begun may be finished this long after its link has expired.
GRACE = timedelta(hours=24)
TRIES = 20
# The states of a visit in which its form can still be opened.
TAKES_ANSWERS: tuple[FormState, ...] = ("not_started", "not_sent", "sent", "opened", "started", "declined")

LinkSelect = Select[int, int, int, datetime, datetime | None, str | None, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One link as staff hand it out; token and code are made again from its salt, only their hashes are stored.

    `sent_at` is when a message with it left.
    """

    id: int
    token: str
    code: str
    expires_at: datetime
    opened_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def path(self) -> str:
        """Return the address of the form on this server."""
        return f"/q/{self.token}"

    @property
    def spaced_code(self) -> str:
        """Return the short code in two halves, easier to read out and to type."""
        half = len(self.code) // 2
        return f"{self.code[:half]} {self.code[half:]}"


@dataclass(frozen=True, slots=True)
class Opening:
    """A link that may be opened now; `language` is that of the form begun, else the patient's own."""

    link_id: int
    visit_id: int
    clinic_id: int
    opened_at: datetime | None
    language: str


def issue(session: Session, clinic_id: int, visit_id: int, *, by: int | None, now: datetime) -> Link:
    """Make the link of a visit and end the ones before it, with the messages that wait to carry them.

    It lasts as many days as the clinic has set, and at least to the end of the visit's day. Raises NotFound, and
    NoUseForLink where the form takes no more answers.
    """
    at, state = form_state(session, clinic_id, visit_id)
    if state == "cancelled":
        raise NoUseForLink("This visit is cancelled, so its form cannot be opened. Make a new visit, with a new link.")
    if state not in TAKES_ANSWERS:
        raise NoUseForLink("The form of this visit has been sent, so there is nothing left to open with a link.")
    revoke(session, clinic_id, visit_id, now=now)
    settings = clinic_settings.read(session, clinic_id)
    expires_at = max(_end_of_day(at, settings.zone), now + timedelta(days=settings.link_days))
    keyring = keyring_of(session)
    for _ in range(TRIES):
        salt = new_salt()
        token, code = keyring.link_token(salt), keyring.short_code(salt)
        # A code is typed without naming a clinic, so it must be the only one of its kind in all of them.
        if session.scalar(_by_code(session, code).limit(1)) is None:
            break
    row = {
        "clinic_id": clinic_id,
        "visit_id": visit_id,
        "salt": salt,
        "token_hash": token_hash(token),
        "code_hash": keyring.code_hash(clinic_id, code),
        "expires_at": expires_at,
        "created_at": now,
        "created_by": by,
    }
    link_id = session.execute(insert(FormLink).returning(FormLink.id).values(row)).scalar_one()
    return Link(link_id, token, code, expires_at)


def form_state(session: Session, clinic_id: int, visit_id: int) -> tuple[datetime, FormState]:
    """Return when a visit is and what has become of its form.

    Raises NotFound.
    """
    found = session.execute(
        select(Visit.scheduled_at, Visit.summary_read_at, Visit.cancelled_at, Visit.declined_at, Assessment.state)
        .outerjoin(Assessment, Assessment.visit_id == Visit.id)
        .where(Visit.clinic_id == clinic_id, Visit.id == visit_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such visit.")
    return found.scheduled_at, state_of(found.state, found.summary_read_at, found.cancelled_at, found.declined_at)


def current(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> Link | None:
    """Return a visit's link that still opens, so that it can be shown again; None where there is none."""
    found = session.execute(
        select(FormLink.id, FormLink.salt, FormLink.expires_at, FormLink.opened_at, FormLink.sent_at)
        .where(FormLink.clinic_id == clinic_id, FormLink.visit_id == visit_id)
        .where(FormLink.revoked_at.is_(None), FormLink.expires_at > now)
        .order_by(FormLink.id.desc())
    ).first()
    if found is None:
        return None
    keyring = keyring_of(session)
    token, code = keyring.link_token(found.salt), keyring.short_code(found.salt)
    return Link(found.id, token, code, found.expires_at, found.opened_at, found.sent_at)


def keep_through(session: Session, clinic_id: int, visit_id: int, at: datetime, *, now: datetime) -> None:
    """Let a link that still works last to the end of the day of a moment; one that lasts longer is left alone."""
    end = _end_of_day(at, clinic_settings.read(session, clinic_id).zone)
    session.execute(
        update(FormLink)
        .where(FormLink.clinic_id == clinic_id, FormLink.visit_id == visit_id, FormLink.revoked_at.is_(None))
        .where(FormLink.expires_at > now, FormLink.expires_at < end)
        .values(expires_at=end)
    )


def revoke(session: Session, clinic_id: int, visit_id: int, *, now: datetime) -> None:
    """End all links of a visit at once, also for those who have opened one, and withdraw the messages that wait."""
    session.execute(
        update(FormLink)
        .where(FormLink.clinic_id == clinic_id, FormLink.visit_id == visit_id, FormLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    outbox.withdraw(session, clinic_id, visit_id=visit_id)


def open_by_token(session: Session, token: str, *, now: datetime) -> Opening:
    """Return the link of a token if it may be opened now; raises NoSuchLink, whatever the reason."""
    return _opening(session, _link().where(FormLink.token_hash == token_hash(token)), now)


def open_by_code(session: Session, code: str, *, now: datetime) -> Opening:
    """Return the link of a short code if it may be opened now; raises NoSuchLink, whatever the reason."""
    return _opening(session, _by_code(session, code), now)


def open_by_id(session: Session, link_id: int, *, now: datetime) -> Opening:
    """Return a link that was found before if it may be opened now; raises NoSuchLink, whatever the reason."""
    return _opening(session, _link().where(FormLink.id == link_id), now)


def is_born_on(session: Session, link_id: int, day: date | None) -> bool:
    """Tell whether the patient of a link was born on a day; one whose date cannot be read was not."""
    born_on = session.scalar(
        select(queries.lenient(Patient.born_on))
        .select_from(FormLink)
        .join(Visit, Visit.id == FormLink.visit_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(FormLink.id == link_id)
    )
    return day is not None and born_on is not None and compare_digest(day.isoformat(), str(born_on))


def note_opened(session: Session, link_id: int, *, now: datetime) -> None:
    """Record when a link was first opened."""
    session.execute(update(FormLink).where(FormLink.id == link_id, FormLink.opened_at.is_(None)).values(opened_at=now))


def clinic_of(session: Session, link_id: int | None) -> int | None:
    """Return the clinic that a link belongs to; without a link the only clinic here, None where there are several."""
    if link_id is not None:
        return session.scalar(select(FormLink.clinic_id).where(FormLink.id == link_id))
    clinics = session.scalars(select(Clinic.id).limit(2)).all()
    return clinics[0] if len(clinics) == 1 else None


def _link() -> LinkSelect:
    # The state of the form tells whether there is something to come back to.
    return (
        select(
            FormLink.id,
            FormLink.visit_id,
            FormLink.clinic_id,
            FormLink.expires_at,
            FormLink.opened_at,
            Assessment.state,
            func.coalesce(Assessment.language, Patient.language),
        )
        .join(Visit, Visit.id == FormLink.visit_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(Assessment, Assessment.visit_id == FormLink.visit_id)
        .where(FormLink.revoked_at.is_(None), Visit.cancelled_at.is_(None))
    )


def _by_code(session: Session, code: str) -> LinkSelect:
    keyring = keyring_of(session)
    digests = [keyring.code_hash(clinic, code) for clinic in session.scalars(select(Clinic.id))]
    return _link().where(FormLink.code_hash.in_(digests)).order_by(FormLink.id.desc())


def _opening(session: Session, found: LinkSelect, now: datetime) -> Opening:
    row = session.execute(found).first()
    if row is None:
        raise NoSuchLink
    link_id, visit_id, clinic_id, expires_at, opened_at, state, language = row
    # Whoever has begun may come back for a while, also on another device; nobody begins after the link's time.
    if now >= (expires_at if state is None else expires_at + GRACE):
        raise NoSuchLink
    return Opening(link_id, visit_id, clinic_id, opened_at, language)


def _end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    day = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), tzinfo=zone)
