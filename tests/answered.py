"""Patients with answered forms for tests of tables and statistics, drawn so that people differ."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from clinic.core.answers import AnswerSet
from clinic.core.path import Draft, asked_lists
from clinic.core.result import evaluate
from clinic.db.models import Assessment, AssessmentScore, Clinic, Patient, Site, User
from clinic.instruments.catalogue import current
from clinic.services.drafts import to_document
from clinic.services.score_rows import completion_columns, score_row
from tests import factories

INSTRUMENT = current()
OWN_WORDS = "=cmd; Mornings with Ada in Springfield are the worst"


def answers_of(person: random.Random, trait: float, *, respondent: str = "self") -> AnswerSet:
    """Return what somebody with this much trouble answers: the same trouble shows in every item, with noise."""
    answers: dict[str, Any] = {}
    for key, item in INSTRUMENT.items.items():
        burden = min(4, max(0, round(2 + trait + person.gauss(0, 0.8))))
        answers[key] = burden if item.direction == "burden" else 4 - burden
    answers["MED"] = "NA" if person.random() < 0.2 else answers["MED"]
    answers["STG2"] = "PNA" if person.random() < 0.15 else answers["STG2"]
    if person.random() < 0.15:
        del answers["EXT"]
    given = AnswerSet(answers=answers, respondent=respondent)
    lists = asked_lists(INSTRUMENT, given)
    ticks = frozenset(f"{key}.{INSTRUMENT.checklists[key].options[0].code}" for key in lists[:3])
    return AnswerSet(
        answers=answers,
        ticks=ticks,
        picks=("ADH",),
        respondent=respondent,
        wishes={"ADHERENCE": "now"},
        texts={"TXT": OWN_WORDS},
    )


def make_form(
    session: Session, clinic: Clinic, patient: Patient, doctor: User, given: AnswerSet, when: datetime, **changes: Any
) -> Assessment:
    """Make a sent form with its scores, as the patient's pages leave it."""
    visit = factories.make_visit(session, clinic, patient, doctor, scheduled_at=when, created_at=when)
    result = evaluate(INSTRUMENT, given)
    left = frozenset(("START", "RESPONDENT", *INSTRUMENT.pages, *asked_lists(INSTRUMENT, given), "COP"))
    values: dict[str, Any] = {
        "document": to_document(Draft(given=given, left=left)),
        "state": "submitted",
        "submitted_at": when,
        "started_at": when,
        "saved_at": when,
        "respondent": given.respondent,
        **completion_columns(result),
    }
    form = factories.make_assessment(session, visit, given, **values | changes)
    session.execute(insert(AssessmentScore).values(score_row(form.id, result, given, result.safety.level)))
    return form


def make_people(
    session: Session, clinic: Clinic, count: int, *, seed: int = 1, again: int = 0, days: int = 14
) -> list[Patient]:
    """Make patients with one sent form each, three in four in English; the first `again` answer it once more."""
    person = random.Random(seed)
    doctor = factories.make_user(session, clinic)
    other = Site(clinic_id=clinic.id, name="Small site")
    session.add(other)
    session.flush()
    return list(_people(session, clinic, doctor, person, count, again, days, other.id))


def _people(
    session: Session,
    clinic: Clinic,
    doctor: User,
    person: random.Random,
    count: int,
    again: int,
    days: int,
    other_site: int,
) -> Iterator[Patient]:
    for number in range(count):
        born = f"{person.randint(1940, 2000)}-0{person.randint(1, 9)}-1{person.randint(0, 9)}"
        patient = factories.make_patient(session, clinic, name=f"Ada Private{number}", born_on=born)
        trait, when = person.gauss(0, 0.9), factories.NOW - timedelta(days=60 + number % 300)
        more = {"language": "en" if number % 4 else "es"}
        if number % 40 == 7:
            more["site_id"] = other_site
        make_form(session, clinic, patient, doctor, answers_of(person, trait), when, **more)
        if number < again:
            make_form(session, clinic, patient, doctor, answers_of(person, trait), when + timedelta(days=days), **more)
        yield patient
