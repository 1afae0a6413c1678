"""Changing several settings at once from one page, and reading back every change that was ever made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import BadSetting
from clinic.db.models import Clinic, ClinicSetting, ClinicSettingChange, User
from clinic.instruments.crisis import crisis_line
from clinic.services import clinic_settings, setting_rules

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a page of settings: saved, refused with what is wrong by key, or made from an older version.

    Where it was not saved, nothing of it was.
    """

    problems: Mapping[str, str] = field(default_factory=dict)
    is_stale: bool = False

    @property
    def is_saved(self) -> bool:
        """Tell whether everything on the page now holds."""
        return not self.problems and not self.is_stale


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a setting as it is kept; `by` is None where it was made from the command line."""

    id: int
    at: datetime
    by: str | None
    key: str
    old: Any
    new: Any
    reason: str | None


def current(session: Session, clinic_id: int) -> dict[str, Any]:
    """Return what holds for each key, set or by default, in the shape in which it is stored.

    A key that has no value is absent or None. A crisis line is whole: its date, and every part of it.
    """
    clinic = session.get_one(Clinic, clinic_id, populate_existing=True)
    columns = {key: getattr(clinic, key) for key in setting_rules.COLUMNS}
    rows = session.execute(
        select(ClinicSetting.key, ClinicSetting.value).where(ClinicSetting.clinic_id == clinic_id)
    ).all()
    stored = {row.key: _whole(clinic.country, row.key, row.value) for row in rows}
    first: str = clinic.languages[0]
    own = {"summary_language": first, "emergency_number": crisis_line(clinic.country, first).emergency}
    return {**setting_rules.DEFAULTS, **own, **columns, **stored}


def save(
    session: Session,
    clinic_id: int,
    values: Mapping[str, Any],
    *,
    seen: str,
    by: int,
    reason: str | None = None,
    now: datetime,
) -> Tried:
    """Set every key that differs from what holds, or none where one is refused; None goes back to the default.

    `seen` is the version of the settings that the page was made from: whoever saves an older one is told.
    """
    if not is_current(session, clinic_id, seen):
        return Tried(is_stale=True)
    before = current(session, clinic_id)
    of_clinic = select(ClinicSetting.key).where(ClinicSetting.clinic_id == clinic_id)
    is_set = {*setting_rules.COLUMNS, *session.scalars(of_clinic)}
    problems = {}
    with session.begin_nested() as part:
        for key, value in values.items():
            try:
                new = setting_rules.checked(key, value)
                if key in is_set if new is None else before.get(key) != new:
                    clinic_settings.change(session, clinic_id, key, new, by, reason, now)
            except BadSetting as error:
                problems[key] = str(error).removeprefix(f"{key}: ")
        if problems:
            part.rollback()
    return Tried(problems)


def is_current(session: Session, clinic_id: int, seen: str) -> bool:
    """Tell whether a version of the settings still holds; it then does until this transaction ends."""
    # Of two who save at once the second waits here, and then sees the first one's version.
    return session.scalar(select(Clinic.settings_version).where(Clinic.id == clinic_id).with_for_update()) == seen


def history(session: Session, clinic_id: int, *, before: int | None = None) -> list[Change]:
    """Return the changes of a clinic, the latest first, at most AT_ONCE; `before` is the id of the last one seen."""
    asked = (
        select(ClinicSettingChange, User.display_name)
        .outerjoin(User, User.id == ClinicSettingChange.by)
        .where(ClinicSettingChange.clinic_id == clinic_id)
        .order_by(ClinicSettingChange.id.desc())
        .limit(AT_ONCE)
    )
    if before is not None:
        asked = asked.where(ClinicSettingChange.id < before)
    return [_change(row, name) for row, name in session.execute(asked).all()]


def latest(session: Session, clinic_id: int, key: str) -> Change | None:
    """Return the last change of one setting, None where it was never changed."""
    found = session.execute(
        select(ClinicSettingChange, User.display_name)
        .outerjoin(User, User.id == ClinicSettingChange.by)
        .where(ClinicSettingChange.clinic_id == clinic_id, ClinicSettingChange.key == key)
        .order_by(ClinicSettingChange.id.desc())
        .limit(1)
    ).one_or_none()
    return found and _change(*found)


def _change(row: ClinicSettingChange, name: str | None) -> Change:
    return Change(row.id, row.at, name, row.key, row.old, row.new, row.reason)


def _whole(country: str, key: str, value: Any) -> Any:
    base, _, language = key.partition(".")
    if base != "crisis_locale":
        return value
    line = clinic_settings.own_line(country, language, value)
    return {
        "verified_on": value["verified_on"],
        **{name: getattr(line, name) for name in setting_rules.LINE_FIELDS if name != "emergency"},
        **({"emergency": value["emergency"]} if "emergency" in value else {}),
    }
