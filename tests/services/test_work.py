"""How the jobs of the worker have been going: each is late by its own measure."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from clinic.services import work
from tests.factories import NOW


@pytest.mark.parametrize(("job", "minutes"), [("sending", 5), ("reminders", 5), ("escalation", 5), ("trends", 20)])
def test_a_job_is_late_where_it_was_left_out_and_at_the_earliest_after_five_minutes(
    session: Session, job: str, minutes: int
) -> None:
    work.note(session, job, "one", NOW, NOW, None)
    for passed, is_late in ((timedelta(minutes=minutes), False), (timedelta(minutes=minutes, seconds=1), True)):
        health = {one.name: one.is_late for one in work.jobs_health(session, NOW + passed)}
        assert health[job] is is_late


def test_a_job_that_nobody_has_done_is_late(session: Session) -> None:
    assert [one.name for one in work.jobs_health(session, NOW) if one.is_late] == list(work.JOBS)
