"""Addresses in messages begin with where people reach the installation."""

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from clinic.db import origin
from clinic.db.session import db


def test_an_address_is_the_origin_and_a_path(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        assert origin.address(db.session, "/q/abc") == "http://127.0.0.1:8000/q/abc"
        origin.install(db.engine, "https://forms.clinic.example/")
        assert origin.address(db.session, "/q/abc") == "https://forms.clinic.example/q/abc"


def test_an_engine_that_knows_no_origin_is_a_mistake() -> None:
    engine = create_engine("sqlite://")
    with Session(engine) as session, pytest.raises(RuntimeError, match="no origin"):
        origin.address(session, "/alerts")
    engine.dispose()
