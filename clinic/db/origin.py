"""Where this installation is reached, for the addresses in its messages: kept with its engine, as its keys are."""

from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

_ORIGINS: WeakKeyDictionary[Dialect, str] = WeakKeyDictionary()


def install(engine: Engine, origin: str) -> None:
    """Let what is written for people outside name an origin, such as https://forms.clinic.example."""
    _ORIGINS[engine.dialect] = origin.rstrip("/")


def address(session: Session, path: str) -> str:
    """Return the whole address of a path of this installation, such as that of a form's link."""
    try:
        return _ORIGINS[session.get_bind().dialect] + path
    except KeyError:
        raise RuntimeError("This engine has no origin: call clinic.db.origin.install first.") from None
