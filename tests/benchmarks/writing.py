"""Submitting forms beside raw sqlite3 that repeats the same statements, with one client, eight and fifty."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import event

from clinic.core.answers import AnswerSet, read
from clinic.db.models import Visit
from clinic.db.session import begin_write, db
from clinic.instruments.catalogue import current
from clinic.services import assessments
from tests.benchmarks.installation import NOW, Installation, OpenLink
from tests.benchmarks.measure import Pair, percentile, settled
from tests.benchmarks.person import usual_answers
from tests.factories import make_assessment

Statement = tuple[str, Any]
WRITES = ("INSERT", "UPDATE", "DELETE")
# Everything that sending a form changes, so that the same forms can be sent again.
RESET = (
    "DELETE FROM assessment_score",
    "UPDATE assessment SET state = 'draft', submitted_at = NULL, completion = NULL, responded = NULL, revision = 0",
)


@dataclass(frozen=True, slots=True)
class Forms:
    """Filled-in forms in two databases with the same rows: one for the product, one for raw sqlite3.

    `writes` are the statements with which the product sends each form.
    """

    made: Installation
    links: Sequence[OpenLink]
    raw_file: Path
    writes: Sequence[Sequence[Statement]]

    def send(self, number: int) -> None:
        """Send a form as its page does: load it, score it, store it, commit."""
        with self.made.app.app_context():
            begin_write(db.session)
            form = assessments.load(db.session, self.links[number].link_id, now=NOW)
            assessments.submit(db.session, form, language="en", now=NOW)
            db.session.commit()

    def reset(self) -> None:
        """Make every form a draft again, in both databases, and begin with empty write-ahead logs."""
        for file in (self.made.file, self.raw_file):
            with closing(connect(file)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                for statement in RESET:
                    connection.execute(statement)
                connection.execute("COMMIT")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def filled_in() -> AnswerSet:
    """Return a form with every question answered, and nothing in it that raises an alert."""
    instrument = current()
    text = {"TXT": "Mornings are the worst. I skip the tablets because they make me feel sick."}
    ticks = ["MED.side_effects", "DLY.disruption_of_routines", "ACC.waiting_times", "ADH.motivation_issues"]
    document = {"answers": usual_answers(), "ticks": ticks, "picks": ["ADH", "MED"], "respondent": "self", "text": text}
    return read(instrument, document)


def prepare(made: Installation, count: int) -> Forms:
    """Fill in forms, note what sending each one writes, and lay a copy of the database beside it for raw sqlite3."""
    # Whoever sends a form has not sent a hundred others this year.
    links = made.open_links(count, apart=True)
    given, digest = filled_in(), current().digest
    with made.app.app_context():
        for link in links:
            visit = db.session.get_one(Visit, link.visit_id)
            own = {"instrument_digest": digest, "respondent": given.respondent}
            make_assessment(db.session, visit, given, started_at=NOW, saved_at=NOW, **own)
        db.session.commit()
    raw_file = made.file.with_name("raw.sqlite3")
    with closing(connect(made.file)) as connection:
        connection.execute("VACUUM INTO ?", (str(raw_file),))
    writes = []
    forms = Forms(made, links, raw_file, writes)
    for number in range(count):
        with _noted(made) as noted:
            forms.send(number)
        writes.append(noted)
    forms.reset()
    return forms


def one_client(forms: Forms) -> Pair:
    """Send the forms one after the other, each beside its raw twin; seconds of wall time.

    A durable commit waits for the disk, which CPU time does not see; the ratio of each pair is of one moment.
    """
    forms.reset()
    product, raw = [], []
    with closing(connect(forms.raw_file)) as connection, settled():
        for number in range(len(forms.links)):
            turns: list[Callable[[], None]] = [
                lambda n=number: product.append(_wall(lambda: forms.send(n))),
                lambda n=number: raw.append(_wall(lambda: replay(connection, forms.writes[n]))),
            ]
            for turn in turns if number % 2 else reversed(turns):
                turn()
    warm = len(product) // 10
    return _share(product[warm:], raw[warm:])


def many_clients(forms: Forms, clients: int, turns: int) -> Pair:
    """Let some clients send all forms at once, in turn with as many raw connections; seconds of wall time a form."""
    product, raw = [], []
    connections = [connect(forms.raw_file) for _ in range(clients)]
    with settled():
        for turn in range(turns + 1):
            forms.reset()
            first, second = _burst_of_product, _burst_of_raw
            for burst in (first, second) if turn % 2 else (second, first):
                (product if burst is first else raw).append(burst(forms, connections) / len(forms.links))
    for connection in connections:
        connection.close()
    return _share(product[1:], raw[1:])


@dataclass(frozen=True, slots=True)
class Crowd:
    """How long senders waited who all began at once, in seconds of wall time; `errors` tells who got none."""

    p50: float
    p99: float
    errors: Sequence[str]


def crowd(forms: Forms, writers: int) -> Crowd:
    """Let fifty writers, or as many as are asked for, send their forms without a pause between."""
    forms.reset()
    waits: list[float] = []
    errors: list[str] = []

    def send(number: int) -> None:
        try:
            waits.append(_wall(lambda: forms.send(number)))
        except Exception as error:  # Whatever goes wrong for one of them is what is counted.
            errors.append(repr(error))

    _together(writers, len(forms.links), send)
    return Crowd(percentile(waits, 0.5), percentile(waits, 0.99), errors)


def connect(file: Path) -> sqlite3.Connection:
    """Return a bare connection that keeps data as safely as the product's does."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def replay(connection: sqlite3.Connection, writes: Sequence[Statement]) -> None:
    """Write in one transaction what the product wrote."""
    connection.execute("BEGIN IMMEDIATE")
    for statement, parameters in writes:
        if isinstance(parameters, list):
            connection.executemany(statement, parameters)
        else:
            connection.execute(statement, parameters)
    connection.execute("COMMIT")


@contextmanager
def _noted(made: Installation) -> Iterator[list[Statement]]:
    noted: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            noted.append((statement, parameters))

    with made.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _burst_of_product(forms: Forms, connections: Sequence[sqlite3.Connection]) -> float:
    return _together(len(connections), len(forms.links), forms.send)


def _burst_of_raw(forms: Forms, connections: Sequence[sqlite3.Connection]) -> float:
    count = len(connections)
    return _together(count, len(forms.links), lambda n: replay(connections[n % count], forms.writes[n]))


def _together(clients: int, count: int, work: Callable[[int], object]) -> float:
    """Share out the numbers among clients that begin at once; return the wall time until the last has ended."""
    start = threading.Barrier(clients + 1)

    def client(own: int) -> None:
        start.wait(timeout=60)
        for number in range(own, count, clients):
            work(number)

    with ThreadPoolExecutor(clients) as pool:
        done = [pool.submit(client, own) for own in range(clients)]
        start.wait(timeout=60)
        began = time.perf_counter()
        for one in done:
            one.result()
        return time.perf_counter() - began


def _wall(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _share(product: Sequence[float], raw: Sequence[float]) -> Pair:
    ratios = [one / other for one, other in zip(product, raw, strict=True)]
    return Pair(median(product), median(raw), median(ratios))
