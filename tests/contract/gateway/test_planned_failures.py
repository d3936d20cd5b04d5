"""How the organization in memory fails when it is told to: like the real one, before or after the effect."""

import pytest
from tests.contract.gateway.stages import PROJECT

from adnode.adapters.memory.gateway import MemoryGateway
from adnode.adapters.memory.gateway_failures import Moment, PlannedFailures
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.domain.errors import GatewayError, GatewayUnavailableError, RateLimitedError
from adnode.domain.work_item import TITLE, WorkItemWrite


class CrashError(Exception):
    """The node dies."""


@pytest.fixture
def failures() -> PlannedFailures:
    return PlannedFailures()


@pytest.fixture
def gateway(failures: PlannedFailures) -> MemoryGateway:
    return MemoryGateway(MemoryOrganization("memory"), disturb=failures)


def make(gateway: MemoryGateway, *titles: str) -> list[GatewayError | None]:
    writes = [WorkItemWrite(PROJECT, {TITLE: title}, type_name="Task") for title in titles]
    return [outcome.error for outcome in gateway.write_work_items(writes)]


def stored(gateway: MemoryGateway) -> list[str]:
    return [snapshot.text(TITLE) for snapshot in gateway.organization.snapshots()]


@pytest.mark.parametrize(("moment", "expected"), [(Moment.BEFORE, []), (Moment.AFTER, ["a", "b"])])
def test_a_lost_answer_leaves_every_write_in_doubt(
    gateway: MemoryGateway, failures: PlannedFailures, moment: Moment, expected: list[str]
) -> None:
    failures.plan("write_work_items", moment)
    errors = make(gateway, "a", "b")
    assert all(isinstance(error, GatewayUnavailableError) and error.effect_unknown for error in errors)
    assert stored(gateway) == expected
    assert make(gateway, "c") == [None]


def test_an_entry_of_a_batch_may_fail_alone(gateway: MemoryGateway, failures: PlannedFailures) -> None:
    failures.plan("write_work_item", Moment.BEFORE)
    first, second = make(gateway, "a", "b")
    assert isinstance(first, GatewayUnavailableError)
    assert (second, stored(gateway)) == (None, ["b"])


def test_a_crash_passes_through(gateway: MemoryGateway, failures: PlannedFailures) -> None:
    failures.plan("write_work_item", Moment.AFTER, CrashError())
    with pytest.raises(CrashError):
        make(gateway, "a", "b")
    assert stored(gateway) == ["a"]


def test_reads_fail_as_often_as_planned(gateway: MemoryGateway, failures: PlannedFailures) -> None:
    failures.plan("read_work_items", Moment.BEFORE, RateLimitedError("Later.", retry_after_seconds=3), times=2)
    for _ in range(2):
        with pytest.raises(RateLimitedError):
            gateway.read_work_items([1])
    assert gateway.read_work_items([1]) == {}
