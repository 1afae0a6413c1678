"""The pages that ask nothing, and those with one question and plain choices."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _

from clinic.core.answers import AnswerSet
from clinic.core.instrument import CHECKIN, CHECKIN_NOW, CHECKIN_PAST, HELPED, NO_ANSWER, RESPONDENT
from clinic.services.assessments import Posted
from clinic.web.patient.asked import Asked, Row
from clinic.web.patient.fields import Fields, Post, Reading, one_of

# The answers to the check-in by what they ask of the clinic, the most urgent first.
GRAVEST = (CHECKIN_NOW, CHECKIN_PAST, NO_ANSWER)


class Plain:
    """A page that asks nothing: the first and the last."""

    def __init__(self, template: str, title: LazyString) -> None:
        """Choose the page's template and name."""
        self.template = template
        self.name = title

    def title(self, asked: Asked) -> str:
        """Return the page's name."""
        return str(self.name)

    heading = title

    def fields(self, asked: Asked) -> Fields:
        """Return no fields."""
        return {}

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return no values."""
        return {}

    def read(self, asked: Asked, post: Post) -> Posted:
        """Return an empty post."""
        return Posted()

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return no rows."""
        return ()


class Respondent:
    """The page that asks who is answering."""

    template = "patient/respondent.html"

    def title(self, asked: Asked) -> str:
        """Return the page's name."""
        return str(_("Who is answering"))

    def heading(self, asked: Asked) -> str:
        """Return the question."""
        return asked.say("respondent.text")

    def fields(self, asked: Asked) -> Fields:
        """Return the one question."""
        choices = [(one, asked.say(f"respondent.{one}")) for one in asked.instrument.respondents]
        return {RESPONDENT: one_of(asked.say("respondent.text"), choices)}

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the chosen value."""
        return {RESPONDENT: given.respondent}

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read one choice."""
        reading = Reading(post)
        seen = reading.choice(RESPONDENT, asked.instrument.respondents)
        valid = asked.stored.respondent if reading.errors else seen
        return Posted(AnswerSet(respondent=valid), AnswerSet(respondent=seen), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return the question with the words chosen."""
        said = (asked.say(f"respondent.{given.respondent}"),) if given.respondent else ()
        return [Row(asked.say("respondent.text"), said)]


class Checkin:
    """The page that asks directly about thoughts of ending life, in the words for the person who answers."""

    template = "patient/checkin.html"

    def title(self, asked: Asked) -> str:
        """Return a name that tells nobody else what is asked."""
        return str(_("One important question"))

    heading = title

    def fields(self, asked: Asked) -> Fields:
        """Return the one question."""
        choices = [(one, self._words(asked, one)) for one in asked.instrument.safety.checkin_options]
        alone = [asked.say("safety.checkin.helped_note")] if asked.draft.given.respondent == HELPED else []
        hint = " ".join([*alone, asked.say("safety.checkin.helper")])
        return {CHECKIN: one_of(self._question(asked), choices, hint)}

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the chosen value."""
        return {CHECKIN: given.checkin}

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read one choice."""
        reading = Reading(post)
        seen = reading.choice(CHECKIN, asked.instrument.safety.checkin_options, GRAVEST)
        valid = asked.stored.checkin if reading.errors else seen
        return Posted(AnswerSet(checkin=valid), AnswerSet(checkin=seen), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return the question with the words chosen."""
        return [Row(self._question(asked), (self._words(asked, given.checkin),) if given.checkin else ())]

    @staticmethod
    def _question(asked: Asked) -> str:
        if asked.draft.given.by_proxy:
            return asked.say("safety.checkin.text_proxy")
        # Without a signal nobody has said that they feel "this way".
        return asked.say("safety.checkin.text" if asked.draft.checkin_after else "safety.checkin.text_always")

    @staticmethod
    def _words(asked: Asked, value: str) -> str:
        return asked.say(f"safety.checkin{'_proxy' if asked.draft.given.by_proxy else ''}.{value}")
