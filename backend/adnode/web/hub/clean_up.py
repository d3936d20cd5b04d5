"""Clean-up tools: what would go, the clean-up itself, and the file that connects again what it removed."""

from typing import Annotated

from pydantic import StringConstraints

from adnode.domain.clean_up import CleanUpScope, SyncMetadata
from adnode.domain.connection import ConnectionStatus
from adnode.services.clean_up import CleanUpPreview, CleanUpWish, ConnectionPreview
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.jobs import JobDocument, job_document
from adnode.web.hub.operations import Answer, Call, Download, Operation, declares, operations_of
from adnode.web.hub.schemas import Body, Identifier, Shape, Text

TAG = "Clean-up"
WorkItemNumber = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}$")]


class WishBody(Body):
    """What is to be cleaned up: ``work_item_id`` and ``connection_id`` belong to their scopes."""

    scope: CleanUpScope
    work_item_id: WorkItemNumber | None = None
    connection_id: Identifier | None = None


class CleanUpBody(WishBody):
    """The same, confirmed by the preview's ``key``; ``keeps_remote_pairs`` where the other side can't be told."""

    confirmation: Text
    keeps_remote_pairs: bool = False


class SyncMetadataDocument(Shape):
    """How much would go. Traces are remembered comments and attachments."""

    twins: int
    outgoing: int
    incoming: int
    errors: int
    conflicts: int
    traces: int


class ConnectionCleanUpDocument(Shape):
    """What would go of one connection. ``orphaning`` says why the other side can't be told, null when it can."""

    id: str
    name: str
    status: ConnectionStatus
    metadata: SyncMetadataDocument
    orphaning: str | None


class CleanUpPreviewDocument(Shape):
    """What would go; connections without anything are left out. ``key`` is what to type for confirming."""

    key: str
    total: SyncMetadataDocument
    connections: list[ConnectionCleanUpDocument]
    is_orphaning: bool


class CleanUpTab:
    """Operations of clean-up."""

    def __init__(self, services: HubServices) -> None:
        self._clean_up = services.console.clean_up

    @declares(
        Operation(
            "POST",
            "/clean-up/preview",
            "Show what a clean-up would remove",
            answer=CleanUpPreviewDocument,
            body=WishBody,
            problems=(404,),
        )
    )
    def preview_clean_up(self, call: Call) -> Answer:
        """Answer with what would go."""
        return Answer(_preview_document(self._clean_up.preview(call.session, _wish(call.body(WishBody)))))

    @declares(
        Operation(
            "POST",
            "/clean-up",
            "Forget pairs on both sides; the work items stay as they are",
            answer=JobDocument,
            status=202,
            body=CleanUpBody,
            problems=(404, 409),
        )
    )
    def clean_up(self, call: Call) -> Answer:
        """Start the job."""
        body = call.body(CleanUpBody)
        job = self._clean_up.start(
            call.session, _wish(body), confirmation=body.confirmation, accepts_orphans=body.keeps_remote_pairs
        )
        return Answer(job_document(job))

    @declares(
        Operation(
            "GET", "/clean-up/<job_id>/file", "Download the file that connects again what was removed", gives_file=True
        )
    )
    def get_clean_up_file(self, call: Call) -> Answer:
        """Answer with a CSV file."""
        name, pieces = self._clean_up.file(call.session, call.path["job_id"])
        return Answer(download=Download(name, pieces))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of clean-up."""
    return operations_of(CleanUpTab(services), TAG)


def _wish(body: WishBody) -> CleanUpWish:
    return CleanUpWish(body.scope, int(body.work_item_id or 0), body.connection_id or "")


def _preview_document(preview: CleanUpPreview) -> CleanUpPreviewDocument:
    return CleanUpPreviewDocument(
        key=preview.key,
        total=_metadata(preview.total),
        connections=[_connection(each) for each in preview.connections if each.metadata.twins],
        is_orphaning=bool(preview.orphaned),
    )


def _connection(each: ConnectionPreview) -> ConnectionCleanUpDocument:
    return ConnectionCleanUpDocument(
        id=each.connection.id,
        name=each.connection.name,
        status=each.connection.status,
        metadata=_metadata(each.metadata),
        orphaning=each.orphaning or None,
    )


def _metadata(metadata: SyncMetadata) -> SyncMetadataDocument:
    return SyncMetadataDocument(
        twins=metadata.twins,
        outgoing=metadata.outgoing,
        incoming=metadata.incoming,
        errors=metadata.errors,
        conflicts=metadata.conflicts,
        traces=metadata.traces,
    )
