"""The files of an organization, on disk in a directory of their own."""

from __future__ import annotations

import tempfile
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.routing import RequestBody

LARGEST_ON_SERVICES = 60 * 1024 * 1024
_PIECE_BYTES = 256 * 1024


@dataclass(slots=True)
class Attachment:
    """An uploaded file; it is complete once its last chunk is there."""

    name: str
    path: Path
    created_date: str
    size: int = 0
    is_complete: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Iterator[bytes]:
        """The content, piece by piece."""
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece


class AttachmentStore:
    """The attachments of one organization; `largest` is the most bytes one may have (None: no limit)."""

    def __init__(self, largest: int | None) -> None:
        self.largest = largest
        self._directory = tempfile.TemporaryDirectory(prefix="azure-devops-emulator-")
        self._attachments: dict[str, Attachment] = {}

    def close(self) -> None:
        """Delete all files."""
        self._directory.cleanup()

    def find(self, identifier: str) -> Attachment | None:
        """The attachment of that id, or None."""
        return self._attachments.get(identifier.lower())

    def register(self, name: str, now: str) -> Attachment:
        """An attachment whose chunks will follow."""
        attachment = self._make(name, now)
        attachment.is_complete = False
        attachment.path.touch()
        self._attachments[attachment.id] = attachment
        return attachment

    def write(self, name: str, body: RequestBody, now: str) -> Attachment:
        """Keep the content of a body as it arrives. Raises ApiError 400 if it is too large; nothing stays then."""
        attachment = self._make(name, now)
        try:
            with attachment.path.open("wb") as file:
                while piece := body.read(_PIECE_BYTES):
                    attachment.size += len(piece)
                    self._check_size(attachment.size)
                    file.write(piece)
        except BaseException:
            attachment.path.unlink(missing_ok=True)
            raise
        self._attachments[attachment.id] = attachment
        return attachment

    def write_chunk(self, attachment: Attachment, body: RequestBody, first: int, last: int, total: int) -> int:
        """Keep the bytes `first` to `last` of `total`; the number of bytes.

        Raises ApiError 400 for a chunk that does not follow the one before or is not as long as it says.
        """
        with attachment.lock:
            return self._append(attachment, body, first, last, total)

    def _append(self, attachment: Attachment, body: RequestBody, first: int, last: int, total: int) -> int:
        self._check_size(total)
        if attachment.is_complete or first != attachment.size or not first <= last < total:
            raise _bad_chunk(f"The bytes {first}-{last}/{total} do not follow byte {attachment.size}.")
        written = 0
        with attachment.path.open("r+b") as file:
            file.seek(first)
            while piece := body.read(_PIECE_BYTES):
                written += file.write(piece)
        if written != last - first + 1:
            raise _bad_chunk(f"The chunk has {written} bytes, not {last - first + 1}.")
        attachment.size += written
        attachment.is_complete = attachment.size == total
        return written

    def _make(self, name: str, now: str) -> Attachment:
        identifier = str(uuid.uuid4())
        return Attachment(name, Path(self._directory.name) / identifier, now, id=identifier)

    def _check_size(self, size: int) -> None:
        if self.largest is not None and size > self.largest:
            raise ApiError(
                400,
                "WorkItemAttachmentExceedsMaxSizeException",
                f"TF237082: The file you are trying to upload exceeds the supported file upload size of"
                f" {self.largest // (1024 * 1024)} MB.",
            )


def _bad_chunk(message: str) -> ApiError:
    return ApiError(400, "AttachmentChunkException", message)
