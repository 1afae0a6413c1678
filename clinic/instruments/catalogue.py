"""Hand out the published questionnaires, each locked to the digest under which it was published."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from clinic.core.errors import DefinitionError, UnknownInstrument
from clinic.core.instrument import Instrument
from clinic.instruments.loader import STRUCTURE, digest, load

HERE = Path(__file__).resolve().parent
PUBLISHED = HERE / "published.json"
DEFAULT = "trd-barrier-check"

__all__ = ["current", "digest", "folder", "load", "lookup", "published", "read", "versions"]


def current(instrument_id: str = DEFAULT) -> Instrument:
    """Return the newest published version of an instrument.

    Raises UnknownInstrument if there is none.
    """
    known = versions(instrument_id)
    if not known:
        raise UnknownInstrument(f"No instrument {instrument_id!r} is published. Published: {_names()}.")
    return read(instrument_id, known[-1])


@cache
def read(instrument_id: str, version: str) -> Instrument:
    """Return one published version, read once a process.

    Raises UnknownInstrument if it was never published, DefinitionError if it is no longer what was published.
    """
    # Only names that are in published.json ever become a path: id and version may come from outside.
    locked = published().get(instrument_id, {}).get(version)
    if locked is None:
        name = f"{instrument_id}|{version}"
        raise UnknownInstrument(f"No instrument {name!r} is published. Published: {_names()}.")
    where = folder(instrument_id, version)
    if (found := digest(where)) != locked:
        raise DefinitionError(
            f"{where} is published and may not change: published.json: {instrument_id}.{version}: "
            f"expected {locked}, found {found}. Undo the change, and make a new version folder for it."
        )
    instrument = load(where)
    if instrument.key != f"{instrument_id}|{version}":
        raise DefinitionError(
            f"{where / STRUCTURE}: id, version: expected {instrument_id} and {version}, like the folders; "
            f"found {instrument.id} and {instrument.version}."
        )
    return instrument


def lookup(name: str) -> Instrument:
    """Return the published instrument that answers name as "id|version".

    Raises UnknownInstrument.
    """
    instrument_id, bar, version = name.partition("|")
    if not bar:
        raise UnknownInstrument(f'{name!r} names no instrument; expected "id|version". Published: {_names()}.')
    return read(instrument_id, version)


def versions(instrument_id: str = DEFAULT) -> tuple[str, ...]:
    """Return the published versions of an instrument, the oldest first; none for an unknown id."""
    return tuple(sorted(published().get(instrument_id, {}), key=_by_number))


@cache
def published() -> Mapping[str, Mapping[str, str]]:
    """Return the digest of every published version, by instrument id and version."""
    return {key: dict(each) for key, each in json.loads(PUBLISHED.read_text(encoding="utf-8")).items()}


def folder(instrument_id: str, version: str) -> Path:
    """Return the folder of a version in the catalogue."""
    return HERE / instrument_id / version


def _by_number(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _names() -> str:
    return ", ".join(f"{key}|{version}" for key in published() for version in versions(key)) or "none"
