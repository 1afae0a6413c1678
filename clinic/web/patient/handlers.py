"""Which handler serves each kind of page."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms.form import BaseForm

from clinic.core.answers import AnswerSet
from clinic.core.path import Kind
from clinic.web.patient.agenda import OwnWords, Priorities
from clinic.web.patient.agreed import Agreed
from clinic.web.patient.asked import Asked, Handler
from clinic.web.patient.fields import Post, filled
from clinic.web.patient.questions import Core, Lists, Wishes
from clinic.web.patient.single import Checkin, Plain, Respondent

KINDS: Mapping[Kind, Handler] = {
    "start": Plain("patient/start.html", _l("Before you start")),
    "respondent": Respondent(),
    "agreed": Agreed(),
    "core": Core(),
    "checkin": Checkin(),
    "lists": Lists(),
    "wishes": Wishes(),
    "priorities": Priorities(),
    "own_words": OwnWords(),
    "check": Plain("patient/check.html", _l("Check your answers")),
}


def form_of(asked: Asked, given: AnswerSet | None = None) -> BaseForm:
    """Return a page's form with what is stored of it, or with other answers."""
    handler = KINDS[asked.step.kind]
    return filled(handler.fields(asked), data=handler.data(asked, asked.stored if given is None else given))


def posted_form(asked: Asked, post: Post) -> BaseForm:
    """Return a page's form with what was just posted, right or wrong."""
    return filled(KINDS[asked.step.kind].fields(asked), post=post)
