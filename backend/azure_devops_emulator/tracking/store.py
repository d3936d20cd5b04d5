"""All work items of an organization, and the logs from which changes are read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from azure_devops_emulator.identities import Identity
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.statistics import Statistics
from azure_devops_emulator.tracking.drafts import Author, Draft
from azure_devops_emulator.tracking.link_types import find_link_type
from azure_devops_emulator.tracking.links import opposite, ordered
from azure_devops_emulator.tracking.work_item import (
    Comment,
    CommentReference,
    CommentVersion,
    Relation,
    Revision,
    Update,
    WorkItem,
)

_UNCOUNTED = frozenset({"System.ChangedBy", "System.ChangedDate"})


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link between work items that came or went."""

    watermark: int
    rel: str
    source_id: int
    target_id: int
    moment: datetime
    by: Identity
    is_active: bool
    comment: str | None


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving a draft did: the update, None when there was nothing to change."""

    item: WorkItem
    update: Update | None


class WorkItemStore:
    """The work items of one organization. Use it under the organization's lock."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._items: dict[int, WorkItem] = {}
        self._next_id = itertools.count(1)
        self.comment_ids = itertools.count(1)
        self.relation_ids = itertools.count(1)
        self.watermark = 0
        self.revision_log: list[tuple[int, WorkItem, Revision]] = []
        self.link_log: list[LinkChange] = []

    def __iter__(self) -> Iterator[WorkItem]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def find(self, identifier: int, *, deleted: bool = False) -> WorkItem | None:
        """The work item, or the one in the recycle bin when `deleted`; None if there is none."""
        item = self._items.get(identifier)
        return item if item is not None and item.is_deleted == deleted else None

    def save(self, draft: Draft, comment: CommentReference | None = None) -> Saved:
        """Make a draft real: a new revision if its fields or resources changed, and the other ends of its links."""
        item = draft.item or WorkItem(next(self._next_id))
        raises = draft.is_new or comment is not None or draft.history is not None or _raises_revision(draft)
        if not raises and not (draft.added or draft.removed or draft.updated):
            return Saved(item, None)
        self._items[item.id] = item
        if draft.history is not None:
            comment = self._comment(item, draft, *draft.history)
        watermark = self._advance(item)
        if raises:
            self._add_revision(item, draft, comment, watermark)
        else:
            item.latest.relations = ordered(draft.relations)
        update = self._add_update(item, draft, raises, watermark)
        self._link(item, draft)
        return Saved(item, update)

    def mark(self, item: WorkItem, author: Author, moment: datetime, *, deleted: bool) -> Update:
        """Put a work item into the recycle bin or take it out, as a new revision."""
        before = item.latest
        item.deleted_date, item.deleted_by = (moment, author.identity) if deleted else (None, None)
        watermark = self._advance(item)
        fields = {
            **before.fields,
            "System.ChangedBy": author.identity,
            "System.ChangedDate": format_moment(moment),
        }
        revision = Revision(
            before.number + 1,
            fields,
            before.formats,
            before.relations,
            moment,
            watermark,
            author.identity,
            format_moment(moment),
            is_deleted=deleted,
        )
        update = Update(
            number=len(item.updates) + 1,
            revision_number=revision.number,
            makes_revision=True,
            by=author.identity,
            moment=moment,
            watermark=watermark,
        )
        item.updates.append(update)
        self._log(item, revision)
        return update

    def destroy(self, item: WorkItem) -> None:
        """Forget a work item for good, with its links."""
        del self._items[item.id]
        self.revision_log = [row for row in self.revision_log if row[1] is not item]
        for relation in item.latest.relations:
            other = self._items.get(relation.target_id or 0)
            if other is not None:
                kept = (each for each in other.latest.relations if each.target_id != item.id)
                other.latest.relations = tuple(kept)

    def visible_relations(self, revision: Revision) -> tuple[Relation, ...]:
        """The relations of a revision without links to what is in the recycle bin."""
        return tuple(
            each for each in revision.relations if each.target_id is None or self.find(each.target_id) is not None
        )

    def select(self, keep: Callable[[WorkItem], bool]) -> list[WorkItem]:
        """The work items outside the recycle bin that are to be kept."""
        return [item for item in self._items.values() if not item.is_deleted and keep(item)]

    def _comment(self, item: WorkItem, draft: Draft, text: str, form: str) -> CommentReference:
        by = draft.fields["System.ChangedBy"]
        assert isinstance(by, Identity | str)  # noqa: S101 - identity fields hold nothing else
        version = CommentVersion(1, text, form, by, str(draft.fields["System.ChangedDate"]))
        comment = Comment(next(self.comment_ids), [version])
        item.comments.append(comment)
        return CommentReference(comment.id, 1)

    def _advance(self, item: WorkItem) -> int:
        self.watermark += 1
        item.watermark = self.watermark
        return self.watermark

    def _add_revision(self, item: WorkItem, draft: Draft, comment: CommentReference | None, watermark: int) -> None:
        if comment:
            draft.fields["System.CommentCount"] = item.comment_count
        revision = Revision(
            number=item.latest.number + 1 if item.revisions else 1,
            fields=draft.fields,
            formats={name: form for name, form in draft.formats.items() if name in draft.fields},
            relations=ordered(draft.relations),
            moment=draft.moment,
            watermark=watermark,
            authorized_by=draft.author.identity,
            authorized_date=draft.date,
            history=draft.history[0] if draft.history else None,
            comment=comment,
        )
        self._log(item, revision)

    def _log(self, item: WorkItem, revision: Revision) -> None:
        item.revisions.append(revision)
        self.revision_log.append((revision.watermark, item, revision))
        self._statistics.add("revisions_written", 1)

    def _add_update(self, item: WorkItem, draft: Draft, makes_revision: bool, watermark: int) -> Update:
        update = Update(
            number=len(item.updates) + 1,
            revision_number=item.latest.number,
            makes_revision=makes_revision,
            by=draft.author.identity,
            moment=draft.moment,
            watermark=watermark,
            added=tuple(draft.added),
            removed=tuple(draft.removed),
            updated=tuple(draft.updated),
        )
        item.updates.append(update)
        return update

    def _link(self, item: WorkItem, draft: Draft) -> None:
        for relation in draft.added:
            self._change_end(item, relation, draft, is_active=True)
        for relation in draft.removed:
            self._change_end(item, relation, draft, is_active=False)

    def _change_end(self, item: WorkItem, relation: Relation, draft: Draft, *, is_active: bool) -> None:
        if relation.target_id is None:
            return
        target = self._items[relation.target_id]
        other = opposite(relation, item.id)
        kind = find_link_type(other.rel)
        other = replace(other, name=kind.name if kind else other.name)
        others = [each for each in target.latest.relations if each.key != other.key]
        target.latest.relations = ordered([*others, other] if is_active else others)
        watermark = self._advance(target)
        target.updates.append(
            Update(
                number=len(target.updates) + 1,
                revision_number=target.latest.number,
                makes_revision=False,
                by=draft.author.identity,
                moment=draft.moment,
                watermark=watermark,
                added=(other,) if is_active else (),
                removed=() if is_active else (other,),
            )
        )
        rel, source, end = relation.rel, item.id, target.id
        if rel.endswith("-Reverse"):
            rel, source, end = other.rel, end, source
        change = LinkChange(
            watermark, rel, source, end, draft.moment, draft.author.identity, is_active, relation.comment
        )
        self.link_log.append(change)


def _raises_revision(draft: Draft) -> bool:
    changes = (*draft.added, *draft.removed, *draft.updated)
    if any(not relation.is_work_item_link for relation in changes):
        return True
    if draft.item is not None and draft.formats != draft.item.latest.formats:
        return True
    names = (draft.fields.keys() | draft.before.keys()) - _UNCOUNTED
    if draft.author.bypass_rules:
        names |= _UNCOUNTED & draft.written
    return any(draft.fields.get(name) != draft.before.get(name) for name in names)
