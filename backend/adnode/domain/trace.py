"""Traces: which local comment or file stands for which key of origin."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adnode.domain.sync_state import AttachmentValue, CommentValue


class TraceKind(StrEnum):
    """What a trace is about."""

    COMMENT = "comment"
    ATTACHMENT = "attachment"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Trace:
    """Of one local work item: the key of origin, the local id, what we last saw there, and the value it stands for.

    Traces belong to the work item, not to a twin: in a chain of organizations a comment keeps its first key.
    ``local_id`` is a comment number or an attachment GUID; '' while an upload is known but not linked.
    ``local_form`` is
    the hash of what Azure DevOps gives back for it ('' for files).
    """

    organization_id: str
    work_item_id: int
    kind: TraceKind
    key: str
    local_id: str
    local_form: str = ""
    value: CommentValue | AttachmentValue | None = None


@dataclass(frozen=True, slots=True)
class AskedFile:
    """A file that the peer was asked for, for that twin, and has not sent yet."""

    connection_id: str
    key: str
    twin_id: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """A file of the peer that has been uploaded here already: from it relations and inline references are made."""

    connection_id: str
    key: str
    attachment_id: str
    url: str
    sha256: str
    size: int
