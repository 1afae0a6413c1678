"""Hold stored synthetic forms against the core: each is scored anew from its answers and compared column by column."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.result import evaluate
from clinic.db.models import Assessment, AssessmentScore
from clinic.services.drafts import from_document
from clinic.services.score_rows import completion_columns, score_row
from clinic.services.seed.bulk import table_of
from clinic.services.seed.pool import Pool

_AT_ONCE = 200
_FORM = ("completion", "responded", "overall_twelfths", "core_seconds", "document")


def differing(session: Session, clinic_id: int, pool: Pool, dealt: Mapping[int, int]) -> list[int]:
    """Return those of some stored forms that are not what the core says of their answers now.

    `dealt` maps a form to its place in the pool.
    """
    scores, forms = table_of(AssessmentScore), table_of(Assessment)
    asked = (
        select(scores, *(forms.c[one] for one in _FORM))
        .join_from(scores, forms, forms.c.id == scores.c.assessment_id)
        .where(forms.c.clinic_id == clinic_id)
    )
    ids, found = sorted(dealt), []
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        rows = session.execute(asked.where(forms.c.id.in_(some))).mappings()
        stored = {row["assessment_id"]: _stored(row) for row in rows}
        found += [one for one in some if stored.get(one) != _expected(pool, one, dealt[one])]
    return found


def _stored(row: Mapping[Any, Any]) -> dict[str, Any]:
    columns = dict(row)
    ticks = from_document(columns.pop("document")).given.ticks
    return columns | {"ticks": ticks}


def _expected(pool: Pool, assessment_id: int, place: int) -> dict[str, Any]:
    entry = pool.entries[place]
    result = evaluate(pool.instrument, entry.given, entry.seconds)
    scored = score_row(assessment_id, result, entry.given, result.safety.level)
    return {**scored, **completion_columns(result), "core_seconds": entry.seconds, "ticks": entry.given.ticks}
