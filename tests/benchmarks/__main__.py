"""`make bench`: measure every figure of docs/performance.md beside its floor, and print them as one table."""

import logging
import sys
from collections.abc import Iterator

from tests.benchmarks import counting, printing, trends, walking, writing
from tests.benchmarks.installation import Installation, installation
from tests.benchmarks.limits import LIMITS
from tests.benchmarks.report import Line, machine, ms, table
from tests.benchmarks.serving import serve_once
from tests.benchmarks.transfer import transferred

STARTS = 3
WRITERS = 50
# A million forms take minutes to make: python -m tests.benchmarks.trends 10000 1000000 is for once in a while.
FEW, MANY = 10_000, 200_000


def main() -> None:
    """Measure, print, and exit with status 1 where a gate does not hold."""
    logging.disable(logging.INFO)
    with installation() as made:
        lines = [
            *_pages(made),
            *_prints(),
            *_trends(),
            *_writes(made),
            *_serving(made),
        ]
    print(table(lines))
    print(f"\nMeasured {machine()}.")
    sys.exit(any(line.is_gate and line.holds is False for line in lines))


def _pages(made: Installation) -> Iterator[Line]:
    found = walking.pages(made, turns=12)
    ours = {label: pair for label, pair in found.requests.items() if label.startswith(("GET /", "POST /"))}
    reference = f"22 kB page {ms(found.reference.figure)}"
    hello = f"hello {ms(found.reference.floor)}"
    reference_ratio = f"{found.reference.ratio:.1f} x"
    yield Line("22 kB reference page", ms(found.reference.figure), hello, reference_ratio, "", None)
    for what, method in (("worst patient page, shown", "GET"), ("worst patient page, saved", "POST")):
        label = max((one for one in ours if one.startswith(method)), key=lambda one: ours[one].ratio)
        pair = ours[label]
        yield _ratio(
            f"{what}: {label.removeprefix(method).strip()}", ms(pair.figure), hello, pair.ratio, LIMITS.patient_page
        )
    yield _ratio(
        f"whole form, {found.saved} saved pages, {len(ours)} requests",
        ms(found.form.figure),
        reference,
        found.form.ratio,
        LIMITS.whole_form,
        is_gate=True,
    )
    for what, bare in (("", found.bare_form), (", kept", found.kept_form)):
        name = f"bare Flask page{what}, sent and shown {found.saved} times"
        yield Line(name, ms(bare * found.reference.figure), reference, f"{bare:.1f} x", "", None)
    visit = found.requests["visit"]
    yield _ratio("visit page", ms(visit.figure), hello, visit.ratio, LIMITS.visit_page)


def _prints() -> Iterator[Line]:
    for person in printing.PEOPLE:
        pair = printing.one_page_pdf(person, turns=30)
        floor = f"bare canvas {ms(pair.floor)}"
        yield _ratio(f"PDF, {person} page", ms(pair.figure), floor, pair.ratio, LIMITS.pdf, is_gate=True)
    score = printing.scoring(turns=50)
    yield Line("scoring one form", ms(score), "", "", f"{ms(LIMITS.scoring)}", score <= LIMITS.scoring)


def _writes(made: Installation) -> Iterator[Line]:
    forms = writing.prepare(made, 160)
    one, eight = writing.one_client(forms), writing.many_clients(forms, 8, 8)
    for what, pair, share in (("one client", one, LIMITS.one_client), ("eight clients", eight, LIMITS.eight_clients)):
        yield Line(
            f"submitting, {what}",
            f"{1 / pair.figure:.0f}/s",
            f"raw sqlite3 {1 / pair.floor:.0f}/s",
            f"{1 / pair.ratio:.0%}",
            f"at least {share:.0%}",
            1 / pair.ratio >= share,
            is_gate=True,
        )
    cost = counting.cost(counting.prepare(made, 80), 4)
    for what, pair in (("wall", cost.wall), ("CPU", cost.cpu), ("whole request, CPU", cost.request)):
        yield _ratio(
            f"submitting with the trends' counts, {what}",
            ms(pair.figure),
            f"without {ms(pair.floor)}",
            pair.ratio,
            LIMITS.counting,
            is_gate=what == "wall",
            places=2,
        )
    crowd = writing.crowd(forms, WRITERS)
    spread, errors = crowd.p99 / crowd.p50, len(crowd.errors)
    yield Line(
        f"{WRITERS} writers at once",
        f"p99 {ms(crowd.p99)}, {errors} errors",
        f"p50 {ms(crowd.p50)}",
        f"{spread:.1f} x",
        f"{LIMITS.crowd:g} x, no error",
        spread <= LIMITS.crowd and not errors,
    )


def _serving(made: Installation) -> Iterator[Line]:
    served = [serve_once(made, made.settings.instance / f"served-{n}") for n in range(STARTS)]
    first = min(one.first_answer for one in served)
    yield Line("start to first answer, wall", f"{first:.2f} s", "", "", f"{LIMITS.start:g} s", first <= LIMITS.start)
    pss = served[0].pss
    if pss is not None:
        yield Line("idle memory, PSS", f"{pss:.0f} MiB", "", "", f"{LIMITS.pss:g} MiB", pss <= LIMITS.pss)
    sent = transferred(made)
    for what, size, limit in (
        ("first visit, all files", sent.first_visit, LIMITS.first_visit),
        (f"largest later page: {sent.largest_address}", sent.largest_page, LIMITS.later_page),
    ):
        yield Line(what, f"{size / 1000:.1f} kB", "", "", f"{limit / 1000:g} kB", size <= limit)


def _trends() -> Iterator[Line]:
    with trends.on_both((FEW, MANY)) as made:
        for name, (few, many) in made.items():
            for address in trends.ADDRESSES:
                pair = trends.flat(few, many, address, turns=15)
                floor = f"{FEW // 1000}k forms {ms(pair.floor)}"
                what = f"trends over {MANY // 1000}k forms, {name}: {address}"
                yield _ratio(what, ms(pair.figure), floor, pair.ratio, LIMITS.trends, is_gate=address == "/trends")
    pair = trends.beside_raw(20_000)
    yield Line(
        "seeding forms",
        f"{1 / pair.figure:.0f}/s",
        f"raw executemany {1 / pair.floor:.0f}/s",
        f"{1 / pair.ratio:.0%}",
        f"at least {LIMITS.seeding:.0%}",
        1 / pair.ratio >= LIMITS.seeding,
    )


def _ratio(
    what: str, measured: str, floor: str, ratio: float, limit: float, *, is_gate: bool = False, places: int = 1
) -> Line:
    return Line(what, measured, floor, f"{ratio:.{places}f} x", f"{limit:g} x", ratio <= limit, is_gate)


main()
