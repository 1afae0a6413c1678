"""Workers lose no message and send none twice, whatever the mail server does, and say how they have been."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from clinic.cli import rounds
from clinic.cli.rounds import Worker
from clinic.config import MailSettings
from clinic.core.answers import AnswerSet
from clinic.core.safety import judge
from clinic.db.models import Clinic, ClinicSetting, Outbox, WorkerRun
from clinic.db.session import begin_write, db
from clinic.mail.channel import open_channel
from clinic.services import alerts, clinic_settings, escalation, outbox, work
from clinic.services.alerts import Subject
from tests.core.strategies import INSTRUMENT
from tests.factories import NOW, make_assessment, make_clinic, make_visit
from tests.sink import Sink

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Clock:
    """A clock that stands until it is put forward."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink.open()
    yield sink
    sink.shut()


@pytest.fixture
def clinic(app: Flask) -> int:
    with app.app_context():
        begin_write(db.session)
        clinic = make_clinic(db.session).id
        db.session.commit()
    return clinic


@pytest.fixture
def worker(app: Flask, sink: Sink, clock: Clock) -> Worker:
    return make_worker(app, sink.mail(), clock)


def make_worker(app: Flask, mail: MailSettings | None, clock: Callable[[], datetime], name: str = "one") -> Worker:
    @contextmanager
    def sessions() -> Iterator[Session]:
        with app.app_context():
            yield db.session

    return Worker(name, sessions, lambda: open_channel(mail), clock)


def put(app: Flask, clinic: int, count: int, kind: str = "reminder") -> None:
    with app.app_context():
        begin_write(db.session)
        for number in range(count):
            outbox.put(
                db.session,
                clinic_id=clinic,
                kind=kind,
                key=f"{kind}:{number}",
                recipient=f"{kind}{number}@mail.example",
                subject="Your visit",
                text="Please come.",
                now=NOW,
            )
        db.session.commit()


def states(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Outbox.state).order_by(Outbox.id)))


def queue(app: Flask, now: datetime, clinic: int | None = None) -> outbox.Queue:
    with app.app_context():
        return outbox.queue(db.session, now, clinic)


def health(app: Flask, now: datetime, job: str = work.SENDING) -> work.JobHealth:
    with app.app_context():
        return next(one for one in work.jobs_health(db.session, now) if one.name == job)


def test_what_waits_is_sent_once_from_the_clinic_in_its_own_name(
    app: Flask, clinic: int, sink: Sink, worker: Worker
) -> None:
    put(app, clinic, 3)
    worker.send()
    worker.send()

    assert [one["To"] for one in sink.letters] == [f"reminder{number}@mail.example" for number in range(3)]
    assert sink.letters[0]["From"] == "Harbour Clinic <forms@harbour.example>"
    assert sink.connections == 1
    assert states(app) == ["sent"] * 3


@pytest.mark.slow
def test_a_mail_server_that_is_away_for_a_day_loses_nothing(
    app: Flask, clinic: int, sink: Sink, worker: Worker, clock: Clock
) -> None:
    put(app, clinic, 4)
    put(app, clinic, 1, kind="alert")
    sink.shut()
    while clock.now < NOW + DAY:
        worker.send()
        clock.now += 5 * MINUTE

    with app.app_context():
        rows = db.session.execute(select(Outbox.state, Outbox.attempts, Outbox.last_error)).all()
    assert {(row.state, row.last_error) for row in rows} == {("waiting", "unreachable")}
    # Five tries in the first hour and then one an hour: enough to be soon, too few to be a nuisance.
    assert all(20 <= row.attempts <= 30 for row in rows)
    waiting = queue(app, clock.now)
    assert (waiting.length, waiting.put_off, waiting.oldest) == (5, 5, NOW)
    assert waiting.is_stuck(clock.now)

    sink.open()
    for _ in range(61):
        worker.send()
        clock.now += MINUTE
    assert states(app) == ["sent"] * 5
    assert len(sink.ids) == len(set(sink.ids)) == 5
    assert queue(app, clock.now) == outbox.Queue(0, 0, None)


