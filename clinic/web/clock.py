"""The one place where a request learns what time it is, so that a test can say so instead."""

from datetime import UTC, datetime

from flask import current_app


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    moment: datetime = current_app.config["CLOCK"]()
    return moment


def system_clock() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)
