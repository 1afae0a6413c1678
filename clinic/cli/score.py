"""`clinic score`: answer sets in as JSON, results out as JSON, with no database, settings or keys."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from clinic.core.answers import AnswerSet, read
from clinic.core.errors import BadAnswers, Refusal
from clinic.core.instrument import Instrument
from clinic.core.result import evaluate, to_json
from clinic.instruments.catalogue import current, lookup


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.pass_context
def score(context: click.Context, file: BinaryIO) -> None:
    """Score answers: one JSON object, or JSON Lines, from FILE or standard input.

    Each object needs "answers"; it may hold "ticks", "picks", "safety_checkin", "help_wanted", "respondent", "text"
    and "instrument". Results come out one a line, in order. A line that cannot be scored becomes {"line", "error"},
    the others are still scored, and the exit status is 1.
    """
    bad = False
    for number, text in _documents(file):
        try:
            line = to_json(evaluate(*parse(text)))
        except Refusal as refusal:
            line, bad = {"line": number, "error": str(refusal)}, True
        click.echo(json.dumps(line))
    context.exit(1 if bad else 0)


def parse(text: str | bytes) -> tuple[Instrument, AnswerSet]:
    """Return the instrument and the answer set that one JSON text names.

    Raises BadAnswers or UnknownInstrument, saying what is wrong and what is allowed.
    """
    document = _object(text)
    name = document.pop("instrument", None)
    if name is None:
        instrument = current()
    elif isinstance(name, str):
        instrument = lookup(name)
    else:
        raise BadAnswers('instrument: must be a string such as "trd-barrier-check|1.0"')
    return instrument, read(instrument, document)


def _documents(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield (line number, JSON) of each document: each line, or the whole where one object stands over many lines."""
    lines = ((number, line) for number, line in enumerate(file, 1) if line.strip())
    first_number, first = next(lines, (1, b""))
    if _is_json(first):
        yield first_number, first
        yield from lines
        return
    rest = list(lines)
    whole = first + b"".join(line for _, line in rest)
    # A line of one bracket begins an object over many lines, even if that object turns out to be broken.
    if first.strip() in (b"{", b"[") or _is_json(whole):
        yield first_number, whole
        return
    yield first_number, first
    yield from rest


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        document = json.loads(text, object_pairs_hook=_undoubled, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadAnswers(f"broken JSON at column {error.colno}: {error.msg}; give one object a line") from error
    except UnicodeDecodeError as error:
        raise BadAnswers("not UTF-8 text; save the file as UTF-8") from error
    except (RecursionError, ValueError) as error:
        raise BadAnswers("broken JSON: nested too deep, or a number too long; give one object a line") from error
    if not isinstance(document, dict):
        raise BadAnswers('not an object; give an object such as {"answers": {"EMO": 2}}')
    return document


def _undoubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise BadAnswers(f'"{doubled}" is given twice in one object; give it once')
    return found


def _no_constant(name: str) -> None:
    raise BadAnswers(f"{name} is not JSON; use a number from 0 to 4, NA, PNA or null")
