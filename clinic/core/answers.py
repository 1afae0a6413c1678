"""One answer set: reading it strictly, writing it back, and saying how complete it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.core.errors import BadAnswers
from clinic.core.instrument import (
    NO_ANSWER,
    NO_PICK,
    NOT_APPLICABLE,
    OWN_WORDS,
    PROXY,
    Instrument,
)

Answer = int | str | None

KEYS = ("answers", "ticks", "picks", "safety_checkin", "help_wanted", "respondent", "text")


@dataclass(frozen=True, slots=True)
class Followed:
    """What the patient says of one thing agreed before: whether it happened, and how much it helped, 0-4."""

    happened: str | None = None
    helped: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """What one person has said so far.

    `answers` maps core items to a raw 0-4, "NA" (does not apply), "PNA" (prefers not to answer) or None (skipped).
    `ticks` are "SUB.code"; `texts` maps TXT, OTHER and checklists to own words. `followed` says what came of each thing
    agreed at an earlier visit, by its number: it belongs to one patient, and so to no file that is scored.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    ticks: frozenset[str] = frozenset()
    picks: tuple[str, ...] = ()
    checkin: str | None = None
    wishes: Mapping[str, str] = field(default_factory=dict)
    respondent: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    followed: Mapping[str, Followed] = field(default_factory=dict)

    @property
    def by_proxy(self) -> bool:
        """Tell whether someone else answers for the patient."""
        return self.respondent == PROXY

    def number(self, item: str) -> int | None:
        """Return the raw 0-4 of an item, or None where it has no number."""
        raw = self.answers.get(item)
        return raw if isinstance(raw, int) else None

    def to_document(self) -> dict[str, Any]:
        """Return the JSON-ready form that `read` takes back unchanged; what was `followed` is not part of it."""
        return {
            "answers": {key: raw for key, raw in self.answers.items() if raw is not None},
            "ticks": sorted(self.ticks),
            "picks": list(self.picks),
            "safety_checkin": self.checkin,
            "help_wanted": dict(self.wishes),
            "respondent": self.respondent,
            "text": dict(self.texts),
        }


@dataclass(frozen=True, slots=True)
class Completion:
    """How much of the core was responded to: complete, partial or empty, with the count of responses."""

    state: str
    responded: int
    items: int
    quality_notes: tuple[str, ...]
    context_notes: tuple[str, ...]


def read(instrument: Instrument, document: Mapping[str, Any]) -> AnswerSet:
    """Return the answer set of a JSON-like document.

    Raises BadAnswers, naming the item and what is allowed, for anything the instrument does not know: nothing is
    guessed, rounded or dropped.
    """
    _known(document, KEYS, "key")
    if "answers" not in document:
        raise BadAnswers('answers: missing; give an object of item ids, for example {"answers": {"EMO": 2}}')
    return AnswerSet(
        answers=_answers(instrument, document["answers"]),
        ticks=_ticks(instrument, document.get("ticks")),
        picks=_picks(instrument, document.get("picks")),
        checkin=_choice(document.get("safety_checkin"), instrument.safety.checkin_options, "safety_checkin"),
        wishes=_wishes(instrument, document.get("help_wanted")),
        respondent=_choice(document.get("respondent"), instrument.respondents, "respondent"),
        texts=_texts(instrument, document.get("text")),
    )


def completion(instrument: Instrument, given: AnswerSet, core_seconds: int | None = None) -> Completion:
    """Return how complete the core is, with the notes on quality and context (YAML, `completion`).

    `core_seconds` is the time spent on all core pages (`path.core_time`); None where nobody measured it.
    """
    rules = instrument.scoring
    raws = [given.answers.get(item) for item in instrument.items]
    responded = sum(raw is not None for raw in raws)
    numbers = [raw for raw in raws if isinstance(raw, int)]
    notes = []
    if core_seconds is not None and core_seconds < rules.fast_seconds:
        notes.append("fast")
    if len(numbers) == rules.identical_count and len(set(numbers)) == 1:
        notes.append("identical")
    if raws.count(NOT_APPLICABLE) >= rules.many_na:
        notes.append("many_na")
    steps = instrument.subthemes["ADH"].items
    stopped = all(given.answers.get(item) == NOT_APPLICABLE for item in steps)
    state = "empty" if not responded else "complete" if responded == len(raws) else "partial"
    context = ("no_current_treatment",) if stopped else ()
    return Completion(state, responded, len(raws), tuple(notes), context)


