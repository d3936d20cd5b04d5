"""Comments that are written one by one through the Comments API: no revision test guards them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from adnode.domain.errors import AdnodeError, GatewayUnavailableError, WorkItemNotFoundError
from adnode.domain.rich_text import EMPTY_TEXT
from adnode.domain.sync_state import CommentValue, make_comment_key
from adnode.domain.trace import TraceKind
from adnode.domain.work_item import Comment, WorkItemSnapshot
from adnode.ports.gateway import WorkItemGateway
from adnode.ports.system import Clock
from adnode.services.reconciliation.drafting import CommentDraft, Draft
from adnode.services.reconciliation.lease import RoundLease
from adnode.services.reconciliation.reading import run_in_parallel
from adnode.services.reconciliation.workpiece import Workpiece, changed_meanwhile
from adnode.sync import rich_text
from adnode.sync.plan import DeleteComment, EditComment

T = TypeVar("T")

LOOK_SECONDS = 2.0
"""How long a look at a work item counts: each comment that is edited or deleted later than that is looked at again."""


@dataclass(slots=True)
class _Look:
    """The revision that a work item must have as long as only we write to it, and when that was seen last."""

    revision: int
    seen_at: float


class Commenter:
    """Adds, edits and deletes comments. Every comment makes a revision of its work item, so one look at that tells
    whether all comments are as they were when it was decided what to do with them.
    """

    def __init__(self, gateway: WorkItemGateway, clock: Clock, lease: RoundLease) -> None:
        self._gateway = gateway
        self._clock = clock
        self._lease = lease
        self._looks: dict[str, _Look] = {}

    def write(self, drafts: Sequence[Draft]) -> None:
        """Write what the drafts have of such comments; a failure stays with its piece."""
        self._look_at_all([draft.piece for draft in drafts if draft.edits or draft.deletions])
        todo = [draft for draft in drafts if draft.edits or draft.deletions or draft.api_comments]
        run_in_parallel(self._write, [draft for draft in todo if draft.piece.failure is None])

    def _write(self, draft: Draft) -> None:
        piece = draft.piece
        try:
            for write in self._writes(draft):
                self._lease.require(piece.twin.id)
                write()
        except AdnodeError as error:
            piece.note_failure(error)

    def _writes(self, draft: Draft) -> Iterator[Callable[[], None]]:
        piece = draft.piece
        yield from (partial(self._edit, piece, edit, text) for edit, text in draft.edits)
        yield from (partial(self._delete, piece, deletion) for deletion in draft.deletions)
        yield from (partial(self._add, piece, comment) for comment in draft.api_comments)

    # looking ---------------------------------------------------------------------------------------------------------

    def _look_at_all(self, pieces: Sequence[Workpiece]) -> None:
        """Look at many work items in one call for each 200, before the first comment is touched."""
        if not pieces:
            return
        try:
            seen_at = self._clock.monotonic()
            found = self._gateway.read_work_items([piece.twin.work_item_id or 0 for piece in pieces])
            for piece in pieces:
                self._compare(piece, found.get(piece.twin.work_item_id or 0), piece.twin.revision or 0, seen_at)
        except AdnodeError as error:
            for piece in pieces:
                piece.note_failure(error)

    def _look(self, piece: Workpiece) -> None:
        """Look again, unless that was a moment ago; raises RevisionConflictError."""
        look = self._looks[piece.twin.id]
        now = self._clock.monotonic()
        if now - look.seen_at > LOOK_SECONDS:
            work_item_id = piece.twin.work_item_id or 0
            self._compare(piece, self._gateway.read_work_items([work_item_id]).get(work_item_id), look.revision, now)
            if piece.failure is not None:
                raise piece.failure

    def _compare(self, piece: Workpiece, found: WorkItemSnapshot | None, revision: int, seen_at: float) -> None:
        if found is None or found.revision != revision:
            piece.note_failure(changed_meanwhile(piece))
            return
        piece.twin = replace(piece.twin, project=found.project)
        self._looks[piece.twin.id] = _Look(revision, seen_at)

    def _count_own(self, piece: Workpiece) -> None:
        if look := self._looks.get(piece.twin.id):
            look.revision += 1

    # writing ---------------------------------------------------------------------------------------------------------

    def _add(self, piece: Workpiece, draft: CommentDraft) -> None:
        project, number = piece.twin.project, piece.twin.work_item_id or 0
        added = self._ask(piece, lambda: self._gateway.add_comment(project, number, draft.text, draft.format))
        self._note(piece, draft.key, draft.value, added)

    def _edit(self, piece: Workpiece, edit: EditComment, draft: CommentDraft) -> None:
        self._look(piece)
        project, number = piece.twin.project, piece.twin.work_item_id or 0
        edited = self._ask(
            piece, lambda: self._gateway.edit_comment(project, number, edit.local_id, draft.text, draft.format)
        )
        self._note(piece, edit.key, edit.value, edited)

    def _delete(self, piece: Workpiece, deletion: DeleteComment) -> None:
        self._look(piece)
        try:
            self._gateway.delete_comment(piece.twin.project, piece.twin.work_item_id or 0, deletion.local_id)
            self._count_own(piece)
        except WorkItemNotFoundError as error:
            self._require_missing(piece, deletion, error)
        known = piece.traces.get((TraceKind.COMMENT, deletion.key))
        if known is not None and isinstance(known.value, CommentValue):
            deleted = replace(known.value, is_deleted=True, text=EMPTY_TEXT)
            piece.remember([replace(known, value=deleted)])
        piece.unwritten.discard(make_comment_key(deletion.key))

    def _note(self, piece: Workpiece, key: str, value: CommentValue, comment: Comment) -> None:
        self._count_own(piece)
        form = rich_text.hash_form(comment.text, comment.format)
        piece.trace(TraceKind.COMMENT, key, str(comment.id), form, value)
        piece.unwritten.discard(make_comment_key(key))

    # what is not found -----------------------------------------------------------------------------------------------

    def _ask(self, piece: Workpiece, call: Callable[[], T]) -> T:
        """Make a call. "Not found" may be said of the work item, which somebody moved to another project: then it is
        read and planned again.
        """
        try:
            return call()
        except WorkItemNotFoundError:
            work_item_id = piece.twin.work_item_id or 0
            found = self._gateway.read_work_items([work_item_id]).get(work_item_id)
            if found is None or found.project != piece.twin.project or found.revision != self._expected(piece):
                raise changed_meanwhile(piece) from None
            raise

    def _expected(self, piece: Workpiece) -> int | None:
        look = self._looks.get(piece.twin.id)
        return look.revision if look else piece.twin.revision

    def _require_missing(self, piece: Workpiece, deletion: DeleteComment, error: WorkItemNotFoundError) -> None:
        """Make sure that the comment is what is missing: only then is it as good as deleted."""
        try:
            comments = self._gateway.read_comments(piece.twin.project, piece.twin.work_item_id or 0)
        except WorkItemNotFoundError:
            raise changed_meanwhile(piece) from None
        if any(comment.id == deletion.local_id and not comment.is_deleted for comment in comments):
            raise GatewayUnavailableError(
                f"Azure DevOps said that a comment of work item {piece.twin.work_item_id} does not exist, and shows "
                "it all the same. It is tried again by itself.",
                status=error.status,
            ) from error
