"""How many calls things take, counted by the emulator, and what of them may be lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.contract.gateway.stages import PROJECT, SERVICES, Stage, open_emulator, open_stage

from adnode.domain.errors import (
    AuthenticationFailedError,
    GatewayUnavailableError,
    RateLimitedError,
)
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import TITLE, WorkItemSnapshot, WorkItemWrite
from adnode.ports.gateway import chunk_stream
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.server import EmulatorServer


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    with open_emulator() as server:
        yield server


@pytest.fixture
def stage(emulator: EmulatorServer) -> Iterator[Stage]:
    with open_stage(SERVICES, emulator) as opened:
        opened.gateway.list_projects()
        yield opened
    emulator.landscape.faults.clear()


def organization_of(emulator: EmulatorServer) -> Organization:
    return emulator.landscape.organization(SERVICES)


def count(emulator: EmulatorServer) -> int:
    """Return the calls since the last count, discovery left out."""
    calls = emulator.landscape.statistics.document()["calls"]
    emulator.landscape.statistics.clear()
    assert isinstance(calls, dict)
    return sum(
        number for route, number in calls.items() if "OPTIONS" not in route and "resourceareas" not in route.lower()
    )


def create_many(stage: Stage, number: int) -> list[int]:
    writes = [WorkItemWrite(PROJECT, {TITLE: f"item {index}"}, type_name="Task") for index in range(number)]
    outcomes = stage.gateway.write_work_items(writes)
    return [outcome.snapshot.id for outcome in outcomes if outcome.snapshot is not None]


def test_450_work_items_take_three_writes_and_three_reads(stage: Stage, emulator: EmulatorServer) -> None:
    count(emulator)
    ids = create_many(stage, 450)
    assert (len(set(ids)), count(emulator)) == (450, 3)
    assert list(stage.gateway.read_work_items(ids)) == ids
    assert count(emulator) == 3
    updates = [WorkItemWrite(PROJECT, {TITLE: "changed"}, work_item_id=number, revision=1) for number in ids]
    assert all(outcome.error is None for outcome in stage.gateway.write_work_items(updates))
    assert count(emulator) == 3


def test_single_things_take_single_calls(stage: Stage, emulator: EmulatorServer) -> None:
    [number] = create_many(stage, 1)
    count(emulator)
    stage.gateway.read_work_items([number])
    assert count(emulator) == 1
    write = WorkItemWrite(PROJECT, {TITLE: "x"}, work_item_id=number, revision=1, history="and a comment")
    assert stage.gateway.write_work_items([write])[0].comment_id
    assert count(emulator) == 1
    stage.gateway.read_comments(PROJECT, number)
    assert count(emulator) == 1
    stage.gateway.add_comment(PROJECT, number, "**x**", TextFormat.MARKDOWN)
    assert count(emulator) == 1
    uploaded = stage.gateway.upload_attachment(PROJECT, "a.txt", chunk_stream([b"abc"]))
    assert count(emulator) == 1
    with stage.gateway.open_attachment(uploaded.id, "a.txt") as stream:
        assert b"".join(stream.chunks) == b"abc"
    assert count(emulator) == 1


def test_threads_share_the_gateway(stage: Stage, emulator: EmulatorServer) -> None:
    ids = create_many(stage, 40)
    count(emulator)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: stage.gateway.read_work_items([number])[number].id, ids))
    assert found == ids
    assert count(emulator) == 40


def test_the_catalog_is_remembered(stage: Stage, emulator: EmulatorServer) -> None:
    count(emulator)
    first = stage.gateway.read_catalog(PROJECT)
    assert count(emulator) == 2
    assert stage.gateway.read_catalog(PROJECT.upper()) is first
    assert count(emulator) == 0


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"drop": "after"}, {"status": 500}, {"status": 503}])
def test_reads_get_over_one_failure(stage: Stage, emulator: EmulatorServer, fault: dict[str, object]) -> None:
    [number] = create_many(stage, 1)
    emulator.landscape.faults.add({"route": "*workitems*", "method": "GET", "count": 1, **fault})
    assert set(stage.gateway.read_work_items([number])) == {number}


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("fault", "happened"), [({"drop": "before"}, False), ({"drop": "after"}, True), ({"status": 500}, False)]
)
def test_a_write_without_an_answer_is_in_doubt(
    stage: Stage, emulator: EmulatorServer, fault: dict[str, object], several: bool, happened: bool
) -> None:
    ids = create_many(stage, 2 if several else 1)
    emulator.landscape.faults.add({"route": "*wit/*", "method": "PATCH", "count": 1, **fault})
    outcomes = stage.gateway.write_work_items(
        [WorkItemWrite(PROJECT, {TITLE: "after"}, work_item_id=number, revision=1) for number in ids]
    )
    for outcome in outcomes:
        assert isinstance(outcome.error, GatewayUnavailableError)
        assert outcome.error.effect_unknown
    found = stage.gateway.read_work_items(ids).values()
    assert {snapshot.text(TITLE) == "after" for snapshot in found} == {happened}


def test_a_lost_batch_leaves_the_other_batches_as_they_are(stage: Stage, emulator: EmulatorServer) -> None:
    emulator.landscape.faults.add({"route": "*batch*", "count": 1, "drop": "after"})
    writes = [WorkItemWrite(PROJECT, {TITLE: f"item {index}"}, type_name="Task") for index in range(250)]
    outcomes = stage.gateway.write_work_items(writes)
    assert all(outcome.error is not None and outcome.error.effect_unknown for outcome in outcomes[:200])
    assert all(isinstance(outcome.snapshot, WorkItemSnapshot) for outcome in outcomes[200:])


def test_a_sign_in_page_is_a_refused_credential(stage: Stage, emulator: EmulatorServer) -> None:
    emulator.landscape.faults.add({"route": "*", "html_sign_in": True, "count": 1})
    with pytest.raises(AuthenticationFailedError):
        stage.gateway.read_work_items([1])


def test_a_throttled_write_has_not_happened(stage: Stage, emulator: EmulatorServer) -> None:
    [number] = create_many(stage, 1)
    emulator.landscape.faults.add({"method": "PATCH", "status": 429, "retry_after": 60, "count": 1})
    write = WorkItemWrite(PROJECT, {TITLE: "later"}, work_item_id=number, revision=1)
    [outcome] = stage.gateway.write_work_items([write])
    assert isinstance(outcome.error, RateLimitedError)
    assert (outcome.error.retry_after_seconds, outcome.error.effect_unknown) == (60.0, False)
    with pytest.raises(RateLimitedError):
        stage.gateway.read_work_items([number])


def test_an_answer_that_breaks_off_is_read_again(stage: Stage, emulator: EmulatorServer) -> None:
    [number] = create_many(stage, 1)
    emulator.landscape.faults.add({"route": "*workitems*", "method": "GET", "cut_after_bytes": 50, "count": 1})
    assert set(stage.gateway.read_work_items([number])) == {number}


def test_a_download_that_breaks_off_is_told(stage: Stage, emulator: EmulatorServer) -> None:
    uploaded = stage.gateway.upload_attachment(PROJECT, "a.bin", chunk_stream([b"x" * 300_000]))
    emulator.landscape.faults.add({"route": "*attachments*", "cut_after_bytes": 100_000, "count": 1})
    with (
        pytest.raises(GatewayUnavailableError),
        stage.gateway.open_attachment(uploaded.id, "a.bin") as stream,
    ):
        b"".join(stream.chunks)
