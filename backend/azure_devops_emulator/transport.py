"""HTTP/1.1 on one connection: requests in, answers out, kept alive between them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

_LONGEST_LINE = 65_536
_MOST_HEADERS = 200
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class ByteSource(Protocol):
    """Where the bytes of a connection come from, buffered."""

    def read(self, size: int, /) -> bytes:
        """As many bytes, fewer only at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Up to and with the next line feed, at most `size` bytes."""
        ...


class ConnectionEndedError(Exception):
    """The peer is gone, or sends what is no HTTP."""


class IncomingBody:
    """The body of a request, read as it arrives, with a length or in chunks (RFC 9112, sections 6 and 7)."""

    def __init__(self, source: ByteSource, headers: Mapping[str, str], proceed: Callable[[], None]) -> None:
        self._source = source
        waits = headers.get("expect", "").lower() == "100-continue"
        self._proceed: Callable[[], None] | None = proceed if waits else None
        self._chunked = headers.get("transfer-encoding", "").lower().endswith("chunked")
        self._remaining = 0 if self._chunked else _length(headers)
        self._ended = not self._chunked and self._remaining == 0

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes (all for -1); empty at the end. Raises ConnectionEndedError when the peer stops early."""
        if self._proceed and not self._ended:
            self._proceed()
            self._proceed = None
        pieces: list[bytes] = []
        missing = size
        while not self._ended and missing != 0:
            piece = self._piece(missing)
            pieces.append(piece)
            missing -= len(piece) if size >= 0 else 0
        return b"".join(pieces)

    def drain(self, most: int = 1 << 28) -> bool:
        """Read what is left, so that the next request can follow; False if that is more than `most` bytes."""
        if self._proceed:
            return self._ended
        while not self._ended and most > 0:
            most -= len(self.read(65_536))
        return self._ended

    def _piece(self, most: int) -> bytes:
        if self._remaining == 0:
            self._next_chunk()
            if self._ended:
                return b""
        wanted = min(self._remaining, 262_144 if most < 0 else most)
        piece = self._source.read(wanted)
        if len(piece) < wanted:
            raise ConnectionEndedError
        self._remaining -= wanted
        if self._remaining == 0:
            self._end_piece()
        return piece

    def _next_chunk(self) -> None:
        try:
            self._remaining = int(_line(self._source).split(b";")[0], 16)
        except ValueError:
            raise ConnectionEndedError from None
        if self._remaining == 0:
            while _line(self._source):
                pass
            self._ended = True

    def _end_piece(self) -> None:
        if self._chunked:
            _line(self._source)
        else:
            self._ended = True


@dataclass(slots=True)
class Request:
    """One request. Header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: IncomingBody
    keep_alive: bool


@dataclass(slots=True)
class Response:
    """What goes back. `stream` yields a body of `length` bytes (sent in chunks when it is None); else `body` is sent.

    `cut_after_bytes` ends the connection after that many bytes of the body. `abandon` ends it without any answer.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    stream: Callable[[], Iterator[bytes]] | None = None
    length: int | None = None
    cut_after_bytes: int | None = None
    abandon: bool = False


def _line(source: ByteSource) -> bytes:
    line = source.readline(_LONGEST_LINE + 1)
    if not line.endswith(b"\n"):
        raise ConnectionEndedError
    return line.rstrip(b"\r\n")


def _length(headers: Mapping[str, str]) -> int:
    try:
        return max(0, int(headers.get("content-length", "0")))
    except ValueError:
        raise ConnectionEndedError from None


def read_request(source: ByteSource, send: Callable[[bytes], None]) -> Request | None:
    """The next request, or None when the peer is done. Raises ConnectionEndedError for half a request."""
    first = source.readline(_LONGEST_LINE + 1)
    if not first.strip():
        return None
    parts = first.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise ConnectionEndedError
    headers: dict[str, str] = {}
    while line := _line(source):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
        if len(headers) > _MOST_HEADERS:
            raise ConnectionEndedError
    connection = headers.get("connection", "").lower()
    keep_alive = connection != "close" and (parts[2] == "HTTP/1.1" or connection == "keep-alive")
    body = IncomingBody(source, headers, lambda: send(b"HTTP/1.1 100 Continue\r\n\r\n"))
    return Request(parts[0].upper(), parts[1], headers, body, keep_alive)


def _head(response: Response, keep_alive: bool, length: int | None) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    elif response.status != HTTPStatus.NO_CONTENT:
        lines.append("Transfer-Encoding: chunked")
    if not keep_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def send_response(send: Callable[[bytes], None], response: Response, *, keep_alive: bool, bodiless: bool) -> bool:
    """Send head and body, a body at hand in one write with the head. False if the connection must end now."""
    if response.abandon:
        return False
    if response.stream is None:
        length = None if response.status == HTTPStatus.NO_CONTENT else len(response.body)
        head, body = _head(response, keep_alive, length), b"" if bodiless else response.body
        if response.cut_after_bytes is not None:
            send(head + body[: response.cut_after_bytes])
            return False
        send(head + body)
        return keep_alive
    send(_head(response, keep_alive, response.length))
    return (bodiless or _send_stream(send, response)) and keep_alive


def _send_stream(send: Callable[[bytes], None], response: Response) -> bool:
    left = response.cut_after_bytes
    for piece in response.stream() if response.stream else ():
        part = piece if left is None else piece[:left]
        if part:
            send(part if response.length is not None else b"%x\r\n%b\r\n" % (len(part), part))
        if left is not None:
            left -= len(part)
            if left == 0:
                return False
    if response.length is None:
        send(b"0\r\n\r\n")
    return True


def serve_connection(connection: socket.socket, respond: Callable[[Request], Response]) -> None:
    """Answer the requests of one connection until the peer leaves."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError, ConnectionEndedError), connection.makefile("rb", 65_536) as source:
        while request := read_request(source, connection.sendall):
            response = respond(request)
            keep_alive = request.keep_alive and not response.abandon and request.body.drain()
            bodiless = request.method == "HEAD"
            if not send_response(connection.sendall, response, keep_alive=keep_alive, bodiless=bodiless):
                return
