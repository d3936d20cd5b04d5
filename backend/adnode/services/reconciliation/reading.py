"""Reading the local work items of a round, in as few calls as Azure DevOps allows."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from adnode.domain.errors import AdnodeError, WorkItemNotFoundError
from adnode.domain.realignment import Realignment
from adnode.domain.sync_state import CommentValue
from adnode.domain.twin import Twin
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import WorkItemGateway
from adnode.services.reconciliation.realigning import forgets_something
from adnode.services.reconciliation.workpiece import Workpiece

T = TypeVar("T")

PARALLEL_CALLS = 6
"""Calls that no batch exists for (comments, files) made side by side."""


def run_in_parallel(work: Callable[[T], None], items: Iterable[T]) -> None:
    """Run independent calls side by side; ``work`` keeps its own failures."""
    todo = list(items)
    if len(todo) <= 1:
        for item in todo:
            work(item)
        return
    with ThreadPoolExecutor(max_workers=min(PARALLEL_CALLS, len(todo)), thread_name_prefix="calls") as pool:
        list(pool.map(work, todo))


def may_have_new_comments(twin: Twin, snapshot: WorkItemSnapshot) -> bool:
    """Say whether comments have to be read: the revisions since the known one may be about comments.

    Comments that we added through the Comments API are in the state and in no revision that we know. An edit of a
    comment leaves CommentCount as it is. With one new revision, ``commentVersionRef`` tells; with several it only
    speaks of the last one.
    """
    counts = {snapshot.comment_count, twin.comment_count, _count_comments(twin)}
    if twin.revision is None or len(counts) > 1:
        return max(counts) > 0
    if snapshot.revision == twin.revision:
        return False
    if snapshot.revision == twin.revision + 1:
        return snapshot.comment_reference is not None
    return snapshot.comment_count > 0


def _count_comments(twin: Twin) -> int:
    values = [register.value for register in twin.state.registers.values()]
    return sum(1 for value in values if isinstance(value, CommentValue) and not value.is_deleted)


def _looks_closer(piece: Workpiece) -> bool:
    is_reread = piece.base.realignment is Realignment.REREAD
    return piece.has_open_intents or forgets_something(piece) or is_reread


class Reader:
    """Reads what the pieces of a round need to know."""

    def __init__(self, gateway: WorkItemGateway) -> None:
        self._gateway = gateway

    def read(self, pieces: list[Workpiece]) -> None:
        """Read the work items that may have changed, then their comments; failures stay with their piece."""
        todo = [piece for piece in pieces if piece.must_read]
        if not todo:
            return
        ids = [piece.twin.work_item_id for piece in todo if piece.twin.work_item_id is not None]
        try:
            snapshots = self._gateway.read_work_items(ids)
        except AdnodeError as error:
            for piece in todo:
                piece.failure = error
            return
        for piece in todo:
            piece.snapshot = snapshots.get(piece.twin.work_item_id or 0)
        run_in_parallel(self._look_closer, todo)

    def read_again(self, piece: Workpiece) -> None:
        """Read one piece after somebody changed its work item under our write."""
        work_item_id = piece.twin.work_item_id
        if work_item_id is None:
            return
        try:
            piece.snapshot = self._gateway.read_work_items([work_item_id]).get(work_item_id)
        except AdnodeError as error:
            piece.failure = error
            return
        self._look_closer(piece)

    def _look_closer(self, piece: Workpiece) -> None:
        piece.comments = None
        try:
            if piece.snapshot is None:
                self._explain_absence(piece)
            elif may_have_new_comments(piece.twin, piece.snapshot) or _looks_closer(piece):
                piece.comments = self._gateway.read_comments(piece.snapshot.project, piece.snapshot.id)
            elif piece.twin.revision is None:
                piece.comments = ()
        except AdnodeError as error:
            piece.failure = error

    def _explain_absence(self, piece: Workpiece) -> None:
        work_item_id = piece.twin.work_item_id or 0
        if piece.twin.revision is not None:
            piece.is_removed = True
            return
        if self._gateway.is_deleted(piece.twin.project, work_item_id):
            reason = "It is in the recycle bin: restore it, then retry."
        else:
            reason = (
                "It does not exist, or the account of this node may not read it: check the id and the account's rights."
            )
        piece.failure = WorkItemNotFoundError(
            f"Work item {work_item_id} can't be read. {reason}", status=404, work_item_id=work_item_id
        )
