"""After a crash or an unclear answer: finding out what of the last intent has happened."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.domain.connection import Connection
from adnode.domain.documents import format_time
from adnode.domain.errors import AdnodeError
from adnode.domain.twin import Intent
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import WorkItemGateway
from adnode.services.reconciliation.reading import Reader
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync.own_writes import find_traces, recover

CLOCK_MARGIN = timedelta(hours=1)
"""How far the clocks of this node and Azure DevOps may differ when a lost create is looked for."""

FindPaired = Callable[[Collection[int]], set[int]]
"""Tells which of some local work items belong to a twin already."""


class Recovery:
    """Looks before anything is written again, item by item.

    What it finds is stored before anything else is done: a crash during the next writes must not lose it. So a piece
    that was recovered ends its round, and is planned in the next one.
    """

    def __init__(self, gateway: WorkItemGateway, connection: Connection, find_paired: FindPaired) -> None:
        self._gateway = gateway
        self._connection = connection
        self._find_paired = find_paired

    def recover(self, pieces: list[Workpiece]) -> None:
        """Take over what the intents of these pieces have done already."""
        for piece in pieces:
            self._trace_other_writes(piece)
        intended = [piece for piece in pieces if piece.twin.intent is not None]
        self._adopt_created([piece for piece in intended if piece.twin.work_item_id is None])
        for piece in intended:
            if piece.failure is None and piece.twin.intent is not None:
                self._recover(piece, piece.twin.intent)

    def _trace_other_writes(self, piece: Workpiece) -> None:
        """Find what another twin of the work item wrote before its round broke off, or it looks like a person's."""
        for other in piece.other_intents:
            if piece.snapshot is not None:
                comments, traces = piece.comments or (), piece.all_traces()
                texts = _foreign_texts(piece, other.intent)
                found = find_traces(piece.twin, other.intent, piece.snapshot, comments, traces, other.uploaded, texts)
                piece.remember(found)
                piece.base_traces = dict(piece.traces)

    def _recover(self, piece: Workpiece, intent: Intent) -> None:
        try:
            self._take_over_writes(piece, intent)
        except AdnodeError as error:
            piece.failure = error

    def _take_over_writes(self, piece: Workpiece, intent: Intent) -> None:
        snapshot = piece.snapshot
        if snapshot is None:
            # In the recycle bin nothing can be looked at; a create that never happened leaves nothing to look at.
            piece.was_recovered = not piece.is_removed
            return
        recovered = recover(
            piece.twin,
            intent,
            snapshot,
            self._intended_revision(snapshot, intent),
            piece.comments or (),
            piece.all_traces(),
            {key: content.attachment_id for key, content in piece.contents.items()},
            self._gateway.read_catalog(snapshot.project),
            _foreign_texts(piece, intent),
        )
        piece.take_over(recovered)

    def _intended_revision(self, snapshot: WorkItemSnapshot, intent: Intent) -> WorkItemSnapshot | None:
        """Return the one revision that the intended write can have made."""
        number = (intent.revision or 0) + 1
        if snapshot.revision == number:
            return snapshot
        if snapshot.revision > number:
            return self._gateway.read_revision(snapshot.id, number)
        return None

    def _adopt_created(self, pieces: Sequence[Workpiece]) -> None:
        """Find the work items that lost creates made, by the link to their counterpart that each of them carries.

        One query finds what was created in the project since the earliest of these intents; neither title nor author
        is asked for, because people may have changed the title already.
        """
        wanted = {piece.twin.remote_url: piece for piece in pieces if piece.twin.remote_url}
        if not wanted:
            return
        since = min(piece.twin.intent.recorded_at for piece in wanted.values() if piece.twin.intent)
        try:
            for snapshot in self._list_created(since - CLOCK_MARGIN):
                for link in snapshot.hyperlinks:
                    if (piece := wanted.get(link)) and piece.twin.work_item_id is None:
                        self._adopt(piece, snapshot)
        except AdnodeError as error:
            for piece in wanted.values():
                piece.failure = error

    def _list_created(self, since: datetime) -> list[WorkItemSnapshot]:
        project = self._connection.project
        quoted_project = project.replace("'", "''")
        conditions = f"[System.TeamProject] = '{quoted_project}' AND [System.CreatedDate] >= '{format_time(since)}'"
        found = self._gateway.query(project, f"SELECT [System.Id] FROM WorkItems WHERE {conditions}")  # noqa: S608
        paired = self._find_paired(found)
        free = [number for number in found if number not in paired]
        return list(self._gateway.read_work_items(free).values()) if free else []

    def _adopt(self, piece: Workpiece, snapshot: WorkItemSnapshot) -> None:
        piece.twin = replace(
            piece.twin,
            work_item_id=snapshot.id,
            project=snapshot.project,
            lineage=piece.twin.lineage | {f"{piece.twin.organization_id}:{snapshot.id}"},
        )
        piece.base = piece.twin
        Reader(self._gateway).read_again(piece)


def _foreign_texts(piece: Workpiece, intent: Intent) -> set[str]:
    """Return the fingerprints of comments that the open intents other than this one speak of."""
    intents = [piece.twin.intent, *(other.intent for other in piece.other_intents)]
    return {text for each in intents if each is not None and each is not intent for text in each.comments.values()}
