"""A form in progress, as the database keeps it: one document, written and read whole."""

from dataclasses import replace
from typing import Any

from clinic.core.answers import AnswerSet, Followed
from clinic.core.path import Draft


def to_document(draft: Draft) -> dict[str, Any]:
    """Return the JSON-ready form that `from_document` takes back unchanged."""
    return {
        "answers": draft.given.to_document(),
        "left": sorted(draft.left),
        "checkin_mode": draft.checkin_mode,
        "checkin_after": draft.checkin_after,
        "screen_seen": draft.screen_seen,
        "core_seconds": draft.core_seconds,
        "agreed": list(draft.agreed),
        "followed": {number: [one.happened, one.helped] for number, one in draft.given.followed.items()},
    }


def from_document(document: dict[str, Any]) -> Draft:
    """Return the draft of a stored document.

    It was checked before it was encrypted, and nothing changes it unseen since: so it is not checked again. Raises
    KeyError for a document that this product did not write.
    """
    followed = {number: Followed(*one) for number, one in document.get("followed", {}).items()}
    return Draft(
        given=replace(stored_answers(document["answers"]), followed=followed),
        left=frozenset(document["left"]),
        checkin_mode=document["checkin_mode"],
        checkin_after=document["checkin_after"],
        screen_seen=document["screen_seen"],
        core_seconds=document["core_seconds"],
        agreed=tuple(document.get("agreed", ())),
    )


def stored_answers(document: dict[str, Any]) -> AnswerSet:
    """Return the answer set of what `AnswerSet.to_document` gave."""
    return AnswerSet(
        answers=document["answers"],
        ticks=frozenset(document["ticks"]),
        picks=tuple(document["picks"]),
        checkin=document["safety_checkin"],
        wishes=document["help_wanted"],
        respondent=document["respondent"],
        texts=document["text"],
    )
