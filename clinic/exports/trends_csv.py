"""The trends as a tidy CSV with their caveats on top, and the codebook that says what each measure counts."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from clinic.core import trend_measures
from clinic.core.instrument import Instrument
from clinic.core.suppression import OUTSIDE
from clinic.core.trend_measures import QUANTITIES, family
from clinic.core.trends import EVERYBODY, Figure, Quantity, Trends
from clinic.exports.trend_meanings import MEANINGS

COLUMNS = ("period", "measure", "group", "x", "n", "share", "low", "high", "suppressed")
MEANING = {
    "period": "2026 a year, 2026-Q4 a quarter, 2026-10 a month, in the clinic's own time zone",
    "measure": "a name of the list below",
    "group": "all or one group such as language=es; in a file of more than one version a measure of patients adds "
    "its own, as in all version=1.0. A version is the questionnaire's, with the clinic's cut points where it has some "
    "(1.0+c1). Figures of two versions are never pooled and must not be compared: a change of version is a break",
    "x": "numerator; of minutes and acknowledge_... the value itself",
    "n": "denominator; of minutes and acknowledge_... how many the value rests on, rounded down to ten",
    "share": "x divided by n, as a fraction",
    "low": "lower end of Wilson's 95 % interval of the share, as a fraction",
    "high": "upper end of it",
    "suppressed": f"true: too few people, or too few could be worked out from it (x or n - x in 1 to {OUTSIDE - 1}, or "
    f"n below {OUTSIDE}); x, n, share, low and high are empty then, which is not zero. false with n 0: nobody counted",
}
# What is to be kept in mind with every figure (evidence.md, section 8).
CAVEATS = (
    "Those who answer differ from those who do not.",
    "Nothing is adjusted for severity or insurance or language or kind of visit.",
    "More flags may mean better asking.",
    "Not a measure of quality and not a ranking of anyone. The questionnaire is not validated.",
    f"No count from 1 to {OUTSIDE - 1} is shown nor can be worked out. Suppressed is not zero.",
    "A period is published once it has been over for 14 days and does not change later.",
    "Figures of two versions are never pooled.",
)
# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(trends: Trends) -> str:
    """Return one view as CSV: comments, the names of the columns, and one line a period, measure and version.

    Takes the view of what may leave the clinic; raises ValueError for another one.
    """
    if not trends.is_outside:
        raise ValueError("Only a view that was read for outside may leave the clinic.")
    file = io.StringIO()
    file.writelines(f"# {_one_cell(line)}\n" for line in _comments(trends))
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in _rows(trends):
        lines.writerow([_safe(cell) for cell in row])
    return file.getvalue()


def codebook(instrument: Instrument, languages: Iterable[str]) -> str:
    """Return what each column holds and what each measure counts, as CSV; what a measure is about is in English."""
    file = io.StringIO()
    file.writelines(f"# {_one_cell(f'{name}: {words}')}\n" for name, words in MEANING.items())
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(("measure", "about", "counts", "unit", "x", "n", "direction", "people"))
    for measure in (*trend_measures.scored(instrument), *trend_measures.process(languages), *QUANTITIES):
        one = MEANINGS[family(measure)]
        about = _about(instrument, measure)
        row = (measure, about, one.counts, one.unit, one.x, one.n, one.direction, one.people)
        lines.writerow([_safe(cell) for cell in row])
    return file.getvalue()


def _comments(trends: Trends) -> Iterator[str]:
    yield "Trends of treatment barriers"
    if trends.is_synthetic:
        yield "SYNTHETIC: nobody in it is real."
    yield f"Clinic: {trends.clinic}"
    yield f"By {trends.kind}. Group: {trends.group}"
    if trends.group.dimension == "site":
        yield f"{trends.group} is {trends.group_name}"
    if trends.periods:
        yield f"From {trends.periods[0]} to {trends.periods[-1]}"
    else:
        yield "Nothing has been published yet."
    if len(trends.versions) == 1:
        yield f"Version: {trends.versions[0]}"
    elif trends.versions:
        yield f"Versions in it (each change is a break): {' then '.join(trends.versions)}"
    yield from CAVEATS
    yield "Intervals: Wilson 95 %. What each measure counts stands in the codebook."


def _rows(trends: Trends) -> Iterator[tuple[str, ...]]:
    is_broken = len(trends.versions) > 1
    for measure, series in trends.series.items():
        for point in series.points:
            group = f"{trends.group} version={point.version}" if is_broken and point.version else str(trends.group)
            yield str(point.period), measure, group, *_figure(point.figure)
    for name, values in trends.quantities.items():
        for value in values:
            yield str(value.period), name, str(EVERYBODY), *_quantity(value)


def _figure(one: Figure) -> tuple[str, ...]:
    if one.x is None or one.n is None:
        return ("", "", "", "", "", "true") if one.state == "hidden" else ("0", "0", "", "", "", "false")
    fractions = (one.share, *(one.interval or ()))
    return (str(one.x), str(one.n), *(f"{part:.4f}" for part in fractions if part is not None), "false")


def _quantity(one: Quantity) -> tuple[str, ...]:
    if one.value is None:
        return ("", "", "", "", "", "true") if one.state == "hidden" else ("", "0", "", "", "", "false")
    return (f"{one.value:g}", str(one.n), "", "", "", "false")


def _about(instrument: Instrument, measure: str) -> str:
    kind, _, subject = measure.partition(":")
    if kind == "subtheme":
        return instrument.subthemes[subject].paper
    if kind == "code":
        option = instrument.options[subject]
        words = option.paper or option.code.replace("_", " ")
        helps = " (what helps)" if option.valence == "strength" else ""
        return f"{instrument.subthemes[subject.partition('.')[0]].paper}: {words}{helps}"
    return subject


def _safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _one_cell(text: str) -> str:
    """Return text without anything that could begin a second cell or a second line in a spreadsheet."""
    return re.sub(r"[\s,;|\"#]+", " ", text).strip()
