"""Carrying out drafts: batched where Azure DevOps has a batch, one call where it has none."""

from collections.abc import Sequence
from dataclasses import replace

from adnode.domain.errors import GatewayError, GatewayUnavailableError, RevisionConflictError
from adnode.domain.rich_text import TextFormat
from adnode.domain.sync_state import AttachmentValue, make_attachment_key, make_comment_key
from adnode.domain.trace import TraceKind
from adnode.domain.work_item import WorkItemSnapshot, WorkItemWrite
from adnode.ports.gateway import WorkItemGateway, WriteOutcome
from adnode.ports.system import Clock
from adnode.services.reconciliation.commenting import Commenter
from adnode.services.reconciliation.drafting import CommentDraft, Draft
from adnode.services.reconciliation.lease import RoundLease
from adnode.services.reconciliation.naming import Naming
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync import rich_text
from adnode.sync.forms import by_field, read_forms


class Writer:
    """Writes drafts and takes over what came of them: revision, forms, traces, failures."""

    def __init__(self, gateway: WorkItemGateway, clock: Clock, naming: Naming, lease: RoundLease) -> None:
        self._gateway = gateway
        self._clock = clock
        self._naming = naming
        self._lease = lease

    def write(self, drafts: Sequence[Draft]) -> list[Workpiece]:
        """Carry out the drafts; return the pieces whose work item somebody changed meanwhile: nothing is written."""
        for draft in drafts:
            draft.piece.unwritten = set(draft.keys) | draft.piece.lost_registers()
            draft.piece.was_attempted = True
        conflicting = self._write_first([draft for draft in drafts if draft.first is not None])
        self._naming.store([draft.piece for draft in drafts if draft.creates and draft.piece.failure is None])
        open_drafts = [draft for draft in drafts if draft.piece.failure is None and draft.piece not in conflicting]
        self._write_history(open_drafts)
        Commenter(self._gateway, self._clock, self._lease).write(
            [draft for draft in open_drafts if draft.piece.failure is None]
        )
        return conflicting

    def _write_first(self, drafts: Sequence[Draft]) -> list[Workpiece]:
        writes = [draft.first for draft in drafts if draft.first is not None]
        conflicting: list[Workpiece] = []
        for draft, outcome in zip(drafts, self._send(writes), strict=True):
            if isinstance(outcome.error, RevisionConflictError):
                conflicting.append(draft.piece)
            elif outcome.error is not None:
                draft.piece.note_failure(outcome.error)
            else:
                self._take_over(draft, outcome)
        return conflicting

    def _send(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        if not writes:
            return []
        try:
            return self._gateway.write_work_items(writes)
        except GatewayError as error:
            return [WriteOutcome(error=error)] * len(writes)

    def _take_over(self, draft: Draft, outcome: WriteOutcome) -> None:
        piece = draft.piece
        if outcome.snapshot is None:
            return
        self._take_over_revision(piece, outcome.snapshot)
        piece.unwritten -= draft.field_keys
        for attachment in draft.attachments:
            piece.trace(TraceKind.ATTACHMENT, attachment.key, attachment.attachment_id, "", attachment.value)
            piece.unwritten.discard(make_attachment_key(attachment.key))
        for removal in draft.removals:
            self._note_removal(piece, removal.key)
            piece.unwritten.discard(make_attachment_key(removal.key))
        if draft.first_comment is not None:
            self._take_over_comment(piece, draft.first_comment, outcome)
        self._trace_images(piece)

    def _take_over_revision(self, piece: Workpiece, snapshot: WorkItemSnapshot) -> None:
        catalog = piece.required_catalog()
        piece.snapshot = snapshot
        piece.twin = replace(
            piece.twin,
            work_item_id=snapshot.id,
            project=snapshot.project,
            revision=snapshot.revision,
            local_forms={**by_field(piece.twin.local_forms, catalog), **read_forms(snapshot, catalog)},
            comment_count=snapshot.comment_count,
        )

    def _take_over_comment(self, piece: Workpiece, draft: CommentDraft, outcome: WriteOutcome) -> None:
        if outcome.comment_id is None:
            piece.note_failure(_unnamed_comment(piece))
            return
        form = rich_text.hash_form(outcome.comment_text, TextFormat.HTML) if outcome.comment_text else ""
        piece.trace(TraceKind.COMMENT, draft.key, str(outcome.comment_id), form, draft.value)
        piece.unwritten.discard(make_comment_key(draft.key))

    def _note_removal(self, piece: Workpiece, key: str) -> None:
        known = piece.traces.get((TraceKind.ATTACHMENT, key))
        if known is not None and isinstance(known.value, AttachmentValue):
            piece.remember([replace(known, value=replace(known.value, is_deleted=True))])

    def _trace_images(self, piece: Workpiece) -> None:
        attached = {key for kind, key in piece.traces if kind is TraceKind.ATTACHMENT}
        shown = piece.required_plan().file_keys
        for key, content in piece.contents.items():
            if key in shown and key not in attached and content.url:
                piece.trace(TraceKind.IMAGE, key, content.attachment_id, "", None)

    def _write_history(self, drafts: Sequence[Draft]) -> None:
        steps = [
            (draft, comment, number)
            for draft in drafts
            for number, comment in enumerate(draft.history_comments)
            if draft.piece.twin.work_item_id is not None
        ]
        writes = [
            WorkItemWrite(
                project=draft.piece.twin.project,
                work_item_id=draft.piece.twin.work_item_id,
                revision=(draft.piece.twin.revision or 0) + number,
                history=comment.text,
            )
            for draft, comment, number in steps
        ]
        for (draft, comment, _), outcome in zip(steps, self._send(writes), strict=True):
            self._settle_history(draft.piece, comment, outcome)

    def _settle_history(self, piece: Workpiece, comment: CommentDraft, outcome: WriteOutcome) -> None:
        if outcome.snapshot is not None:
            self._take_over_revision(piece, outcome.snapshot)
            self._take_over_comment(piece, comment, outcome)
        elif outcome.error is not None:
            piece.note_failure(outcome.error)


def _unnamed_comment(piece: Workpiece) -> GatewayError:
    return GatewayUnavailableError(
        f"Azure DevOps took a comment of work item {piece.twin.work_item_id} without saying which one it became. It is "
        "looked for before anything else is written.",
        effect_unknown=True,
    )
