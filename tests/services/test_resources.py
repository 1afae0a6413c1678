"""The clinic's directory: what is stored and refused, two people at once, the last check, and taking out of use."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.core.errors import BadResource, NotFound
from clinic.db.models import Clinic, Resource
from clinic.db.session import begin_write, db
from clinic.services import resources
from clinic.services.resources import Entry, NewResource
from tests import factories
from tests.factories import NOW

GROUP = NewResource(
    "Peer group",
    "Meets on Tuesdays",
    ("support", "stigma"),
    "+1 312 555 0111",
    "12 Harbour Street",
    "https://peers.example/meet",
    ("English", "Español"),
)
TODAY = NOW.date()


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


def add(session: Session, clinic: Clinic, new: NewResource = GROUP, **changes: date) -> int:
    return resources.add(session, clinic.id, new, checked_on=changes.get("checked_on", TODAY), by=None, now=NOW)


def test_an_entry_is_read_back_as_it_was_added(session: Session, clinic: Clinic) -> None:
    number = add(session, clinic, replace(GROUP, name="  Peer\n group ", gaps=("stigma", "support")))
    entry = resources.entry(session, clinic.id, number)
    assert NewResource(**{key: getattr(entry, key) for key in NewResource.__slots__}) == replace(
        GROUP, gaps=("stigma", "support")
    )
    assert (entry.id, entry.revision, entry.checked_on, entry.retired_at) == (number, 0, TODAY, None)


def test_the_same_entry_twice_is_one(session: Session, clinic: Clinic) -> None:
    assert add(session, clinic) == add(session, clinic)
    assert add(session, clinic, replace(GROUP, phone="+1 312 555 0112")) != add(session, clinic)
    assert session.scalar(select(func.count()).select_from(Resource)) == 2


def test_of_eight_presses_at_once_one_entry_comes(app: Flask) -> None:
    with app.app_context():
        clinic = factories.make_clinic(db.session).id
        db.session.commit()
    start = threading.Barrier(8)

    def press(_number: int) -> int:
        with app.app_context():
            start.wait(timeout=30)
            begin_write(db.session)
            made = resources.add(db.session, clinic, GROUP, checked_on=TODAY, by=None, now=NOW)
            db.session.commit()
            return made

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(press, range(8)))) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "name"),
        ({"name": "a" * 121}, "at most 120"),
        ({"offers": ""}, "what it offers"),
        ({"gaps": ()}, "at least one"),
        ({"gaps": ("support", "money")}, "at least one"),
        ({"gaps": ("other",)}, "at least one"),
        ({"url": "http://peers.example"}, "https"),
        ({"url": "javascript:alert(1)"}, "https"),
        ({"url": "https://"}, "https"),
        ({"url": "https://localhost"}, "https"),
        ({"url": "https://a.example:port/"}, "https"),
        ({"url": "https://me:secret@a.example/"}, "https"),
        ({"url": 'https://a.example/"><b>'}, "https"),
        ({"url": "https://a.example/" + "a" * 300}, "at most 300"),
        ({"languages": tuple("abcdefghijklm")}, "at most 12 languages"),
        ({"languages": ("a" * 41,)}, "a word or two"),
    ],
)
def test_what_would_lead_nowhere_is_refused(
    session: Session, clinic: Clinic, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(BadResource, match=words):
        add(session, clinic, replace(GROUP, **changes))  # type: ignore[arg-type]
    assert resources.directory(session, clinic.id) == []


@pytest.mark.parametrize(
    "url", ["https://peers.example", "https://peers.example:8443/a?b=c#d", "https://ñandú.example/"]
)
def test_pages_of_the_open_web_are_kept(session: Session, clinic: Clinic, url: str) -> None:
    assert resources.entry(session, clinic.id, add(session, clinic, replace(GROUP, url=url))).url == url


def test_nobody_has_checked_anything_tomorrow(session: Session, clinic: Clinic) -> None:
    with pytest.raises(BadResource, match="has not come yet"):
        add(session, clinic, checked_on=TODAY + timedelta(days=1))


@pytest.mark.parametrize(("days", "unchecked"), [(0, False), (180, False), (181, True), (2000, True)])
def test_after_180_days_an_entry_counts_as_unchecked(
    session: Session, clinic: Clinic, days: int, unchecked: bool
) -> None:
    number = add(session, clinic, checked_on=TODAY - timedelta(days=days))
    assert resources.entry(session, clinic.id, number).is_unchecked(TODAY) is unchecked


def test_checking_an_entry_disturbs_nobody_who_is_changing_it(session: Session, clinic: Clinic) -> None:
    number, doctor = add(session, clinic, checked_on=date(2025, 1, 1)), factories.make_user(session, clinic)
    for _ in range(2):
        resources.mark_checked(session, clinic.id, number, by=doctor.id, now=NOW)
    entry = resources.entry(session, clinic.id, number)
    assert (entry.checked_on, entry.checked_by, entry.revision) == (TODAY, doctor.display_name, 0)
    assert resources.change(session, clinic.id, number, replace(GROUP, name="New name"), seen=0)


def test_of_two_who_change_an_entry_the_later_one_is_told(session: Session, clinic: Clinic) -> None:
    number = add(session, clinic)
    assert resources.change(session, clinic.id, number, replace(GROUP, phone="+1 312 555 0199"), seen=0)
    assert not resources.change(session, clinic.id, number, replace(GROUP, name="Mine"), seen=0)
    entry = resources.entry(session, clinic.id, number)
    assert (entry.name, entry.phone, entry.revision) == ("Peer group", "+1 312 555 0199", 1)


def test_an_entry_is_taken_out_of_use_and_brought_back(session: Session, clinic: Clinic) -> None:
    number, doctor = add(session, clinic), factories.make_user(session, clinic)
    other = add(session, clinic, replace(GROUP, name="Another"))
    assert resources.retire(session, clinic.id, number, by=doctor.id, now=NOW, seen=0)
    assert not resources.retire(session, clinic.id, number, by=doctor.id, now=NOW, seen=0)
    assert [one.id for one in resources.directory(session, clinic.id)] == [other]
    assert [one.id for one in resources.directory(session, clinic.id, with_retired=True)] == [other, number]
    assert resources.bring_back(session, clinic.id, number, seen=1)
    assert len(resources.directory(session, clinic.id)) == 2


def test_entries_are_offered_for_their_gaps(session: Session, clinic: Clinic) -> None:
    add(session, clinic)
    entries = resources.directory(session, clinic.id)

    def offered(gap: str) -> list[Entry]:
        return resources.for_gap(entries, gap)

    assert offered("support") == offered("stigma") == offered("other") == entries
    assert offered("adherence") == []


def test_another_clinic_has_none_of_it(session: Session, clinic: Clinic) -> None:
    number, other = add(session, clinic), factories.make_clinic(session, name="Other Clinic")
    assert resources.directory(session, other.id) == []
    doctor = factories.make_user(session, other)
    for act in (
        lambda: resources.entry(session, other.id, number),
        lambda: resources.change(session, other.id, number, GROUP, seen=0),
        lambda: resources.mark_checked(session, other.id, number, by=doctor.id, now=NOW),
        lambda: resources.retire(session, other.id, number, by=doctor.id, now=NOW, seen=0),
        lambda: resources.bring_back(session, other.id, number, seen=0),
    ):
        with pytest.raises(NotFound):
            act()
