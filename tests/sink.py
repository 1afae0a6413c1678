"""A real mail server on this machine that keeps what it is given, and can be told to refuse or to be away."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from clinic.config import MailSettings

USER, PASSWORD = "clinic", "four words in a row"


class Sink:
    """A mail server; `refused` maps an address to the answer that it gets, `delay` is how long it thinks in seconds."""

    def __init__(self, *, delay: float = 0, **options: Any) -> None:
        self.port = free_port()
        self.delay = delay
        self.refused: dict[str, str] = {}
        self.letters: list[EmailMessage] = []
        self.connections = 0
        self.on_letter: Callable[[], None] = lambda: None
        self._options = options
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    def open(self) -> None:
        options: dict[str, Any] = {"hostname": "127.0.0.1", "port": self.port} | self._options
        self._controller = Controller(self, **options)
        self._controller.start()

    def shut(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def ids(self) -> list[str]:
        """Return the Message-ID of all that came, in order."""
        return [str(one["Message-ID"]) for one in self.letters]

    async def handle_EHLO(  # noqa: N802 (the library calls these by such names)
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refused.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        with self._lock:
            self.letters.append(letter)
        self.on_letter()
        await asyncio.sleep(self.delay)
        return "250 Kept"

    def mail(self, **changes: Any) -> MailSettings:
        """Return settings that lead here."""
        values: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "sender": "forms@harbour.example"}
        return MailSettings(**values | changes)


def with_password(context: ssl.SSLContext) -> Sink:
    """Return a server that takes letters only over TLS, from who signs in."""

    def sign_in(_server: Any, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        is_right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    return Sink(authenticator=sign_in, auth_required=True, tls_context=context, require_starttls=True)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
