"""A clinic's settings: defaults, history, what is missing before a form may open, and its hours."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.core.errors import BadSetting
from clinic.db.models import Clinic, ClinicSettingChange
from clinic.instruments import catalogue
from clinic.services import clinic_settings, message_words, setting_rules
from tests.db.test_queries import counted
from tests.factories import NOW, make_clinic, make_user

NEW_YORK = ZoneInfo("America/New_York")


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK)


def put(session: Session, clinic: Clinic, key: str, value: Any, reason: str | None = None) -> None:
    clinic_settings.change(session, clinic.id, key, value, None, reason, NOW)


def test_a_new_clinic_can_open_no_form_and_says_why(session: Session) -> None:
    clinic = make_clinic(session, country="FR", languages=["en"])
    settings = clinic_settings.read(session, clinic.id)
    lacks = clinic_settings.missing(settings)
    assert [one[one.index("(") :] for one in lacks] == [
        "(crisis_locale.en).",
        "(emergency_number).",
        "(alert_inbox_role).",
        "(backup_role).",
        "(staffed_hours).",
        "(response_time_text.en).",
    ]
    assert "No form can be opened yet" in clinic_settings.check_text(settings, NOW.date())


def test_every_setting_that_the_questionnaire_requires_is_asked_for(session: Session) -> None:
    lacks = " ".join(clinic_settings.missing(clinic_settings.read(session, make_clinic(session).id)))
    required = catalogue.current().safety.required_settings
    assert len(required) >= 5
    assert [key for key in required if key not in lacks] == []


def test_a_clinic_with_all_safety_settings_can_open_forms(session: Session) -> None:
    settings = clinic_settings.read(session, make_clinic(session, ready=True).id)
    assert clinic_settings.missing(settings) == []
    assert clinic_settings.check_text(settings, NOW.date()) == "Forms can be opened."
    assert settings.crisis_in("es").text_word == "AYUDA"
    assert settings.read_when["es"] == "antes de su cita"


def test_taking_one_back_closes_the_forms_again(session: Session) -> None:
    clinic = make_clinic(session, ready=True)
    put(session, clinic, "backup_role", None)
    assert len(clinic_settings.missing(clinic_settings.read(session, clinic.id))) == 1


def test_settings_are_read_in_three_queries_and_known_by_one_after_that(session: Session) -> None:
    clinic_id = make_clinic(session, ready=True).id
    session.commit()
    with counted(session) as first:
        before = clinic_settings.read(session, clinic_id)
    with counted(session) as later:
        assert clinic_settings.read(session, clinic_id) is before
    assert (len(first), len(later)) == (3, 1)


def test_a_change_that_is_taken_back_leaves_nothing_behind(session: Session) -> None:
    clinic_id = make_clinic(session, ready=True).id
    session.commit()
    clinic_settings.change(session, clinic_id, "emergency_number", "111", None, None, NOW)
    assert clinic_settings.read(session, clinic_id).emergency_number == "111"
    session.rollback()
    assert clinic_settings.read(session, clinic_id).emergency_number == "911"
    clinic_settings.change(session, clinic_id, "emergency_number", "112", None, None, NOW)
    assert clinic_settings.read(session, clinic_id).emergency_number == "112"


def test_an_unknown_clinic_has_no_settings(session: Session) -> None:
    with pytest.raises(LookupError):
        clinic_settings.read(session, 12345)


def test_every_change_is_kept_with_what_was_before(session: Session) -> None:
    clinic = make_clinic(session)
    user = make_user(session, clinic, "administrator")
    clinic_settings.change(session, clinic.id, "link_days", 7, user.id, "shorter", NOW)
    put(session, clinic, "link_days", None)
    changes = session.scalars(select(ClinicSettingChange).order_by(ClinicSettingChange.id)).all()
    assert [(one.old, one.new, one.by, one.reason) for one in changes] == [
        (None, 7, user.id, "shorter"),
        (7, None, None, None),
    ]
    assert clinic_settings.read(session, clinic.id).link_days == 14


def test_the_paper_of_a_clinic_is_changed_like_any_setting(session: Session) -> None:
    clinic = make_clinic(session)
    put(session, clinic, "page_size", "letter")
    assert clinic_settings.read(session, clinic.id).page_size == "letter"
    assert session.scalars(select(ClinicSettingChange.old)).all() == ["A4"]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        pytest.param("colour", "red", "there is no such setting", id="an unknown key"),
        pytest.param("read_when", "soon", "there is no such setting", id="a key without its language"),
        pytest.param("link_days", 0, "from 1 to 90", id="too few days"),
        pytest.param("link_days", True, "from 1 to 90", id="true as a number"),
        pytest.param("tablet_mode", "yes", "true or false", id="a word as yes or no"),
        pytest.param("checkin_mode", "never", "triggered, always or off", id="an unknown mode"),
        pytest.param("checkin_mode", "off", "needs a written reason", id="off without a reason"),
        pytest.param("page_size", "A3", "A4 or letter", id="another paper"),
        pytest.param("alert_inbox_email", "nobody", "an e-mail address", id="no address"),
        pytest.param("alert_inbox_email", "müller@klinik.de", "in plain letters", id="an address beyond ASCII"),
        pytest.param("emergency_number", "call us", "a telephone number", id="words as a number"),
        pytest.param("backup_role", " ", "1 to 100 characters", id="only spaces"),
        pytest.param("read_when.en", "a\nb", "one line", id="two lines"),
        pytest.param("scoring_profile", "1.0+c1", "needs a written reason", id="a profile without a reason"),
        pytest.param("summary_language", "fr", "en, es", id="a language that the clinic has not"),
        pytest.param("staffed_hours", {}, "an object of days", id="no hours"),
        pytest.param("staffed_hours", {"monday": ["09:00", "17:00"]}, "mon, tue", id="an unknown day"),
        pytest.param("staffed_hours", {"mon": ["17:00", "09:00"]}, "opens before it closes", id="backwards"),
        pytest.param("staffed_hours", {"mon": ["9", "17"]}, "an object of days", id="hours without minutes"),
        pytest.param("holidays", ["2026-02-30"], "list of dates", id="a day that does not exist"),
        pytest.param("alert_minutes", {"S3": 15}, "minutes of staffed time", id="a target for one level only"),
        pytest.param("alert_minutes", {"S2": 240, "S3": 0}, "S3: use a whole number from 1", id="no time at all"),
        pytest.param("alert_minutes", {"S2": 10, "S3": 300}, "more urgent than S2", id="more time for the urgent"),
        pytest.param("time_zone", "localtime", "is not known", id="the zone of whatever machine"),
        pytest.param("alert_minutes", {"S1": 1, "S2": 2, "S3": 3}, "such as", id="a target for a level without alerts"),
        pytest.param("remind_days", [3], "days before the visit", id="a reminder on a day that is none"),
        pytest.param("remind_days", [True], "days before the visit", id="true as a day"),
        pytest.param("invite_by_email", 1, "true or false", id="a number as yes or no"),
        pytest.param("invitation_subject.en", "Your form: {link}", "{clinic}", id="a link in a subject"),
        pytest.param("invitation_subject.en", "Two\nlines", "one line", id="a subject of two lines"),
        pytest.param("invitation_text.en", "Please come.", "must hold {link}", id="a text without the link"),
        pytest.param("invitation_text.en", "{link} {name}", "braces may only", id="a place that does not exist"),
        pytest.param("reminder_text.en", "{link} {", "braces may only", id="half a place"),
        pytest.param("reminder_text.en", "{link} {clinic.name}", "braces may only", id="a place within a place"),
        pytest.param("reminder_text.es", "{link} Su depresión", "the illness", id="the illness"),
        pytest.param("reminder_text.es", "{link} \x07", "line breaks only", id="a bell"),
        pytest.param("crisis_locale.en", {}, "verified_on", id="a line that nobody checked"),
        pytest.param("crisis_locale.en", {"verified_on": "2099-01-01"}, "future", id="checked in the future"),
        pytest.param(
            "crisis_locale.en",
            {"verified_on": "2026-01-01", "chat_url": "javascript:alert(1)"},
            "https",
            id="an address that is a script",
        ),
        pytest.param("crisis_locale.en", {"verified_on": "2026-01-01", "fax": "1"}, "its names are", id="a fax"),
    ],
)
def test_a_bad_value_is_refused_with_its_key_and_what_is_allowed(
    session: Session, key: str, value: Any, told: str
) -> None:
    clinic = make_clinic(session)
    with pytest.raises(BadSetting, match=told) as refused:
        put(session, clinic, key, value)
    assert str(refused.value).startswith(key)
    assert session.scalars(select(ClinicSettingChange)).all() == []


def test_an_address_at_a_domain_of_other_letters_is_kept_in_the_form_that_mail_servers_take(session: Session) -> None:
    clinic = make_clinic(session)
    put(session, clinic, "alert_inbox_email", "info@bücher.example")
    assert clinic_settings.read(session, clinic.id).alert_inbox.email == "info@xn--bcher-kva.example"


def test_the_check_in_may_be_switched_off_with_a_reason(session: Session) -> None:
    clinic = make_clinic(session)
    put(session, clinic, "checkin_mode", "off", "Asked by the nurse in person")
    assert clinic_settings.read(session, clinic.id).checkin_mode == "off"


def test_a_clinic_may_change_its_crisis_line(session: Session) -> None:
    clinic = make_clinic(session)
    put(session, clinic, "crisis_locale.en", {"verified_on": "2026-03-01", "call": "555 0100", "note": None})
    line = clinic_settings.read(session, clinic.id).crisis_in("en")
    assert (line.call, line.note, line.emergency, line.verified_on) == ("555 0100", None, "911", date(2026, 3, 1))


def test_a_crisis_line_that_was_checked_long_ago_is_named(session: Session) -> None:
    settings = clinic_settings.read(session, make_clinic(session, ready=True).id)
    assert clinic_settings.warnings(settings, date(2026, 8, 28)) == []
    assert len(clinic_settings.warnings(settings, date(2026, 8, 29))) == 2


def test_a_draft_language_is_offered_only_after_its_reviewer_is_recorded(session: Session) -> None:
    clinic = make_clinic(session)
    instrument = catalogue.current()
    before = clinic_settings.offered_languages(clinic_settings.read(session, clinic.id), instrument)
    put(session, clinic, "language_reviewer.es", "Dr. Reviewer")
    after = clinic_settings.offered_languages(clinic_settings.read(session, clinic.id), instrument)
    assert (before, after) == (("en",), ("en", "es"))


def test_invitations_begin_with_words_that_may_be_changed_by_language(session: Session) -> None:
    clinic = make_clinic(session)
    before = clinic_settings.read(session, clinic.id)
    assert (before.invite_by_email, before.remind_days, before.ask_birth_date) == (True, (7, 1), False)
    for key, words in message_words.DEFAULTS.items():
        for language, text in words.items():
            assert setting_rules.checked(f"{key}.{language}", text) == text
    put(session, clinic, "remind_days", [1])
    put(session, clinic, "reminder_text.en", "  Please: \r\n{link}\n")
    after = clinic_settings.read(session, clinic.id)
    assert after.remind_days == (1,)
    assert after.reminder_text["en"] == "Please:\n{link}"
    assert after.reminder_text["es"] == before.reminder_text["es"]


def test_the_targets_of_alerts_have_defaults_and_can_be_set(session: Session) -> None:
    clinic = make_clinic(session)
    assert clinic_settings.read(session, clinic.id).alert_minutes == {"S2": 240, "S3": 15}
    put(session, clinic, "alert_minutes", {"S3": 10, "S2": 60})
    assert clinic_settings.read(session, clinic.id).alert_minutes == {"S2": 60, "S3": 10}


def test_what_is_put_into_a_message_is_never_read_as_a_place() -> None:
    values = {"clinic": "{link}", "link": "https://clinic.example/q/1"}
    assert message_words.filled("{clinic} {link} {other}", values) == "{link} https://clinic.example/q/1 {other}"


@pytest.mark.parametrize(
    ("when", "staffed", "opening"),
    [
        pytest.param(local(2026, 3, 10, 9), True, local(2026, 3, 10, 9), id="at the minute it opens"),
        pytest.param(local(2026, 3, 10, 16, 59), True, local(2026, 3, 10, 16, 59), id="the last minute"),
        pytest.param(local(2026, 3, 10, 17), False, local(2026, 3, 11, 9), id="at the minute it closes"),
        pytest.param(local(2026, 3, 10, 3), False, local(2026, 3, 10, 9), id="before it opens"),
        pytest.param(local(2026, 3, 6, 18), False, local(2026, 3, 9, 9), id="over a weekend and a clock change"),
        pytest.param(local(2026, 12, 24, 18), False, local(2026, 12, 28, 9), id="over a holiday"),
        pytest.param(local(2026, 12, 25, 12), False, local(2026, 12, 28, 9), id="on a holiday"),
    ],
)
def test_the_clinic_knows_when_somebody_is_there(
    session: Session, when: datetime, staffed: bool, opening: datetime
) -> None:
    clinic = make_clinic(session, ready=True)
    put(session, clinic, "holidays", ["2026-12-25"])
    settings = clinic_settings.read(session, clinic.id)
    assert clinic_settings.is_staffed(settings, when) is staffed
    found = clinic_settings.next_opening(settings, when)
    assert found == opening
    assert found is not None
    assert found.tzinfo == NEW_YORK


def test_a_clinic_without_hours_never_opens(session: Session) -> None:
    settings = clinic_settings.read(session, make_clinic(session).id)
    assert clinic_settings.next_opening(settings, NOW) is None


def test_a_clinic_may_be_staffed_day_and_night(session: Session) -> None:
    clinic = make_clinic(session)
    put(session, clinic, "staffed_hours", {day: ["00:00", "24:00"] for day in setting_rules.DAYS})
    settings = clinic_settings.read(session, clinic.id)
    assert clinic_settings.is_staffed(settings, local(2026, 3, 10, 23, 59))
    assert clinic_settings.is_staffed(settings, local(2026, 3, 11, 0))


def test_settings_are_shown_with_who_set_them_and_what_is_not_set(session: Session) -> None:
    clinic = make_clinic(session)
    user = make_user(session, clinic, "administrator", display_name="Alex Admin")
    clinic_settings.change(session, clinic.id, "holidays", ["2026-12-25"], user.id, None, NOW)
    put(session, clinic, "read_when.en", "every morning")
    lines = clinic_settings.show_text(session, clinic.id).splitlines()
    assert 'holidays = ["2026-12-25"]  (Alex Admin, 2026-03-10 09:00 UTC)' in lines
    assert "read_when.en = every morning  (from the command line, 2026-03-10 09:00 UTC)" in lines
    assert "page_size = A4" in lines
    assert "backup_role is not set" in lines
    assert "read_when.LANGUAGE is not set" not in lines


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("link_days", "7", 7),
        ("tablet_mode", "true", True),
        ("emergency_number", "911", "911"),
        ("read_when.en", "soon", "soon"),
        ("staffed_hours", '{"mon": ["09:00", "17:00"]}', {"mon": ["09:00", "17:00"]}),
        ("holidays", "tomorrow", "tomorrow"),
    ],
)
def test_a_typed_value_becomes_what_its_key_takes(key: str, text: str, value: object) -> None:
    assert setting_rules.from_text(key, text) == value
