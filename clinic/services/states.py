"""What has become of a visit's form, in the few words that a board needs."""

from datetime import datetime
from typing import Literal

FormState = Literal[
    "not_started", "not_sent", "sent", "opened", "started", "declined", "done", "partial", "read", "cancelled"
]


def state_of(
    form: str | None,
    read_at: datetime | None,
    cancelled_at: datetime | None,
    declined_at: datetime | None = None,
    link: tuple[datetime | None, datetime | None] | None = None,
) -> FormState:
    """Return the state of a visit from its form's own ("draft", "submitted", "partial" or None) and its times.

    `link` is when the present link was sent and first opened; it tells a form that nobody has begun in more words.
    """
    if form in (None, "draft"):
        if cancelled_at is not None:
            return "cancelled"
        if declined_at is not None:
            return "declined"
        if form == "draft":
            return "started"
        if link is None:
            return "not_started"
        sent_at, opened_at = link
        return "opened" if opened_at else "sent" if sent_at else "not_sent"
    if read_at is not None:
        return "read"
    return "done" if form == "submitted" else "partial"
