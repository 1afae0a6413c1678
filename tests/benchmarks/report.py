"""The lines of the report: each figure beside its floor and its limit, and the machine that they were measured on."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HEADINGS = ("what", "measured", "floor", "ratio", "asked", "holds")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in words; a gate is one of the four that must hold.

    `holds` is None where nothing is asked, or where nothing could be measured.
    """

    what: str
    measured: str
    floor: str
    ratio: str
    asked: str
    holds: bool | None
    is_gate: bool = False

    def cells(self) -> tuple[str, ...]:
        """Return the line as the table shows it."""
        verdict = {True: "yes", False: "NO", None: ""}[self.holds]
        what = f"{self.what} (gate)" if self.is_gate else self.what
        return what, self.measured, self.floor, self.ratio, self.asked, verdict


def ms(seconds: float) -> str:
    """Return a time in milliseconds with three figures."""
    value = seconds * 1000
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def table(lines: Sequence[Line]) -> str:
    """Return the report as a table that reads well as it is, and as Markdown."""
    rows = [HEADINGS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    written = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    written.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(written)


def machine() -> str:
    """Return what the figures depend on, without the name of the machine."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("Flask", "SQLAlchemy", "reportlab"))
    return (
        f"{datetime.now(UTC).date()} on {os.cpu_count()} cores of {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
