"""How connections, invitations and rows of the sync queue may move on."""

from datetime import UTC, datetime

import pytest

from adnode.domain import connection, invitation, message
from adnode.domain.connection import Connection, ConnectionStatus, Mode, Role, TransportKind, Visibility
from adnode.domain.errors import StateError
from adnode.domain.invitation import InvitationStatus
from adnode.domain.message import QueueStatus

PENDING = Connection(
    id="c-1",
    name="Contoso",
    organization_id="org-a",
    project="P",
    mode=Mode.BASIC,
    visibility=Visibility.PUBLIC,
    role=Role.INITIATOR,
    status=ConnectionStatus.PENDING,
    transport=TransportKind.PUSH,
    sealed_private_key=b"sealed",
    public_key=b"public",
    created_at=datetime(2026, 1, 5, tzinfo=UTC),
)


def test_a_connection_lives_and_ends() -> None:
    active = PENDING.moved_to(ConnectionStatus.ACTIVE)
    blocked = active.moved_to(ConnectionStatus.BLOCKED, reason="why")
    assert blocked.block_reason == "why"
    assert blocked.moved_to(ConnectionStatus.ACTIVE).block_reason == ""
    removed = active.moved_to(ConnectionStatus.DEACTIVATED).moved_to(ConnectionStatus.REMOVED)
    for status in ConnectionStatus:
        with pytest.raises(StateError, match="can't become"):
            removed.moved_to(status)


@pytest.mark.parametrize("status", [ConnectionStatus.PENDING, ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED])
def test_a_connection_does_not_jump(status: ConnectionStatus) -> None:
    with pytest.raises(StateError):
        PENDING.moved_to(status)


def test_the_private_key_is_not_shown() -> None:
    assert "sealed" not in repr(PENDING).replace("sealed_private_key", "")


def test_every_status_has_its_transitions() -> None:
    assert set(connection.TRANSITIONS) == set(ConnectionStatus)
    assert set(invitation.TRANSITIONS) == set(InvitationStatus)
    assert set(message.TRANSITIONS) == set(QueueStatus)


def test_what_is_over_stays_over() -> None:
    assert connection.TRANSITIONS[ConnectionStatus.REMOVED] == frozenset()
    for status in (InvitationStatus.USED, InvitationStatus.REVOKED, InvitationStatus.EXPIRED):
        assert invitation.TRANSITIONS[status] == frozenset()
    for queue_status in (QueueStatus.SYNCHRONIZED, QueueStatus.CANCELLED):
        assert message.TRANSITIONS[queue_status] == frozenset()


def test_a_failed_message_can_still_succeed() -> None:
    assert QueueStatus.SYNCHRONIZED in message.TRANSITIONS[QueueStatus.FAILED]
    assert QueueStatus.APPLYING in message.TRANSITIONS[QueueStatus.PARKED]
