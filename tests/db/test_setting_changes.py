"""Settings that are changed several at once: all or none, never over what another has changed, and all kept."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.db.models import Clinic, ClinicSettingChange, User
from clinic.services import clinic_settings, setting_changes
from clinic.services.setting_changes import Tried
from tests.factories import NOW, make_clinic, make_user


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return make_clinic(session)


@pytest.fixture
def boss(session: Session, clinic: Clinic) -> User:
    return make_user(session, clinic, "administrator", display_name="Alex Admin")


def version(session: Session, clinic: Clinic) -> str:
    return clinic_settings.read(session, clinic.id).version


def save(
    session: Session, boss: User, values: dict[str, Any], seen: str | None = None, reason: str | None = None
) -> Tried:
    clinic_id = boss.clinic_id
    seen = seen or clinic_settings.read(session, clinic_id).version
    return setting_changes.save(session, clinic_id, values, seen=seen, by=boss.id, reason=reason, now=NOW)


def changes(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ClinicSettingChange)) or 0


def test_every_value_of_a_page_is_saved_and_kept_with_who_and_why(session: Session, boss: User) -> None:
    assert save(session, boss, {"link_days": 7, "checkin_mode": "off"}, reason="Asked in person").is_saved
    kept = setting_changes.history(session, boss.clinic_id)
    assert [(one.key, one.old, one.new, one.by, one.reason) for one in kept] == [
        ("checkin_mode", None, "off", "Alex Admin", "Asked in person"),
        ("link_days", None, 7, "Alex Admin", "Asked in person"),
    ]
    assert clinic_settings.read(session, boss.clinic_id).link_days == 7


def test_one_bad_value_leaves_the_whole_page_unsaved_and_each_is_told_by_its_key(session: Session, boss: User) -> None:
    before = version(session, session.get_one(Clinic, boss.clinic_id))
    tried = save(session, boss, {"link_days": 7, "checkin_mode": "off", "alert_inbox_email": "nobody"})
    assert {key: words.split()[0] for key, words in tried.problems.items()} == {
        "checkin_mode": "off",
        "alert_inbox_email": "use",
    }
    settings = clinic_settings.read(session, boss.clinic_id)
    assert (settings.link_days, settings.version, changes(session)) == (14, before, 0)


def test_the_later_of_two_is_told_and_overwrites_nothing(session: Session, boss: User) -> None:
    seen = clinic_settings.read(session, boss.clinic_id).version
    assert save(session, boss, {"link_days": 7}, seen).is_saved
    tried = save(session, boss, {"link_days": 30}, seen)
    assert (tried.is_stale, tried.is_saved) == (True, False)
    assert clinic_settings.read(session, boss.clinic_id).link_days == 7


def test_what_holds_already_is_no_change(session: Session, boss: User) -> None:
    before = clinic_settings.read(session, boss.clinic_id).version
    held = setting_changes.current(session, boss.clinic_id)
    assert (held["emergency_number"], held["link_days"]) == ("911", 14)
    assert save(session, boss, held | {"alert_inbox_role": None, "emergency_number": None}).is_saved
    assert changes(session) == 0
    assert clinic_settings.read(session, boss.clinic_id).version == before


def test_a_crisis_line_that_is_kept_as_it_was_shown_is_no_change(session: Session, boss: User) -> None:
    clinic_settings.change(session, boss.clinic_id, "crisis_locale.en", {"verified_on": "2026-03-01"}, None, None, NOW)
    shown = setting_changes.current(session, boss.clinic_id)["crisis_locale.en"]
    assert shown["call"] == "988"
    assert save(session, boss, {"crisis_locale.en": shown}).is_saved
    assert changes(session) == 1
    assert save(session, boss, {"crisis_locale.en": shown | {"call": "555 0100"}}).is_saved
    assert clinic_settings.read(session, boss.clinic_id).crisis_in("en").call == "555 0100"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"call": None, "text_to": None, "text_word": None, "chat_url": None}, "a number to call, a number"),
        ({"text_to": None, "text_word": "HELLO"}, "the number to which the word is sent"),
        ({"name": None}, "one line"),
    ],
)
def test_a_crisis_line_must_lead_somewhere(session: Session, boss: User, change: dict[str, Any], told: str) -> None:
    clinic_settings.change(session, boss.clinic_id, "crisis_locale.en", {"verified_on": "2026-03-01"}, None, None, NOW)
    shown = setting_changes.current(session, boss.clinic_id)["crisis_locale.en"]
    tried = save(session, boss, {"crisis_locale.en": shown | change})
    assert told in tried.problems["crisis_locale.en"]


def test_what_a_clinic_is_called_and_where_its_clock_stands_are_changed_like_any_setting(
    session: Session, boss: User
) -> None:
    make_clinic(session, name="Lakeside Clinic")
    before = clinic_settings.read(session, boss.clinic_id)
    wanted = {"name": "Harbour Mind Clinic", "time_zone": "Europe/Madrid", "languages": ["es"], "page_size": "letter"}
    assert save(session, boss, wanted | {"summary_language": "es"}).is_saved
    after = clinic_settings.read(session, boss.clinic_id)
    assert (after.clinic_name, after.zone.key, after.languages) == ("Harbour Mind Clinic", "Europe/Madrid", ("es",))
    assert (after.page_size, after.summary_language) == ("letter", "es")
    assert after.version != before.version
    assert setting_changes.history(session, boss.clinic_id)[-1].old == "Harbour Clinic"
    for key, bad in (
        ("name", "Lakeside Clinic"),
        ("name", None),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("languages", []),
        ("languages", ["en", "en"]),
        ("languages", "en"),
    ):
        assert key in save(session, boss, {key: bad}).problems, (key, bad)


def test_a_language_that_was_given_up_writes_no_more_summaries(session: Session, boss: User) -> None:
    assert save(session, boss, {"summary_language": "es"}).is_saved
    assert save(session, boss, {"languages": ["en"]}).is_saved
    assert clinic_settings.read(session, boss.clinic_id).summary_language == "en"


def test_the_history_is_read_in_parts_and_is_of_one_clinic(session: Session, boss: User) -> None:
    other = make_clinic(session, name="Other")
    clinic_settings.change(session, other.id, "link_days", 3, None, None, NOW)
    for days in range(1, setting_changes.AT_ONCE // 2 + 4):
        for key in ("link_days", "emergency_number"):
            value = days if key == "link_days" else str(100 + days)
            clinic_settings.change(session, boss.clinic_id, key, value, None, None, NOW)
    first = setting_changes.history(session, boss.clinic_id)
    rest = setting_changes.history(session, boss.clinic_id, before=first[-1].id)
    assert (len(first), len(rest)) == (setting_changes.AT_ONCE, 6)
    assert [one.new for one in rest] == ["103", 3, "102", 2, "101", 1]
    last = setting_changes.latest(session, boss.clinic_id, "link_days")
    assert last is not None
    assert (last.new, last.by) == (53, None)
    assert setting_changes.latest(session, boss.clinic_id, "holidays") is None
