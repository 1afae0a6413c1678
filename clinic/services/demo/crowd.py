"""Put three years of other people's forms beside the people of the demo, so that its trends are worth looking at."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.services import rollup, trend_publishing
from clinic.services.seed import filling

# So many that a month's gaps, sites and languages mostly may be shown, and that the demo still begins within seconds.
FORMS, DAYS = 8000, 3 * 365
POOL = 600


def add(session: Session, clinic_id: int, seed: int, now: datetime) -> None:
    """Write the forms with what their visits agreed on, count them, and publish every period that is due."""
    seeding = filling.begin(session, clinic_id, seed, now, pool_size=POOL)
    for batch in seeding.batches(FORMS, days=DAYS):
        seeding.write(session, batch, now)
    filling.ended(session, clinic_id)
    rollup.recount(session, clinic_id, now)
    trend_publishing.publish_clinic(session, clinic_id, now=now)
