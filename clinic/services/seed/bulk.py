"""Write many rows at once at the speed of the driver: executemany on SQLite, COPY on PostgreSQL."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from clinic.db.base import Base

Rows = Sequence[Sequence[Any]]
# SQLite keeps so many KiB of the file at hand, and so many pages of changes before it moves them into the file: the
# indexes are written all over, and a page that is changed by several batches is then moved only once.
_CACHE, _LOG_PAGES = 96 * 1024, 40_000


def table_of(model: type[Base]) -> Table:
    """Return the bare table of a model."""
    return cast(Table, model.__table__)


def reserve(session: Session, model: type[Base], count: int) -> Sequence[int]:
    """Return ids that no other row has or will get; the transaction must be a writing one."""
    if not count:
        return ()
    table = table_of(model)
    if session.get_bind().dialect.name == "postgresql":
        # One statement takes all of them out of the sequence, whoever else writes at the same time.
        taken = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return session.scalars(taken, {"name": f'"{table.name}"', "count": count}).all()
    first = (session.scalar(select(func.max(table.c.id))) or 0) + 1
    return range(first, first + count)


def make_room(session: Session) -> None:
    """Let the connection at hand take many rows in one transaction after the other."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE}")
        connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")


def insert(session: Session, model: type[Base], columns: Sequence[str], rows: Rows) -> None:
    """Write rows; their values are what the driver takes: moments and secrets have gone through `bound` before."""
    if not rows:
        return
    connection = session.connection()
    table = table_of(model)
    # A column of a wrong name is a mistake here, and must not reach the database as text.
    named = [table.c[one].name for one in columns]
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(map(quote, named))})"
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.close()
        return
    marks = ", ".join("?" * len(named))
    connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", list(map(tuple, rows)))  # noqa: S608


def bound(session: Session, model: type[Base], column: str) -> Any:
    """Return the function by which the driver is handed one value of a column."""
    dialect = session.get_bind().dialect
    process = table_of(model).c[column].type.dialect_impl(dialect).bind_processor(dialect)
    return process or (lambda value: value)
