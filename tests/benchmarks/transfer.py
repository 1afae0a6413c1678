"""Count the bytes that a phone fetches: the first visit with styles, script, icon and fonts, then page after page."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.benchmarks.installation import Installation
from tests.benchmarks.walking import MOST_PAGES, SECONDS_A_PAGE, Form

ACCEPTED = {"Accept-Encoding": "gzip, deflate, br"}
LINKED = re.compile(r'<(?:link|script|img)\b[^>]*?(?:href|src)="(/static/[^"]+)"')
FONTS = re.compile(r"url\(\"?([^\")]+\.woff2)\"?\)")


@dataclass(frozen=True, slots=True)
class Transferred:
    """Bytes as they go over the wire, headers and redirects with them: the first visit, and the largest later page."""

    first_visit: int
    largest_page: int
    largest_address: str


def transferred(made: Installation) -> Transferred:
    """Open a form for the first time and walk it to its end.

    Every font that the styles name is counted, also one that a page may not need.
    """
    client = made.app.test_client()
    first, page, _address = _followed(client, "GET", made.open_links(1)[0].path)
    files = set(LINKED.findall(page))
    for file in sorted(files):
        answer = client.get(file, headers=ACCEPTED)
        first += _size(answer)
        if file.endswith(".css"):
            plain = client.get(file).text
            first += sum(_size(client.get(urljoin(file, font), headers=ACCEPTED)) for font in set(FONTS.findall(plain)))
    largest, where = 0, ""
    for _ in range(MOST_PAGES):
        made.clock.forward(SECONDS_A_PAGE)
        form = Form(page)
        size, page, address = _followed(client, "POST", form.action, form.filled())
        if size > largest:
            largest, where = size, address
        if address == "/form/done":
            return Transferred(first, largest, where)
    raise AssertionError("The form did not come to its end.")


def _followed(client: FlaskClient, method: str, address: str, data: object = None) -> tuple[int, str, str]:
    answer = client.open(address, method=method, data=data, headers=ACCEPTED)
    total = _size(answer)
    while answer.status_code == 303:
        address = answer.headers["Location"]
        answer = client.get(address, headers=ACCEPTED)
        total += _size(answer)
    if answer.status_code != 200:
        raise AssertionError(f"{address} answered {answer.status}.")
    return total, answer.text, address


def _size(answer: TestResponse) -> int:
    if answer.status_code not in (200, 303):
        raise AssertionError(f"{answer.request.path} answered {answer.status}.")
    return len(answer.data) + sum(len(name) + len(value) + 4 for name, value in answer.headers) + 19
