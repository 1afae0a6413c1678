"""The server serves this machine in clear and others only behind TLS, and a stop finishes what is under way."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from clinic.config import SettingsError
from clinic.web.server import is_loopback, serve

ROOT = Path(__file__).resolve().parents[2]
# One slow page stands for a form that is being saved when the stop comes.
PROGRAM = """
import sys, time
from flask import Flask
from clinic.web.server import serve
app = Flask("slow")
app.config["BEHIND_TLS"] = False
@app.get("/quick")
def quick():
    return "here"
@app.get("/slow")
def slow():
    time.sleep(2)
    return "saved"
serve(app, "127.0.0.1", int(sys.argv[1]))
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback_addresses_reach_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "clinic.example", ""])  # noqa: S104
def test_other_addresses_are_refused_without_tls(host: str) -> None:
    app = Flask("test")
    app.config["BEHIND_TLS"] = False
    with pytest.raises(SettingsError, match="CLINIC_BEHIND_TLS=1"):
        serve(app, host, 8000)


@pytest.mark.slow
def test_sigterm_answers_the_request_under_way_and_stops_within_thirty_seconds() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], cwd=ROOT) as process:
        try:
            _wait_for(f"{address}/quick")
            with ThreadPoolExecutor(1) as pool:
                answer = pool.submit(_read, f"{address}/slow")
                time.sleep(0.7)
                process.send_signal(signal.SIGTERM)
                assert answer.result(timeout=20) == "saved"
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 (an address of this test)
        text: str = answer.read().decode()
    return text


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            _read(address)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The server did not start.")
