"""Strangers who want to hold what a node has, and honest partners that poll beside them: thousands of sockets in one
event loop of a thread.

Strangers come from many addresses of the loopback network, so that none is shut out for being refused too often.
"""

import asyncio
import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from tests.acceptance.harness import Side

from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.system_clock import SystemClock, SystemIds
from adnode.cli.open_files import allow_many_open_files
from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    Mode,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.ports.message_security import RequestHead

SIGNER = Ed25519Signer()
HEAD = b"GET /healthz HTTP/1.1\r\nHost: node\r\nX-Slow: "
BODY_BYTES = 64_000
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: node\r\n\r\n"
SLOW_BODY = f"POST /api/v1/session HTTP/1.1\r\nHost: node\r\nContent-Length: {BODY_BYTES}\r\n\r\n".encode()
HELD_SECONDS = 20.0
"""How long a client that never closes goes on holding what the node has closed."""
ADDRESSES = 200
READ_BYTES = 65536
BUSY_SECONDS = 1.0

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Partner:
    """An honest partner of a node, of which there is only a key: it polls and has no work items."""

    connection_id: str
    private_key: bytes


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many of each kind come at once: heads that are never complete, bodies that come so slowly, clients that do
    not close what they have opened.
    """

    heads: int = 0
    bodies: int = 0
    holders: int = 0
    bytes_a_second: int = 1050

    @property
    def size(self) -> int:
        """Return how many there are."""
        return self.heads + self.bodies + self.holders


@dataclass
class Load:
    """A crowd of strangers and polls of partners, from entering until leaving; who is done comes again.

    ``strangers`` counts what they were answered, by kind and status, and ``over``, their connections that the node has
    ended; ``answers`` counts by connection the statuses of its polls, 0 for one that got no answer.
    """

    url: str
    crowd: Crowd
    polls: Sequence[Partner]
    wait_seconds: float = 20.0
    strangers: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    _ending: bool = False

    @property
    def statuses(self) -> Counter[int]:
        """Return how often each status was the answer to a poll."""
        return sum(self.answers.values(), Counter())

    def __enter__(self) -> Self:
        """Begin."""
        allow_many_open_files()
        self._addresses = itertools.cycle(
            f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(ADDRESSES)
        )
        self._security = HttpMessageSecurity(SystemClock(), SystemIds())
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="strangers", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Let each poll under way have its answer, then leave."""
        self._ending = True
        self._thread.join()

    async def _run(self) -> None:
        kinds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (self.crowd.heads, self._open_head),
            (self.crowd.bodies, self._send_slowly),
            (self.crowd.holders, self._never_close),
        ]
        strangers = [asyncio.ensure_future(self._again(deed)) for count, deed in kinds for _ in range(count)]
        await asyncio.gather(*(self._poll(partner) for partner in self.polls), self._until_the_end())
        for stranger in strangers:
            stranger.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)

    async def _until_the_end(self) -> None:
        while not self._ending:
            await asyncio.sleep(0.1)

    async def _again(self, deed: Callable[[], Awaitable[None]]) -> None:
        """Come again as often as the node ends it."""
        while not self._ending:
            with suppress(OSError, asyncio.IncompleteReadError):
                await deed()
            self.strangers["over"] += 1

    async def _open_head(self) -> None:
        async with self._connected() as (reader, writer):
            writer.write(HEAD)
            while not (status := await _answer_within(reader, 1.0)):
                writer.write(b"x")
            self.strangers[f"head {status}"] += 1

    async def _send_slowly(self) -> None:
        async with self._connected() as (reader, writer):
            writer.write(SLOW_BODY)
            for _ in range(BODY_BYTES // self.crowd.bytes_a_second):
                writer.write(b" " * self.crowd.bytes_a_second)
                if status := await _answer_within(reader, 1.0):
                    self.strangers[f"body {status}"] += 1
                    return

    async def _never_close(self) -> None:
        async with self._connected() as (reader, writer):
            writer.write(HEALTH)
            self.strangers[f"holder {await _read_status(reader)}"] += 1
            await reader.read(1)
            await asyncio.sleep(HELD_SECONDS)

    async def _poll(self, partner: Partner) -> None:
        while not self._ending:
            status = 0
            with suppress(OSError, asyncio.IncompleteReadError):
                status = await self._poll_once(partner)
            self.answers[partner.connection_id][status] += 1
            if status != 200:
                await asyncio.sleep(BUSY_SECONDS)

    async def _poll_once(self, partner: Partner) -> int:
        path = f"/peer/v1/connections/{partner.connection_id}/messages?after=0&wait={self.wait_seconds:g}"
        async with self._connected("127.0.0.1") as (reader, writer):
            head = RequestHead("GET", self.url + path, {})
            signed, _ = self._security.sign_request(head, b"", partner.private_key)
            lines = [f"GET {path} HTTP/1.1", "Host: node", *(f"{name}: {value}" for name, value in signed.items())]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
            return await _read_status(reader)

    @asynccontextmanager
    async def _connected(self, source: str = "") -> AsyncIterator[Stream]:
        parts = urlsplit(self.url)
        local = (source or next(self._addresses), 0)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, local_addr=local)
        try:
            yield reader, writer
        finally:
            writer.close()


def add_partners(side: Side, count: int) -> list[Partner]:
    """Give a node that many active private connections; return who polls them."""
    partners = [Partner(f"partner-{number:04}", SIGNER.new_private_key()) for number in range(count)]
    with side.observer.new_unit_of_work() as work:
        for partner in partners:
            work.connections.add(_connection(side, partner))
        work.commit()
    return partners


def _connection(side: Side, partner: Partner) -> Connection:
    own_key = SIGNER.new_private_key()
    return Connection(
        id=partner.connection_id,
        name=partner.connection_id,
        organization_id=side.organization_id,
        project=side.organization.project,
        mode=Mode.BASIC,
        visibility=Visibility.PRIVATE,
        role=Role.INITIATOR,
        status=ConnectionStatus.ACTIVE,
        transport=TransportKind.POLLED,
        sealed_private_key=side.observer.vault.seal(own_key, f"connection:{partner.connection_id}"),
        public_key=SIGNER.public_key(own_key),
        created_at=SystemClock().now(),
        peer=PeerIdentity(
            f"org-{partner.connection_id}",
            f"Organization of {partner.connection_id}",
            f"https://dev.azure.com/{partner.connection_id}",
            "",
            SIGNER.public_key(partner.private_key),
        ),
    )


async def _answer_within(reader: asyncio.StreamReader, seconds: float) -> int:
    """Return the status of the answer, 0 when there is none within that time."""
    try:
        async with asyncio.timeout(seconds):
            return await _read_status(reader)
    except TimeoutError:
        return 0


async def _read_status(reader: asyncio.StreamReader) -> int:
    """Read an answer and return its status; raises IncompleteReadError where there is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name == "content-length":
            await reader.readexactly(int(value))
    return int(head.split(" ")[1])
