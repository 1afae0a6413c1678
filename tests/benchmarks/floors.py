"""What the platform itself costs: a bare hello, a form page with nothing of ours in it, and the same page kept."""

import json
from pathlib import Path
from secrets import token_hex
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, create_engine, event, select

# Thirty questions of five options make about 22 kB: five times a hello, as it was when other products were measured
# beside it. A heavier page would make every limit that counts in it easier to hold.
REFERENCE_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title><link rel="stylesheet" href="/static/site.css"></head>
<body>
<main id="main">
<h1>{{ title }}</h1>
<form method="post" action="/form">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
{% for key, words in questions %}
<fieldset class="fieldset" id="{{ key }}">
<legend class="fieldset__legend">{{ words }}</legend>
{% for value, label in options %}
<div class="radios__item"><label class="label"><input type="radio" id="{{ key }}-{{ value }}" name="{{ key }}" \
value="{{ value }}"> {{ label }}</label></div>
{% endfor %}
</fieldset>
{% endfor %}
<button type="submit">Continue</button>
</form>
</main>
</body>
</html>
"""
QUESTIONS_SHOWN = [(f"Q{n}", f"Question {n}: how much has this made it hard to get care?") for n in range(30)]
OPTIONS = (("0", "Not at all"), ("1", "A little"), ("2", "Somewhat"), ("3", "Quite a bit"), ("4", "Very much"))


def hello_app() -> Flask:
    """Return the least that Flask can be: one view that answers with one word."""
    app = Flask("hello", static_folder=None, template_folder=None)

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app


def kept_app(folder: Path) -> Flask:
    """Return the reference page as a form that is resumed must keep it: by SQLAlchemy Core, encrypted and durable.

    Each request reads a session's row and the form's row; what is sent is encrypted and committed before it answers.
    """
    app = _form_app()
    seal = Fernet(Fernet.generate_key())
    engine = create_engine(
        f"sqlite:///{folder / f'kept-{token_hex(4)}.sqlite3'}", connect_args={"isolation_level": None}
    )

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _entry: object) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if request.method == "POST" else "BEGIN")

    metadata = MetaData()
    sessions = Table("session", metadata, Column("hash", String, primary_key=True), Column("form", Integer))
    forms = Table("form", metadata, Column("id", Integer, primary_key=True), Column("document", Text))
    with app.test_request_context(method="POST"), engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(sessions.insert().values(hash="known", form=1))
        connection.execute(forms.insert().values(id=1, document=seal.encrypt(b"{}").decode()))
    template = app.jinja_env.from_string(REFERENCE_PAGE)
    by_hash, by_id = select(sessions.c.form), select(forms.c.document)
    write = forms.update().where(forms.c.id == 1)

    def stored(connection: Any) -> Any:
        number = connection.execute(by_hash.where(sessions.c.hash == "known")).scalar_one()
        return json.loads(seal.decrypt(connection.execute(by_id.where(forms.c.id == number)).scalar_one()))

    @app.get("/form")
    def form() -> str:
        session["pages"] = session.get("pages", 0) + 1
        with engine.connect() as connection:
            stored(connection)
        return template.render(title="Getting care", questions=QUESTIONS_SHOWN, options=OPTIONS)

    @app.post("/form")
    def sent() -> ResponseReturnValue:
        with engine.begin() as connection:
            document = json.dumps(stored(connection) | request.form.to_dict())
            connection.execute(write, {"document": seal.encrypt(document.encode()).decode()})
        return redirect("/form", 303)

    return app


def reference_app() -> Flask:
    """Return a form page of about 22 kB by Flask, its signed session, Flask-WTF's token and one Jinja template."""
    app = _form_app()
    template = app.jinja_env.from_string(REFERENCE_PAGE)

    @app.get("/form")
    def form() -> str:
        session["pages"] = session.get("pages", 0) + 1
        return template.render(title="Getting care", questions=QUESTIONS_SHOWN, options=OPTIONS)

    @app.post("/form")
    def sent() -> ResponseReturnValue:
        session["answered"] = len(request.form)
        return redirect("/form", 303)

    return app


def _form_app() -> Flask:
    app = Flask("reference", static_folder=None, template_folder=None)
    app.config.update(SECRET_KEY="no secret: this page keeps nothing")
    CSRFProtect(app)
    return app
