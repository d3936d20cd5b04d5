"""How the peer of a connection is called."""

from adnode.domain.connection import Connection
from adnode.domain.errors import StateError
from adnode.ports.peer import PeerEndpoint
from adnode.ports.system import Vault


def make_endpoint(connection: Connection, vault: Vault) -> PeerEndpoint:
    """Return address and keys for calling the peer; raises StateError before acceptance."""
    if connection.peer is None:
        raise StateError(f"Connection {connection.name} has not been accepted yet; there is nobody to call.")
    return PeerEndpoint(
        connection_id=connection.id,
        url=connection.peer.url,
        private_key=vault.open(connection.sealed_private_key, f"connection:{connection.id}"),
        public_key=connection.public_key,
        peer_public_key=connection.peer.public_key,
    )
