"""Pages to look at one by one: what opens them, which views they come from, and how a test goes through them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Page

from tests.browser.house import House
from tests.browser.watch import examine

Shown = Iterator[tuple[str, Page]]


@dataclass(frozen=True)
class Rooms:
    """Where cases find their pages."""

    house: House
    unready_house: House
    patient_page: Callable[..., Page]
    staff_page: Callable[..., Page]


@dataclass(frozen=True)
class Case:
    """Pages that are opened one after the other; `views` are the endpoints that they come from."""

    name: str
    views: frozenset[str]
    show: Callable[[Rooms], Shown]


def shows(cases: list[Case], *views: str) -> Callable[[Callable[[Rooms], Shown]], Callable[[Rooms], Shown]]:
    """Add a function that opens pages to the cases; it gives each page with a name, and goes on when it was seen."""

    def add(show: Callable[[Rooms], Shown]) -> Callable[[Rooms], Shown]:
        cases.append(Case(show.__name__.replace("_", " "), frozenset(views), show))
        return show

    return add


def problems_of(case: Case, rooms: Rooms) -> list[str]:
    """Return what is wrong with the pages of a case, and which views it promised and did not show."""
    problems: list[str] = []
    seen: set[str] = set()
    for name, page in case.show(rooms):
        seen.add(view_of(rooms.house.app, page.url))
        problems += examine(page, name)
    if seen != case.views:
        problems.append(f"these views were shown: {sorted(seen)}, these were meant: {sorted(case.views)}")
    return problems


def view_of(app: Flask, url: str) -> str:
    """Return the endpoint that answers for an address; "" where none does."""
    for method in ("GET", "POST"):
        adapter = app.url_map.bind("localhost")
        if adapter.test(urlsplit(url).path, method=method):
            return str(adapter.match(urlsplit(url).path, method=method)[0])
    return ""
