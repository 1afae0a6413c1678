"""The same patients in two published months: what stands of them in the later one, and what of that may leave."""

import pytest
from sqlalchemy.orm import Session

from clinic.core.intervals import newcombe_paired
from clinic.core.trends import Period
from clinic.services import clinic_settings, trends
from tests import factories
from tests.services.test_trend_publishing import LONG_AFTER, figures, publish
from tests.services.trend_forms import forms, moment, people

pytestmark = pytest.mark.slow


def test_the_same_patients_seen_twice_stand_in_the_later_period(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 60)
    forms(session, clinic, crowd, moment(2026, 1, 14), gaps=30)
    # 18 keep it, 12 lose it, 12 get it, 18 never have it.
    forms(session, clinic, crowd[:18] + crowd[30:42] + crowd[18:30] + crowd[42:], moment(2026, 2, 14), gaps=30)
    publish(session, clinic)
    later = figures(session, "2026-02")
    assert later is not None
    assert later["paired:stigma"] == [18, 12, 12, 18, True]
    one = trends.read(session, clinic.id, "month", last=Period.parse("2026-02"), now=LONG_AFTER).series["gap:stigma"]
    assert one.paired is not None
    assert (one.paired.n, one.paired.came, one.paired.went, one.paired.before, one.paired.after) == (
        60,
        12,
        12,
        0.5,
        0.5,
    )
    assert (one.paired.low, one.paired.high) == newcombe_paired(18, 12, 12, 18)[1:]


def test_the_same_patients_are_hidden_where_few_others_are_left(session: Session) -> None:
    clinic = factories.make_clinic(session)
    crowd = people(session, clinic, 60)
    forms(session, clinic, crowd, moment(2026, 1, 14), gaps=30)
    # Three patients of January are not there any more: what is left of its figure would tell of them.
    stay = crowd[:18] + crowd[30:42] + crowd[18:30] + crowd[42:57]
    forms(session, clinic, stay, moment(2026, 2, 14), gaps=30)
    publish(session, clinic)
    later = figures(session, "2026-02")
    assert later is not None
    assert "gap:stigma" in later
    assert "paired:stigma" not in later


def test_pairs_that_are_few_for_outside_stay_with_the_clinic_that_chose_to_see_them(session: Session) -> None:
    clinic = factories.make_clinic(session)
    clinic_settings.change(session, clinic.id, "smallest_shown", 5, None, None, factories.NOW)
    crowd = people(session, clinic, 60)
    forms(session, clinic, crowd, moment(2026, 1, 14), gaps=30)
    # Seven lose it and seven get it: both months' own figures may leave the clinic, and these may not.
    forms(session, clinic, crowd[:23] + crowd[30:37] + crowd[23:30] + crowd[37:], moment(2026, 2, 14), gaps=30)
    publish(session, clinic)
    later = figures(session, "2026-02")
    assert later is not None
    assert (later["gap:stigma"], later["paired:stigma"]) == ([30, 60, True], [23, 7, 7, 23, False])
    for outside in (False, True):
        last = Period.parse("2026-02")
        read = trends.read(session, clinic.id, "month", last=last, outside=outside, now=LONG_AFTER)
        assert (read.series["gap:stigma"].paired is None) is outside
