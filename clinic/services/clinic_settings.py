"""A clinic's own settings: read once a version, changed with a history, and checked before a form may open."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute, Session

from clinic.core import staffed
from clinic.core.errors import BadSetting
from clinic.core.instrument import Instrument
from clinic.core.path import CheckinMode
from clinic.core.staffed import Hours
from clinic.db.base import Base
from clinic.db.models import Clinic, ClinicSetting, ClinicSettingChange, ScoringProfile, User
from clinic.db.models.clinic import new_version
from clinic.instruments.crisis import CrisisLine, crisis_line
from clinic.services import setting_rules
from clinic.services.setting_rules import DAYS, minutes

CHECKED_DAYS = 180
_SETTINGS = (
    select(
        Clinic.name,
        Clinic.country,
        Clinic.time_zone,
        Clinic.languages,
        Clinic.page_size,
        Clinic.is_demo,
        ClinicSetting.key,
        ClinicSetting.value,
    )
    .outerjoin(ClinicSetting, ClinicSetting.clinic_id == Clinic.id)
    .where(Clinic.id == bindparam("clinic"))
)
_COLUMNS: Mapping[str, InstrumentedAttribute[Any]] = {key: getattr(Clinic, key) for key in setting_rules.COLUMNS}
# An instrument's id and version, and the name of the clinic's own cut points for it.
ProfileKey = tuple[str, str, str]
_PROFILES = select(
    ScoringProfile.instrument_id, ScoringProfile.instrument_version, ScoringProfile.name, ScoringProfile.thresholds
).where(ScoringProfile.clinic_id == bindparam("clinic"))
_CLINIC = select(*_COLUMNS.values(), *[Clinic.country])
# Every page asks for it, so it is built once, on the bare table: building it costs more than running it.
_CLINICS = Base.metadata.tables[Clinic.__tablename__].c
_VERSION = select(_CLINICS.settings_version).where(_CLINICS.id == bindparam("clinic"))


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers: a role, and the person and address behind it where they are known."""

    role: str | None
    name: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be done about one setting, in words without the stop at their end."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """Everything that a clinic has decided; words are by language, hours are minutes since midnight by weekday.

    `version` is new with every change. `languages` has the clinic's first language first. `crisis` has a line for each
    language of the clinic, with its date of checking only where this clinic has checked it. Monday is weekday 0.
    `profiles` are the cut points that the clinic has ever had; `scoring_profile` names the present ones, None those of
    the questionnaire.
    `alert_minutes` is how much staffed time there is, by level, for somebody to acknowledge an alert.
    `smallest_shown` is the smallest count of people that trends show to the clinic's own eyes.
    """

    clinic_id: int
    version: str
    clinic_name: str
    country: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    is_demo: bool
    crisis: Mapping[str, CrisisLine]
    emergency_number: str | None
    alert_inbox: Contact
    backup: Contact
    staffed_hours: Mapping[int, tuple[int, int]]
    holidays: frozenset[date]
    alert_minutes: Mapping[str, int]
    response_time_text: Mapping[str, str]
    read_when: Mapping[str, str]
    reader_text: Mapping[str, str]
    language_reviewers: Mapping[str, str]
    checkin_mode: CheckinMode
    page_size: Literal["A4", "letter"]
    summary_language: str
    link_days: int
    tablet_mode: bool
    invite_by_email: bool
    remind_days: tuple[int, ...]
    ask_birth_date: bool
    smallest_shown: int
    invitation_subject: Mapping[str, str]
    invitation_text: Mapping[str, str]
    reminder_subject: Mapping[str, str]
    reminder_text: Mapping[str, str]

    @property
    def hours(self) -> Hours:
        """Return when somebody is there, as staffed time is reckoned with."""
        return Hours(self.zone, self.staffed_hours, self.holidays)

    scoring_profile: str | None
    profiles: Mapping[ProfileKey, Mapping[str, int]]

    def crisis_in(self, language: str) -> CrisisLine:
        """Return the line for a page's language, also for one that the clinic does not offer."""
        line = self.crisis.get(language) or crisis_line(self.country, language)
        return replace(line, emergency=self.emergency_number) if self.emergency_number else line


