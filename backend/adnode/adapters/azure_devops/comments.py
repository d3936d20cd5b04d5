"""The discussion of a work item, through the Comments API.

https://learn.microsoft.com/rest/api/azure/devops/wit/comments
"""

from collections.abc import Iterator

from adnode.adapters.azure_devops.client import AzureDevOpsClient, Call
from adnode.adapters.azure_devops.documents import Document, read_comment
from adnode.adapters.azure_devops.failures import Operation
from adnode.adapters.azure_devops.reading import Reading
from adnode.adapters.azure_devops.resources import COMMENTS
from adnode.domain.errors import InvalidWriteError
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import Comment

PAGE = 200
_READ_RIGHT = "read comments (scope: Work Items, Read)"
_WRITE_RIGHT = "comment on work items (scope: Work Items, Read & write)"
_FORMATS_SINCE = (7, 1, 4)
"""Version of the API since which comments have a format."""


class Comments:
    """Reads, adds, edits and deletes comments."""

    def __init__(self, client: AzureDevOpsClient, reading: Reading) -> None:
        self._client = client
        self._reading = reading

    def read_comments(self, project: str, work_item_id: int) -> tuple[Comment, ...]:
        """Return all comments, deleted ones included, oldest first."""
        return tuple(self._pages(project, work_item_id, order="asc", size=PAGE, includes_deleted=True))

    def read_newest(self, project: str, work_item_id: int) -> Comment | None:
        """Return the newest comment that is not deleted, or None."""
        return next(self._pages(project, work_item_id, order="desc", size=1, includes_deleted=False), None)

    def add(self, project: str, work_item_id: int, text: str, text_format: TextFormat) -> Comment:
        """Add a comment."""
        operation = Operation(f"add a comment to work item {work_item_id}", _WRITE_RIGHT, is_write=True)
        route = {"project": project, "workItemId": work_item_id}
        return self._send_text("POST", operation, route, text, text_format)

    def edit(self, project: str, work_item_id: int, comment_id: int, text: str, text_format: TextFormat) -> Comment:
        """Replace the text of a comment."""
        operation = Operation(f"edit a comment of work item {work_item_id}", _WRITE_RIGHT, is_write=True)
        route = {"project": project, "workItemId": work_item_id, "commentId": comment_id}
        return self._send_text("PATCH", operation, route, text, text_format)

    def delete(self, project: str, work_item_id: int, comment_id: int) -> None:
        """Delete a comment."""
        operation = Operation(f"delete a comment of work item {work_item_id}", _WRITE_RIGHT, is_write=True)
        route = {"project": project, "workItemId": work_item_id, "commentId": comment_id}
        self._client.tell(Call("DELETE", COMMENTS, operation, route))

    def _send_text(
        self, method: str, operation: Operation, route: dict[str, object], text: str, text_format: TextFormat
    ) -> Comment:
        query = self._format_query(operation, text_format)
        return self._client.ask(Call(method, COMMENTS, operation, route, query, {"text": text}), read_comment)

    def _format_query(self, operation: Operation, text_format: TextFormat) -> dict[str, object]:
        """Name the format where the organization knows formats; elsewhere every comment is HTML."""
        knows_formats = _parse_version(self._client.negotiate(COMMENTS, operation)) >= _FORMATS_SINCE
        if text_format is TextFormat.MARKDOWN and not (knows_formats and self._reading.knows_markdown):
            # It would be taken, and shown with all its signs.
            raise InvalidWriteError("This Azure DevOps Server does not know Markdown comments.", status=400)
        return {"format": text_format.value} if knows_formats else {}

    def _pages(
        self, project: str, work_item_id: int, *, order: str, size: int, includes_deleted: bool
    ) -> Iterator[Comment]:
        operation = Operation(f"read the comments of work item {work_item_id}", _READ_RIGHT)
        route = {"project": project, "workItemId": work_item_id}
        query: dict[str, object] = {"$top": size, "order": order, "includeDeleted": includes_deleted}
        while True:
            comments, token = self._client.ask(Call("GET", COMMENTS, operation, route, query), _read_page)
            yield from comments
            if not token:
                return
            query["continuationToken"] = token


def _read_page(document: Document) -> tuple[list[Comment], str]:
    comments = [read_comment(entry) for entry in document["comments"]]
    return comments, str(document.get("continuationToken") or "")


def _parse_version(text: str) -> tuple[int, ...]:
    """Return "7.1-preview.4" as (7, 1, 4)."""
    number, _, preview = text.partition("-preview")
    return (*(int(part) for part in number.split(".")), int(preview.strip(".") or 0))
