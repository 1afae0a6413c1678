"""The patient's form: opening a link, one page after the other, the help screens, and what remains after sending."""

from clinic.web.patient import links, pages, refusals, sent, support  # noqa: F401 (the views register themselves)
from clinic.web.patient.blueprint import bp

__all__ = ["bp"]
