"""Traces and uploaded contents in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ContentRow, TraceRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, read_rows, to_text
from adnode.adapters.storage.upserts import replace_all
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
            for row in read_rows(self._session, query):
                found.setdefault(row.work_item_id, []).append(trace_from_row(row))
        return found

    def save(self, traces: Sequence[Trace]) -> None:
        values = [_values(trace) for trace in traces]
        replace_all(self._session, TraceRow, values, keys=["organization_id", "work_item_id", "kind", "key"])

    def find_by_key(self, organization_id: str, key: str) -> Trace | None:
        query = select(TraceRow).where(
            TraceRow.organization_id == organization_id,
            TraceRow.key == key,
            TraceRow.kind != TraceKind.COMMENT.value,
            TraceRow.local_id != "",
        )
        rows = read_rows(self._session, query.limit(1))
        return trace_from_row(rows[0]) if rows else None

    def contents(self, connection_id: str, keys: Collection[str]) -> Mapping[str, Content]:
        found: dict[str, Content] = {}
        for some in chunked(keys):
            query = select(ContentRow).where(ContentRow.connection_id == connection_id, ContentRow.key.in_(some))
            found.update({row.key: _content(row) for row in read_rows(self._session, query)})
        return found

    def add_content(self, content: Content) -> None:
        replace_all(self._session, ContentRow, [asdict(content)], keys=["connection_id", "key"])

    def remove_contents(self, connection_id: str, keys: Collection[str]) -> None:
        for some in chunked(keys):
            statement = delete(ContentRow).where(ContentRow.connection_id == connection_id, ContentRow.key.in_(some))
            changed_rows(self._session, statement)


def _values(trace: Trace) -> dict[str, object]:
    return {
        "organization_id": trace.organization_id,
        "work_item_id": trace.work_item_id,
        "kind": trace.kind.value,
        "key": trace.key,
        "local_id": trace.local_id,
        "local_form": trace.local_form,
        "value": None if trace.value is None else to_text(value_to_document(trace.value)),
    }


def trace_from_row(row: TraceRow) -> Trace:
    """Return the trace of a row."""
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
