"""The shape of the patient's copy: what was agreed, where to find help, and next to nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that was agreed: what, and in words who does it by when."""

    what: str
    who_when: str


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the clinic's directory; what is not known of it is None, `url` begins https."""

    name: str
    offers: str
    phone: str | None
    address: str | None
    url: str | None

    def ways(self) -> tuple[str, ...]:
        """Return how it is reached, as it is printed: a link without what every link begins with."""
        return tuple(one for one in (self.phone, self.address, self.url and self.url.removeprefix("https://")) if one)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to get help now, in words, and the address behind them where a device can open it."""

    words: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class CopyPage:
    """The patient's copy in words of one language; screen and PDF print the same lines from it, in this order.

    `name` is None where the page may be open on somebody else's device. `clip_mark` and `more_mark` are those of
    every printed page.
    """

    language: str
    title: str
    name: str | None
    visit: str
    promises: tuple[Promise, ...]
    nothing: str
    places_title: str
    places: tuple[Place, ...]
    help_title: str
    help: tuple[Way, ...]
    clip_mark: str
    more_mark: str


def lines(page: CopyPage) -> Iterator[str]:
    """Yield every line that both the screen and the PDF must show, in order."""
    yield page.title
    if page.name:
        yield page.name
    yield page.visit
    if not page.promises:
        yield page.nothing
    for promise in page.promises:
        yield from (promise.what, promise.who_when)
    if page.places:
        yield page.places_title
    for place in page.places:
        yield from (place.name, place.offers, *place.ways())
    yield page.help_title
    for way in page.help:
        yield way.words
