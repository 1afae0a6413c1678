"""Days in the few letters that a table or a chart has room for, in the page's language and on the clinic's clock."""

from datetime import date, datetime

from flask_babel import format_date

from clinic.web import i18n


def short_day(day: date | datetime) -> str:
    """Return a day without its year: "4 Dec"."""
    return _formatted(day, "d MMM")


def short_date(day: date | datetime) -> str:
    """Return a day with its year: "4 Dec 2025"."""
    return _formatted(day, "d MMM y")


def month(day: date | datetime) -> str:
    """Return a month: "Dec 2025"."""
    return _formatted(day, "MMM y")


def _formatted(day: date | datetime, pattern: str) -> str:
    local = i18n.local(day).date() if isinstance(day, datetime) else day
    return str(format_date(local, pattern))
