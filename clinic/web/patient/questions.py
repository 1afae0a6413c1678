"""The pages with several questions of one kind: core items, checklists, and what help is wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from clinic.core.answers import Answer, AnswerSet
from clinic.core.instrument import NO_ANSWER, NONE_OF_THESE, NOT_APPLICABLE, SOMETHING_ELSE, Instrument
from clinic.services.assessments import Posted
from clinic.web.patient.asked import Asked, Row, listed, texts_of, valid_part
from clinic.web.patient.fields import OWN_TEXT, Fields, Post, Reading, a_line, any_of, one_of


class Core:
    """A page of core items, each on the same scale."""

    template = "patient/core.html"

    def title(self, asked: Asked) -> str:
        """Return the page's heading."""
        return asked.say(f"page.{asked.step.blocks[0]}.heading")

    heading = title

    def fields(self, asked: Asked) -> Fields:
        """Return one question an item."""
        return {
            item: one_of(
                asked.say(f"item.{item}.text"),
                [(str(raw), self._words(asked, item, raw)) for raw in raws(asked.instrument)],
                asked.say(f"item.{item}.helper"),
            )
            for item in self._items(asked)
        }

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the chosen values."""
        return {item: str(raw) for item in self._items(asked) if (raw := given.answers.get(item)) is not None}

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read one choice an item."""
        known = {str(raw): raw for raw in raws(asked.instrument)}
        reading = Reading(post)
        gravest = {item: [str(raw) for raw in asked.instrument.items[item].safety_raw] for item in self._items(asked)}
        said = {item: reading.choice(item, known, gravest[item]) for item in gravest}
        seen = {item: known[text] for item, text in said.items() if text is not None}
        valid = valid_part(seen, asked.stored.answers, reading.errors)
        return Posted(AnswerSet(answers=valid), AnswerSet(answers=seen), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return each item with the words chosen."""
        return [
            Row(asked.say(f"item.{item}.text"), () if raw is None else (self._words(asked, item, raw),))
            for item in self._items(asked)
            for raw in (given.answers.get(item),)
        ]

    @staticmethod
    def _items(asked: Asked) -> tuple[str, ...]:
        return asked.instrument.pages[asked.step.blocks[0]].items

    @staticmethod
    def _words(asked: Asked, item: str, raw: Answer) -> str:
        own = raw == NOT_APPLICABLE and asked.instrument.items[item].has_own_na_label
        return asked.say(f"item.{item}.na_label" if own else f"scale.{raw}")


class Lists:
    """A page of one or two checklists."""

    template = "patient/lists.html"

    def title(self, asked: Asked) -> str:
        """Return a name that fits every list; the lists' own names may name the illness."""
        return str(_("What helps you") if self._is_strengths(asked) else _("A little more"))

    def heading(self, asked: Asked) -> str:
        """Return the names of the lists as one line."""
        return " · ".join(asked.say(f"subtheme.{block}") for block in asked.step.blocks)

    def fields(self, asked: Asked) -> Fields:
        """Return the list and its own-words box, for each."""
        fields: dict[str, Any] = {}
        for block in asked.step.blocks:
            choices = [(code, self._words(asked, block, code)) for code in self._codes(asked, block)]
            fields[block] = any_of(asked.say(f"list.{block}.prompt"), choices, asked.say("list.prompt_note"))
            fields[block + OWN_TEXT] = a_line(_("Say it in a few words"), asked.instrument.limits.else_chars)
        return fields

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the ticked codes and own words."""
        data: dict[str, Any] = {}
        for block in asked.step.blocks:
            data[block] = self._ticked(asked, block, given)
            data[block + OWN_TEXT] = given.texts.get(block, "")
        return data

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read the ticks of each list, where "none of these" stands alone, and its own words."""
        reading, stored = Reading(post), asked.stored
        ticks: set[str] = set()
        seen: set[str] = set()
        texts: dict[str, str] = {}
        for block in asked.step.blocks:
            codes = reading.choices(block, self._codes(asked, block))
            words = reading.text(block + OWN_TEXT, asked.instrument.limits.else_chars)
            if words and SOMETHING_ELSE not in codes:
                # Words that were typed are meant, also where the box beside them was not ticked.
                codes.append(SOMETHING_ELSE)
            if NONE_OF_THESE in codes and len(codes) > 1:
                reading.errors[block] = _(
                    "You picked “%(none)s” and something else. Keep one or the other.",
                    none=asked.say("list.none_of_these"),
                )
            seen |= {f"{block}.{code}" for code in codes}
            kept = self._ticked(asked, block, stored) if block in reading.errors else codes
            ticks |= {f"{block}.{code}" for code in kept}
            texts[block] = words
        valid = valid_part(texts, stored.texts, {name.removesuffix(OWN_TEXT): "" for name in texts_of(reading.errors)})
        return Posted(listed(frozenset(ticks), valid), listed(frozenset(seen), texts), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return each list with what was ticked in it."""
        return [
            Row(
                asked.say(f"list.{block}.prompt"),
                tuple(self._words(asked, block, code) for code in self._ticked(asked, block, given)),
                given.texts.get(block, ""),
            )
            for block in asked.step.blocks
        ]

    @staticmethod
    def _is_strengths(asked: Asked) -> bool:
        return asked.instrument.strengths_list in asked.step.blocks

    @staticmethod
    def _codes(asked: Asked, block: str) -> list[str]:
        options = (option.code for option in asked.instrument.checklists[block].options)
        return [*options, SOMETHING_ELSE, NONE_OF_THESE]

    def _ticked(self, asked: Asked, block: str, given: AnswerSet) -> list[str]:
        return [code for code in self._codes(asked, block) if f"{block}.{code}" in given.ticks]

    @staticmethod
    def _words(asked: Asked, block: str, code: str) -> str:
        own = code in (SOMETHING_ELSE, NONE_OF_THESE)
        return asked.say(f"list.{code}" if own else f"option.{block}.{code}")


class Wishes:
    """The page that asks, for each gap, whether help is wanted."""

    template = "patient/wishes.html"

    def title(self, asked: Asked) -> str:
        """Return the page's name."""
        return str(_("Help you may want"))

    heading = title

    def fields(self, asked: Asked) -> Fields:
        """Return one question a gap."""
        choices = [(wish, asked.say(f"wish.{wish}")) for wish in asked.instrument.wishes]
        return {name: one_of(self._question(asked, domain), choices) for name, domain in self._names(asked).items()}

    def data(self, asked: Asked, given: AnswerSet) -> Mapping[str, Any]:
        """Return the chosen wishes."""
        return {name: given.wishes[key] for name, key in self._names(asked).items() if key in given.wishes}

    def read(self, asked: Asked, post: Post) -> Posted:
        """Read one wish a gap."""
        reading, names = Reading(post), self._names(asked)
        wishes = {key: reading.choice(name, asked.instrument.wishes) for name, key in names.items()}
        seen = {key: wish for key, wish in wishes.items() if wish is not None}
        wrong = {names[name]: message for name, message in reading.errors.items()}
        valid = valid_part(seen, asked.stored.wishes, wrong)
        return Posted(AnswerSet(wishes=valid), AnswerSet(wishes=seen), reading.errors)

    def rows(self, asked: Asked, given: AnswerSet) -> Sequence[Row]:
        """Return each question with the words chosen."""
        return [
            Row(self._question(asked, key), (asked.say(f"wish.{given.wishes[key]}"),) if key in given.wishes else ())
            for key in self._names(asked).values()
        ]

    @staticmethod
    def _names(asked: Asked) -> dict[str, str]:
        return {block.replace(".", "-"): block.partition(".")[2] for block in asked.step.blocks}

    @staticmethod
    def _question(asked: Asked, domain: str) -> str:
        return asked.say("wish.text").format(phrase=asked.say(f"wish.phrase.{domain}"))


def raws(instrument: Instrument) -> tuple[int | str, ...]:
    """Return everything that may be answered to a core item, in the order shown."""
    return (*instrument.scale, NOT_APPLICABLE, NO_ANSWER)
