"""Print messages instead of sending them, for the demo and for development."""

import logging
from datetime import datetime

from clinic.config import MailSettings
from clinic.mail.letter import Letter

log = logging.getLogger(__name__)


class ConsoleChannel:
    """A way out that ends at the terminal."""

    def __init__(self, mail: MailSettings) -> None:
        """Make it for the address that messages come from."""
        self._sender = mail.sender

    def send(self, letter: Letter, now: datetime) -> None:
        """Print a letter; raises Undelivered where no mail server could take it."""
        message = letter.written(self._sender, now)
        log.info("To: %s\nSubject: %s\n\n%s", message["To"], message["Subject"], letter.text)

    def check(self) -> None:
        """Be there always."""

    def close(self) -> None:
        """Have nothing to let go of."""
