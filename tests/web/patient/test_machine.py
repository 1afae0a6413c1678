"""Somebody posts, edits, goes back, reloads and changes devices at random, and the form keeps its promises."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from clinic.core import path
from clinic.core.answers import AnswerSet
from clinic.core.path import Draft, Step
from clinic.core.safety import SafetyLevel, highest, judge
from clinic.db.models import Alert, Assessment
from clinic.db.session import db
from clinic.services.drafts import from_document
from clinic.web.patient.fields import OWN_TEXT
from tests import factories
from tests.core.strategies import INSTRUMENT
from tests.long import rounds
from tests.web.conftest import Clock
from tests.web.page_check import XHTML, parsed
from tests.web.patient.conftest import Patient, another, make_place
from tests.web.patient.test_conflicts import choose

TEXTS = ("", "", "a bus", "I want to die", "quiero morir", "🙂 ñandú", "two\nlines")
OTHERS, ALONE = {"something_else", "OTHER"}, {"none_of_these", "NONE"}


class Form(RuleBasedStateMachine):
    """One form on two devices beside a model of it: the draft that the rules alone would give."""

    app: Flask
    clock: Clock

    @initialize()
    def open(self) -> None:
        self.clock.moment = factories.NOW
        with self.app.app_context():
            self.place = make_place()
        self.devices = [another(self.app, self.place), another(self.app, self.place)]
        self.draft = Draft()
        self.known: dict[int, tuple[str, bool]] = {}

    @rule(
        device=st.integers(0, 1),
        go=st.sampled_from(["next", "next", "next", "back", "lang-es", "lang-en"]),
        data=st.data(),
    )
    def post(self, device: int, go: str, data: st.DataObject) -> None:
        """Fill in the page that a device shows, perhaps long after the other device has changed it."""
        patient = self.devices[device]
        if patient.key == "support":
            self.draft = path.screen_left(INSTRUMENT, self.draft, self.reached())
            patient.press("next")
            assert patient.key == self.expected()
            return
        step = self.step_of(patient)
        part = filled_in(data, patient)
        stored = self.stored_part(step)
        was_fresh = shown_by(patient) == stored
        answer = patient.press(go, part)
        new = part_of_values(part)
        if answer.status_code == 409:
            assert not was_fresh
            assert new != stored
            seen = path.merged(INSTRUMENT, self.draft.given, step, new)
            self.draft = path.signalled(INSTRUMENT, self.draft, step, seen)
            mine = data.draw(st.booleans(), label="keep mine")
            choose(patient, "keep-mine" if mine else "keep-stored")
            new = new if mine else stored
        else:
            assert was_fresh or new == stored
        self.draft = path.saved(INSTRUMENT, self.draft, step, new, left=go == "next")
        if go == "next":
            assert patient.key == self.expected()

    @rule(device=st.integers(0, 1))
    def reload(self, device: int) -> None:
        """Load the page again: it shows what is stored."""
        patient = self.devices[device]
        patient.open(f"/form/{patient.key}")
        if patient.key != "support":
            assert shown_by(patient) == self.stored_part(self.step_of(patient))

    @rule(device=st.integers(0, 1))
    def change_device(self, device: int) -> None:
        """Open the link anew: it leads to the help that is due, else to the first page not yet left."""
        self.devices[device] = another(self.app, self.place)
        assert self.devices[device].key == self.expected()

    @precondition(lambda self: self.draft.left)
    @rule(device=st.integers(0, 1), data=st.data())
    def edit(self, device: int, data: st.DataObject) -> None:
        """Open a page that has been left before."""
        left = [one for one in path.steps(INSTRUMENT, self.draft) if self.draft.left.issuperset(one.blocks)]
        key = data.draw(st.sampled_from(left), label="page").key.lower()
        self.devices[device].open(f"/form/{key}")
        assert self.devices[device].key == key

    @rule(minutes=st.integers(1, 12))
    def wait(self, minutes: int) -> None:
        """Let time pass; a session ends after an hour without use, so each is used."""
        self.clock.moment += timedelta(minutes=minutes)
        for patient in self.devices:
            assert patient.client.get("/form").status_code == 303

    @invariant()
    def nothing_is_lost(self) -> None:
        with self.app.app_context():
            form = db.session.scalars(
                select(Assessment).where(Assessment.visit_id == self.place.visit_id)
            ).one_or_none()
        if form is not None:
            assert replace(from_document(form.document), core_seconds=0) == self.draft

    @invariant()
    def no_alert_is_missed_or_lowered(self) -> None:
        for one in self.alerts():
            is_open = one.state == "open" or (one.state == "waiting" and one.opens_at <= self.clock.moment)
            level, was_open = self.known.get(one.id, ("S0", False))
            assert not was_open or (is_open and one.level >= level)
            self.known[one.id] = (one.level, is_open)
        judged = judge(INSTRUMENT, self.draft.given).level
        if judged in INSTRUMENT.safety.alert_on:
            assert self.known
            assert self.draft.checkin_expected or self.reached() >= judged

    def expected(self) -> str:
        """Return the page that comes next: help that is due, else the first page not yet left."""
        if path.screen_due(INSTRUMENT, self.draft, self.reached()):
            return "support"
        return path.next_step(INSTRUMENT, self.draft).key.lower()

    def reached(self) -> SafetyLevel:
        opened = [one for one in self.alerts() if one.state == "open" or one.opens_at <= self.clock.moment]
        return highest(*(one.level for one in opened if one.state != "settled"))  # type: ignore[arg-type]

    def alerts(self) -> list[Alert]:
        with self.app.app_context():
            forms = select(Assessment.id).where(Assessment.visit_id == self.place.visit_id)
            return list(db.session.scalars(select(Alert).where(Alert.assessment_id.in_(forms)).order_by(Alert.id)))

    def stored_part(self, step: Step) -> AnswerSet:
        return path.part_of(INSTRUMENT, self.draft.given, step)

    @staticmethod
    def step_of(patient: Patient) -> Step:
        step = path.step_of(INSTRUMENT, patient.key.upper())
        assert step is not None
        return step


def shown_by(patient: Patient) -> AnswerSet:
    fields = patient.fields()
    return part_of_values({name: fields.getlist(name) for name in fields})


def filled_in(data: st.DataObject, patient: Patient) -> dict[str, list[str]]:
    """Return a valid new content for every field of the page."""
    assert patient.page is not None
    choices: dict[tuple[str, str], list[str]] = {}
    texts = []
    for one in parsed(patient.page).iter():
        name, kind = one.get("name", ""), one.get("type", "")
        if one.tag == f"{XHTML}input" and kind in ("radio", "checkbox"):
            choices.setdefault((kind, name), []).append(one.get("value", ""))
        elif one.tag == f"{XHTML}textarea" or (one.tag == f"{XHTML}input" and kind == "text"):
            texts.append(name)
    values: dict[str, list[str]] = {}
    for (kind, name), options in choices.items():
        if kind == "radio":
            picked = data.draw(st.sampled_from([None, *options]), label=name)
            values[name] = [picked] if picked else []
        else:
            drawn = data.draw(st.lists(st.sampled_from(options), unique=True, max_size=3), label=name)
            values[name] = ticked(drawn, options)
    for name in texts:
        other = OTHERS & set(values.get(name.removesuffix(OWN_TEXT), ()))
        text = data.draw(st.sampled_from(TEXTS), label=name) if other or not name.endswith(OWN_TEXT) else ""
        values[name] = [text.replace("\n", " ") if name.endswith(OWN_TEXT) else text]
    return values


def ticked(drawn: list[str], options: list[str]) -> list[str]:
    alone = ALONE & set(drawn)
    return sorted(alone) if alone else [one for one in options if one in drawn]


def part_of_values(values: dict[str, list[str]]) -> AnswerSet:
    """Return what the fields of a page say, read without the application's own reading."""
    first = {name: given[0] for name, given in values.items() if given and given[0]}
    domains = {f"WISH-{key}": key for key in INSTRUMENT.domains}
    texts = {name.removesuffix(OWN_TEXT): words for name, words in first.items() if name.endswith(OWN_TEXT)}
    texts = {"OTHER" if key == "PRI" else key: words for key, words in texts.items()}
    if "TXT" in first:
        texts["TXT"] = first["TXT"]
    # A checklist and an item may share their name; only a checklist has a box for own words.
    boxes = {name.removesuffix(OWN_TEXT) for name in values if name.endswith(OWN_TEXT)}
    lists = boxes & INSTRUMENT.checklists.keys()
    return AnswerSet(
        answers={
            name: int(raw) if raw.isdigit() else raw
            for name, raw in first.items()
            if name in INSTRUMENT.items and name not in lists
        },
        ticks=frozenset(f"{name}.{code}" for name in lists for code in values.get(name, ())),
        picks=tuple(values.get("PRI", ())),
        checkin=first.get("SAFE"),
        wishes={domains[name]: wish for name, wish in first.items() if name in domains},
        respondent=first.get("RESP"),
        texts=texts,
    )


@pytest.mark.slow
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_form_filled_in_at_random_on_two_devices_keeps_its_promises(app: Flask, clock: Clock) -> None:
    class OnThisApp(Form):
        pass

    OnThisApp.app, OnThisApp.clock = app, clock
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OnThisApp,
        settings=settings(
            max_examples=rounds(8, 60),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
