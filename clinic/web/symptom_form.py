"""The form of a total of the clinic's own symptom scale."""

from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from clinic.core.one_line import one_line
from clinic.services.symptom_notes import FIRST_DAY, LONGEST_NAME, MOST, NewNote
from clinic.web.visit_forms import Day


class Total(StringField):
    """A whole number as it is written by hand, kept as typed where it is none."""

    @property
    def number(self) -> int | None:
        """Return the number, or None where this is none."""
        text = (self.data or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


class SymptomForm(FlaskForm):  # type: ignore[misc]
    """Name of the scale, total, and day; `today` is the clinic's."""

    # The page has other forms, whose fields must not share these ids.
    PREFIX: ClassVar[str] = "scale-"
    today: date

    scale = StringField(
        _l("Name of the scale"),
        filters=[one_line],
        validators=[
            DataRequired(_l("Name the scale.")),
            Length(max=LONGEST_NAME, message=_l("Use at most 60 characters.")),
        ],
    )
    total = Total(_l("Total"), validators=[InputRequired(_l("Give the total."))])
    on = Day(_l("Taken on"), validators=[InputRequired(_l("Say on which day it was taken."))])

    def validate_total(self, field: Field) -> None:
        """Refuse what is no total."""
        number = self.total.number
        if number is None or number > MOST:
            raise ValidationError(_("Use a whole number from 0 to %(most)d.", most=MOST))

    def validate_on(self, field: Field) -> None:
        """Refuse a day that has not come, and one that is surely mistyped."""
        if field.data is not None and not FIRST_DAY <= field.data <= self.today:
            raise ValidationError(_("This day has not come yet, or is long past. Check the year."))

    def to_note(self) -> NewNote:
        """Return the total of a valid form."""
        values: dict[str, Any] = {"scale": self.scale.data, "total": self.total.number, "on": self.on.data}
        return NewNote(**values)
