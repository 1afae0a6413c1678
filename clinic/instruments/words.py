"""Flatten the words of one language to dotted keys, and check that they are exactly those that are needed."""

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from clinic.core.gaps import Level
from clinic.core.instrument import NO_ANSWER, NOT_APPLICABLE, Instrument
from clinic.core.safety import LEVELS
from clinic.core.shape import CONTEXT_NOTES, QUALITY_NOTES, Problem
from clinic.instruments.reader import shown

_SCREEN = frozenset({"channels", "emergency_number", "response_time_text"})
# What the pages fill in, by key; every other text is printed as it stands.
_FILLED: Mapping[str, frozenset[str]] = {
    "notice.before_start": frozenset({"clinic_name", "reader_text", "channels"}),
    "notice.reader_text_default": frozenset({"read_when"}),
    "notice.after_submit": frozenset({"read_when", "channels"}),
    "notice.paused": frozenset({"expires_on"}),
    "wish.text": frozenset({"phrase"}),
    "safety.closed_note": frozenset({"time"}),
    **{f"safety.{screen}.{level}": _SCREEN for screen in ("screen", "screen_proxy") for level in LEVELS[1:]},
}
# A safety text without the ways to get help would be worse than none.
_NEEDED: Mapping[str, frozenset[str]] = {
    key: allowed & {"channels", "phrase"} for key, allowed in _FILLED.items() if key != "notice.after_submit"
}
# Where there is no level, the page says why not.
_LEVELS = (*get_args(Level), "insufficient", "not_applicable")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

_FIXED = (
    *("title", "subtitle", "recall"),
    *(f"scale.{special}" for special in (NOT_APPLICABLE, NO_ANSWER)),
    *(f"list.{word}" for word in ("something_else", "none_of_these", "prompt_note")),
    *("respondent.text", "respondent.proxy_helper", "priorities.text", "priorities.helper", "wish.text"),
    *("own_words.text", "own_words.helper", "safety.help_button", "safety.closed_note"),
    *(f"safety.checkin.{word}" for word in ("text", "text_always", "text_proxy", "helper", "helped_note")),
    *(f"safety.level.{level}" for level in LEVELS),
    *(key for key in _FILLED if key.startswith(("safety.screen", "notice."))),
    *("notice.shared_device", "disclaimer.summary", "disclaimer.summary_proxy", "prompt.header"),
    *(f"level.{level}" for level in _LEVELS),
    *(f"quality.{note}" for note in QUALITY_NOTES),
    *(f"context.{note}" for note in CONTEXT_NOTES),
)


def flatten(tree: object, problems: list[Problem], at: str = "") -> dict[str, str]:
    """Return nested words as dotted keys in the order of the file; what is no text, or empty, is noted."""
    if isinstance(tree, dict):
        flat: dict[str, str] = {}
        for key, value in tree.items():
            if isinstance(key, bool) or not isinstance(key, str | int):
                problems.append(Problem(f"{at}{key}", f"a key in quotes; found {shown(key)}"))
            else:
                flat |= flatten(value, problems, f"{at}{key}." if isinstance(value, dict) else f"{at}{key}")
        return flat
    if not isinstance(tree, str) or not tree.strip():
        problems.append(Problem(at or "(file)", f"words in quotes that are not empty; found {shown(tree)}"))
        # The key is there, so it is not reported a second time as missing.
        return {at: ""}
    return {at: tree}


def word_problems(instrument: Instrument, language: str) -> Iterator[Problem]:
    """Yield what is missing, too much or different from the source language in the words of one language."""
    words = instrument.words[language]
    needed = set(needed_keys(instrument))
    for key in sorted(needed - words.keys()):
        yield Problem(key, "words for this key; they are missing")
    for key in words:
        if key not in needed:
            yield Problem(key, "no such key; nothing in the structure asks for it")
        else:
            yield from _placeholders(instrument, key, words[key])


def needed_keys(instrument: Instrument) -> tuple[str, ...]:
    """Return every dotted key that each language must have, and no other may stand in its file."""
    options = (f"option.{key}" for key in instrument.options)
    return (
        *_FIXED,
        *(f"scale.{value}" for value in instrument.scale),
        *(f"theme.{key}" for key in instrument.themes),
        *(f"subtheme.{key}" for key in instrument.subthemes),
        *(f"page.{key}.heading" for key in instrument.pages),
        *(f"page.{key}.helper" for key, page in instrument.pages.items() if page.has_helper),
        *(f"item.{key}.{word}" for key in instrument.items for word in ("text", "helper", "short")),
        *(f"item.{key}.na_label" for key, item in instrument.items.items() if item.has_own_na_label),
        *(f"list.{key}.prompt" for key in instrument.checklists),
        *options,
        *(f"respondent.{who}" for who in instrument.respondents),
        *(f"pick.{pick}" for pick in instrument.picks),
        *(f"wish.{wish}" for wish in instrument.wishes),
        *(f"wish.phrase.{key}" for key in instrument.domains),
        *(f"safety.checkin.{answer}" for answer in instrument.safety.checkin_options),
        *(f"safety.checkin_proxy.{answer}" for answer in instrument.safety.checkin_options),
        *(f"domain.{key}" for key in instrument.domains),
        *(f"prompt.{key}.{one.number}" for key, each in instrument.domains.items() for one in each.prompts),
    )


def _placeholders(instrument: Instrument, key: str, text: str) -> Iterator[Problem]:
    found = set(_PLACEHOLDER.findall(text))
    allowed = _FILLED.get(key, frozenset())
    if found - allowed or set("{}") & set(_PLACEHOLDER.sub("", text)):
        yield Problem(key, f"no braces other than {_braces(allowed)}")
    source = instrument.words.get(instrument.source_language, {}).get(key, "")
    in_source = set(_PLACEHOLDER.findall(source)) if source else found
    needed = in_source | _NEEDED.get(key, frozenset())
    # An empty text has been reported as empty already.
    if text and found & allowed != needed & allowed:
        yield Problem(key, f"the placeholders {_braces(needed & allowed)}; found {_braces(found)}")


def _braces(names: frozenset[str] | set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "none"
