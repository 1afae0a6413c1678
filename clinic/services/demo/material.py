"""The written material of the demo, read once: names, stories and phrases, all of them invented."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from clinic.core.errors import DefinitionError
from clinic.core.shape import Problem
from clinic.instruments.reader import read_yaml

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Phase:
    """What a story is like from a month on; `signal` is the share of forms that hold a safety signal.

    `burdens` are 0-4, higher = harder, and change gradually from one phase to the next. `words` are by language.
    """

    start: float
    burdens: Mapping[str, float]
    likely: frozenset[str]
    picks: tuple[str, ...]
    wish: str
    signal: float
    not_applicable: frozenset[str]
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to `people` of the people, phase after phase."""

    name: str
    people: int
    ages: tuple[int, int]
    phases: tuple[Phase, ...]

    def phase(self, month: float) -> Phase:
        """Return the phase that a month of the story lies in."""
        return [one for one in self.phases if one.start <= month][-1]

    def burden(self, item: str, month: float, usual: float) -> float:
        """Return how hard an item is in a month, between its phases; `usual` stands where a phase does not say."""
        before = self.phase(month)
        later = [one for one in self.phases if one.start > month]
        here = before.burdens.get(item, usual)
        if not later:
            return here
        share = (month - before.start) / (later[0].start - before.start)
        return here + (later[0].burdens.get(item, usual) - here) * share


@cache
def stories() -> tuple[Story, ...]:
    """Return every story, in the order of the file."""
    return tuple(
        Story(name, one["people"], tuple(one["ages"]), tuple(_phase(phase) for phase in one["phases"]))
        for name, one in _read("stories.yaml").items()
    )


@cache
def story(name: str) -> Story:
    """Return the story of this name."""
    return next(one for one in stories() if one.name == name)


@cache
def names() -> Mapping[str, Any]:
    """Return the names of people and staff."""
    return _read("names.yaml")


@cache
def phrases() -> Mapping[str, Any]:
    """Return the words that fit any story."""
    return _read("phrases.yaml")


@cache
def agreed() -> Mapping[str, Any]:
    """Return what visits agree on, by gap, and the clinic's directory."""
    return _read("agreed.yaml")


def _phase(raw: Mapping[str, Any]) -> Phase:
    return Phase(
        start=float(raw["from"]),
        burdens=raw["burdens"],
        likely=frozenset(raw["likely"]),
        picks=tuple(raw["picks"]),
        wish=raw["wish"],
        signal=raw.get("signal", 0.0),
        not_applicable=frozenset(raw.get("na", ())),
        words={language: tuple(raw[language]) for language in ("en", "es")},
    )


def _read(name: str) -> Mapping[str, Any]:
    problems: list[Problem] = []
    found = read_yaml(HERE / name, problems)
    if problems or not isinstance(found, dict):
        raise DefinitionError("\n".join(f"{name}: {one.key}: expected {one.expected}" for one in problems))
    return found
