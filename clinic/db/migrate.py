"""Bring a database to the tables of this version; only commands import it, since Alembic is heavy."""

from typing import Any, Literal

from flask import Flask
from flask_alembic import Alembic
from sqlalchemy.types import TypeDecorator

import clinic.db.models  # noqa: F401 (the tables register themselves)
from clinic.db.base import Base

alembic = Alembic(run_mkdir=False, command_name="", metadatas=Base.metadata)


def upgrade(app: Flask) -> None:
    """Run every migration that this database has not seen; an error half way leaves nothing behind."""
    _ready(app)
    with app.app_context():
        alembic.upgrade()


def downgrade(app: Flask, target: str) -> None:
    """Undo migrations down to a revision, or all of them with "base"."""
    _ready(app)
    with app.app_context():
        alembic.downgrade(target)


def _ready(app: Flask) -> None:
    if "alembic" not in app.extensions:
        app.config["ALEMBIC_CONTEXT"]["render_item"] = _rendered
        alembic.init_app(app)


def _rendered(kind: str, thing: Any, _context: object) -> str | Literal[False]:
    # A migration must not depend on types that may change after it: it names what the database itself stores.
    if kind == "type" and isinstance(thing, TypeDecorator) and type(thing).__module__.startswith("clinic."):
        return f"sa.{thing.impl_instance!r}"
    return False
