"""Visits from a file that a scheduling system exports: what each line would do, what is wrong with it, and doing it."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Literal

from sqlalchemy.orm import Session

from clinic.db.blind_index import plain_record
from clinic.instruments import catalogue
from clinic.services import clinic_settings, patients, visits
from clinic.services.clinic_settings import ClinicSettings
from clinic.services.import_fields import Clinician, Fields, clinicians, read_fields
from clinic.services.patients import Details, NewPatient
from clinic.services.visits import NewVisit

REQUIRED = ("record_number", "name", "date_of_birth", "date", "time", "clinician")
OPTIONAL = ("language", "email", "phone")
COLUMNS = (*REQUIRED, *OPTIONAL)
MOST_LINES = 300
LARGEST_FILE = 100 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file's text, the place of its visits, and whether their links are sent by e-mail."""

    text: str
    site_id: int
    invites: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What one line would do; `differs` are the columns that say something else than what is stored, which stays.

    `patient` and `visit` are None where the line has errors.
    """

    number: int
    record_number: str
    name: str
    at: datetime | None = None
    clinician: str = ""
    patient: Literal["new", "known"] | None = None
    visit: Literal["new", "exists"] | None = None
    differs: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do: all of it or nothing. `problems` are of the file as a whole, `unused` columns not read."""

    lines: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Tell whether nothing is wrong with the file."""
        return not self.problems and not any(one.errors for one in self.lines)

    @property
    def new_visits(self) -> int:
        """Return how many visits it would make."""
        return sum(one.visit == "new" for one in self.lines)

    @property
    def new_patients(self) -> int:
        """Return how many patients it would add."""
        new = (one for one in self.lines if one.patient == "new" and one.visit == "new")
        return len({plain_record(one.record_number) for one in new})

    @property
    def fingerprint(self) -> str:
        """Return what tells this plan from another."""
        return sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class _Seen:
    """What the lines above have said: who has a record number, and which visits there are, each with its line.

    A record number stands here as the patients are found by it, so that "A-1" and "a-1" are one here too.
    """

    people: dict[str, tuple[int, str, date]] = field(default_factory=dict)
    visits: dict[tuple[str, datetime], int] = field(default_factory=dict)


def text_of(content: bytes) -> str | None:
    """Return the text of a file, None where it is no text in UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def plan(session: Session, clinic_id: int, upload: Upload, *, now: datetime) -> Plan:
    """Return what a file would do as things stand; nothing is written."""
    read = _rows(upload.text)
    if isinstance(read, str):
        return Plan(problems=(read,))
    header, rows = read
    unused = tuple(name for name in header if name and name not in COLUMNS)
    lacking = [name for name in REQUIRED if name not in header]
    if lacking or len(set(header)) < len(header):
        wrong = f"These columns are missing: {', '.join(lacking)}." if lacking else "A column stands there twice."
        return Plan(problems=(f"{wrong} The first line must name the columns.",), unused=unused)
    if not rows:
        return Plan(problems=("The file names its columns and no visit.",), unused=unused)
    if len(rows) > MOST_LINES:
        return Plan(problems=(f"The file has {len(rows)} visits; at most {MOST_LINES} are taken at once.",))
    if upload.site_id not in {one.id for one in visits.sites(session, clinic_id)}:
        return Plan(problems=("Choose one of the clinic’s sites.",))
    settings = clinic_settings.read(session, clinic_id)
    staff, seen = clinicians(session, clinic_id), _Seen()
    lines = [_line(session, settings, header, number, cells, staff, seen, now) for number, cells in rows]
    return Plan(tuple(lines), unused=unused)


def apply(session: Session, clinic_id: int, upload: Upload, *, by: int, now: datetime) -> Plan:
    """Do what a file says, as things stand, and return it; a file with anything wrong in it does nothing."""
    found = plan(session, clinic_id, upload, now=now)
    if not found.is_right:
        return found
    read = _rows(upload.text)
    assert not isinstance(read, str), "A right plan comes from rows."  # noqa: S101
    header, rows = read
    staff, settings = clinicians(session, clinic_id), clinic_settings.read(session, clinic_id)
    for line, (_number, cells) in zip(found.lines, rows, strict=True):
        if line.visit != "new":
            continue
        values = read_fields(_by_name(header, cells), settings, _languages(settings), staff, now)
        known = patients.by_record_number(session, clinic_id, line.record_number)
        assert values.at is not None and values.clinician is not None  # noqa: S101, PT018 (a right line has both)
        patient = _new_patient(values, settings) if known is None else known
        new = NewVisit(upload.site_id, values.clinician.id, values.at, patient)
        visits.create(session, clinic_id, new, by=by, now=now, invites=upload.invites)
    return found


