"""Walk the pages as a browser would: read the page, choose answers, press its button; only the server's time counts."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.benchmarks.floors import hello_app, kept_app, reference_app
from tests.benchmarks.installation import CLINICIAN, PASSWORD, Installation
from tests.benchmarks.measure import Pair, Timed, cpu, settled
from tests.benchmarks.person import usual_answers

ANSWERS = {key: str(raw) for key, raw in usual_answers().items()}
OWN_WORDS = (
    "Mornings are the worst. I skip the tablets because they make me feel sick, and then I feel I let people down."
)
TICKS_A_LIST = 2
SECONDS_A_PAGE = 20
MOST_PAGES = 40


class Form(HTMLParser):
    """The page's own form: where it goes, and the fields in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.radios: dict[str, list[str]] = {}
        self.boxes: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self.buttons: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        name, value = at.get("name", ""), at.get("value", "")
        match tag, at.get("type"):
            case "form", _:
                self.action = at["action"]
            case "input", "hidden":
                self.hidden[name] = value
            case "input", "radio":
                self.radios.setdefault(name, []).append(value)
            case "input", "checkbox":
                self.boxes.setdefault(name, []).append(value)
            case "textarea", _:
                self.texts.append(name)
            case "button", _ if name == "go":
                self.buttons.append(value)

    def filled(self) -> MultiDict[str, str]:
        """Return what a usual person sends from this page."""
        data = MultiDict(self.hidden)
        for name, values in self.radios.items():
            data[name] = ANSWERS.get(name, values[0])
        for name, values in self.boxes.items():
            data.setlist(name, values[:TICKS_A_LIST])
        for name in self.texts:
            data[name] = OWN_WORDS
        data["go"] = "send" if "send" in self.buttons else "next"
        return data


@dataclass(slots=True)
class Walk:
    """The CPU seconds of every request of one person's form, by "method address", and the pages that were saved."""

    visit_id: int
    requests: dict[str, float] = field(default_factory=dict)
    saved: int = 0

    @property
    def total(self) -> float:
        return sum(self.requests.values())


@dataclass(slots=True)
class Walker:
    """A browser with one person before it; `between` runs after each of its requests."""

    client: FlaskClient
    walk: Walk
    between: Callable[[], object]

    def ask(self, method: str, address: str, data: Mapping[str, Any] | None = None) -> str:
        """Make one request, follow where it leads, and return the page; every answer must be a good one."""
        label = "/q/..." if address.startswith("/q/") else address
        start = time.process_time()
        response = self.client.open(address, method=method, data=data)
        self.walk.requests[f"{method} {label}"] = time.process_time() - start
        self.between()
        if response.status_code == 303:
            return self.ask("GET", response.headers["Location"])
        if response.status_code != 200:
            raise AssertionError(f"{method} {address} answered {response.status}")
        return response.text


def whole_form(made: Installation, between: Callable[[], object] = lambda: None) -> Walk:
    """Fill in one form, from its link to thank-you; `between` runs after each request, and its time does not count."""
    link = made.open_links(1)[0]
    walk = Walk(link.visit_id)
    walker = Walker(made.app.test_client(), walk, between)
    page = walker.ask("GET", link.path)
    while walk.saved < MOST_PAGES:
        made.clock.forward(SECONDS_A_PAGE)
        form = Form(page)
        page = walker.ask("POST", form.action, form.filled())
        if "GET /form/done" in walk.requests:
            return walk
        walk.saved += 1
    raise AssertionError("The form did not come to its end.")


@dataclass(frozen=True, slots=True)
class Pages:
    """All that was measured of pages: the whole form beside the reference page, and single requests beside hello.

    `bare_form` is what the reference page costs when it is sent and shown as often as the form saved a page, in
    reference pages: what the whole form would cost if it did nothing at all. `kept_form` is the same for a page that
    is kept: what it would cost if it did nothing but keep the answers.
    """

    form: Pair
    saved: int
    requests: Mapping[str, Pair]
    reference: Pair
    bare_form: float
    kept_form: float


def pages(made: Installation, *, turns: int) -> Pages:
    """Walk whole forms and the visit pages they lead to; after every request each floor has one of its own."""
    hello_client, reference_client = hello_app().test_client(), reference_app().test_client()
    hello, reference = cpu(lambda: hello_client.get("/")), cpu(lambda: reference_client.get("/form"))
    sending = _sending(reference_client)
    kept_client = kept_app(made.settings.instance).test_client()
    keeping, kept = _sending(kept_client), cpu(lambda: kept_client.get("/form"))
    each = (hello, reference, sending, kept, keeping)
    staff = _signed_in(made)
    rows = []
    with settled():
        for _ in range(turns + 2):
            floors: list[tuple[float, ...]] = []
            walk = whole_form(made, lambda to=floors: to.append(tuple(one() for one in each)))
            requests = walk.requests | dict(_staff_pages(staff, walk.visit_id))
            rows.append((walk, requests, *map(median, zip(*floors, strict=True))))
    del rows[:2]
    hellos, references = [row[2] for row in rows], [row[3] for row in rows]
    labels = [label for label in rows[0][1] if all(label in row[1] for row in rows)]
    return Pages(
        form=_pair([row[0].total for row in rows], references),
        saved=rows[0][0].saved,
        requests={label: _pair([row[1][label] for row in rows], hellos) for label in labels},
        reference=_pair(references, hellos),
        bare_form=rows[0][0].saved * (1 + median(row[4] / row[3] for row in rows)),
        kept_form=rows[0][0].saved * median((row[5] + row[6]) / row[3] for row in rows),
    )


def _sending(client: FlaskClient) -> Timed:
    sent = Form(client.get("/form").text).filled()
    return cpu(lambda: client.post("/form", data=sent))


def _signed_in(made: Installation) -> FlaskClient:
    client = made.app.test_client()
    form = Form(client.get("/login").text)
    answer = client.post("/login", data={**form.hidden, "email": CLINICIAN, "password": PASSWORD})
    if answer.status_code not in (302, 303):
        raise AssertionError(f"Signing in answered {answer.status}.")
    return client


def _staff_pages(client: FlaskClient, visit_id: int) -> Iterator[tuple[str, float]]:
    for label, address in (
        ("visit", f"/visits/{visit_id}"),
        ("visit PDF", f"/visits/{visit_id}/summary.pdf"),
        ("day", "/visits"),
    ):
        start = time.process_time()
        answer = client.get(address)
        spent = time.process_time() - start
        if answer.status_code != 200:
            raise AssertionError(f"{address} answered {answer.status}.")
        yield label, spent


def _pair(figures: list[float], floors: list[float]) -> Pair:
    ratios = [one / other for one, other in zip(figures, floors, strict=True)]
    return Pair(median(figures), median(floors), median(ratios))
