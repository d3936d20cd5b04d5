"""Traces and uploaded contents in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from adnode.adapters.memory.storage.tables import Tables
from adnode.domain.trace import AskedFile, Content, Trace, TraceKind


class MemoryTraces:
    """TraceRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._traces = tables.traces
        self._contents = tables.contents
        self._asked = tables.asked_files

    def find(self, organization_id: str, work_item_ids: Collection[int]) -> Mapping[int, list[Trace]]:
        wanted, found = set(work_item_ids), dict[int, list[Trace]]()
        for trace in self._traces.values():
            if trace.organization_id == organization_id and trace.work_item_id in wanted:
                found.setdefault(trace.work_item_id, []).append(trace)
        return found

    def save(self, traces: Sequence[Trace]) -> None:
        self._traces.update(
            {(trace.organization_id, trace.work_item_id, trace.kind, trace.key): trace for trace in traces}
        )

    def find_by_key(self, organization_id: str, key: str) -> Trace | None:
        return next(
            (
                trace
                for trace in self._traces.values()
                if trace.organization_id == organization_id
                and trace.key == key
                and trace.kind is not TraceKind.COMMENT
                and trace.local_id
            ),
            None,
        )

    def contents(self, connection_id: str, keys: Collection[str]) -> Mapping[str, Content]:
        return {key: self._contents[connection_id, key] for key in set(keys) if (connection_id, key) in self._contents}

    def add_content(self, content: Content) -> None:
        self._contents[content.connection_id, content.key] = content
        self._asked.pop((content.connection_id, content.key), None)

    def ask_for_files(self, files: Sequence[AskedFile]) -> None:
        self._asked.update({(file.connection_id, file.key): file for file in files})

    def asked_files(self, connection_id: str, keys: Collection[str]) -> Mapping[str, AskedFile]:
        return {key: self._asked[connection_id, key] for key in set(keys) if (connection_id, key) in self._asked}

    def forget_asked(self, before: datetime, limit: int = 1000) -> int:
        old = sorted((file for file in self._asked.values() if file.asked_at < before), key=lambda file: file.asked_at)
        for file in old[:limit]:
            del self._asked[file.connection_id, file.key]
        return len(old[:limit])

    def remove_contents(self, connection_id: str, keys: Collection[str]) -> None:
        for key in keys:
            self._contents.pop((connection_id, key), None)
