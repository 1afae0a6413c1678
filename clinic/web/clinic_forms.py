"""The forms of a clinic's settings: one for each section of the administrator's page, each saved by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import Length

from clinic.instruments import catalogue
from clinic.services import setting_rules
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.setting_rules import DAYS, LETTER_CHARS, REMINDER_DAYS
from clinic.web.i18n import OWN_NAMES
from clinic.web.section_form import SectionForm, Whole, keyed, stored
from clinic.web.setting_words import CHECKIN_MODES, LABELS, LINE_LABELS, SMALLEST_SHOWN, day_name
from clinic.web.visit_forms import Choices, Clock, Day

REASON_CHARS = 1000


class BasicsForm(SectionForm):
    """What the clinic is called, where its clock stands, and its languages and paper."""

    keys = ("name", "time_zone", "languages", "page_size", "summary_language")

    name = StringField(LABELS["name"], description=_l("Patients read it on every page and in every message."))
    time_zone = StringField(
        LABELS["time_zone"], description=_l("Such as America/New_York. All times on the pages follow it.")
    )
    languages = SelectMultipleField(
        _l("Languages that the clinic offers"),
        description=_l("A translation is offered to patients only once somebody has reviewed it."),
    )
    first = Choices(_l("The language that forms begin in"))
    summary_language = Choices(LABELS["summary_language"])
    page_size = Choices(LABELS["page_size"])

    def validate_first(self, field: Field) -> None:
        """Add the first language to those that were ticked."""
        if field.data in OWN_NAMES and field.data not in (self.languages.data or ()):
            self.languages.data = [field.data, *(self.languages.data or ())]

    def wanted(self) -> dict[str, Any]:
        """Put the first language first."""
        chosen = [one for one in self.languages.data or () if one != self.first.data]
        return super().wanted() | {"languages": [self.first.data, *chosen]}

    @classmethod
    def _data(cls, language: str | None, values: Mapping[str, Any], settings: ClinicSettings) -> dict[str, Any]:
        return super()._data(language, values, settings) | {"first": settings.languages[0]}

    def _prepare(self, values: Mapping[str, Any], settings: ClinicSettings) -> None:
        codes = dict.fromkeys([*settings.languages, *catalogue.current().words])
        choices = [(code, OWN_NAMES.get(code, code)) for code in codes]
        self.languages.choices = self.first.choices = self.summary_language.choices = choices
        self.page_size.choices = [("A4", "A4"), ("letter", _("Letter"))]


class HoursForm(SectionForm):
    """When somebody is there: a line for each weekday, and the days on which nobody is."""

    keys = ("staffed_hours", "holidays")

    holidays: TextAreaField

    @property
    def days(self) -> list[tuple[str, Field, Field]]:
        """Return each weekday's name with its two fields."""
        return [(day_name(day), self[f"{day}_opens"], self[f"{day}_closes"]) for day in DAYS]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Hold each day to both of its times, in their order, and each holiday to a date."""
        is_right = bool(super().validate(*args, **kwargs))
        for day in DAYS:
            opens, closes = self[f"{day}_opens"], self[f"{day}_closes"]
            if opens.errors or closes.errors:
                continue
            if (opens.data is None) != (closes.data is None):
                self.say(
                    closes if closes.data is None else opens,
                    _("%(day)s: give both times, or leave both empty.", day=day_name(day)),
                )
            elif opens.data is not None and time() < closes.data <= opens.data:
                self.say(
                    closes, _("%(day)s: it closes after it opens. For its end take midnight, 00:00.", day=day_name(day))
                )
        for line in self._lines():
            try:
                date.fromisoformat(line)
            except ValueError:
                self.say(
                    self.holidays, _("Write one date a line, such as 2026-12-25. This is none: %(line)s", line=line)
                )
                break
        return is_right and not self.errors

    def wanted(self) -> dict[str, Any]:
        """Return the days that have hours, and the holidays as a list."""
        hours = {
            day: [f"{self[f'{day}_opens'].data:%H:%M}", _closing(self[f"{day}_closes"].data)]
            for day in DAYS
            if self[f"{day}_opens"].data is not None
        }
        return {"staffed_hours": hours or None, "holidays": self._lines() or None}

    def tell(self, problems: Mapping[str, str]) -> None:
        """Put what is left to say at the first day or at the holidays."""
        for key, words in problems.items():
            self.say(self.holidays if key == "holidays" else self["mon_opens"], words)

    def _lines(self) -> list[str]:
        return [line.strip() for line in (self.holidays.data or "").splitlines() if line.strip()]

    @classmethod
    def _data(cls, language: str | None, values: Mapping[str, Any], settings: ClinicSettings) -> dict[str, Any]:
        data: dict[str, Any] = {"holidays": "\n".join(values.get("holidays") or ())}
        for day, (opens, closes) in (values.get("staffed_hours") or {}).items():
            data[f"{day}_opens"] = time.fromisoformat(opens)
            data[f"{day}_closes"] = time() if closes == "24:00" else time.fromisoformat(closes)
        return data


for _day in DAYS:
    setattr(HoursForm, f"{_day}_opens", Clock(_l("Opens"), format=["%H:%M", "%H:%M:%S"]))
    setattr(HoursForm, f"{_day}_closes", Clock(_l("Closes"), format=["%H:%M", "%H:%M:%S"]))
# After the week, where it stands on the page.
HoursForm.holidays = TextAreaField(
    LABELS["holidays"], description=_l("One date a line, such as 2026-12-25. The hours above do not hold on them.")
)


class EmergencyForm(SectionForm):
    """The number for a person in danger now."""

    keys = ("emergency_number",)

    emergency_number = StringField(
        LABELS["emergency_number"],
        description=_l("Stands on every page of a patient. Left empty, it is the country’s, where we know it."),
    )


class CrisisForm(SectionForm):
    """The crisis line of one language, and when somebody last tried it."""

    keys = ("crisis_locale",)

    name = StringField(LINE_LABELS["name"])
    call = StringField(LINE_LABELS["call"])
    text_to = StringField(LINE_LABELS["text_to"])
    text_word = StringField(
        LINE_LABELS["text_word"], description=_l("The word that the text message must hold, if any.")
    )
    chat_url = URLField(LINE_LABELS["chat_url"], description=_l("An address that begins with https://."))
    hours = StringField(LINE_LABELS["hours"])
    note = StringField(LINE_LABELS["note"])
    verified_on = Day(
        LINE_LABELS["verified_on"],
        description=_l("Call the line, and write to it. Then write down the day. After 180 days it is asked again."),
    )

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Hold every part of the line to its own rule."""
        is_right = bool(super().validate(*args, **kwargs))
        for name, words in setting_rules.line_problems(self._line()).items():
            if not self[name].errors:
                self.say(self[name], words.removeprefix(f"{name}: "))
        return is_right and not self.errors

    def wanted(self) -> dict[str, Any]:
        """Return the whole line: what a country's own says elsewhere may change, and what was tried may not."""
        return {self._key("crisis_locale"): self._line()}

    def tell(self, problems: Mapping[str, str]) -> None:
        """Put what the rules say at the part of the line that they name."""
        for words in problems.values():
            name, _colon, rest = words.partition(": ")
            known = name in self._parts()
            self.say(self[name] if known else self.verified_on, rest if known else words)

    def _line(self) -> dict[str, Any]:
        line = {name: stored(self[name]) for name in self._parts() if name != "verified_on"}
        day = self.verified_on.data
        return {"verified_on": day and day.isoformat(), **line, **self.kept}

    @staticmethod
    def _parts() -> list[str]:
        return ["verified_on", *(name for name in setting_rules.LINE_FIELDS if name != "emergency")]

    @classmethod
    def _data(cls, language: str | None, values: Mapping[str, Any], settings: ClinicSettings) -> dict[str, Any]:
        line = settings.crisis_in(language or "")
        return {name: getattr(line, name) for name in cls._parts()}

    def _prepare(self, values: Mapping[str, Any], settings: ClinicSettings) -> None:
        line = values.get(self._key("crisis_locale"), {})
        self.kept = {"emergency": line["emergency"]} if "emergency" in line else {}


