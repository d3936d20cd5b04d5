"""Twins, work items and traces for tests of the engine."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import CommentValue, Register, SyncState, Value, Version
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.work_item import (
    DESCRIPTION,
    REPRO_STEPS,
    TITLE,
    Attachment,
    Comment,
    ProcessCatalog,
    WorkItemSnapshot,
    WorkItemType,
)
from adnode.sync.observation import observe
from adnode.sync.plan import Observation

HERE, THERE = "org-a", "org-b"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
REQUIREMENT, BUG, TASK = (f"Microsoft.{name}Category" for name in ("Requirement", "Bug", "Task"))
FILES = "https://dev.example/a/files/"


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def make_type(name: str, category: str = "", *, fields: frozenset[str] = frozenset(), is_disabled: bool = False) -> Any:
    return WorkItemType(name, name, category, is_disabled, frozenset({TITLE, DESCRIPTION}) | fields)


CATALOG = ProcessCatalog(
    project="P",
    types=(
        make_type("User Story", REQUIREMENT),
        make_type("Bug", BUG, fields=frozenset({REPRO_STEPS})),
        make_type("Task", TASK),
    ),
    default_type_by_category={REQUIREMENT: "User Story", BUG: "Bug", TASK: "Task"},
    knows_markdown=True,
)


def make_snapshot(revision: int = 1, type_name: str = "User Story", **changes: Any) -> WorkItemSnapshot:
    fields = {TITLE: changes.pop("title", "Title"), DESCRIPTION: changes.pop("description", "<p>Text</p>")}
    fields |= changes.pop("fields", {})
    return WorkItemSnapshot(
        id=7,
        revision=revision,
        project="P",
        type_name=type_name,
        fields={name: value for name, value in fields.items() if value is not None},
        changed_at=changes.pop("changed_at", NOW),
        changed_by=changes.pop("changed_by", "Paula"),
        html_url="https://dev.example/a/7",
        formats=changes.pop("formats", {}),
        **changes,
    )


def make_comment(number: int, text: str = "<p>Said</p>", **changes: Any) -> Comment:
    values = {"format": TextFormat.HTML, "author": "Paula", "created_at": NOW, "modified_at": NOW, **changes}
    return Comment(id=number, text=text, **values)


def make_attachment(file_id: str, name: str = "a.txt", **changes: Any) -> Attachment:
    return Attachment(file_id, FILES + file_id, name, changes.pop("size", 3), changes.pop("comment", ""), 0, NOW)


def make_twin(**changes: Any) -> Twin:
    values = {"status": TwinStatus.SYNCHRONIZED, "created_at": NOW, "work_item_id": 7, "project": "P", **changes}
    return Twin(id="t-1", connection_id="c-1", organization_id=HERE, **values)


def find_file_id(url: str) -> str | None:
    return url.removeprefix(FILES).split("?")[0] if url.startswith(FILES) else None


def look(
    twin: Twin,
    snapshot: WorkItemSnapshot,
    comments: tuple[Comment, ...] | None = (),
    traces: tuple[Trace, ...] = (),
    catalog: ProcessCatalog = CATALOG,
) -> Observation:
    return observe(twin, snapshot, comments, traces, catalog, find_file_id)


def settled(twin: Twin, observation: Observation, **changes: Any) -> Twin:
    """The twin as it is stored after a round in which nothing had to be written."""
    return make_twin(
        state=observation.state, local_forms=observation.local_forms, revision=changes.pop("revision", 1), **changes
    )


def register(value: Value, local: int = 0, remote: int = 1, seconds: float = 0, place: str = THERE) -> Register:
    return Register(value, Version(local, remote), later(seconds), place)


def state_of(**registers: Register) -> SyncState:
    return SyncState(registers)


def text(words: str, text_format: TextFormat = TextFormat.HTML) -> RichText:
    return RichText(words, text_format)


def comment_value(words: str = "<p>Said</p>", author: str = "Bob", *, is_deleted: bool = False) -> CommentValue:
    return CommentValue(author, NOW, text("" if is_deleted else words), is_deleted)


def trace(kind: TraceKind, key: str, local_id: str, value: Any = None, form: str = "") -> Trace:
    return Trace(HERE, 7, kind, key, local_id, form, value)


def changed_values(observation: Observation) -> Mapping[str, Value]:
    return {key: observation.state.registers[key].value for key in observation.changed}