# What was read last of each clinic, by its version; each engine has its own, and lives and dies with its dialect.
_READ: WeakKeyDictionary[Dialect, dict[int, tuple[str, ClinicSettings]]] = WeakKeyDictionary()


def read(session: Session, clinic_id: int) -> ClinicSettings:
    """Return a clinic's settings, with defaults for what it has not set.

    Raises LookupError for a clinic that does not exist.
    """
    version = session.execute(_VERSION, {"clinic": clinic_id}).scalar_one_or_none()
    if version is None:
        raise LookupError(f"There is no clinic {clinic_id}.")
    return read_version(session, clinic_id, version)


def read_version(session: Session, clinic_id: int, version: str) -> ClinicSettings:
    """Return a clinic's settings in the version that this transaction has seen of them; only a new one is a query."""
    known = _READ.setdefault(session.get_bind().dialect, {})
    held = known.get(clinic_id)
    if held is None or held[0] != version:
        held = known[clinic_id] = (version, _read(session, clinic_id, version))
    return held[1]


def _read(session: Session, clinic_id: int, version: str) -> ClinicSettings:
    rows = session.execute(_SETTINGS, {"clinic": clinic_id}).all()
    clinic, values = rows[0], {**setting_rules.DEFAULTS, **{row.key: row.value for row in rows if row.key}}
    languages = tuple(clinic.languages)
    summary: str = values.get("summary_language", languages[0])

    def by_language(base: str) -> dict[str, Any]:
        start = base + "."
        return {key.removeprefix(start): value for key, value in values.items() if key.startswith(start)}

    lines = by_language("crisis_locale")
    return ClinicSettings(
        clinic_id=clinic_id,
        version=version,
        clinic_name=clinic.name,
        country=clinic.country,
        zone=ZoneInfo(clinic.time_zone),
        languages=languages,
        is_demo=clinic.is_demo,
        crisis={one: own_line(clinic.country, one, lines.get(one)) for one in {*languages, *lines}},
        emergency_number=values.get("emergency_number"),
        alert_inbox=_contact(values, "alert_inbox"),
        backup=_contact(values, "backup"),
        staffed_hours={
            DAYS.index(day): (minutes(hours[0]), minutes(hours[1]))
            for day, hours in values.get("staffed_hours", {}).items()
        },
        holidays=frozenset(date.fromisoformat(one) for one in values.get("holidays", ())),
        alert_minutes=values["alert_minutes"],
        response_time_text=by_language("response_time_text"),
        read_when=by_language("read_when"),
        reader_text=by_language("reader_text"),
        language_reviewers=by_language("language_reviewer"),
        checkin_mode=values["checkin_mode"],
        page_size=clinic.page_size,
        # A language that the clinic has given up is not written any more.
        summary_language=summary if summary in languages else languages[0],
        link_days=values["link_days"],
        tablet_mode=values["tablet_mode"],
        invite_by_email=values["invite_by_email"],
        remind_days=tuple(values["remind_days"]),
        ask_birth_date=values["ask_birth_date"],
        smallest_shown=values["smallest_shown"],
        invitation_subject=by_language("invitation_subject"),
        invitation_text=by_language("invitation_text"),
        reminder_subject=by_language("reminder_subject"),
        reminder_text=by_language("reminder_text"),
        scoring_profile=values.get("scoring_profile"),
        profiles={tuple(row[:3]): row[3] for row in session.execute(_PROFILES, {"clinic": clinic_id})},
    )