def _known(given: Mapping[str, Any], allowed: Sequence[str], what: str) -> None:
    for key in given:
        if key not in allowed:
            raise BadAnswers(f"{_quote(key)}: unknown {what}; allowed are {_list(allowed)}")


def _answers(instrument: Instrument, given: Any) -> dict[str, Answer]:
    if not isinstance(given, Mapping):
        raise BadAnswers("answers: must be an object of item ids and answers")
    if not given.keys() <= instrument.items.keys():
        _known(given, tuple(instrument.items), "item")
    allowed = instrument.scale
    for item, raw in given.items():
        # bool is an int in Python, and 3.0 equals 3: both are refused, since neither is what the form stores.
        if raw is None or (type(raw) is int and raw in allowed):
            continue
        if type(raw) is str and raw in (NOT_APPLICABLE, NO_ANSWER):
            continue
        choices = _list((*allowed, NOT_APPLICABLE, NO_ANSWER))
        raise BadAnswers(f"{item}: {_quote(raw)} is not allowed; use {choices} or null")
    return dict(given)


def _ticks(instrument: Instrument, given: Any) -> frozenset[str]:
    ticks = _strings(given, "ticks")
    if not instrument.tickable.issuperset(ticks):
        tick = next(tick for tick in ticks if tick not in instrument.tickable)
        subtheme, _, _ = tick.partition(".")
        known = sorted(one for one in instrument.tickable if one.startswith(subtheme + "."))
        hint = (
            f"allowed in this list are {_list(known)}" if known else 'write "SUB.code", for example "ACC.cost_barriers"'
        )
        raise BadAnswers(f"ticks: {_quote(tick)} is unknown; {hint}")
    _undoubled(ticks, "ticks")
    return frozenset(ticks)


def _picks(instrument: Instrument, given: Any) -> tuple[str, ...]:
    picks = _strings(given, "picks")
    for pick in picks:
        if pick not in instrument.picks:
            raise BadAnswers(f"picks: {_quote(pick)} is unknown; allowed are {_list(instrument.picks)}")
    _undoubled(picks, "picks")
    if len(picks) > instrument.limits.max_picks:
        raise BadAnswers(f"picks: {len(picks)} given; at most {instrument.limits.max_picks} are allowed")
    if NO_PICK in picks and len(picks) > 1:
        raise BadAnswers(f"picks: {NO_PICK} stands alone; leave it out or leave the other picks out")
    return tuple(picks)


def _wishes(instrument: Instrument, given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadAnswers("help_wanted: must be an object of gap ids and wishes")
    _known(given, tuple(instrument.domains), "gap in help_wanted")
    read = {key: _choice(wish, instrument.wishes, f"help_wanted.{key}") for key, wish in given.items()}
    return {key: wish for key, wish in read.items() if wish is not None}


def _texts(instrument: Instrument, given: Any) -> dict[str, str]:
    if given is None:
        return {}
    boxes = {OWN_WORDS: given} if isinstance(given, str) else given
    if not isinstance(boxes, Mapping):
        raise BadAnswers('text: must be a string, or an object such as {"TXT": "...", "OTHER": "..."}')
    _known(boxes, tuple(instrument.text_limits), "box in text")
    for box, words in boxes.items():
        if words is None:
            continue
        if not isinstance(words, str):
            raise BadAnswers(f"text.{box}: {_quote(words)} is not allowed; use a string")
        limit = instrument.text_limits[box]
        if len(words) > limit:
            raise BadAnswers(f"text.{box}: {len(words)} characters; at most {limit} are allowed")
    return {box: words for box, words in boxes.items() if words}


def _choice(given: Any, allowed: Sequence[str], key: str) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or given not in allowed:
        raise BadAnswers(f"{key}: {_quote(given)} is not allowed; use {_list(allowed)} or null")
    return given


def _strings(given: Any, key: str) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise BadAnswers(f"{key}: must be a list of strings")
    return given


def _undoubled(given: Sequence[str], key: str) -> None:
    for number, one in enumerate(given):
        if one in given[:number]:
            raise BadAnswers(f"{key}: {_quote(one)} is given twice; give it once")


def _quote(given: Any) -> str:
    """Return a short printable form of whatever was given, so that an error never grows with its input."""
    if isinstance(given, bool):
        return "true" if given else "false"
    text = f'"{given}"' if isinstance(given, str) else repr(given)
    return text if len(text) <= 60 else text[:57] + "..."


def _list(allowed: Sequence[object]) -> str:
    return ", ".join(str(one) for one in allowed)
