"""The clinic's own forms as a sample of the questionnaire, and the last report that was made of it."""

import math
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from clinic.core import scoring
from clinic.core.answers import AnswerSet
from clinic.core.errors import TooFewPatients
from clinic.core.finished import FinishedForm
from clinic.core.instrument import SELF, Instrument
from clinic.core.psychometrics import (
    LEAST_PATIENTS,
    OVERALL,
    PAIR_DAYS,
    Change,
    Pair,
    Report,
    Sample,
    answered,
    coded,
    from_document,
    to_document,
)
from clinic.core.psychometrics_change import may_follow
from clinic.core.suppression import OUTSIDE
from clinic.core.trends import unsettled
from clinic.db import queries
from clinic.db.models import InstrumentReport
from clinic.services import finished_forms
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.score_rows import TWELFTHS


def settled(settings: ClinicSettings, now: datetime) -> date:
    """Return the first day whose forms are not in a report yet: of the month that trends have not published."""
    return unsettled("month", now, settings.zone).start


def gather(
    session: Session, settings: ClinicSettings, instrument: Instrument, *, until: date, since: date | None = None
) -> Sample:
    """Return the sample of a clinic: the latest form before `until` that each patient answered alone, and pairs.

    A pair is the latest two such forms in one language that are 7 to 21 days apart. `since` is the end of the last
    report. Begin with `begin_snapshot`, so that all forms are those of one moment.
    """
    sample = Sample(items=tuple(instrument.items), scales=(*instrument.domains, OVERALL))
    version = (instrument.id, instrument.version)
    end = datetime.combine(until, time(), settings.zone)
    sample.change = None if since is None else Change(since)
    start = None if since is None else datetime.combine(since, time(), settings.zone)
    for forms in finished_forms.by_patient(session, settings.clinic_id, answers=True):
        # A form that was answered with help is another way of asking, and is left out as a proxy's is.
        own = [one for one in forms if one.version == version and one.respondent == SELF and one.moment < end]
        if own:
            own.sort(key=lambda one: one.moment)
            _add(sample, settings, instrument, own)
            if start is not None and own[-1].moment >= start:
                _count(sample, settings, instrument, own, [one for one in own if one.moment < start])
    return sample


def enough(sample: Sample) -> None:
    """Raise TooFewPatients, in a sentence, for a sample of fewer than 100 patients."""
    if len(sample) < LEAST_PATIENTS:
        unread = f" The answers of {sample.unread} more cannot be read." if sample.unread else ""
        raise TooFewPatients(
            f"{len(sample)} patients have a form that they answered alone and that a report may hold by now. "
            f"Statistics of the questionnaire need at least {LEAST_PATIENTS}: fewer would say nothing.{unread}"
        )


def store(
    session: Session, clinic_id: int, instrument: Instrument, report: Report, *, change: Change | None, now: datetime
) -> None:
    """Keep a report for the managers' page, in place of the last one.

    `change` is that of the report's sample. Raises TooFewPatients where any figure of the two would differ by so few
    patients that comparing them tells of these.
    """
    last = _row(session, clinic_id, report.instrument)
    if last is not None:
        before = from_document(last.report)
        if change is None or not may_follow(instrument, before, report, change):
            raise TooFewPatients(
                f"The managers' page keeps its report of {before.made_on}: in each of its groups, themes and pairs, "
                f"nobody or at least {OUTSIDE} patients must be new since then, as two reports that differ by fewer "
                "would tell of them. Keep what is printed above to yourself."
            )
        last.report, last.made_at = to_document(report), now
        return
    row = InstrumentReport(clinic_id=clinic_id, instrument=report.instrument, made_at=now, report=to_document(report))
    session.add(row)
    session.flush()


def latest(session: Session, clinic_id: int, instrument: Instrument) -> Report | None:
    """Return the report that managers are shown, None before the first one."""
    row = _row(session, clinic_id, instrument.key)
    return None if row is None else from_document(row.report)


def _row(session: Session, clinic_id: int, instrument: str) -> InstrumentReport | None:
    mine = queries.scoped(InstrumentReport, clinic_id)
    return session.scalar(mine.where(InstrumentReport.instrument == instrument))


def _add(sample: Sample, settings: ClinicSettings, instrument: Instrument, own: Sequence[FinishedForm]) -> None:
    last = own[-1]
    codes = _codes(instrument, last)
    if codes is None:
        sample.unread += 1
        return
    sample.languages.append(last.language)
    sample.answers += codes
    sample.scores.extend(_scores(sample, last))
    pair = _pair(settings, own)
    if pair is not None:
        before, after = pair
        sample.pairs.append(Pair(after.language, _scores(sample, before), _scores(sample, after)))


def _count(
    sample: Sample,
    settings: ClinicSettings,
    instrument: Instrument,
    own: Sequence[FinishedForm],
    before: Sequence[FinishedForm],
) -> None:
    """Count what a patient who answered since the last report has in the sample, and had in that report."""
    change = sample.change
    assert change is not None, "Only a sample that follows a report counts changes."  # noqa: S101
    for forms, masks in ((own, change.came), (before, change.gone)):
        codes = _codes(instrument, forms[-1]) if forms else None
        if codes is not None:
            masks[forms[-1].language][answered(codes)] += 1
    now, then = (_pair(settings, forms) if _read(forms) else None for forms in (own, before))
    if now == then:
        return
    for pair, masks in ((now, change.came_pairs), (then, change.gone_pairs)):
        if pair is not None:
            both = [
                math.isfinite(one + other) for one, other in zip(*(_scores(sample, of) for of in pair), strict=True)
            ]
            masks[pair[1].language][sum(1 << place for place, there in enumerate(both) if there)] += 1


def _read(forms: Sequence[FinishedForm]) -> bool:
    return bool(forms) and forms[-1].answers is not None


def _codes(instrument: Instrument, form: FinishedForm) -> bytes | None:
    """Return a form's items as one byte each; None where its answers cannot be read."""
    if form.answers is None:
        return None
    return coded(instrument, form.answers, scoring.item_burdens(instrument, AnswerSet(answers=form.answers)))


def _pair(settings: ClinicSettings, own: Sequence[FinishedForm]) -> tuple[FinishedForm, FinishedForm] | None:
    least, most = PAIR_DAYS
    days = [one.moment.astimezone(settings.zone).date() for one in own]
    for later in range(len(own) - 1, 0, -1):
        for earlier in range(later - 1, -1, -1):
            apart = (days[later] - days[earlier]).days
            if least <= apart <= most and own[earlier].language == own[later].language:
                return own[earlier], own[later]
            if apart > most:
                break
    return None


def _scores(sample: Sample, form: FinishedForm) -> tuple[float, ...]:
    found: dict[str, Any] = {key.upper(): gap.score for key, gap in form.gaps.items()} | {OVERALL: form.overall}
    return tuple(math.nan if (score := found[scale]) is None else score / TWELFTHS for scale in sample.scales)
