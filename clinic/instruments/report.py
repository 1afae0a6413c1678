"""Describe a definition in numbers for its author: counts, the longest path and the reading grade by language."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from clinic.core.answers import AnswerSet
from clinic.core.errors import Refusal
from clinic.core.instrument import Instrument
from clinic.core.path import Draft, questions
from clinic.instruments import catalogue
from clinic.instruments.reading import FORMULAS, Formula

HARD_GRADE = 8
# Words that only staff read; everything else may stand before a patient.
_STAFF = ("theme.", "subtheme.", "domain.", "level.", "quality.", "context.", "disclaimer.", "prompt.")


@dataclass(frozen=True, slots=True)
class HardLine:
    """One line of a patient's page that reads harder than grade 8."""

    key: str
    score: float
    grade: float
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How one language reads; the scores are means over the core items and over their helpers."""

    language: str
    formula: str
    items_score: float
    items_grade: float
    helpers_score: float
    helpers_grade: float
    hard: tuple[HardLine, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a definition holds, in numbers. `unmeasured` are languages for which there is no formula."""

    key: str
    digest: str
    items: int
    pages: int
    subthemes: int
    themes: int
    paper_codes: int
    extensions: int
    domains: int
    safety_codes: int
    phrases: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, int], ...]
    longest_path: int
    hard_cap: int
    readings: tuple[Reading, ...]
    unmeasured: tuple[str, ...]


def describe(instrument: Instrument) -> Report:
    """Return the counts, the longest path and the reading grades of an instrument."""
    sources = [option.source for option in instrument.options.values()]
    return Report(
        key=instrument.key,
        digest=instrument.digest,
        items=len(instrument.items),
        pages=len(instrument.pages),
        subthemes=len(instrument.subthemes),
        themes=len(instrument.themes),
        paper_codes=sources.count("table1"),
        extensions=sources.count("extension"),
        domains=len(instrument.domains),
        safety_codes=len(instrument.safety_ticks),
        phrases=tuple((language, len(many)) for language, many in instrument.safety.phrases.items()),
        words=tuple((language, len(words)) for language, words in instrument.words.items()),
        longest_path=longest_path(instrument),
        hard_cap=instrument.limits.hard_cap_questions,
        readings=tuple(_reading(instrument, one) for one in instrument.languages if one in FORMULAS),
        unmeasured=tuple(one for one in instrument.languages if one not in FORMULAS),
    )


def longest_path(instrument: Instrument) -> int:
    """Return how many questions the path asks of someone for whom everything is as hard as can be."""
    lowest, highest = min(instrument.scale), max(instrument.scale)
    hardest = {key: lowest if one.direction == "positive" else highest for key, one in instrument.items.items()}
    return len(questions(instrument, Draft(given=AnswerSet(answers=hardest), checkin_mode="always")))


def check_text(path: Path | None = None) -> tuple[bool, str]:
    """Return whether a definition is right, and the whole text that says what is wrong or what it holds.

    The path is a version's folder or its instrument.yaml; None is the newest published version.
    """
    try:
        instrument = catalogue.current() if path is None else catalogue.load(path if path.is_dir() else path.parent)
    except Refusal as refusal:
        return False, str(refusal)
    return True, "\n".join(_lines(describe(instrument)))


def _reading(instrument: Instrument, language: str) -> Reading:
    formula = FORMULAS[language]
    items = fmean(formula.score(instrument.say(language, f"item.{key}.text")) for key in instrument.items)
    helpers = fmean(formula.score(instrument.say(language, f"item.{key}.helper")) for key in instrument.items)
    return Reading(
        language=language,
        formula=formula.name,
        items_score=items,
        items_grade=formula.grade(items),
        helpers_score=helpers,
        helpers_grade=formula.grade(helpers),
        hard=tuple(_hard_lines(instrument, language, formula)),
    )


def _hard_lines(instrument: Instrument, language: str, formula: Formula) -> Iterator[HardLine]:
    for key, text in instrument.words[language].items():
        staff = key.startswith((*_STAFF, "safety.level.")) or key.endswith(".short")
        score = formula.score(text)
        if not staff and (grade := formula.grade(score)) > HARD_GRADE:
            yield HardLine(key, score, grade, text)


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.key}: nothing is wrong with this definition."
    locks = {digest for each in catalogue.published().values() for digest in each.values()}
    state = "published, locked" if report.digest in locks else "not in published.json"
    yield f"Digest: {report.digest} ({state})"
    yield ""
    yield f"{report.items} core items on {report.pages} pages, {report.subthemes} subthemes, {report.themes} themes"
    codes = report.paper_codes + report.extensions
    yield f"{codes} list options: {report.paper_codes} codes of the paper, {report.extensions} extensions"
    yield f"{report.domains} domains, {report.safety_codes} safety codes, safety phrases: {_counts(report.phrases)}"
    yield f"Words: {_counts(report.words)}"
    yield f"Longest path: {report.longest_path} questions (at most {report.hard_cap} allowed)"
    for one in report.readings:
        yield ""
        yield f"Reading, {one.language} ({one.formula}):"
        yield f"  core items {_graded(one.items_score, one.items_grade)} on average"
        yield f"  their helpers {_graded(one.helpers_score, one.helpers_grade)} on average"
        yield f"  {len(one.hard)} lines that a patient may read are above grade {HARD_GRADE}:"
        for line in sorted(one.hard, key=lambda line: -line.grade):
            yield f"    {_graded(line.score, line.grade)}  {line.key}: {' '.join(line.text.split())}"
    if report.readings:
        yield ""
        yield "The formulas are made for paragraphs. They say little about a label of one to three words."
    for language in report.unmeasured:
        yield ""
        yield f"Reading, {language}: not measured, no formula for this language."


def _graded(score: float, grade: float) -> str:
    return f"grade {grade:.1f}" if score == grade else f"{score:.0f} (grade {grade:.0f})"


def _counts(pairs: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{name} {count}" for name, count in pairs)
