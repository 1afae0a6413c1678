import re
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from clinic.core import answers, path, safety
from clinic.core.instrument import NONE_OF_THESE, Instrument
from clinic.core.scoring import item_burdens
from clinic.instruments.catalogue import current
from clinic.services.demo import checklists, forms, progress
from clinic.services.demo.calendar import Diary, days_until
from clinic.services.demo.people import PEOPLE, Person, people
from clinic.services.demo.plan import book
from tests.factories import NOW

INSTRUMENT: Instrument = current()
DAY = date(2026, 3, 10)
EVERYBODY = people(7, DAY)


def past_days(person: Person) -> list[date]:
    return list(days_until(7, person, None, DAY))[:-1]


def test_the_same_seed_and_day_give_the_same_people_and_another_seed_gives_others() -> None:
    assert people(7, DAY) == EVERYBODY
    assert {one.name for one in people(8, DAY)} != {one.name for one in EVERYBODY}


def test_there_are_120_people_whom_nothing_can_confuse_with_anybody() -> None:
    assert len({one.name for one in EVERYBODY}) == PEOPLE == 120
    assert len({one.record_number for one in EVERYBODY}) == PEOPLE
    assert {one.email.partition("@")[2] for one in EVERYBODY if one.email} == {"example.org"}
    assert all(re.fullmatch(r"\+1 \d{3} 555 01\d\d", one.phone) for one in EVERYBODY if one.phone)


def test_everybody_is_an_adult_at_the_first_visit_and_at_most_85() -> None:
    for person in EVERYBODY:
        assert (person.joins - person.born_on).days >= 18 * 365.25
        assert (DAY - person.born_on).days <= 86.5 * 365.25


def test_some_people_are_spanish_speakers_and_some_names_are_in_other_scripts() -> None:
    assert 15 <= sum(one.language == "es" for one in EVERYBODY) <= 30
    assert any("\u0600" <= letter <= "\u06ff" for one in EVERYBODY for letter in one.name)
    assert any("\u0370" <= letter <= "\u03ff" for one in EVERYBODY for letter in one.name)
    assert any("\u0590" <= letter <= "\u05ff" for one in EVERYBODY for letter in one.name)


def test_visits_are_four_to_twelve_weeks_apart() -> None:
    for person in EVERYBODY:
        days = list(days_until(7, person, None, DAY))
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        assert all(28 <= gap <= 84 for gap in gaps)
        assert days[-1] >= DAY


def test_nobody_is_booked_twice_at_one_hour() -> None:
    bookings = book(7, EVERYBODY, [], (1, 2, 3), Diary(ZoneInfo("America/Chicago")), opened_on=None, now=NOW)
    hours = [(one.clinician, one.at) for one in bookings]
    assert len(hours) == len(set(hours))


def test_every_form_is_one_that_a_patient_could_have_sent() -> None:
    for person in EVERYBODY:
        for filled in forms.fill(INSTRUMENT, 7, person, past_days(person)).values():
            given = filled.given
            assert answers.read(INSTRUMENT, given.to_document()) == given
            asked = {*path.asked_lists(INSTRUMENT, given), INSTRUMENT.strengths_list}
            assert {tick.partition(".")[0] for tick in given.ticks} <= asked
            alone = {tick for tick in given.ticks if tick.endswith(NONE_OF_THESE)}
            assert all(sum(one.startswith(tick.partition(".")[0] + ".") for one in given.ticks) == 1 for tick in alone)
            assert (given.checkin is None) or safety.signals(INSTRUMENT, given)


def test_what_is_ticked_agrees_with_the_answers() -> None:
    for person in EVERYBODY:
        for filled in forms.fill(INSTRUMENT, 7, person, past_days(person)).values():
            burdens = item_burdens(INSTRUMENT, filled.given)
            for tick in filled.given.ticks & checklists.NEEDS.keys():
                item, least = checklists.NEEDS[tick]
                assert (burdens[item] or 0) >= least


def test_answers_change_by_small_steps_unless_a_signal_comes() -> None:
    leaps = steps = 0
    for person in EVERYBODY:
        found = [
            item_burdens(INSTRUMENT, one.given) for one in forms.fill(INSTRUMENT, 7, person, past_days(person)).values()
        ]
        for before, after in pairwise(found):
            pairs = [(before[item], after[item]) for item in INSTRUMENT.items]
            known = [abs(a - b) for a, b in pairs if a is not None and b is not None]
            steps, leaps = steps + len(known), leaps + sum(one > 1 for one in known)
    assert steps > 10_000
    assert leaps < steps / 200


def test_the_short_way_to_a_finished_form_is_the_walk_through_its_pages() -> None:
    for person in EVERYBODY[:12]:
        for filled in list(forms.fill(INSTRUMENT, 7, person, past_days(person)).values())[:3]:
            walked = list(progress.walk(INSTRUMENT, filled, NOW))[-1]
            short = progress.finished(INSTRUMENT, filled, NOW)
            assert short.draft.given.to_document() == walked.draft.given.to_document()
            assert (short.draft.left, short.draft.core_seconds, short.at) == (
                walked.draft.left,
                walked.draft.core_seconds,
                walked.at,
            )
            assert abs(short.at - NOW) < timedelta(minutes=15)


def test_a_later_visit_leaves_the_forms_before_it_as_they_were() -> None:
    person = EVERYBODY[30]
    days = past_days(person)
    longer = forms.fill(INSTRUMENT, 7, person, [*days, DAY])
    assert {day: longer[day] for day in days} == forms.fill(INSTRUMENT, 7, person, days)
