"""The measures that trends show: their names, in the order to show them."""

from collections.abc import Iterable

from clinic.core.instrument import Instrument

GAPS = ("accessibility", "adherence", "stigma", "support")
# What is agreed may also belong to none of the four gaps.
AGREED_GAPS = (*GAPS, "other")
MODES = ("web", "tablet", "paper")
# Whoever leaves a form on this page or on a later one is counted here.
LAST_PAGE = 9
QUANTITIES = ("minutes", "acknowledge_median", "acknowledge_p90")


def family(measure: str) -> str:
    """Return the family of a measure, such as "gap" of "gap:stigma"."""
    return measure.partition(":")[0]


def scored(instrument: Instrument) -> tuple[str, ...]:
    """Return the measures of patients that one instrument has, in order."""
    return (
        *(f"{family}:{gap}" for family in ("gap", "wish", "insufficient") for gap in GAPS),
        *(f"subtheme:{one}" for one in instrument.subthemes),
        *(f"code:{one}" for one in instrument.options),
    )


def process(languages: Iterable[str]) -> tuple[str, ...]:
    """Return the measures of the clinic's own work, in order, with those of the languages that its forms are in."""
    return (
        *("opened", "done", *(f"left:{page}" for page in range(1, LAST_PAGE + 1)), "declined"),
        *(f"done:mode={mode}" for mode in MODES),
        *(f"done:language={language}" for language in languages),
        "proxy",
        *(f"{family}:{gap}" for family in ("agreed", "happened", "helped") for gap in AGREED_GAPS),
        *("alert:S2", "alert:S3", "in_target"),
    )