class AlertsForm(SectionForm):
    """Who reads safety alerts, and who steps in."""

    keys = (
        *("alert_inbox_role", "alert_inbox_name", "alert_inbox_email"),
        *("backup_role", "backup_name", "backup_email"),
        "alert_minutes",
    )

    alert_inbox_role = StringField(LABELS["alert_inbox_role"], description=_l("A role, such as: clinician on duty."))
    alert_inbox_name = StringField(LABELS["alert_inbox_name"])
    alert_inbox_email = EmailField(
        LABELS["alert_inbox_email"], description=_l("Better an address of the clinic than somebody’s own.")
    )
    backup_role = StringField(
        LABELS["backup_role"], description=_l("Who is told when nobody has taken an alert in time.")
    )
    backup_name = StringField(LABELS["backup_name"])
    backup_email = EmailField(LABELS["backup_email"])
    minutes_s3 = Whole(
        _l("Minutes to take an urgent alert (S3)"),
        description=_l("Of staffed time. After them the backup is told, and again each time as many have passed."),
    )
    minutes_s2 = Whole(_l("Minutes to take any other alert (S2)"))

    def wanted(self) -> dict[str, Any]:
        """Return both times as one setting."""
        people = {name: stored(self[name]) for name in self.keys if name != "alert_minutes"}
        return people | {"alert_minutes": {level: stored(self[f"minutes_{level.lower()}"]) for level in ("S2", "S3")}}

    def tell(self, problems: Mapping[str, str]) -> None:
        """Put what is wrong with a time at its own field, and at the other one where that is no number either."""
        for key, words in problems.items():
            named, _colon, rest = words.partition(": ")
            if key != "alert_minutes" or named not in ("S2", "S3"):
                self.say(self[key if key != "alert_minutes" else "minutes_s3"], words)
                continue
            for level in ("S2", "S3"):
                field = self[f"minutes_{level.lower()}"]
                if level == named or not isinstance(stored(field), int):
                    self.say(field, rest)

    @classmethod
    def _data(cls, language: str | None, values: Mapping[str, Any], settings: ClinicSettings) -> dict[str, Any]:
        times = {f"minutes_{level.lower()}": minutes for level, minutes in settings.alert_minutes.items()}
        return super()._data(language, values, settings) | times