def test_an_alert_goes_first_when_the_server_comes_back(
    app: Flask, clinic: int, sink: Sink, worker: Worker, clock: Clock
) -> None:
    put(app, clinic, 3)
    put(app, clinic, 1, kind="alert")
    sink.shut()
    worker.send()
    sink.open()
    clock.now += 2 * MINUTE
    worker.send()

    assert sink.letters[0]["To"] == "alert0@mail.example"


def test_one_address_that_is_refused_holds_nothing_up(
    app: Flask, clinic: int, sink: Sink, worker: Worker, clock: Clock
) -> None:
    sink.refused["reminder0@mail.example"] = "450 Come back later, reminder0@mail.example"
    put(app, clinic, 3)
    worker.send()
    assert states(app) == ["waiting", "sent", "sent"]
    with app.app_context():
        assert db.session.scalar(select(Outbox.last_error).where(Outbox.attempts == 1)) == "recipient 450"

    sink.refused.clear()
    clock.now += MINUTE
    worker.send()
    assert states(app) == ["sent"] * 3


def test_a_damaged_message_holds_nothing_up(app: Flask, clinic: int, sink: Sink, worker: Worker) -> None:
    put(app, clinic, 2)
    with app.app_context():
        begin_write(db.session)
        db.session.execute(text("UPDATE outbox SET content = 'nonsense' WHERE key = 'reminder:0'"))
        db.session.commit()
    worker.send()

    assert states(app) == ["waiting", "sent"]
    assert health(app, NOW).last_error is None


def test_without_a_mail_server_everything_waits_and_says_why(app: Flask, clinic: int, clock: Clock) -> None:
    put(app, clinic, 2)
    worker = make_worker(app, None, clock)
    for _ in range(5):
        worker.send()

    with app.app_context():
        assert set(db.session.scalars(select(Outbox.last_error))) == {"no_server"}
    assert states(app) == ["waiting", "waiting"]


def test_two_workers_send_each_message_once(app: Flask, clinic: int, sink: Sink, clock: Clock) -> None:
    put(app, clinic, 40)
    start = threading.Barrier(2)

    def work_off(name: str) -> int:
        worker = make_worker(app, sink.mail(), clock, name)
        start.wait(timeout=10)
        for _ in range(100):
            worker.send()
            if queue(app, NOW).length == 0:
                return 1
        return 0

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work_off, ("one", "two"))) == [1, 1]
    assert states(app) == ["sent"] * 40
    assert len(sink.ids) == len(set(sink.ids)) == 40


def test_a_message_that_another_worker_has_is_left_to_it(
    app: Flask, clinic: int, sink: Sink, worker: Worker, clock: Clock
) -> None:
    put(app, clinic, 1)
    with app.app_context():
        begin_write(db.session)
        assert outbox.claim(db.session, "one that was killed", NOW) is not None
        db.session.commit()

    worker.send()
    assert sink.letters == []
    clock.now += outbox.LEASE
    worker.send()
    assert states(app) == ["sent"]


def test_a_worker_that_is_told_to_stop_ends_after_the_message_on_its_way(
    app: Flask, clinic: int, sink: Sink, worker: Worker
) -> None:
    put(app, clinic, 3)
    worker.stop()
    worker.send()
    assert states(app) == ["waiting"] * 3


def test_a_job_is_committed_whole_and_one_that_ends_badly_is_noted_and_done_again(
    app: Flask, clinic: int, worker: Worker, clock: Clock
) -> None:
    def rename(session: Session, now: datetime) -> None:
        session.execute(select(Clinic)).scalar_one().name = f"Clinic of {now:%H:%M}"
        session.flush()
        if now == NOW:
            raise LookupError("Maria García-Lopez")

    worker.do("renaming", rename)
    with app.app_context():
        first = db.session.get_one(WorkerRun, "renaming")
        assert (first.ran_at, first.done_at, first.worker) == (NOW, None, "one")
        assert first.last_error is not None
        assert first.last_error.startswith("LookupError in clinic.cli.rounds")
        assert "Maria" not in first.last_error
        assert db.session.scalar(select(Clinic.name)) == "Harbour Clinic"

    clock.now += MINUTE
    worker.do("renaming", rename)
    with app.app_context():
        second = db.session.get_one(WorkerRun, "renaming")
        assert (second.done_at, second.last_error) == (NOW + MINUTE, None)
        assert db.session.scalar(select(Clinic.name)) == "Clinic of 09:01"

    clock.now = NOW
    worker.do("renaming", rename)
    with app.app_context():
        third = db.session.get_one(WorkerRun, "renaming")
        assert third.done_at == NOW + MINUTE
        assert third.last_error is not None


