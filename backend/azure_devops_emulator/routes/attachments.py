"""Files: uploaded at once or in chunks, and downloaded. Their bytes never wait in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from azure_devops_emulator.answers import Answer, ApiError, bad_argument
from azure_devops_emulator.identities import Right
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking.attachments import Attachment
from azure_devops_emulator.tracking.callers import WRITE_SCOPE
from azure_devops_emulator.tracking.refusals import missing_permission

routes = RouteTable(scope="vso.work")
_ATTACHMENTS = "[{project}/]_apis/wit/attachments"
_RANGE = re.compile(r"^bytes (\d+)-(\d+)/(\d+)$")


@routes.route("POST", _ATTACHMENTS, scope=WRITE_SCOPE, locked=False)
def upload(call: Call) -> Answer:
    """A file, or with `uploadType=chunked` the announcement of one."""
    _check_right(call)
    name = call.query.get("fileName")
    if not name:
        raise bad_argument("Value cannot be null. Parameter name: fileName")
    store, now = call.organization.attachments, format_moment(call.organization.now())
    if call.query.get("uploadType").lower() == "chunked":
        return _answer(call, store.register(name, now))
    attachment = store.write(name, call.body, now)
    call.organization.statistics.add("attachment_bytes_in", attachment.size)
    return _answer(call, attachment)


@routes.route("PUT", _ATTACHMENTS + "/{id}", scope=WRITE_SCOPE, locked=False)
def upload_chunk(call: Call) -> Answer:
    """The next bytes of an announced file."""
    _check_right(call)
    attachment = _find(call)
    found = _RANGE.match(call.headers.get("content-range", ""))
    if found is None:
        raise bad_argument("A chunk needs the header Content-Range: bytes first-last/total.")
    first, last, total = (int(number) for number in found.groups())
    written = call.organization.attachments.write_chunk(attachment, call.body, first, last, total)
    call.organization.statistics.add("attachment_bytes_in", written)
    return _answer(call, attachment)


@routes.route("GET", _ATTACHMENTS + "/{id}", locked=False)
def download(call: Call) -> Answer:
    """The bytes of a file; `download` offers it under its name."""
    attachment = _find(call)
    if not attachment.is_complete:
        raise _missing(attachment.id)
    name = call.query.get("fileName", attachment.name)
    kind = "attachment" if call.query.flag("download") else "inline"
    headers = {"Content-Disposition": f"{kind}; filename=\"{_plain(name)}\"; filename*=UTF-8''{quote(name, safe='')}"}

    def stream() -> Iterator[bytes]:
        for piece in attachment.read():
            call.organization.statistics.add("attachment_bytes_out", len(piece))
            yield piece

    return Answer(headers=headers, stream=stream, length=attachment.size, content_type="application/octet-stream")


def _plain(name: str) -> str:
    return re.sub(r"[^\x20-\x7e]|[\"\\]", "_", name)


def _find(call: Call) -> Attachment:
    attachment = call.organization.attachments.find(call.parameters["id"])
    if attachment is None:
        raise _missing(call.parameters["id"])
    return attachment


def _missing(identifier: str) -> ApiError:
    message = f"TF237090: Does not exist or access is denied. The attachment {identifier} was not found."
    return ApiError(404, "AttachmentNotFoundException", message)


def _check_right(call: Call) -> None:
    projects = [call.project] if call.project else [*call.organization.projects.values()]
    if not any(call.identity.may(Right.WRITE, project.id) for project in projects):
        raise missing_permission("TF237111: The current user does not have permissions to upload attachments.")


def _answer(call: Call, attachment: Attachment) -> Answer:
    owner = f"/{call.project.id}" if call.project else ""
    url = f"{call.organization_url}{owner}/_apis/wit/attachments/{attachment.id}?fileName={quote(attachment.name)}"
    return Answer({"id": attachment.id, "url": url}, status=201)
