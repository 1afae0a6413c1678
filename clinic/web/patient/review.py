"""What was answered, page by page, as the patient reads it back: to check, to keep, or to choose from two versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.core.answers import AnswerSet
from clinic.core.path import Draft, Step, steps
from clinic.services.assessments import OpenForm
from clinic.web.patient.asked import Asked, Row
from clinic.web.patient.handlers import KINDS

# What the patient wants to talk about stands first, as on the clinician's page.
FIRST = ("priorities", "own_words")


@dataclass(frozen=True, slots=True)
class Section:
    """One page's answers with the page's key in addresses."""

    key: str
    heading: str
    rows: Sequence[Row]
    is_first: bool

    @property
    def answered(self) -> int:
        """Return how many of its questions were answered."""
        return sum(row.is_answered for row in self.rows)


@dataclass(frozen=True, slots=True)
class Choice:
    """One question that two pages answered differently."""

    question: str
    mine: Row
    stored: Row


def sections(form: OpenForm, language: str) -> list[Section]:
    """Return the answers of every page on the path, the agenda first."""
    given = form.draft.given
    found = [
        Section(
            step.key.lower(),
            handler.title(asked) if step.kind in FIRST else handler.heading(asked),
            rows,
            step.kind in FIRST,
        )
        for step in steps(form.instrument, form.draft)
        for handler, asked in [(KINDS[step.kind], asked_of(form, step, language))]
        if (rows := handler.rows(asked, given))
    ]
    return sorted(found, key=lambda section: not section.is_first)


def differences(asked: Asked, mine: AnswerSet, stored: AnswerSet) -> list[Choice]:
    """Return the questions of a page that two versions answer differently."""
    handler = KINDS[asked.step.kind]
    pairs = zip(handler.rows(asked, mine), handler.rows(asked, stored), strict=True)
    return [Choice(one.question, one, other) for one, other in pairs if one != other]


def asked_of(form: OpenForm, step: Step, language: str, draft: Draft | None = None) -> Asked:
    """Return a page of a form as it is asked."""
    return Asked(form.instrument, step, draft or form.draft, language, form.agreements)