class WordsForm(SectionForm):
    """What patients are told about who answers and who reads, in one language."""

    keys = ("response_time_text", "read_when", "reader_text", "language_reviewer")

    response_time_text = StringField(
        LABELS["response_time_text"], description=_l("Within a sentence, such as: the same working day.")
    )
    read_when = StringField(
        LABELS["read_when"], description=_l("At the end of a sentence, such as: before your visit.")
    )
    reader_text = StringField(
        LABELS["reader_text"], description=_l("A whole sentence. Left empty, it says that the care team reads them.")
    )
    language_reviewer = StringField(
        LABELS["language_reviewer"],
        description=_l("A person and a day. A translation that nobody has reviewed is not offered to patients."),
    )


class SafetyForm(SectionForm):
    """Whether people are asked about thoughts of ending life."""

    keys = ("checkin_mode",)

    checkin_mode = RadioField(_l("Ask about thoughts of ending life"), validate_choice=False)
    reason = TextAreaField(
        _l("Why"),
        description=_l("Needed to switch it off. It is kept, with your name, for as long as the clinic is."),
        validators=[Length(max=REASON_CHARS, message=_l("Use at most 1000 characters."))],
    )

    @property
    def why(self) -> str | None:
        """Return the reason that was written."""
        return (self.reason.data or "").strip() or None

    def _prepare(self, values: Mapping[str, Any], settings: ClinicSettings) -> None:
        self.checkin_mode.choices = list(CHECKIN_MODES.items())

    def tell(self, problems: Mapping[str, str]) -> None:
        """Put the missing reason at its own field."""
        for words in problems.values():
            self.say(self.reason if self.checkin_mode.data == "off" else self.checkin_mode, words)


