"""What findings say to people."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.drift import DriftKind, Finding
from adnode.domain.sync_state import ATTACHMENT_PREFIX, COMMENT_PREFIX, DESCRIPTION, PRESENCE_PREFIX, SUMMARY, TYPE
from adnode.domain.twin import Twin

_NAMES = {SUMMARY: "the summary", DESCRIPTION: "the description", TYPE: "the type"}
_PLURALS = (
    (COMMENT_PREFIX, "a comment", "comments"),
    (ATTACHMENT_PREFIX, "an attachment", "attachments"),
    (PRESENCE_PREFIX, "whether the work item is there", "whether the work items are there"),
)


def name_keys(keys: Iterable[str]) -> str:
    """Return registers as a person calls them: ``the summary, 2 comments``."""
    known = list(keys)
    names = [name for key, name in _NAMES.items() if key in known]
    for prefix, one, many in _PLURALS:
        count = sum(1 for key in known if key.startswith(prefix))
        if count:
            names.append(one if count == 1 else f"{count} {many}")
    return ", ".join(names)


def make_finding(
    finding_id: str,
    connection: Connection,
    comparison_id: str,
    kind: DriftKind,
    twin: Twin,
    detail: str,
    now: datetime,
    keys: Sequence[str] = (),
) -> Finding:
    """Return a finding about a twin."""
    return Finding(
        id=finding_id,
        organization_id=connection.organization_id,
        connection_id=connection.id,
        comparison_id=comparison_id,
        kind=kind,
        subject=twin.id,
        detail=detail,
        found_at=now,
        twin_id=twin.id,
        work_item_id=twin.work_item_id,
        remote_work_item_id=twin.remote_work_item_id,
        keys=tuple(keys),
    )
