"""The gateway to one Azure DevOps organization over the official client."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.adapters.azure_devops.attachments import SERVICES_LIMIT, Attachments
from adnode.adapters.azure_devops.catalog import Catalogs
from adnode.adapters.azure_devops.checks import Checks
from adnode.adapters.azure_devops.client import CALL_SECONDS, AzureDevOpsClient
from adnode.adapters.azure_devops.comments import Comments
from adnode.adapters.azure_devops.credentials import SignIn
from adnode.adapters.azure_devops.pacing import Pace
from adnode.adapters.azure_devops.reading import Reading
from adnode.adapters.azure_devops.writing import Writing
from adnode.domain.organization import OrganizationKind, OrganizationReport
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import ChangePage, Comment, ProcessCatalog, Project, WorkItemSnapshot, WorkItemWrite
from adnode.ports.gateway import ContentStream, UploadedAttachment, WorkItemGateway, WriteOutcome


class AzureDevOpsGateway:
    """WorkItemGateway over HTTP. Safe to use from several threads."""

    def __init__(
        self, url: str, sign_in: SignIn, pace: Pace, kind: OrganizationKind, call_seconds: float = CALL_SECONDS
    ) -> None:
        self._address = OrganizationAddress(url)
        self._client = AzureDevOpsClient(self._address, sign_in, pace, call_seconds=call_seconds)
        self._file_limit = SERVICES_LIMIT if kind is OrganizationKind.SERVICES else None
        self._reading = Reading(self._client, kind)
        self._catalogs = Catalogs(self._client, self._reading)
        self._checks = Checks(self._client, self._reading)
        self._use(self._client)

    def _use(self, client: AzureDevOpsClient) -> None:
        """Take the client for everything that keeps nothing of its own."""
        self._comments = Comments(client, self._reading)
        self._writing = Writing(client, self._reading, self._comments)
        self._attachments = Attachments(client, self._file_limit)

    def check(self) -> OrganizationReport:
        """Try the credential."""
        return self._checks.check()

    def time(self) -> datetime:
        """Return the time by Azure DevOps."""
        return self._checks.time()

    def list_projects(self) -> list[Project]:
        """Return every project the identity sees."""
        return self._reading.list_projects()

    def read_catalog(self, project: str) -> ProcessCatalog:
        """Return the project's work item types."""
        return self._catalogs.read(project)

    def read_work_items(self, work_item_ids: Sequence[int]) -> Mapping[int, WorkItemSnapshot]:
        """Return the current revisions."""
        return self._reading.read_work_items(work_item_ids)

    def read_comments(self, project: str, work_item_id: int) -> tuple[Comment, ...]:
        """Return all comments, oldest first."""
        return self._comments.read_comments(project, work_item_id)

    def read_revision(self, work_item_id: int, revision: int) -> WorkItemSnapshot | None:
        """Return one past revision, or None."""
        return self._reading.read_revision(work_item_id, revision)

    def read_changes(self, token: str | None, since: datetime | None) -> ChangePage:
        """Return the next page of the change feed."""
        return self._reading.read_changes(token, since)

    def query(self, project: str, wiql: str, limit: int | None = None) -> list[int]:
        """Return the ids that match."""
        return self._reading.query(project, wiql, limit)

    def write_work_items(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        """Create or update work items."""
        return self._writing.write_work_items(writes)

    def add_comment(self, project: str, work_item_id: int, text: str, text_format: TextFormat) -> Comment:
        """Add one comment."""
        return self._comments.add(project, work_item_id, text, text_format)

    def edit_comment(
        self, project: str, work_item_id: int, comment_id: int, text: str, text_format: TextFormat
    ) -> Comment:
        """Replace the text of a comment."""
        return self._comments.edit(project, work_item_id, comment_id, text, text_format)

    def delete_comment(self, project: str, work_item_id: int, comment_id: int) -> None:
        """Delete a comment."""
        self._comments.delete(project, work_item_id, comment_id)

    def upload_attachment(self, project: str, name: str, stream: ContentStream) -> UploadedAttachment:
        """Upload a file as it streams in."""
        return self._attachments.upload(project, name, stream)

    @contextmanager
    def open_attachment(self, attachment_id: str, name: str) -> Iterator[ContentStream]:
        """Open a file for streaming."""
        with self._attachments.open(attachment_id, name) as stream:
            yield stream

    def is_deleted(self, project: str, work_item_id: int) -> bool:
        """Say whether the work item is in the recycle bin."""
        return self._reading.is_deleted(project, work_item_id)

    def work_item_url(self, work_item_id: int) -> str:
        """Return the page of a work item."""
        return self._address.work_item_url(work_item_id)

    def file_id(self, url: str) -> str | None:
        """Return the attachment id in a URL of this organization."""
        return self._address.file_id(url)

    def file_url(self, attachment_id: str, name: str) -> str:
        """Return the URL of an attachment."""
        return self._address.file_url(attachment_id, name)

    def guarded_by(self, check: Callable[[], None]) -> "AzureDevOpsGateway":
        """Return the same gateway with that check before anything is sent."""
        guarded, client = copy(self), self._client.guarded_by(check)
        guarded._reading = self._reading.over(client)
        guarded._use(client)
        return guarded

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


_: Callable[[str, SignIn, Pace, OrganizationKind], WorkItemGateway] = AzureDevOpsGateway
"""The type checker proves here that it is a gateway."""
