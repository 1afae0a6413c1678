"""What every form of a clinic's settings does: show what holds, give what is wanted, and tell what the rules say."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, SelectMultipleField, StringField

from clinic.services.clinic_settings import ClinicSettings


class Whole(StringField):
    """A whole number as it was typed: the rule of the setting says what is wrong with any other text."""


class SectionForm(FlaskForm):  # type: ignore[misc]
    """Some settings on one page; a field has the name of its key, without the language."""

    keys: ClassVar[tuple[str, ...]] = ()
    language: str | None = None

    # The version of the settings that the page was made from: whoever saves an older one is told.
    seen = HiddenField()

    @classmethod
    def of(cls, language: str | None, values: Mapping[str, Any], settings: ClinicSettings) -> "SectionForm":
        """Return the form with what holds, or with what was sent; `values` are the settings by key."""
        form = cls(data={"seen": settings.version, **cls._data(language, values, settings)})
        form.language = language
        form._prepare(values, settings)
        return form

    def wanted(self) -> dict[str, Any]:
        """Return the values of a form that was sent, by key; an empty one goes back to the default."""
        return {self._key(name): stored(self[name]) for name in self.keys}

    @property
    def why(self) -> str | None:
        """Return the reason, where one is asked for."""
        return None

    def tell(self, problems: Mapping[str, str]) -> None:
        """Put what the rules say at the fields that it is about."""
        for key, words in problems.items():
            self.say(self[key.partition(".")[0]], words)

    @classmethod
    def _data(cls, language: str | None, values: Mapping[str, Any], settings: ClinicSettings) -> dict[str, Any]:
        return {name: values.get(keyed(name, language)) for name in cls.keys}

    def _prepare(self, values: Mapping[str, Any], settings: ClinicSettings) -> None:
        """Fill in what there is to choose from."""

    def _key(self, name: str) -> str:
        return keyed(name, self.language)

    @staticmethod
    def say(field: Field, words: str) -> None:
        """Add what is wrong to a field, as a sentence."""
        field.errors = [*field.errors, words[:1].upper() + words[1:]]


def keyed(name: str, language: str | None) -> str:
    """Return the key of a setting, in one language where it has one."""
    return f"{name}.{language}" if language else name


def stored(field: Field) -> Any:
    """Return what a field holds, as the rules of the settings take it."""
    if isinstance(field, (BooleanField, SelectMultipleField)):
        return field.data
    text = str("" if field.data is None else field.data).strip()
    if isinstance(field, Whole) and re.fullmatch("[0-9]{1,6}", text):
        return int(text)
    return text or None
