"""Slow down who asks for one PDF after the other: making one takes the machine longer than any page."""

from collections.abc import Hashable
from datetime import timedelta

from flask import current_app
from werkzeug.exceptions import TooManyRequests

from clinic.web import clock
from clinic.web.limits import Limiter

# Nobody prints sixty pages without a minute's pause; who does waits for seconds and never for long.
LIMIT = {
    "free": 60,
    "first_wait": timedelta(seconds=1),
    "longest": timedelta(seconds=10),
    "forget": timedelta(minutes=1),
}


def count_file(reader: Hashable) -> None:
    """Count one file for whoever reads it, a person or an opened link; raises TooManyRequests."""
    limiter: Limiter = current_app.extensions.setdefault("file_limit", Limiter(**LIMIT))  # type: ignore[arg-type]
    wait = limiter.attempt(reader, clock.now())
    if wait:
        raise TooManyRequests(retry_after=int(wait.total_seconds()) + 1)
