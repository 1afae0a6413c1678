"""`clinic trends recount`: what it says, what it changes, and how it ends."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from clinic.app import create_app
from clinic.core.answers import AnswerSet
from clinic.db.models import Assessment, Clinic, TrendCount
from clinic.db.session import begin_write, db
from clinic.services import assessments
from tests.cli.conftest import Installation
from tests.conftest import dispose
from tests.factories import NOW, make_assessment, make_link, make_visit

SICK = AnswerSet(answers={"ACC1": 4, "MED": 3}, ticks=frozenset({"MED.side_effects"}), respondent="self")


@pytest.fixture
def app(clinic: Installation) -> Iterator[Flask]:
    """Return an installation with one form that was sent."""
    app = create_app()
    with app.app_context():
        begin_write(db.session)
        visit = make_visit(db.session, db.session.scalars(select(Clinic)).one())
        link = make_link(db.session, visit)
        make_assessment(db.session, visit, SICK, respondent="self")
        form = assessments.load(db.session, link.id, now=NOW)
        assessments.submit(db.session, form, language="en", now=NOW)
        db.session.commit()
    yield app
    dispose(app)


def spoil(app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.execute(delete(TrendCount).where(TrendCount.kind == "month"))
        db.session.commit()


def test_counts_that_are_right_are_said_to_be(clinic: Installation, app: Flask) -> None:
    assert clinic.run("trends", "recount", "--check") == (0, "Forms counted: 1.\nThe trends are counted right.\n")


def test_a_check_tells_what_differs_and_changes_nothing(clinic: Installation, app: Flask) -> None:
    spoil(app)
    for _ in range(2):
        status, printed = clinic.run("trends", "recount", "--check")
        assert status == 1
        group = "2026-03, trd-barrier-check|1.0|1.0, site 1, en, web, self"
        assert f"{group}: patients is kept as 0, the forms say 1" in printed
        assert f"{group}: ticked:MED.side_effects is kept as 0, the forms say 1" in printed
        assert printed.splitlines()[-1] == "Groups that differ: 1 by month."
        assert "Maria" not in printed


def test_counting_anew_puts_right_what_differs(clinic: Installation, app: Flask) -> None:
    spoil(app)
    status, printed = clinic.run("trends", "recount")
    assert (status, printed) == (0, "Forms counted: 1.\nGroups put right: 1.\n")
    assert clinic.run("trends", "recount", "--check")[0] == 0


def test_a_form_that_cannot_be_read_is_told(clinic: Installation, app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.execute(update(Assessment).values(document={"another": "product"}))
        db.session.commit()
    status, printed = clinic.run("trends", "recount", "--check")
    assert status == 1
    assert "Answers that cannot be read: 1 of them. These count without what was ticked.\n" in printed
    assert "ticked:MED.side_effects is kept as 1, the forms say 0" in printed


def test_a_clinic_that_is_not_there_is_refused_in_a_sentence(clinic: Installation) -> None:
    status, printed = clinic.run("trends", "recount", "--clinic", "Elsewhere")
    assert (status, printed) == (1, "Error: Name the clinic with --clinic; there are: Riverside.\n")
