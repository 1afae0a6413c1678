"""Hand messages to a mail server by SMTP, over TLS unless the installation says otherwise."""

import contextlib
import smtplib
import ssl
from datetime import datetime

from clinic.config import MailSettings
from clinic.mail.letter import Letter, Undelivered

# Each step of the talk with the server; all of them together stay within a message's lease.
SECONDS = 10.0


class SmtpChannel:
    """One connection to a mail server, opened with the first letter and used for those that follow."""

    def __init__(self, mail: MailSettings) -> None:
        """Make it for a mail server."""
        self._mail = mail
        self._server: smtplib.SMTP | None = None

    def send(self, letter: Letter, now: datetime) -> None:
        """Hand over a letter; raises Undelivered."""
        message = letter.written(self._mail.sender, now)
        server = self._connected()
        try:
            server.send_message(message, self._mail.sender, [letter.recipient])
        except smtplib.SMTPRecipientsRefused as error:
            raise Undelivered(f"recipient {next(iter(error.recipients.values()))[0]}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise Undelivered("recipient") from error
        except smtplib.SMTPSenderRefused as error:
            raise Undelivered(f"sender {error.smtp_code}", is_for_all=True) from error
        except smtplib.SMTPDataError as error:
            raise Undelivered(f"message {error.smtp_code}") from error
        except UnicodeError as error:
            raise Undelivered("message") from error
        except OSError as error:
            raise Undelivered("unreachable", is_for_all=True) from error

    def check(self) -> None:
        """Reach the server and sign in, without sending anything; raises Undelivered."""
        self._connected()

    def close(self) -> None:
        """Take leave of the server, whatever it thinks of that."""
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(OSError):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            return self._server
        mail = self._mail
        # A name that is given keeps smtplib from asking the network for one, which may take longer than the talk.
        name = mail.sender.rpartition("@")[2]
        try:
            context = ssl.create_default_context()
            if mail.security == "tls":
                self._server = smtplib.SMTP_SSL(mail.host, mail.port, name, timeout=SECONDS, context=context)
            else:
                self._server = smtplib.SMTP(mail.host, mail.port, name, timeout=SECONDS)
            if mail.security == "starttls":
                self._start_tls(self._server, context)
        except ssl.SSLError as error:
            self.close()
            raise Undelivered("tls", is_for_all=True) from error
        except OSError as error:
            self.close()
            raise Undelivered("unreachable", is_for_all=True) from error
        self._sign_in(self._server)
        return self._server

    def _start_tls(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        try:
            server.starttls(context=context)
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
            self.close()
            raise Undelivered("tls", is_for_all=True) from error

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not self._mail.user:
            return
        try:
            server.login(self._mail.user, self._mail.password)
        except OSError as error:
            self.close()
            is_gone = isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException)
            raise Undelivered("unreachable" if is_gone else "sign_in", is_for_all=True) from error
