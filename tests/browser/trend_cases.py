"""The pages of the trends, to be looked at: two years with everything on them, too few, nothing yet, and a refusal."""

from collections.abc import Callable
from datetime import date

from clinic.core.scope import Role
from clinic.core.trends import Group, Kind
from clinic.db.models import Site
from tests.browser.cases import Case, Rooms, Shown, shows
from tests.browser.house import House
from tests.trend_objects import months, store

CASES: list[Case] = []
LONG_NAME = "Saint Bartholomew’s Community Outpatient and Day Treatment Centre at the Old Harbour"
NEWEST = date(2026, 2, 1)
STEADY: list[tuple[int, int] | None] = [(20, 80)] * 24


def page_of(*views: str) -> Callable[[Callable[[Rooms], Shown]], Callable[[Rooms], Shown]]:
    return shows(CASES, *views)


def fill_two_years(house: House) -> list[str]:
    """Publish 24 months in two versions at two sites, with hidden months, one clear change and a run; once a house.

    Returns the numbers of the sites.
    """
    with house.writing() as session:
        sites = session.query(Site).filter_by(clinic_id=house.clinic_id).order_by(Site.id).all()
        if len(sites) == 1:
            session.add(Site(clinic_id=house.clinic_id, name=LONG_NAME))
            session.flush()
            sites = session.query(Site).filter_by(clinic_id=house.clinic_id).order_by(Site.id).all()
            groups = [*(Group("site", str(one.id)) for one in sites), Group("language", "en"), Group("language", "es")]
            periods = months(24, NEWEST)
            rising: list[tuple[int, int] | None] = [(round(24 + 0.8 * i), 80) for i in range(24)]
            exact = {
                "stigma": [*STEADY[:-1], (44, 80)],
                "accessibility": rising,
                "adherence": [*STEADY[:9], None, None, *STEADY[11:]],
            }
            for part, version in (
                (slice(0, 6), "trd-barrier-check|1.0|1.0"),
                (slice(6, 24), "trd-barrier-check|1.0|1.0+c1"),
            ):
                store(
                    session,
                    house.clinic_id,
                    periods[part],
                    groups=groups,
                    version=version,
                    left_out=lambda measure, i: measure.startswith("code:") and len(measure) % 4 == 0,
                    **{gap: counts[part] for gap, counts in exact.items()},
                )
        return [str(one.id) for one in sites]


def publish_little(house: House, kind: Kind) -> None:
    """Publish three periods of which nothing may be shown."""
    with house.writing() as session:
        store(session, house.clinic_id, months(3, NEWEST, kind), left_out=lambda measure, i: True)


@page_of("trends.show")
def trends_of_which_nothing_is_published(rooms: Rooms) -> Shown:
    page = rooms.staff_page(Role.MANAGER)
    page.goto("/trends?by=year")
    yield "s-trends-none", page


@page_of("trends.show")
def trends_of_two_years(rooms: Rooms) -> Shown:
    sites = fill_two_years(rooms.house)
    page = rooms.staff_page(Role.MANAGER)
    page.goto("/trends?from=2024-03")
    yield "s-trends", page
    page.goto(f"/trends?site={sites[1]}")
    yield "s-trends-site", page
    page.goto("/trends?from=2026-02")
    yield "s-trends-one-month", page


@page_of("trends.show")
def trends_of_too_few_and_a_view_that_there_is_not(rooms: Rooms) -> Shown:
    publish_little(rooms.house, "quarter")
    page = rooms.staff_page(Role.MANAGER)
    page.goto("/trends?by=quarter")
    yield "s-trends-few", page
    page.goto("/trends?language=es&mode=web")
    yield "s-trends-refused", page
