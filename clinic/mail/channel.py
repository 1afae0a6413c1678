"""The way out of this installation: a mail server, the terminal, or none."""

from datetime import datetime
from typing import Protocol

from clinic.config import MailSettings
from clinic.mail.console import ConsoleChannel
from clinic.mail.letter import Letter, Undelivered
from clinic.mail.smtp import SmtpChannel


class Channel(Protocol):
    """A way out that is used for some letters and then closed; used by one thread."""

    def send(self, letter: Letter, now: datetime) -> None:
        """Hand over a letter; raises Undelivered."""

    def check(self) -> None:
        """Try the way without sending anything; raises Undelivered."""

    def close(self) -> None:
        """Let go of what was opened."""


class NoChannel:
    """What stands in where nobody has said how messages leave: nothing does, and everything waits."""

    def send(self, letter: Letter, now: datetime) -> None:
        """Refuse."""
        self.check()

    def check(self) -> None:
        """Refuse."""
        raise Undelivered("no_server", is_for_all=True)

    def close(self) -> None:
        """Have nothing to let go of."""


def open_channel(mail: MailSettings | None) -> Channel:
    """Return the way out that an installation's settings name; it is opened with the first letter."""
    if mail is None:
        return NoChannel()
    return SmtpChannel(mail) if mail.host else ConsoleChannel(mail)
