"""Wire the application together, and give the `clinic` command its parts."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

if TYPE_CHECKING:
    from clinic.config import Settings

BLUEPRINTS = (
    "clinic.web.patient",
    "clinic.web.visits",
    "clinic.web.visit_changes",
    "clinic.web.visit_links",
    "clinic.web.visit_import",
    "clinic.web.patients",
    "clinic.web.worker",
    "clinic.web.agreements",
    "clinic.web.resources",
    "clinic.web.copies",
    "clinic.web.alerts",
    "clinic.web.clinic_admin",
    "clinic.web.cut_points",
    "clinic.web.trends",
    "clinic.web.psychometrics",
)

# Each command is imported only when it is called: `clinic score` needs neither an app nor a database.
COMMANDS = {
    "demo": "clinic.cli.demo:demo",
    "seed": "clinic.cli.seed:seed",
    "serve": "clinic.cli.serve:serve",
    "worker": "clinic.cli.worker:worker",
    "doctor": "clinic.cli.doctor:doctor",
    "setup": "clinic.cli.manage:setup",
    "settings": "clinic.cli.manage:settings",
    "user": "clinic.cli.manage:user",
    "db": "clinic.cli.manage:database",
    "export": "clinic.cli.export:export",
    "psychometrics": "clinic.cli.psychometrics:psychometrics",
    "trends": "clinic.cli.trends:trends",
    "score": "clinic.cli.score:score",
    "summary": "clinic.cli.summary:summary",
    "instrument": "clinic.cli.instrument:instrument",
}


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Return the application.

    `overrides` are Flask settings, and these of ours: SETTINGS (a clinic.config.Settings, else read from the
    environment), BEHIND_TLS (a proxy that ends TLS stands before the app), CLOCK (returns the present moment).
    Raises SettingsError, in one plain line, where the installation cannot start.
    """
    from werkzeug.middleware.proxy_fix import ProxyFix

    from clinic import config
    from clinic.db import session as database
    from clinic.web import access, accounts, assets, clock, errors, frame, i18n, security, server, sessions, templating

    app = Flask(__name__, static_folder=None, template_folder=str(assets.TEMPLATES))
    app.config.update({"CLOCK": clock.system_clock}, **(overrides or {}))
    settings: Settings = app.config.get("SETTINGS") or config.load()
    app.config["SETTINGS"] = settings
    app.config.setdefault("BEHIND_TLS", settings.behind_tls)
    over_tls: bool = app.config["BEHIND_TLS"]

    templating.init_app(app)
    database.init_app(app, settings)
    assets.init_app(app)
    sessions.init_app(app, over_tls=over_tls)
    security.init_app(app, secret=settings.derived("session"), over_tls=over_tls)
    access.init_app(app)
    i18n.init_app(app)
    accounts.init_app(app, settings)
    frame.init_app(app, is_demo=settings.is_demo)
    errors.init_app(app)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(name).bp)
    # The command line lies beside the web and not above it, so it is handed the server here.
    app.extensions["serve"] = server.serve
    if over_tls:
        # The one proxy before us says who asks, and that they asked over TLS.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


class LazyGroup(FlaskGroup):
    """A Flask group that imports a command when it is called, and knows no others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of a clinic's work."""
        return [name for name, target in COMMANDS.items() if find_spec(target.partition(":")[0]) is not None]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import one command, or return None for a name that is none of ours."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


def main() -> None:
    """Run the `clinic` command."""
    group = LazyGroup(
        name="clinic",
        help="Barrier Check: what stands between people and their treatment, on one page.",
        create_app=_from_command,
        add_default_commands=False,
        add_version_option=False,
        set_debug_flag=False,
        load_dotenv=False,
    )
    # Debugging and foreign applications have no place on a clinic's server.
    group.params.clear()
    click.version_option(version("barrier-check"), prog_name="clinic")(group)
    group.main(prog_name="clinic")


def _from_command(_info: ScriptInfo | None = None) -> Flask:
    from clinic.config import SettingsError

    try:
        return create_app()
    except (SettingsError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
