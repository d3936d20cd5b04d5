"""After a crash or an unclear answer: finding out what of the last intent has happened."""

from dataclasses import replace
from datetime import timedelta

from adnode.domain.connection import Connection
from adnode.domain.documents import format_time
from adnode.domain.errors import AdnodeError
from adnode.domain.twin import Intent
from adnode.domain.work_item import TITLE, WorkItemSnapshot
from adnode.ports.gateway import WorkItemGateway
from adnode.services.reconciliation.reading import Reader
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync.own_writes import recover_attachments, recover_comments, recover_fields

CLOCK_MARGIN = timedelta(minutes=10)
"""How far the clocks of this node and Azure DevOps may differ when a lost create is looked for."""


class Recovery:
    """Looks before anything is written again, item by item."""

    def __init__(self, gateway: WorkItemGateway, connection: Connection) -> None:
        self._gateway = gateway
        self._connection = connection

    def recover(self, pieces: list[Workpiece]) -> None:
        """Take over what the intents of these pieces have done already."""
        for piece in pieces:
            intent = piece.twin.intent
            if intent is None:
                continue
            try:
                self._recover(piece, intent)
            except AdnodeError as error:
                piece.failure = error

    def _recover(self, piece: Workpiece, intent: Intent) -> None:
        if piece.twin.work_item_id is None:
            self._find_created(piece, intent)
        snapshot = piece.snapshot
        if snapshot is None:
            return
        catalog = self._gateway.read_catalog(snapshot.project)
        number = (intent.revision or 0) + 1
        revision = snapshot if snapshot.revision == number else None
        if revision is None and snapshot.revision > number:
            revision = self._gateway.read_revision(snapshot.project, snapshot.id, number)
        piece.twin = recover_fields(piece.twin, revision, catalog)
        uploaded = {key: content.attachment_id for key, content in piece.contents.items()}
        piece.remember(recover_attachments(piece.twin, snapshot, uploaded, piece.incoming))
        piece.remember(recover_comments(piece.twin, piece.comments or (), piece.all_traces(), piece.incoming))
        piece.base = piece.twin
        piece.base_traces = dict(piece.traces)

    def _find_created(self, piece: Workpiece, intent: Intent) -> None:
        """Find the work item that a lost create made, by its title, its time and the link to its counterpart."""
        title = intent.fields.get(TITLE, "")
        since = format_time(intent.recorded_at - CLOCK_MARGIN)
        quoted_title, quoted_project = title.replace("'", "''"), self._connection.project.replace("'", "''")
        found = self._gateway.query(
            self._connection.project,
            "SELECT [System.Id] FROM WorkItems "
            f"WHERE [System.TeamProject] = '{quoted_project}' AND [System.Title] = '{quoted_title}' "
            f"AND [System.CreatedDate] >= '{since}'",
        )
        for snapshot in self._gateway.read_work_items(found).values() if found else ():
            if piece.twin.remote_url and piece.twin.remote_url in snapshot.hyperlinks:
                self._adopt(piece, snapshot)
                return

    def _adopt(self, piece: Workpiece, snapshot: WorkItemSnapshot) -> None:
        piece.twin = replace(
            piece.twin,
            work_item_id=snapshot.id,
            project=snapshot.project,
            lineage=piece.twin.lineage | {f"{piece.twin.organization_id}:{snapshot.id}"},
        )
        piece.base = piece.twin
        Reader(self._gateway).read_again(piece)
