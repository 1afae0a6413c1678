"""The pages that set the agenda: what matters most, and the patient's own words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from clinic.core.answers import AnswerSet
from clinic.core.instrument import NO_PICK, OTHER_PICK, OWN_WORDS, PRIORITIES
from clinic.core.path import picks_in_order
from clinic.services.assessments import Posted
from clinic.web.patient.asked import Asked, Row, listed, texts_of, valid_part
from clinic.web.patient.fields import OWN_TEXT, Fields, Post, Reading, a_line, any_of, own_words


class Priorities:
    """The page on which the patient picks what to talk about."""

    template = "patient/priorities.html"

    def title(self, asked: Asked) -> str:
        """Return the page's name."""
        return str(_("What matters most to you"))

    def heading(self, asked: Asked) -> str:
        """Return the question."""
        return asked.say("priorities.text")

    def fields(self, asked: Asked) -> Fields:
        """Return the topics, those that the answers made hard first, and the own-words box."""
        hard, others = picks_in_order(asked.instrument, asked.draft.given)
        choices = [(pick, asked.say(f"pick.{pick}")) for pick in (*hard, *others, OTHER_PICK, NO_PICK)]
        return {
            PRIORITIES: any_of(asked.say("priorities.text"), choices, asked.say("priorities.helper")),
            PRIORITIES + OWN_TEXT: a_line(_("Say it in a few words"), asked.instrument.limits.else_chars),
        }

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the picks and own words."""
        return {PRIORITIES: list(given.picks), PRIORITIES + OWN_TEXT: given.texts.get(OTHER_PICK, "")}

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read a few picks, or "nothing special" alone, and own words."""
        reading, stored = Reading(post), asked.stored
        picks = reading.choices(PRIORITIES, asked.instrument.picks)
        words = reading.text(PRIORITIES + OWN_TEXT, asked.instrument.limits.else_chars)
        if words and OTHER_PICK not in picks:
            picks.append(OTHER_PICK)
        most = asked.instrument.limits.max_picks
        if NO_PICK in picks and len(picks) > 1:
            reading.errors[PRIORITIES] = _(
                "You picked “%(none)s” and something else. Keep one or the other.", none=asked.say(f"pick.{NO_PICK}")
            )
        elif len(picks) > most:
            reading.errors[PRIORITIES] = _(
                "You picked %(count)d. Pick up to %(most)d, so that the most important ones get time.",
                count=len(picks),
                most=most,
            )
        kept = stored.picks if PRIORITIES in reading.errors else tuple(picks)
        wrong = dict.fromkeys([OTHER_PICK] if texts_of(reading.errors) else [], "")
        texts = valid_part({OTHER_PICK: words}, stored.texts, wrong)
        valid = replace(listed(frozenset(), texts), picks=kept)
        return Posted(valid, replace(listed(frozenset(), {OTHER_PICK: words}), picks=tuple(picks)), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return the picks in their order."""
        chosen = tuple(asked.say(f"pick.{pick}") for pick in given.picks)
        return [Row(asked.say("priorities.text"), chosen, given.texts.get(OTHER_PICK, ""))]


class OwnWords:
    """The page for the patient's own words."""

    template = "patient/own_words.html"

    def title(self, asked: Asked) -> str:
        """Return the page's name."""
        return str(_("In your own words"))

    def heading(self, asked: Asked) -> str:
        """Return the question."""
        return asked.say("own_words.text")

    def fields(self, asked: Asked) -> Fields:
        """Return the one box."""
        return {OWN_WORDS: own_words(asked.say("own_words.text"), asked.say("own_words.helper"))}

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the words."""
        return {OWN_WORDS: given.texts.get(OWN_WORDS, "")}

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read the words."""
        reading = Reading(post)
        words = reading.text(OWN_WORDS, asked.instrument.limits.own_words_chars, lines=True)
        valid = valid_part({OWN_WORDS: words}, asked.stored.texts, reading.errors)
        return Posted(listed(frozenset(), valid), listed(frozenset(), {OWN_WORDS: words}), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return the words."""
        return [Row(asked.say("own_words.text"), (), given.texts.get(OWN_WORDS, ""))]