def change(
    session: Session, clinic_id: int, key: str, value: Any, by: int | None, reason: str | None, now: datetime
) -> None:
    """Set one key, or go back to its default with None, and keep what it was.

    `by` is None for the command line. Raises BadSetting that names the key and what is allowed.
    """
    new = setting_rules.checked(key, value)
    reason = (reason or "").strip() or None
    if key == "checkin_mode" and new == "off" and reason is None:
        raise BadSetting("checkin_mode: off needs a written reason, which is kept.")
    if key == "scoring_profile" and reason is None:
        raise BadSetting("scoring_profile: another profile needs a written reason, which is kept.")
    clinic = session.execute(_CLINIC.where(Clinic.id == clinic_id)).one()
    _check_whole(session, clinic, clinic_id, key, new, now)
    where = (ClinicSetting.clinic_id == clinic_id, ClinicSetting.key == key)
    if key in _COLUMNS:
        old, new = getattr(clinic, key), setting_rules.DEFAULTS.get(key) if new is None else new
        if new is None:
            raise BadSetting(f"{key}: this cannot be empty.")
        # In another time zone some forms are of another day, so that all have to be counted anew.
        anew = {"trends_counted_at": None} if key == "time_zone" else {}
        session.execute(update(Clinic).where(Clinic.id == clinic_id).values({key: new, **anew}))
    else:
        old = session.scalar(select(ClinicSetting.value).where(*where))
        session.execute(delete(ClinicSetting).where(*where))
        if new is not None:
            row = {"clinic_id": clinic_id, "key": key, "value": new, "set_by": by, "set_at": now}
            session.execute(insert(ClinicSetting).values(row))
    session.execute(update(Clinic).where(Clinic.id == clinic_id).values(settings_version=new_version()))
    session.execute(
        insert(ClinicSettingChange).values(clinic_id=clinic_id, key=key, old=old, new=new, by=by, at=now, reason=reason)
    )


def _check_whole(session: Session, clinic: Row[Any], clinic_id: int, key: str, new: Any, now: datetime) -> None:
    """Refuse a value that is well formed and yet does not go with the rest of the clinic."""
    if new is None:
        return
    if key == "name" and session.scalar(select(Clinic.id).where(Clinic.name == new, Clinic.id != clinic_id)):
        raise BadSetting(f'name: there is a clinic "{new}" already.')
    if key == "scoring_profile":
        known = sorted({row.name for row in session.execute(_PROFILES, {"clinic": clinic_id})})
        if new not in known:
            raise BadSetting(f"scoring_profile: use one of the clinic's own: {', '.join(known) or 'there is none'}.")
    if key == "summary_language" and new not in clinic.languages:
        raise BadSetting(f"summary_language: use one of {', '.join(clinic.languages)}.")
    if key.startswith("crisis_locale."):
        if date.fromisoformat(new["verified_on"]) > now.astimezone(ZoneInfo(clinic.time_zone)).date():
            raise BadSetting(f"{key}: verified_on: this day is in the future.")
        line = own_line(clinic.country, key.partition(".")[2], new)
        if not (line.call or line.text_to or line.chat_url):
            raise BadSetting(f"{key}: call: give a number to call, a number for text messages, or a web chat.")
        if line.text_word and not line.text_to:
            raise BadSetting(f"{key}: text_to: give the number to which the word is sent.")


def lacking(settings: ClinicSettings) -> list[Remark]:
    """Return what is missing before a form can be opened."""
    lacks = []
    for language in settings.languages:
        if settings.crisis[language].verified_on is None:
            lacks.append(Remark(f"crisis_locale.{language}", "Nobody has checked the crisis line yet"))
        if not settings.crisis_in(language).emergency:
            lacks.append(Remark("emergency_number", f"The emergency number is not known for pages in {language}"))
    if not settings.alert_inbox.role:
        lacks.append(Remark("alert_inbox_role", "Nobody is named to read safety alerts"))
    if not settings.backup.role:
        lacks.append(Remark("backup_role", "Nobody is named as backup for safety alerts"))
    if not settings.staffed_hours:
        lacks.append(Remark("staffed_hours", "The staffed hours are not set"))
    for language in settings.languages:
        if language not in settings.response_time_text:
            lacks.append(Remark(f"response_time_text.{language}", "The words for when somebody answers are not set"))
    return lacks