def sample(clinician: str, day: date) -> str:
    """Return a small file that can be imported as it is, of two people who do not exist."""
    rows = (
        COLUMNS,
        ("EXAMPLE-1", "Example, Ana", "1980-05-03", day, "09:20", clinician, "en", "ana@example.org", "+1 555 0100"),
        ("EXAMPLE-2", "Example, Luis", "1975-11-21", day, "10:00", clinician, "", "", ""),
    )
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _rows(text: str) -> tuple[list[str], list[tuple[int, list[str]]]] | str:
    """Return the column names and the lines with their numbers, or what is wrong with the file."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error:
        return f"Line {reader.line_num} cannot be read: a quotation mark is missing or too many."
    if not rows:
        return "The file is empty."
    return [name.strip().lower().replace(" ", "_") for name in rows[0][1]], rows[1:]


def _line(
    session: Session,
    settings: ClinicSettings,
    header: Sequence[str],
    number: int,
    cells: Sequence[str],
    staff: Mapping[str, Clinician],
    seen: _Seen,
    now: datetime,
) -> Line:
    values = read_fields(_by_name(header, cells), settings, _languages(settings), staff, now)
    errors = list(values.errors)
    if len(cells) > len(header):
        errors.append(f"There are {len(cells)} values for {len(header)} columns: put a value with a comma in quotes.")
    line = Line(number, values.record_number, values.name)
    if not errors:
        errors += _against_above(values, number, seen)
    known = None
    if not errors:
        patient_id = patients.by_record_number(session, settings.clinic_id, values.record_number)
        known = None if patient_id is None else (patient_id, patients.details(session, settings.clinic_id, patient_id))
        if known and known[1].name and _is_somebody_else(values, known[1]):
            errors.append("record_number: another patient of the clinic has this number. Check number, name and date.")
    if errors:
        return Line(line.number, line.record_number, line.name, errors=tuple(errors))
    assert values.at is not None and values.clinician is not None  # noqa: S101, PT018 (nothing is wrong with it)
    there = None if known is None else visits.at_moment(session, settings.clinic_id, known[0], values.at)
    differs = () if known is None else _differences(values, known[1])
    if there is not None:
        stored = visits.card(session, settings.clinic_id, there)
        differs += ("clinician",) if stored.clinician_id != values.clinician.id else ()
    return Line(
        number,
        values.record_number,
        values.name,
        values.at,
        values.clinician.name,
        "new" if known is None else "known",
        "new" if there is None else "exists",
        differs,
    )


def _against_above(values: Fields, number: int, seen: _Seen) -> list[str]:
    """Return what is wrong with a line because of those above it, and remember it for those below."""
    assert values.born_on is not None and values.at is not None  # noqa: S101, PT018 (nothing is wrong with it)
    record = plain_record(values.record_number)
    other = seen.people.setdefault(record, (number, values.name.casefold(), values.born_on))
    if other[1:] != (values.name.casefold(), values.born_on):
        return [f"record_number: line {other[0]} has this number with another name or date of birth."]
    before = seen.visits.setdefault((record, values.at), number)
    return [f"date: the same visit stands in line {before} already."] if before != number else []


def _is_somebody_else(values: Fields, stored: Details) -> bool:
    return {"name", "date_of_birth"} <= set(_differences(values, stored))


def _differences(values: Fields, stored: Details) -> tuple[str, ...]:
    """Return the columns that say something else than what is stored; an empty one says nothing."""
    pairs = {
        "name": (values.name.casefold(), (stored.name or "").casefold()),
        "date_of_birth": (values.born_on, stored.born_on),
        "language": (values.language, stored.language),
        "email": (values.email and values.email.casefold(), (stored.email or "").casefold()),
        "phone": (values.phone, stored.phone),
    }
    return tuple(name for name, (given, kept) in pairs.items() if given and given != kept)


def _new_patient(values: Fields, settings: ClinicSettings) -> NewPatient:
    assert values.born_on is not None  # noqa: S101 (a right line has one)
    language = values.language or next(iter(_languages(settings)), settings.languages[0])
    return NewPatient(
        values.record_number, values.name, values.born_on, language, values.email or None, values.phone or None
    )


def _languages(settings: ClinicSettings) -> Sequence[str]:
    return clinic_settings.offered_languages(settings, catalogue.current())


def _by_name(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    return dict(zip(header, cells, strict=False))


def next_working_day(now: datetime) -> date:
    """Return tomorrow, or Monday where that is a weekend."""
    day = now.date() + timedelta(days=1)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
