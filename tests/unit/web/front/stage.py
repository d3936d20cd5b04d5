"""A fake node behind the real server, a partner that signs, and strangers with bare sockets."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.contract.peer.fake_node import CONNECTION_ID, FakeNode
from tests.contract.peer.http_node import ServedNode, add_connection, make_services, open_front, open_test_storage

from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.system_clock import SystemClock, SystemIds
from adnode.ports.message_security import RequestHead
from adnode.web.front import FrontLimits

SIGNER = Ed25519Signer()
MESSAGES = f"/peer/v1/connections/{CONNECTION_ID}/messages"
FILE = f"/peer/v1/connections/{CONNECTION_ID}/attachments/org-a%3A1"
NODE_URL = "https://node.example"
PATIENCE_SECONDS = 20.0
QUICK = FrontLimits(
    head_seconds=0.4,
    body_seconds=2.0,
    patience_seconds=0.4,
    linger_seconds=0.4,
    write_seconds=0.4,
    idle_seconds=1,
    poll_seconds=20.0,
    look_seconds=0.05,
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back over a socket until it was closed or the answer was complete."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Line:
    """A connection to the node, byte by byte."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_SECONDS)
        self._held = b""

    def send(self, data: bytes) -> "Line":
        self.socket.sendall(data)
        return self

    def read(self) -> Answered:
        """Return the next answer; raises AssertionError when the node closes before it is complete."""
        while b"\r\n\r\n" not in self._held:
            self._fetch()
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._held) < length:
            self._fetch()
        body, self._held = self._held[:length], self._held[length:]
        return Answered(int(first.split(" ")[1]), headers, body)

    def is_closed(self) -> bool:
        """Wait for the node to close; what it still says is dropped."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self.socket.close()

    def _fetch(self) -> None:
        data = self.socket.recv(65536)
        assert data, f"the node closed the connection after {self._held[:200]!r}"
        self._held += data


@dataclass(slots=True)
class Stage:
    """The node as others meet it."""

    served: ServedNode
    node: FakeNode
    security: HttpMessageSecurity
    key: bytes
    served_key: bytes
    stack: ExitStack

    def line(self) -> Line:
        """Open a connection."""
        parts = urlsplit(self.served.url)
        opened = Line((parts.hostname or "", parts.port or 0))
        self.stack.callback(opened.close)
        return opened

    def ask(self, method: str, path: str, **options: Any) -> Answered:
        """Make a request that the partner signs, and return what is answered."""
        return self.line().send(self.signed(method, path, **options)).read()

    def signed(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        sent: bytes | None = None,
        key: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        is_stream: bool = False,
    ) -> bytes:
        """Return a request as it is sent; ``sent`` instead of its body when that is to differ."""
        head = RequestHead(method, NODE_URL + path, dict(headers or {}))
        signed, _ = self.security.sign_request(head, None if is_stream else body, key or self.key)
        length = {} if method == "GET" else {"content-length": str(len(body))}
        return request(method, path, {**signed, **length}, body if sent is None else sent)

    def is_well(self) -> bool:
        """Say whether the node answers somebody else."""
        return self.line().send(request("GET", "/readyz")).read().status == 200


def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


def request(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """Return a request as it is sent."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: node",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def open_stage(folder: Path, limits: FrontLimits = QUICK, **changes: Any) -> Iterator[Stage]:
    """Serve a fake node with a connection to a partner."""
    storage, vault, node = open_test_storage(folder), MemoryVault(), FakeNode()
    key = SIGNER.new_private_key()
    served_key = SIGNER.new_private_key()
    add_connection(storage, vault, served_key, SIGNER.public_key(key))
    services = replace(make_services(node, storage, vault, node_url=NODE_URL), **changes)
    security = HttpMessageSecurity(SystemClock(), SystemIds())
    with ExitStack() as stack:
        stack.callback(storage.close)
        served = stack.enter_context(open_front(services, limits))
        yield Stage(served, node, security, key, SIGNER.public_key(served_key), stack)
