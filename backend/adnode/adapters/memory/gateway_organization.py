"""An Azure DevOps organization in memory, as people work in it."""

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.adapters.memory.gateway_items import HTML_FIELDS, Change, MemoryWorkItem, Relation, freeze
from adnode.adapters.memory.gateway_processes import BUG, TypeRow, find_row, make_catalog
from adnode.adapters.memory.gateway_rules import check_change, check_comment
from adnode.adapters.memory.gateway_texts import normalize
from adnode.domain.documents import format_time
from adnode.domain.errors import (
    AttachmentTooLargeError,
    InvalidWriteError,
    ProjectNotFoundError,
    RevisionConflictError,
    WorkItemNotFoundError,
    WorkItemTypeNotFoundError,
)
from adnode.domain.organization import OrganizationKind
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import (
    REPRO_STEPS,
    TEAM_PROJECT,
    WORK_ITEM_TYPE,
    Attachment,
    Comment,
    CommentReference,
    ProcessCatalog,
    Project,
    RevisionChange,
    WorkItemSnapshot,
)

PERSON = "Paula Person"
ATTACHMENT_LIMIT = 60 * 1024 * 1024
"""Bytes of one attachment at most."""


class MemoryOrganization:
    """Projects, work items with their revisions, comments and files, the recycle bin and the change feed.

    Its public methods are what a person does in the web page; a gateway works in it under another name. The same calls
    give the same ids in every run. Safe to use from several threads.
    """

    def __init__(
        self,
        name: str,
        process: str = "Agile",
        *,
        projects: Iterable[str] = ("Fabrikam",),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        kind: OrganizationKind = OrganizationKind.SERVICES,
        knows_markdown: bool = True,
        attachment_limit: int = ATTACHMENT_LIMIT,
        url: str = "",
    ) -> None:
        self.name = name
        self.kind = kind
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        self.address = OrganizationAddress(url or f"https://dev.azure.com/{name}")
        self.projects = [Project(self._make_id(f"project {each}"), each) for each in projects]
        self.disabled_types: set[str] = set()
        self.keeps_hidden_fields = False
        """Whether a field that a new type does not have keeps its value; what is documented is that it goes."""
        self.files: dict[str, tuple[str, bytes]] = {}
        self.lock = threading.RLock()
        self.feed: list[RevisionChange] = []
        self._process = process
        self._clock = clock
        self._knows_markdown = knows_markdown
        self.attachment_limit = attachment_limit
        self._items: dict[int, MemoryWorkItem] = {}
        self._revisions: dict[int, list[WorkItemSnapshot]] = {}
        self._item_ids, self._comment_ids, self._file_ids = count(1), count(1), count(1)

    # what a person does ----------------------------------------------------------------------------------------------

    def create(
        self,
        project: str,
        type_name: str,
        fields: Mapping[str, object],
        formats: Mapping[str, TextFormat] | None = None,
        *,
        by: str = PERSON,
    ) -> int:
        """Make a work item and return its number."""
        return self.insert(project, type_name, Change(fields, formats or {}), by).id

    def edit(
        self,
        work_item_id: int,
        fields: Mapping[str, object],
        formats: Mapping[str, TextFormat] | None = None,
        *,
        by: str = PERSON,
    ) -> int:
        """Set fields ("" clears one) and return the revision that the work item has then."""
        return self.apply(work_item_id, None, Change(fields, formats or {}), by).revision

    def change_type(self, work_item_id: int, type_name: str, *, by: str = PERSON) -> None:
        """Make it a work item of another type; a state that the type does not have becomes its initial one."""
        self.edit(work_item_id, {WORK_ITEM_TYPE: type_name}, by=by)

    def move(self, work_item_id: int, project: str, *, by: str = PERSON) -> None:
        """Move it to another project; number, comments and files stay."""
        self.edit(work_item_id, {TEAM_PROJECT: project}, by=by)

    def now(self) -> datetime:
        """Return the time by the organization's own clock."""
        return self._clock()

    def comment(
        self, work_item_id: int, text: str, text_format: TextFormat = TextFormat.HTML, *, by: str = PERSON
    ) -> int:
        """Add a comment and return its number."""
        with self.lock:
            item = self.item(work_item_id)
            check_comment(text_format, knows_markdown=self._knows_markdown)
            made = self._add_comment(item, text, text_format, by)
            self._commit(item, by)
            return made.id

    def edit_comment(
        self,
        work_item_id: int,
        comment_id: int,
        text: str,
        text_format: TextFormat = TextFormat.HTML,
        *,
        by: str = PERSON,
    ) -> Comment:
        """Replace the text of a comment."""
        check_comment(text_format, knows_markdown=self._knows_markdown)
        stored = normalize(text, text_format)
        return self._change_comment(work_item_id, comment_id, by, text=stored, format=text_format)

    def delete_comment(self, work_item_id: int, comment_id: int, *, by: str = PERSON) -> None:
        """Delete a comment."""
        self._change_comment(work_item_id, comment_id, by, is_deleted=True)

    def upload(self, name: str, content: bytes) -> str:
        """Keep a file that belongs to no work item yet and return its URL."""
        with self.lock:
            if len(content) > self.attachment_limit:
                raise AttachmentTooLargeError(
                    f"File {name} is larger than the {self.attachment_limit} bytes that Azure DevOps takes.",
                    status=400,
                )
            file_id = self._make_id(f"file {next(self._file_ids)}")
            self.files[file_id] = (name, content)
            return self.address.file_url(file_id, name)

    def attach(self, work_item_id: int, name: str, content: bytes, comment: str = "", *, by: str = PERSON) -> str:
        """Attach a file and return its id."""
        relation = self.make_file_relation(self.upload(name, content), name, comment)
        self.apply(work_item_id, None, Change(added=(relation,)), by)
        return relation.attachment.id if relation.attachment else ""

    def detach(self, work_item_id: int, attachment_id: str, *, by: str = PERSON) -> None:
        """Take a file off the work item."""
        with self.lock:
            relations = self.item(work_item_id).relations
            index = next(
                index
                for index, each in enumerate(relations)
                if each.attachment is not None and each.attachment.id == attachment_id
            )
            self.apply(work_item_id, None, Change(removed_indexes=(index,)), by)

    def delete(self, work_item_id: int, *, by: str = PERSON) -> None:
        """Move the work item to the recycle bin."""
        with self.lock:
            item = self.item(work_item_id)
            item.is_deleted = True
            self._commit(item, by)

    def restore(self, work_item_id: int, *, by: str = PERSON) -> None:
        """Take the work item out of the recycle bin."""
        with self.lock:
            item = self._items[work_item_id]
            item.is_deleted = False
            self._commit(item, by)

    # what a gateway needs beyond -------------------------------------------------------------------------------------

    def insert(self, project: str, type_name: str, change: Change, by: str) -> WorkItemSnapshot:
        """Make a work item; raises RuleViolationError and other refusals of Azure DevOps."""
        with self.lock:
            row = self._find_type(project, type_name)
            now = format_time(self._clock())
            item = MemoryWorkItem(0, self.find_project(project).name)
            item.fields = {
                WORK_ITEM_TYPE: row.name,
                TEAM_PROJECT: item.project,
                "System.State": row.states[0],
                "System.CreatedBy": by,
                "System.CreatedDate": now,
            }
            self._check(item, change)
            item.id = next(self._item_ids)
            self._items[item.id] = item
            self._revisions[item.id] = []
            self._set_fields(item, change)
            return self._finish(item, change, by)

    def apply(self, work_item_id: int, revision: int | None, change: Change, by: str) -> WorkItemSnapshot:
        """Change a work item, at that revision if one is given; nothing to change makes no revision."""
        with self.lock:
            item = self.item(work_item_id)
            if revision is not None and item.revision != revision:
                raise RevisionConflictError(
                    f"Work item {work_item_id} was changed meanwhile: it has revision {item.revision}, not {revision}.",
                    status=412,
                )
            self._check(item, change)
            before = (dict(item.fields), dict(item.formats), list(item.relations))
            self._set_fields(item, change)
            item.link(change.added, change.removed_indexes)
            if before == (item.fields, item.formats, item.relations) and change.history is None:
                return self._revisions[work_item_id][-1]
            return self._finish(item, change, by, is_linked=True)

    def item(self, work_item_id: int) -> MemoryWorkItem:
        """Return a work item that is not in the recycle bin; raises WorkItemNotFoundError."""
        item = self._items.get(work_item_id)
        if item is None or item.is_deleted:
            raise WorkItemNotFoundError(
                f"Work item {work_item_id} does not exist, or the account of this node may not read it.", status=404
            )
        return item

    def is_deleted(self, work_item_id: int, project: str = "") -> bool:
        """Say whether it is in the recycle bin (of that project, if one is named)."""
        item = self._items.get(work_item_id)
        return item is not None and item.is_deleted and project in ("", item.project)

    def snapshot(self, work_item_id: int) -> WorkItemSnapshot:
        """Return the work item as it is; raises WorkItemNotFoundError."""
        with self.lock:
            self.item(work_item_id)
            return self._revisions[work_item_id][-1]

    def revisions(self, work_item_id: int) -> list[WorkItemSnapshot]:
        """Return all revisions, oldest first; raises WorkItemNotFoundError."""
        with self.lock:
            self.item(work_item_id)
            return list(self._revisions[work_item_id])

    def comments(self, work_item_id: int) -> tuple[Comment, ...]:
        """Return all comments, deleted ones included, oldest first; raises WorkItemNotFoundError."""
        with self.lock:
            return tuple(self.item(work_item_id).comments.values())

    def snapshots(self) -> list[WorkItemSnapshot]:
        """Return every work item that is not deleted."""
        with self.lock:
            return [self._revisions[item.id][-1] for item in self._items.values() if not item.is_deleted]

    def find_project(self, name: str) -> Project:
        """Return a project by name or id; raises ProjectNotFoundError."""
        for project in self.projects:
            if name.casefold() in (project.name.casefold(), project.id):
                return project
        raise ProjectNotFoundError(
            f"Project {name} does not exist in {self.name}, or the account of this node may not see it.", status=404
        )

    def catalog(self, project: str) -> ProcessCatalog:
        """Return the work item types of a project."""
        return make_catalog(
            self.find_project(project).name,
            self._process,
            knows_markdown=self._knows_markdown,
            disabled=frozenset(self.disabled_types),
        )

    def make_file_relation(self, url: str, name: str, comment: str) -> Relation:
        """Return the link to an uploaded file; raises InvalidWriteError for a URL that is none of ours."""
        file_id = self.address.file_id(url) or ""
        if file_id not in self.files:
            raise InvalidWriteError(f"Azure DevOps knows no attachment {url}.", status=400)
        uploaded_name, content = self.files[file_id]
        return Relation(url, Attachment(file_id, url, name or uploaded_name, len(content), comment, 0, self._clock()))

    # how it works ----------------------------------------------------------------------------------------------------

    def _make_id(self, subject: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name} {subject}"))

    def _find_type(self, project: str, type_name: str) -> TypeRow:
        self.find_project(project)
        row = find_row(self._process, type_name)
        if row is None or row.name in self.disabled_types:
            raise WorkItemTypeNotFoundError(f"Project {project} has no enabled work item type {type_name}.", status=404)
        return row

    def _check(self, item: MemoryWorkItem, change: Change) -> None:
        check_change(item, change, knows_markdown=self._knows_markdown)
        if type_name := change.fields.get(WORK_ITEM_TYPE):
            self._find_type(item.project, str(type_name))
        if project := change.fields.get(TEAM_PROJECT):
            self.find_project(str(project))

    def _set_fields(self, item: MemoryWorkItem, change: Change) -> None:
        item.formats.update({name: each for name, each in change.formats.items() if each is TextFormat.MARKDOWN})
        for name, value in change.fields.items():
            stored = normalize(str(value), item.formats.get(name, TextFormat.HTML)) if name in HTML_FIELDS else value
            if stored in ("", None):
                item.fields.pop(name, None)
            else:
                item.fields[name] = stored.strip() if isinstance(stored, str) else stored
        item.project = self.find_project(str(item.fields[TEAM_PROJECT])).name
        row = self._find_type(item.project, item.type_name)
        item.fields |= {TEAM_PROJECT: item.project, WORK_ITEM_TYPE: row.name}
        if item.fields.get("System.State") not in row.states:
            item.fields["System.State"] = row.states[0]
        if row.category != BUG and not self.keeps_hidden_fields:
            item.fields.pop(REPRO_STEPS, None)

    def _finish(self, item: MemoryWorkItem, change: Change, by: str, *, is_linked: bool = False) -> WorkItemSnapshot:
        if not is_linked:
            item.link(change.added, ())
        history = None
        if change.history:
            history = self._add_comment(item, change.history, TextFormat.HTML, by).text
        return self._commit(item, by, history)

    def _add_comment(self, item: MemoryWorkItem, text: str, text_format: TextFormat, by: str) -> Comment:
        now = self._clock()
        made = Comment(next(self._comment_ids), normalize(text, text_format), text_format, by, now, now)
        item.comments[made.id] = made
        item.comment_reference = CommentReference(made.id, 1)
        return made

    def _change_comment(self, work_item_id: int, comment_id: int, by: str, **changes: object) -> Comment:
        with self.lock:
            item = self.item(work_item_id)
            known = item.comments.get(comment_id)
            if known is None or known.is_deleted:
                raise WorkItemNotFoundError(f"Work item {work_item_id} has no comment {comment_id}.", status=404)
            changed: Comment = replace(known, modified_at=self._clock(), **changes)  # type: ignore[arg-type]
            item.comments[comment_id] = changed
            item.comment_reference = CommentReference(comment_id, 2)
            self._commit(item, by)
            return changed

    def _commit(self, item: MemoryWorkItem, by: str, history: str | None = None) -> WorkItemSnapshot:
        """Make the next revision of what the work item holds now."""
        item.revision += 1
        item.changed_at, item.changed_by = self._clock(), by
        url = self.address.work_item_url(item.id)
        snapshot = freeze(item, history, url, knows_markdown=self._knows_markdown)
        item.comment_reference = None
        self._revisions[item.id].append(snapshot)
        self.feed.append(RevisionChange(item.id, item.revision, item.project, item.is_deleted, item.changed_at))
        return snapshot
