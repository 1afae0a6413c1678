"""Invent the people of the demo: a pure function of a seed and the day on which the demo began."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from clinic.services.demo import material

PEOPLE = 120
HISTORY_DAYS = 548
MONTH_DAYS = 30.44
SPANISH_SHARE = 0.18
# How hard life is for someone of whom their story says nothing, 0-4; each person differs a little from it.
USUAL: Mapping[str, float] = {
    "EMO": 1.9,
    "SLF": 1.8,
    "DLY": 1.8,
    "PRG": 1.7,
    "ACC1": 0.5,
    "ACC2": 0.5,
    "ALT": 0.5,
    "MED": 1.2,
    "ADH1": 0.4,
    "ADH2": 0.6,
    "ADH3": 0.4,
    "STG1": 0.4,
    "STG2": 0.8,
    "UND": 0.8,
    "EXT": 1.4,
    "COP": 1.6,
    "QOC": 0.9,
    "REL": 0.4,
    "SUP1": 0.7,
    "SUP2": 1.0,
    "RCV": 1.5,
}
# Which people answer in a way of their own: (trait, how many of them).
TRAITS = (("skips", 8), ("few", 3), ("alike", 1), ("helped", 6), ("alone", 26), ("quiet", 24), ("tablet", 28))
AREA_CODES = ("312", "773", "872")


@dataclass(frozen=True, slots=True)
class Person:
    """One invented patient: who they are, the story they live, and how they answer.

    `joins` is the day of the first visit, `weeks` the usual time between visits, `usual` the level of each item
    (0-4, higher = harder), `tempo` how fast the story goes. `clinician` and `site` count from 0.
    """

    number: int
    name: str
    record_number: str
    born_on: date
    email: str | None
    phone: str | None
    language: str
    story: str
    joins: date
    weeks: int
    tempo: float
    usual: Mapping[str, float]
    traits: frozenset[str]
    clinician: int
    site: int
    rank: int


def people(seed: int, began_on: date) -> tuple[Person, ...]:
    """Return all people of a demo; `rank` counts those who live the same story."""
    random = Random(f"{seed} people")  # noqa: S311 (made-up people need no secret chance)
    lives = [(story.name, rank) for story in material.stories() for rank in range(story.people)]
    random.shuffle(lives)
    spanish = set(random.sample(range(PEOPLE), round(PEOPLE * SPANISH_SHARE)))
    found = list(_names(random, lives, spanish))
    traits = _traits(random)
    return tuple(
        _person(
            seed, began_on, number, found[number], "es" if number in spanish else "en", *lives[number], traits[number]
        )
        for number in range(PEOPLE)
    )


def month_of(person: Person, day: date) -> float:
    """Return how far a person's story has come on a day, in its own months."""
    return (day - person.joins).days / MONTH_DAYS * person.tempo


def chance(seed: int, person: Person, *what: object) -> Random:
    """Return the source of chance of one person for one purpose; it is the same wherever it is asked for."""
    return Random(" ".join(map(str, (seed, person.number, *what))))  # noqa: S311


def _person(
    seed: int,
    began_on: date,
    number: int,
    named: tuple[str, str],
    language: str,
    story: str,
    rank: int,
    traits: frozenset[str],
) -> Person:
    random = Random(f"{seed} person {number}")  # noqa: S311
    name, address = named
    age = random.uniform(*material.story(story).ages)
    is_early = story == "heavy_weeks" or random.random() < 0.72
    first = random.randint(0, 60) if is_early else random.randint(60, HISTORY_DAYS - 90)
    return Person(
        number=number,
        name=name,
        record_number=f"BC-{20417 + 37 * number}",
        # Ages are those of the first year, so that everybody was an adult at the first visit.
        born_on=began_on - timedelta(days=HISTORY_DAYS + round((age + 0.5) * 365.25)),
        email=f"{address}@example.org" if random.random() < 0.8 else None,
        # 555-0100 to 555-0199 are kept free for fiction.
        phone=f"+1 {AREA_CODES[number // 100]} 555 01{number % 100:02}" if random.random() < 0.9 else None,
        language=language,
        story=story,
        joins=began_on - timedelta(days=HISTORY_DAYS - first),
        weeks=random.choices((4, 6, 8, 10, 12), (18, 28, 30, 14, 10))[0],
        # Slower ones are still in the middle of their story when the demo begins.
        tempo=random.uniform(0.34, 1.1),
        usual={item: min(max(level + random.gauss(0, 0.55), 0.0), 3.2) for item, level in USUAL.items()},
        traits=traits,
        clinician=random.choice((0, 0, 1, 1, 2)),
        site=0 if random.random() < 0.7 else 1,
        rank=rank,
    )


def _names(random: Random, lives: list[tuple[str, int]], spanish: set[int]) -> Iterator[tuple[str, str]]:
    names = material.names()
    others = [(name, address) for name, address in names["other"]]
    places = [number for number, (story, _) in enumerate(lives) if number not in spanish and story != "proxy"]
    special = dict(zip(random.sample(places, len(others)), others, strict=True))
    taken: set[str] = set()
    for number, (story, _) in enumerate(lives):
        if number in special:
            yield special[number]
            continue
        pool = names["es" if number in spanish else "en"]
        # The daughters who answer in that story write of their mothers.
        share = 1.0 if story == "proxy" else 0.6
        while True:
            given = random.choice(pool["women"] if random.random() < share else pool["men"])
            family = random.choice(pool["families"])
            address = f"{_plain(given)}.{_plain(family)}"
            if address not in taken:
                break
        taken.add(address)
        yield f"{given} {family}", address


def _traits(random: Random) -> list[frozenset[str]]:
    found: list[set[str]] = [set() for _ in range(PEOPLE)]
    for trait, count in TRAITS:
        for number in random.sample(range(PEOPLE), count):
            found[number].add(trait)
    return [frozenset(one) for one in found]


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("Ø", "O").replace("ł", "l")).casefold()
    return "".join(one for one in letters if one.isascii() and one.isalpha())
