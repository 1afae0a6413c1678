"""What is asked next: one pure function of what is stored, so that no view ever decides it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from clinic.core import gaps, safety
from clinic.core.answers import AnswerSet
from clinic.core.instrument import AGREED, CHECKIN, OTHER_PICK, OWN_WORDS, PRIORITIES, RESPONDENT, WISH, Instrument
from clinic.core.safety import LEVELS, SafetyLevel
from clinic.core.scoring import checklists_due, item_burdens, subtheme_burden

START = "START"
CHECK = "CHECK"
LISTS_A_PAGE = 2

Kind = Literal[
    "start", "respondent", "agreed", "core", "checkin", "lists", "wishes", "priorities", "own_words", "check"
]
CheckinMode = Literal["triggered", "always", "off"]


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form; `blocks` are what it asks, and it has been left once all of them have."""

    kind: Kind
    blocks: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return the page's name in addresses, such as "P1" or "EMO+ACC"."""
        return "+".join(self.blocks)


@dataclass(frozen=True, slots=True)
class Draft:
    """All that is stored of one form: the answers, the blocks left, and where the check-in and its screen stand.

    `checkin_after` is the block whose saving brought the first signal. `screen_seen` is the highest level whose
    screen the patient has left. `core_seconds` is the time spent on core pages. `agreed` are the numbers of the things
    agreed at an earlier visit that this form asks about; they are fixed when the form begins.
    """

    given: AnswerSet = field(default_factory=AnswerSet)
    left: frozenset[str] = frozenset()
    checkin_mode: CheckinMode = "triggered"
    checkin_after: str | None = None
    screen_seen: SafetyLevel = "S0"
    core_seconds: int = 0
    agreed: tuple[int, ...] = ()
    # A request asks for the path several times, and a draft never changes: it is worked out once, by instrument.
    known_paths: dict[str, tuple[Step, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def checkin_expected(self) -> bool:
        """Tell whether the check-in stands on the path and has not been left yet."""
        return self.checkin_after is not None and self.checkin_mode != "off" and CHECKIN not in self.left


def steps(instrument: Instrument, draft: Draft) -> tuple[Step, ...]:
    """Return the whole path as it now stands, from the start page to check-your-answers."""
    known = draft.known_paths
    if instrument.digest not in known:
        known[instrument.digest] = tuple(_with_checkin(instrument, draft, _steps(instrument, draft)))
    return known[instrument.digest]


def next_step(instrument: Instrument, draft: Draft) -> Step:
    """Return the check-in while it is expected, else the first page not yet left; the last page is never left."""
    path = steps(instrument, draft)
    if draft.checkin_expected:
        return next(one for one in path if one.kind == "checkin")
    return _first_open(path, draft)


def find(instrument: Instrument, draft: Draft, key: str) -> Step | None:
    """Return the page of this name if it is on the path, else None."""
    return next((one for one in steps(instrument, draft) if one.key == key), None)


def step_of(instrument: Instrument, key: str) -> Step | None:
    """Return the page of this name, on the path or not, or None where no page can have it.

    A page that was shown may have left the path since: what was answered on it is saved all the same.
    """
    blocks = tuple(key.split("+"))
    kinds = {_kind(instrument, block) for block in blocks}
    kind = kinds.pop()
    most = {"lists": LISTS_A_PAGE, "wishes": len(instrument.domains)}.get(kind or "", 1)
    if kind is None or kinds or len(set(blocks)) != len(blocks) or len(blocks) > most:
        return None
    return Step(kind, blocks)


def may_open(instrument: Instrument, draft: Draft, step: Step) -> bool:
    """Tell whether a page may be looked at: it is on the path, and has been left before or comes next.

    The check-in comes next as soon as it is expected, also where the page that brought it has not been left.
    """
    path = steps(instrument, draft)
    come = (_first_open(path, draft), next_step(instrument, draft))
    return step in path and (draft.left.issuperset(step.blocks) or step in come)


def pages_done(instrument: Instrument, draft: Draft) -> tuple[int, int]:
    """Return (pages left, pages on the path), the start page and check-your-answers apart."""
    asked = [one for one in steps(instrument, draft) if one.kind not in ("start", "check")]
    return sum(draft.left.issuperset(one.blocks) for one in asked), len(asked)


def core_time(instrument: Instrument, draft: Draft) -> int | None:
    """Return the seconds spent on the core pages, None until every one of them has been left."""
    return draft.core_seconds if draft.left.issuperset(instrument.pages) else None


def previous_step(instrument: Instrument, draft: Draft, step: Step) -> Step:
    """Return the page before this one on the path; the start page comes before itself."""
    path = steps(instrument, draft)
    position = next((n for n, one in enumerate(path) if one.key == step.key), 0)
    return path[max(position - 1, 0)]


def progress(instrument: Instrument, draft: Draft, step: Step) -> tuple[int, int]:
    """Return (this page's number, about how many there are); the start page is number 0."""
    keys = [one.key for one in steps(instrument, draft)]
    return (keys.index(step.key) if step.key in keys else 0), len(keys) - 1


def screen_due(instrument: Instrument, draft: Draft, reached: SafetyLevel = "S0") -> SafetyLevel | None:
    """Return the level whose help screen the patient has yet to see, None where there is none.

    `reached` is the highest level at which an alert of this form has opened: the clinic has that message, so the
    patient is told, also where the present answers alone say less. While the check-in is still to come, it comes first.
    """
    if draft.checkin_expected:
        return None
    level = safety.highest(safety.judge(instrument, draft.given).level, reached)
    return level if LEVELS.index(level) > LEVELS.index(draft.screen_seen) else None


def questions(instrument: Instrument, draft: Draft) -> tuple[str, ...]:
    """Return every question on the path by name, in order; a checklist is one question, such as "list:EMO".

    What was agreed before is asked beside them: it is no part of the instrument, nor of its longest path.
    """
    return tuple(_questions(instrument, steps(instrument, draft)))


def asked_lists(instrument: Instrument, given: AnswerSet) -> tuple[str, ...]:
    """Return the checklists that are asked, the most urgent first, at most as many as the instrument allows."""
    return _asked_lists(instrument, item_burdens(instrument, given))


def _asked_lists(instrument: Instrument, burdens: Mapping[str, int | None]) -> tuple[str, ...]:
    order = tuple(instrument.subthemes)

    def urgency(key: str) -> tuple[bool, int, bool, int]:
        burden = subtheme_burden(instrument, burdens, key) or 0
        return key not in instrument.ask_first, -burden, instrument.subthemes[key].domain is None, order.index(key)

    due = sorted(checklists_due(instrument, burdens), key=urgency)
    return tuple(due[: instrument.limits.max_followups])


def picks_in_order(instrument: Instrument, given: AnswerSet) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the topics to pick from as (those that the answers made hard, the others), each in the given order.

    "Something else" and "nothing special" are in neither: they stand last.
    """
    burdens = item_burdens(instrument, given)
    topics = [pick for pick in instrument.picks if pick in instrument.subthemes]
    limit = instrument.scoring.cross_min_burden
    hard = tuple(one for one in topics if (subtheme_burden(instrument, burdens, one) or 0) >= limit)
    return hard, tuple(one for one in topics if one not in hard)


def part_of(instrument: Instrument, given: AnswerSet, step: Step) -> AnswerSet:
    """Return only what a page asks of an answer set."""
    fields = _fields(instrument, step)
    return AnswerSet(
        answers={key: raw for key, raw in given.answers.items() if key in fields.items and raw is not None},
        ticks=frozenset(tick for tick in given.ticks if tick.partition(".")[0] in fields.lists),
        picks=given.picks if step.kind == "priorities" else (),
        checkin=given.checkin if step.kind == "checkin" else None,
        wishes={key: wish for key, wish in given.wishes.items() if key in fields.wishes},
        respondent=given.respondent if step.kind == "respondent" else None,
        texts={key: words for key, words in given.texts.items() if key in fields.texts},
        followed=given.followed if step.kind == "agreed" else {},
    )


def merged(instrument: Instrument, given: AnswerSet, step: Step, part: AnswerSet) -> AnswerSet:
    """Return an answer set in which what a page asks has been replaced by `part`, and nothing else."""
    fields = _fields(instrument, step)

    def kept(old: Mapping[str, Any], new: Mapping[str, Any], own: frozenset[str]) -> dict[str, Any]:
        return {key: one for key, one in old.items() if key not in own} | dict(new)

    others = frozenset(tick for tick in given.ticks if tick.partition(".")[0] not in fields.lists)
    return AnswerSet(
        answers=kept(given.answers, part.answers, fields.items),
        ticks=others | part.ticks,
        picks=part.picks if step.kind == "priorities" else given.picks,
        checkin=part.checkin if step.kind == "checkin" else given.checkin,
        wishes=kept(given.wishes, part.wishes, fields.wishes),
        respondent=part.respondent if step.kind == "respondent" else given.respondent,
        texts=kept(given.texts, part.texts, fields.texts),
        followed=part.followed if step.kind == "agreed" else given.followed,
    )


def saved(instrument: Instrument, draft: Draft, step: Step, part: AnswerSet, *, left: bool, seconds: int = 0) -> Draft:
    """Return the draft after a page was saved.

    `left` tells whether the patient went on from it: going back saves what is chosen but leaves the page open, unless
    the check-in was answered, which always counts as left.
    """
    given = merged(instrument, draft.given, step, part)
    left = left or (step.kind == "checkin" and given.checkin is not None)
    done = draft.left.union(step.blocks) if left else draft.left
    core = min(seconds, 3600) if step.kind == "core" else 0
    draft = replace(draft, given=given, left=done, core_seconds=draft.core_seconds + core)
    return signalled(instrument, draft, step, given)


def signalled(instrument: Instrument, draft: Draft, step: Step, seen: AnswerSet) -> Draft:
    """Return the draft with the check-in placed after this page, if `seen` holds the first signal."""
    if draft.checkin_after is not None or CHECKIN in draft.left or not safety.signals(instrument, seen):
        return draft
    return replace(draft, checkin_after=step.blocks[-1])


def screen_left(instrument: Instrument, draft: Draft, reached: SafetyLevel = "S0") -> Draft:
    """Return the draft after the patient has gone on from the help screen; `reached` as for `screen_due`."""
    level = safety.judge(instrument, draft.given).level
    return replace(draft, screen_seen=safety.highest(draft.screen_seen, level, reached))


@dataclass(frozen=True, slots=True)
class _Fields:
    items: frozenset[str]
    lists: frozenset[str]
    wishes: frozenset[str]
    texts: frozenset[str]


def _fields(instrument: Instrument, step: Step) -> _Fields:
    blocks = frozenset(step.blocks)
    core = (item for block in step.blocks if block in instrument.pages for item in instrument.pages[block].items)
    texts = {"lists": blocks, "priorities": {OTHER_PICK}, "own_words": {OWN_WORDS}}.get(step.kind, frozenset())
    return _Fields(
        items=frozenset(core),
        lists=blocks if step.kind == "lists" else frozenset(),
        wishes=frozenset(one.partition(".")[2] for one in blocks) if step.kind == "wishes" else frozenset(),
        texts=frozenset(texts),
    )


def _kind(instrument: Instrument, block: str) -> Kind | None:
    single: dict[str, Kind] = {
        START: "start",
        RESPONDENT: "respondent",
        AGREED: "agreed",
        CHECKIN: "checkin",
        PRIORITIES: "priorities",
        OWN_WORDS: "own_words",
        CHECK: "check",
    }
    wish, _, domain = block.partition(".")
    if block in instrument.pages:
        return "core"
    if block in instrument.checklists:
        return "lists"
    if wish == WISH and domain in instrument.domains:
        return "wishes"
    return single.get(block)


def _steps(instrument: Instrument, draft: Draft) -> Iterator[Step]:
    yield Step("start", (START,))
    yield Step("respondent", (RESPONDENT,))
    if draft.agreed:
        yield Step("agreed", (AGREED,))
    for page in instrument.pages:
        yield Step("core", (page,))
    burdens = item_burdens(instrument, draft.given)
    yield from _lists(draft, _asked_lists(instrument, burdens))
    yield Step("lists", (instrument.strengths_list,))
    wanted = gaps.wish_domains(instrument, draft.given, burdens)
    for group in _left_apart(draft, tuple(f"{WISH}.{domain}" for domain in wanted)):
        yield Step("wishes", group)
    yield Step("priorities", (PRIORITIES,))
    yield Step("own_words", (OWN_WORDS,))
    yield Step("check", (CHECK,))


def _lists(draft: Draft, asked: tuple[str, ...]) -> Iterator[Step]:
    for group in _left_apart(draft, asked):
        for first in range(0, len(group), LISTS_A_PAGE):
            yield Step("lists", group[first : first + LISTS_A_PAGE])


def _left_apart(draft: Draft, blocks: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    # What becomes due by a later edit stands on a page of its own: nothing answered is asked again with it.
    left = tuple(one for one in blocks if one in draft.left)
    fresh = tuple(one for one in blocks if one not in draft.left)
    yield from filter(None, (left, fresh))


def _first_open(path: tuple[Step, ...], draft: Draft) -> Step:
    return next((one for one in path if not draft.left.issuperset(one.blocks)), path[-1])


def _with_checkin(instrument: Instrument, draft: Draft, path: Iterator[Step]) -> Iterator[Step]:
    anchor = draft.checkin_after or (instrument.strengths_list if draft.checkin_mode == "always" else None)
    if anchor is None or draft.checkin_mode == "off":
        yield from path
        return
    whole = tuple(path)
    # A list that is no longer due leaves the path, but a check-in once placed stays: then it follows the core pages.
    on_path = any(anchor in one.blocks for one in whole)
    anchor = anchor if on_path else tuple(instrument.pages)[-1]
    for one in whole:
        yield one
        if anchor in one.blocks:
            yield Step("checkin", (CHECKIN,))


def _questions(instrument: Instrument, path: tuple[Step, ...]) -> Iterator[str]:
    for one in path:
        for block in one.blocks:
            if block in instrument.pages:
                yield from instrument.pages[block].items
            elif one.kind == "lists":
                yield f"list:{block}"
            elif block not in (START, AGREED, CHECK):
                yield block
