"""Making, accepting and losing invitations, over two nodes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.unit.services.node_pair import ALPHA, ALPHA_URL, BETA, BETA_URL, Node, make_node

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.peer import MemoryPeerNetwork
from adnode.domain.connection import Connection, ConnectionStatus, Role, TransportKind, Visibility
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import (
    AdnodeError,
    ConfigurationError,
    InvitationExpiredError,
    InvitationRevokedError,
    InvitationTornError,
    InvitationUnknownError,
    InvitationUsedError,
    PeerUnreachableError,
    ProjectNotFoundError,
    StateError,
    UrlRefusedError,
    ValidationError,
)
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.domain.invitation_code import decode_offer, encode_offer
from adnode.ports.acceptance_documents import acceptance_proof
from adnode.ports.peer import Acceptance, PeerInformation


@dataclass(frozen=True, slots=True)
class Pair:
    """Alpha invites, Beta accepts; Beta can't be called."""

    alpha: Node
    beta: Node
    network: MemoryPeerNetwork
    clock: MemoryClock

    def initiate(self, visibility: Visibility = Visibility.PRIVATE) -> tuple[Connection, str]:
        return self.alpha.invitations.initiate(ALPHA, "Fabrikam", "To Beta", visibility=visibility)

    def accept(self, code: str, name: str = "To Alpha") -> Connection:
        return self.beta.invitations.accept(code, BETA, "tailspin", name)

    def invitation(self) -> Invitation:
        (connection,) = self.alpha.connections()
        with self.alpha.storage.unit_of_work() as work:
            return work.invitations.list_of(connection.id)[0]

    def warnings(self) -> list[ErrorRecord]:
        with self.alpha.storage.unit_of_work() as work:
            return work.error_records.list_records()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    network, clock = MemoryPeerNetwork(), MemoryClock()
    alpha = make_node(tmp_path, ALPHA, ALPHA_URL, network, clock)
    beta = make_node(tmp_path, BETA, "", network, clock)
    yield Pair(alpha, beta, network, clock)
    alpha.storage.close()
    beta.storage.close()


def make_acceptance(code: str, public_key: bytes = b"p" * 32, **changes: object) -> Acceptance:
    offer = decode_offer(code)
    acceptance = Acceptance(
        invitation_id=offer.invitation_id,
        connection_id=offer.connection_id,
        public_key=public_key,
        organization_id=BETA,
        organization_name="Beta",
        organization_url="https://dev.example/org-beta",
        node_url="",
        protocol_version=1,
        nonce="n",
    )
    acceptance = replace(acceptance, **changes)  # type: ignore[arg-type]
    return replace(acceptance, proof=acceptance_proof(acceptance, offer.secret))


def test_inviting_makes_a_pending_connection_and_a_code_that_says_so(pair: Pair) -> None:
    connection, code = pair.initiate()
    offer = pair.beta.invitations.inspect(code)
    assert (connection.status, connection.role, connection.peer) == (ConnectionStatus.PENDING, Role.INITIATOR, None)
    assert (offer.node_url, offer.connection_id, offer.organization_name) == (ALPHA_URL, connection.id, "Alpha")
    assert offer.public_key == connection.public_key
    assert len(pair.beta.invitations.fingerprint(offer).split()) == 8
    assert pair.beta.connections() == []


def test_accepting_activates_both_sides_with_each_others_keys(pair: Pair) -> None:
    _, code = pair.initiate()
    accepted = pair.accept(code)
    (ours,) = pair.alpha.connections()
    (theirs,) = pair.beta.connections()
    assert theirs == accepted
    assert ours.id == theirs.id
    assert (ours.status, theirs.status) == (ConnectionStatus.ACTIVE, ConnectionStatus.ACTIVE)
    assert (ours.transport, theirs.transport) == (TransportKind.POLLED, TransportKind.POLL)
    assert ours.peer is not None
    assert theirs.peer is not None
    assert (ours.peer.public_key, theirs.peer.public_key) == (theirs.public_key, ours.public_key)
    assert (ours.peer.organization_id, ours.peer.url) == (BETA, "")
    assert (theirs.peer.organization_url, theirs.peer.url) == ("https://dev.example/org-alpha", ALPHA_URL)
    assert (theirs.project, theirs.name) == ("Tailspin", "To Alpha")


def test_without_a_name_the_initiators_is_taken(pair: Pair) -> None:
    _, code = pair.initiate()
    assert pair.accept(code, name=" ").name == "To Beta"


def test_two_nodes_that_can_be_called_push(pair: Pair) -> None:
    pair.beta.url = BETA_URL
    _, code = pair.initiate(Visibility.PUBLIC)
    accepted = pair.accept(code)
    (ours,) = pair.alpha.connections()
    assert (ours.transport, accepted.transport) == (TransportKind.PUSH, TransportKind.PUSH)
    assert ours.peer is not None
    assert ours.peer.url == BETA_URL


