"""The trends page over few and over many forms, side by side, and the rate at which these are seeded.

By hand, with lines for each number of forms beside the first: python -m tests.benchmarks.trends 10000 1000000. With the
name of a database behind them, SQLite or PostgreSQL, on that one only.
"""

import logging
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from clinic.app import create_app
from clinic.config import Settings
from clinic.core.scope import Role
from clinic.core.trends import EVERYBODY
from clinic.db import migrate
from clinic.db.session import begin_write, db
from clinic.services import rollup, trend_publishing, trends
from clinic.services.accounts import DEMO_DOMAIN, add_user
from clinic.services.seed import filling, people
from tests import postgres
from tests.benchmarks.measure import Pair, cpu, pairwise
from tests.benchmarks.report import machine, ms
from tests.benchmarks.walking import Form
from tests.factories import make_clinic

PASSWORD = "four words in a row"
MANAGER, CLINICIAN = (f"{who}@{DEMO_DOMAIN}" for who in ("manager", "clinician"))
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
SEED = 7
POOL = 600
DATABASES = ("SQLite", "PostgreSQL")
ADDRESSES = ("/trends", "/trends?by=quarter&mode=web", "/trends.csv", "/trends.pdf")


@dataclass(frozen=True, slots=True)
class Seeded:
    """A demo clinic with so many forms, counted and published; `rate` is forms written in a second."""

    app: Flask
    clinic_id: int
    client: FlaskClient
    forms: int
    rate: float

    def show(self, address: str) -> int:
        """Ask for a page as the manager, and return its size; every answer must be a good one."""
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise AssertionError(f"{address} answered {answer.status}.")
        return len(answer.data)

    def read(self) -> int:
        """Read the trends without their page; return how many series there are."""
        with self.app.app_context():
            return len(trends.read(db.session, self.clinic_id, "month", EVERYBODY, now=NOW).series)


@contextmanager
def seeded(forms: int, *, days: int = people.DAYS, url: str | None = None) -> Iterator[Seeded]:
    """Make a clinic with so many forms of so many days, on SQLite or on the empty database at `url`."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        address = url or f"sqlite:///{Path(folder) / 'clinic.sqlite3'}"
        keys, root = (Fernet.generate_key().decode(),), secrets.token_bytes(32)
        settings = Settings(Path(folder), address, is_demo=True, fernet_keys=keys, root_secret=root)
        app = create_app({"SETTINGS": settings, "CLOCK": lambda: NOW, "TESTING": True})
        migrate.upgrade(app)
        with app.app_context():
            clinic_id = _clinic()
            rate = _fill(clinic_id, forms, days)
            rollup.recount(db.session, clinic_id, NOW)
            trend_publishing.publish_clinic(db.session, clinic_id, now=NOW)
            db.session.commit()
        try:
            yield Seeded(app, clinic_id, _signed_in(app), forms, rate)
        finally:
            with app.app_context():
                db.engine.dispose()


@contextmanager
def on_both(
    counts: Sequence[int], *, days: int = people.DAYS, databases: Sequence[str] = DATABASES
) -> Iterator[Mapping[str, Sequence[Seeded]]]:
    """Make a clinic for each number of forms, on SQLite and on PostgreSQL."""
    with ExitStack() as stack:
        made: dict[str, list[Seeded]] = {}
        for name in databases:
            urls: list[str | None] = [None] * len(counts)
            if name == "PostgreSQL":
                server = stack.enter_context(postgres.server())
                urls = [postgres.new_database(server, f"trends{n}") for n in range(len(counts))]
            made[name] = [
                stack.enter_context(seeded(count, days=days, url=url)) for count, url in zip(counts, urls, strict=True)
            ]
        yield made


def flat(few: Seeded, many: Seeded, address: str = "/trends", *, turns: int) -> Pair:
    """Ask for a page over many forms beside the same over few, in turn; CPU seconds of this process.

    What the server of PostgreSQL does stands in a process of its own, and is not in it.
    """
    return pairwise(cpu(lambda: many.show(address)), cpu(lambda: few.show(address)), turns=turns)


def flat_read(few: Seeded, many: Seeded, *, turns: int) -> Pair:
    """Read the trends over many forms beside few, in turn; seconds of wall time, so that the database's are in it."""
    return pairwise(_wall(many.read), _wall(few.read), turns=turns)


