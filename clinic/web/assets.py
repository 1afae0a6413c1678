"""Find templates and built static files, in a checkout and in an installed wheel, and serve the static ones."""

import json
import re
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

PACKAGE = Path(__file__).parents[1]
ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
MANIFEST = STATIC / "vendor" / "manifest.json"
A_YEAR = 365 * 24 * 60 * 60
HASHED_NAME = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9]+$")


def init_app(app: Flask) -> None:
    """Let templates name built files by `asset(name)` and answer for those files before Flask does.

    Raises FileNotFoundError with the remedy where the files were never built.
    """
    if not MANIFEST.is_file():
        raise FileNotFoundError("The styles and scripts are not built: run `make setup` first.")
    names: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))

    def asset(name: str) -> str:
        """Return the address of a built file; an unknown name is a mistake and stops the page."""
        return f"/static/{names[name]}"

    app.jinja_env.globals["asset"] = asset
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=STATIC / "vendor",
        prefix="static/vendor",
        max_age=0,
        allow_all_origins=False,
        immutable_file_test=lambda _path, url: bool(HASHED_NAME.search(url)),
    )
