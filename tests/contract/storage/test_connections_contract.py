"""Organizations, connections and invitations, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import (
    NOW,
    PEER,
    later,
    make_body,
    make_connection,
    make_invitation,
    make_organization,
)

from adnode.domain.connection import ConnectionStatus, TransportKind
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.invitation import InvitationStatus
from adnode.domain.message import ConnectionChangedBody, MessageKind, QueueStatus
from adnode.domain.organization import CredentialKind
from adnode.domain.queues import Position


def test_an_organization_comes_back_as_it_was_added(bare_storage: AnyStorage) -> None:
    organization = make_organization()
    with changing(bare_storage) as work:
        work.organizations.add(organization, b"\x00sealed")
    with bare_storage.unit_of_work() as work:
        assert work.organizations.get("org") == organization
        assert work.organizations.sealed_credential("org") == b"\x00sealed"


def test_organizations_are_listed_by_name(bare_storage: AnyStorage) -> None:
    with changing(bare_storage) as work:
        for organization_id, name in (("1", "beta"), ("2", "alpha"), ("3", "Gamma")):
            work.organizations.add(make_organization(organization_id, name=name), b"")
    with bare_storage.unit_of_work() as work:
        assert [organization.name for organization in work.organizations.list_all()] == ["Gamma", "alpha", "beta"]


def test_an_organization_is_added_once(storage: AnyStorage) -> None:
    with changing(storage) as work:
        with pytest.raises(StateError, match="already"):
            work.organizations.add(make_organization("org"), b"")
        assert work.organizations.sealed_credential("org") == b"sealed"


def test_a_new_credential_replaces_all_that_it_showed(storage: AnyStorage) -> None:
    changed = make_organization("org", name="renamed", credential_kind=CredentialKind.CLIENT_SECRET, identity="App")
    with changing(storage) as work:
        work.organizations.replace_credential(changed, b"other")
    with storage.unit_of_work() as work:
        assert work.organizations.get("org") == changed
        assert work.organizations.sealed_credential("org") == b"other"


def test_a_removed_organization_is_gone_and_may_be_removed_again(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.organizations.remove("org")
        work.organizations.remove("org")
    with storage.unit_of_work() as work, pytest.raises(NotFoundError):
        work.organizations.get("org")


def test_an_unknown_organization_is_not_found(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        with pytest.raises(NotFoundError, match="nowhere"):
            work.organizations.get("nowhere")
        with pytest.raises(NotFoundError, match="nowhere"):
            work.organizations.sealed_credential("nowhere")
        with pytest.raises(NotFoundError, match="nowhere"):
            work.organizations.replace_credential(make_organization("nowhere"), b"")


@pytest.mark.parametrize("peer", [None, PEER, replace(PEER, url="")])
def test_a_connection_comes_back_as_it_was_added(bare_storage: AnyStorage, peer: object) -> None:
    connection = make_connection(peer=peer, block_reason="asked")
    with changing(bare_storage) as work:
        work.connections.add(connection)
    with bare_storage.unit_of_work() as work:
        assert work.connections.get("c1") == connection


def test_a_connection_is_added_once(storage: AnyStorage) -> None:
    with changing(storage) as work:
        with pytest.raises(StateError, match="already"):
            work.connections.add(make_connection("c1", name="again"))
        assert work.connections.get("c1").name == "name of c1"


def test_connections_are_listed_the_oldest_first_and_by_status(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.connections.add(make_connection("c0", created_at=later(9), status=ConnectionStatus.BLOCKED))
        work.connections.save(work.connections.get("c2").moved_to(ConnectionStatus.DEACTIVATED))
    with storage.unit_of_work() as work:
        assert [connection.id for connection in work.connections.list_all()] == ["c1", "c2", "c3", "c0"]
        some = work.connections.list_all(statuses=[ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED])
        assert [connection.id for connection in some] == ["c2", "c0"]
        assert work.connections.list_all(statuses=[]) == []


def test_saving_a_connection_leaves_the_counters_of_its_queue(storage: AnyStorage) -> None:
    with changing(storage) as work:
        connection = work.connections.get("c1")
        work.connections.set_received("c1", Position("", 5))
        work.outbox.add("c1", "t1", "state", make_body(), NOW)
        work.connections.claim_sender("c1", "a", NOW, 60)
        work.connections.save(replace(connection, peer=None, name="renamed"))
    with changing(storage) as work:
        assert work.connections.get("c1") == replace(connection, peer=None, name="renamed")
        assert work.connections.queues("c1").received.sequence == 5
        assert work.connections.queues("c1").highest == 1
        assert not work.connections.claim_sender("c1", "b", NOW, 60)


def test_an_unknown_connection_is_not_found(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        with pytest.raises(NotFoundError, match="nowhere"):
            work.connections.get("nowhere")
        with pytest.raises(NotFoundError, match="nowhere"):
            work.connections.save(make_connection("nowhere"))
        with pytest.raises(NotFoundError, match="nowhere"):
            work.connections.queues("nowhere")
        assert not work.connections.claim_sender("nowhere", "a", NOW, 60)


def test_one_sender_holds_the_lease_until_its_end(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.connections.claim_sender("c1", "a", NOW, 60)
        assert not work.connections.claim_sender("c1", "b", later(59), 60)
        assert work.connections.claim_sender("c2", "b", NOW, 60)
        assert work.connections.claim_sender("c1", "b", later(60), 60)
        assert not work.connections.claim_sender("c1", "a", later(61), 60)


def test_files_are_moved_by_one_process_at_a_time_whoever_sends_messages(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        assert work.connections.claim_sender("c1", "sender", NOW, 60)
        assert work.connections.claim_files("c1", "a", NOW, 60)
        assert not work.connections.claim_files("c1", "b", later(59), 60)
        assert work.connections.claim_files("c1", "a", later(59), 60)
        work.connections.release_files("c1", "b")
        assert not work.connections.claim_files("c1", "b", later(100), 60)
        work.connections.release_files("c1", "a")
        assert work.connections.claim_files("c1", "b", later(100), 60)
        assert not work.connections.claim_files("nowhere", "a", NOW, 60)


def test_the_sender_extends_its_own_lease(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.connections.claim_sender("c1", "a", NOW, 60)
        assert work.connections.claim_sender("c1", "a", later(50), 60)
        assert not work.connections.claim_sender("c1", "b", later(100), 60)


def test_a_released_lease_is_free_and_only_its_owner_releases_it(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.connections.claim_sender("c1", "a", NOW, 60)
        work.connections.release_sender("c1", "b")
        assert not work.connections.claim_sender("c1", "b", NOW, 60)
        work.connections.release_sender("c1", "a")
        assert work.connections.claim_sender("c1", "b", NOW, 60)


def test_what_was_received_is_counted_per_connection(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.connections.queues("c1").received == Position()
        work.connections.set_received("c1", Position("theirs", 12, "m12"))
        assert work.connections.queues("c1").received == Position("theirs", 12, "m12")
        assert work.connections.queues("c2").received == Position()


def test_every_queue_has_an_incarnation_of_its_own(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        first, second = work.connections.queues("c1"), work.connections.queues("c2")
        assert first.incarnation
        assert second.incarnation
        assert first.incarnation != second.incarnation
        assert (first.acknowledged, first.retired, first.are_fresh) == (Position(), "", False)


def test_a_queue_begun_anew_has_another_incarnation_in_which_nothing_is_acknowledged(storage: AnyStorage) -> None:
    with changing(storage) as work:
        before = work.connections.queues("c1").incarnation
        work.outbox.add("c1", "", MessageKind.CONNECTION_CHANGED, ConnectionChangedBody("renamed", "New"), NOW)
        work.connections.set_acknowledged("c1", Position(before, 1, "m1"))
        assert work.connections.queues("c1").acknowledged == Position(before, 1, "m1")
        work.outbox.begin_anew("c1", later(1))
    with storage.unit_of_work() as work:
        anew = work.connections.queues("c1")
    assert anew.incarnation not in ("", before)
    assert (anew.retired, anew.acknowledged, anew.highest) == (before, Position(), 2)
    assert anew.are_fresh
    with changing(storage) as work, pytest.raises(NotFoundError):
        work.outbox.begin_anew("nowhere", NOW)


@pytest.mark.parametrize("transport", [TransportKind.PUSH, TransportKind.POLL])
def test_sending_is_due_while_something_is_unsent(storage: AnyStorage, transport: TransportKind) -> None:
    with changing(storage) as work:
        work.connections.save(replace(work.connections.get("c1"), transport=transport))
        assert work.connections.sending_due(NOW) == []
        work.outbox.add("c1", "t1", "state", make_body(), NOW)
        assert work.connections.sending_due(NOW) == [("c1", 0)]
        work.outbox.next_batch("c1", 10, 1000)
        assert work.connections.sending_due(NOW) == [("c1", 0)]
        work.outbox.acknowledge("c1", 1, NOW)
        assert work.connections.sending_due(NOW) == []


def test_sending_is_not_due_where_the_peer_polls_or_the_connection_rests(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for connection_id in ("c1", "c2", "c3"):
            work.outbox.add(connection_id, "t1", "state", make_body(), NOW)
        work.connections.save(replace(work.connections.get("c1"), transport=TransportKind.POLLED))
        work.connections.save(work.connections.get("c2").moved_to(ConnectionStatus.DEACTIVATED))
        assert work.connections.sending_due(NOW) == [("c3", 0)]


def test_postponed_sending_is_due_again_at_its_time(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.outbox.add("c1", "t1", "state", make_body(), NOW)
        work.connections.postpone_sending("c1", later(30), 4)
        assert work.connections.sending_due(later(29.999)) == []
        assert work.connections.sending_due(later(30)) == [("c1", 4)]
        work.connections.postpone_sending("c1", NOW, 0)
        assert work.connections.sending_due(NOW) == [("c1", 0)]


def test_sending_due_ignores_messages_that_failed(storage: AnyStorage) -> None:
    with changing(storage) as work:
        message_id = work.outbox.add("c1", "t1", "state", make_body(), NOW)
        work.outbox.settle([message_id], QueueStatus.FAILED, NOW)
        assert work.connections.sending_due(NOW) == []


def test_an_invitation_comes_back_as_it_was_added_and_saved(storage: AnyStorage) -> None:
    invitation = make_invitation()
    with changing(storage) as work:
        work.invitations.add(invitation)
        assert work.invitations.get("i1") == invitation
        revoked = replace(invitation, status=InvitationStatus.REVOKED, sealed_secret=b"", accepted_at=later(1))
        work.invitations.save(revoked)
    with storage.unit_of_work() as work:
        assert work.invitations.get("i1") == revoked


def test_invitations_of_a_connection_are_listed_the_newest_first(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in (1, 3, 2):
            work.invitations.add(make_invitation(f"i{number}", created_at=later(number)))
        work.invitations.add(make_invitation("foreign", connection_id="c2"))
    with storage.unit_of_work() as work:
        assert [invitation.id for invitation in work.invitations.list_of("c1")] == ["i3", "i2", "i1"]


def test_an_invitation_is_consumed_once_and_its_secret_destroyed(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.invitations.add(make_invitation())
        assert work.invitations.consume("i1", b"key", later(1))
        assert not work.invitations.consume("i1", b"key", later(2))
        assert not work.invitations.consume("i1", b"other", later(2))
        used = work.invitations.get("i1")
        assert (used.status, used.accepted_public_key, used.accepted_at, used.sealed_secret) == (
            InvitationStatus.USED,
            b"key",
            later(1),
            b"",
        )


def test_an_invitation_that_is_not_open_is_not_consumed(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.invitations.add(make_invitation("late", expires_at=later(10)))
        work.invitations.add(make_invitation("revoked", status=InvitationStatus.REVOKED))
        assert not work.invitations.consume("late", b"key", later(10))
        assert not work.invitations.consume("revoked", b"key", NOW)
        assert not work.invitations.consume("nowhere", b"key", NOW)
        assert work.invitations.get("late").sealed_secret == b"secret"


def test_an_unknown_invitation_is_not_found(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        with pytest.raises(NotFoundError, match="nowhere"):
            work.invitations.get("nowhere")
        with pytest.raises(NotFoundError, match="nowhere"):
            work.invitations.save(make_invitation("nowhere"))


def test_connections_that_are_not_active_are_told(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.connections.save(work.connections.get("c2").moved_to(ConnectionStatus.DEACTIVATED))
    with storage.unit_of_work() as work:
        assert work.connections.list_stopped(["c1", "c2", "gone"]) == {"c2", "gone"}
        assert work.connections.list_stopped([]) == set()
