"""`clinic summary`: the one page from a file of answers, with no database."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import click

from clinic.cli.score import parse
from clinic.core.answers import AnswerSet
from clinic.core.errors import BadAnswers, Refusal
from clinic.core.instrument import Instrument
from clinic.core.occasion import Earlier, Occasion
from clinic.core.summary import build
from clinic.instruments.frame import frame

JSON_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
USUAL_DAYS_APART = 28
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("answers", type=JSON_FILE)
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
@click.option("--previous", type=JSON_FILE, help="The earlier form's answers, to compare with.")
@click.option("--previous-on", type=DAY, help="The day of the earlier form; 28 days before where not given.")
@click.option("--language", default="en", show_default=True, help="The language of the page.")
@click.option("--form-language", help="The language in which the form was filled in, such as es.")
@click.option("--page-size", type=click.Choice(["a4", "letter"], case_sensitive=False), default="a4", show_default=True)
@click.option("--name", help="The patient's name.")
@click.option("--born", type=DAY, help="The patient's date of birth.")
@click.option("--record", help="The record number.")
@click.option("--visit", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]), help="The time of the visit.")
@click.option("--clinician", help="The clinician's name.")
@click.option("--filled", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]), help="When it was filled in.")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="The time of printing, for the same file again.")
def summary(
    answers: Path,
    output: Path,
    previous: Path | None,
    previous_on: datetime | None,
    language: str,
    form_language: str | None,
    page_size: str,
    name: str | None,
    born: datetime | None,
    record: str | None,
    visit: datetime | None,
    clinician: str | None,
    filled: datetime | None,
    at: datetime | None,
) -> None:
    """Make the one page as a PDF from the JSON file ANSWERS (the form that `clinic score` takes)."""
    from clinic.reports.summary_pdf import summary_pdf

    try:
        instrument, given = parse(answers.read_bytes())
        if language not in instrument.languages:
            raise click.UsageError(f"--language: use one of {', '.join(instrument.languages)}")
        now = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
        earlier, other_kind_on = _earlier(previous, previous_on, (filled or now).date(), instrument, given)
        occasion = Occasion(
            printed_at=now,
            name=name,
            born_on=born.date() if born else None,
            record_number=record,
            visit_at=visit,
            clinician=clinician,
            filled_at=filled,
            form_language=form_language,
            earlier=earlier,
            other_kind_on=other_kind_on,
        )
        page = build(instrument, frame(language), language, given, occasion)
        size: Literal["A4", "letter"] = "letter" if page_size.lower() == "letter" else "A4"
        output.write_bytes(summary_pdf(page, page_size=size, at=now, author=clinician or page.header.document))
    except (Refusal, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {output}.")


def _earlier(
    path: Path | None, on: datetime | None, today: date, instrument: Instrument, given: AnswerSet
) -> tuple[Earlier | None, date | None]:
    """Return the earlier form, or the day of one that was answered by someone else and is not compared."""
    if path is None:
        return None, None
    version, before = parse(path.read_bytes())
    if version.key != instrument.key:
        raise BadAnswers(f"{path}: not comparable: it answers {version.key} and not {instrument.key}.")
    then = on.date() if on else today - timedelta(days=USUAL_DAYS_APART)
    return (None, then) if before.by_proxy != given.by_proxy else (Earlier(before, then), None)
