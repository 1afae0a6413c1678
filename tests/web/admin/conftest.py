"""Fixtures of the administrator's pages: a clinic that can open forms, and what a page's own form would send."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from clinic.core.scope import Role
from clinic.db.session import db
from clinic.services import clinic_settings
from clinic.services.clinic_settings import ClinicSettings
from tests.web.page_check import XHTML, PageClient, parsed, text_of
from tests.web.staff.conftest import Desk, desk

__all__ = ["desk"]


def sent_by(tree: Any, path: str) -> MultiDict[str, str]:
    """Return what the form at a path would send if nothing was changed on it."""
    form = next(one for one in tree.iter(f"{XHTML}form") if one.get("action") == path)
    fields: MultiDict[str, str] = MultiDict()
    for one in form.iter(f"{XHTML}input"):
        if one.get("type") not in ("checkbox", "radio") or one.get("checked") is not None:
            fields.add(one.get("name", ""), one.get("value", ""))
    for one in form.iter(f"{XHTML}textarea"):
        fields.add(one.get("name", ""), (one.text or "").removeprefix("\r\n"))
    for select in form.iter(f"{XHTML}select"):
        for one in select.iter(f"{XHTML}option"):
            if one.get("selected") is not None:
                fields.add(select.get("name", ""), one.get("value", ""))
    return fields


def post(client: PageClient, path: str, changes: dict[str, Any], page: str | None = None) -> Any:
    """Fetch a page, change some of its fields, and post it; a list is several values of one field."""
    fields = sent_by(parsed(client.get(page or path)), path)
    for name, value in changes.items():
        fields.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    return client.post(path, data=fields)


def errors_at(answer: Any) -> dict[str, str]:
    """Return what a refused page says at each field, by the field's id."""
    return {
        one.get("id", "").removesuffix("-error"): text_of(one).removeprefix("Error: ")
        for one in parsed(answer).iter(f"{XHTML}span")
        if one.get("id", "").endswith("-error")
    }


@pytest.fixture
def admin(desk: Desk) -> PageClient:
    return desk.client(Role.ADMINISTRATOR)


def held(app: Flask, desk: Desk) -> ClinicSettings:
    """Return the settings as they are stored."""
    with app.app_context():
        return clinic_settings.read(db.session, desk.staff.clinic_id)
