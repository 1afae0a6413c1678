"""De-identify forms: months for days, bands for ages, pseudonyms and site numbers made anew, small groups pooled."""

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from clinic.core.errors import TooFewPatients
from clinic.core.finished import FinishedForm
from clinic.core.suppression import OUTSIDE

OTHER = "other"
UNKNOWN = "unknown"
# Ages from here on stand in one band: so few people reach them that the age alone may tell who it is.
OLDEST = 90
YOUNGEST = 20
PSEUDONYM_CHARS = 16
POOLED = ("age_band", "site", "language", "mode", "respondent")


@dataclass(frozen=True, slots=True)
class Row:
    """One form of a de-identified table; `patient` is a pseudonym, `occasion` numbers the forms of a patient."""

    patient: str
    occasion: int
    month: str
    age_band: str
    site: str
    language: str
    mode: str
    respondent: str
    form: FinishedForm


def age_band(born_on: date | None, on: date) -> str:
    """Return the band of ten years of an age on a day, such as "40-49"; "unknown" without a date of birth."""
    if born_on is None:
        return UNKNOWN
    age = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    if age < YOUNGEST:
        return f"under {YOUNGEST}"
    if age >= OLDEST:
        return f"{OLDEST}+"
    return f"{age // 10 * 10}-{age // 10 * 10 + 9}"


@dataclass
class Census:
    """How many patients each value of a column has; it is filled patient by patient before a table is written."""

    zone: ZoneInfo
    patients: int = 0
    forms: int = 0
    # The same patient may have several values of a column: each set of values is counted once for each patient.
    _sets: dict[str, Counter[frozenset[str]]] = field(default_factory=lambda: {name: Counter() for name in POOLED})

    def add(self, forms: Sequence[FinishedForm]) -> None:
        """Count all forms of one patient."""
        self.patients += 1
        self.forms += len(forms)
        values = [_values(one, self.zone) for one in forms]
        for name in POOLED:
            self._sets[name][frozenset(one[name] for one in values)] += 1

    def values(self, column: str) -> frozenset[str]:
        """Return every value that any patient has in a column."""
        return frozenset[str]().union(*self._sets[column])

    def pooled(self, smallest: int = OUTSIDE) -> dict[str, frozenset[str]]:
        """Return, by column, the values that are written as "other".

        These are the values that fewer than `smallest` patients have; where they hold too few together, the next
        smallest one joins them.
        """
        return {name: _pooled(sets, smallest) for name, sets in self._sets.items()}


class Deidentifier:
    """Makes the rows of one table; its key and its numbers of sites are made for this table and never stored."""

    def __init__(self, census: Census) -> None:
        """Make it from a count of the very forms that the table will hold.

        Raises TooFewPatients where there are so few that no table of them hides who they are.
        """
        if census.patients < OUTSIDE:
            raise TooFewPatients(
                f"Fewer than {OUTSIDE} patients have a finished form: a table of so few people would tell who they are."
            )
        self._zone = census.zone
        self._key = secrets.token_bytes(32)
        self.pooled = census.pooled()
        # What came after the count is of nobody counted, so it is pooled too.
        self._kept = {name: census.values(name) - self.pooled[name] for name in POOLED}
        sites = sorted(self._kept["site"])
        secrets.SystemRandom().shuffle(sites)
        self._sites = {site: f"S{number}" for number, site in enumerate(sites, 1)}

    def rows(self, forms: Iterable[FinishedForm]) -> list[Row]:
        """Return the rows of all forms of one patient, the earliest first."""
        ordered = sorted(forms, key=lambda one: one.moment)
        return [self._row(one, occasion) for occasion, one in enumerate(ordered, 1)]

    def _row(self, form: FinishedForm, occasion: int) -> Row:
        values = {
            name: value if value in self._kept[name] else OTHER for name, value in _values(form, self._zone).items()
        }
        values["site"] = self._sites.get(values["site"], OTHER)
        digest = hmac.new(self._key, str(form.patient_id).encode(), hashlib.sha256).hexdigest()
        month = f"{form.moment.astimezone(self._zone):%Y-%m}"
        return Row(patient=digest[:PSEUDONYM_CHARS], occasion=occasion, month=month, form=form, **values)


def _values(form: FinishedForm, zone: ZoneInfo) -> dict[str, str]:
    return {
        "age_band": age_band(form.born_on, form.moment.astimezone(zone).date()),
        "site": str(form.site_id),
        "language": form.language,
        "mode": form.mode,
        "respondent": form.respondent or UNKNOWN,
    }


def _pooled(sets: Mapping[frozenset[str], int], smallest: int) -> frozenset[str]:
    every = frozenset[str]().union(*sets)

    def held(values: frozenset[str]) -> int:
        return sum(count for one, count in sets.items() if one & values)

    by_size = sorted(every, key=lambda value: (held(frozenset((value,))), value))
    found = frozenset(value for value in by_size if held(frozenset((value,))) < smallest)
    for value in by_size[len(found) :]:
        if not found or held(found) >= smallest:
            break
        found |= {value}
    return found
