"""What is kept secret at rest: encrypted column types, and the keyring they reach through the dialect."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Self
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Engine, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from clinic.config import Settings
from clinic.core.errors import DamagedRecord

# Without I, L, O, U, 0 and 1, a code that is read from paper can be typed in one way only.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
CODE_LENGTH = 8
TOKEN_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one installation: records by Fernet, search indexes and links by HMAC-SHA256."""

    records: MultiFernet = field(repr=False)
    index_key: bytes = field(repr=False)
    link_key: bytes = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the keyring of an installation's settings."""
        records = MultiFernet([Fernet(key) for key in settings.fernet_keys])
        return cls(records, settings.derived("index"), settings.derived("link"))

    def seal(self, text: str) -> str:
        """Return text encrypted with the newest key."""
        return self.records.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return text as it was before `seal`.

        Raises DamagedRecord where the stored value was changed or belongs to a key that is not here.
        """
        try:
            return self.records.decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError) as error:
            raise DamagedRecord(
                "A stored record is damaged or was written with another key. Restore it from a backup."
            ) from error

    def digest(self, purpose: str, value: str) -> str:
        """Return the hex HMAC by which an encrypted value is found; purposes never share a digest."""
        return hmac.new(self.index_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def link_token(self, salt: str) -> str:
        """Return the secret of a link's address, 192 bits, from its stored salt."""
        return base64.urlsafe_b64encode(self._link(b"token:", salt)).decode("ascii")[:TOKEN_LENGTH]

    def short_code(self, salt: str) -> str:
        """Return the eight characters that stand for a link on paper, from its stored salt."""
        number = int.from_bytes(self._link(b"code:", salt), "big")
        letters = []
        for _ in range(CODE_LENGTH):
            number, index = divmod(number, len(CODE_LETTERS))
            letters.append(CODE_LETTERS[index])
        return "".join(letters)

    def code_hash(self, clinic_id: int, code: str) -> str:
        """Return what is stored of a short code; capitals, spaces and hyphens make no difference."""
        plain = "".join(letter for letter in code.upper() if letter.isalnum())
        return self.digest(f"code:{clinic_id}", plain)

    def _link(self, label: bytes, salt: str) -> bytes:
        return hmac.new(self.link_key, label + salt.encode(), hashlib.sha256).digest()


def new_salt() -> str:
    """Return the random salt of a new link, 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored of a token that is already random: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# A column type is given the dialect with every value, and each engine has its own: so two applications in one
# process keep their keys apart, threads share them, and nothing has to be set before a query.
_KEYRINGS: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()


def install(engine: Engine, keyring: Keyring) -> None:
    """Let the encrypted columns of this engine use a keyring."""
    _KEYRINGS[engine.dialect] = keyring


def keyring_of(session: Session) -> Keyring:
    """Return the keyring of a session's engine."""
    return _keyring(session.get_bind().dialect)


def _keyring(dialect: Dialect) -> Keyring:
    try:
        return _KEYRINGS[dialect]
    except KeyError:
        raise RuntimeError("This engine has no keyring: call clinic.db.crypto.install first.") from None


class EncryptedText(TypeDecorator[str]):
    """Text that is encrypted in the database.

    Reading a damaged value raises DamagedRecord; with `lenient` it reads as None, so that one damaged name does
    not take a whole list with it.
    """

    impl = Text
    cache_ok = True

    def __init__(self, *, lenient: bool = False) -> None:
        """Make the type."""
        super().__init__()
        self.lenient = lenient

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt a value on its way in."""
        return None if value is None else _keyring(dialect).seal(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Decrypt a value on its way out."""
        if value is None:
            return None
        try:
            return _keyring(dialect).open(value)
        except DamagedRecord:
            if self.lenient:
                return None
            raise


class EncryptedJSON(TypeDecorator[Any]):
    """A JSON value that is encrypted in the database; replace it whole: changes inside it are not seen."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Encrypt a value on its way in."""
        if value is None:
            return None
        return _keyring(dialect).seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        """Decrypt a value on its way out."""
        return None if value is None else json.loads(_keyring(dialect).open(value))
