"""The patient's copy and its link: what stands on it, and that every link that opens nothing is answered alike."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import NoSuchLink, NotFound
from clinic.db.models import CopyLink, Visit
from clinic.services import copies, resources
from clinic.services.resources import NewResource
from tests import factories
from tests.factories import NOW

GROUP = NewResource("Peer group", "Meets on Tuesdays", ("support",))


@pytest.fixture
def visit(session: Session) -> Visit:
    return factories.make_visit(session, factories.make_clinic(session))


def test_a_copy_holds_what_was_agreed_and_the_places_that_it_names(session: Session, visit: Visit) -> None:
    named, other, retired = (
        resources.add(
            session, visit.clinic_id, NewResource(name, "…", ("support",)), checked_on=NOW.date(), by=None, now=NOW
        )
        for name in ("Named", "Other", "Retired")
    )
    resources.retire(session, visit.clinic_id, retired, by=visit.clinician_id, now=NOW, seen=0)
    for what, changes in (
        ("First", {"resource_id": named}),
        ("Second", {"resource_id": named}),
        ("Third", {"resource_id": retired}),
        ("Taken back", {"taken_back_at": NOW, "taken_back_by": visit.clinician_id}),
        (None, {"kind": "discussed", "who": None}),
    ):
        factories.make_agreement(session, visit, **{"what": what, **changes})

    copy = copies.of_visit(session, visit.clinic_id, visit.id)

    assert [one.what for one in copy.agreed] == ["First", "Second", "Third"]
    assert [one.name for one in copy.places] == ["Named"]
    assert other not in {one.id for one in copy.places}
    assert (copy.name, copy.language) == ("Maria García-Lopez", "en")


def test_words_that_cannot_be_read_are_left_out(session: Session, visit: Visit) -> None:
    factories.make_agreement(session, visit)
    session.connection().exec_driver_sql("UPDATE agreement SET what = 'damaged'")
    session.connection().exec_driver_sql("UPDATE patient SET name = 'damaged'")
    copy = copies.of_visit(session, visit.clinic_id, visit.id)
    assert (copy.agreed, copy.name) == ((), None)


def test_a_link_opens_for_thirty_days_and_only_its_hash_is_stored(session: Session, visit: Visit) -> None:
    link = copies.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    last = NOW + timedelta(days=30)
    assert link.path == f"/c/{link.token}"
    assert len(link.token) == 32
    number = copies.open_by_token(session, link.token, now=last - timedelta(seconds=1))
    assert copies.of_link(session, number, now=last - timedelta(seconds=1)).visit_id == visit.id
    assert copies.current(session, visit.clinic_id, visit.id, now=NOW) == link
    row = session.scalars(select(CopyLink)).one()
    assert link.token not in (row.salt, row.token_hash)
    for act in (
        lambda: copies.open_by_token(session, link.token, now=last),
        lambda: copies.of_link(session, number, now=last),
    ):
        with pytest.raises(NoSuchLink):
            act()
    assert copies.current(session, visit.clinic_id, visit.id, now=last) is None


def test_a_new_link_ends_the_old_one_and_both_can_be_ended(session: Session, visit: Visit) -> None:
    old = copies.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    number = copies.open_by_token(session, old.token, now=NOW)
    new = copies.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    assert old.token != new.token
    copies.open_by_token(session, new.token, now=NOW)
    copies.revoke(session, visit.clinic_id, visit.id, now=NOW)
    told = set()
    for token in (old.token, new.token, "unknown", "", "\udcff" * 5):
        with pytest.raises(NoSuchLink) as refusal:
            copies.open_by_token(session, token, now=NOW)
        told.add(str(refusal.value))
    assert told == {""}
    with pytest.raises(NoSuchLink):
        copies.of_link(session, number, now=NOW)


def test_a_link_of_one_clinic_is_made_and_ended_by_no_other(session: Session, visit: Visit) -> None:
    link = copies.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)
    other = factories.make_clinic(session, name="Other Clinic")
    with pytest.raises(NotFound):
        copies.issue(session, other.id, visit.id, by=None, now=NOW)
    with pytest.raises(NotFound):
        copies.of_visit(session, other.id, visit.id)
    copies.revoke(session, other.id, visit.id, now=NOW)
    assert copies.current(session, other.id, visit.id, now=NOW) is None
    assert copies.open_by_token(session, link.token, now=NOW)
