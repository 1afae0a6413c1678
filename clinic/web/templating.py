"""The environment in which every page is made: strict about names, and quick about what a page imports."""

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import StrictUndefined


class Templates(Environment):
    """Flask's environment, in which templates without globals of their own share the same mapping of them.

    Jinja compares these mappings at every import of every page; the chain of two that it makes for each template by
    default takes as long to compare as the import's own work.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the environment's globals, with the template's own before them where it has some."""
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Make this application's pages in this environment."""
    app.jinja_environment = Templates
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
