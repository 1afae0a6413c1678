"""The versions by which trends are kept apart, stored as "instrument id|version|scoring profile": order and names."""

import re
from collections.abc import Iterable


def label(stored: str) -> str:
    """Return what is said of a stored version: its scoring profile, which begins with the instrument's version."""
    _id, version, profile = stored.split("|")
    return profile if profile.startswith(version) else f"{version}+{profile}"


def instrument_of(stored: str) -> tuple[str, str]:
    """Return the id and version of a stored version's instrument."""
    instrument_id, version, _profile = stored.split("|")
    return instrument_id, version


def in_order(stored: Iterable[str]) -> tuple[str, ...]:
    """Return versions oldest first, by the numbers in them: c10 comes after c9."""
    return tuple(sorted(stored, key=lambda one: [part.rjust(9) for part in re.split(r"[|.+]|(?<=[a-z])(?=\d)", one)]))
