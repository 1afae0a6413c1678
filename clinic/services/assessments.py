"""A form in progress: opening it, saving its pages without losing or doubling anything, and sending or closing it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core import path, safety
from clinic.core.answers import AnswerSet
from clinic.core.errors import AlreadySent, Busy, ClosedByClinic, LinkEnded, NotFound, TooEarly
from clinic.core.instrument import CHECKIN, Instrument
from clinic.core.path import Draft, Step
from clinic.core.result import Result, evaluate
from clinic.core.safety import Safety, SafetyLevel
from clinic.db.crypto import keyring_of
from clinic.db.models import Assessment, Visit
from clinic.instruments import catalogue
from clinic.services import alerts, clinic_settings, followups, form_rows, rollup, scoring_profiles
from clinic.services.alerts import Subject
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.drafts import from_document, to_document
from clinic.services.followups import AgreedThing
from clinic.services.links import GRACE
from clinic.services.score_rows import completion_columns, score_row

# Each try loses only to another post of the same form that was stored in between.
TRIES = 25


@dataclass(frozen=True, slots=True)
class OpenForm:
    """One patient's form as it now stands; `assessment_id` and `saved_at` are None until something is saved.

    `expires_at` is when its link stops opening. `agreements` are what it asks about an earlier visit. `mode` is how it
    is begun.
    """

    link_id: int
    visit_id: int
    site_id: int
    patient_id: int
    visit_at: datetime
    clinician: str
    expires_at: datetime
    settings: ClinicSettings
    instrument: Instrument
    draft: Draft
    assessment_id: int | None
    revision: int
    saved_at: datetime | None
    language: str | None
    agreements: tuple[AgreedThing, ...]
    declined_at: datetime | None
    mode: Literal["web", "tablet"] = "web"


@dataclass(frozen=True, slots=True)
class Posted:
    """What a page's post says.

    `valid` is what can be stored, with what is stored already in place of each refused field. `seen` is everything
    that was said, refused or not: safety is read from it. `errors` are by field.
    """

    valid: AnswerSet = field(default_factory=AnswerSet)
    seen: AnswerSet = field(default_factory=AnswerSet)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a post: stored, refused (its valid fields are stored), or in conflict (nothing is stored).

    A refused post is stale, and nothing of it is stored, where its page was changed elsewhere in the meantime.
    """

    outcome: Literal["saved", "refused", "conflict"]
    form: OpenForm
    reached: SafetyLevel
    is_stale: bool


def load(session: Session, link_id: int, *, now: datetime, sent: bool = False) -> OpenForm:
    """Return the form that a patient's session has opened.

    Raises LinkEnded, AlreadySent or ClosedByClinic where it cannot go on. `sent` asks for a form to look at again after
    it was sent.
    """
    row = form_rows.of_link(session, link_id)
    if row is None or row.cancelled_at is not None:
        raise LinkEnded
    if row.state == "submitted" and not sent:
        raise AlreadySent
    if row.state == "partial":
        raise ClosedByClinic
    if row.revoked_at is not None or now >= row.expires_at + GRACE:
        raise LinkEnded
    settings = clinic_settings.read_version(session, row.clinic_id, row.settings_version)
    if row.assessment_id is None:
        agreed = followups.to_ask(session, row.clinic_id, row.patient_id, visit_at=row.scheduled_at)
        instrument = scoring_profiles.present(settings, catalogue.current())
        draft = Draft(checkin_mode=settings.checkin_mode, agreed=agreed)
    else:
        instrument = scoring_profiles.of_form(settings, row)
        draft = from_document(row.document)
    agreements = followups.read(session, row.clinic_id, draft.agreed)
    # What was taken back since is asked no more, and a page that asks nothing leaves the path.
    draft = replace(draft, agreed=tuple(one.id for one in agreements))
    return OpenForm(
        link_id=link_id,
        visit_id=row.visit_id,
        site_id=row.site_id,
        patient_id=row.patient_id,
        visit_at=row.scheduled_at,
        clinician=row.display_name,
        expires_at=row.expires_at,
        settings=settings,
        instrument=instrument,
        draft=draft,
        assessment_id=row.assessment_id,
        revision=row.revision or 0,
        saved_at=row.saved_at,
        language=row.language,
        agreements=agreements,
        declined_at=row.declined_at,
    )


def fingerprint(session: Session, form: OpenForm, step: Step) -> str:
    """Return what a page carries of the answers that were stored when it was shown, so that a later change is seen.

    It is keyed, so that it tells nothing about the answers.
    """
    return _fingerprint(session, form, path.part_of(form.instrument, form.draft.given, step))


