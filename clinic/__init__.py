"""Barrier Check: a treatment-barriers questionnaire and the one page a clinician reads."""

__version__ = "0.1.0"
