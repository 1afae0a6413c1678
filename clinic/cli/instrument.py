"""`clinic instrument check`: say what is wrong with a definition, or its counts, longest path and reading grade."""

from pathlib import Path

import click

from clinic.instruments.report import check_text


@click.group()
def instrument() -> None:
    """Look at questionnaires."""


@instrument.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.pass_context
def check(context: click.Context, path: Path | None) -> None:
    """Check the definition in the folder PATH, or the current one.

    Says what is wrong (file, key, what was expected), or its counts, its longest path and its reading grade.
    """
    good, text = check_text(path)
    click.echo(text, err=not good)
    context.exit(0 if good else 1)
