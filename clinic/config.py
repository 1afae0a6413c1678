"""The settings of one installation, read from the environment and its instance folder."""

import base64
import binascii
import os
import re
import secrets
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DATABASE_FILE = "clinic.sqlite3"
KEYS_FOLDER = "keys"
ROOT_FILE = "root.secret"
DEMO_FLAG = "is-demo"
_POSTGRES = "postgresql+psycopg"
KEY_BYTES = 32
# Letters that cannot end a header or begin another address; the mail library cannot write two dots in a row.
_ADDRESS = re.compile(
    r"(?!.*\.\.)"
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)
# A random key of 32 bytes has about 30 different ones; a typed or repeated one falls far below this.
FEWEST_DIFFERENT_BYTES = 12


class SettingsError(Exception):
    """The installation cannot start; the text is one plain line that says what to do."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How messages leave: by the mail server at `host`, or onto the terminal where `host` is empty.

    `sender` is the address that they come from.
    """

    host: str = ""
    port: int = 0
    security: Literal["tls", "starttls", "none"] = "none"
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    sender: str = "no-reply@localhost"


@dataclass(frozen=True, slots=True)
class Settings:
    """What one installation runs with; secrets never show in its repr.

    `fernet_keys` are newest first: the first one encrypts, all of them decrypt. The other keys are derived from
    `root_secret` (32 bytes), so that rotating `fernet_keys` keeps search indexes, links and sessions valid.
    """

    instance: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    is_demo: bool = False
    behind_tls: bool = False
    public_url: str = ""
    mail: MailSettings | None = None
    fernet_keys: tuple[str, ...] = field(default=(), repr=False)
    root_secret: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Refuse missing and weak secrets, however the settings were made."""
        if not self.fernet_keys:
            raise SettingsError("No encryption key: set CLINIC_KEYS, or put the keys folder back into the instance.")
        for number, key in enumerate(self.fernet_keys, start=1):
            _strong(key, f"Encryption key {number}")
        _enough(self.root_secret, "The root secret")

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is an embedded file."""
        return self.database_url.startswith("sqlite")

    @property
    def origin(self) -> str:
        """Return where people reach this installation, as the links in messages begin."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def derived(self, label: str) -> bytes:
        """Return the 32-byte key of this purpose (HKDF-SHA256 of the root secret; RFC 5869)."""
        info = f"barrier-check {label}".encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self.root_secret)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this installation, making its keys on the very first start.

    Raises SettingsError, in one plain line, for anything missing, unreadable or weak.
    """
    given = os.environ if environ is None else environ
    instance = _instance(given)
    url = given.get("DATABASE_URL", "").strip()
    is_demo = (instance / DEMO_FLAG).exists()
    keys = tuple(one.strip() for one in given.get("CLINIC_KEYS", "").split(",") if one.strip())
    root = given.get("CLINIC_ROOT_SECRET", "").strip()
    folder = instance / KEYS_FOLDER
    if not (keys and root) and not folder.is_dir():
        # New keys beside an old database would lock its records away and mix two sets of them.
        if not url and (instance / DATABASE_FILE).exists():
            raise SettingsError(f"{folder} is missing, so the records cannot be read: put it back from a backup.")
        make_keys(folder, root_only=bool(keys))
    return Settings(
        instance=instance,
        database_url=_database_url(url, instance),
        host=given.get("CLINIC_HOST", "").strip() or "127.0.0.1",
        port=_port(given.get("CLINIC_PORT", "").strip() or "8000"),
        is_demo=is_demo,
        behind_tls=given.get("CLINIC_BEHIND_TLS", "").strip() == "1",
        public_url=_public_url(given.get("CLINIC_URL", "").strip()),
        # The people of a demo are made up, so nothing is sent to them unless somebody asks for it.
        mail=_mail(given.get("SMTP_URL", "").strip() or ("console:" if is_demo else ""), given.get("MAIL_FROM", "")),
        fernet_keys=keys or _stored_keys(folder),
        root_secret=_decoded(root, "CLINIC_ROOT_SECRET") if root else _stored_root(folder),
    )


def make_keys(folder: Path, *, root_only: bool = False) -> None:
    """Make a folder with a fresh encryption key and root secret, readable by this user only.

    The folder appears whole or not at all, so that two first starts at once agree on one set of keys.
    """
    draft = folder.with_name(f".{folder.name}-{secrets.token_hex(8)}")
    draft.mkdir(mode=0o700)
    try:
        _write(draft / ROOT_FILE, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)))
        if not root_only:
            _write(draft / "0001.key", Fernet.generate_key())
        draft.rename(folder)
    except OSError as error:
        if not folder.is_dir():
            raise SettingsError(f"Cannot make the keys in {folder}: {error.strerror}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _instance(given: Mapping[str, str]) -> Path:
    named = given.get("CLINIC_INSTANCE", "").strip()
    here = Path.cwd() / "instance"
    data = Path(given.get("XDG_DATA_HOME", "").strip() or Path.home() / ".local" / "share")
    instance = Path(named).expanduser() if named else here if here.is_dir() else data / "barrier-check"
    try:
        instance.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"Cannot make the instance folder {instance}: {error.strerror}.") from error
    return instance.resolve()


