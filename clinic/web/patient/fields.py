"""The fields of a page as WTForms, and strict reading of what was posted for them."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs are a version behind.
from wtforms.form import BaseForm

Fields = Mapping[str, Field]
Choices = Iterable[tuple[str, str]]
Post = MultiDict[str, str]

OWN_TEXT = "-text"


def one_of(label: str, choices: Choices, hint: str = "") -> RadioField:
    """Return a question with radio buttons; what is posted for it is checked by `Reading`, not here."""
    return RadioField(label, choices=[SelectChoice(*one) for one in choices], description=hint, validate_choice=False)


def any_of(label: str, choices: Choices, hint: str = "") -> SelectMultipleField:
    """Return a question with checkboxes."""
    return SelectMultipleField(
        label, choices=[SelectChoice(*one) for one in choices], description=hint, validate_choice=False
    )


def a_line(label: str, limit: int) -> StringField:
    """Return a box for a few own words."""
    return StringField(label, render_kw={"maxlength": limit})


def own_words(label: str, hint: str) -> TextAreaField:
    """Return a box for own words over several lines."""
    return TextAreaField(label, description=hint)


def filled(fields: Fields, *, data: Mapping[str, Any] | None = None, post: Post | None = None) -> BaseForm:
    """Return a form that shows what is stored, or what was just posted."""
    # The library's stubs give a field its bound type already where it is declared.
    form = BaseForm(cast(Any, fields))
    form.process(formdata=post, data=dict(data or {}))
    return form


def with_errors(form: BaseForm, errors: Mapping[str, str]) -> BaseForm:
    """Return the form with each error at its field."""
    for name, message in errors.items():
        form[name].errors = [message]
    return form


class Reading:
    """Reads posted fields one by one, and keeps what is wrong with them by field."""

    def __init__(self, post: Post) -> None:
        """Begin to read a post."""
        self.post = post
        self.errors: dict[str, str] = {}

    def choice(self, name: str, allowed: Iterable[str], gravest: Sequence[str] = ()) -> str | None:
        """Return the known choice of a question, None where there is none; anything else that came is an error.

        Of several that came, the first of `gravest` is returned: safety is read from a refused post as well.
        """
        given = [one for one in dict.fromkeys(self.post.getlist(name)) if one]
        known = [one for one in given if one in set(allowed)]
        if len(given) > 1 or known != given:
            self.errors[name] = _("Choose one of the answers shown.")
        return next((one for one in gravest if one in known), known[0] if known else None)

    def choices(self, name: str, allowed: Iterable[str]) -> list[str]:
        """Return the known choices of a list, each once, as they came; an unknown one is an error."""
        given = [one for one in dict.fromkeys(self.post.getlist(name)) if one]
        known = [one for one in given if one in set(allowed)]
        if known != given:
            self.errors[name] = _("Choose from the answers shown.")
        return known

    def text(self, name: str, limit: int, *, lines: bool = False) -> str:
        """Return the whole text of a box, also where it is too long, which is an error."""
        words = clean(self.post.get(name, ""), lines=lines)
        if len(words) > limit:
            self.errors[name] = _(
                "This text has %(length)d characters. Shorten it to %(limit)d.", length=len(words), limit=limit
            )
        return words


def clean(text: str, *, lines: bool) -> str:
    """Return text with line ends as one character each, and without characters that do nothing but harm.

    A box of one line has no line ends; a text of spaces alone is no text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = text.replace("\n", " ")
    kept = "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))
    return kept if kept.strip() else ""
