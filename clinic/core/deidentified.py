"""De-identify forms: months for days, bands for ages, pseudonyms and site numbers made anew, small groups pooled."""

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
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
POOLED = ("age_band", "site", "language", "mode", "respondent", "version", "profile")

Sets = Counter[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One form of a de-identified table; `patient` is a pseudonym, `occasion` numbers the forms of a patient.

    `month` is "2026-03", or where too few patients have it "2026-Q1", "2026" or "other"; `age_band` is that of the
    patient's first form, as a band that changes from one form to the next would tell a birthday.
    """

    patient: str
    occasion: int
    month: str
    quarter: str
    age_band: str
    site: str
    language: str
    mode: str
    respondent: str
    instrument: str
    version: str
    profile: str
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


def quarter_of(month: str) -> str:
    """Return the quarter of what is written of a month: "2026-Q1"; a year or "other" stays as it is."""
    year, dash, number = month.partition("-")
    return f"{year}-Q{(int(number) + 2) // 3}" if dash and number.isdigit() else month


# A month that too few patients have is written as the first of these that enough have.
_WIDER: tuple[Callable[[str], str], ...] = (quarter_of, lambda unit: unit[:4], lambda _: OTHER)


def most_forms(patients: Mapping[int, int], smallest: int = OUTSIDE) -> int:
    """Return the largest number of forms that at least `smallest` patients have; at least 1.

    `patients` holds how many patients have exactly so many forms.
    """
    held = 0
    for forms in sorted(patients, reverse=True):
        held += patients[forms]
        if held >= smallest:
            return forms
    return 1


@dataclass
class Census:
    """How many patients each value of a column has; it is filled patient by patient before a table is written.

    Forms of other `profiles` (questionnaire, version, scoring profile) are left out, and so is what a patient has
    beyond the first `most` forms: whoever has more rows than anybody else would be found by counting them.
    """

    zone: ZoneInfo
    profiles: frozenset[tuple[str, str, str]]
    most: int
    patients: int = 0
    forms: int = 0
    left_out: int = 0
    # The same patient may have several values of a column: each set of values is counted once for each patient.
    _sets: dict[str, Sets] = field(default_factory=lambda: {name: Counter() for name in ("month", *POOLED)})

    def add(self, forms: Sequence[FinishedForm]) -> None:
        """Count all forms of one patient."""
        kept = self.kept(forms)
        self.left_out += len(forms) - len(kept)
        if not kept:
            return
        self.patients += 1
        self.forms += len(kept)
        values = self.values(kept)
        for name, sets in self._sets.items():
            sets[frozenset(one[name] for one in values)] += 1

    def kept(self, forms: Iterable[FinishedForm]) -> list[FinishedForm]:
        """Return those forms of one patient that a table holds, the earliest first."""
        known = [one for one in forms if (*one.version, one.scoring_profile) in self.profiles]
        return sorted(known, key=lambda one: one.moment)[: self.most]

    def values(self, kept: Sequence[FinishedForm]) -> list[dict[str, str]]:
        """Return what the columns would hold of one patient's forms, before anything is pooled."""
        band = age_band(kept[0].born_on, kept[0].moment.astimezone(self.zone).date())
        return [{"age_band": band, **_values(one, self.zone)} for one in kept]

    def written(self, column: str, smallest: int = OUTSIDE) -> dict[str, str]:
        """Return what is written of each value of a column: itself, or "other" (of a month: what is wider).

        Values that fewer than `smallest` patients have are pooled; where they hold too few together, the next smallest
        one joins them.
        """
        sets = self._sets[column]
        found = {value: value for value in frozenset[str]().union(*sets)}
        for wider in _WIDER if column == "month" else _WIDER[-1:]:
            units = frozenset(found.values())
            now = _through(sets, found)
            for group in sorted({wider(unit) for unit in units}):
                inside = frozenset(unit for unit in units if wider(unit) == group)
                pooled = _pooled(_through(now, {unit: unit for unit in inside}), smallest)
                found = {value: group if unit in pooled else unit for value, unit in found.items()}
        return found


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
        self._census = census
        self._key = secrets.token_bytes(32)
        self._written = {name: census.written(name) for name in ("month", *POOLED)}
        self.pooled = {
            name: frozenset(value for value, written in by_value.items() if written != value)
            for name, by_value in self._written.items()
        }
        sites = sorted(site for site, written in self._written["site"].items() if written != OTHER)
        secrets.SystemRandom().shuffle(sites)
        self._sites = {site: f"S{number}" for number, site in enumerate(sites, 1)}

    def has_version(self, version: tuple[str, str]) -> bool:
        """Tell whether a table names a questionnaire's version."""
        return self._written["version"].get(_key_of(*version), OTHER) != OTHER

    def rows(self, forms: Iterable[FinishedForm]) -> list[Row]:
        """Return the rows of all forms of one patient, the earliest first."""
        kept = self._census.kept(forms)
        if not kept:
            return []
        digest = hmac.new(self._key, str(kept[0].patient_id).encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_CHARS]
        both = zip(kept, self._census.values(kept), strict=True)
        return [self._row(digest, occasion, form, values) for occasion, (form, values) in enumerate(both, 1)]

    def _row(self, patient: str, occasion: int, form: FinishedForm, values: Mapping[str, str]) -> Row:
        # What came after the count is of nobody counted, so it is pooled too.
        told = {name: self._written[name].get(value, OTHER) for name, value in values.items()}
        told["site"] = self._sites.get(told["site"], OTHER)
        told["quarter"] = quarter_of(told["month"])
        if told["version"] == OTHER:
            # The scoring profile of a version that is not named would name it.
            told |= {"instrument": OTHER, "profile": OTHER}
        else:
            told |= {"instrument": form.instrument_id, "version": form.instrument_version}
        return Row(patient=patient, occasion=occasion, form=form, **told)


def _key_of(instrument: str, version: str) -> str:
    return f"{instrument}|{version}"


def _values(form: FinishedForm, zone: ZoneInfo) -> dict[str, str]:
    return {
        "month": f"{form.moment.astimezone(zone):%Y-%m}",
        "site": str(form.site_id),
        "language": form.language,
        "mode": form.mode,
        "respondent": form.respondent or UNKNOWN,
        "version": _key_of(*form.version),
        "profile": form.scoring_profile,
    }


def _through(sets: Sets, to: Mapping[str, str]) -> Sets:
    """Return the sets with each value put as another, without those that are not put as any."""
    found: Sets = Counter()
    for values, count in sets.items():
        found[frozenset(to[one] for one in values if one in to)] += count
    return found


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
