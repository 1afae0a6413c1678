"""Find the patients whose forms of two periods that follow each other count, and what they had in each."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.core.trend_counts import COUNTED
from clinic.core.trend_measures import GAPS
from clinic.core.trend_pairs import Pairs
from clinic.core.trends import Period
from clinic.db.models import Assessment, AssessmentScore
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.trend_process import bounds

_GAP, _CLEAR = ("gap", "priority_gap"), ("none", "watch")
_moment = func.coalesce(Assessment.submitted_at, Assessment.closed_at)
_version = Assessment.instrument_id + "|" + Assessment.instrument_version + "|" + Assessment.scoring_profile


def count(session: Session, settings: ClinicSettings, period: Period, version: str) -> dict[str, Pairs]:
    """Return, by domain, what became of the patients of a version who were there in the period before too.

    In each period the latest form of a patient counts, whichever version it is of; one whose level is not known in one
    of the two is left out. A domain without anybody is left out too.
    """
    earlier, later = (
        aliased(_latest(settings.clinic_id, *bounds(settings, one)).subquery()) for one in (period.previous(), period)
    )
    before, after = aliased(AssessmentScore), aliased(AssessmentScore)
    columns: list[ColumnElement[int]] = []
    for gap in GAPS:
        for first in (_GAP, _CLEAR):
            for second in (_GAP, _CLEAR):
                had, has = getattr(before, f"{gap}_level"), getattr(after, f"{gap}_level")
                columns.append(func.count().filter(had.in_(first), has.in_(second)).label(f"{gap}{len(columns)}"))
    row = session.execute(
        select(*columns)
        .select_from(earlier)
        .join(later, later.c.patient_id == earlier.c.patient_id)
        .join(before, before.assessment_id == earlier.c.id)
        .join(after, after.assessment_id == later.c.id)
        .where(earlier.c.place == 1, later.c.place == 1, earlier.c.version == version, later.c.version == version)
    ).one()
    found = {gap: Pairs(*(int(one) for one in row[4 * n : 4 * n + 4])) for n, gap in enumerate(GAPS)}
    return {gap: pairs for gap, pairs in found.items() if pairs != Pairs(0, 0, 0, 0)}


def _latest(clinic_id: int, start: datetime, end: datetime) -> Select[int, int, str, int]:
    """Return a select of the counted forms of a period, the latest of each patient in place 1."""
    last_first = (_moment.desc(), Assessment.id.desc())
    return (
        select(
            Assessment.patient_id,
            Assessment.id,
            _version.cast(String).label("version"),
            func.row_number().over(partition_by=Assessment.patient_id, order_by=last_first).label("place"),
        )
        .where(Assessment.clinic_id == clinic_id, Assessment.respondent.in_(COUNTED), Assessment.completion != "empty")
        .where(
            # Each of the two has an index of its own.
            or_(
                and_(Assessment.submitted_at >= start, Assessment.submitted_at < end),
                and_(Assessment.closed_at >= start, Assessment.closed_at < end),
            )
        )
    )
