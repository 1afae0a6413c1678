"""A clinic's own cut points and limits of change: no profile is edited, and every form keeps the one it began with."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import BadSetting, UnknownInstrument
from clinic.core.instrument import Instrument
from clinic.core.psychometrics import Limits
from clinic.db import queries
from clinic.db.models import ClinicSettingChange, ScoringProfile, User
from clinic.instruments import catalogue
from clinic.services import clinic_settings
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.setting_changes import Tried, is_current

KEY = "scoring_profile"
PARTS = ("watch", "gap", "priority")
# A profile may also have limits of change of its own: all four or none.
LIMITS = ("domain_possible", "domain_clear", "overall_possible", "overall_clear")
HIGHEST = 100


class Scored(Protocol):
    """A row that tells by which version and cut points its form is scored."""

    instrument_id: Any
    instrument_version: Any
    scoring_profile: Any


@dataclass(frozen=True, slots=True)
class Profile:
    """One set of cut points, lower bounds of 100; what came with the questionnaire has no date, person or reason.

    `limits` are the clinic's own limits of change, None where they are the questionnaire's.
    """

    name: str
    watch: int
    gap: int
    priority: int
    is_present: bool
    limits: Limits | None = None
    made_at: datetime | None = None
    by: str | None = None
    reason: str | None = None


def present(settings: ClinicSettings, instrument: Instrument) -> Instrument:
    """Return an instrument with the cut points by which a clinic's new forms are scored."""
    name = settings.scoring_profile
    # The clinic's own cut points are of one version: with another one they begin anew.
    known = name and (instrument.id, instrument.version, name) in settings.profiles
    return _with(settings, instrument, name if name and known else instrument.scoring.profile)


def named(settings: ClinicSettings, name: str | None) -> Mapping[str, int] | None:
    """Return the cut points that a clinic keeps under a name, None where they are the questionnaire's own."""
    return next((cuts for (_id, _version, own), cuts in settings.profiles.items() if own == name), None)


def of_form(settings: ClinicSettings, form: Scored) -> Instrument:
    """Return the instrument of a form, with the cut points by which this form is scored and printed for ever.

    Raises UnknownInstrument for a profile that the clinic never had.
    """
    instrument = catalogue.read(form.instrument_id, form.instrument_version)
    return _with(settings, instrument, form.scoring_profile)


def listed(session: Session, settings: ClinicSettings, instrument: Instrument) -> list[Profile]:
    """Return every profile of a clinic for an instrument's version, the latest first, the questionnaire's own last."""
    now = present(settings, instrument).scoring.profile
    # Every profile was made together with the first change that chose it.
    why = {
        row.new: (name, row.reason)
        for row, name in session.execute(
            select(ClinicSettingChange, User.display_name)
            .outerjoin(User, User.id == ClinicSettingChange.by)
            .where(ClinicSettingChange.clinic_id == settings.clinic_id, ClinicSettingChange.key == KEY)
            .order_by(ClinicSettingChange.id.desc())
        ).all()
    }
    rows = session.scalars(
        queries.scoped(ScoringProfile, settings.clinic_id)
        .where(ScoringProfile.instrument_id == instrument.id, ScoringProfile.instrument_version == instrument.version)
        .order_by(ScoringProfile.id.desc())
    )
    own = [
        Profile(
            row.name,
            **{part: row.thresholds[part] for part in PARTS},
            is_present=row.name == now,
            limits=_own_limits(row.thresholds),
            made_at=row.created_at,
            by=by,
            reason=reason,
        )
        for row in rows
        for by, reason in [why.get(row.name, (None, None))]
    ]
    rules = instrument.scoring
    return [*own, Profile(rules.profile, rules.watch, rules.gap, rules.priority, is_present=rules.profile == now)]


def choose(
    session: Session,
    settings: ClinicSettings,
    instrument: Instrument,
    wanted: Mapping[str, Any],
    *,
    seen: str,
    by: int,
    reason: str | None,
    now: datetime,
) -> Tried:
    """Score new forms by other cut points from now on, by a profile that is there already or by a new one.

    `wanted` has `watch`, `gap` and `priority`; `seen` is the version of the settings that the page was made from.
    """
    if not is_current(session, settings.clinic_id, seen):
        return Tried(is_stale=True)
    problems = _problems(wanted)
    if not (reason or "").strip():
        problems["reason"] = "say why; it is kept with your name."
    if problems:
        return Tried(problems)
    known = listed(session, settings, instrument)
    # Limits of change stay what they are: they were measured, and other cut points do not touch them.
    limits = next(one.limits for one in known if one.is_present)
    cuts = {part: wanted[part] for part in PARTS}
    chosen = _same(known, cuts, limits)
    if chosen is not None and chosen.is_present:
        return Tried({PARTS[0]: f"these are the present cut points ({chosen.name}): change one of them."})
    _use(session, settings, instrument, chosen or _Made(cuts, limits), len(known), by, reason, now)
    return Tried()


