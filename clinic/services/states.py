"""What has become of a visit's form, in the few words that a board needs."""

from datetime import datetime
from typing import Literal

FormState = Literal["not_started", "started", "done", "partial", "read", "cancelled"]


def state_of(form: str | None, read_at: datetime | None, cancelled_at: datetime | None) -> FormState:
    """Return the state of a visit from its form's own ("draft", "submitted", "partial" or None) and its times."""
    if cancelled_at is not None and form in (None, "draft"):
        return "cancelled"
    if form is None:
        return "not_started"
    if form == "draft":
        return "started"
    if read_at is not None:
        return "read"
    return "done" if form == "submitted" else "partial"
