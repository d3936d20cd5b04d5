"""Files that texts and attachments of the peer need here before they can be written."""

from adnode.domain.connection import Connection, TransportKind
from adnode.domain.errors import AdnodeError, AttachmentTooLargeError, ContentUnavailableError, InvalidWriteError
from adnode.domain.trace import TraceKind
from adnode.ports.gateway import WorkItemGateway
from adnode.services.contents import ContentService
from adnode.services.failures import retries_by_itself
from adnode.services.reconciliation.lease import RoundLease
from adnode.services.reconciliation.reading import run_in_parallel
from adnode.services.reconciliation.workpiece import Workpiece

_LOST = (AttachmentTooLargeError, ContentUnavailableError, InvalidWriteError)


class FileFetcher:
    """Brings files of the peer into our Azure DevOps: pulled where the peer can be called, else asked for."""

    def __init__(
        self, gateway: WorkItemGateway, contents: ContentService, connection: Connection, lease: RoundLease
    ) -> None:
        self._gateway = gateway
        self._contents = contents
        self._connection = connection
        self._lease = lease
        self._own: dict[str, bool] = {}

    def fetch(self, pieces: list[Workpiece]) -> None:
        """Make the files of all plans available; what can't be had is noted at its piece."""
        wanted = [(piece, key, name) for piece in pieces for key, name in self._missing(piece).items()]
        if self._connection.transport is TransportKind.POLLED:
            for piece, key, _ in wanted:
                piece.waiting_keys.add(key)
            return
        run_in_parallel(self._pull, wanted)

    def find_url(self, piece: Workpiece, key: str, name: str) -> str | None:
        """Return the local URL of a file, None when it is not here."""
        content = piece.contents.get(key)
        if content is not None and content.url:
            return content.url
        for kind in (TraceKind.IMAGE, TraceKind.ATTACHMENT):
            trace = piece.traces.get((kind, key))
            if trace and trace.local_id:
                return self._gateway.file_url(trace.local_id, name)
        return self._own_file_url(key, name)

    def _own_file_url(self, key: str, name: str) -> str | None:
        """Return where a file of ours is that a text of another work item shows: one that the peer may have, too."""
        origin, _, attachment_id = key.partition(":")
        if origin != self._connection.organization_id or not attachment_id:
            return None
        if key not in self._own:
            self._own[key] = self._contents.has_own(self._connection, key)
        return self._gateway.file_url(attachment_id, name) if self._own[key] else None

    def _missing(self, piece: Workpiece) -> dict[str, str]:
        if piece.is_settled or piece.plan is None:
            return {}
        keys = piece.plan.file_keys
        return {
            key: name
            for key, name in keys.items()
            if key not in piece.lost_keys and self.find_url(piece, key, name) is None
        }

    def _pull(self, wanted: tuple[Workpiece, str, str]) -> None:
        piece, key, name = wanted
        try:
            piece.contents[key] = self._contents.pull(
                self._connection, key, name, piece.twin.project, self._lease.check
            )
            piece.has_fetched = True
        except AdnodeError as error:
            self._note_failure(piece, key, error)

    def _note_failure(self, piece: Workpiece, key: str, error: AdnodeError) -> None:
        if isinstance(error, _LOST) or not retries_by_itself(error):
            piece.lost_keys[key] = error
        else:
            piece.failure = error
