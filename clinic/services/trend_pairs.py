"""Find the patients whose forms of two periods that follow each other count, and what they had in each."""

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from clinic.core.trend_counts import COUNTED
from clinic.core.trend_measures import GAPS
from clinic.core.trend_pairs import Pairs
from clinic.core.trends import Period
from clinic.db.models import Assessment, AssessmentScore
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.rollup import ENDED_AT, STORED_VERSION
from clinic.services.trend_process import bounds


def count(session: Session, settings: ClinicSettings, period: Period, version: str) -> dict[str, Pairs]:
    """Return, by domain, what became of the patients of a version who were there in the period before too.

    In each period the latest form of a patient counts, whichever version it is of; one whose level is not known in one
    of the two is left out. A domain without anybody is left out too.
    """
    start, middle = bounds(settings, period.previous())
    _middle, end = bounds(settings, period)
    is_later = case((middle <= ENDED_AT, 1), else_=0)
    last_first = (ENDED_AT.desc(), Assessment.id.desc())
    forms = (
        select(
            Assessment.patient_id,
            is_later.label("later"),
            STORED_VERSION.label("version"),
            func.row_number().over(partition_by=(Assessment.patient_id, is_later), order_by=last_first).label("place"),
            *(_has(gap).label(gap) for gap in GAPS),
        )
        .join(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
        .where(Assessment.clinic_id == settings.clinic_id)
        .where(Assessment.respondent.in_(COUNTED), Assessment.completion != "empty")
        .where(
            # Each of the two has an index of its own.
            or_(
                and_(Assessment.submitted_at >= start, Assessment.submitted_at < end),
                and_(Assessment.closed_at >= start, Assessment.closed_at < end),
            )
        )
        .subquery()
    )
    # Each patient has one line, so that nobody has to be looked up among all others.
    people = (
        select(
            *(func.max(case((forms.c.later == 0, forms.c[gap]))).label(f"{gap}_before") for gap in GAPS),
            *(func.max(case((forms.c.later == 1, forms.c[gap]))).label(f"{gap}_after") for gap in GAPS),
        )
        .where(forms.c.place == 1, forms.c.version == version)
        .group_by(forms.c.patient_id)
        .subquery()
    )
    kinds = [(had, has) for had in (1, 0) for has in (1, 0)]
    columns = [
        func.count(case((and_(people.c[f"{gap}_before"] == had, people.c[f"{gap}_after"] == has), 1)))
        for gap in GAPS
        for had, has in kinds
    ]
    row = session.execute(select(*columns)).one()
    found = {gap: Pairs(*row[len(kinds) * n : len(kinds) * (n + 1)]) for n, gap in enumerate(GAPS)}
    return {gap: pairs for gap, pairs in found.items() if pairs != Pairs(0, 0, 0, 0)}


def _has(gap: str) -> ColumnElement[int]:
    level = getattr(AssessmentScore, f"{gap}_level")
    return case((level.in_(("gap", "priority_gap")), 1), (level.in_(("none", "watch")), 0))
