"""One page as it is asked, what every kind of page can do, and what reading a post has in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clinic.core.answers import AnswerSet
from clinic.core.instrument import Instrument
from clinic.core.path import Draft, Step, part_of
from clinic.services.assessments import Posted
from clinic.services.followups import AgreedThing
from clinic.web.patient.fields import OWN_TEXT, Fields, Post


@dataclass(frozen=True, slots=True)
class Asked:
    """One page as it is asked: what it asks, in which language, and the draft that it belongs to.

    `agreements` are the things agreed before that the form asks about.
    """

    instrument: Instrument
    step: Step
    draft: Draft
    language: str
    agreements: Sequence[AgreedThing] = ()

    def say(self, key: str) -> str:
        """Return the instrument's words of a key."""
        return self.instrument.say(self.language, key)

    @property
    def stored(self) -> AnswerSet:
        """Return what is stored of this page."""
        return part_of(self.instrument, self.draft.given, self.step)


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what was said to it: choices in our words, and own words apart; both empty for nothing."""

    question: str
    chosen: tuple[str, ...] = ()
    words: str = ""

    @property
    def is_answered(self) -> bool:
        """Tell whether something was said."""
        return bool(self.chosen or self.words)


class Handler(Protocol):
    """What every kind of page can do; `title` is for the window and never names the illness."""

    template: str

    def title(self, asked: Asked) -> str: ...  # noqa: D102
    def heading(self, asked: Asked) -> str: ...  # noqa: D102
    def fields(self, asked: Asked) -> Fields: ...  # noqa: D102
    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]: ...  # noqa: D102
    def read(self, asked: Asked, post: Post) -> Posted: ...  # noqa: D102
    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]: ...  # noqa: D102


def valid_part(seen: Mapping[str, Any], stored: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, Any]:
    """Return what was said, with what is stored already in place of each field that was refused."""
    right = {key: one for key, one in seen.items() if key not in wrong}
    return right | {key: one for key, one in stored.items() if key in wrong}


def texts_of(errors: Mapping[str, str]) -> dict[str, str]:
    """Return the errors that are about boxes for own words."""
    return {name: message for name, message in errors.items() if name.endswith(OWN_TEXT)}


def listed(ticks: frozenset[str], texts: Mapping[str, str]) -> AnswerSet:
    """Return an answer set of ticks and of the texts that are not empty."""
    return AnswerSet(ticks=ticks, texts={key: words for key, words in texts.items() if words})
