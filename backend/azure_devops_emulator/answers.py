"""What a call is answered with: a document, a stream of bytes, or an error body as Azure DevOps writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
_WIT_ASSEMBLY = "Microsoft.TeamFoundation.WorkItemTracking.Server"


@dataclass(slots=True)
class Answer:
    """One answer. `document` is sent as JSON, `text` as it is; `stream` yields the bytes of a body of `length` bytes.

    Neither given: an empty body. `stream` runs after the organization's lock is released.
    """

    document: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    content_type: str | None = None
    stream: Callable[[], Iterator[bytes]] | None = None
    length: int | None = None


class ApiError(Exception):
    """A call that is refused, with the recorded error body."""

    def __init__(
        self,
        status: int,
        type_key: str,
        message: str,
        *,
        event_id: int = 3000,
        error_code: int = 0,
        type_name: str | None = None,
        custom_properties: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type_key = type_key
        self.message = message
        self.event_id = event_id
        self.error_code = error_code
        self.type_name = type_name or f"{_WIT_ASSEMBLY}.{type_key}, {_WIT_ASSEMBLY}"
        self.custom_properties = custom_properties
        self.headers = dict(headers or {})

    def document(self) -> Document:
        """The error body."""
        document: Document = {"$id": "1"}
        if self.custom_properties is not None:
            document["customProperties"] = dict(self.custom_properties)
        document.update(
            innerException=None,
            message=self.message,
            typeName=self.type_name,
            typeKey=self.type_key,
            errorCode=self.error_code,
            eventId=self.event_id,
        )
        return document


def listed(values: Sequence[Any] | Iterable[Any]) -> Document:
    """A list as the service wraps it: `{count, value}`."""
    rows = list(values)
    return {"count": len(rows), "value": rows}


def bad_argument(message: str) -> ApiError:
    """400 for an argument that is missing or makes no sense."""
    return ApiError(400, "VssPropertyValidationException", message, type_name="System.ArgumentException, mscorlib")
