"""Who may speak for the peer of a connection: every request is checked here before anything else is done."""

from dataclasses import dataclass

from adnode.domain.connection import Connection
from adnode.domain.errors import NotFoundError, ReplayError, SignatureError, UnknownPeerError
from adnode.ports.message_security import MessageSecurity, RequestHead
from adnode.ports.peer import Acceptance, VerifiedRequest
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Signer, Vault
from adnode.services.queue_agreement import require_active_side
from adnode.services.refused_requests import RefusedRequests


@dataclass(frozen=True, slots=True)
class AdmittedPeer:
    """A peer whose request was checked: its connection and the nonce that binds streams to the request."""

    connection: Connection
    nonce: str


class PeerAccessService:
    """Checks requests of peers and signs the answers to them."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        security: MessageSecurity,
        signer: Signer,
        vault: Vault,
        refused: RefusedRequests,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._security = security
        self._vault = vault
        self._refused = refused
        # Requests for connections that do not exist are checked against this key, so that they take as long as others.
        self._nobody = signer.public_key(signer.new_private_key())

    def admit_head(self, connection_id: str, head: RequestHead, *, is_stream: bool = False) -> AdmittedPeer:
        """Return the connection that this request speaks for, whose body is still to come (see ``check_body``).

        Raises NotFoundError for a connection that has no peer here, SignatureError, and StateError while the
        connection is not active.
        """
        connection = self._find(connection_id)
        if connection is None or connection.peer is None:
            self._refuse_unknown(head, is_stream=is_stream)
            raise UnknownPeerError(
                "There is no such connection here. It was removed, or the address belongs to another node."
            )
        verified = self._verified(connection, connection.peer.public_key, head, is_stream=is_stream)
        require_active_side(connection)
        return AdmittedPeer(connection, verified.nonce)

    def _verified(
        self, connection: Connection, public_key: bytes, head: RequestHead, *, is_stream: bool
    ) -> VerifiedRequest:
        try:
            verified = self._security.verify_head(head, public_key, is_stream=is_stream)
            self._remember(verified)
        except SignatureError as error:
            self._refused.note_refusal(connection, error)
            raise
        self._refused.note_good(connection)
        return verified

    def check_body(self, head: RequestHead, body: bytes) -> None:
        """Check the body of a request whose head was admitted; raises SignatureError."""
        self._security.verify_body(head, body)

    def inspect_acceptance(self, head: RequestHead) -> None:
        """Check what the head of an acceptance tells before its body comes; raises SignatureError."""
        self._security.inspect_head(head)

    def admit_acceptance(self, acceptance: Acceptance, head: RequestHead, body: bytes) -> None:
        """Check the request of an acceptance with the key that it carries: no key is agreed on yet.

        Whether the key belongs to the invited node is for the proof inside to show. Raises SignatureError.
        """
        verified = self._security.verify_head(head, acceptance.public_key, is_stream=False)
        self._security.verify_body(head, body)
        self._remember(verified)

    def private_key(self, connection: Connection) -> bytes:
        """Return our key of the connection, for signing answers."""
        return self._vault.open(connection.sealed_private_key, f"connection:{connection.id}")

    def private_key_of(self, connection_id: str) -> bytes:
        """Return our key of the connection with that id; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            return self.private_key(work.connections.get(connection_id))

    def _find(self, connection_id: str) -> Connection | None:
        with self._new_unit_of_work() as work:
            try:
                return work.connections.get(connection_id)
            except NotFoundError:
                return None

    def _refuse_unknown(self, head: RequestHead, *, is_stream: bool) -> None:
        try:
            self._security.verify_head(head, self._nobody, is_stream=is_stream)
        except SignatureError:
            return

    def _remember(self, verified: VerifiedRequest) -> None:
        with self._new_unit_of_work() as work:
            is_new = work.nonces.remember(verified.key_id, verified.nonce, verified.expires_at)
            work.commit(durable=False)
        if not is_new:
            raise ReplayError("This very message came before; it is not taken twice.")
