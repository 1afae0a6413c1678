"""Made-up clinics for the tests of suppression: patients with a history of forms, and what a clinic did in a month."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import strategies as st

from clinic.core.suppression import Cell, Table
from clinic.core.trends import KINDS, Kind, Period

MONTHS = [Period(date(2026, month, 1), "month") for month in range(1, 13)]


@dataclass(frozen=True)
class Form:
    """What one patient's form says, and of which groups the patient is."""

    patient: int
    month: int
    site: str
    language: str
    gap: bool | None
    wish: bool
    high: bool
    ticked: bool
    enough: bool


def tables_of(forms: Iterable[Form]) -> dict[str, Table]:
    forms = list(forms)
    known = [one for one in forms if one.gap is not None]
    asked: dict[str, tuple[list[Form], Callable[[Form], bool]]] = {
        "gap:stigma": (known, lambda one: bool(one.gap)),
        "wish:stigma": ([one for one in known if one.gap], lambda one: one.wish),
        "insufficient:stigma": (forms, lambda one: one.gap is None),
        "gap:support": ([one for one in forms if one.enough], lambda one: one.high),
        "insufficient:support": (forms, lambda one: not one.enough),
        "subtheme:EMO": (forms, lambda one: one.high),
        "code:EMO.judged": (forms, lambda one: one.ticked),
        "code:EMO.alone": (forms, lambda one: one.ticked and one.wish),
    }
    return {measure: _table(forms, *one) for measure, one in asked.items()}


def _table(everybody: list[Form], counted: list[Form], has: Callable[[Form], bool]) -> Table:
    def cell(belongs: Callable[[Form], bool]) -> Cell:
        mine = [one for one in counted if belongs(one)]
        return Cell(sum(has(one) for one in mine), len(mine))

    sites, languages = ({getattr(one, name) for one in everybody} for name in ("site", "language"))
    return Table(
        cell(lambda _one: True),
        {
            "site": {site: cell(lambda one, site=site: one.site == site) for site in sites},
            "language": {spoken: cell(lambda one, spoken=spoken: one.language == spoken) for spoken in languages},
        },
    )


def work_of(number: random.Random, most: int) -> dict[str, Table]:
    """Return what a clinic did in a month, in which every count is the count of another one's."""

    def split(n: int) -> int:
        return min(n, max(0, round(n * number.choice((0, 0.1, 0.5, 0.7, 0.9, 1))) + number.choice((-2, 0, 1, 3))))

    invited = number.choice((0, 5, most // 2, most))
    opened = split(invited)
    modes = {mode: number.randint(0, opened) for mode in ("web", "tablet")}
    begun = {"web": min(modes["web"], opened), "": 0}
    begun["tablet"] = min(opened - begun["web"], modes["tablet"])
    begun[""] = opened - begun["web"] - begun["tablet"]
    by_mode = {mode: Cell(split(n) if mode else 0, n) for mode, n in begun.items()}
    done = sum(one.x for one in by_mode.values())
    pages = [split(opened - done)]
    pages.append(split(opened - done - pages[0]))
    pages.append(opened - done - sum(pages))
    s2, s3 = split(done), number.choice((0, 0, 3, 12))
    s3 = min(s3, done)
    happened = split(most)
    return {
        "opened": Table(Cell(opened, invited)),
        "done": Table(Cell(done, opened), {"mode": by_mode}),
        **{f"left:{page}": Table(Cell(left, opened)) for page, left in enumerate(pages, 1)},
        "declined": Table(Cell(split(invited - opened), invited)),
        "proxy": Table(Cell(split(done), done)),
        "alert:S2": Table(Cell(s2, done)),
        "alert:S3": Table(Cell(s3, done)),
        "in_target": Table(Cell(split(s2 + s3), s2 + s3)),
        "happened:stigma": Table(Cell(happened, most)),
        "helped:stigma": Table(Cell(split(happened), happened)),
    }


def added(many: Iterable[Mapping[str, Table]]) -> dict[str, Table]:
    """Add up tables of the same measures."""
    wholes: dict[str, Cell] = defaultdict(lambda: Cell(0, 0))
    groups: dict[str, Any] = defaultdict(lambda: defaultdict(lambda: defaultdict(lambda: Cell(0, 0))))
    for tables in many:
        for measure, table in tables.items():
            wholes[measure] = plus(wholes[measure], table.whole)
            for dimension, cells in table.groups.items():
                for value, cell in cells.items():
                    groups[measure][dimension][value] = plus(groups[measure][dimension][value], cell)
    return {measure: Table(whole, groups[measure]) for measure, whole in wholes.items()}


def plus(one: Cell, other: Cell) -> Cell:
    return Cell(one.x + other.x, one.n + other.n)


def a_year(
    forms: Iterable[Form], months: Iterable[Period], only: Iterable[str] = (), kinds: Iterable[Kind] = KINDS
) -> dict[Period, dict[str, Table]]:
    """Return the tables of every period of some months: the latest form of each patient and period."""
    found: dict[Period, dict[str, Table]] = {}
    spans = {Period.of(kind, month.start) for month in months for kind in kinds}
    for period in spans:
        latest = {one.patient: one for one in forms if period.holds(MONTHS[one.month])}
        if latest:
            tables = tables_of(latest.values())
            found[period] = {measure: tables[measure] for measure in only or tables}
    return found


@st.composite
def histories(draw: st.DrawFn, *, months: int = 12, once: bool = False) -> list[Form]:
    """Return forms by month: some patients come often, most keep their site, and what they say changes now and then."""
    number = random.Random(draw(st.integers(0, 1 << 32)))
    many = draw(st.sampled_from((6, 14, 30, 60, 120)))
    sites = draw(st.sampled_from(("a", "ab", "abbb", "aaabbbc", "aaaaabbbcd")))
    often = draw(st.sampled_from((0.1, 0.35, 0.9)))
    share = draw(st.sampled_from((0.0, 0.05, 0.3, 0.5, 0.9)))
    forms = []
    for patient in range(many * (3 if once else 1)):
        at, language, hard = number.choice(sites), number.choice("eeees"), number.random() < share
        for month in [number.randrange(months)] if once else range(months):
            if not once and number.random() > often:
                continue
            if number.random() < 0.2:
                hard = number.random() < share
            forms.append(
                Form(
                    patient,
                    month,
                    number.choice(sites) if number.random() < 0.05 else at,
                    language,
                    None if number.random() < 0.05 else hard,
                    number.random() < 0.5,
                    hard or number.random() < 0.2,
                    hard and number.random() < 0.4,
                    number.random() < 0.97,
                )
            )
    return sorted(forms, key=lambda one: one.month)
