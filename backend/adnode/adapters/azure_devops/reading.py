"""Reading work items, their past, what changed, and what a query finds."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adnode.adapters.azure_devops.client import AzureDevOpsClient, Call
from adnode.adapters.azure_devops.documents import Document, read_snapshot, read_time
from adnode.adapters.azure_devops.failures import Operation
from adnode.adapters.azure_devops.resources import (
    PROJECTS,
    RECYCLE_BIN,
    REPORTED_REVISIONS,
    REVISIONS,
    WIQL,
    WORK_ITEMS,
)
from adnode.domain.errors import WorkItemNotFoundError
from adnode.domain.organization import OrganizationKind
from adnode.domain.work_item import TEAM_PROJECT, ChangePage, Project, RevisionChange, WorkItemSnapshot

READ_LIMIT = 200
"""Work items of one read (VS403474)."""
PROJECT_PAGE = 500
READ_RIGHT = "read work items (scope: Work Items, Read)"
PROJECT_RIGHT = "see projects (scope: Project and Team, Read)"
_FEED_FIELDS = ("System.Id", "System.Rev", TEAM_PROJECT, "System.ChangedDate", "System.IsDeleted")
_READ = Operation("read work items", READ_RIGHT)
_READ_REVISION = Operation("read an earlier revision", READ_RIGHT)
_READ_CHANGES = Operation("tell what changed", READ_RIGHT)
_READ_BIN = Operation("look into the recycle bin", READ_RIGHT)
_READ_PROJECTS = Operation("list projects", PROJECT_RIGHT)
_QUERY = Operation("run a query", READ_RIGHT, is_query=True)


@dataclass(slots=True)
class _Learned:
    """What was learned of the organization by reading."""

    knows_markdown: bool


class Reading:
    """The reading half of the gateway."""

    def __init__(self, client: AzureDevOpsClient, kind: OrganizationKind) -> None:
        self._client = client
        self._learned = _Learned(kind is OrganizationKind.SERVICES)

    @property
    def knows_markdown(self) -> bool:
        """Say whether texts may be Markdown: on Services always, on a Server once a work item was seen that tells."""
        return self._learned.knows_markdown

    def over(self, client: AzureDevOpsClient) -> "Reading":
        """Return one that reads over another client of the same organization, and learns with this one."""
        other = copy(self)
        other._client = client
        return other

    def read_work_items(self, work_item_ids: Sequence[int]) -> Mapping[int, WorkItemSnapshot]:
        """Return the current revisions, up to 200 a call; what can't be read is left out."""
        found: dict[int, WorkItemSnapshot] = {}
        for ids in _portions(list(dict.fromkeys(work_item_ids)), READ_LIMIT):
            query = {"ids": ids, "$expand": "relations", "errorPolicy": "omit"}
            snapshots = self._client.ask(Call("GET", WORK_ITEMS, _READ, query=query), self._take_in_all)
            found |= {snapshot.id: snapshot for snapshot in snapshots}
        return found

    def read_revision(self, work_item_id: int, revision: int) -> WorkItemSnapshot | None:
        """Return one past revision, None when it can't be read. No project is named: it may be in another by now."""
        route = {"id": work_item_id, "revisionNumber": revision}
        call = Call("GET", REVISIONS, _READ_REVISION, route, {"$expand": "relations"})
        try:
            return self._client.ask(call, self.take_in)
        except WorkItemNotFoundError:
            return None

    def read_changes(self, token: str | None, since: datetime | None) -> ChangePage:
        """Return the next page of the revisions of the whole organization, deleted work items included."""
        query: dict[str, object] = {"fields": _FEED_FIELDS, "includeDeleted": True}
        if token:
            query["continuationToken"] = token
        elif since is not None:
            query["startDateTime"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        call = Call("GET", REPORTED_REVISIONS, _READ_CHANGES, query=query)
        return self._client.ask(call, lambda document: _read_page(document, token))

    def query(self, project: str, wiql: str, limit: int | None = None) -> list[int]:
        """Return the ids that a query finds, of a query over links all ends of them; raises QueryRefusedError."""
        # Without timePrecision a time in the query is refused.
        query = {"timePrecision": True, "$top": limit}
        call = Call("POST", WIQL, _QUERY, {"project": project} if project else {}, query, {"query": wiql})
        return self._client.ask(call, lambda document: list(dict.fromkeys(_found_ids(document))))

    def is_deleted(self, project: str, work_item_id: int) -> bool:
        """Say whether the work item is in the recycle bin."""
        call = Call("GET", RECYCLE_BIN, _READ_BIN, {"project": project, "id": work_item_id})
        try:
            return self._client.ask(call, lambda entry: int(entry.get("code") or 200) == 200)
        except WorkItemNotFoundError:
            return False

    def list_projects(self) -> list[Project]:
        """Return every project that the identity sees."""
        found: list[Project] = []
        while True:
            query = {"stateFilter": "wellFormed", "$top": PROJECT_PAGE, "$skip": len(found)}
            page = self._client.ask(Call("GET", PROJECTS, _READ_PROJECTS, query=query), _read_projects)
            found += page
            if len(page) < PROJECT_PAGE:
                return found

    def take_in(self, document: Document) -> WorkItemSnapshot:
        """Return the snapshot of a document, and remember what it tells of the organization."""
        snapshot = read_snapshot(document, self._client.address)
        if snapshot.formats is not None:
            self._learned.knows_markdown = True
        return snapshot

    def _take_in_all(self, document: Document) -> list[WorkItemSnapshot]:
        return [self.take_in(entry) for entry in document["value"] if entry is not None]


def _portions(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _read_page(document: Document, token: str | None) -> ChangePage:
    return ChangePage(
        changes=tuple(_read_change(entry) for entry in document["values"]),
        token=str(document.get("continuationToken") or token or ""),
        is_last=bool(document["isLastBatch"]),
    )


def _read_projects(document: Document) -> list[Project]:
    return [Project(str(entry["id"]), str(entry["name"])) for entry in document["value"]]


def _read_change(entry: Document) -> RevisionChange:
    fields: Document = entry.get("fields") or {}
    return RevisionChange(
        work_item_id=int(entry["id"]),
        revision=int(entry["rev"]),
        project=str(fields.get(TEAM_PROJECT, "")),
        is_deleted=str(fields.get("System.IsDeleted", "")).lower() == "true",
        changed_at=read_time(fields.get("System.ChangedDate")),
    )


def _found_ids(document: Document) -> Iterator[int]:
    for entry in document.get("workItems") or ():
        yield int(entry["id"])
    for relation in document.get("workItemRelations") or ():
        for end in ("source", "target"):
            if relation.get(end):
                yield int(relation[end]["id"])
