"""After a crash or an unclear answer: finding out what of the last intent has happened."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.domain.documents import format_time
from adnode.domain.errors import AdnodeError
from adnode.domain.twin import Intent, Twin
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import WorkItemGateway
from adnode.services.reconciliation.naming import Naming
from adnode.services.reconciliation.reading import Reader
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync.own_writes import find_traces, recover

TIME_MARGIN = timedelta(minutes=5)
"""How far the clocks of Azure DevOps' own machines may differ when a lost create is looked for."""
CLOCK_MARGIN = timedelta(hours=1)
"""How far the clock of this node may be off, by which intents of the release of 2026-11-30 tell their time."""
SEARCH_PAGE = 1000
"""Work items that one query of the search gives at most."""

FindTwins = Callable[[Collection[int]], Sequence[Twin]]
"""Returns the twins of some local work items, over whatever connection."""


class Recovery:
    """Looks before anything is written again, item by item.

    What it finds is stored before anything else is done: a crash during the next writes must not lose it. So a piece
    that was recovered ends its round, and is planned in the next one.
    """

    def __init__(self, gateway: WorkItemGateway, naming: Naming, find_twins: FindTwins) -> None:
        self._gateway = gateway
        self._naming = naming
        self._find_twins = find_twins

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

        One search looks among all that was created in the organization since the earliest of these intents. Neither
        project, title nor author is asked for: people may have moved and renamed the work item already, and given the
        connection another project.
        """
        wanted = {_marker(piece): piece for piece in pieces if _marker(piece)}
        if not wanted:
            return
        since = min(made_since(piece.twin.intent) for piece in wanted.values() if piece.twin.intent)
        try:
            for snapshot in self._list_created(since, wanted):
                for link in snapshot.hyperlinks:
                    if (piece := wanted.get(link)) and piece.twin.work_item_id is None:
                        self._adopt(piece, snapshot)
            self._naming.store([piece for piece in wanted.values() if piece.twin.work_item_id is not None])
        except AdnodeError as error:
            for piece in wanted.values():
                piece.failure = error

    def _list_created(self, since: datetime, markers: Collection[str]) -> list[WorkItemSnapshot]:
        """Return what was created since then and links to one of the counterparts, without what other pairs made for
        them.
        """
        found = self._gateway.read_work_items(list(self._search(since)))
        linked = {number: one for number, one in found.items() if set(one.hyperlinks) & set(markers)}
        others = {(twin.work_item_id, twin.remote_url) for twin in self._find_twins(list(linked))}
        return [
            replace(one, hyperlinks=tuple(link for link in one.hyperlinks if (number, link) not in others))
            for number, one in sorted(linked.items())
        ]

    def _search(self, since: datetime) -> Iterator[int]:
        """Yield all work items of the organization with a link to a web page that were created since then."""
        last = 0
        while True:
            is_linked = f"[System.HyperLinkCount] > 0 AND [System.Id] > {last}"
            conditions = f"[System.CreatedDate] >= '{format_time(since)}' AND {is_linked}"
            wiql = f"SELECT [System.Id] FROM WorkItems WHERE {conditions} ORDER BY [System.Id]"  # noqa: S608
            numbers = self._gateway.query("", wiql, SEARCH_PAGE)
            yield from numbers
            if len(numbers) < SEARCH_PAGE:
                return
            last = numbers[-1]

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


def _marker(piece: Workpiece) -> str:
    return (piece.twin.intent.marker if piece.twin.intent else "") or piece.twin.remote_url


def made_since(intent: Intent) -> datetime:
    """Return from when on the work item can have been made that an intent speaks of, by the time of Azure DevOps."""
    return intent.started_at - TIME_MARGIN if intent.started_at else intent.recorded_at - CLOCK_MARGIN
