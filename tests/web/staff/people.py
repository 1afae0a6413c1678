"""Answer sets for the staff's pages: usual, calm, the fullest there is, by someone else, and one with a signal."""

from typing import Any

from clinic.core.answers import AnswerSet, read
from clinic.instruments.catalogue import current

INSTRUMENT = current()
LONG_WORDS = (
    "Since her sister died she hardly leaves her room and says that nobody needs her. I called the insurance three "
    "times and each time they ask for another paper; the last prescription took nineteen days, and in that time she "
    "had no medicine. At work they told her that one more missed day would cost her the job. When we got a visit at "
    "last it was a new person and everything had to be told from the beginning. Thank you for reading to the end."
)
USUAL_ANSWERS: dict[str, Any] = {
    "EMO": 2,
    "SLF": 2,
    "DLY": 3,
    "PRG": 2,
    "ACC1": 2,
    "ACC2": 3,
    "ALT": 2,
    "MED": 4,
    "ADH1": 3,
    "ADH2": 3,
    "ADH3": 2,
    "STG1": 0,
    "STG2": 1,
    "UND": 1,
    "EXT": 1,
    "COP": 3,
    "QOC": 3,
    "REL": 4,
    "SUP1": 0,
    "SUP2": 2,
    "RCV": 2,
}
USUAL_TICKS = [
    *("SLF.perceived_burden", "MED.side_effects", "DLY.disruption_of_routines", "ACC.waiting_times", "ACC.x_travel"),
    *("ALT.psychotherapy", "ADH.compliance_challenges", "ADH.motivation_issues", "SUP.family_support"),
    *("SUP.peer_groups", "COP.therapy", "COP.social_support"),
]
CALM_ANSWERS: dict[str, Any] = {
    "EMO": 1,
    "SLF": 1,
    "DLY": 1,
    "PRG": 0,
    "ACC1": 0,
    "ACC2": 1,
    "ALT": 0,
    "MED": 2,
    "ADH1": 1,
    "ADH2": 0,
    "ADH3": 0,
    "STG1": 0,
    "STG2": 0,
    "UND": 1,
    "EXT": 1,
    "COP": 3,
    "QOC": 3,
    "REL": 4,
    "SUP1": 4,
    "SUP2": "NA",
    "RCV": 3,
}
WORST_ANSWERS: dict[str, Any] = {
    "EMO": 4,
    "SLF": 4,
    "DLY": 4,
    "PRG": 4,
    "ACC1": 4,
    "ACC2": 4,
    "ALT": 4,
    "MED": 4,
    "ADH1": 4,
    "ADH2": 4,
    "ADH3": 3,
    "STG1": 4,
    "STG2": 4,
    "UND": 4,
    "EXT": 4,
    "COP": 3,
    "QOC": 3,
    "REL": None,
    "SUP1": 0,
    "SUP2": 0,
    "RCV": 0,
}


def given(**document: Any) -> AnswerSet:
    """Return an answer set of the current questionnaire."""
    return read(INSTRUMENT, {"answers": {}, **document})


def usual() -> AnswerSet:
    return given(
        answers=USUAL_ANSWERS,
        ticks=USUAL_TICKS,
        picks=["ADH", "MED"],
        safety_checkin="no",
        respondent="self",
        help_wanted={"ACCESSIBILITY": "later", "ADHERENCE": "now", "SUPPORT": "now"},
        text={"TXT": "Mornings are the worst. I would like to try the talk therapy you mentioned."},
    )


def calm() -> AnswerSet:
    return given(answers=CALM_ANSWERS, ticks=["MED.side_effects", "COP.self_care"], picks=["NONE"], respondent="self")


def worst(respondent: str = "proxy") -> AnswerSet:
    return given(
        answers=WORST_ANSWERS,
        ticks=sorted(key for key in INSTRUMENT.tickable if not key.endswith("none_of_these")),
        picks=["ACC", "STG", "OTHER"],
        safety_checkin="yes_now",
        respondent=respondent,
        help_wanted={"ACCESSIBILITY": "later", "ADHERENCE": "PNA", "SUPPORT": "now", "STIGMA": "no"},
        text={"TXT": LONG_WORDS, "OTHER": "sleeping at her sister’s house again"},
    )


def with_signal() -> AnswerSet:
    return given(answers={**CALM_ANSWERS, "SLF": 4}, ticks=["SLF.perceived_burden"], safety_checkin="yes_past")
