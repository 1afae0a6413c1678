"""What the platform itself costs: a bare hello, and a form page with nothing of ours in it."""

from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

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
QUESTIONS = 30
OPTIONS = (("0", "Not at all"), ("1", "A little"), ("2", "Somewhat"), ("3", "Quite a bit"), ("4", "Very much"))


def hello_app() -> Flask:
    """Return the least that Flask can be: one view that answers with one word."""
    app = Flask("hello", static_folder=None, template_folder=None)

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app


def reference_app() -> Flask:
    """Return a form page of about 22 kB by Flask, its signed session, Flask-WTF's token and one Jinja template."""
    app = Flask("reference", static_folder=None, template_folder=None)
    app.config.update(SECRET_KEY="no secret: this page keeps nothing")
    CSRFProtect(app)
    template = app.jinja_env.from_string(REFERENCE_PAGE)
    questions = [(f"Q{n}", f"Question {n}: how much has this made it hard to get care?") for n in range(QUESTIONS)]

    @app.get("/form")
    def form() -> str:
        session["pages"] = session.get("pages", 0) + 1
        return template.render(title="Getting care", questions=questions, options=OPTIONS)

    @app.post("/form")
    def sent() -> ResponseReturnValue:
        session["answered"] = len(request.form)
        return redirect("/form", 303)

    return app
