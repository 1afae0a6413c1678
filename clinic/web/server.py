"""Serve the application by waitress, and let a stop finish what is under way."""

import ipaddress
import logging
import signal
from types import FrameType

import waitress
from flask import Flask

from clinic.config import SettingsError

THREADS = 8
# Flask refuses a page's body long before; this one only bounds what the server will hold.
LARGEST_BUFFER = 8 * 1024 * 1024
log = logging.getLogger(__name__)
# How long its queue is interests nobody who reads the terminal; slow pages show in other ways.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def serve(app: Flask, host: str, port: int) -> None:
    """Answer requests until SIGTERM or Ctrl+C, then finish those under way and return.

    Raises SettingsError where others than this machine would be served without TLS.
    """
    if not app.config["BEHIND_TLS"] and not is_loopback(host):
        raise SettingsError(
            f"{host} can be reached by others, and answers must not travel in clear: put a proxy that ends TLS in "
            "front and say so with CLINIC_BEHIND_TLS=1, or serve on 127.0.0.1."
        )
    server = waitress.create_server(
        app,
        host=host,
        port=port,
        threads=THREADS,
        ident=None,
        max_request_body_size=LARGEST_BUFFER,
        clear_untrusted_proxy_headers=not app.config["BEHIND_TLS"],
    )
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        server.run()
    finally:
        signal.signal(signal.SIGTERM, before)
        server.close()
    log.info("Stopped")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # waitress answers what is under way when its loop ends by SystemExit.
    raise SystemExit(0)
