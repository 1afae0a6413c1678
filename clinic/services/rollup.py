"""The running counts behind the trends: kept with every change of a form, and proved equal to the forms themselves."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    Text,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.core.errors import Busy, DamagedRecord
from clinic.core.trend_counts import COUNTED, Fact, Layout, Leaf, contributions, difference, newest, periods, unpacked
from clinic.db.base import Base
from clinic.db.crypto import Keyring, keyring_of
from clinic.db.models import SUBTHEMES, Assessment, AssessmentScore, Clinic, Patient, TrendCount
from clinic.db.models.assessment import DOMAINS
from clinic.instruments import catalogue
from clinic.services import being_filled

# The time zone for which a clinic was counted, when it was, and when forms were last written beside the counting.
Stamp = tuple[str, datetime | None, datetime | None]

# So many patients are read at once, so that counting takes the same memory whatever there is to count.
BATCH = 500

# Every form that is sent runs these, so they are built once, on the bare tables.
_TABLES = Base.metadata.tables
_FORMS, _SCORES, _CLINICS, _PATIENTS, _LEAVES = (
    _TABLES[one.__tablename__] for one in (Assessment, AssessmentScore, Clinic, Patient, TrendCount)
)


def _said(text: str) -> ColumnElement[str]:
    """Return words of our own inside a statement: each parameter would be worked out anew at every run."""
    return literal_column(f"'{text}'", String())


# The moment and the version by which a finished form counts.
ENDED_AT = func.coalesce(_FORMS.c.submitted_at, _FORMS.c.closed_at)
STORED_VERSION = (
    _FORMS.c.instrument_id + _said("|") + _FORMS.c.instrument_version + _said("|") + _FORMS.c.scoring_profile
)
_KEY = Leaf._fields
_COLUMNS = ("clinic_id", *_KEY, "counts")
_SUBTHEMES = tuple(one.upper() for one in SUBTHEMES)
# `_fact` knows the order.
_COUNTED_FORMS = (
    select(
        _FORMS.c.patient_id,
        _FORMS.c.id,
        ENDED_AT.label("moment"),
        _FORMS.c.site_id,
        _FORMS.c.language,
        _FORMS.c.mode,
        _FORMS.c.respondent,
        STORED_VERSION.label("version"),
        # What is damaged is found out where it is opened: one form must not take the others with it.
        type_coerce(_FORMS.c.document, Text).label("document"),
        *(_SCORES.c[f"{one}_level"] for one in DOMAINS),
        *(_SCORES.c[f"{one}_wish"] for one in DOMAINS),
        *(_SCORES.c[one] for one in SUBTHEMES),
    )
    .join(_SCORES, _SCORES.c.assessment_id == _FORMS.c.id)
    .where(
        # Patients say which forms: the index of the clinic would lead through all of its forms every time.
        _FORMS.c.clinic_id + literal_column("0") == bindparam("clinic"),
        _FORMS.c.state != _said("draft"),
        or_(*(_FORMS.c.respondent == _said(one) for one in COUNTED)),
        _FORMS.c.completion != _said("empty"),
    )
)
_OF_PATIENT = _COUNTED_FORMS.where(_FORMS.c.patient_id == bindparam("patient"))
_OF_YEAR = _OF_PATIENT.where(bindparam("first") <= ENDED_AT, bindparam("end") > ENDED_AT)
_IN_BATCH = _COUNTED_FORMS.where(
    _FORMS.c.patient_id > bindparam("after"), _FORMS.c.patient_id <= bindparam("last")
).order_by(_FORMS.c.patient_id)
_NEXT_PATIENTS = (
    select(_PATIENTS.c.id)
    .where(_PATIENTS.c.clinic_id == bindparam("clinic"), _PATIENTS.c.id > bindparam("after"))
    .order_by(_PATIENTS.c.id)
    .limit(BATCH)
)


def _leaf_of(kind: str) -> Any:
    """Return a form's leaf of one kind of period as a column beside the form."""
    mine = (
        _LEAVES.c.clinic_id == _FORMS.c.clinic_id,
        _LEAVES.c.kind == _said(kind),
        _LEAVES.c.start == bindparam(kind),
        _LEAVES.c.version == STORED_VERSION,
        *(_LEAVES.c[one] == _FORMS.c[one] for one in _KEY[3:]),
    )
    return select(_LEAVES.c.counts).where(*mine).correlate(_FORMS).scalar_subquery().label(f"{kind}_counts")


