"""The rows of one form: the statements that every page and every sending runs, built once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.db.base import Base
from clinic.db.models import Assessment, AssessmentScore, Clinic, FormLink, User, Visit

# Every page and every sending runs these, so they are built once, on the bare tables: building one costs more than
# running it, and so does looking for objects in its rows.
_TABLES = Base.metadata.tables
_FORMS, _LINKS, _VISITS, _CLINICS, _STAFF = (
    _TABLES[one.__tablename__] for one in (Assessment, FormLink, Visit, Clinic, User)
)
_FORM = (
    select(
        _LINKS.c.clinic_id,
        _LINKS.c.expires_at,
        _LINKS.c.revoked_at,
        _VISITS.c.id.label("visit_id"),
        _VISITS.c.site_id,
        _VISITS.c.patient_id,
        _VISITS.c.scheduled_at,
        _VISITS.c.cancelled_at,
        _VISITS.c.declined_at,
        _CLINICS.c.settings_version,
        _STAFF.c.display_name,
        _FORMS.c.id.label("assessment_id"),
        _FORMS.c.state,
        _FORMS.c.instrument_id,
        _FORMS.c.instrument_version,
        _FORMS.c.scoring_profile,
        _FORMS.c.revision,
        _FORMS.c.saved_at,
        _FORMS.c.language,
        _FORMS.c.document,
    )
    .select_from(_LINKS)
    .join(_VISITS, _VISITS.c.id == _LINKS.c.visit_id)
    .join(_CLINICS, _CLINICS.c.id == _LINKS.c.clinic_id)
    .join(_STAFF, _STAFF.c.id == _VISITS.c.clinician_id)
    .outerjoin(_FORMS, _FORMS.c.visit_id == _VISITS.c.id)
    .where(_LINKS.c.id == bindparam("link"))
)
_CHANGE = update(_FORMS).where(
    _FORMS.c.id == bindparam("form"), _FORMS.c.revision == bindparam("read"), _FORMS.c.state == "draft"
)
_SCORE = insert(_TABLES[AssessmentScore.__tablename__])
_NEW = {
    dialect: of.insert(_FORMS).on_conflict_do_nothing(index_elements=[_FORMS.c.visit_id])
    for dialect, of in (("sqlite", sqlite), ("postgresql", postgresql))
}


def of_link(session: Session, link_id: int) -> Row[*tuple[Any, ...]] | None:
    """Return the link, its visit, its clinic's version and the form as far as it is, None for an unknown link."""
    return session.connection().execute(_FORM, {"link": link_id}).one_or_none()


def begin(session: Session, values: Mapping[str, Any]) -> None:
    """Write the row of a new form, unless its visit has one already."""
    connection = session.connection()
    connection.execute(_NEW[connection.dialect.name], values)


def change(session: Session, assessment_id: int | None, revision: int, values: Mapping[str, Any]) -> bool:
    """Write over the draft that was read; tell whether nobody else was first."""
    row = {"form": assessment_id, "read": revision, "revision": revision + 1, **values}
    return session.connection().execute(_CHANGE, row).rowcount == 1


def add_score(session: Session, row: Mapping[str, Any]) -> None:
    """Write the scores of a form that has ended."""
    session.connection().execute(_SCORE, row)