def save_page(
    session: Session,
    form: OpenForm,
    step: Step,
    posted: Posted,
    *,
    shown: str,
    left: bool,
    language: str,
    now: datetime,
) -> Saved:
    """Store what a page's post says, and do to the alerts what it asks for.

    `shown` is the fingerprint that the page carried; `left` tells that the patient goes on from it. Raises what `load`
    raises if the form was sent, closed or ended in the meantime.
    """
    for _ in range(TRIES):
        form = _begun(session, form, language, now)
        instrument = form.instrument
        stored = path.part_of(instrument, form.draft.given, step)
        # The same post again is no conflict. A refused one cannot be told from it, since what it refuses is not stored.
        differs = bool(posted.errors) or _document(stored) != _document(posted.valid)
        changed = differs and shown != _fingerprint(session, form, stored)
        draft = form.draft
        if not changed:
            left_now = left and not posted.errors
            draft = path.saved(instrument, draft, step, posted.valid, left=left_now, seconds=_seconds(form, now))
        seen = path.merged(instrument, form.draft.given, step, posted.seen)
        draft = path.signalled(instrument, draft, step, seen)
        found = _store(session, form, draft, language, now, saves=not changed)
        if found is None:
            form = load(session, form.link_id, now=now)
            continue
        level = _alert(session, found, safety.judge(instrument, seen), now)
        outcome: Literal["saved", "refused", "conflict"]
        outcome = "refused" if posted.errors else "conflict" if changed else "saved"
        return Saved(outcome, found, level, changed)
    raise Busy("The form is being changed by several pages at once. Please try again in a moment.")


def leave_screen(session: Session, form: OpenForm, *, language: str, now: datetime) -> OpenForm:
    """Record that the patient has gone on from the help screen of the level reached."""
    for _ in range(TRIES):
        level = _reached(session, form, now)
        draft = path.screen_left(form.instrument, form.draft, level)
        found = _store(session, form, draft, language, now, saves=False) if form.assessment_id else form
        if found is not None:
            return found
        form = load(session, form.link_id, now=now)
    raise Busy("The form is being changed by several pages at once. Please try again in a moment.")


def screen_due(session: Session, form: OpenForm, *, now: datetime) -> SafetyLevel | None:
    """Return the level whose help screen the patient has yet to see."""
    return path.screen_due(form.instrument, form.draft, _reached(session, form, now))


def submit(session: Session, form: OpenForm, *, language: str, now: datetime) -> int:
    """Send a form: its scores are written in the same transaction; return the assessment's id.

    Raises AlreadySent where another press was first.
    """
    for _ in range(TRIES):
        form = _begun(session, form, language, now)
        assert form.assessment_id is not None  # noqa: S101 (it has just been begun)
        columns = {"state": "submitted", "submitted_at": now, "saved_at": now, "language": language}
        result = _finish(session, form.assessment_id, form.revision, form.instrument, form.draft, columns)
        if result is not None:
            level = _alert(session, form, result.safety, now)
            _keep(session, form.settings, form.patient_id, form.assessment_id, result, form.draft, level, now)
            return form.assessment_id
        form = load(session, form.link_id, now=now)
    raise Busy("The form is being changed by several pages at once. Please try again in a moment.")


def close_partial(session: Session, clinic_id: int, assessment_id: int, *, by: int | None, now: datetime) -> None:
    """Close a draft with what is there, from the visit's time on; a form that is finished already stays as it is.

    Raises NotFound for a form of another clinic, and TooEarly. `by` is who asked for it, and is kept.
    """
    for _ in range(TRIES):
        row = session.execute(
            select(
                Assessment.patient_id,
                Assessment.state,
                Assessment.revision,
                Assessment.document,
                Assessment.instrument_id,
                Assessment.instrument_version,
                Assessment.scoring_profile,
                Visit.scheduled_at,
            )
            .join(Visit, Visit.id == Assessment.visit_id)
            .where(Assessment.clinic_id == clinic_id, Assessment.id == assessment_id)
        ).one_or_none()
        if row is None:
            raise NotFound("There is no such form.")
        if row.state != "draft":
            return
        if now < row.scheduled_at:
            raise TooEarly("The patient may still send this form. You can use what is there from the visit's time on.")
        settings = clinic_settings.read(session, clinic_id)
        instrument = scoring_profiles.of_form(settings, row)
        draft = from_document(row.document)
        columns = {"state": "partial", "closed_at": now, "closed_by": by}
        result = _finish(session, assessment_id, row.revision, instrument, draft, columns)
        if result is not None:
            level = alerts.reached(session, clinic_id, assessment_id, now)
            _keep(session, settings, row.patient_id, assessment_id, result, draft, level, now)
            return
    raise Busy("The form is being changed at this moment. Please try again.")


