"""Tick the lists of one invented form, so that what is ticked agrees with the answers and with the forms before."""

from collections.abc import Mapping
from random import Random

from clinic.core import path
from clinic.core.answers import AnswerSet
from clinic.core.instrument import NONE_OF_THESE, SOMETHING_ELSE, Instrument, Option
from clinic.core.scoring import score
from clinic.services.demo import material
from clinic.services.demo.material import Phase
from clinic.services.demo.people import Person, chance

# A list of several items holds the reasons of each: one is ticked only where its own item is at least this hard.
NEEDS: Mapping[str, tuple[str, int]] = {
    "ACC.insurance_issues": ("ACC1", 2),
    "ACC.cost_barriers": ("ACC1", 2),
    "ACC.availability_of_specialists": ("ACC2", 2),
    "ACC.waiting_times": ("ACC2", 2),
    "ACC.x_travel": ("ACC2", 2),
    "ACC.x_phone_internet": ("ACC2", 2),
    "ACC.x_language": ("ACC2", 2),
    "ACC.x_caregiving": ("ACC2", 2),
    "ADH.compliance_challenges": ("ADH1", 1),
    "ADH.motivation_issues": ("ADH2", 2),
    "ADH.regimen_complexity": ("ADH3", 2),
    "ADH.x_could_not_get": ("ACC1", 2),
    "STG.discrimination": ("STG1", 2),
    "STG.social_stigma": ("STG1", 2),
    "STG.self_stigmatization": ("STG2", 2),
    "SUP.family_support": ("SUP1", 2),
    "SUP.peer_groups": ("SUP2", 2),
    "SUP.online_communities": ("SUP2", 2),
    "EXT.financial_issues": ("ACC1", 1),
}
# Few people tick these unless their story is about them.
UNUSUAL = ("ACC.x_language", "ACC.x_phone_internet", "ACC.x_caregiving", "SUP.online_communities", "STG.discrimination")
LIKELY = 0.86


def ticked(
    instrument: Instrument,
    seed: int,
    random: Random,
    person: Person,
    phase: Phase,
    core: AnswerSet,
    *,
    with_signal: bool,
) -> frozenset[str]:
    """Return what a person ticks in the lists that these core answers make due."""
    burdens = score(instrument, core).burdens
    found: set[str] = set()
    for key in (*path.asked_lists(instrument, core), instrument.strengths_list):
        hard = max((burdens[item] or 0 for item in instrument.subthemes[key].items), default=0)
        found |= _in_list(instrument, seed, random, person, phase, burdens, key, hard)
    if with_signal:
        _signal(instrument, random, core, found)
    return frozenset(found)


def _in_list(
    instrument: Instrument,
    seed: int,
    random: Random,
    person: Person,
    phase: Phase,
    burdens: Mapping[str, int | None],
    key: str,
    hard: int,
) -> set[str]:
    # The shares by which a code is above what this person is inclined to tick, which stays the same from form to form.
    margins = {}
    for option in instrument.checklists[key].options:
        name = f"{key}.{option.code}"
        if option.safety or not _fits(name, phase, burdens):
            continue
        inclined = chance(seed, person, "tick", name).random() * 0.85 + random.random() * 0.15
        margins[name] = _share(instrument, key, option, phase, hard) - inclined
    found = {name for name, margin in margins.items() if margin > 0}
    others = material.phrases()["else"]
    if not found and margins and random.random() < 0.55 + 0.1 * hard:
        found = {max(margins, key=lambda name: margins[name])}
    elif not found and random.random() < 0.5:
        return {f"{key}.{NONE_OF_THESE}"}
    elif random.random() < 0.03 and key in others:
        found.add(f"{key}.{SOMETHING_ELSE}")
    return found


def _fits(name: str, phase: Phase, burdens: Mapping[str, int | None]) -> bool:
    if name in UNUSUAL and name not in phase.likely:
        return False
    item, least = NEEDS.get(name, (None, 0))
    return item is None or (burdens[item] or 0) >= least


def _share(instrument: Instrument, key: str, option: Option, phase: Phase, hard: int) -> float:
    is_likely = f"{key}.{option.code}" in phase.likely
    if key == instrument.strengths_list:
        helps = 0.75 if option.valence == "strength" else 0.4
        return max((LIKELY if is_likely else helps) - 0.14 * hard, 0.08)
    if option.valence == "strength":
        return max((LIKELY if is_likely else 0.5) - 0.12 * hard, 0.05)
    return LIKELY if is_likely else 0.02 + 0.08 * hard


def _signal(instrument: Instrument, random: Random, core: AnswerSet, found: set[str]) -> None:
    asked = path.asked_lists(instrument, core)
    possible = [one for one in sorted(instrument.safety_ticks) if one.partition(".")[0] in asked]
    if possible:
        chosen = random.choice(possible)
        found.add(chosen)
        found.discard(f"{chosen.partition('.')[0]}.{NONE_OF_THESE}")
