"""The migrations make exactly the tables of the models, and go up and down with rows in them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from clinic.config import Settings
from clinic.db import migrate, schema
from clinic.db.base import Base
from clinic.db.models import Clinic, Patient, User, Visit
from clinic.db.session import MIGRATIONS, db
from tests.conftest import dispose, make_app
from tests.factories import NOW, make_assessment, make_clinic, make_link, make_visit

DAY = timedelta(days=1)


@pytest.fixture
def empty_app(settings: Settings) -> Iterator[Flask]:
    app = make_app(settings)
    yield app
    dispose(app)


def fill(session: Session) -> None:
    visit = make_visit(session, make_clinic(session, ready=True))
    make_link(session, visit)
    make_assessment(session, visit)
    session.commit()


def test_the_migrations_make_the_tables_of_the_models(app: Flask, session: Session) -> None:
    with db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    assert differences == []


def test_the_migrations_make_the_checks_of_the_models(session: Session) -> None:
    found = inspect(session.connection())
    for table in Base.metadata.sorted_tables:
        wanted = {one.name for one in table.constraints if type(one).__name__ == "CheckConstraint"}
        assert {one["name"] for one in found.get_check_constraints(table.name)} == wanted


def test_the_program_knows_the_newest_revision(session: Session) -> None:
    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    assert scripts.get_heads() == [schema.HEAD]
    assert schema.revision(session) == schema.HEAD


def test_a_database_with_rows_goes_down_and_up_again(app: Flask) -> None:
    with app.app_context():
        fill(db.session)
    migrate.upgrade(app)
    with app.app_context():
        assert db.session.scalars(select(Clinic.name)).all() == ["Harbour Clinic"]
    migrate.downgrade(app, "base")
    with app.app_context():
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        assert schema.revision(db.session) is None
    migrate.upgrade(app)
    with app.app_context():
        fill(db.session)
        assert db.session.scalars(select(Clinic.name)).all() == ["Harbour Clinic"]


def test_a_database_of_the_first_version_keeps_its_rows(app: Flask) -> None:
    with app.app_context():
        fill(db.session)
        make_clinic(db.session, name="Other Clinic")
        db.session.commit()
    migrate.downgrade(app, "0001")
    with app.app_context():
        assert "declined_at" not in {one["name"] for one in inspect(db.engine).get_columns("visit")}
    migrate.upgrade(app)
    with app.app_context():
        visit = db.session.scalars(select(Visit)).one()
        assert (visit.revision, visit.declined_at, visit.cancelled_at) == (0, None, None)
        assert len(set(db.session.scalars(select(Clinic.settings_version)))) == 2


@pytest.mark.parametrize(
    ("twins", "kept"),
    [
        pytest.param([(True, False), (False, False)], [0], id="the first has the form"),
        pytest.param([(False, True), (True, False)], [1], id="the second has the form"),
        pytest.param([(True, False), (True, False)], [0, 1], id="both have a form"),
        pytest.param([(False, True), (False, False)], [0], id="the link of the first was opened"),
        pytest.param([(False, False), (False, False), (False, False)], [2], id="nothing was done with any"),
    ],
)
def test_of_the_visits_that_a_double_press_made_the_one_in_use_stays(
    app: Flask, twins: list[tuple[bool, bool]], kept: list[int]
) -> None:
    with app.app_context():
        clinic = make_clinic(db.session)
        first = make_visit(db.session, clinic)
        patient = db.session.get_one(Patient, first.patient_id)
        clinician = db.session.get_one(User, first.clinician_id)
        # They are apart until the rule that keeps them so is gone.
        visits = [
            first,
            *(make_visit(db.session, clinic, patient, clinician, scheduled_at=NOW + n * DAY) for n in (1, 2)),
        ]
        visits = visits[: len(twins)]
        for visit, (has_form, was_opened) in zip(visits, twins, strict=True):
            make_link(db.session, visit, opened_at=NOW if was_opened else None)
            if has_form:
                make_assessment(db.session, visit)
        made = [visit.id for visit in visits]
        db.session.commit()
    migrate.downgrade(app, "0001")
    with app.app_context():
        db.session.execute(text("UPDATE visit SET scheduled_at = created_at"))
        db.session.commit()
    migrate.upgrade(app)
    with app.app_context():
        standing = db.session.scalars(select(Visit).where(Visit.cancelled_at.is_(None)).order_by(Visit.id)).all()
        assert [one.id for one in standing] == [made[n] for n in kept]
        assert all(one.scheduled_at - NOW < timedelta(minutes=1) for one in standing)


def test_a_migration_that_breaks_half_way_leaves_nothing_behind(
    empty_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Operations.create_table

    def breaking(self: Operations, name: str, *rest: object, **more: object) -> object:
        if name == "assessment":
            raise ZeroDivisionError
        return create(self, name, *rest, **more)

    monkeypatch.setattr(Operations, "create_table", breaking)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(empty_app)
    with empty_app.app_context():
        assert inspect(db.engine).get_table_names() == []
    monkeypatch.undo()
    migrate.upgrade(empty_app)
    with empty_app.app_context():
        assert schema.revision(db.session) == schema.HEAD


def test_a_migration_names_no_type_that_may_change_later() -> None:
    for file in Path(MIGRATIONS).glob("*.py"):
        assert "clinic." not in "\n".join(
            line for line in file.read_text(encoding="utf-8").splitlines() if "import" in line or "Column(" in line
        ).replace('"clinic.id"', "")
