"""Work item writes as the JSON patch documents that Azure DevOps takes.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-items/update
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adnode.adapters.azure_devops.documents import ATTACHED_FILE, HYPERLINK
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import NewAttachment, WorkItemWrite

HISTORY = "System.History"
Operations = list[dict[str, Any]]


def make_patch(write: WorkItemWrite) -> Operations:
    """Return the operations of a write: first the test of the revision, removals before what is added."""
    return list(_operations(write))


def _operations(write: WorkItemWrite) -> Iterator[dict[str, Any]]:
    if write.work_item_id is not None and write.revision is not None:
        yield {"op": "test", "path": "/rev", "value": write.revision}
    for name, value in write.fields.items():
        if write.work_item_id is not None or value not in ("", None):
            yield _add(f"/fields/{name}", "" if value is None else value)
    for name, text_format in write.formats.items():
        if text_format is TextFormat.MARKDOWN:
            yield _add(f"/multilineFieldsFormat/{name}", "Markdown")
    if write.history is not None:
        yield _add(f"/fields/{HISTORY}", write.history)
    # From the highest index on: each removal moves up what follows.
    for index in sorted(write.remove_relation_indexes, reverse=True):
        yield {"op": "remove", "path": f"/relations/{index}"}
    for attachment in write.add_attachments:
        yield _add("/relations/-", _attachment(attachment))
    for url in write.add_hyperlinks:
        yield _add("/relations/-", {"rel": HYPERLINK, "url": url})


def _attachment(attachment: NewAttachment) -> Mapping[str, Any]:
    attributes = {"name": attachment.name} | ({"comment": attachment.comment} if attachment.comment else {})
    return {"rel": ATTACHED_FILE, "url": attachment.url, "attributes": attributes}


def _add(path: str, value: object) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}
