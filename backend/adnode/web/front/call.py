"""One request as the front sees it, and what is said to its caller."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from adnode.web.callers import caller_address, caller_group
from adnode.web.correlation import HEADER
from adnode.web.errors import PROBLEM_TYPE, problem_document

SLICE_BYTES = 64 * 1024
"""What is handed to the network at once: more would lie in a buffer for everyone who reads slowly."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
"""ASGI 3 (https://asgi.readthedocs.io/en/latest/specs/www.html)."""


class GoneError(Exception):
    """The caller is not there any more."""


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer that is complete."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Call:
    """A request: its head, and the ways to its body and its answer."""

    scope: Scope
    receive: Receive
    send: Send
    trusted_proxies: int
    status: int = 0
    target: str = field(init=False)
    path: str = field(init=False)
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Read what is asked of a head more than once."""
        raw, query = self.scope["raw_path"].decode("latin-1"), self.scope["query_string"].decode("latin-1")
        if not raw.startswith("/"):
            # The form that proxies are sent (RFC 9112, section 3.2.2).
            raw = urlsplit(raw).path or "/"
        self.path = raw
        self.target = f"{raw}?{query}" if query else raw
        self.headers = _joined(self.scope["headers"])

    @property
    def method(self) -> str:
        """Return the method."""
        return str(self.scope["method"])

    @property
    def group(self) -> str:
        """Return what this caller is counted by."""
        client = (self.scope["client"] or ("", 0))[0]
        return caller_group(caller_address(client, self.headers.get("x-forwarded-for", ""), self.trusted_proxies))

    @property
    def length(self) -> int | None:
        """Return how long the body claims to be; None for one in chunks."""
        if "transfer-encoding" in self.headers:
            return None
        text = self.headers.get("content-length", "0")
        return int(text) if text.isascii() and text.isdecimal() else 0

    async def take(self) -> tuple[bytes, bool]:
        """Return more of the body and whether even more follows; raises GoneError."""
        event = await self.receive()
        if event["type"] != "http.request":
            raise GoneError
        return event.get("body", b""), event.get("more_body", False)

    async def begin_answer(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of the answer."""
        self.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def continue_answer(self, body: bytes) -> None:
        """Send more of the answer, as fast as the caller reads."""
        view = memoryview(body)
        for start in range(0, len(view), SLICE_BYTES):
            piece = bytes(view[start : start + SLICE_BYTES])
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end_answer(self) -> None:
        """Say that the answer is complete."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def answer(self, answer: Plain) -> None:
        """Send a complete answer."""
        headers = {**answer.headers, "content-length": str(len(answer.body))}
        await self.begin_answer(answer.status, [(name.encode(), value.encode()) for name, value in headers.items()])
        await self.continue_answer(answer.body)
        await self.end_answer()

    async def wait_for_end(self) -> None:
        """Wait until the caller is gone."""
        while (await self.receive())["type"] == "http.request":
            await asyncio.sleep(0)


def make_problem(status: int, code: str, detail: str, headers: Mapping[str, str], retry_seconds: int = 0) -> Plain:
    """Return an answer of the front itself that says what is wrong."""
    correlation = secrets.token_hex(8)
    said = {**headers, "content-type": PROBLEM_TYPE, HEADER: correlation}
    if retry_seconds:
        said["retry-after"] = str(retry_seconds)
    return Plain(status, said, json.dumps(problem_document(status, code, detail, correlation)).encode())


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by their names in lower case; a name with an underscore could be taken for another one later."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if "_" not in key:
            joined[key] = f"{joined[key]},{text}" if key in joined else text
    return joined
