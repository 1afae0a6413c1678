"""Measure a figure and its floor turn by turn in one run, in CPU time, so that a busy machine tilts neither."""

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from statistics import median

# Runs once and returns the seconds that count; what it prepares before does not.
Timed = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure beside its floor: medians in seconds, and the median of the turn-by-turn ratios."""

    figure: float
    floor: float
    ratio: float


def cpu(work: Callable[[], object], times: int = 1) -> Timed:
    """Time a piece of work in CPU seconds of this process, as the mean of some repeats."""

    def timed() -> float:
        start = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - start) / times

    return timed


def pairwise(figure: Timed, floor: Timed, *, turns: int, warm_up: int = 3) -> Pair:
    """Run both in turn, each first every other time; `warm_up` turns before do not count."""
    figures, floors = [], []
    with settled():
        for _ in range(warm_up):
            figure()
            floor()
        for turn in range(turns):
            if turn % 2:
                figures.append(figure())
                floors.append(floor())
            else:
                floors.append(floor())
                figures.append(figure())
    ratios = [one / other for one, other in zip(figures, floors, strict=True)]
    return Pair(median(figures), median(floors), median(ratios))


def best_of(measure: Callable[[], Pair], limit: float, *, tries: int = 3) -> Pair:
    """Return the first measurement within a limit, else the best: what disturbs a machine only ever slows it."""
    found: list[Pair] = []
    while len(found) < tries and not (found and found[-1].ratio <= limit):
        found.append(measure())
    return min(found, key=lambda pair: pair.ratio)


@contextmanager
def settled() -> Iterator[None]:
    """Set aside the garbage of what came before, and whoever traces this run for its coverage.

    New garbage is collected, and paid for, as in production.
    """
    own, of_threads = sys.gettrace(), threading.gettrace()
    gc.collect()
    gc.freeze()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        threading.settrace(of_threads)  # type: ignore[arg-type]
        sys.settrace(own)
        gc.unfreeze()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
