"""Every address of the application is written down with who may open it, so that a new one is a decision."""

from pathlib import Path

from flask import Flask

from clinic.web.access import Access, Public, StaffOnly, declared

LOCKED = Path(__file__).parent / "routes.txt"


def described(access: Access | None) -> str:
    match access:
        case Public():
            return "anyone"
        case StaffOnly(roles):
            return " ".join(sorted(roles))
        case None:
            return "nobody: no access is declared"
        case _:
            return "patient"


def routes(app: Flask) -> list[str]:
    return sorted(
        f"{method} {rule.rule}  {described(declared(app, rule.endpoint))}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def test_the_addresses_and_who_may_open_them_are_those_written_down(app: Flask) -> None:
    found = routes(app)
    written = LOCKED.read_text(encoding="utf-8").splitlines()
    assert found == written, "If this is meant, write these lines to tests/web/routes.txt:\n" + "\n".join(found)
