"""Invitations: written with the visit, in the patient's language, about nothing but the visit, and once for a cause."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic.core.errors import NotFound, NoUseForLink
from clinic.db import origin
from clinic.db.models import Clinic, FormLink, Outbox, Patient, Visit
from clinic.services import clinic_settings, invitations, links, outbox, patients, visit_changes, visits
from clinic.services.patients import NewPatient
from clinic.services.visits import Appointment, NewVisit
from clinic.web import i18n
from tests import factories
from tests.factories import NOW

AT = NOW + timedelta(days=10)
ORIGIN = "https://forms.harbour.example"


def booked(session: Session, *, invites: bool = True, at: datetime = AT, **person: Any) -> Visit:
    """Make a visit through the service, of a patient with an address unless told, and return it."""
    clinic = factories.make_clinic(session, ready=True)
    origin.install(session.get_bind(), ORIGIN)  # type: ignore[arg-type]
    doctor = factories.make_user(session, clinic, display_name="Dr. Ana Ruiz")
    patient = factories.make_patient(session, clinic, **{"email": "maria@mail.example", **person})
    site = visits.sites(session, clinic.id)[0].id
    new = NewVisit(site, doctor.id, at, patient.id)
    made = visits.create(session, clinic.id, new, by=doctor.id, now=NOW, invites=invites)
    return session.get_one(Visit, made.visit_id)


def messages(session: Session) -> list[Outbox]:
    session.expire_all()
    return list(session.scalars(select(Outbox).order_by(Outbox.id)))


def states(session: Session) -> list[str]:
    return [one.state for one in messages(session)]


def deliver(session: Session, now: datetime = NOW) -> None:
    """Let a worker send everything that is due."""
    while (found := outbox.claim(session, "w", now)) is not None:
        outbox.sent(session, "w", found, now)


def test_the_invitation_of_a_new_visit_holds_its_link_code_day_clinician_and_clinic(session: Session) -> None:
    visit = booked(session)
    link = links.current(session, visit.clinic_id, visit.id, now=NOW)
    assert link is not None

    (message,) = messages(session)

    assert (message.kind, message.key, message.visit_id) == ("invitation", f"invitation:{link.id}", visit.id)
    assert message.recipient == "maria@mail.example"
    assert message.content["subject"] == "Harbour Clinic: a short form before your visit on Friday 20 March"
    text = message.content["text"]
    assert f"\n{ORIGIN}/q/{link.token}\n" in text
    assert f"this code: {link.spaced_code}" in text
    assert "with Dr. Ana Ruiz at Harbour Clinic on Friday 20 March at 5:00 am" in text
    assert "{" not in text


def test_a_message_names_neither_the_patient_nor_health(session: Session) -> None:
    booked(session, name="Maria García-Lopez", born_on="1980-05-03", record_number="MRN-7")
    content = " ".join(messages(session)[0].content.values()).lower()
    for word in ("maria", "garcía", "1980", "mrn-7", "depress", "health", "barrier", "treatment", "symptom"):
        assert word not in content


def test_the_patients_language_is_used_and_the_clinics_own_words(session: Session) -> None:
    visit = booked(session, invites=False, language="es")
    for key, value in {
        "invitation_subject.es": "{clinic}: {day}, {time}",
        "invitation_text.es": "Abra {link}. {code} {clinician}",
    }.items():
        clinic_settings.change(session, visit.clinic_id, key, value, None, None, NOW)

    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "written"

    content = messages(session)[0].content
    assert content["subject"] == "Harbour Clinic: viernes 20 de marzo, 5:00"
    assert content["text"].startswith(f"Abra {ORIGIN}/q/")


def test_a_language_without_words_falls_back_to_the_clinics_first(session: Session) -> None:
    booked(session, language="ar")
    assert messages(session)[0].content["text"].startswith("Hello,")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_days_and_times_are_written_as_on_the_pages(language: str) -> None:
    assert invitations.PATTERNS[language] == (i18n.PATTERNS[language][0], i18n.PATTERNS[language][2])


@pytest.mark.parametrize("email", [None, ""])
def test_nothing_is_written_without_an_address(session: Session, email: str | None) -> None:
    visit = booked(session, email=email)
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "no_address"
    assert messages(session) == []


def test_nothing_is_written_where_it_was_not_asked_for(session: Session) -> None:
    booked(session, invites=False)
    assert messages(session) == []


def test_a_clinic_that_is_not_ready_invites_nobody_to_a_form_that_does_not_open(session: Session) -> None:
    visit = booked(session, invites=False)
    clinic_settings.change(session, visit.clinic_id, "backup_role", None, None, None, NOW)
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "not_ready"
    assert messages(session) == []


def test_a_second_press_while_one_waits_writes_nothing_and_after_it_left_sends_it_again(session: Session) -> None:
    visit = booked(session)
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "waiting"
    deliver(session)
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "written"
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "waiting"

    first, second = messages(session)
    assert (first.state, second.state) == ("sent", "waiting")
    assert second.key == f"{first.key}:1"
    assert first.content == second.content


def test_a_new_link_withdraws_the_waiting_message_and_is_sent_only_when_asked_for(session: Session) -> None:
    visit = booked(session)
    link = links.issue(session, visit.clinic_id, visit.id, by=None, now=NOW)

    assert states(session) == ["withdrawn"]
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "written"
    assert link.token in messages(session)[1].content["text"]
    deliver(session)
    sent = [one.sent_at for one in session.scalars(select(FormLink).order_by(FormLink.id))]
    assert sent == [None, NOW]


def test_an_ended_link_is_not_sent(session: Session) -> None:
    visit = booked(session)
    links.revoke(session, visit.clinic_id, visit.id, now=NOW)
    assert states(session) == ["withdrawn"]
    with pytest.raises(NoUseForLink, match="Make a new one"):
        invitations.invite(session, visit.clinic_id, visit.id, now=NOW)


def test_a_form_that_was_sent_needs_no_invitation(session: Session) -> None:
    visit = booked(session, invites=False)
    factories.make_assessment(session, visit, state="submitted", submitted_at=NOW, completion="complete")
    with pytest.raises(NoUseForLink):
        invitations.invite(session, visit.clinic_id, visit.id, now=NOW)


def test_another_clinics_visit_is_not_found(session: Session) -> None:
    visit = booked(session)
    with pytest.raises(NotFound):
        invitations.invite(session, factories.make_clinic(session).id, visit.id, now=NOW)


def test_moving_a_visit_writes_the_waiting_invitation_with_its_new_time(session: Session) -> None:
    visit = booked(session)
    to = Appointment(visit.site_id, visit.clinician_id, AT + timedelta(days=1))
    assert visit_changes.move(session, visit.clinic_id, visit.id, to, seen=0, now=NOW)

    assert states(session) == ["withdrawn", "waiting"]
    assert "Saturday 21 March" in messages(session)[1].content["text"]


def test_moving_a_visit_whose_invitation_has_left_sends_nothing_more(session: Session) -> None:
    visit = booked(session)
    deliver(session)
    to = Appointment(visit.site_id, visit.clinician_id, AT + timedelta(days=1))
    assert visit_changes.move(session, visit.clinic_id, visit.id, to, seen=0, now=NOW)
    assert states(session) == ["sent"]


def test_cancelling_withdraws_the_invitation_and_taking_that_back_writes_it_anew(session: Session) -> None:
    visit = booked(session)
    assert visit_changes.cancel(session, visit.clinic_id, visit.id, seen=0, now=NOW)
    assert states(session) == ["withdrawn"]
    assert visit_changes.take_back(session, visit.clinic_id, visit.id, seen=1, now=NOW)
    assert states(session) == ["withdrawn", "waiting"]


def test_taking_back_a_cancelled_visit_that_was_never_to_be_mailed_mails_nothing(session: Session) -> None:
    visit = booked(session, invites=False)
    assert visit_changes.cancel(session, visit.clinic_id, visit.id, seen=0, now=NOW)
    assert visit_changes.take_back(session, visit.clinic_id, visit.id, seen=1, now=NOW)
    assert messages(session) == []


def test_the_page_is_told_what_became_of_the_message(session: Session) -> None:
    visit = booked(session, invites=False)

    def shown() -> tuple[str, datetime | None, bool]:
        link = links.current(session, visit.clinic_id, visit.id, now=NOW)
        assert link is not None
        found = invitations.mailing(session, visit.clinic_id, visit.id, link)
        assert found.address == "maria@mail.example"
        return found.state, found.at, found.is_put_off

    assert shown() == ("none", None, False)
    invitations.invite(session, visit.clinic_id, visit.id, now=NOW)
    assert shown() == ("waiting", NOW, False)
    claimed = outbox.claim(session, "w", NOW)
    assert claimed is not None
    outbox.put_off(session, "w", claimed, "no answer", NOW)
    assert shown() == ("waiting", NOW, True)
    later = NOW + timedelta(hours=2)
    deliver(session, later)
    assert shown() == ("sent", later, False)


def test_a_corrected_address_replaces_the_message_that_cannot_get_there(session: Session) -> None:
    visit = booked(session, email="maria@mial.example")
    claimed = outbox.claim(session, "w", NOW)
    assert claimed is not None
    outbox.put_off(session, "w", claimed, "no such host", NOW)
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "waiting"
    session.get_one(Patient, visit.patient_id).email = "maria@mail.example"
    session.flush()

    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "written"

    assert [(one.recipient, one.state) for one in messages(session)] == [
        ("maria@mial.example", "withdrawn"),
        ("maria@mail.example", "waiting"),
    ]


def correct(session: Session, visit: Visit, **changes: Any) -> None:
    """Correct a visit's patient through the service."""
    known = patients.details(session, visit.clinic_id, visit.patient_id)
    to = NewPatient("MRN-1", "Maria García", NOW.date(), known.language, known.email, known.phone)
    to = replace(to, **changes)
    assert patients.correct(session, visit.clinic_id, visit.patient_id, to, seen=known.revision, now=NOW)


