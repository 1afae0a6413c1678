"""The people who sign in: adding them, their roles, their passwords, and switching them off."""

import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from argon2 import PasswordHasher
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from clinic.core.errors import BadAccount
from clinic.core.scope import Role
from clinic.db import models, queries

DEMO_DOMAIN = "demo.barriercheck.example"
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
FEWEST_DIFFERENT_LETTERS = 5
PRODUCT_WORDS = ("barrier check", "barriercheck")
# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
NORMAL_FORM: Final = "NFKC"

_hasher = PasswordHasher(memory_cost=MEMORY_KIB, time_cost=PASSES, parallelism=LANES)


def add_user(
    session: Session,
    *,
    clinic_id: int,
    email: str,
    display_name: str,
    roles: Iterable[Role],
    password: str,
    locale: str = "en",
    now: datetime,
) -> int:
    """Add a person to a clinic and return their id.

    Raises BadAccount for an address that is not one or is taken, for a weak password, for no role, and for a demo
    address in a clinic that is no demo or a real one in a demo.
    """
    clinic = session.get(models.Clinic, clinic_id)
    if clinic is None:
        raise BadAccount("There is no such clinic.")
    address = normal_email(email)
    if is_demo_address(address) != clinic.is_demo:
        raise BadAccount(f"Addresses at {DEMO_DOMAIN} are for the demo clinic, and the demo clinic has no others.")
    if session.scalar(select(models.User.id).where(func.lower(models.User.email) == address)) is not None:
        raise BadAccount("Somebody has this e-mail address already.")
    name = " ".join(display_name.split())
    if not name or len(name) > 200:
        raise BadAccount("The name must have 1 to 200 characters.")
    wanted = frozenset(roles)
    if not wanted:
        raise BadAccount(f"Give at least one role: {', '.join(Role)}.")
    problem = password_problem(password, about=(address, name, clinic.name))
    if problem is not None:
        raise BadAccount(problem)
    moment = now.replace(tzinfo=None)
    user = models.User(
        clinic_id=clinic_id,
        email=address,
        display_name=name,
        locale=locale,
        password=hash_password(password),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        create_datetime=moment,
        update_datetime=moment,
        roles=[_role(session, role) for role in sorted(wanted)],
    )
    session.add(user)
    session.flush()
    return user.id


def disable_user(session: Session, clinic_id: int, email: str) -> None:
    """Switch a person off and end their sessions.

    Raises BadAccount where the clinic has nobody of this address.
    """
    user = session.scalar(
        queries.scoped(models.User, clinic_id).where(func.lower(models.User.email) == normal_email(email))
    )
    if user is None:
        raise BadAccount("Nobody here has this e-mail address.")
    user.active = False
    session.execute(delete(models.WebSession).where(models.WebSession.user_id == user.id))


def is_demo_address(email: str) -> bool:
    """Tell whether an address is one of the demo's, which no mail can reach (RFC 2606)."""
    return email.casefold().rpartition("@")[2] == DEMO_DOMAIN


def normal_email(email: str) -> str:
    """Return an address as it is stored and compared.

    Raises BadAccount where it is not one.
    """
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise BadAccount("This is not an e-mail address.") from error


def normal_password(password: str) -> str:
    """Return a password as it is hashed, so that the same keys on another device give the same characters."""
    return unicodedata.normalize(NORMAL_FORM, password)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, in PHC format."""
    return _hasher.hash(normal_password(password))


def password_problem(password: str, about: Iterable[str] = ()) -> str | None:
    """Return in one sentence what is wrong with a new password, or None.

    Length counts and guessable words do; no rule asks for kinds of characters (OWASP ASVS 5.0, 6.2.1 and 6.2.5).
    `about` are the words that a stranger would try first: the person's name and address, the clinic's name.
    """
    plain = normal_password(password)
    if len(plain) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters. Four words in a row are good."
    if len(plain) > LONGEST_PASSWORD:
        return f"Use at most {LONGEST_PASSWORD} characters."
    folded = plain.casefold()
    if len(set(folded)) < FEWEST_DIFFERENT_LETTERS:
        return "This repeats too few characters. Four words in a row are good."
    if folded.startswith("password") and folded.removeprefix("password").strip("0123456789!.") == "":
        return "This is one of the first passwords that strangers try. Four words in a row are good."
    known = [word.casefold() for phrase in about for word in (phrase, phrase.partition("@")[0])]
    if any(len(word) >= 4 and word in folded for word in (*PRODUCT_WORDS, *known)):
        return "Leave out your name, your address and the name of the clinic: strangers try these first."
    return None


def _role(session: Session, role: Role) -> models.Role:
    found = session.scalar(select(models.Role).where(models.Role.name == role.value))
    return found or models.Role(name=role.value)
