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
    Pair,
    Report,
    Sample,
    coded,
    from_document,
    to_document,
)
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
    report.
    """
    sample = Sample(items=tuple(instrument.items), scales=(*instrument.domains, OVERALL))
    version = (instrument.id, instrument.version)
    end = datetime.combine(until, time(), settings.zone)
    start = None if since is None else datetime.combine(since, time(), settings.zone)
    for forms in finished_forms.by_patient(session, settings.clinic_id, answers=True):
        # A form that was answered with help is another way of asking, and is left out as a proxy's is.
        own = [one for one in forms if one.version == version and one.respondent == SELF and one.moment < end]
        if own:
            _add(sample, settings, instrument, sorted(own, key=lambda one: one.moment), start)
    return sample


def enough(sample: Sample) -> None:
    """Raise TooFewPatients, in a sentence, for a sample of fewer than 100 patients."""
    if len(sample) < LEAST_PATIENTS:
        unread = f" The answers of {sample.unread} more cannot be read." if sample.unread else ""
        raise TooFewPatients(
            f"{len(sample)} patients have a form that they answered alone and that a report may hold by now. "
            f"Statistics of the questionnaire need at least {LEAST_PATIENTS}: fewer would say nothing.{unread}"
        )


def store(session: Session, clinic_id: int, report: Report, *, fresh: int, now: datetime) -> None:
    """Keep a report for the managers' page, in place of the last one.

    Raises TooFewPatients where the two would differ by so few patients that comparing them tells of these.
    """
    last = _row(session, clinic_id, report.instrument)
    if last is not None:
        before = from_document(last.report)
        if before.until == report.until or fresh < OUTSIDE:
            raise TooFewPatients(
                f"The managers' page keeps its report of {before.made_on}: fewer than {OUTSIDE} patients have a newer "
                "form that a report may hold by now, and two reports that differ by so few would tell of them."
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


def _add(
    sample: Sample,
    settings: ClinicSettings,
    instrument: Instrument,
    own: Sequence[FinishedForm],
    start: datetime | None,
) -> None:
    last = own[-1]
    if last.answers is None:
        sample.unread += 1
        return
    burdens = scoring.item_burdens(instrument, AnswerSet(answers=last.answers))
    sample.languages.append(last.language)
    sample.answers += coded(instrument, last.answers, burdens)
    sample.scores.extend(_scores(sample, last))
    sample.fresh += start is not None and last.moment >= start
    pair = _pair(settings, own)
    if pair is not None:
        before, after = pair
        sample.pairs.append(Pair(after.language, _scores(sample, before), _scores(sample, after)))


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
