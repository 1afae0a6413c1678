"""The one page costs little more than a bare canvas with the same fonts."""

import statistics
import time
from collections.abc import Callable

import pytest

from clinic.reports.summary_pdf import summary_pdf
from tests.reports.drawn import AT
from tests.reports.floor import bare_page_pdf
from tests.reports.people import typical

LIMIT = 3.0


def cost(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.slow
def test_the_one_page_stays_within_twice_its_limit() -> None:
    page = typical()
    ours, bare = [], []
    # The two are interleaved, so that a busy machine slows both alike.
    for _ in range(12):
        bare.append(cost(lambda: bare_page_pdf(page)))
        ours.append(cost(lambda: summary_pdf(page, page_size="A4", at=AT, author="A")))

    assert statistics.median(ours) <= 2 * LIMIT * statistics.median(bare)
