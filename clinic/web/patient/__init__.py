"""The patient's form: opening a link, one page after the other, the help screens, and what remains after sending."""

from clinic.web.patient import birth_date, declining, links, pages, refusals, sent, support
from clinic.web.patient.blueprint import bp

# The views register themselves.
__all__ = ["birth_date", "bp", "declining", "links", "pages", "refusals", "sent", "support"]
