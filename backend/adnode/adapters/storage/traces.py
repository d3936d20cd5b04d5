"""Traces and uploaded contents in the database."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ContentRow, TraceRow
from adnode.adapters.storage.statements import chunked, from_text, to_text
from adnode.domain.documents import value_from_document, value_to_document
from adnode.domain.sync_state import (
    AttachmentValue,
    CommentValue,
    make_attachment_key,
    make_comment_key,
)
from adnode.domain.trace import Content, Trace, TraceKind


class SqlTraces:
    """TraceRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, organization_id: str, work_item_ids: Collection[int]) -> Mapping[int, list[Trace]]:
        found: dict[int, list[Trace]] = {}
        for ids in chunked(work_item_ids):
            query = select(TraceRow).where(TraceRow.organization_id == organization_id, TraceRow.work_item_id.in_(ids))
            for row in self._session.scalars(query):
                found.setdefault(row.work_item_id, []).append(_from_row(row))
        return found

    def save(self, traces: Sequence[Trace]) -> None:
        for trace in traces:
            self._session.merge(_to_row(trace))
        self._session.flush()

    def find_by_key(self, organization_id: str, key: str) -> Trace | None:
        query = select(TraceRow).where(
            TraceRow.organization_id == organization_id,
            TraceRow.key == key,
            TraceRow.kind != TraceKind.COMMENT.value,
            TraceRow.local_id != "",
        )
        row = self._session.scalars(query.limit(1)).first()
        return _from_row(row) if row else None

    def contents(self, connection_id: str, keys: Collection[str]) -> Mapping[str, Content]:
        found: dict[str, Content] = {}
        for some in chunked(keys):
            query = select(ContentRow).where(ContentRow.connection_id == connection_id, ContentRow.key.in_(some))
            found.update({row.key: _content(row) for row in self._session.scalars(query)})
        return found

    def add_content(self, content: Content) -> None:
        self._session.merge(
            ContentRow(
                connection_id=content.connection_id,
                key=content.key,
                attachment_id=content.attachment_id,
                url=content.url,
                sha256=content.sha256,
                size=content.size,
            )
        )
        self._session.flush()

    def remove_contents(self, connection_id: str, keys: Collection[str]) -> None:
        self._session.execute(
            delete(ContentRow).where(ContentRow.connection_id == connection_id, ContentRow.key.in_(list(keys)))
        )


def _to_row(trace: Trace) -> TraceRow:
    return TraceRow(
        organization_id=trace.organization_id,
        work_item_id=trace.work_item_id,
        kind=trace.kind.value,
        key=trace.key,
        local_id=trace.local_id,
        local_form=trace.local_form,
        value=None if trace.value is None else to_text(value_to_document(trace.value)),
    )


def _from_row(row: TraceRow) -> Trace:
    kind = TraceKind(row.kind)
    make_key = make_comment_key if kind is TraceKind.COMMENT else make_attachment_key
    value = None if row.value is None else value_from_document(make_key(row.key), from_text(row.value))
    return Trace(
        row.organization_id,
        row.work_item_id,
        kind,
        row.key,
        row.local_id,
        row.local_form,
        value if isinstance(value, CommentValue | AttachmentValue) else None,
    )


def _content(row: ContentRow) -> Content:
    return Content(row.connection_id, row.key, row.attachment_id, row.url, row.sha256, row.size)
