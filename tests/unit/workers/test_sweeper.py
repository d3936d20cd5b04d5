from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.storage import Storage, open_storage
from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    Mode,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.message import ConnectionChangedBody, MessageKind, QueueStatus
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.system import Topic
from adnode.services.retention import RetentionService
from adnode.workers.sweeper import Sweeper

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class RecordingWakeups:
    def __init__(self) -> None:
        self.woken: list[tuple[str, str]] = []

    def wake(self, topic: str, key: str) -> None:
        self.woken.append((topic, key))

    def subscribe(self, topic: str, callback: object) -> None:
        raise AssertionError("the sweep hears nothing")

    def start(self, handlers: object) -> None:
        raise AssertionError("the sweep handles nothing")

    def stop(self) -> None:
        raise AssertionError("the sweep stops nobody")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(f"sqlite:///{tmp_path / 'node.db'}")
    opened.upgrade()
    with opened.unit_of_work() as work:
        work.organizations.add(make_organization(), b"sealed")
        work.connections.add(make_connection())
        work.commit()
    yield opened
    opened.close()


def make_organization() -> Organization:
    return Organization(
        "org",
        "fabrikam",
        "https://dev.azure.com/fabrikam",
        OrganizationKind.SERVICES,
        CredentialKind.PERSONAL_ACCESS_TOKEN,
        "Node",
        "identity",
        NOW,
    )


def make_connection() -> Connection:
    return Connection(
        id="connection",
        name="Contoso",
        organization_id="org",
        project="Web Shop",
        mode=Mode.BASIC,
        visibility=Visibility.PUBLIC,
        role=Role.INITIATOR,
        status=ConnectionStatus.ACTIVE,
        transport=TransportKind.PUSH,
        sealed_private_key=b"sealed",
        public_key=b"p" * 32,
        created_at=NOW,
        peer=PeerIdentity("peer", "contoso", "https://dev.azure.com/contoso", "https://node.example", b"q" * 32),
    )


def make_twin() -> Twin:
    return Twin("twin", "connection", "org", TwinStatus.PENDING, NOW, work_item_id=7, project="Web Shop")


def make_sweeper(storage: Storage, wakeups: RecordingWakeups, seconds: list[float]) -> Sweeper:
    return Sweeper(
        storage.unit_of_work,
        wakeups,
        MemoryClock(NOW),
        RetentionService(storage.unit_of_work, MemoryClock(NOW)),
        interval_seconds=2.0,
        feed_interval_seconds=30.0,
        now_seconds=lambda: seconds[0],
    )


def test_nothing_due_wakes_the_feed_only(storage: Storage) -> None:
    wakeups = RecordingWakeups()
    make_sweeper(storage, wakeups, [0.0]).sweep()
    assert wakeups.woken == [(Topic.FEED, "org")]


def test_the_feed_is_woken_once_an_interval(storage: Storage) -> None:
    wakeups, seconds = RecordingWakeups(), [0.0]
    sweeper = make_sweeper(storage, wakeups, seconds)
    for moment in (0.0, 2.0, 29.0, 30.0, 31.0):
        seconds[0] = moment
        sweeper.sweep()
    assert wakeups.woken == [(Topic.FEED, "org")] * 2


def test_due_twins_and_waiting_messages_are_found_without_any_wake_up(storage: Storage) -> None:
    with storage.unit_of_work() as work:
        work.twins.add(make_twin(), due_at=NOW)
        body = ConnectionChangedBody("renamed", "New")
        work.outbox.add("connection", "", MessageKind.CONNECTION_CHANGED, body, NOW)
        work.commit()
    wakeups = RecordingWakeups()
    make_sweeper(storage, wakeups, [0.0]).sweep()
    assert (Topic.RECONCILE, "connection") in wakeups.woken
    assert (Topic.SEND, "connection") in wakeups.woken


def test_what_is_due_later_is_left_alone(storage: Storage) -> None:
    with storage.unit_of_work() as work:
        work.twins.add(make_twin(), due_at=NOW + timedelta(seconds=1))
        work.commit()
    wakeups = RecordingWakeups()
    make_sweeper(storage, wakeups, [0.0]).sweep()
    assert (Topic.RECONCILE, "connection") not in wakeups.woken


def test_a_deactivated_connection_needs_no_feed(storage: Storage) -> None:
    with storage.unit_of_work() as work:
        work.connections.save(replace(make_connection(), status=ConnectionStatus.DEACTIVATED))
        work.commit()
    wakeups = RecordingWakeups()
    make_sweeper(storage, wakeups, [0.0]).sweep()
    assert wakeups.woken == []


def test_nonces_past_their_time_are_forgotten(storage: Storage) -> None:
    with storage.unit_of_work() as work:
        work.nonces.remember("key", "nonce", NOW - timedelta(seconds=1))
        work.commit()
    make_sweeper(storage, RecordingWakeups(), [0.0]).sweep()
    with storage.unit_of_work() as work:
        assert work.nonces.remember("key", "nonce", NOW)


def test_old_settled_messages_and_closed_errors_are_forgotten_once_an_hour(storage: Storage) -> None:
    seconds = [0.0]
    sweeper = make_sweeper(storage, RecordingWakeups(), seconds)
    sweeper.sweep()
    old = NOW - timedelta(days=31)
    record = ErrorRecord("e", "org", "connection", "", Impact.WARNING, "code", "Something.", old, old)
    with storage.unit_of_work() as work:
        message_id = work.outbox.add("connection", "", "connection_changed", ConnectionChangedBody("renamed"), old)
        work.outbox.settle([message_id], QueueStatus.SENT, old)
        work.error_records.open(record)
        work.error_records.close(old, connection_id="connection")
        work.commit()
    kept = [(0.0, 1), (3599.0, 1), (3600.0, 0)]
    for moment, count in kept:
        seconds[0] = moment
        sweeper.sweep()
        with storage.unit_of_work() as work:
            assert len(work.queue.list_rows()) == count
            assert len(work.error_records.list_records(include_closed=True)) == count
