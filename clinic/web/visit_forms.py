"""The forms of a visit and of a patient, new and corrected: who comes, when on the clinic's clock, and to whom."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    SelectField,
    StringField,
    TelField,
    TimeField,
)
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, Regexp, ValidationError

from clinic.core.errors import BadVisit
from clinic.core.one_line import one_line
from clinic.services.mail_address import plain_address
from clinic.services.patient_rules import (
    EMAIL_CHARS,
    FARTHEST_DAYS,
    NAME_CHARS,
    OLDEST_YEARS,
    PHONE,
    RECORD_NUMBER_CHARS,
)
from clinic.services.patients import NewPatient
from clinic.services.visits import Appointment, Choice, NewVisit, local_moment
from clinic.web.i18n import OWN_NAMES

T = TypeVar("T")


class Day(DateField):
    """A day as the browser's own date field sends it; an empty one is left to the validators."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the day, and say in words what a day looks like."""
        if not any(valuelist):
            self.data = None
            return
        try:
            super().process_formdata([value.strip() for value in valuelist])
        except ValueError as error:
            raise ValueError(_("Write the day as year-month-day, such as 2026-03-29.")) from error


class Clock(TimeField):
    """A time as the browser's own time field sends it; an empty one is left to the validators."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the time, and say in words what a time looks like."""
        if not any(valuelist):
            self.data = None
            return
        try:
            super().process_formdata([value.strip() for value in valuelist])
        except ValueError as error:
            raise ValueError(_("Write the time with hours and minutes, such as 14:30.")) from error


def _given(value: T | None) -> T:
    """Return what the validators have asked for."""
    if value is None:
        raise ValueError("Read a form only after it was found valid.")
    return value


def _number(text: Any) -> int | None:
    """Return the id that a choice stands for; anything else is a choice that does not exist."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", str(text)) else None


def revision(text: str | None) -> int:
    """Return the revision that a page was made from; what is none is as old as can be."""
    found = _number(text)
    return -1 if found is None else found


class Choices(SelectField):
    """One of a list, and nothing else."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not in the list, in words."""
        if self.data not in [value for value, *_rest in self.iter_choices()]:
            raise ValidationError(_("Choose one from the list."))


class StaffForm(FlaskForm):  # type: ignore[misc]
    """A form whose days and times are those of the clinic's clock."""

    zone: ZoneInfo
    now: datetime

    def at(self, now: datetime, zone: ZoneInfo) -> None:
        """Say what time it is, and where."""
        self.now, self.zone = now, zone

    @property
    def today(self) -> date:
        """Return the clinic's day."""
        return self.now.astimezone(self.zone).date()


class PatientForm(StaffForm):
    """Who a patient is; `speaking` fills in the languages that the clinic offers."""

    record_number = StringField(
        _l("Record number"),
        filters=[one_line],
        validators=[
            DataRequired(_l("Give the record number.")),
            Length(max=RECORD_NUMBER_CHARS, message=_l("Use at most 40 characters.")),
        ],
    )
    name = StringField(
        _l("Name"),
        filters=[one_line],
        validators=[
            DataRequired(_l("Give the patient’s name.")),
            Length(max=NAME_CHARS, message=_l("Use at most 120 characters.")),
        ],
    )
    born_on = Day(_l("Date of birth"), validators=[InputRequired(_l("Give the date of birth."))])
    email = EmailField(
        _l("E-mail (optional)"),
        filters=[one_line],
        validators=[
            Optional(),
            Length(max=EMAIL_CHARS, message=_l("Use at most 254 characters.")),
            Email(_l("This is not an e-mail address. It looks like name@example.org."), allow_smtputf8=False),
        ],
    )
    phone = TelField(
        _l("Phone (optional)"),
        filters=[one_line],
        validators=[Optional(), Regexp(PHONE, message=_l("Use 5 to 30 digits, spaces and + ( ) - only."))],
    )
    language = Choices(_l("Language of the form"))
    other_languages = StringField(
        _l("Other languages they read (optional)"),
        filters=[one_line],
        validators=[Optional(), Length(max=80, message=_l("Use at most 80 characters."))],
    )

    is_taken: Callable[[str], bool]

    def speaking(self, languages: Sequence[str]) -> None:
        """Offer these languages."""
        self.language.choices = [(code, OWN_NAMES.get(code, code)) for code in languages]

    def validate_record_number(self, field: Field) -> None:
        """Refuse the number of a patient who is here already."""
        if self.is_taken(field.data):
            raise ValidationError(
                _("A patient with this record number is here already. Search for the number and pick the patient.")
            )

    def validate_born_on(self, field: Field) -> None:
        """Refuse a birth in the future or too long ago."""
        if field.data is None:
            return
        if field.data > self.today:
            raise ValidationError(_("This day has not come yet. Check the year."))
        if field.data.year < self.today.year - OLDEST_YEARS:
            raise ValidationError(_("This is more than %(years)d years ago. Check the year.", years=OLDEST_YEARS))

    def to_patient(self) -> NewPatient:
        """Return the patient of a valid form."""
        return NewPatient(
            record_number=_given(self.record_number.data),
            name=_given(self.name.data),
            born_on=_given(self.born_on.data),
            language=self.language.data,
            email=plain_address(self.email.data) if self.email.data else None,
            phone=self.phone.data or None,
            other_languages=self.other_languages.data or None,
        )


