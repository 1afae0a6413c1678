"""What the visits of the demo agree on: every state there is, answered by the next form as the real pages store it."""

from collections import Counter
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from clinic.core.safety import matches
from clinic.db.models import Agreement, Assessment, Resource, SymptomNote, Visit
from clinic.db.session import begin_write, db
from clinic.instruments.catalogue import current
from clinic.services.agreements import LONGEST, WHO
from clinic.services.demo import material, story_line
from clinic.services.drafts import from_document
from clinic.services.resources import is_https

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
INSTRUMENT = current()


def test_everything_that_is_agreed_on_can_be_said_and_names_what_there_is() -> None:
    told = material.agreed()
    names = {one["name"] for one in told["directory"]}
    assert set(told["things"]) == set(INSTRUMENT.domains)
    for gap, things in told["things"].items():
        for one in things:
            assert one["who"] in WHO
            assert one["weeks"] == "none" or 1 <= one["weeks"] <= 8
            assert one.get("place", next(iter(names))) in names
            assert all(0 < len(one[language]) <= LONGEST for language in ("en", "es"))
            assert [words for words in (one["en"], one["es"]) if matches(INSTRUMENT, words)] == []
            if "idea" in one:
                assert one["idea"] in [prompt.number for prompt in INSTRUMENT.domains[gap].prompts]
    for one in told["directory"]:
        assert {gap.upper() for gap in one["gaps"]} <= set(INSTRUMENT.domains)
        assert "url" not in one or is_https(one["url"])
    assert any(180 < one["checked"] <= 200 for one in told["directory"])


def test_the_demo_shows_things_agreed_in_every_state(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        begin_write(db.session)
        story_line.begin(db.session, 1, NOW)
        db.session.commit()
        rows = db.session.scalars(select(Agreement)).all()
        kept = [one for one in rows if one.kind == "agreed" and one.taken_back_at is None]
        happened = Counter(one.happened for one in kept if one.answered_in is not None)
        open_ = [one for one in kept if one.answered_in is None]
        assert all(happened[one] for one in ("yes", "partly", "no", "not_needed", None))
        assert any(one.due_on is not None and one.due_on < NOW.date() for one in open_)
        assert any(one.due_on is None or one.due_on >= NOW.date() for one in open_)
        assert any(one.taken_back_at is not None for one in rows)
        assert any(one.kind == "discussed" for one in rows)
        assert any(one.resource_id is not None for one in kept)
        assert all(one.helped is None or one.happened in ("yes", "partly") for one in rows)

        # Each answer stands in a later form of the same patient, as it does when a patient gives it.
        forms = {one.id: one for one in db.session.scalars(select(Assessment))}
        visits = {one.id: one for one in db.session.scalars(select(Visit))}
        answered = [one for one in kept if one.answered_in is not None]
        for one in answered:
            form = forms[one.answered_in or 0]
            draft = from_document(form.document)
            said = draft.given.followed.get(str(one.id))
            assert one.id in draft.agreed
            assert (said.happened if said else None, said.helped if said else None) == (one.happened, one.helped)
            assert form.patient_id == one.patient_id
            assert visits[form.visit_id].scheduled_at > visits[one.visit_id].scheduled_at
            assert form.state in ("submitted", "partial")
        assert len({one.patient_id for one in answered}) > 30

        entries = db.session.scalars(select(Resource)).all()
        assert any((NOW.date() - one.checked_on).days > 180 for one in entries if one.retired_at is None)
        assert any(one.retired_at is not None for one in entries)
        notes = db.session.scalars(select(SymptomNote)).all()
        assert all(0 <= one.note["total"] <= 27 for one in notes)
        assert len({one.patient_id for one in notes}) > 10