class SendingForm(SectionForm):
    """How long a link works, and what is sent by e-mail."""

    keys = ("link_days", "invite_by_email", "remind_days", "ask_birth_date")

    link_days = Whole(
        LABELS["link_days"], description=_l("From 1 to 90. Links that were made already keep their time.")
    )
    invite_by_email = BooleanField(_l("Send the link by e-mail when a visit is made"))
    remind_days = SelectMultipleField(
        _l("Remind by e-mail"),
        coerce=int,
        description=_l("Only those whose form has not been sent."),
    )
    ask_birth_date = BooleanField(_l("Ask for the date of birth before a form opens"))

    def _prepare(self, values: Mapping[str, Any], settings: ClinicSettings) -> None:
        days = [(day, ngettext("%(num)d day before", "%(num)d days before", day)) for day in REMINDER_DAYS]
        self.remind_days.choices = days


class MessagesForm(SectionForm):
    """The words of invitations and reminders in one language."""

    keys = ("invitation_subject", "invitation_text", "reminder_subject", "reminder_text")

    invitation_subject = StringField(LABELS["invitation_subject"])
    invitation_text = TextAreaField(LABELS["invitation_text"], description=_l("{link} must be in it."))
    reminder_subject = StringField(LABELS["reminder_subject"])
    reminder_text = TextAreaField(LABELS["reminder_text"], description=_l("{link} must be in it."))
    limit = LETTER_CHARS

    def problems(self) -> dict[str, str]:
        """Return what the rules say of the texts as they were typed, by key."""
        return setting_rules.problems({key: value for key, value in self.wanted().items() if value is not None})


class TrendsForm(SectionForm):
    """The smallest count of people that trends show to the clinic's own eyes."""

    keys = ("smallest_shown",)
    smallest_shown = Whole(LABELS["smallest_shown"], description=SMALLEST_SHOWN)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a clinic's settings, with its address and the keys that it changes."""

    slug: str
    title: LazyString
    form: type[SectionForm]
    language: str | None

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that the section changes."""
        return tuple(keyed(name, self.language) for name in self.form.keys)

    @property
    def name(self) -> str:
        """Return the title, with the language where the section has one."""
        return f"{self.title}, {OWN_NAMES.get(self.language, self.language)}" if self.language else str(self.title)


_SECTIONS: tuple[tuple[str, LazyString, type[SectionForm], bool], ...] = (
    ("basics", _l("Name, clock and languages"), BasicsForm, False),
    ("hours", _l("Hours"), HoursForm, False),
    ("alerts", _l("Who answers an alert"), AlertsForm, False),
    ("emergency", _l("Emergency number"), EmergencyForm, False),
    ("crisis", _l("Crisis line"), CrisisForm, True),
    ("words", _l("What patients are told"), WordsForm, True),
    ("check-in", _l("Safety check-in"), SafetyForm, False),
    ("sending", _l("Links and e-mail"), SendingForm, False),
    ("messages", _l("Invitation and reminder"), MessagesForm, True),
    ("trends", _l("Trends"), TrendsForm, False),
)


def sections(languages: Sequence[str]) -> dict[str, Section]:
    """Return the sections of a clinic's settings by their addresses; some are there once for each language."""
    found = (
        Section(f"{slug}-{language}" if language else slug, title, form, language)
        for slug, title, form, has_languages in _SECTIONS
        for language in (languages if has_languages else (None,))
    )
    return {one.slug: one for one in found}


def _closing(clock: time) -> str:
    # The end of a day is the beginning of the next one on a clock, and a day of its own in the settings.
    return "24:00" if clock == time() else f"{clock:%H:%M}"
