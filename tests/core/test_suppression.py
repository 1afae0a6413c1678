"""No hidden count can be worked out from what is shown: solved by linear programming over random clinics."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import Phase, settings
from hypothesis import given as forall
from hypothesis import strategies as st

from clinic.core.suppression import LEAST, OUTSIDE, WIDTH, Cell, Decision, Published, Table, decide
from clinic.core.suppression_flow import Hidden, room
from clinic.core.trends import EVERYBODY, Group, Period
from clinic.services.trend_running import rounded
from tests.core.disclosure_solver import About, cell_of, groups_of, leaks, work_out
from tests.core.random_clinics import MONTHS, Form, a_year, added, histories, work_of

pytestmark = pytest.mark.slow


def published(tables: Mapping[Period, Mapping[str, Table]], smallest: int) -> list[Published]:
    """Publish periods one after the other, shorter ones first."""
    found: list[Published] = []
    for period in sorted(tables, key=lambda one: (one.end, one.kind != "month", one.kind != "quarter")):
        inside = [one for one in found if period.holds(one.period)]
        decision = decide(period.kind, tables[period], smallest=smallest, finer=inside)
        found.append(Published(period, tables[period], decision))
    return found


def nothing_leaks(made: list[Published], k: int, *, exact: bool) -> None:
    for outside in (False, True):
        # The clinic has also seen each month as it was told before it was published.
        seen = {} if outside else told(made, k)
        found = work_out(made, outside=outside, exact=exact, seen=seen)
        assert leaks(found, made, WIDTH, OUTSIDE if outside else k) == []


def told(made: list[Published], k: int) -> dict[tuple[Period, str], About]:
    """Return what the page tells of each month on its last day before it is published."""
    found = {}
    for one in made:
        for measure, table in one.tables.items():
            if one.period.kind == "month" and measure.startswith("gap:") and (about := rounded(table.whole, k)):
                found[one.period, measure] = About(*about, k + WIDTH)
    return found


smallest = st.integers(LEAST, OUTSIDE)
chances = st.builds(random.Random, st.integers(0, 1 << 32))
PATIENTS = ("gap:stigma", "wish:stigma", "gap:support", "insufficient:stigma", "insufficient:support")


def careful(examples: int) -> settings:
    """Return settings of a test whose single example takes long: what fails is not made smaller."""
    return settings(max_examples=examples, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@pytest.mark.slow
@forall(histories(months=1), smallest)
@careful(15)
def test_nothing_hidden_can_be_worked_out_of_one_period(forms: list[Form], k: int) -> None:
    nothing_leaks(published(a_year(forms, MONTHS[:1], kinds=("month",)), k), k, exact=True)


@forall(histories(months=1), smallest)
@settings(deadline=None)
def test_what_is_told_of_a_running_month_is_published_if_nothing_changes(forms: list[Form], k: int) -> None:
    made = published(a_year(forms, MONTHS[:1], only=PATIENTS, kinds=("month",)), k)
    shown = {(one.period, name) for one in made for name, groups in one.decision.inside.items() if EVERYBODY in groups}
    assert set(told(made, k)) <= shown


@pytest.mark.slow
@forall(chances, st.sampled_from((20, 50, 200)), smallest)
@careful(25)
def test_nothing_hidden_of_a_clinics_work_can_be_worked_out(number: random.Random, most: int, k: int) -> None:
    nothing_leaks(published({MONTHS[0]: work_of(number, most)}, k), k, exact=True)


@pytest.mark.slow
@forall(histories(months=3), smallest)
@careful(10)
def test_nothing_hidden_can_be_worked_out_of_a_quarter_and_its_months(forms: list[Form], k: int) -> None:
    tables = a_year(forms, MONTHS[:3], only=PATIENTS[:2], kinds=("month", "quarter"))
    nothing_leaks(published(tables, k), k, exact=False)


@pytest.mark.slow
@forall(histories(months=3, once=True), smallest)
@careful(6)
def test_nothing_hidden_can_be_worked_out_where_everybody_comes_once(forms: list[Form], k: int) -> None:
    tables = a_year(forms, MONTHS[:3], only=PATIENTS, kinds=("month", "quarter"))
    nothing_leaks(published(tables, k), k, exact=True)


@pytest.mark.slow
@forall(histories(), st.booleans(), smallest)
@careful(4)
def test_nothing_hidden_can_be_worked_out_of_a_year(forms: list[Form], once: bool, k: int) -> None:
    if once:
        forms = list({one.patient: one for one in forms}.values())
    nothing_leaks(published(a_year(forms, MONTHS, only=PATIENTS[:1]), k), k, exact=once)


@pytest.mark.slow
@forall(st.lists(st.tuples(chances, st.sampled_from((5, 20, 60))), min_size=3, max_size=3))
@careful(10)
def test_nothing_hidden_of_a_clinics_work_can_be_worked_out_of_its_sums(
    months: list[tuple[random.Random, int]],
) -> None:
    tables = {month: work_of(*one) for month, one in zip(MONTHS, months, strict=False)}
    quarter = {Period.of("quarter", MONTHS[0].start): added(tables.values())}
    nothing_leaks(published(tables | quarter, OUTSIDE), OUTSIDE, exact=True)


def everything(tables: Mapping[str, Table]) -> Decision:
    """Show whatever is no small count by itself, as if nothing could be worked out."""

    def is_open(cell: Cell) -> bool:
        return not any(0 < count < OUTSIDE for count in (cell.x, cell.n, cell.n - cell.x))

    shown = {
        measure: frozenset(
            group
            for group in [EVERYBODY, *(each for many in groups_of([table]).values() for each in many)]
            if is_open(cell_of(table, group))
        )
        for measure, table in tables.items()
    }
    return Decision(shown, shown)


def sites(**cells: tuple[int, int]) -> Table:
    groups = {name: Cell(*one) for name, one in cells.items()}
    return Table(Cell(sum(one.x for one in groups.values()), sum(one.n for one in groups.values())), {"site": groups})


def site(name: str) -> Group:
    return Group("site", name)


def test_the_solver_finds_what_a_total_gives_away() -> None:
    tables = {"gap:stigma": sites(a=(20, 50), b=(3, 30))}
    made = [Published(MONTHS[0], tables, everything(tables))]

    found = leaks(work_out(made, outside=False, exact=True), made, WIDTH, OUTSIDE)
    assert found == [(MONTHS[0], "gap:stigma", site("b"), rest) for rest in (0, 1)]


def test_the_solver_finds_the_month_that_a_quarter_gives_away() -> None:
    whole = (Cell(20, 50), Cell(3, 40), Cell(15, 45))
    tables = {month: {"gap:stigma": Table(one)} for month, one in zip(MONTHS, whole, strict=False)}
    tables[Period.of("quarter", MONTHS[0].start)] = added(tables.values())
    made = [Published(period, mine, everything(mine)) for period, mine in tables.items()]

    found = leaks(work_out(made, outside=False, exact=True), made, WIDTH, OUTSIDE)
    assert found == [(MONTHS[1], "gap:stigma", EVERYBODY, rest) for rest in (0, 1)]


def test_the_solver_finds_the_month_that_a_running_quarter_gives_away() -> None:
    months = {
        month: {"gap:stigma": Table(one)} for month, one in zip(MONTHS, (Cell(1, 12), Cell(11, 32)), strict=False)
    }
    made = published(months, OUTSIDE)
    quarter = Period.of("quarter", MONTHS[0].start)
    # It runs, so that nothing is published of it, and yet it was told that it has about 25 % of about 45.
    made.append(Published(quarter, added(months.values()), Decision({}, {})))
    seen = {(quarter, "gap:stigma"): About(0.25, 45, OUTSIDE)}

    found = leaks(work_out(made, outside=False, exact=True, seen=seen), made, WIDTH, OUTSIDE)
    assert (MONTHS[0], "gap:stigma", EVERYBODY, 0) in found
    assert leaks(work_out(made, outside=False, exact=True), made, WIDTH, OUTSIDE) == []


def test_the_solver_finds_the_group_that_a_running_month_gives_away() -> None:
    tables = {"gap:stigma": sites(a=(0, 30), b=(0, 30))}
    made = [Published(MONTHS[0], tables, Decision({}, {}))]
    seen = {(MONTHS[0], "gap:stigma"): About(0, 60, 0)}

    found = leaks(work_out(made, outside=False, exact=True, seen=seen), made, WIDTH, OUTSIDE)
    assert (MONTHS[0], "gap:stigma", site("a"), 0) in found
    assert rounded(tables["gap:stigma"].whole, OUTSIDE) is None


@pytest.mark.parametrize(
    ("cell", "is_shown"),
    [
        ((11, 22), True),
        ((0, 11), True),
        ((11, 11), True),
        ((0, 0), True),
        ((0, 10), False),
        ((10, 50), False),
        ((40, 50), False),
    ],
)
def test_a_small_count_is_hidden_and_nobody_is_not(cell: tuple[int, int], is_shown: bool) -> None:
    decision = decide("month", {"gap:stigma": Table(Cell(*cell))})

    assert (EVERYBODY in decision.outside["gap:stigma"]) is is_shown


def test_a_second_group_is_hidden_with_the_only_one_that_is_small() -> None:
    decision = decide("month", {"gap:stigma": sites(a=(20, 50), b=(30, 60), c=(3, 30))})

    assert decision.outside["gap:stigma"] == {EVERYBODY, site("b")}, "the smaller of the others is a"


def test_a_whole_that_says_what_its_hidden_groups_are_is_hidden() -> None:
    decision = decide("month", {"gap:stigma": sites(a=(0, 50), b=(0, 30), c=(0, 4))})

    assert decision.outside["gap:stigma"] == frozenset()


def test_what_rests_on_a_hidden_figure_is_hidden() -> None:
    gap, wish = sites(a=(20, 50), b=(25, 60), c=(30, 36)), sites(a=(0, 20), b=(12, 25), c=(15, 30))
    decision = decide("month", {"gap:stigma": gap, "wish:stigma": wish})

    assert decision.outside["gap:stigma"] == {EVERYBODY, site("b")}
    assert decision.outside["wish:stigma"] == {EVERYBODY, site("b")}


def test_the_clinic_may_see_more_than_may_leave_it() -> None:
    decision = decide("month", {"gap:stigma": sites(a=(6, 20), b=(30, 60), c=(30, 60))}, smallest=5)

    assert decision.inside["gap:stigma"] == {EVERYBODY, site("a"), site("b"), site("c")}
    assert len(decision.outside["gap:stigma"]) == 2


def quarter_of(*months: Table) -> tuple[list[Published], Decision]:
    tables = {month: {"gap:stigma": one} for month, one in zip(MONTHS, months, strict=False)}
    tables[Period.of("quarter", MONTHS[0].start)] = added(tables.values())
    made = published(tables, OUTSIDE)
    return made, made[-1].decision


def test_a_quarter_of_three_hidden_months_is_shown() -> None:
    _made, quarter = quarter_of(*[Table(Cell(5, 20))] * 3)

    assert quarter.outside["gap:stigma"] == {EVERYBODY}


def test_a_quarter_is_hidden_that_would_give_away_its_only_hidden_month() -> None:
    _made, quarter = quarter_of(Table(Cell(15, 40)), Table(Cell(5, 40)), Table(Cell(16, 40)))

    assert quarter.outside["gap:stigma"] == frozenset()


def test_a_year_is_hidden_that_would_give_away_its_only_hidden_quarter() -> None:
    months = [Table(Cell(5 if at in (0, 1) else 15, 40)) for at in range(12)]
    months[2] = Table(Cell(0, 40))
    tables = {month: {"gap:stigma": one} for month, one in zip(MONTHS, months, strict=True)}
    for start in MONTHS[::3]:
        quarter = Period.of("quarter", start.start)
        tables[quarter] = added(tables[month] for month in MONTHS if quarter.holds(month))
    tables[Period.of("year", MONTHS[0].start)] = added(tables[month] for month in MONTHS)
    made = published(tables, OUTSIDE)

    hidden = [str(one.period) for one in made if not one.decision.outside["gap:stigma"]]
    assert hidden == ["2026-01", "2026-02", "2026-Q1", "2026"]


def test_a_quarter_that_hardly_has_more_people_than_its_last_month_does_not_bound_it() -> None:
    gap = {"gap:stigma": Table(Cell(30, 60))}
    tables = {month: gap | {"wish:stigma": Table(Cell(x, 30))} for month, x in zip(MONTHS, (12, 5, 6), strict=False)}
    quarter = Period.of("quarter", MONTHS[0].start)

    def shown(people: int) -> bool:
        mine = {"gap:stigma": Table(Cell(people, 100)), "wish:stigma": Table(Cell(12, people))}
        return bool(published(tables | {quarter: mine}, OUTSIDE)[-1].decision.outside["wish:stigma"])

    # Of 31 people 30 came in March and 19 of the 31 did not wish: at least 11 of March's wished.
    assert not shown(31)
    assert shown(45)


def test_a_quarter_does_not_tell_of_the_few_who_did_not_come_in_its_last_month() -> None:
    quarter = Period.of("quarter", MONTHS[0].start)
    months = {month: Cell(x, n) for month, (x, n) in zip(MONTHS, ((30, 70), (28, 66), (25, 60)), strict=False)}

    def shown(whole: Cell) -> bool:
        tables = {period: {"gap:stigma": Table(cell)} for period, cell in (months | {quarter: whole}).items()}
        return bool(published(tables, OUTSIDE)[-1].decision.outside["gap:stigma"])

    # 28 of 63 less March's 25 of 60: three people, all of them at a gap.
    assert not shown(Cell(28, 63))
    # Twenty people, three of them at a gap; then twenty-three, twelve of them; then nobody else at all.
    assert not shown(Cell(28, 80))
    assert shown(Cell(37, 83))
    assert shown(Cell(25, 60))


def test_a_site_that_every_month_hid_is_shown_in_the_quarter() -> None:
    month = sites(a=(8, 20), b=(9, 30), c=(20, 60))
    made, quarter = quarter_of(month, month, month)

    assert made[0].decision.outside["gap:stigma"] == {EVERYBODY, site("c")}
    assert quarter.outside["gap:stigma"] == {EVERYBODY, site("a"), site("b"), site("c")}


def test_a_site_stays_hidden_where_the_quarter_would_give_a_month_away() -> None:
    _made, quarter = quarter_of(
        sites(a=(8, 20), b=(9, 30)), sites(a=(20, 40), b=(21, 42)), sites(a=(20, 40), b=(22, 44))
    )

    assert quarter.outside["gap:stigma"] == {EVERYBODY}


def test_a_table_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        decide("month", {"gap:stigma": Table(Cell(5, 20), {"site": {"a": Cell(4, 20)}})})
    with pytest.raises(ValueError, match="no part of its n"):
        decide("month", {"gap:stigma": Table(Cell(21, 20))})


def test_only_a_shorter_period_lies_inside_another() -> None:
    with pytest.raises(ValueError, match="shorter than a month"):
        decide("month", {}, finer=[Published(MONTHS[0], {}, Decision({}, {}))])


@forall(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=4))
def test_the_room_of_a_count_in_a_full_table_is_that_of_its_margins(rows: list[list[int]]) -> None:
    counts = [Hidden(row, column, value) for row, cells in enumerate(rows) for column, value in enumerate(cells)]
    total = sum(map(sum, rows))
    for at, one in enumerate(counts):
        r, c = sum(rows[at // 3]), sum(cells[at % 3] for cells in rows)
        # Frechet: from r + c - total (or 0) to the smaller of r and c.
        assert room(counts, [at], total + 1) == min(r, c) - max(0, r + c - total), one


def test_a_count_has_no_more_room_than_up_to_its_most() -> None:
    counts = [Hidden(row, column, 4, most=5) for row in "ab" for column in "xy"]

    assert room(counts, [0], 99) == 2
    assert room(counts, [0, 1], 99) == 0, "that is the whole row"
