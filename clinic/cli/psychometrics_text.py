"""A report of the questionnaire as lines of plain text for a terminal."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from clinic.core.instrument import Instrument
from clinic.core.psychometrics import LEAST_PAIRS, PAIR_DAYS, Estimate, GroupRead, Report, Short

HIDDEN = "<11"
NOTHING = "-"


def lines(instrument: Instrument, report: Report) -> Iterator[str]:
    """Yield the lines of a report."""
    yield f"{report.instrument}: {report.patients} patients, the latest form each answered alone before {report.until}."
    if report.is_synthetic:
        yield "All of them are synthetic: this says nothing of the questionnaire."
    yield "Items as burdens, 4 = hardest. Shares are of 1, and rounded so that five counts give the same one;"
    yield "<11 stands for fewer than 11 people, or all but so few."
    yield f"Intervals are 95 %: {report.resamples} bootstrap resamples of persons, seed {report.seed}; for ICC by F."
    for group in report.groups:
        yield from _group(group)
    yield ""
    yield "Between items (Spearman):"
    yield " " * 5 + "".join(f"{one:>6}" for one in report.items)
    for item, row in zip(report.items, report.correlations, strict=True):
        yield f"{item:<5}" + "".join(f"{_number(one, 2):>6}" for one in row)
    yield ""
    yield from _too_small(report)
    yield from _limits(instrument, report)


def _group(group: GroupRead) -> Iterator[str]:
    yield ""
    yield f"Language {group.language}: {group.patients} patients" if group.language else "All languages"
    yield f"  {'item':<6}{'lowest':>8}{'highest':>8}{'missing':>8}{'not appl.':>10}{'item-rest':>10}"
    for one in group.items:
        shares = [_share(share) for share in (one.floor, one.ceiling, one.missing)]
        yield (
            f"  {one.item:<6}"
            + "".join(f"{share:>8}" for share in shares)
            + (f"{_share(one.not_applicable):>10}{_number(one.rest, 2):>10}")
        )
    yield f"  {'theme':<6}{'items':>6}  {'alpha':<22}{'omega':<22}"
    for theme in group.themes:
        yield f"  {theme.theme:<6}{theme.items:>6}  {_estimate(theme.alpha):<22}{_estimate(theme.omega):<22}"
    least, most = PAIR_DAYS
    yield f"  Answered twice, {least} to {most} days apart (whether anything had changed by then, nobody knows):"
    yield f"  {'scale':<14}{'pairs':>6}{'SD':>7}  {'ICC(2,1)':<22}{'SEM':>6}{'SDC':>7}"
    for twice in group.retest:
        pairs = HIDDEN if twice.pairs is None else str(twice.pairs)
        yield (
            f"  {twice.scale:<14}{pairs:>6}{_number(twice.deviation, 1):>7}  {_estimate(twice.icc):<22}"
            f"{_number(twice.error, 1):>6}{_number(twice.smallest, 1):>7}"
        )


def _too_small(report: Report) -> Iterator[str]:
    if report.short:
        yield "Too few for:"
    for one in report.short:
        yield f"- {_short(one)}"


def _short(one: Short) -> str:
    if one.what == "complete":
        return f"alpha and item-rest of {one.whose}: {one.needs} patients who answered all its items (COSMIN)"
    if one.what == "factor":
        return f"omega of {one.whose}: {one.needs} patients who answered all its items (Terwee 2007)"
    if one.what == "pairs":
        return f"test-retest of {one.whose}: {one.needs} pairs (COSMIN)"
    if one.what == "language":
        return f"{one.whose} by itself: {one.needs} patients (COSMIN), or the others would tell of its few"
    return "some patients, whose answers are not stored or cannot be read"


def _limits(instrument: Instrument, report: Report) -> Iterator[str]:
    yield ""
    if report.limits is None:
        yield f"No limits of change are proposed: every scale needs {LEAST_PAIRS} pairs. The questionnaire's stay."
        return
    now = instrument.change
    yield "Limits of change that these forms suggest: SEM x sqrt(2), x 1.28 for a possible, x 1.96 for a clear one."
    yield (
        f"The questionnaire's are {now.domain_possible}/{now.domain_clear} for a gap and "
        f"{now.overall_possible}/{now.overall_clear} for the whole. Nothing has changed yet."
    )
    yield json.dumps({"instrument": report.instrument, "limits": asdict(report.limits)})
    yield "To use them, save that line as limits.json: clinic psychometrics adopt limits.json --reason WHY"
    yield "It makes a new scoring version for forms begun from then on, and trends draw a break there."


def _estimate(one: Estimate | None) -> str:
    return NOTHING if one is None else f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def _share(one: float | None) -> str:
    return HIDDEN if one is None else f"{one:.2f}"


def _number(one: float | None, places: int) -> str:
    return NOTHING if one is None else f"{one:.{places}f}"
