"""Bring what was typed into a one-line field onto one line."""

import unicodedata


def one_line(text: str | None) -> str | None:
    """Return text on one line: what breaks a line or does not show becomes a space; None stays None."""
    if text is None:
        return None
    line = " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text).split())
    # Joiners and direction marks have a place inside a name, but alone they show nobody.
    return line if any(unicodedata.category(c) not in ("Cf", "Zs") for c in line) else ""
