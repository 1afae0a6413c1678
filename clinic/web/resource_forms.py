"""The forms of one entry of the clinic's directory, new and changed."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectMultipleField, StringField, TelField, URLField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError

from clinic.core.one_line import one_line
from clinic.services.resources import LANGUAGES_LONGEST, LONGEST, MOST_LANGUAGES, NewResource, is_https
from clinic.web.visit_forms import Day

PHONE = re.compile(r"[0-9+()/.\- ]{3,40}\Z")
BETWEEN_LANGUAGES = re.compile("[,;،]")


def _at_most(key: str) -> Length:
    return Length(max=LONGEST[key], message=_l("Use at most %(most)d characters.", most=LONGEST[key]))


class EntryForm(FlaskForm):  # type: ignore[misc]
    """What is known of an entry; `helping` fills in the gaps."""

    name = StringField(
        _l("Name"), filters=[one_line], validators=[DataRequired(_l("Give the entry a name.")), _at_most("name")]
    )
    offers = StringField(
        _l("What it offers"),
        filters=[one_line],
        validators=[DataRequired(_l("Say what it offers.")), _at_most("offers")],
    )
    gaps = SelectMultipleField(
        _l("Helps with"), validators=[InputRequired(_l("Choose at least one of the four gaps."))]
    )
    phone = TelField(
        _l("Phone (optional)"),
        filters=[one_line],
        validators=[Optional(), Regexp(PHONE, message=_l("Use 3 to 40 digits, spaces and + ( ) - only."))],
    )
    address = StringField(_l("Address (optional)"), filters=[one_line], validators=[Optional(), _at_most("address")])
    url = URLField(_l("Link (optional)"), filters=[one_line], validators=[Optional(), _at_most("url")])
    languages = StringField(_l("Languages (optional)"), filters=[one_line], validators=[Optional()])
    # What was stored when the page was made: whoever saves an older one is told.
    seen = HiddenField()

    def helping(self, gaps: Mapping[str, str]) -> None:
        """Offer these gaps."""
        self.gaps.choices = list(gaps.items())

    def validate_url(self, field: Field) -> None:
        """Refuse what is no page of the open web."""
        if field.data and not is_https(field.data):
            raise ValidationError(_("A link begins with https:// and holds no spaces."))

    def validate_languages(self, field: Field) -> None:
        """Refuse more than a list."""
        spoken = self._spoken()
        if len(spoken) > MOST_LANGUAGES or any(len(one) > LANGUAGES_LONGEST for one in spoken):
            raise ValidationError(_("Name each language in a word or two, with commas between them."))

    def to_resource(self) -> NewResource:
        """Return the entry of a valid form."""
        values: dict[str, Any] = {
            key: getattr(self, key).data or None for key in ("name", "offers", "phone", "address", "url")
        }
        return NewResource(**values, gaps=tuple(self.gaps.data or ()), languages=tuple(self._spoken()))

    def _spoken(self) -> list[str]:
        return [one.strip() for one in BETWEEN_LANGUAGES.split(self.languages.data or "") if one.strip()]


class NewEntryForm(EntryForm):
    """A new entry, and when somebody last checked it; `today` is the clinic's."""

    today: date
    checked_on = Day(_l("Last checked on"), validators=[InputRequired(_l("Say when somebody last checked it."))])

    def validate_checked_on(self, field: Field) -> None:
        """Refuse a day that has not come."""
        if field.data is not None and field.data > self.today:
            raise ValidationError(_("This day has not come yet. Check the year."))

    def checked(self) -> date:
        """Return the day of the last check of a valid form."""
        found = self.checked_on.data
        if found is None:
            raise ValueError("Read a form only after it was found valid.")
        return found