def _begun(session: Session, form: OpenForm, language: str, now: datetime) -> OpenForm:
    """Return a form that has a row; two devices that begin at once begin the same one."""
    if form.assessment_id is not None:
        return form
    done, total = path.pages_done(form.instrument, form.draft)
    row = {
        "clinic_id": form.settings.clinic_id,
        "site_id": form.site_id,
        "visit_id": form.visit_id,
        "patient_id": form.patient_id,
        "instrument_id": form.instrument.id,
        "instrument_version": form.instrument.version,
        "instrument_digest": form.instrument.digest,
        "scoring_profile": form.instrument.scoring.profile,
        "language": language,
        "mode": form.mode,
        "state": "draft",
        "started_at": now,
        "saved_at": now,
        "revision": 0,
        "document": to_document(form.draft),
        "pages_left": done,
        "pages_total": total,
        "checkin_mode": form.draft.checkin_mode,
        "is_synthetic": form.settings.is_demo,
    }
    form_rows.begin(session, row)
    return load(session, form.link_id, now=now)


def _store(
    session: Session, form: OpenForm, draft: Draft, language: str, now: datetime, *, saves: bool
) -> OpenForm | None:
    """Write a draft over the one that was read; None if another post was stored in between."""
    done, total = path.pages_done(form.instrument, draft)
    values: dict[str, Any] = {"document": to_document(draft), "language": language}
    values |= {"pages_left": done, "pages_total": total, "respondent": draft.given.respondent}
    if saves:
        values["saved_at"] = now
    if not form_rows.change(session, form.assessment_id, form.revision, values):
        return None
    saved_at = now if saves else form.saved_at
    return replace(form, draft=draft, revision=form.revision + 1, saved_at=saved_at, language=language)


def _finish(
    session: Session,
    assessment_id: int,
    revision: int,
    instrument: Instrument,
    draft: Draft,
    columns: Mapping[str, Any],
) -> Result | None:
    """Write how a form ended and return what it says; None if it changed after it was read."""
    seconds = path.core_time(instrument, draft)
    result = evaluate(instrument, draft.given, seconds)
    values = {**columns, **completion_columns(result), "core_seconds": seconds}
    return result if form_rows.change(session, assessment_id, revision, values) else None


def _keep(
    session: Session,
    settings: ClinicSettings,
    patient_id: int,
    assessment_id: int,
    result: Result,
    draft: Draft,
    level: SafetyLevel,
    now: datetime,
) -> None:
    """Write what a form that has just ended says: its scores, what became of what was agreed, and what trends count."""
    given = draft.given
    form_rows.add_score(session, score_row(assessment_id, result, given, safety.highest(result.safety.level, level)))
    followups.store(session, settings.clinic_id, assessment_id, draft, now=now)
    rollup.counted(
        session,
        settings.clinic_id,
        settings.zone,
        patient_id=patient_id,
        form_id=assessment_id,
        moment=now,
        ticks=given.ticks,
    )


def _alert(session: Session, form: OpenForm, judged: Safety, now: datetime) -> SafetyLevel:
    draft = form.draft
    if not _may_have_alerts(draft) and judged.level == "S0":
        return "S0"
    assert form.assessment_id is not None  # noqa: S101 (alerts follow the storing of a post)
    subject = Subject(form.settings.clinic_id, form.assessment_id, form.patient_id)
    return alerts.record(session, form.instrument, subject, judged, checkin_expected=draft.checkin_expected, now=now)


def _reached(session: Session, form: OpenForm, now: datetime) -> SafetyLevel:
    if form.assessment_id is None or not _may_have_alerts(form.draft):
        return "S0"
    return alerts.reached(session, form.settings.clinic_id, form.assessment_id, now)


def _may_have_alerts(draft: Draft) -> bool:
    # Every signal places the check-in, and nothing but a signal or an answer to the check-in raises an alert.
    return draft.checkin_after is not None or CHECKIN in draft.left


def _seconds(form: OpenForm, now: datetime) -> int:
    return 0 if form.saved_at is None else max(0, int((now - form.saved_at).total_seconds()))


def _fingerprint(session: Session, form: OpenForm, part: AnswerSet) -> str:
    return keyring_of(session).digest(f"page:{form.visit_id}", _document(part))[:32]


def _document(part: AnswerSet) -> str:
    followed = {number: [one.happened, one.helped] for number, one in part.followed.items()}
    return json.dumps({**part.to_document(), "followed": followed}, sort_keys=True, ensure_ascii=False)
