"""Port to Azure DevOps."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adnode.domain.errors import GatewayError
from adnode.domain.organization import Credential, OrganizationReport
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import (
    ChangePage,
    Comment,
    ProcessCatalog,
    Project,
    WorkItemSnapshot,
    WorkItemWrite,
)


@dataclass(frozen=True, slots=True)
class ContentStream:
    """Bytes of a file as they come, in chunks; ``size`` in bytes, None when not announced."""

    chunks: Iterator[bytes]
    size: int | None


@dataclass(frozen=True, slots=True)
class UploadedAttachment:
    """An attachment that Azure DevOps holds but no work item links yet."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What came of one write: the work item as given back, or the error. ``comment_id`` is the comment that
    ``history`` became.
    """

    snapshot: WorkItemSnapshot | None = None
    comment_id: int | None = None
    comment_text: str = ""
    error: GatewayError | None = None


class WorkItemGateway(Protocol):
    """One organization, through one credential. Every method raises GatewayError subclasses only.

    Implementations keep connections alive, pace themselves by Retry-After and the rate-limit headers, and retry reads;
    writes are never retried inside.
    """

    def check(self) -> OrganizationReport:
        """Try the credential: who it is, which organization answers, which rights it has."""

    def time(self) -> datetime:
        """Return the time by Azure DevOps, true to a second or two: as its last answer told, and what passed since."""

    def list_projects(self) -> list[Project]:
        """Return every project the identity sees."""

    def read_catalog(self, project: str) -> ProcessCatalog:
        """Return the project's work item types with categories and fields (cached for minutes)."""

    def read_work_items(self, work_item_ids: Sequence[int]) -> Mapping[int, WorkItemSnapshot]:
        """Return the current revisions with all fields and relations, 200 a call; ids that can't be read are
        left out.
        """

    def read_comments(self, project: str, work_item_id: int) -> tuple[Comment, ...]:
        """Return all comments, deleted ones included, oldest first.

        Comments are found under the project that the work item is in. Here and below, WorkItemNotFoundError says that
        there is no such comment, or that the work item is not in that project (any more).
        """

    def read_revision(self, work_item_id: int, revision: int) -> WorkItemSnapshot | None:
        """Return one past revision, or None when there is none of that number."""

    def read_changes(self, token: str | None, since: datetime | None) -> ChangePage:
        """Return the next page of the change feed of the whole organization; ``since`` starts a new feed when
        token is None.
        """

    def query(self, project: str, wiql: str, limit: int | None = None) -> list[int]:
        """Return the ids that a WIQL query matches, the first ``limit`` of them, with ``project`` for its macro and ''
        for none; raises QueryRefusedError for a query
        that is wrong, QueryTooLargeError for one that matches over 20,000 without a limit, QueryTooSlowError.
        """

    def write_work_items(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        """Create or update work items: one by its own call, several in ``$batch`` calls of at most 200;
        outcomes in order.

        Several writes to one work item may stand in one call; they are executed in order. When the whole call has no
        answer, every outcome carries an error with ``effect_unknown``.
        """

    def add_comment(self, project: str, work_item_id: int, text: str, text_format: TextFormat) -> Comment:
        """Add one comment through the Comments API."""

    def edit_comment(
        self, project: str, work_item_id: int, comment_id: int, text: str, text_format: TextFormat
    ) -> Comment:
        """Replace the text of a comment."""

    def delete_comment(self, project: str, work_item_id: int, comment_id: int) -> None:
        """Delete a comment."""

    def upload_attachment(self, project: str, name: str, stream: ContentStream) -> UploadedAttachment:
        """Upload a file as it streams in; raises AttachmentTooLargeError."""

    def open_attachment(self, attachment_id: str, name: str) -> AbstractContextManager[ContentStream]:
        """Open a file of this organization for streaming."""

    def is_deleted(self, project: str, work_item_id: int) -> bool:
        """Say whether the work item is in the recycle bin."""

    def work_item_url(self, work_item_id: int) -> str:
        """Return the address of the work item's page for people."""

    def file_id(self, url: str) -> str | None:
        """Return the attachment id when the URL is an attachment of this very organization (any of its host
        forms), else None.
        """

    def file_url(self, attachment_id: str, name: str) -> str:
        """Return the URL under which texts of this organization show the attachment."""

    def guarded_by(self, check: Callable[[], None]) -> "WorkItemGateway":
        """Return the same gateway for work that has to end in time: ``check`` is called right before anything is sent,
        and when it raises nothing is. What it raises comes out of the call.
        """

    def close(self) -> None:
        """Close the connections."""


class GatewayProvider(Protocol):
    """Gives the gateway of an organization that this node serves."""

    def get(self, organization_id: str) -> WorkItemGateway:
        """Return the (shared, thread-safe) gateway; raises NotFoundError for an unknown organization."""


class OrganizationGateways(GatewayProvider, Protocol):
    """Also opens organizations that this node does not serve yet, and hears when a credential changed."""

    def open(self, url: str, credential: Credential) -> AbstractContextManager[WorkItemGateway]:
        """Open a gateway for trying a credential; it is closed at the end."""

    def forget(self, organization_id: str) -> None:
        """Close the organization's gateway; the next ``get`` makes a new one from what is stored then."""


def chunk_stream(chunks: Iterable[bytes], size: int | None = None) -> ContentStream:
    """Wrap chunks as a stream."""
    return ContentStream(iter(chunks), size)
