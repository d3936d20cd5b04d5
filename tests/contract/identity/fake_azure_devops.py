"""A small Azure DevOps on a real socket: who the bearer of a token is, and what that person may do."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection

ADMINISTRATORS = "S-1-9-1551374245-1204400969-2402986413-2179408616-0-0-0-0-1"
JSON = "application/json; charset=utf-8; api-version=7.0"


@dataclass(slots=True)
class FakePerson:
    """Somebody with an access token. ``permission`` None: the token's scopes don't reach the question."""

    user_id: str
    name: str = "Anna Admin"
    is_administrator: bool = False
    permission: bool | None = None
    is_member: bool | None = None
    readable: frozenset[int] = frozenset()
    editable: frozenset[int] = frozenset()


@dataclass(slots=True)
class FakeAnswer:
    """What the next calls of a path get instead of the true answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON})


@dataclass(slots=True)
class FakeAzureDevOps:
    """One organization named ``fabrikam``. ``seen`` are (path, query, authorization) of all requests."""

    url: str = ""
    instance_id: str = "11111111-1111-1111-1111-111111111111"
    tenant_id: str = "22222222-2222-2222-2222-222222222222"
    kind: OrganizationKind = OrganizationKind.SERVICES
    is_public: bool = False
    people: dict[str, FakePerson] = field(default_factory=dict)
    instead: dict[str, FakeAnswer] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], None] = lambda _document: None
    seen: list[tuple[str, Mapping[str, list[str]], str]] = field(default_factory=list)

    @property
    def collection(self) -> Collection:
        return Collection(f"{self.url}/fabrikam", "fabrikam", self.kind)

    def answer(self, target: str, authorization: str) -> FakeAnswer:
        parts = urlsplit(target)
        path, query = unquote(parts.path), parse_qs(parts.query)
        self.seen.append((path, query, authorization))
        for start, instead in self.instead.items():
            if path.startswith(f"/fabrikam{start}"):
                return instead
        person = self.people.get(authorization.removeprefix("Bearer "))
        if path == "/fabrikam/_apis/connectionData":
            return self._connection_data(person)
        if person is None:
            return FakeAnswer(401, b"")
        return self._about(person, path, query)

    def _connection_data(self, person: FakePerson | None) -> FakeAnswer:
        if person is None and not self.is_public:
            return FakeAnswer(203, b"<html>Sign in</html>", {"Content-Type": "text/html"})
        anonymous = {"id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "descriptor": "System:PublicAccess;anonymous"}
        user = self._user(person) if person else {**anonymous, "providerDisplayName": "Anonymous"}
        document: dict[str, Any] = {
            "authenticatedUser": user,
            "authorizedUser": dict(user),
            "instanceId": self.instance_id,
            "deploymentType": "hosted" if self.kind is OrganizationKind.SERVICES else "onPremises",
        }
        self.change(document)
        headers = {"Content-Type": JSON, "X-VSS-ResourceTenant": self.tenant_id}
        return FakeAnswer(200, json.dumps(document).encode(), headers)

    def _user(self, person: FakePerson) -> dict[str, Any]:
        is_services = self.kind is OrganizationKind.SERVICES
        start = (
            "Microsoft.IdentityModel.Claims.ClaimsIdentity;"
            if is_services
            else "System.Security.Principal.WindowsIdentity;"
        )
        return {"id": person.user_id, "descriptor": f"{start}x\\y", "providerDisplayName": person.name}

    def _about(self, person: FakePerson, path: str, query: Mapping[str, list[str]]) -> FakeAnswer:
        if path == "/fabrikam/_apis/permissions/3e65f728-f8bc-4ecd-8764-7e378b19bfa7/2":
            return self._permission(person.permission)
        if path == "/fabrikam/_apis/permissions/83e28ad4-2d72-4ceb-97b0-c7726d5502c3/32":
            area = query["tokens"][0].rpartition("/")[2]
            return self._permission(int(area.removeprefix("area-")) in person.editable)
        if path == f"/fabrikam/_apis/identities/{person.user_id}":
            return self._identity(person)
        if path.startswith("/fabrikam/_apis/wit/workitems/"):
            return self._work_item(person, int(path.rpartition("/")[2]))
        if path.startswith("/fabrikam/Web Shop/_apis/wit/classificationnodes/Areas"):
            name = path.removeprefix("/fabrikam/Web Shop/_apis/wit/classificationnodes/Areas").strip("/")
            return _document({"identifier": name or "root"})
        return FakeAnswer(404, b"{}")

    def _permission(self, value: bool | None) -> FakeAnswer:
        return FakeAnswer(401, b"{}") if value is None else _document({"count": 1, "value": [value]})

    def _identity(self, person: FakePerson) -> FakeAnswer:
        if person.is_member is None:
            return FakeAnswer(403, b"{}")
        groups = ["Microsoft.TeamFoundation.Identity;S-1-9-1551374245-1204400969-2402986413-2179408616-0-0-0-0-3"]
        groups += [f"Microsoft.TeamFoundation.Identity;{ADMINISTRATORS}"] if person.is_member else []
        return _document({"id": person.user_id, "memberOf": groups})

    def _work_item(self, person: FakePerson, work_item_id: int) -> FakeAnswer:
        if work_item_id not in person.readable:
            return FakeAnswer(404, b'{"message": "TF401232"}')
        area = f"Web Shop\\area-{work_item_id}"
        return _document({"id": work_item_id, "fields": {"System.TeamProject": "Web Shop", "System.AreaPath": area}})


def _document(document: Mapping[str, object]) -> FakeAnswer:
    return FakeAnswer(200, json.dumps(document).encode())


@contextmanager
def serve(fake: FakeAzureDevOps) -> Iterator[FakeAzureDevOps]:
    """Answer on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = fake.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