# The two latest forms of a patient's year, each with the leaves that it could change: one question for all of it.
_LATEST_TWO = (
    _OF_YEAR.add_columns(*(_leaf_of(kind) for kind, _start in periods(date(2000, 1, 1))))
    .order_by(ENDED_AT.desc(), _FORMS.c.id.desc())
    .limit(literal_column("2"))
)
_LEAF = select(_LEAVES.c.counts).where(
    _LEAVES.c.clinic_id == bindparam("clinic"), *(_LEAVES.c[one] == bindparam(one) for one in _KEY)
)
_ALL_LEAVES = select(*(_LEAVES.c[one] for one in _KEY), _LEAVES.c.counts).where(
    _LEAVES.c.clinic_id == bindparam("clinic")
)
_STAMP = select(_CLINICS.c.time_zone, _CLINICS.c.trends_counted_at).where(_CLINICS.c.id == bindparam("clinic"))
_LOCKED = _STAMP.with_for_update(key_share=True)


def _put(dialect: Any) -> Any:
    new = dialect.insert(_LEAVES)
    return new.on_conflict_do_update(index_elements=["clinic_id", *_KEY], set_={"counts": new.excluded.counts})


_PUT = {"sqlite": _put(sqlite), "postgresql": _put(postgresql)}


@dataclass(frozen=True, slots=True)
class Difference:
    """One counter that is kept as something else than the forms say; nobody is named by it."""

    leaf: Leaf
    counter: str
    kept: int
    counted: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a clinic's leaves are and what they should be, as far as they differ: (kept, counted) by leaf.

    `forms` were counted, of which `unread` have answers that cannot be read: they count without their ticks. `stamp`
    tells whether somebody else has counted meanwhile.
    """

    forms: int
    unread: int
    leaves: Mapping[Leaf, tuple[int, int]]
    stamp: Stamp

    def differences(self) -> Iterator[Difference]:
        """Return every counter that differs, by period."""
        for leaf, both in sorted(self.leaves.items()):
            kept, counted = (unpacked(_layout_of(leaf.version), counts) for counts in both)
            yield from (Difference(leaf, name, kept[name], n) for name, n in counted.items() if kept[name] != n)


def counted(
    session: Session,
    clinic_id: int,
    zone: ZoneInfo,
    *,
    patient_id: int,
    form_id: int,
    moment: datetime,
    ticks: frozenset[str],
) -> None:
    """Count a form that has just ended, after its scores were written and in the same transaction.

    It takes the place of the patient's latest form before it wherever both are of one period. `ticks` are its own.
    """
    connection = session.connection()
    _lock(connection, clinic_id)
    day = moment.astimezone(zone).date()
    starts: dict[str, date] = dict(periods(day))
    given: dict[str, Any] = {"clinic": clinic_id, "patient": patient_id, **_bounds(day.year, zone), **starts}
    rows = connection.execute(_LATEST_TWO, given).all()
    if not rows:
        return
    if rows[0].id != form_id:
        # It does not count itself, or it ended before one that does: the whole year tells.
        facts = _facts(connection.execute(_OF_YEAR, given), zone, keyring_of(session))
        _add(connection, clinic_id, difference(_sum([one for one in facts if one.form_id != form_id]), _sum(facts)))
        return
    new = _fact(rows[0], zone, ticks)
    before = _facts(rows[1:], zone, keyring_of(session))
    held = {
        Leaf(*period, row.version, *row[3:7]): counts
        for row in rows
        for period, counts in zip(periods(day), row[-len(starts) :], strict=True)
    }
    _write(connection, clinic_id, held, newest(before[0] if before else None, new, _layout_of))


@contextmanager
def changing(session: Session, clinic_id: int, patient_id: int) -> Iterator[None]:
    """Keep the counts right whatever happens to one patient's forms inside: corrections, withdrawal, erasure.

    An earlier form of a period counts again where the latest one goes.
    """
    session.flush()
    connection = session.connection()
    _lock(connection, clinic_id)
    before = _of_patient(session, clinic_id, patient_id)
    yield
    session.flush()
    _add(connection, clinic_id, difference(before, _of_patient(session, clinic_id, patient_id)))


def compare(session: Session, clinic_id: int) -> Comparison:
    """Count all forms of a clinic anew and say where its leaves differ; a leaf of zeros is as good as none.

    It changes nothing. Where forms may be sent meanwhile, begin with `begin_snapshot`.
    """
    connection = session.connection()
    counted_as = stamp(session, clinic_id)
    zone, keyring = ZoneInfo(counted_as[0]), keyring_of(session)
    totals: dict[Leaf, int] = {}
    forms = unread = 0
    for rows in _batches(connection, clinic_id):
        forms += len(rows)
        for _patient, own in groupby(rows, key=lambda row: row[0]):
            facts = []
            for row in own:
                ticks = _ticks(keyring, row.document)
                unread += ticks is None
                facts.append(_fact(row, zone, ticks))
            for leaf, counts in _sum(facts).items():
                totals[leaf] = totals.get(leaf, 0) + counts
    kept = {
        leaf: _layout_of(leaf.version).unpack(row[7])
        for row in connection.execute(_ALL_LEAVES, {"clinic": clinic_id})
        for leaf in [Leaf(*row[:7])]
    }
    found = {leaf: (kept.get(leaf, 0), totals.get(leaf, 0)) for leaf in {**kept, **totals}}
    differing = {leaf: both for leaf, both in found.items() if both[0] != both[1]}
    return Comparison(forms, unread, differing, counted_as)


def correct(session: Session, clinic_id: int, found: Comparison, *, now: datetime) -> None:
    """Put right what a comparison found, also where forms were counted since: it adds only what was missing.

    Raises Busy where somebody else has counted the clinic meanwhile, or filled it.
    """
    connection = session.connection()
    hold(session, clinic_id)
    if stamp(session, clinic_id) != found.stamp:
        raise Busy("Somebody else has counted or filled this clinic at the same time. Count it again to be sure.")
    _add(connection, clinic_id, {leaf: counted - kept for leaf, (kept, counted) in found.leaves.items()})
    connection.execute(update(_CLINICS).where(_CLINICS.c.id == clinic_id).values(trends_counted_at=now))


def recount(session: Session, clinic_id: int, now: datetime) -> Comparison:
    """Count all forms of a clinic anew in this one transaction, which other forms wait for; return what was wrong."""
    hold(session, clinic_id)
    found = compare(session, clinic_id)
    correct(session, clinic_id, found, now=now)
    return found


def check(session: Session, clinic_id: int) -> list[Difference]:
    """Return every counter of a clinic that is not what its forms say."""
    return list(compare(session, clinic_id).differences())


def ensure_counted(session: Session, clinic_id: int, now: datetime) -> bool:
    """Count a clinic whose forms were never all counted; tell whether that was so."""
    if is_counted(session, clinic_id):
        return False
    recount(session, clinic_id, now)
    return True


def is_counted(session: Session, clinic_id: int) -> bool:
    """Tell whether all forms of a clinic were counted, for the time zone that it has now."""
    return stamp(session, clinic_id)[1] is not None


def stamp(session: Session, clinic_id: int) -> Stamp:
    """Return what the counts of a clinic rest on: where it is another one, they may be of other forms or other days."""
    row = session.connection().execute(_STAMP, {"clinic": clinic_id}).one()
    return row.time_zone, row.trends_counted_at, being_filled.noted_at(session, clinic_id)


def hold(session: Session, clinic_id: int) -> None:
    """Let nobody else change what is counted of a clinic, or how, until this transaction ends."""
    _lock(session.connection(), clinic_id)


def _lock(connection: Connection, clinic_id: int) -> None:
    # One change of a clinic's counts at a time: forms of one clinic mostly share their leaves, so that locks on those
    # would wait as long, and two forms of one patient must see each other. SQLite has one writer at a time as it is.
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCKED, {"clinic": clinic_id})


@lru_cache(maxsize=64)
def _bounds(year: int, zone: ZoneInfo) -> Mapping[str, datetime]:
    """Return the moments between which a year lies in a time zone."""
    first, end = (datetime(one, 1, 1, tzinfo=zone).astimezone(UTC) for one in (year, year + 1))
    return {"first": first, "end": end}


def _batches(connection: Connection, clinic_id: int) -> Iterator[Sequence[Row[Any]]]:
    after = 0
    while patients := connection.execute(_NEXT_PATIENTS, {"clinic": clinic_id, "after": after}).scalars().all():
        last = patients[-1]
        yield connection.execute(_IN_BATCH, {"clinic": clinic_id, "after": after, "last": last}).all()
        after = last


def _of_patient(session: Session, clinic_id: int, patient_id: int) -> dict[Leaf, int]:
    connection = session.connection()
    given = {"clinic": clinic_id, "patient": patient_id}
    zone = ZoneInfo(connection.execute(_STAMP, {"clinic": clinic_id}).one().time_zone)
    return _sum(_facts(connection.execute(_OF_PATIENT, given), zone, keyring_of(session)))


def _sum(facts: Collection[Fact]) -> dict[Leaf, int]:
    return contributions(facts, _layout_of)


# What is published never changes, and each leaf asks for its layout.
@lru_cache(maxsize=64)
def _layout_of(version: str) -> Layout:
    return Layout.of(catalogue.read(*version.split("|")[:2]))


def _facts(rows: Iterable[Row[Any]], zone: ZoneInfo, keyring: Keyring) -> list[Fact]:
    return [_fact(row, zone, _ticks(keyring, row.document)) for row in rows]


def _fact(row: Sequence[Any], zone: ZoneInfo, ticks: frozenset[str] | None) -> Fact:
    patient_id, form_id, moment, site_id, language, mode, respondent, version, _sealed, *scores = row
    domains = len(DOMAINS)
    return Fact(
        patient_id=patient_id,
        form_id=form_id,
        moment=moment,
        day=moment.astimezone(zone).date(),
        site_id=site_id,
        language=language,
        mode=mode,
        respondent=respondent,
        version=version,
        levels=dict(zip(DOMAINS, scores, strict=False)),
        wishes=dict(zip(DOMAINS, scores[domains:], strict=False)),
        twelfths=dict(zip(_SUBTHEMES, scores[2 * domains :], strict=False)),
        ticks=ticks or frozenset(),
    )


def _ticks(keyring: Keyring, sealed: str) -> frozenset[str] | None:
    """Return what was ticked in a form, None where its answers cannot be read."""
    try:
        return frozenset(json.loads(keyring.open(sealed))["answers"]["ticks"])
    except (DamagedRecord, ValueError, KeyError, TypeError):
        return None


def _add(connection: Connection, clinic_id: int, changes: Mapping[Leaf, int]) -> None:
    held = {
        leaf: connection.execute(_LEAF, {"clinic": clinic_id, **leaf._asdict()}).scalar_one_or_none()
        for leaf in changes
    }
    _write(connection, clinic_id, held, changes)


def _write(
    connection: Connection, clinic_id: int, held: Mapping[Leaf, bytes | None], changes: Mapping[Leaf, int]
) -> None:
    rows = []
    for leaf, change in changes.items():
        layout = _layout_of(leaf.version)
        counts = layout.pack(layout.unpack(held[leaf] or b"") + change)
        rows.append(dict(zip(_COLUMNS, (clinic_id, *leaf, counts), strict=True)))
    if rows:
        connection.execute(_PUT[connection.dialect.name], rows)
