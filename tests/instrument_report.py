"""A report of the questionnaire with something of everything in it, for tests of what shows it."""

from datetime import date

from clinic.core.psychometrics import (
    OVERALL,
    Estimate,
    GroupRead,
    ItemRead,
    Limits,
    Report,
    Retest,
    Short,
    ThemeRead,
)
from clinic.instruments.catalogue import current

INSTRUMENT = current()
ALPHA = Estimate(0.81, 0.771, 0.85)


def group(language: str, patients: int) -> GroupRead:
    return GroupRead(
        language,
        patients,
        tuple(ItemRead(item, 0.12, None, 0.0, 0.21, 0.43) for item in INSTRUMENT.items),
        tuple(ThemeRead(theme, 5, ALPHA, None) for theme in INSTRUMENT.themes),
        tuple(Retest(scale, 64, 20.1, ALPHA, 8.7, 24.1) for scale in (*INSTRUMENT.domains, OVERALL)),
    )


def report_of(**changes: object) -> Report:
    size = len(INSTRUMENT.items)
    values: dict[str, object] = {
        "instrument": INSTRUMENT.key,
        "made_on": date(2025, 12, 1),
        "until": date(2025, 11, 1),
        "patients": 312,
        "seed": 7,
        "resamples": 1000,
        "groups": (group("", 312), group("es", 140)),
        "items": tuple(INSTRUMENT.items),
        "correlations": tuple((0.25,) * (size - 1) + (None,) for _ in range(size)),
        "limits": Limits(21, 33, 14, 22),
        "short": (
            Short("factor", "T1", 100),
            Short("complete", "es:T2", 50),
            Short("pairs", OVERALL, 50),
            Short("language", "en", 100),
            Short("unread", "", 0),
        ),
    }
    return Report(**values | changes)  # type: ignore[arg-type]
