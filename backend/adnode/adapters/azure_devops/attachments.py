"""Files, streamed both ways: no more than a chunk of them is in memory.

https://learn.microsoft.com/rest/api/azure/devops/wit/attachments
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from adnode.adapters.azure_devops.client import AzureDevOpsClient, Call
from adnode.adapters.azure_devops.connection_failures import translate_connection_failure
from adnode.adapters.azure_devops.documents import Document
from adnode.adapters.azure_devops.failures import Operation
from adnode.adapters.azure_devops.resources import ATTACHMENTS
from adnode.domain.errors import AttachmentTooLargeError
from adnode.ports.gateway import ContentStream, UploadedAttachment

CHUNK_SIZE = 64 * 1024
SERVICES_LIMIT = 60 * 1024 * 1024
"""Bytes of one attachment on Services; a Server has whatever its administrator set."""
_READ_RIGHT = "read attachments (scope: Work Items, Read)"
_WRITE_RIGHT = "add attachments (scope: Work Items, Read & write)"
_BYTES = "application/octet-stream"


class Attachments:
    """Uploads and downloads. ``limit`` in bytes, None when it is not known."""

    def __init__(self, client: AzureDevOpsClient, limit: int | None) -> None:
        self._client = client
        self._limit = limit

    def upload(self, project: str, name: str, stream: ContentStream) -> UploadedAttachment:
        """Upload a file as it comes; raises AttachmentTooLargeError, and what the stream raises."""
        if stream.size is not None:
            self._check(name, stream.size)
        content = _Upload(stream.chunks, lambda size: self._check(name, size))
        operation = Operation(f"take in the file {name}", _WRITE_RIGHT, is_write=True, is_upload=True)
        call = Call("POST", ATTACHMENTS, operation, {"project": project}, {"fileName": name}, content, _BYTES)
        try:
            return self._client.ask(call, _read_uploaded)
        except Exception:
            # What went wrong at the source must not look like a fault of Azure DevOps.
            if content.failure is not None:
                raise content.failure from None
            raise

    @contextmanager
    def open(self, attachment_id: str, name: str) -> Iterator[ContentStream]:
        """Open a file; leaving early closes its connection."""
        operation = Operation(f"give the file {name}", _READ_RIGHT)
        query = {"fileName": name, "download": True}
        call = Call("GET", ATTACHMENTS, operation, {"id": attachment_id}, query, accept=_BYTES)
        response = self._client.send(call)
        try:
            yield ContentStream(_chunks(response, operation, self._client.address.url), _announced_size(response))
        finally:
            response.close()

    def _check(self, name: str, size: int) -> None:
        if self._limit is not None and size > self._limit:
            raise AttachmentTooLargeError(
                f"File {name} is larger than the {self._limit // 1024 // 1024} MB that Azure DevOps takes. "
                "It stays where it is and is not copied.",
                limit_bytes=self._limit,
            )


class _Upload:
    """The chunks of an upload on their way; ``failure`` is what ended them early."""

    def __init__(self, chunks: Iterator[bytes], check: Callable[[int], None]) -> None:
        self._chunks = chunks
        self._check = check
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        try:
            for chunk in self._chunks:
                size += len(chunk)
                self._check(size)
                if chunk:
                    yield chunk
        except Exception as error:
            self.failure = error
            raise


def _read_uploaded(document: Document) -> UploadedAttachment:
    return UploadedAttachment(str(document["id"]).lower(), str(document["url"]))


def _chunks(response: requests.Response, operation: Operation, url: str) -> Iterator[bytes]:
    try:
        yield from response.iter_content(CHUNK_SIZE)
    except requests.RequestException as error:
        raise translate_connection_failure(error, operation, url) from error


def _announced_size(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length")
    is_encoded = bool(response.headers.get("Content-Encoding"))
    return int(length) if length and length.isdecimal() and not is_encoded else None
