"""Traces and uploaded contents in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import AskedFileRow, ContentRow, TraceRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, read_rows, to_text
from adnode.adapters.storage.upserts import replace_all
from adnode.domain.documents import value_from_document, value_to_document
from adnode.domain.sync_state import (
    AttachmentValue,
    CommentValue,
    make_attachment_key,
    make_comment_key,
)
from adnode.domain.trace import AskedFile, Content, Trace, TraceKind

_COMMENT, _FILE = make_comment_key("-"), make_attachment_key("-")
"""Keys of registers that hold the values of traces; a trace's own key may be longer than theirs."""


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
        asked = AskedFileRow.connection_id == content.connection_id, AskedFileRow.key == content.key
        changed_rows(self._session, delete(AskedFileRow).where(*asked))

    def ask_for_files(self, files: Sequence[AskedFile]) -> None:
        replace_all(self._session, AskedFileRow, [asdict(file) for file in files], keys=["connection_id", "key"])

    def asked_files(self, connection_id: str, keys: Collection[str]) -> Mapping[str, AskedFile]:
        found: dict[str, AskedFile] = {}
        for some in chunked(keys):
            query = select(AskedFileRow).where(AskedFileRow.connection_id == connection_id, AskedFileRow.key.in_(some))
            for row in read_rows(self._session, query):
                found[row.key] = AskedFile(row.connection_id, row.key, row.twin_id, row.asked_at)
        return found

    def forget_asked(self, before: datetime, limit: int = 1000) -> int:
        names = (AskedFileRow.connection_id, AskedFileRow.key)
        old = select(*names).where(AskedFileRow.asked_at < before).order_by(AskedFileRow.asked_at).limit(limit)
        return changed_rows(self._session, delete(AskedFileRow).where(tuple_(*names).in_(old)))

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
    value_key = _COMMENT if kind is TraceKind.COMMENT else _FILE
    value = None if row.value is None else value_from_document(value_key, from_text(row.value))
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
