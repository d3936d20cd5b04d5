"""A batch of twins takes few statements, not some for each twin."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event
from tests.contract.storage.databases import changing
from tests.contract.storage.values import NOW, later, make_intent, make_message, make_trace, make_twin

from adnode.adapters.storage import Storage
from adnode.domain.message import QueueStatus
from adnode.domain.twin import ClaimedTwin

BATCH = 200


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that any engine executes; an executemany counts once, and so does BEGIN."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def claims(storage: Storage) -> list[ClaimedTwin]:
    with changing(storage) as work:
        for number in range(BATCH):
            work.twins.add(make_twin(f"t{number:03}", work_item_id=number + 1), due_at=NOW)
    with changing(storage) as work:
        return work.twins.claim("c1", "a", NOW, 60, BATCH)


def test_claiming_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    with counted() as statements, changing(storage) as work:
        assert len(work.twins.claim("c1", "b", later(60), 60, BATCH)) == BATCH
    assert len(statements) <= 4


def test_recording_the_intents_of_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    with counted() as statements, changing(storage) as work:
        work.twins.record_intents(claims, {claim.twin.id: make_intent() for claim in claims})
    assert len(statements) <= 4
    with storage.unit_of_work() as work:
        assert all(twin.intent == make_intent() for twin in work.twins.list_page("c1"))


def test_finishing_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    with counted() as statements, changing(storage) as work:
        for number, claim in enumerate(claims):
            work.twins.finish(claim, replace(claim.twin, revision=number))
    assert len(statements) <= 4
    with storage.unit_of_work() as work:
        assert [twin.revision for twin in work.twins.list_page("c1")] == list(range(BATCH))
        assert work.twins.count_due("c1") == 0


def test_naming_the_work_items_of_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    named = {claim.twin.id: replace(claim.twin, work_item_id=1000 + number) for number, claim in enumerate(claims)}
    with counted() as statements, changing(storage) as work:
        assert work.feeds.pages("org") == 0
        assert work.twins.name_work_items(claims, named) == {}
    assert len(statements) <= 7


def test_extending_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    with counted() as statements, changing(storage) as work:
        work.twins.extend(claims, NOW, 120)
    assert len(statements) <= 4


def test_saving_and_finding_the_traces_of_a_batch(storage: Storage) -> None:
    with counted() as statements, changing(storage) as work:
        work.traces.save([make_trace(work_item_id=number) for number in range(BATCH)])
        assert len(work.traces.find("org", range(BATCH))) == BATCH
    assert len(statements) <= 3


def test_marking_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    with counted() as statements, changing(storage) as work:
        work.twins.mark_dirty([claim.twin.id for claim in claims], NOW, must_read=True)
        work.twins.mark_revisions("org", dict.fromkeys(range(1, BATCH + 1), 1), NOW)
    assert len(statements) <= 6


def test_handing_out_and_settling_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    with changing(storage) as work:
        for claim in claims:
            body = make_message().body
            assert body is not None
            work.outbox.add("c1", claim.twin.id, "state", body, NOW)
    with counted() as statements, changing(storage) as work:
        messages = work.outbox.next_batch("c1", BATCH, 10_000_000)
        work.outbox.settle([message.id for message in messages], QueueStatus.SENT, NOW, connection_id="c1")
    assert len(messages) == BATCH
    assert len(statements) <= 4


def test_reading_what_waits_for_a_batch(storage: Storage, claims: list[ClaimedTwin]) -> None:
    with changing(storage) as work:
        for number, claim in enumerate(claims, start=1):
            work.inbox.add("c1", make_message(number, twin_id=claim.twin.id), QueueStatus.APPLYING, NOW)
    with counted() as statements, storage.unit_of_work() as work:
        assert len(work.inbox.pending([claim.twin.id for claim in claims])) == BATCH
    assert len(statements) <= 2
