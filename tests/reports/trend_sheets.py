"""Trend sheets to print: a usual one, the fullest that is promised to fit, and one with hardly anything to show."""

from dataclasses import replace
from math import sin

from clinic.core import trend_series
from clinic.core.trend_sheet import Dot, Numbers, Panel, Place, TrendSheet
from clinic.core.trends import Figure

HIDDEN = Figure("hidden")
GAPS = ("Accessibility", "Adherence", "Stigma", "Support")
SUBTHEMES = (
    *("Emotional dimension", "Coping strategies", "Self-perception", "Daily life challenges", "Prognosis"),
    *("Quality of care", "Access to care", "Doctor-patient relationship", "Medication experiences"),
    *("Alternative therapies", "Adherence to treatment", "Recovery perspectives", "Stigma", "Social support"),
    *("Understanding of the illness", "External factors"),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CAVEATS = (
    "Those who answer differ from those who do not.",
    "Nothing here is adjusted for severity, insurance, language or kind of visit.",
    "More flags may mean better asking.",
    "Never rank clinicians by it.",
    "It is no measure of quality.",
    "The questionnaire is not validated.",
)


def shown(x: int, n: int) -> Figure:
    return trend_series.figure((x, n))


def said(figure: Figure) -> str:
    if figure.share is None or figure.low is None or figure.high is None:
        return "too few to show" if figure.state == "hidden" else "nobody counted"
    return f"{figure.x} of {figure.n} ({100 * figure.share:.0f} %, {100 * figure.low:.0f} to {100 * figure.high:.0f} %)"


def places(count: int, new_version_at: int | None = None) -> tuple[Place, ...]:
    return tuple(
        Place(
            f"{MONTHS[(n + 10) % 12]} {2024 + (n + 10) // 12}",
            "1.0" if new_version_at is None or n < new_version_at else "1.0+c1",
        )
        for n in range(count)
    )


def panel(name: str, figures: tuple[Figure | None, ...]) -> Panel:
    newest = figures[-1] or Figure("nothing")
    return Panel(
        name,
        said(newest),
        "No clear change from the month before: +3 points (−8 to +14).",
        figures,
        f"{name}: {said(newest)}",
    )


def table(title: str, columns: tuple[str, ...], rows: int) -> Numbers:
    figures = [shown(20 + 7 * n, 80 + 11 * n) for n in range(rows)]
    cells = [tuple(said(one).partition(" (")[0] for _ in columns) for one in figures]
    return Numbers(title, columns, tuple((f"Row number {n + 1}", one) for n, one in enumerate(cells)))


def usual() -> TrendSheet:
    months = 24
    panels = tuple(
        panel(name, tuple(shown(round(40 + 12 * sin(n / 4 + g) + n * (g - 1) / 2), 130 + 3 * n) for n in range(months)))
        for g, name in enumerate(GAPS)
    )
    return TrendSheet(
        language="en",
        title="Trends of Harbour Clinic",
        about=("Whole clinic. November 2024 to October 2026, by month. Printed 23 November 2026.",),
        mark=None,
        lead="October 2026: no clear change from the month before in any of the 4 gaps that can be compared.",
        counts="Counted are patients, each by the latest form of a month that they filled in themselves or with help. "
        "Share: at gap or priority gap of those whose level is known.",
        gaps_title="The four gaps",
        gaps_note="share of patients at a gap, with its 95 % interval; higher = more patients meet this barrier",
        places=places(months),
        panels=panels,
        hidden="too few to show",
        break_words="from here {version}",
        dots_title="Sixteen subthemes",
        dots_note="October 2026, share with a burden of “somewhat” or more",
        dots=tuple(
            Dot(name, said(figure), figure)
            for n, name in enumerate(SUBTHEMES)
            for figure in [shown(12 + 7 * n, 190 + n)]
        ),
        tables=(
            table("Wished, agreed, done", ("Wants help", "Agreed", "Happened", "Helped"), 4),
            table("On the way", ("x of n",), 8),
            table("Safety", ("x of n",), 5),
        ),
        caveats_title="What not to conclude",
        caveats=CAVEATS,
        footer="Numbers from 1 to 10 are not shown, nor what they could be worked out from.",
        clip_mark="[…]",
        more_mark="+{n} more on screen",
    )


def fullest() -> TrendSheet:
    """Return the most that a sheet has to take: long names, a filter, a break, hidden places, a mark."""
    one = usual()
    hidden = {3, 4, 11}
    panels = tuple(
        replace(
            told,
            name=f"{told.name} gap, as it is called here",
            change="Down from the month before: −13 points (−24 to −2). "
            "12 in a row above 47 %, the middle of the last 60 shown: seldom chance.",
            figures=tuple(HIDDEN if n in hidden else figure for n, figure in enumerate(told.figures)),
        )
        for told in one.panels
    )
    long = "Centre for Psychological Medicine and Community Wellbeing of the Northern Counties"
    return replace(
        one,
        title=f"Trends of {long} " * 2,
        about=(
            f"Site: {long}, Riverside Annexe. November 2024 to October 2026, by month. Printed 23 November 2026.",
            "Questionnaire version 1.0, from September 2025 scoring 1.0+c1. " * 2,
        ),
        mark="Synthetic: nobody in it is real",
        lead="October 2026: more patients than the month before at a gap in Accessibility, Adherence and Stigma, "
        "fewer in Support. " * 2,
        places=places(24, 10),
        panels=panels,
        dots=tuple(
            replace(dot, name=f"{dot.name} and what belongs to it", figure=HIDDEN, shown="too few to show")
            if n % 5 == 2
            else dot
            for n, dot in enumerate(one.dots)
        ),
        tables=(
            table("Wished, agreed, done, in full words", ("Wants help now", "Agreed", "Happened", "Helped"), 5),
            table("On the way to an answer", ("x of n",), 12),
            table("Safety", ("x of n",), 6),
            table("Too few answers for a level", ("x of n",), 4),
        ),
        caveats=CAVEATS * 2,
    )


def emptiest() -> TrendSheet:
    """Return a clinic of a handful of patients: nothing of it may be shown."""
    one = usual()
    return replace(
        one,
        places=places(1),
        panels=tuple(panel(name, (HIDDEN,)) for name in GAPS),
        dots=tuple(replace(dot, shown="too few to show", figure=HIDDEN) for dot in one.dots),
        tables=(),
    )