def _database_url(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / DATABASE_FILE}"
    scheme, separator, rest = url.partition("://")
    known = {"postgres": _POSTGRES, "postgresql": _POSTGRES, _POSTGRES: _POSTGRES, "sqlite": "sqlite"}
    if not separator or scheme not in known:
        raise SettingsError("DATABASE_URL must begin with postgresql:// or sqlite:///.")
    try:
        read = urlsplit(f"{known[scheme]}://{rest}")
        whole = bool(read.port is None or read.hostname) and bool(read.path.strip("/"))
    except ValueError:
        whole = False
    # A SQLite database in memory would be another one for every connection.
    if not whole or (scheme == "sqlite" and ":memory:" in rest):
        raise SettingsError("DATABASE_URL must name a database: postgresql://host/name or sqlite:///path/to/file.")
    return f"{known[scheme]}://{rest}"


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsError("CLINIC_PORT must be a number from 1 to 65535.")
    return int(text)


def _public_url(text: str) -> str:
    if not text:
        return ""
    try:
        read = urlsplit(text)
        whole = read.scheme in ("http", "https") and bool(read.hostname) and (read.port or 1) > 0
    except ValueError:
        whole = False
    if not whole or read.path.strip("/") or read.query or read.fragment or read.username is not None:
        raise SettingsError("CLINIC_URL must be where the clinic is reached, such as https://forms.clinic.example.")
    return text.rstrip("/")


def _mail(url: str, sender: str) -> MailSettings | None:
    """Return how messages leave; TLS is only given up towards this machine, or where somebody says so in words."""
    if not url:
        return None
    address = sender.strip()
    if address and not _ADDRESS.fullmatch(address):
        raise SettingsError("MAIL_FROM must be one plain address, such as forms@clinic.example.")
    if url == "console:":
        return MailSettings(sender=address) if address else MailSettings()
    try:
        read = urlsplit(url)
        port, asked = read.port, dict(parse_qsl(read.query, strict_parsing=bool(read.query)))
        known = read.scheme in ("smtp", "smtps") and bool(read.hostname) and read.path in ("", "/")
    except ValueError:
        known = False
    if not known or not set(asked) <= {"starttls"} or asked.get("starttls", "1") not in ("0", "1"):
        raise SettingsError("SMTP_URL must be console:, or such as smtp://user:password@host:587 or smtps://host.")
    if not address:
        raise SettingsError("MAIL_FROM is missing: the address that messages come from, such as forms@clinic.example.")
    host = read.hostname or ""
    is_here = host in ("localhost", "127.0.0.1", "::1")
    starttls = asked.get("starttls", "0" if is_here else "1") == "1"
    security: Literal["tls", "starttls", "none"] = (
        "tls" if read.scheme == "smtps" else "starttls" if starttls else "none"
    )
    if security == "none" and read.password and not is_here:
        raise SettingsError("SMTP_URL sends its password in clear: take starttls=0 out of it, or use smtps://.")
    return MailSettings(
        host=host,
        port=port or {"tls": 465, "starttls": 587, "none": 25}[security],
        security=security,
        user=unquote(read.username or ""),
        password=unquote(read.password or ""),
        sender=address,
    )


def _stored_keys(folder: Path) -> tuple[str, ...]:
    files = sorted(folder.glob("*.key"), reverse=True)
    if not files:
        raise SettingsError(f"{folder} holds no encryption key (*.key): put it back from a backup.")
    return tuple(_private(file) for file in files)


def _stored_root(folder: Path) -> bytes:
    file = folder / ROOT_FILE
    if not file.is_file():
        raise SettingsError(f"{file} is missing: put it back from a backup.")
    return _decoded(_private(file), str(file))


def _private(file: Path) -> str:
    """Return the one line of a secret file, if nobody else can read it."""
    try:
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise SettingsError(f"{file} can be read by others: run chmod 600 on it.")
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Cannot read {file}.") from error


def _write(file: Path, content: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise SettingsError(f"{name} must be 32 random bytes in base64url.") from error


def _strong(key: str, name: str) -> None:
    _enough(_decoded(key, name), name)


def _enough(secret: bytes, name: str) -> None:
    if len(secret) != KEY_BYTES:
        raise SettingsError(f"{name} must be 32 random bytes in base64url.")
    if len(set(secret)) < FEWEST_DIFFERENT_BYTES:
        raise SettingsError(f"{name} is too weak: make a random one.")
