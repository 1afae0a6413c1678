"""Start `clinic serve` as a clinic does: how long until it answers, and how much memory it holds when idle."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from clinic.config import DATABASE_FILE, KEYS_FOLDER, make_keys
from tests.benchmarks.installation import Installation

PATIENCE = 60.0
SETTLING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Served:
    """Seconds of wall time until the first answer, and the proportional share of memory in MiB; None off Linux."""

    first_answer: float
    pss: float | None


def serve_once(made: Installation, folder: Path) -> Served:
    """Start the command on a copy of an installation's database with keys of its own, and stop it again."""
    folder.mkdir()
    (folder / DATABASE_FILE).write_bytes(made.file.read_bytes())
    make_keys(folder / KEYS_FOLDER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CLINIC_KEYS")}
    began = time.perf_counter()
    server = subprocess.Popen(
        [Path(sys.executable).with_name("clinic"), "serve", "--port", str(port)],
        env=environment | {"CLINIC_INSTANCE": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/help", server)
        first_answer = time.perf_counter() - began
        time.sleep(SETTLING_SECONDS)
        return Served(first_answer, _pss(server.pid))
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 (our own address)
                answer.read()
                return
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.01)
    raise AssertionError(f"clinic serve did not answer on {address}.")


def _pss(process: int) -> float | None:
    """Return the memory of a process and its children in MiB, shared pages by their share."""
    total = 0
    for one in (process, *_children(process)):
        file = Path(f"/proc/{one}/smaps_rollup")
        if not file.exists():
            return None
        total += next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith("Pss:"))
    return total / 1024


def _children(process: int) -> list[int]:
    file = Path(f"/proc/{process}/task/{process}/children")
    direct = [int(one) for one in file.read_text().split()] if file.exists() else []
    return direct + [further for one in direct for further in _children(one)]
