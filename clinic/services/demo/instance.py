"""Keep beside the database what the demo must remember, and tell whether an installation may become or be a demo."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, inspect, text

from clinic.config import DEMO_FLAG

SHEET = "demo.json"

Found = Literal["empty", "demo", "other"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What one demo goes on from; `unfinished` are the forms that it left open on `day`, the last one it made."""

    seed: int
    began_on: date
    day: date
    unfinished: tuple[int, ...] = ()


def recall(instance: Path) -> Memory | None:
    """Return what a demo remembers, or None where there is none or it cannot be read."""
    try:
        raw = json.loads((instance / DEMO_FLAG).read_text(encoding="utf-8"))
        return Memory(
            int(raw["seed"]),
            date.fromisoformat(raw["began_on"]),
            date.fromisoformat(raw["day"]),
            tuple(int(one) for one in raw["unfinished"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(instance: Path, memory: Memory | None) -> None:
    """Mark an instance as a demo, with what it must remember."""
    _write(instance / DEMO_FLAG, {} if memory is None else asdict(memory))


def write_sheet(instance: Path, sheet: dict[str, Any]) -> Path:
    """Write the addresses, accounts and links of the demo where others look for them."""
    _write(instance / SHEET, sheet)
    return instance / SHEET


def look(connection: Connection) -> Found:
    """Tell whether a database is empty, holds a demo and nothing else, or is somebody's own."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return "empty"
    if "clinic" not in tables:
        return "other"
    kinds = set(connection.execute(text("SELECT is_demo FROM clinic")).scalars())
    if not kinds:
        return "empty"
    return "demo" if all(kinds) else "other"


def _write(file: Path, content: dict[str, Any]) -> None:
    # It appears whole or not at all: whoever waits for it never reads half of it.
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    # It may hold passwords and links, so it is made for its owner alone, before there is anything in it.
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as sealed:
        sealed.write(json.dumps(content, indent=2, default=str) + "\n")
    os.replace(draft, file)
