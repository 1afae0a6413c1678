"""The migrations make exactly the tables of the models, on both kinds of database."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy.orm import Session

from clinic.db import schema
from clinic.db.base import Base
from clinic.db.session import db


def test_the_migrations_make_the_tables_of_the_models(app: Flask, session: Session) -> None:
    with db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    assert differences == []
    assert schema.revision(session) == schema.HEAD
