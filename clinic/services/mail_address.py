"""E-mail addresses as they are kept: in the plain letters in which mail servers are spoken to."""

from email_validator import EmailNotValidError, validate_email


def plain_address(text: str) -> str | None:
    """Return an address in ASCII, a domain of other letters in its coded form; None where no letter can be sent to it.

    Letters beyond ASCII before the @ need an extension of SMTP that is not spoken here.
    """
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None
