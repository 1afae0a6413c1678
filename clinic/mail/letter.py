"""One message as it is handed to a mail server, and why it may not have got there."""

from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

# What the library raises for an address or words that it cannot write, with AttributeError by its own mistake.
_UNWRITABLE = (ValueError, IndexError, AttributeError, MessageError)
REASONS = ("no_server", "unreachable", "tls", "sign_in", "sender", "recipient", "message", "damaged")


class Undelivered(Exception):
    """A letter did not get there; `reason` is one of REASONS, perhaps with the mail server's number, and names nobody.

    `is_for_all` tells that no other letter would get there now either.
    """

    def __init__(self, reason: str, *, is_for_all: bool = False) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason
        self.is_for_all = is_for_all


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person; `message_id` is the same however often it is sent, and tells nothing of its cause."""

    message_id: str
    sender_name: str
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)

    def written(self, sender: str, now: datetime) -> EmailMessage:
        """Return the message as it travels, from the plain address `sender`; raises Undelivered.

        Its headers cannot be split: the library refuses a line break in any of them.
        """
        message = EmailMessage()
        try:
            message["To"] = Address(addr_spec=self.recipient)
        except _UNWRITABLE as error:
            raise Undelivered("recipient") from error
        try:
            message["From"] = Address(self.sender_name, addr_spec=sender)
            message["Subject"] = self.subject
            message.set_content(self.text)
        except _UNWRITABLE as error:
            raise Undelivered("message") from error
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{self.message_id}@{sender.rpartition('@')[2]}>"
        # Answering machines do not answer this.
        message["Auto-Submitted"] = "auto-generated"
        return message