@pytest.mark.parametrize("broken_first", [True, False])
def test_a_clinic_that_cannot_be_read_keeps_no_other_from_being_told(
    app: Flask, worker: Worker, clock: Clock, broken_first: bool
) -> None:
    with app.app_context():
        begin_write(db.session)
        clinics = [make_clinic(db.session, name=name, ready=True) for name in ("One", "Two")]
        broken, sound = clinics if broken_first else clinics[::-1]
        for one in clinics:
            form = make_assessment(db.session, make_visit(db.session, one))
            subject, said = Subject(one.id, form.id, form.patient_id), judge(INSTRUMENT, AnswerSet(checkin="yes_now"))
            alerts.record(db.session, INSTRUMENT, subject, said, checkin_expected=False, now=NOW)
            clinic_settings.change(db.session, one.id, "alert_inbox_email", "a@clinic.example", None, None, NOW)
        row = {"clinic_id": broken.id, "key": "holidays", "value": ["no day"], "set_at": NOW}
        db.session.execute(insert(ClinicSetting).values(row))
        db.session.execute(update(Clinic).values(settings_version="another"))
        told = sound.id
        db.session.commit()

    clock.forward(MINUTE)
    worker.do("escalation", escalation.escalate)
    with app.app_context():
        assert db.session.scalars(select(Outbox.clinic_id)).all() == [told]
        run = db.session.get_one(WorkerRun, "escalation")
        assert run.done_at is None
        assert run.last_error is not None
        assert run.last_error.startswith("ValueError in clinic.services.clinic_settings")


def test_a_database_that_is_away_ends_no_worker(app: Flask, clinic: int, sink: Sink, clock: Clock) -> None:
    @contextmanager
    def away() -> Iterator[Session]:
        raise OSError("away")
        yield

    Worker("one", away, lambda: open_channel(sink.mail()), clock).send()
    assert health(app, NOW).is_late


def test_a_worker_is_late_when_it_has_not_been_there_for_a_while(
    app: Flask, clinic: int, worker: Worker, clock: Clock
) -> None:
    assert health(app, NOW).is_late
    worker.send()
    assert not health(app, NOW + work.LATE).is_late
    assert health(app, NOW + work.LATE + MINUTE).is_late


def test_an_idle_worker_writes_only_now_and_then(app: Flask, clinic: int, worker: Worker, clock: Clock) -> None:
    worker.send()
    clock.now += work.SEND_EVERY
    worker.send()
    assert health(app, clock.now).done_at == NOW
    clock.now += rounds.NOTE_EVERY
    worker.send()
    assert health(app, clock.now).done_at == clock.now


def test_a_long_queue_is_sent_in_rounds_so_that_the_worker_is_seen(
    app: Flask, clinic: int, sink: Sink, worker: Worker, clock: Clock
) -> None:
    put(app, clinic, 3)
    sink.on_letter = lambda: clock.forward(rounds.ROUND / 2)
    worker.send()
    assert states(app) == ["sent", "sent", "waiting"]
    assert health(app, clock.now).done_at == clock.now
    worker.send()
    assert states(app) == ["sent"] * 3


def test_a_message_for_later_does_not_count_as_waiting(app: Flask, clinic: int) -> None:
    put(app, clinic, 2)
    with app.app_context():
        begin_write(db.session)
        db.session.execute(select(Outbox)).scalars().first().next_try_at = NOW + DAY  # type: ignore[union-attr]
        db.session.commit()

    assert queue(app, NOW) == outbox.Queue(1, 0, NOW)
    assert queue(app, NOW, clinic + 1) == outbox.Queue(0, 0, None)
