"""Replacing the sealing key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.services.node_pair import ALPHA, ALPHA_URL, Node, make_node

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.peer import MemoryPeerNetwork
from adnode.adapters.vault import AesGcmVault
from adnode.domain.errors import SecretUnreadableError
from adnode.services.secret_rotation import SealingReport, SecretRotationService

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = make_node(tmp_path, ALPHA, ALPHA_URL, MemoryPeerNetwork(), MemoryClock())
    node.vault = AesGcmVault([OLD])  # type: ignore[assignment]
    with node.storage.unit_of_work() as work:
        organization = work.organizations.get(ALPHA)
        work.organizations.replace_credential(organization, node.vault.seal(b"token", f"organization:{ALPHA}"))
        work.commit()
    yield node
    node.storage.close()


def seal_anew(node: Node, *keys: bytes) -> SealingReport:
    return SecretRotationService(node.storage.unit_of_work, AesGcmVault(keys)).seal_anew()


def test_afterwards_the_new_key_alone_opens_everything(node: Node) -> None:
    connection, code = node.invitations.initiate(ALPHA, "Fabrikam", "To Beta")
    invitation = node.invitations.list_invitations(connection.id)[0]
    assert seal_anew(node, NEW, OLD) == SealingReport(total=3, sealed_anew=3)
    assert seal_anew(node, NEW, OLD) == SealingReport(total=3, sealed_anew=0)
    node.vault = AesGcmVault([NEW])  # type: ignore[assignment]
    assert node.invitations.code(invitation.id) == code
    with node.storage.unit_of_work() as work:
        assert node.vault.open(work.organizations.sealed_credential(ALPHA), f"organization:{ALPHA}") == b"token"
        sealed = work.connections.get(connection.id).sealed_private_key
    assert len(node.vault.open(sealed, f"connection:{connection.id}")) == 32


def test_a_missing_old_key_changes_nothing(node: Node) -> None:
    node.invitations.initiate(ALPHA, "Fabrikam", "To Beta")
    with pytest.raises(SecretUnreadableError, match="ADNODE_SECRET_KEYS"):
        seal_anew(node, NEW)
    with node.storage.unit_of_work() as work:
        assert node.vault.open(work.organizations.sealed_credential(ALPHA), f"organization:{ALPHA}") == b"token"