def test_the_private_side_of_a_private_connection_never_tells_its_address(pair: Pair) -> None:
    pair.beta.url = BETA_URL
    _, code = pair.initiate()
    assert pair.accept(code).transport is TransportKind.POLL
    peer = pair.alpha.connections()[0].peer
    assert peer is not None
    assert peer.url == ""


def test_the_secret_goes_when_the_invitation_is_used(pair: Pair) -> None:
    _, code = pair.initiate()
    invitation = pair.invitation()
    assert pair.alpha.invitations.code(invitation.id) == code
    pair.accept(code)
    used = pair.invitation()
    assert (used.status, used.sealed_secret) == (InvitationStatus.USED, b"")
    with pytest.raises(InvitationUsedError):
        pair.alpha.invitations.code(used.id)


def test_private_keys_are_sealed_for_their_connection(pair: Pair) -> None:
    connection, _ = pair.initiate()
    assert len(pair.alpha.vault.open(connection.sealed_private_key, f"connection:{connection.id}")) == 32


def test_a_lost_answer_is_asked_for_again_with_the_same_key(pair: Pair) -> None:
    _, code = pair.initiate()
    pair.alpha.drops_answers = True
    with pytest.raises(PeerUnreachableError):
        pair.accept(code)
    pinned = pair.alpha.connections()[0].peer
    pair.alpha.drops_answers = False
    accepted = pair.accept(code)
    assert pinned is not None
    assert (accepted.status, accepted.public_key) == (ConnectionStatus.ACTIVE, pinned.public_key)
    assert pair.warnings() == []


def refused_by(pair: Pair, code: str) -> AdnodeError:
    """Accept, expecting a refusal that leaves no connection that lives."""
    with pytest.raises(AdnodeError) as caught:
        pair.accept(code)
    assert all(one.status is ConnectionStatus.REMOVED for one in pair.beta.connections())
    assert all(one.sealed_private_key == b"" for one in pair.beta.connections())
    return caught.value


def test_a_torn_code_changes_nothing(pair: Pair) -> None:
    _, code = pair.initiate()
    assert isinstance(refused_by(pair, code[:-2]), InvitationTornError)
    assert pair.invitation().status is InvitationStatus.OPEN


def test_a_foreign_code_changes_nothing(pair: Pair) -> None:
    _, code = pair.initiate()
    foreign = encode_offer(replace(decode_offer(code), invitation_id="made-elsewhere"))
    assert isinstance(refused_by(pair, foreign), InvitationUnknownError)
    assert pair.invitation().status is InvitationStatus.OPEN


def test_a_guessed_secret_changes_nothing(pair: Pair) -> None:
    _, code = pair.initiate()
    guessed = encode_offer(replace(decode_offer(code), secret=b"g" * 32))
    assert isinstance(refused_by(pair, guessed), InvitationUnknownError)
    assert pair.invitation().status is InvitationStatus.OPEN


def test_an_expired_code_is_told_at_once(pair: Pair) -> None:
    _, code = pair.initiate()
    pair.clock.advance(72 * 3600)
    assert isinstance(refused_by(pair, code), InvitationExpiredError)
    (listed,) = pair.alpha.invitations.list_invitations(pair.alpha.connections()[0].id)
    assert listed.status is InvitationStatus.EXPIRED


def test_the_initiators_clock_decides(pair: Pair) -> None:
    _, code = pair.initiate()
    late = encode_offer(replace(decode_offer(code), expires_at=pair.clock.now().replace(year=2027)))
    pair.clock.advance(72 * 3600)
    assert isinstance(refused_by(pair, late), InvitationExpiredError)
    assert pair.alpha.connections()[0].status is ConnectionStatus.PENDING


def test_a_revoked_code_is_refused_and_its_secret_gone(pair: Pair) -> None:
    _, code = pair.initiate()
    revoked = pair.alpha.invitations.revoke(pair.invitation().id)
    assert (revoked.status, revoked.sealed_secret) == (InvitationStatus.REVOKED, b"")
    assert isinstance(refused_by(pair, code), InvitationRevokedError)
    with pytest.raises(StateError):
        pair.alpha.invitations.revoke(revoked.id)


def test_after_a_refusal_the_same_invitation_can_still_be_accepted(pair: Pair) -> None:
    _, code = pair.initiate()
    refused_by(pair, encode_offer(replace(decode_offer(code), secret=b"g" * 32)))
    assert pair.accept(code).status is ConnectionStatus.ACTIVE


def test_a_new_invitation_to_the_same_connection_replaces_the_old_one(pair: Pair) -> None:
    connection, old = pair.initiate()
    new = pair.alpha.invitations.invite_again(connection.id)
    assert isinstance(refused_by(pair, old), InvitationRevokedError)
    assert pair.accept(new).id == connection.id


def test_a_second_key_is_refused_and_the_initiator_warned(pair: Pair) -> None:
    _, code = pair.initiate()
    pair.accept(code)
    with pytest.raises(InvitationUsedError):
        pair.alpha.invitations.admit(make_acceptance(code))
    (warning,) = pair.warnings()
    assert (warning.code, warning.impact) == ("invitation_used", Impact.WARNING)
    peer = pair.alpha.connections()[0].peer
    assert peer is not None
    assert peer.public_key == pair.beta.connections()[0].public_key


