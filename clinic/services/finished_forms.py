"""Read all finished forms of a clinic, patient by patient, in flat memory."""

import json
import secrets
from array import array
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from clinic.core.deidentified import Census, most_forms
from clinic.core.finished import FinishedForm, GapRead
from clinic.core.suppression import OUTSIDE
from clinic.db import queries
from clinic.db.crypto import EncryptedText
from clinic.db.models import SUBTHEMES, Assessment, AssessmentScore, Patient
from clinic.db.models.assessment import DOMAINS
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.drafts import stored_answers

# Patients read at once; with their forms they fit into a few megabytes.
BATCH = 500
_LISTS = frozenset(key.upper() for key in SUBTHEMES)
_PROFILE = (Assessment.instrument_id, Assessment.instrument_version, Assessment.scoring_profile)
_WRITTEN = (Assessment.state.in_(queries.FINISHED), Assessment.completion != "empty")


def by_patient(
    session: Session, clinic_id: int, *, answers: bool, shuffled: bool = False
) -> Iterator[list[FinishedForm]]:
    """Yield the forms of each patient who has any, in the order in which they were begun.

    `answers` asks for the answers too, which takes most of the time. `shuffled` is for what leaves the clinic: the
    order in which patients came to it would tell who of them is who. Only the patients' numbers are held at once, eight
    bytes each.
    """
    found = select(Assessment.patient_id).where(Assessment.clinic_id == clinic_id, *_WRITTEN).distinct()
    ordered = found.order_by(Assessment.patient_id).execution_options(yield_per=10_000)
    patients = array("q", session.scalars(ordered))
    if shuffled:
        secrets.SystemRandom().shuffle(patients)
    for first in range(0, len(patients), BATCH):
        batch = patients[first : first + BATCH]
        rows = session.execute(_forms(clinic_id, batch, answers=answers)).all()
        forms = {patient: list(map(_form, its)) for patient, its in groupby(rows, lambda row: row.patient_id)}
        yield from (forms[patient] for patient in batch if patient in forms)


def census(session: Session, settings: ClinicSettings) -> Census:
    """Count the patients of a clinic by what a table tells of them.

    Scoring profiles that fewer than 11 patients have are left out: forms of two profiles are never pooled, so that
    writing both as "other" would spoil the forms of all.
    """
    mine = (Assessment.clinic_id == settings.clinic_id, *_WRITTEN)
    patients = func.count(Assessment.patient_id.distinct())
    common = select(*_PROFILE).where(*mine).group_by(*_PROFILE).having(patients >= OUTSIDE)
    profiles = frozenset((one[0], one[1], one[2]) for one in session.execute(common))
    forms_of = select(func.count().label("forms")).where(*mine, tuple_(*_PROFILE).in_(profiles))
    each = forms_of.group_by(Assessment.patient_id).subquery()
    counted = session.execute(select(each.c.forms, func.count()).group_by(each.c.forms))
    found = Census(settings.zone, profiles, most_forms({row[0]: row[1] for row in counted}))
    for forms in by_patient(session, settings.clinic_id, answers=False):
        found.add(forms)
    return found


def versions(session: Session, clinic_id: int) -> list[tuple[str, str]]:
    """Return the id and version of every questionnaire that the clinic's finished forms answer."""
    columns = (Assessment.instrument_id, Assessment.instrument_version)
    found = select(*columns).where(Assessment.clinic_id == clinic_id, *_WRITTEN).distinct().order_by(*columns)
    return [(row[0], row[1]) for row in session.execute(found)]


def _forms(clinic_id: int, patients: Iterable[int], *, answers: bool) -> Select[Any]:
    forms = (
        select(
            Assessment.patient_id,
            Assessment.site_id,
            Assessment.submitted_at,
            Assessment.closed_at,
            queries.lenient(Patient.born_on),
            Assessment.language,
            Assessment.mode,
            Assessment.respondent,
            Assessment.instrument_id,
            Assessment.instrument_version,
            Assessment.scoring_profile,
            Assessment.completion,
            Assessment.responded,
            Assessment.overall_twelfths,
            AssessmentScore.__table__,
        )
        .join(AssessmentScore, AssessmentScore.assessment_id == Assessment.id)
        .join(Patient, Patient.id == Assessment.patient_id)
        .where(Assessment.clinic_id == clinic_id, Assessment.patient_id.in_(list(patients)), *_WRITTEN)
        .order_by(Assessment.patient_id, Assessment.id)
    )
    if answers:
        forms = forms.add_columns(type_coerce(Assessment.document, EncryptedText(lenient=True)).label("document"))
    return forms


def _form(row: Row[Any]) -> FinishedForm:
    said = _said(getattr(row, "document", None), row.responded)
    return FinishedForm(
        patient_id=row.patient_id,
        site_id=row.site_id,
        moment=row.submitted_at or row.closed_at,
        born_on=None if row.born_on is None else date.fromisoformat(row.born_on),
        language=row.language,
        mode=row.mode,
        respondent=row.respondent,
        instrument_id=row.instrument_id,
        instrument_version=row.instrument_version,
        scoring_profile=row.scoring_profile,
        completion=row.completion,
        responded=row.responded,
        overall=row.overall_twelfths,
        safety_level=row.safety_level,
        subthemes={key.upper(): getattr(row, key) for key in SUBTHEMES},
        gaps={
            key: GapRead(getattr(row, f"{key}_level"), getattr(row, f"{key}_score"), getattr(row, f"{key}_wish"))
            for key in DOMAINS
        },
        **said,
    )


def _said(document: str | None, responded: int) -> dict[str, Any]:
    """Return what was answered, ticked and shown; nothing of a document that is damaged or holds no answers."""
    if document is None:
        return {}
    stored = json.loads(document)
    given = stored_answers(stored["answers"])
    if responded and not given.answers:
        return {}
    ticked = {tick.partition(".")[0] for tick in given.ticks}
    return {"answers": given.answers, "ticks": given.ticks, "lists": (_LISTS & set(stored["left"])) | ticked}