def adopt_limits(
    session: Session,
    settings: ClinicSettings,
    instrument: Instrument,
    limits: Limits,
    *,
    by: int | None,
    reason: str,
    now: datetime,
) -> str:
    """Judge change by other limits in the forms that are begun from now on; return the name of the profile.

    The cut points stay. Raises BadSetting for limits that are none, without a reason, and for the present ones.
    """
    for possible, clear in (
        (limits.domain_possible, limits.domain_clear),
        (limits.overall_possible, limits.overall_clear),
    ):
        if not 1 <= possible < clear <= HIGHEST:
            raise BadSetting(f"limits: use whole numbers from 1 to {HIGHEST}, a possible change below a clear one.")
    if not reason.strip():
        raise BadSetting("reason: say why; it is kept.")
    known = listed(session, settings, instrument)
    present = next(one for one in known if one.is_present)
    if limits == (present.limits or _limits_of(instrument)):
        raise BadSetting(f"limits: these are the present ones ({present.name}).")
    cuts = {part: getattr(present, part) for part in PARTS}
    own = None if limits == _limits_of(instrument) else limits
    return _use(session, settings, instrument, _same(known, cuts, own) or _Made(cuts, own), len(known), by, reason, now)


@dataclass(frozen=True, slots=True)
class _Made:
    cuts: Mapping[str, int]
    limits: Limits | None


def _same(known: Iterable[Profile], cuts: Mapping[str, int], limits: Limits | None) -> Profile | None:
    return next((one for one in known if one.limits == limits and all(getattr(one, p) == cuts[p] for p in PARTS)), None)


def _use(
    session: Session,
    settings: ClinicSettings,
    instrument: Instrument,
    chosen: Profile | _Made,
    number: int,
    by: int | None,
    reason: str | None,
    now: datetime,
) -> str:
    name = chosen.name if isinstance(chosen, Profile) else _add(session, settings, instrument, chosen, number, now)
    own = None if name == instrument.scoring.profile else name
    clinic_settings.change(session, settings.clinic_id, KEY, own, by, reason, now)
    return name


def _add(
    session: Session, settings: ClinicSettings, instrument: Instrument, made: _Made, number: int, now: datetime
) -> str:
    name = f"{instrument.scoring.profile}+c{number}"
    row = ScoringProfile(
        clinic_id=settings.clinic_id,
        name=name,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        thresholds={**made.cuts, **({} if made.limits is None else asdict(made.limits))},
        created_at=now,
    )
    session.add(row)
    session.flush()
    return name


def _own_limits(thresholds: Mapping[str, int]) -> Limits | None:
    return Limits(*(thresholds[one] for one in LIMITS)) if LIMITS[0] in thresholds else None


def _limits_of(instrument: Instrument) -> Limits:
    return Limits(*(getattr(instrument.change, one) for one in LIMITS))


def _problems(wanted: Mapping[str, Any]) -> dict[str, str]:
    allowed = f"use a whole number from 1 to {HIGHEST}."
    wrong = {one: allowed for one in PARTS if type(wanted.get(one)) is not int or not 1 <= wanted[one] <= HIGHEST}
    for lower, higher in pairwise(PARTS):
        if not {lower, higher} & wrong.keys() and wanted[lower] >= wanted[higher]:
            wrong[higher] = f"use a number above {wanted[lower]}, where {lower} begins."
    return wrong


def _with(settings: ClinicSettings, instrument: Instrument, name: str) -> Instrument:
    if name == instrument.scoring.profile:
        return instrument
    cuts = settings.profiles.get((instrument.id, instrument.version, name))
    if cuts is None:
        raise UnknownInstrument(f"This clinic has no cut points {name!r} for {instrument.key}.")
    return _scored_by(instrument.id, instrument.version, name, tuple(cuts[p] for p in PARTS), _own_limits(cuts))


# A form asks for its instrument at every page, and making it anew would forget what an instrument has worked out.
@lru_cache(maxsize=64)
def _scored_by(instrument_id: str, version: str, name: str, cuts: tuple[int, ...], limits: Limits | None) -> Instrument:
    instrument = catalogue.read(instrument_id, version)
    scoring = replace(instrument.scoring, profile=name, **dict(zip(PARTS, cuts, strict=True)))
    change = instrument.change if limits is None else replace(instrument.change, **asdict(limits))
    return replace(instrument, scoring=scoring, change=change)
