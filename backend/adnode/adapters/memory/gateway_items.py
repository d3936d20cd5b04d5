"""Work items of the Azure DevOps in memory: what they hold and how revisions are made of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adnode.domain.documents import format_time
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import Attachment, Comment, CommentReference, WorkItemSnapshot

HTML_FIELDS = frozenset(
    {"System.Description", "Microsoft.VSTS.TCM.ReproSteps", "Microsoft.VSTS.Common.AcceptanceCriteria"}
)
HISTORY = "System.History"
COMMENT_COUNT = "System.CommentCount"
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Relation:
    """A link of a work item to a file or a web page."""

    url: str
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody changes of a work item at once. None leaves a thing as it is; "" clears a field."""

    fields: Mapping[str, object] = field(default_factory=dict)
    formats: Mapping[str, TextFormat] = field(default_factory=dict)
    history: str | None = None
    added: tuple[Relation, ...] = ()
    removed_indexes: tuple[int, ...] = ()


@dataclass(slots=True)
class MemoryWorkItem:
    """A work item as it is now. ``comment_reference`` is what the current revision is about."""

    id: int
    project: str
    fields: dict[str, object] = field(default_factory=dict)
    formats: dict[str, TextFormat] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    comments: dict[int, Comment] = field(default_factory=dict)
    revision: int = 0
    changed_at: datetime = _NEVER
    changed_by: str = ""
    comment_reference: CommentReference | None = None
    is_deleted: bool = False

    @property
    def type_name(self) -> str:
        """Return the name of its type."""
        return str(self.fields["System.WorkItemType"])

    @property
    def open_comments(self) -> list[Comment]:
        """Return the comments that are not deleted."""
        return [comment for comment in self.comments.values() if not comment.is_deleted]

    def link(self, added: Sequence[Relation], removed_indexes: Sequence[int]) -> None:
        """Remove and add relations. Their order is not that of insertion."""
        gone = set(removed_indexes)
        kept = [relation for index, relation in enumerate(self.relations) if index not in gone]
        self.relations = sorted([*kept, *added], key=lambda relation: hashlib.sha256(relation.url.encode()).digest())


def freeze(item: MemoryWorkItem, history: str | None, html_url: str, *, knows_markdown: bool) -> WorkItemSnapshot:
    """Return the current revision as it is read; ``history`` is the comment that it made."""
    fields = {
        **item.fields,
        "System.Id": item.id,
        "System.Rev": item.revision,
        "System.ChangedBy": item.changed_by,
        "System.ChangedDate": format_time(item.changed_at),
        COMMENT_COUNT: len(item.open_comments),
        "System.HyperLinkCount": sum(1 for relation in item.relations if relation.attachment is None),
    }
    if history:
        fields[HISTORY] = history
    return WorkItemSnapshot(
        id=item.id,
        revision=item.revision,
        project=item.project,
        type_name=item.type_name,
        fields=fields,
        changed_at=item.changed_at,
        changed_by=item.changed_by,
        html_url=html_url,
        formats=dict(item.formats) if knows_markdown else None,
        attachments=tuple(
            replace(relation.attachment, index=index)
            for index, relation in enumerate(item.relations)
            if relation.attachment is not None
        ),
        hyperlinks=tuple(relation.url for relation in item.relations if relation.attachment is None),
        comment_count=len(item.open_comments),
        comment_reference=item.comment_reference,
    )
