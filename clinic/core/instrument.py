"""The shape of a questionnaire: frozen dataclasses that hold one published instrument, its rules and its words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Direction = Literal["burden", "positive"]
Valence = Literal["barrier", "need", "strength", "neutral"]
Source = Literal["table1", "extension"]

# The ids that the rules themselves name; every other id comes from the definition.
RESPONDENT = "RESP"
AGREED = "AGREED"
CHECKIN = "SAFE"
WISH = "WISH"
PRIORITIES = "PRI"
OWN_WORDS = "TXT"
OTHER_PICK = "OTHER"
NO_PICK = "NONE"
SOMETHING_ELSE = "something_else"
NONE_OF_THESE = "none_of_these"
NOT_APPLICABLE = "NA"
NO_ANSWER = "PNA"
PROXY = "proxy"
HELPED = "helped"
SELF = "self"
CHECKIN_NO = "no"
CHECKIN_PAST = "yes_past"
CHECKIN_NOW = "yes_now"


@dataclass(frozen=True, slots=True)
class Item:
    """One core question; raw answers run 0-4 and `direction` says which end is hard."""

    id: str
    subtheme: str
    domain: str | None
    direction: Direction
    safety_raw: frozenset[int]
    na_cross: str | None
    has_own_na_label: bool


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a checklist: an open code of the paper, or an extension of ours."""

    code: str
    valence: Valence
    source: Source
    paper: str | None
    cross: str | None
    safety: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """The "which of these" list of one subtheme; `always` marks the strengths list that everyone sees."""

    subtheme: str
    always: bool
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Subtheme:
    """One of the paper's subthemes with the core items that measure it."""

    id: str
    theme: str
    paper: str
    items: tuple[str, ...]
    domain: str | None


@dataclass(frozen=True, slots=True)
class Theme:
    """One of the paper's themes."""

    id: str
    paper: str
    subthemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of core items as the patient sees it."""

    id: str
    items: tuple[str, ...]
    has_helper: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """An idea for the clinician; `when` holds the ticks ("SUB.code", "SUB.*") and notes ("note:id") it answers."""

    number: int
    when: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """One of the four gaps: its items, the picks that name it and the codes from elsewhere that point to it."""

    id: str
    items: tuple[str, ...]
    picks: tuple[str, ...]
    cross: tuple[str, ...]
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class Scoring:
    """The numbers of the scoring rules (evidence.md, section 4); a clinic's own profile replaces the thresholds."""

    profile: str
    watch: int
    gap: int
    priority: int
    priority_min_answered: int
    worst_burden: int
    cross_min_burden: int
    also_high: int
    also_high_max: int
    strength_min_raw: int
    min_valid_subthemes: int
    identical_count: int
    many_na: int
    fast_seconds: int


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """The provisional limits of change since the last visit, in points of 100."""

    domain_possible: int
    domain_clear: int
    overall_possible: int
    overall_clear: int
    min_items_domain: int
    min_items_overall: int
    min_days_apart: int


@dataclass(frozen=True, slots=True)
class SafetyRules:
    """What counts as a signal, how the check-in is asked, and how long an alert may wait for it."""

    checkin_options: tuple[str, ...]
    phrases: Mapping[str, tuple[str, ...]]
    alert_on: frozenset[str]
    wait_minutes: int
    ack_minutes_s3: int
    ack_hours_s2: int
    required_settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one patient may be asked, and how much they may write (characters)."""

    max_followups: int
    hard_cap_questions: int
    max_picks: int
    else_chars: int
    own_words_chars: int
    minutes_few: int
    minutes_max: int


@dataclass(frozen=True)
class Instrument:
    """One published version of a questionnaire: structure, rules, and words by language.

    All mappings keep the order of the definition. `subthemes` are in the paper's Table-1 order. `words` maps a
    language to dotted keys, such as "item.EMO.text" or "option.ACC.cost_barriers".
    """

    id: str
    version: str
    digest: str
    source_language: str
    reviewed: Mapping[str, str | None]
    themes: Mapping[str, Theme]
    subthemes: Mapping[str, Subtheme]
    pages: Mapping[str, Page]
    items: Mapping[str, Item]
    checklists: Mapping[str, Checklist]
    domains: Mapping[str, Domain]
    scale: tuple[int, ...]
    picks: tuple[str, ...]
    wishes: tuple[str, ...]
    respondents: tuple[str, ...]
    ask_first: frozenset[str]
    limits: Limits
    scoring: Scoring
    change: ChangeRules
    safety: SafetyRules
    words: Mapping[str, Mapping[str, str]]

    @property
    def key(self) -> str:
        """Return "id|version", the form in which answers and exports name an instrument."""
        return f"{self.id}|{self.version}"

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that have words, the source language first."""
        return tuple(self.words)

    def say(self, language: str, key: str) -> str:
        """Return the words of a dotted key in a language.

        Raises KeyError for a key or language that the instrument does not have.
        """
        return self.words[language][key]

    @cached_property
    def positive_items(self) -> tuple[Item, ...]:
        """Return the protective items in core order."""
        return tuple(item for item in self.items.values() if item.direction == "positive")

    @cached_property
    def strengths_list(self) -> str:
        """Return the subtheme whose list everyone sees."""
        return next(key for key, one in self.checklists.items() if one.always)

    @cached_property
    def options(self) -> Mapping[str, Option]:
        """Return every checklist option by its "SUB.code"."""
        return {f"{key}.{o.code}": o for key, one in self.checklists.items() for o in one.options}

    @cached_property
    def tickable(self) -> frozenset[str]:
        """Return every "SUB.code" that may be ticked, with "something else" and "none of these" of each list."""
        extra = (f"{key}.{code}" for key in self.checklists for code in (SOMETHING_ELSE, NONE_OF_THESE))
        return frozenset(self.options) | frozenset(extra)

    @cached_property
    def safety_ticks(self) -> frozenset[str]:
        """Return the codes whose tick is a safety signal."""
        return frozenset(key for key, option in self.options.items() if option.safety)

    @cached_property
    def phrase_pattern(self) -> re.Pattern[str]:
        """Return the safety phrases of all languages as one pattern of whole words, for text in plain form."""
        every = sorted({one for many in self.safety.phrases.values() for one in many}, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, every))})(?!\w)")

    @cached_property
    def text_limits(self) -> Mapping[str, int]:
        """Return every free-text field with the number of characters it takes."""
        boxes = dict.fromkeys((OTHER_PICK, *self.checklists), self.limits.else_chars)
        return {OWN_WORDS: self.limits.own_words_chars, **boxes}