def test_the_same_key_gets_the_same_answer(pair: Pair) -> None:
    _, code = pair.initiate()
    acceptance = make_acceptance(code)
    first = pair.alpha.invitations.admit(acceptance)
    assert pair.alpha.invitations.admit(replace(acceptance, nonce="m", proof=b"")) == first
    assert pair.warnings() == []


def test_a_private_side_that_names_an_address_is_not_called_there(pair: Pair) -> None:
    _, code = pair.initiate()
    pair.alpha.admit(make_acceptance(code, node_url="https://somewhere.example"))
    [connection] = pair.alpha.connections()
    assert connection.peer is not None
    assert (connection.peer.url, connection.transport) == ("", TransportKind.POLLED)


def test_a_changed_acceptance_does_not_pass(pair: Pair) -> None:
    _, code = pair.initiate()
    for change in ({"public_key": b"q" * 32}, {"organization_id": "org-x"}, {"node_url": "https://x"}):
        forged = replace(make_acceptance(code), **change)
        with pytest.raises(InvitationUnknownError):
            pair.alpha.invitations.admit(forged)
    assert pair.invitation().status is InvitationStatus.OPEN


def test_another_protocol_version_is_refused_by_both(pair: Pair) -> None:
    _, code = pair.initiate()
    with pytest.raises(ValidationError, match="version 1"):
        pair.alpha.invitations.admit(make_acceptance(code, protocol_version=2))
    pair.network.information = {ALPHA_URL: PeerInformation(2, 3, ("basic",))}
    assert "versions 2 to 3" in refused_by(pair, code).message
    assert pair.invitation().status is InvitationStatus.OPEN


def test_an_organization_cannot_join_itself(pair: Pair) -> None:
    _, code = pair.initiate()
    with pytest.raises(ValidationError, match="two"):
        pair.alpha.invitations.accept(code, ALPHA, "Fabrikam")
    with pytest.raises(ValidationError, match="this very node"):
        pair.alpha.invitations.accept(code, BETA, "Fabrikam")
    with pytest.raises(ValidationError, match="different organizations"):
        pair.alpha.invitations.admit(make_acceptance(code, organization_id=ALPHA))


def test_an_unreachable_initiator_leaves_the_try_to_be_repeated(pair: Pair) -> None:
    _, code = pair.initiate()
    pair.network.unreachable.add(ALPHA_URL)
    with pytest.raises(PeerUnreachableError):
        pair.accept(code)
    (pending,) = pair.beta.connections()
    pair.network.unreachable.clear()
    accepted = pair.beta.invitations.accept(code, BETA, "Fabrikam", "Second thought")
    assert (accepted.status, accepted.public_key) == (ConnectionStatus.ACTIVE, pending.public_key)
    assert (pending.project, accepted.project, accepted.name) == ("Tailspin", "Fabrikam", "Second thought")


def test_accepting_twice_is_once(pair: Pair) -> None:
    _, code = pair.initiate()
    assert pair.accept(code) == pair.accept(code)


def test_a_forbidden_address_is_refused_before_anything_happens(pair: Pair) -> None:
    _, code = pair.initiate()
    pair.network.refused_urls.add(ALPHA_URL)
    with pytest.raises(UrlRefusedError):
        pair.beta.invitations.inspect(code)
    with pytest.raises(UrlRefusedError):
        pair.accept(code)
    assert pair.beta.connections() == []


def test_a_public_acceptor_with_a_forbidden_address_is_refused(pair: Pair) -> None:
    _, code = pair.initiate(Visibility.PUBLIC)
    pair.network.refused_urls.add("https://inside.example")
    with pytest.raises(UrlRefusedError):
        pair.alpha.invitations.admit(make_acceptance(code, node_url="https://inside.example"))
    assert pair.invitation().status is InvitationStatus.OPEN


def test_a_node_without_address_cannot_invite_nor_accept_in_public(pair: Pair) -> None:
    with pytest.raises(ConfigurationError, match="ADNODE_URL"):
        pair.beta.invitations.initiate(BETA, "Fabrikam", "x")
    _, code = pair.initiate(Visibility.PUBLIC)
    with pytest.raises(ConfigurationError, match="ADNODE_URL"):
        pair.accept(code)


@pytest.mark.parametrize("hours", [0, 169, -1])
def test_the_time_an_invitation_is_open_has_limits(pair: Pair, hours: int) -> None:
    with pytest.raises(ValidationError, match="168"):
        pair.alpha.invitations.initiate(ALPHA, "Fabrikam", "x", valid_hours=hours)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
def test_names_are_readable(pair: Pair, name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        pair.alpha.invitations.initiate(ALPHA, "Fabrikam", name)


def test_an_unknown_project_is_named_with_those_that_exist(pair: Pair) -> None:
    with pytest.raises(ProjectNotFoundError, match="Fabrikam, Tailspin"):
        pair.alpha.invitations.initiate(ALPHA, "Contoso", "x")
    assert pair.alpha.connections() == []
