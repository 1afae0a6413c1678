"""The other people of the demo: its trends are worth looking at, and go on with it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from clinic.cli import trend_steps
from clinic.cli.rounds import MOST_PERIODS
from clinic.core.trend_measures import GAPS
from clinic.core.trends import Group
from clinic.db.models import Clinic, TrendView
from clinic.db.session import db
from clinic.services import rollup, trend_publishing, trends
from clinic.services.demo import crowd, story_line
from tests.factories import NOW

pytestmark = pytest.mark.slow
SEED = 7


def shown(session: Session, clinic_id: int, measure: str, group: Group | None = None) -> int:
    view = trends.read(session, clinic_id, "month", *([group] if group else []), outside=True, now=NOW)
    return sum(point.figure.state == "shown" for point in view.series[measure].points)


def test_the_demo_has_eighteen_months_of_trends_at_two_sites_and_goes_on_with_them(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        session = db.session
        memory = story_line.begin(session, SEED, NOW)
        clinic_id = story_line.the_clinic(session)
        crowd.add(session, clinic_id, SEED, NOW)
        assert trend_publishing.due(session, clinic_id, NOW) == []
        assert min(shown(session, clinic_id, f"gap:{gap}") for gap in GAPS) >= 18
        assert shown(session, clinic_id, "opened") >= 18
        assert shown(session, clinic_id, "agreed:support") >= 6
        view = trends.read(session, clinic_id, "quarter", now=NOW)
        assert {len(sites) for sites in view.sites.values()} == {2}
        for site in view.names:
            assert shown(session, clinic_id, "gap:accessibility", Group("site", site)) >= 12
        later = NOW + timedelta(days=3)
        story_line.go_on(session, memory, later)
        assert rollup.check(session, clinic_id) == []


def test_a_demo_of_an_older_version_is_counted_and_published_by_the_worker(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        session = db.session
        story_line.begin(session, SEED, NOW)
        clinic_id = story_line.the_clinic(session)
        session.execute(update(Clinic).values(trends_counted_at=None))
        session.execute(delete(TrendView))
        session.commit()
        for _ in range(4):
            list(trend_steps.keep_up(session, clinic_id, lambda: NOW, most=MOST_PERIODS))
        assert trend_publishing.due(session, clinic_id, NOW) == []
        assert rollup.check(session, clinic_id) == []
        assert len(trends.read(session, clinic_id, "month", now=NOW).periods) >= 17