class CorrectionForm(PatientForm):
    """Who a patient is, corrected."""

    # What was stored when the page was made: whoever saves an older one is told.
    seen = HiddenField()


class VisitForm(StaffForm):
    """When a visit is, and with whom; `of` fills in what the clinic offers."""

    day = Day(_l("Day"), validators=[InputRequired(_l("Say on which day the visit is."))])
    clock = Clock(_l("Time"), format=["%H:%M", "%H:%M:%S"], validators=[InputRequired(_l("Say at what time it is."))])
    clinician = Choices(_l("Clinician"), coerce=_number)
    site = Choices(_l("Place"), coerce=_number)

    def of(self, *, clinicians: Sequence[Choice], sites: Sequence[Choice]) -> None:
        """Offer these people and places."""
        for field, choices in ((self.clinician, clinicians), (self.site, sites)):
            field.choices = [(one.id, one.name) for one in choices]

    def validate_day(self, field: Field) -> None:
        """Refuse a day that has passed, and one that is surely mistyped."""
        if field.data is None:
            return
        if field.data < self.today:
            raise ValidationError(_("This day has passed. Choose today or a later day."))
        if field.data > self.today + timedelta(days=FARTHEST_DAYS):
            raise ValidationError(_("This day is more than two years away. Check the year."))

    def validate_clock(self, field: Field) -> None:
        """Refuse an hour that the clock leaves out on this day."""
        if isinstance(self.day.data, date) and isinstance(field.data, time):
            try:
                local_moment(self.day.data, field.data, self.zone)
            except BadVisit as error:
                raise ValidationError(str(error)) from error

    def to_visit(self, patient: int | NewPatient) -> NewVisit:
        """Return the visit of a valid form."""
        moment = local_moment(_given(self.day.data), _given(self.clock.data), self.zone)
        return NewVisit(_given(self.site.data), _given(self.clinician.data), moment, patient)


class NewVisitForm(VisitForm):
    """A visit of a patient who is here already, and whether they get the link by e-mail.

    `walk_in` is the present minute where the visit is to begin at once, whatever day and time were typed.
    """

    invites = BooleanField(_l("Send the link by e-mail"))
    walk_in: datetime | None = None

    def start_now(self) -> None:
        """Let the visit begin at this minute; who is here needs no e-mail."""
        self.walk_in = self.now.replace(second=0, microsecond=0)
        local = self.walk_in.astimezone(self.zone)
        for field, value in ((self.day, local.date()), (self.clock, local.time())):
            field.data, field.raw_data, field.process_errors = value, [value.isoformat()], []
        self.invites.data = False

    def to_visit(self, patient: int | NewPatient) -> NewVisit:
        """Return the visit of a valid form."""
        if self.walk_in is None:
            return super().to_visit(patient)
        return NewVisit(_given(self.site.data), _given(self.clinician.data), self.walk_in, patient)


class MoveForm(VisitForm):
    """Another time, clinician or place of a visit that was made."""

    # What the visit was when the page was made: whoever saves an older one is told.
    seen = HiddenField()

    kept: date
    is_taken: Callable[[datetime], bool]

    def validate_day(self, field: Field) -> None:
        """Leave the day of a visit that has passed, and refuse any other as for a new visit."""
        if field.data != self.kept:
            super().validate_day(field)

    def validate_clock(self, field: Field) -> None:
        """Refuse an hour that does not exist, or at which the patient has another visit."""
        super().validate_clock(field)
        day, clock = self.day.data, field.data
        if day is not None and clock is not None and self.is_taken(local_moment(day, clock, self.zone)):
            raise ValidationError(_("The patient has another visit at this time. Choose another time."))

    def to_appointment(self) -> Appointment:
        """Return the appointment of a valid form."""
        moment = local_moment(_given(self.day.data), _given(self.clock.data), self.zone)
        return Appointment(_given(self.site.data), _given(self.clinician.data), moment)


class NewPatientForm(PatientForm, NewVisitForm):
    """A visit of a patient who is not here yet."""