def test_with_a_corrected_address_nothing_leaves_for_the_old_one(session: Session) -> None:
    visit = booked(session, email="maria@mial.example")
    link = links.current(session, visit.clinic_id, visit.id, now=NOW)
    to = invitations.addressee(session, visit.clinic_id, visit.id)
    assert link is not None
    assert to is not None
    settings = clinic_settings.read(session, visit.clinic_id)
    assert invitations.put(session, settings, "reminder", "reminder:1", to, link, NOW)

    correct(session, visit, email="maria@mail.example")

    assert [(one.kind, one.recipient, one.state) for one in messages(session)] == [
        ("invitation", "maria@mial.example", "withdrawn"),
        ("reminder", "maria@mial.example", "withdrawn"),
        ("invitation", "maria@mail.example", "waiting"),
    ]


def test_with_no_address_left_nothing_leaves(session: Session) -> None:
    visit = booked(session)
    correct(session, visit, email=None)
    assert states(session) == ["withdrawn"]


def test_with_another_language_the_waiting_message_is_written_in_it(session: Session) -> None:
    visit = booked(session)
    correct(session, visit, language="es")
    assert states(session) == ["withdrawn", "waiting"]
    assert messages(session)[-1].content["text"].startswith("Hola")


def test_other_corrections_and_other_patients_leave_what_waits(session: Session) -> None:
    visit = booked(session)
    correct(session, visit, phone="+1 312 555 0199")
    clinic = session.get_one(Clinic, visit.clinic_id)
    other = factories.make_visit(session, clinic, patient=factories.make_patient(session, clinic, record_number="R-9"))
    correct(session, other, record_number="R-9", email="other@mail.example")
    assert states(session) == ["waiting"]


def test_a_damaged_address_gets_nothing_and_breaks_nothing(session: Session) -> None:
    visit = booked(session, invites=False)
    session.execute(text("UPDATE patient SET email = 'damaged'"))
    assert invitations.invite(session, visit.clinic_id, visit.id, now=NOW) == "no_address"