def beside_raw(forms: int) -> Pair:
    """Return the wall time a form of seeding beside sqlite3's executemany with the very same rows, batch by batch."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file, raw_file = Path(folder) / "clinic.sqlite3", Path(folder) / "raw.sqlite3"
        keys, root = (Fernet.generate_key().decode(),), secrets.token_bytes(32)
        settings = Settings(Path(folder), f"sqlite:///{file}", fernet_keys=keys, root_secret=root)
        app = create_app({"SETTINGS": settings, "CLOCK": lambda: NOW})
        migrate.upgrade(app)
        with app.app_context():
            clinic_id = _clinic()
            with closing(sqlite3.connect(file)) as source:
                source.execute("VACUUM INTO ?", (str(raw_file),))
            found = _both(clinic_id, forms, raw_file)
            db.engine.dispose()
    return found


def _both(clinic_id: int, forms: int, raw_file: Path) -> Pair:
    written: list[tuple[str, list[tuple[Any, ...]]]] = []

    def note(_one: object, _two: object, statement: str, rows: Any, _context: object, is_many: bool) -> None:
        if is_many and statement.startswith("INSERT"):
            written.append((statement, rows))

    seed_time = raw_time = 0.0
    event.listen(db.engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(raw_file, isolation_level=None)) as raw:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            raw.execute(f"PRAGMA {pragma}")
        begin_write(db.session)
        seeding = filling.begin(db.session, clinic_id, SEED, NOW, pool_size=POOL)
        db.session.commit()
        batches = seeding.batches(forms, 4000)
        while True:
            began = time.perf_counter()
            batch = next(batches, None)
            if batch is None:
                break
            _write(seeding, batch)
            seed_time += time.perf_counter() - began
            began = time.perf_counter()
            raw.execute("BEGIN IMMEDIATE")
            for statement, rows in written:
                raw.executemany(statement, rows)
            raw.execute("COMMIT")
            raw_time += time.perf_counter() - began
            written.clear()
    event.remove(db.engine, "before_cursor_execute", note)
    return Pair(seed_time / forms, raw_time / forms, seed_time / raw_time)


def _clinic() -> int:
    clinic = make_clinic(db.session, ready=True, is_demo=True)
    for email, role in ((MANAGER, Role.MANAGER), (CLINICIAN, Role.CLINICIAN)):
        person: dict[str, Any] = {"email": email, "display_name": "Alex Novak", "roles": [role], "password": PASSWORD}
        add_user(db.session, clinic_id=clinic.id, now=NOW, **person)
    clinic_id = clinic.id
    db.session.commit()
    return clinic_id


def _fill(clinic_id: int, forms: int, days: int) -> float:
    begin_write(db.session)
    seeding = filling.begin(db.session, clinic_id, SEED, NOW, pool_size=POOL)
    db.session.commit()
    began = time.perf_counter()
    for batch in seeding.batches(forms, days=days):
        _write(seeding, batch)
    taken = time.perf_counter() - began
    begin_write(db.session)
    return forms / taken


def _write(seeding: filling.Seeding, batch: list[people.Patient]) -> None:
    begin_write(db.session)
    seeding.write(db.session, batch, NOW)
    db.session.commit()


def _signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    form = Form(client.get("/login").text)
    answer = client.post("/login", data={**form.hidden, "email": MANAGER, "password": PASSWORD})
    if answer.status_code not in (302, 303):
        raise AssertionError(f"Signing in answered {answer.status}.")
    return client


def _wall(work: Callable[[], object]) -> Callable[[], float]:
    def timed() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return timed


def main(counts: Sequence[int], databases: Sequence[str]) -> None:
    """Print, for both databases, every page over many forms beside the first and fewest."""
    logging.disable(logging.INFO)
    with on_both(counts, databases=databases) as made:
        for name, clinics in made.items():
            few, *others = clinics
            for many in others:
                for address in ADDRESSES:
                    found = flat(few, many, address, turns=15)
                    print(
                        f"{name}, {address}: {many.forms:,} forms {ms(found.figure)}, "
                        f"{few.forms:,} forms {ms(found.floor)}, {found.ratio:.2f} x"
                    )
                found = flat_read(few, many, turns=15)
                print(f"{name}, reading alone, wall: {ms(found.figure)} beside {ms(found.floor)}, {found.ratio:.2f} x")
                print(f"{name}, seeding {many.forms:,} forms: {many.rate:,.0f}/s", flush=True)
    print(f"Measured {machine()}.")


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    main(numbers or [10_000, 1_000_000], [one for one in DATABASES if one in sys.argv] or DATABASES)
