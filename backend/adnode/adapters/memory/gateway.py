"""The gateway to an Azure DevOps in memory."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from math import ceil

from adnode.adapters.memory.gateway_failures import Disturb, Moment
from adnode.adapters.memory.gateway_items import Change, Relation
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.gateway_queries import parse
from adnode.domain.errors import (
    AuthenticationFailedError,
    GatewayError,
    GatewayUnavailableError,
    NotFoundError,
    QueryTooLargeError,
    WorkItemNotFoundError,
)
from adnode.domain.organization import Credential, OrganizationReport, PersonalAccessToken, RightCheck
from adnode.domain.rich_text import TextFormat
from adnode.domain.trigger import MATCH_LIMIT
from adnode.domain.work_item import (
    ChangePage,
    Comment,
    ProcessCatalog,
    Project,
    WorkItemSnapshot,
    WorkItemWrite,
)
from adnode.ports.gateway import (
    ContentStream,
    OrganizationGateways,
    UploadedAttachment,
    WorkItemGateway,
    WriteOutcome,
)

BATCH_LIMIT = 200
FEED_PAGE = 1000
CHUNK_SIZE = 64 * 1024


def _ignore(operation: str, moment: Moment) -> None:
    """Disturb nothing."""


def _let_pass() -> None:
    """Say nothing against a call."""


class MemoryGateway:
    """WorkItemGateway to a MemoryOrganization, as the account ``identity``.

    ``calls`` counts what Azure DevOps would be asked, by operation. ``disturb`` may make any call fail.
    """

    def __init__(
        self,
        organization: MemoryOrganization,
        identity: str = "Robot",
        *,
        disturb: Disturb = _ignore,
        feed_page: int = FEED_PAGE,
    ) -> None:
        self.organization = organization
        self.identity = identity
        self._disturbances = [disturb]
        self.calls: Counter[str] = Counter()
        self.missing_rights: set[str] = set()
        self.match_limit = MATCH_LIMIT
        self._feed_page = feed_page
        self._check: Callable[[], None] = _let_pass

    @property
    def disturb(self) -> Disturb:
        """What may make a call fail; the same for all gateways that this one was guarded into."""
        return self._disturbances[0]

    @disturb.setter
    def disturb(self, disturb: Disturb) -> None:
        self._disturbances[0] = disturb

    def check(self) -> OrganizationReport:
        """Report the identity and its rights."""
        with self._call("check"):
            names = ("read work items", "write work items")
            rights = [RightCheck(name, name not in self.missing_rights, f"Give {name}.") for name in names]
            organization = self.organization
            return OrganizationReport(
                organization_id=organization.id,
                name=organization.name,
                kind=organization.kind,
                identity=self.identity,
                identity_id=self.identity.lower(),
                rights=tuple(rights),
            )

    def time(self) -> datetime:
        """Return the organization's time."""
        # No call: it is what the last answer told.
        self.disturb("time", Moment.BEFORE)
        return self.organization.now()

    def list_projects(self) -> list[Project]:
        """Return every project."""
        with self._call("list_projects"):
            return list(self.organization.projects)

    def read_catalog(self, project: str) -> ProcessCatalog:
        """Return the project's types."""
        with self._call("read_catalog"):
            return self.organization.catalog(project)

    def read_work_items(self, work_item_ids: Sequence[int]) -> Mapping[int, WorkItemSnapshot]:
        """Return the current revisions; what can't be read is left out."""
        found: dict[int, WorkItemSnapshot] = {}
        ids = list(dict.fromkeys(work_item_ids))
        with self._call("read_work_items", ceil(len(ids) / BATCH_LIMIT)):
            for work_item_id in ids:
                try:
                    found[work_item_id] = self.organization.snapshot(work_item_id)
                except WorkItemNotFoundError:
                    continue
        return found

    def read_comments(self, project: str, work_item_id: int) -> tuple[Comment, ...]:
        """Return all comments, oldest first."""
        with self._call("read_comments"):
            self._check_place(project, work_item_id)
            return self.organization.comments(work_item_id)

    def read_revision(self, work_item_id: int, revision: int) -> WorkItemSnapshot | None:
        """Return one past revision, or None."""
        with self._call("read_revision"):
            try:
                revisions = self.organization.revisions(work_item_id)
            except WorkItemNotFoundError:
                return None
            return revisions[revision - 1] if 0 < revision <= len(revisions) else None

    def read_changes(self, token: str | None, since: datetime | None) -> ChangePage:
        """Return the next page of the change feed; the token is a place in it."""
        with self._call("read_changes"):
            feed = self.organization.feed
            start = int(token) if token else 0
            if token is None and since is not None:
                start = next((place for place, row in enumerate(feed) if row.changed_at >= since), len(feed))
            end = min(start + self._feed_page, len(feed))
            changes = [row for row in feed[start:end] if since is None or row.changed_at >= since]
            return ChangePage(tuple(changes), str(end), end == len(feed))

    def query(self, project: str, wiql: str, limit: int | None = None) -> list[int]:
        """Return the ids that match, as many of them as are asked for; raises QueryRefusedError."""
        with self._call("query"):
            query = parse(wiql, self.organization.find_project(project).name if project else "")
            found = query.find((one.id, one.fields) for one in self.organization.snapshots())
            if limit is None and len(found) > self.match_limit:
                raise QueryTooLargeError(f"The query finds more than {self.match_limit} work items.", status=400)
            return found[:limit]

    def write_work_items(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        """Create or update work items, entry by entry; a call without an answer leaves every outcome unknown."""
        outcomes: list[WriteOutcome] = []
        for start in range(0, len(writes), BATCH_LIMIT):
            outcomes += self._write_batch(writes[start : start + BATCH_LIMIT])
        return outcomes

    def add_comment(self, project: str, work_item_id: int, text: str, text_format: TextFormat) -> Comment:
        """Add one comment."""
        with self._call("add_comment"):
            self._check_place(project, work_item_id)
            made = self.organization.comment(work_item_id, text, text_format, by=self.identity)
            return self._comment(work_item_id, made)

    def edit_comment(
        self, project: str, work_item_id: int, comment_id: int, text: str, text_format: TextFormat
    ) -> Comment:
        """Replace the text of a comment."""
        with self._call("edit_comment"):
            self._check_place(project, work_item_id)
            return self.organization.edit_comment(work_item_id, comment_id, text, text_format, by=self.identity)

    def delete_comment(self, project: str, work_item_id: int, comment_id: int) -> None:
        """Delete a comment."""
        with self._call("delete_comment"):
            self._check_place(project, work_item_id)
            self.organization.delete_comment(work_item_id, comment_id, by=self.identity)

    def upload_attachment(self, project: str, name: str, stream: ContentStream) -> UploadedAttachment:
        """Keep a file; raises AttachmentTooLargeError."""
        content = b"".join(stream.chunks)
        with self._call("upload_attachment"):
            self.organization.find_project(project)
            url = self.organization.upload(name, content)
            return UploadedAttachment(self.organization.address.file_id(url) or "", url)

    @contextmanager
    def open_attachment(self, attachment_id: str, name: str) -> Iterator[ContentStream]:
        """Open a file."""
        with self._call("open_attachment"):
            if attachment_id not in self.organization.files:
                raise WorkItemNotFoundError(f"File {name} ({attachment_id}) is not there any more.", status=404)
            _, content = self.organization.files[attachment_id]
        yield ContentStream(_cut(content), len(content))

    def is_deleted(self, project: str, work_item_id: int) -> bool:
        """Say whether it is in the recycle bin."""
        with self._call("is_deleted"):
            place = self.organization.find_project(project)
            return self.organization.is_deleted(work_item_id, place.name)

    def work_item_url(self, work_item_id: int) -> str:
        """Return the page of a work item."""
        return self.organization.address.work_item_url(work_item_id)

    def file_id(self, url: str) -> str | None:
        """Return the attachment id in a URL of this organization."""
        return self.organization.address.file_id(url)

    def file_url(self, attachment_id: str, name: str) -> str:
        """Return the URL of an attachment."""
        return self.organization.address.file_url(attachment_id, name)

    def guarded_by(self, check: Callable[[], None]) -> "MemoryGateway":
        """Return the same gateway with that check before each call."""
        guarded = copy(self)
        guarded._check = check
        return guarded

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _check_place(self, project: str, work_item_id: int) -> None:
        """Raise WorkItemNotFoundError for a work item of another project: a discussion is found under its own only."""
        if self.organization.item(work_item_id).project != self.organization.find_project(project).name:
            raise WorkItemNotFoundError(f"Project {project} has no work item {work_item_id}.", status=404)

    @contextmanager
    def _call(self, operation: str, calls: int = 1) -> Iterator[None]:
        self.calls[operation] += calls
        self.disturb(operation, Moment.BEFORE)
        self._check()
        with self.organization.lock:
            yield
        self.disturb(operation, Moment.AFTER)

    def _write_batch(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        outcomes: list[WriteOutcome] = []
        try:
            with self._call("write_work_items"):
                outcomes += [self._write_entry(write) for write in writes]
        except GatewayError as error:
            return [WriteOutcome(error=error)] * len(writes)
        return outcomes

    def _write_entry(self, write: WorkItemWrite) -> WriteOutcome:
        """Write one entry of a batch: an error stays with it."""
        try:
            self.disturb("write_work_item", Moment.BEFORE)
            outcome = self._write(write)
            self.disturb("write_work_item", Moment.AFTER)
        except GatewayError as error:
            return WriteOutcome(error=error)
        return outcome

    def _write(self, write: WorkItemWrite) -> WriteOutcome:
        try:
            snapshot = self._execute(write)
        except GatewayError as error:
            return WriteOutcome(error=error)
        if write.history is None:
            return WriteOutcome(snapshot)
        reference = snapshot.comment_reference
        return WriteOutcome(snapshot, reference.id if reference else None, snapshot.text("System.History"))

    def _execute(self, write: WorkItemWrite) -> WorkItemSnapshot:
        organization = self.organization
        added = [organization.make_file_relation(new.url, new.name, new.comment) for new in write.add_attachments]
        change = Change(
            fields=write.fields,
            formats=write.formats,
            history=write.history,
            added=(*added, *(Relation(url) for url in write.add_hyperlinks)),
            removed_indexes=write.remove_relation_indexes,
        )
        if write.work_item_id is None:
            return organization.insert(write.project, write.type_name, change, self.identity)
        return organization.apply(write.work_item_id, write.revision, change, self.identity)

    def _comment(self, work_item_id: int, comment_id: int) -> Comment:
        return next(one for one in self.organization.comments(work_item_id) if one.id == comment_id)


class MemoryGateways:
    """OrganizationGateways of organizations in memory. ``refused_tokens`` open none of them; ``forgotten`` tells which
    organizations' credentials changed.
    """

    def __init__(self, *gateways: MemoryGateway) -> None:
        self.gateways = {gateway.organization.id: gateway for gateway in gateways}
        self.refused_tokens: set[str] = set()
        self.forgotten: list[str] = []

    def get(self, organization_id: str) -> WorkItemGateway:
        """Return the gateway; raises NotFoundError."""
        if organization_id not in self.gateways:
            raise NotFoundError(f"This node serves no organization {organization_id}.")
        return self.gateways[organization_id]

    @contextmanager
    def open(self, url: str, credential: Credential) -> Iterator[WorkItemGateway]:
        """Open the gateway of the organization at that URL."""
        if isinstance(credential, PersonalAccessToken) and credential.token in self.refused_tokens:
            raise AuthenticationFailedError("Azure DevOps does not accept the credential.", status=401)
        for gateway in self.gateways.values():
            if gateway.organization.address.url.casefold() == url.casefold():
                yield gateway
                return
        raise GatewayUnavailableError(f"{url} can't be reached.")

    def forget(self, organization_id: str) -> None:
        """Note that the credential changed."""
        self.forgotten.append(organization_id)

    def close(self) -> None:
        """Close every gateway."""
        for gateway in self.gateways.values():
            gateway.close()


def _cut(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK_SIZE):
        yield content[start : start + CHUNK_SIZE]


_: Callable[[MemoryOrganization], WorkItemGateway] = MemoryGateway
__: Callable[[], OrganizationGateways] = MemoryGateways
"""The type checker proves here that they are what the ports say."""
