"""Working through jobs: slices, crashes between any two steps, pauses, cancelling, failures, and lost leases."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event

import pytest

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.storage import MemoryStorage
from adnode.domain.errors import (
    AdnodeError,
    AuthenticationFailedError,
    ConnectionStoppedError,
    GatewayUnavailableError,
    QueryTooSlowError,
    StateError,
    StorageUnavailableError,
)
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.tally import Tally, TallyKind
from adnode.ports.storage import UnitOfWork
from adnode.services.jobs.runner import LEASE_SECONDS, JobRunner

GOING = Event()


class CrashError(BaseException):
    """The process dies here: nothing after it runs, not even clean-up code for errors."""


@dataclass
class Handler:
    """Begins rows, whose effect is a tally: as many as there are effects. ``disturb`` gets the name of each step."""

    count: int = 6
    slice_size: int = 2
    window: int = 4
    goes_on: bool = False
    """Whether rows go on by themselves until they are among the resting ones."""
    resting: set[int] = field(default_factory=set)
    disturb: Callable[[str], None] = lambda _step: None
    lists: int = 0
    woken: int = 0

    def list_rows(self, _job: Job) -> Iterator[Sequence[JobRow]]:
        self.lists += 1
        for number in range(1, self.count + 1):
            self.disturb("list")
            yield [JobRow(number, number * 10)]

    def look(self, _job: Job, rows: Sequence[JobRow]) -> list[int]:
        self.disturb("look")
        return [row.number for row in rows]

    def act(self, work: UnitOfWork, _job: Job, rows: Sequence[JobRow], seen: list[int]) -> Sequence[JobRow]:
        self.disturb("act")
        for number in seen:
            work.tallies.add([effect(number)])
        self.disturb("acted")
        outcome = RowOutcome.STARTED if self.goes_on else RowOutcome.DONE
        return [replace(row, outcome=outcome) for row in rows]

    def follow(self, _work: UnitOfWork, _job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        self.disturb("follow")
        return [replace(row, outcome=RowOutcome.DONE) if row.number in self.resting else row for row in rows]

    def wake(self, _job: Job) -> None:
        self.disturb("wake")
        self.woken += 1


def effect(number: int) -> Tally:
    return Tally("org", "c1", "2026-01-05", 9, TallyKind.PAIR, number, 1)


class Desk:
    """A runner, its handler, and a job."""

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler or Handler()
        self.storage = MemoryStorage()
        self.clock = MemoryClock()
        self.runner = self.make_runner("us")
        job = Job("j1", "org", JobKind.BULK_EXALATE, JobStatus.WAITING, "Bulk Exalate", self.clock.now(), "Ann")
        with self.storage.unit_of_work() as work:
            work.jobs.add(job)
            work.commit()

    def make_runner(self, owner: str) -> JobRunner:
        return JobRunner(self.storage.unit_of_work, {JobKind.BULK_EXALATE: self.handler}, self.clock, owner)

    @property
    def job(self) -> Job:
        with self.storage.unit_of_work() as work:
            return work.jobs.get("j1")

    @property
    def rows(self) -> list[JobRow]:
        with self.storage.unit_of_work() as work:
            return work.jobs.rows("j1", limit=1000)

    @property
    def effects(self) -> dict[int, int]:
        """How often each row was brought about."""
        with self.storage.unit_of_work() as work:
            return {tally.bucket: tally.count for tally in work.tallies.by_day("org", "2026-01-01")}

    def run(self) -> bool:
        return self.runner.run(GOING)

    def run_out(self, limit: int = 100) -> None:
        """Take turns until none is due, moving the time on as long as the job is not over."""
        for _ in range(limit):
            if not self.run():
                if self.job.is_over:
                    return
                self.clock.advance(61)
        raise AssertionError(f"It never ends: {self.job}")

    def move(self, status: JobStatus) -> None:
        """Do what a person does."""
        with self.storage.unit_of_work() as work:
            work.jobs.save(work.jobs.take("j1").moved_to(status, self.clock.now()))
            if status is JobStatus.CANCELLED:
                work.jobs.cancel_rows("j1")
            work.commit()


ONCE_EACH = dict.fromkeys(range(1, 7), 1)


def die_at(step: str, times: int = 1) -> Callable[[str], None]:
    left = {"times": times}

    def disturb(name: str) -> None:
        if name == step and left["times"]:
            left["times"] -= 1
            raise CrashError

    return disturb


def fail_at(step: str, error: Exception, times: int = 1000) -> Callable[[str], None]:
    left = {"times": times}

    def disturb(name: str) -> None:
        if name == step and left["times"]:
            left["times"] -= 1
            raise error

    return disturb


# going through -------------------------------------------------------------------------------------------------------


def test_a_job_is_listed_worked_through_in_slices_and_finished() -> None:
    desk = Desk()
    assert desk.run()
    assert (desk.job.status, desk.job.is_listed, desk.job.total) == (JobStatus.RUNNING, True, 6)
    assert desk.run()
    assert [row.outcome for row in desk.rows] == [RowOutcome.DONE] * 2 + [RowOutcome.WAITING] * 4
    assert desk.run()
    assert desk.run()
    assert not desk.run()
    assert (desk.job.status, desk.job.counts) == (JobStatus.FINISHED, {RowOutcome.DONE: 6})
    assert desk.job.started_at == desk.job.created_at
    assert desk.job.finished_at == desk.clock.now()
    assert (desk.effects, desk.handler.woken) == (ONCE_EACH, 3)


def test_a_job_without_rows_is_finished_at_once() -> None:
    desk = Desk(Handler(count=0))
    desk.run_out()
    assert (desk.job.status, desk.job.total) == (JobStatus.FINISHED, 0)


def test_rows_that_came_with_the_job_are_worked_through() -> None:
    desk = Desk(Handler(count=0))
    with desk.storage.unit_of_work() as work:
        work.jobs.add_rows("j1", [JobRow(2, 20), JobRow(3, 30)])
        work.commit()
    desk.run_out()
    assert desk.effects == {2: 1, 3: 1}


def test_no_more_rows_are_under_way_than_the_window_holds_and_slices_are_full() -> None:
    desk = Desk(Handler(goes_on=True))
    for _ in range(5):
        desk.run()
        desk.clock.advance(5)
    assert desk.job.counts == {RowOutcome.STARTED: 4, RowOutcome.WAITING: 2}
    desk.handler.resting = {1}
    desk.run()
    desk.clock.advance(5)
    assert desk.job.counts == {RowOutcome.DONE: 1, RowOutcome.STARTED: 3, RowOutcome.WAITING: 2}
    desk.handler.resting = {1, 3}
    desk.run()
    assert desk.job.counts == {RowOutcome.DONE: 2, RowOutcome.STARTED: 4}
    desk.handler.resting = set(range(1, 7))
    desk.run_out()
    assert (desk.job.status, desk.effects) == (JobStatus.FINISHED, ONCE_EACH)


def test_the_last_rows_begin_although_they_fill_no_slice() -> None:
    desk = Desk(Handler(count=5, goes_on=True))
    for _ in range(3):
        desk.run()
    desk.handler.resting = {1}
    for _ in range(3):
        desk.clock.advance(5)
        desk.run()
    assert desk.job.counts == {RowOutcome.DONE: 1, RowOutcome.STARTED: 4}


def test_a_turn_in_which_nothing_moved_is_followed_by_a_pause() -> None:
    desk = Desk(Handler(goes_on=True))
    for _ in range(4):
        assert desk.run()
    assert not desk.run()
    desk.clock.advance(1)
    assert desk.run()
    assert not desk.run()


def test_jobs_go_on_side_by_side() -> None:
    desk = Desk()
    with desk.storage.unit_of_work() as work:
        work.jobs.add(replace(desk_job("j2"), created_at=desk.clock.now() + timedelta(seconds=1)))
        work.commit()
    desk.clock.advance(2)
    for _ in range(4):
        desk.run()
        desk.clock.advance(1)
    with desk.storage.unit_of_work() as work:
        assert [work.jobs.get(name).counts.get(RowOutcome.DONE) for name in ("j1", "j2")] == [2, 2]


def desk_job(job_id: str) -> Job:
    return replace(Desk().job, id=job_id)


def test_nothing_is_begun_once_the_node_stops() -> None:
    desk = Desk()
    stopping = Event()
    stopping.set()
    assert not desk.runner.run(stopping)
    assert desk.handler.lists == 0
    going = Event()
    desk.handler.disturb = lambda step: going.set() if step == "list" else None
    assert desk.runner.run(going)
    assert (desk.job.is_listed, desk.rows) == (False, [])


# crashes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["list", "look", "act", "acted", "wake", "follow"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_crash_at_any_step_repeats_a_slice_and_does_nothing_twice(step: str, times: int) -> None:
    desk = Desk(Handler(goes_on=True, resting=set(range(1, 7))))
    desk.handler.disturb = die_at(step, times)
    crashes = 0
    for _ in range(100):
        try:
            if not desk.run():
                break
        except CrashError:
            crashes += 1
            assert not desk.make_runner("another").run(GOING), "the lease of the dead one must hold"
            desk.clock.advance(LEASE_SECONDS)
        desk.clock.advance(5)
    assert crashes == times
    assert (desk.job.status, desk.effects) == (JobStatus.FINISHED, ONCE_EACH)
    assert desk.job.counts == {RowOutcome.DONE: 6}


@pytest.mark.parametrize("commit", range(1, 22))
def test_a_crash_before_any_commit_does_nothing_twice(commit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(Handler(goes_on=True, resting=set(range(1, 7))))
    keep, seen = MemoryStorage.keep, {"commits": 0}

    def dying_keep(storage: MemoryStorage, tables: object) -> None:
        seen["commits"] += 1
        if seen["commits"] == commit:
            raise CrashError
        keep(storage, tables)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryStorage, "keep", dying_keep)
    with pytest.raises(CrashError):
        desk.run_out()
    desk.clock.advance(LEASE_SECONDS)
    desk.run_out()
    assert (desk.job.status, desk.effects) == (JobStatus.FINISHED, ONCE_EACH)


# people --------------------------------------------------------------------------------------------------------------


def test_a_paused_job_begins_nothing_and_what_was_begun_goes_on() -> None:
    desk = Desk(Handler(goes_on=True))
    desk.run()
    desk.run()
    desk.move(JobStatus.PAUSED)
    desk.handler.resting = {1, 2}
    desk.clock.advance(5)
    assert desk.run()
    assert (desk.job.status, desk.job.counts) == (JobStatus.PAUSED, {RowOutcome.DONE: 2, RowOutcome.WAITING: 4})
    desk.clock.advance(1000)
    assert not desk.run()
    desk.move(JobStatus.WAITING)
    desk.handler.resting = set(range(1, 7))
    desk.run_out()
    assert (desk.job.status, desk.effects) == (JobStatus.FINISHED, ONCE_EACH)


@pytest.mark.parametrize("status", [JobStatus.PAUSED, JobStatus.CANCELLED])
@pytest.mark.parametrize("step", ["look", "list"])
def test_what_a_person_stops_meanwhile_is_not_begun(status: JobStatus, step: str) -> None:
    desk = Desk()
    if step == "look":
        desk.run()
    desk.handler.disturb = lambda name: desk.move(status) if name == step and not is_stopped(desk) else None
    desk.run()
    assert desk.job.status is status
    assert desk.effects == {}
    desk.clock.advance(1000)
    assert not desk.run()


def is_stopped(desk: Desk) -> bool:
    return desk.job.status in (JobStatus.PAUSED, JobStatus.CANCELLED)


def test_a_cancelled_job_brings_what_it_began_to_its_end() -> None:
    desk = Desk(Handler(goes_on=True))
    desk.run()
    desk.run()
    desk.move(JobStatus.CANCELLED)
    assert desk.job.counts == {RowOutcome.STARTED: 2, RowOutcome.CANCELLED: 4}
    ended_at = desk.job.finished_at
    desk.handler.resting = {1, 2}
    desk.clock.advance(5)
    assert desk.run()
    assert desk.job.counts == {RowOutcome.DONE: 2, RowOutcome.CANCELLED: 4}
    assert (desk.job.status, desk.job.finished_at) == (JobStatus.CANCELLED, ended_at)
    desk.clock.advance(1000)
    assert not desk.run()


# failures ------------------------------------------------------------------------------------------------------------

PASSING = [
    GatewayUnavailableError("No answer.", status=503),
    AuthenticationFailedError("The token is over.", status=401),
    StorageUnavailableError("The database is away."),
    ConnectionStoppedError("Connection A is deactivated."),
]
LASTING = [StateError("It is removed."), QueryTooSlowError("Too slow (VS402335).", status=400), AdnodeError("Odd.")]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: error.code)
@pytest.mark.parametrize("step", ["list", "look", "act", "follow"])
def test_a_job_waits_for_what_passes_and_says_so(error: AdnodeError, step: str) -> None:
    desk = Desk(Handler(goes_on=True, resting=set(range(1, 7))))
    desk.handler.disturb = fail_at(step, error, times=3)
    waits = []
    for _ in range(100):
        if not desk.run():
            break
        if desk.job.status is JobStatus.WAITING:
            assert (desk.job.error_code, desk.job.error_message) == (error.code, error.message)
            assert desk.job.due_at is not None
            waits.append((desk.job.due_at - desk.clock.now()).total_seconds())
            assert not desk.run()
            desk.clock.advance(waits[-1])
    assert len(waits) == 3
    assert waits == sorted(waits)
    assert waits[0] >= 1
    assert (desk.job.status, desk.job.error_code, desk.job.error_message) == (JobStatus.FINISHED, "", "")
    assert desk.effects == ONCE_EACH


def test_what_azure_devops_asks_to_wait_is_waited() -> None:
    desk = Desk()
    asked = GatewayUnavailableError("Busy.", status=503, retry_after_seconds=500)
    desk.handler.disturb = fail_at("look", asked, times=1)
    desk.run()
    desk.run()
    assert desk.job.due_at == desk.clock.now() + timedelta(seconds=500)


@pytest.mark.parametrize("error", LASTING, ids=lambda error: error.code)
@pytest.mark.parametrize("step", ["list", "look", "act"])
def test_what_does_not_pass_ends_the_job_and_nothing_more_begins(error: AdnodeError, step: str) -> None:
    desk = Desk()
    desk.handler.disturb = fail_at(step, error)
    desk.run()
    desk.run()
    assert desk.job.status is JobStatus.FAILED
    assert (desk.job.error_code, desk.job.error_message) == (error.code, error.message)
    assert desk.job.finished_at == desk.clock.now()
    assert {row.outcome for row in desk.rows} <= {RowOutcome.CANCELLED}
    assert desk.effects == {}
    assert not desk.run()


def test_rows_that_a_failed_job_had_begun_are_followed_to_their_end() -> None:
    desk = Desk(Handler(goes_on=True))
    desk.run()
    desk.run()
    desk.handler.disturb = fail_at("look", StateError("It is removed."))
    desk.clock.advance(5)
    desk.run()
    assert (desk.job.status, desk.job.counts) == (JobStatus.FAILED, {RowOutcome.STARTED: 2, RowOutcome.CANCELLED: 4})
    desk.handler.resting = {1, 2}
    desk.clock.advance(5)
    desk.run()
    assert desk.job.counts == {RowOutcome.DONE: 2, RowOutcome.CANCELLED: 4}
    assert (desk.job.status, desk.job.error_message) == (JobStatus.FAILED, "It is removed.")


def test_rows_of_which_nobody_can_tell_any_more_fail_with_the_reason() -> None:
    desk = Desk(Handler(goes_on=True))
    desk.run()
    desk.run()
    desk.move(JobStatus.CANCELLED)
    desk.handler.disturb = fail_at("follow", StateError("It is removed."))
    desk.clock.advance(5)
    desk.run()
    assert desk.job.counts == {RowOutcome.FAILED: 2, RowOutcome.CANCELLED: 4}
    assert {row.message for row in desk.rows[:2]} == {"It is removed."}
    assert desk.job.status is JobStatus.CANCELLED


def test_a_fault_of_ours_ends_the_job_and_tells_nothing_of_its_inside() -> None:
    desk = Desk()
    desk.handler.disturb = fail_at("look", RuntimeError("secret"))
    desk.run()
    desk.run()
    assert (desk.job.status, desk.job.error_code) == (JobStatus.FAILED, "internal")
    assert "secret" not in desk.job.error_message
    assert "RuntimeError" in desk.job.error_message


# leases --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["list", "look"])
def test_who_lost_the_lease_leaves_nothing_behind(step: str) -> None:
    desk = Desk()
    if step == "look":
        desk.run()
    before = desk.job
    desk.handler.disturb = lambda name: lose_lease(desk) if name == step else None
    assert desk.run()
    assert desk.effects == {}
    assert (desk.job.is_listed, desk.job.counts, desk.job.error_code) == (before.is_listed, before.counts, "")
    desk.handler.disturb = lambda _step: None
    desk.clock.advance(LEASE_SECONDS)
    desk.run_out()
    assert (desk.job.status, desk.effects) == (JobStatus.FINISHED, ONCE_EACH)


def lose_lease(desk: Desk) -> None:
    """Our lease runs out and somebody else takes the job."""
    with desk.storage.unit_of_work() as work:
        work.jobs.release("j1", "us")
        work.jobs.claim("other", desk.clock.now(), LEASE_SECONDS)
        work.commit()


def test_two_runners_do_not_work_on_one_job_at_once() -> None:
    desk = Desk()
    other = desk.make_runner("other")
    seen = []
    desk.handler.disturb = lambda step: seen.append(other.run(GOING)) if step == "look" else None
    desk.run()
    desk.run()
    assert seen == [False]
