"""The one page as a PDF beside a bare canvas with the same fonts, and the scoring of one form."""

import json
from statistics import median

from clinic.cli.score import parse
from clinic.core.result import evaluate, to_json
from clinic.reports.summary_pdf import summary_pdf
from tests.benchmarks.measure import Pair, Timed, cpu, pairwise, settled
from tests.reports.floor import bare_page_pdf
from tests.reports.people import AT, TYPICAL, calm, fullest, typical

PEOPLE = {"calm": calm, "typical": typical, "fullest": fullest}


def one_page_pdf(person: str, *, turns: int) -> Pair:
    """Print one person's page, beside the same words on a bare canvas."""
    page = PEOPLE[person]()

    def printed() -> bytes:
        return summary_pdf(page, page_size="A4", at=AT, author="Dr A. Novak")

    return pairwise(cpu(printed), cpu(lambda: bare_page_pdf(page)), turns=turns)


def scoring(*, turns: int) -> float:
    """Return the CPU seconds of one line of `clinic score`: JSON in, every score, JSON out."""
    line = json.dumps(TYPICAL)

    def score() -> str:
        return json.dumps(to_json(evaluate(*parse(line))))

    timed: Timed = cpu(score, times=10)
    timed()
    with settled():
        return median(timed() for _ in range(turns))
