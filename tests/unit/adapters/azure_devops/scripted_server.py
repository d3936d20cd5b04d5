"""A server that says what a test tells it to, as an Azure DevOps collection at /collection."""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from adnode.adapters.azure_devops import resources
from adnode.adapters.azure_devops.client import Resource

ROUTES: Mapping[str, str] = {
    "ATTACHMENTS": "{project}/_apis/wit/attachments/{id}",
    "BATCH": "_apis/wit/$batch",
    "COMMENTS": "{project}/_apis/wit/workItems/{workItemId}/comments/{commentId}",
    "CONNECTION_DATA": "_apis/connectionData",
    "NEW_WORK_ITEMS": "{project}/_apis/wit/workItems/${type}",
    "PROJECTS": "_apis/projects/{*projectId}",
    "RECYCLE_BIN": "{project}/_apis/wit/recyclebin/{id}",
    "REPORTED_REVISIONS": "{project}/_apis/wit/reporting/workItemRevisions",
    "REVISIONS": "{project}/_apis/wit/workItems/{id}/revisions/{revisionNumber}",
    "TYPE_CATEGORIES": "{project}/_apis/wit/workItemTypeCategories/{category}",
    "TYPE_FIELDS": "{project}/_apis/wit/workitemtypes/{type}/fields/{field}",
    "TYPE_STATES": "{project}/_apis/wit/workitemtypes/{type}/states",
    "TYPES": "{project}/_apis/wit/workItemTypes/{type}",
    "WIQL": "{project}/{team}/_apis/wit/wiql",
    "WORK_ITEMS": "{project}/_apis/wit/workItems/{id}",
}
RESOURCE_AREAS_ID = "e81700f7-3be2-46de-8624-2eb35882fcaa"


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer; ``drops`` closes the connection instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    drops: bool = False
    cuts: bool = False


def say(document: object, status: int = 200, **headers: str) -> Reply:
    return Reply(
        status, json.dumps(document).encode(), {name.replace("_", "-"): text for name, text in headers.items()}
    )


def refuse(status: int, type_key: str, message: str, **more: object) -> Reply:
    document = {"$id": "1", "innerException": None, "message": message, "typeKey": type_key, "errorCode": 0, **more}
    return say(document, status)


DROP = Reply(drops=True)


class ScriptedServer:
    """Replies in the order of ``script``; when it is empty, with ``default``. Discovery is answered by itself."""

    def __init__(self, *, max_version: str = "7.2", released: str = "7.1", without: tuple[str, ...] = ()) -> None:
        self.script: deque[Reply] = deque()
        self.seen: list[Seen] = []
        self.discovery: list[Seen] = []
        self.areas: list[dict[str, str]] = []
        self.connections = 0
        self.default: Callable[[Seen], Reply] = lambda _: Reply()
        self._rows = [
            _row(resource, ROUTES[name], max_version, released)
            for name, resource in vars(resources).items()
            if isinstance(resource, Resource) and name not in without
        ]
        self._rows.append(
            _row(Resource(RESOURCE_AREAS_ID, "7.1-preview.1"), "_apis/ResourceAreas/{areaId}", max_version, released)
        )
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/collection"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply_to(self, seen: Seen) -> Reply:
        if seen.method == "OPTIONS":
            self.discovery.append(seen)
            return say({"count": len(self._rows), "value": self._rows})
        if "ResourceAreas" in seen.path:
            self.discovery.append(seen)
            return say({"count": len(self.areas), "value": self.areas})
        self.seen.append(seen)
        return self.script.popleft() if self.script else self.default(seen)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, scripted: ScriptedServer) -> None:
        self.scripted = scripted
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that go away: some tests want just that."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        self.server.scripted.connections += 1
        super().setup()

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        seen = Seen(self.command, self.path, dict(self.headers.items()), self._read_body())
        self._answer(self.server.scripted.reply_to(seen))

    def _answer(self, reply: Reply) -> None:
        if reply.drops:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, text in {"Content-Type": reply.content_type, **reply.headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cuts else reply.body)
        self.wfile.flush()
        if reply.cuts:
            self.close_connection = True

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._read_chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _read_chunk(self) -> bytes:
        line = self.rfile.readline()
        if not line:
            raise ConnectionResetError("The body was not sent to its end.")
        size = int(line, 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _row(resource: Resource, route: str, max_version: str, released: str) -> dict[str, object]:
    return {
        "id": resource.location_id,
        "area": "wit",
        "resourceName": route.rpartition("/")[2],
        "routeTemplate": route,
        "resourceVersion": 4,
        "minVersion": "1.0",
        "maxVersion": max_version,
        "releasedVersion": released,
    }