def missing(settings: ClinicSettings) -> list[str]:
    """Return, as plain sentences, what is missing before a form can be opened."""
    return [f"{one.words} ({one.key})." for one in lacking(settings)]


def unchecked(settings: ClinicSettings, today: date) -> list[Remark]:
    """Return the crisis lines that nobody has tried for too long; forms can be opened all the same."""
    return [
        Remark(
            f"crisis_locale.{language}",
            f"The crisis line was last checked on {line.verified_on.isoformat()}: check it again",
        )
        for language, line in sorted(settings.crisis.items())
        if line.verified_on and today - line.verified_on > timedelta(days=CHECKED_DAYS)
    ]


def warnings(settings: ClinicSettings, today: date) -> list[str]:
    """Return, as plain sentences, what should be looked at although forms can be opened."""
    return [f"{one.words} ({one.key})." for one in unchecked(settings, today)]


def offered_languages(settings: ClinicSettings, instrument: Instrument) -> tuple[str, ...]:
    """Return the clinic's languages in which patients may answer: a draft one only after its reviewer is recorded."""
    return tuple(
        one
        for one in settings.languages
        if one in instrument.words
        and (one == instrument.source_language or instrument.reviewed.get(one) or one in settings.language_reviewers)
    )


def is_staffed(settings: ClinicSettings, when: datetime) -> bool:
    """Tell whether somebody is there to read an alert at this moment."""
    return staffed.is_staffed(settings.hours, when)


def next_opening(settings: ClinicSettings, when: datetime) -> datetime | None:
    """Return the first moment, from this one on, at which the clinic is staffed, in the clinic's zone.

    Returns None where it never is.
    """
    return staffed.next_opening(settings.hours, when)


def own_line(country: str, language: str, own: Mapping[str, Any] | None) -> CrisisLine:
    """Return a country's line with what a clinic has said of it, where it has said anything."""
    line = crisis_line(country, language)
    if own is None:
        return line
    return replace(line, **(dict(own) | {"verified_on": date.fromisoformat(own["verified_on"])}))


def show_text(session: Session, clinic_id: int) -> str:
    """Return every setting of a clinic with its value, who set it and when, one a line."""
    rows = session.execute(
        select(ClinicSetting.key, ClinicSetting.value, ClinicSetting.set_at, User.display_name)
        .outerjoin(User, User.id == ClinicSetting.set_by)
        .where(ClinicSetting.clinic_id == clinic_id)
        .order_by(ClinicSetting.key)
    ).all()
    clinic = session.execute(_CLINIC.where(Clinic.id == clinic_id)).one()
    lines = [f"{key} = {_shown(getattr(clinic, key))}" for key in _COLUMNS]
    lines += [
        f"{row.key} = {_shown(row.value)}  "
        f"({row.display_name or 'from the command line'}, {row.set_at:%Y-%m-%d %H:%M} UTC)"
        for row in rows
    ]
    unset = [key for key in setting_rules.KEYS if not _is_set(key, {row.key for row in rows})]
    lines += [f"{key} is not set" for key in unset if key not in _COLUMNS]
    return "\n".join(lines)


def check_text(settings: ClinicSettings, today: date) -> str:
    """Return in words whether forms can be opened, and what to look at."""
    lacks = missing(settings)
    first = "Forms can be opened." if not lacks else "No form can be opened yet:"
    return "\n".join([first, *(f"- {one}" for one in lacks), *warnings(settings, today)])


def _contact(values: Mapping[str, Any], base: str) -> Contact:
    return Contact(values.get(f"{base}_role"), values.get(f"{base}_name"), values.get(f"{base}_email"))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_set(key: str, keys: set[str]) -> bool:
    base, dot, _ = key.partition(".")
    return any(one.startswith(base + ".") for one in keys) if dot else key in keys
