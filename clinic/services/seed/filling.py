"""Fill a demo clinic with synthetic forms, batch after batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from clinic.core import scope
from clinic.core.errors import NotADemo
from clinic.db.models import Clinic, Role, Site, TrendView, User
from clinic.instruments import catalogue
from clinic.services import being_filled, clinic_settings, rollup, scoring_profiles
from clinic.services.seed import people, pool
from clinic.services.seed.people import Patient, Place
from clinic.services.seed.pool import Pool
from clinic.services.seed.rows import Writer, Written

FEWEST, MOST = 10_000, 5_000_000
# One batch is one transaction: short enough that who works in the demo meanwhile waits for a second.
BATCH = 12_000
SAMPLE = 1000


@dataclass(slots=True)
class Seeding:
    """One run: where it goes, what it deals from, and the sample of written forms that is checked at the end."""

    clinic_id: int
    seed: int
    place: Place
    pool: Pool
    writer: Writer
    until: datetime
    random: Random
    seen: int = 0
    sample: list[tuple[int, int]] = field(default_factory=list)

    def batches(self, count: int, size: int = BATCH, *, days: int = people.DAYS) -> Iterator[list[Patient]]:
        """Yield patients who have begun `count` forms in the last `days`, about `size` visits at a time."""
        batch: list[Patient] = []
        forms = 0
        day = self.until.astimezone(self.place.zone).date()
        for patient in people.invent(self.pool, self.place, self.seed, count, day, days):
            batch.append(patient)
            forms += len(patient.forms)
            if forms >= size:
                yield batch
                batch, forms = [], 0
        if batch:
            yield batch

    def write(self, session: Session, batch: Sequence[Patient], now: datetime) -> Written:
        """Write one batch; the caller commits. It counts for the trends once the clinic is counted anew."""
        # A run that is killed half way leaves counts that lack some, and says so.
        being_filled.note(session, self.clinic_id, now)
        written = self.writer.write(session, batch)
        for one in written.forms:
            self.seen += 1
            # Every form of the whole run is as likely to be in the sample as any other, and it never grows.
            if len(self.sample) < SAMPLE:
                self.sample.append(one)
            elif (place := int(self.random.random() * self.seen)) < SAMPLE:
                self.sample[place] = one
        return written


def begin(session: Session, clinic_id: int, seed: int, now: datetime, *, pool_size: int = pool.SIZE) -> Seeding:
    """Make ready to fill a clinic up to yesterday; its trends are not counted until they are counted anew.

    Raises NotADemo for a clinic whose people may be real.
    """
    clinic = session.get_one(Clinic, clinic_id)
    if not clinic.is_demo:
        raise NotADemo(
            f"{clinic.name} is no demo, and nothing in it was changed: synthetic forms would stand among those of its "
            "patients. Make a demo with clinic demo --no-serve --instance DIR, and run this with CLINIC_INSTANCE=DIR."
        )
    settings = clinic_settings.read(session, clinic_id)
    instrument = scoring_profiles.present(settings, catalogue.current())
    place = Place(
        sites=session.scalars(select(Site.id).where(Site.clinic_id == clinic_id).order_by(Site.id)).all(),
        clinicians=_clinicians(session, clinic_id),
        languages=[one for one in clinic.languages if one in instrument.languages],
        zone=ZoneInfo(clinic.time_zone),
    )
    if not place.clinicians:
        raise NotADemo(f"Nobody sees patients in {clinic.name}: add somebody with clinic user add --role clinician.")
    being_filled.note(session, clinic_id, now)
    entries = pool.make(instrument, seed, pool_size)
    random = Random(f"{seed} sample")  # noqa: S311 (which forms are looked at is no secret)
    return Seeding(clinic_id, seed, place, entries, Writer(session, clinic_id, place, entries), now, random)


def forget_published(session: Session, clinic_id: int, now: datetime) -> None:
    """Take back what was published of a demo: its months have more people in them now than when they were over.

    Whoever has prepared a period meanwhile finds that it does not hold any more.
    """
    rollup.hold(session, clinic_id)
    being_filled.again(session, clinic_id, now)
    session.execute(delete(TrendView).where(TrendView.clinic_id == clinic_id))


def ended(session: Session, clinic_id: int) -> None:
    """Leave the clinic's trends to the workers again."""
    being_filled.ended(session, clinic_id)


def _clinicians(session: Session, clinic_id: int) -> list[int]:
    rows = session.scalars(
        select(User.id).where(
            User.clinic_id == clinic_id, User.active, User.roles.any(Role.name == scope.Role.CLINICIAN.value)
        )
    )
    return sorted(rows)
