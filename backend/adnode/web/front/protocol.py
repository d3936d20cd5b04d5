"""HTTP/1.1 connections under deadlines: what uvicorn's own protocol leaves to whoever calls."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from adnode.web.front.limits import FrontLimits

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Watch:
    """All connections of a server. When there are too many, the one that has been without a request longest goes."""

    def __init__(self, limits: FrontLimits) -> None:
        self.limits = limits
        self._open: set[WatchedProtocol] = set()
        self._idle: dict[WatchedProtocol, None] = {}

    def make(self, **arguments: Any) -> "WatchedProtocol":
        """Return the protocol of a new connection."""
        return WatchedProtocol(self, **arguments)

    def note_open(self, protocol: "WatchedProtocol") -> None:
        """Note a new connection, and end one when there are more than may be."""
        self._open.add(protocol)
        self.note_idle(protocol)
        if len(self._open) > self.limits.connections and self._idle:
            longest = next(iter(self._idle))
            self.forget(longest)
            longest.abort()

    def forget(self, protocol: "WatchedProtocol") -> None:
        """Note that a connection is over."""
        self._open.discard(protocol)
        self._idle.pop(protocol, None)

    def note_idle(self, protocol: "WatchedProtocol") -> None:
        """Note that no request is under way there."""
        if protocol in self._open:
            self._idle[protocol] = None

    def note_busy(self, protocol: "WatchedProtocol") -> None:
        """Note that a request is under way."""
        self._idle.pop(protocol, None)


class WatchedProtocol(H11Protocol):
    """A connection whose head must be complete in time, whose answer must be read in time, and that is over in time,
    whatever the other side does. Bodies are watched by whoever reads them.
    """

    def __init__(self, watch: Watch, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._watch = watch
        self._limits = watch.limits
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._end_timer: asyncio.TimerHandle | None = None
        self._drained_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a head from now on."""
        super().connection_made(transport)
        self._watch.note_open(self)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._watch.forget(self)
        for timer in (self._head_timer, self._write_timer, self._end_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see how far the request is."""
        if self._is_draining:
            self._drained_bytes += len(data)
            if self._drained_bytes > self._limits.linger_bytes:
                self.abort()
                return
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """See what is left to come of a request that was answered."""
        super().on_response_complete()
        if self.transport.is_closing() or self._is_draining:
            self._end_soon()
        self._look()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        super().send_400_response(msg)
        self._end_soon()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that rests."""
        super().timeout_keep_alive_handler()
        self._end_soon()

    def shutdown(self) -> None:
        """End with the server."""
        super().shutdown()
        if self.transport.is_closing():
            self._end_soon()

    def pause_writing(self) -> None:
        """Let the caller have time to read what was said."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self._limits.write_seconds, self.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def abort(self) -> None:
        """End at once; what was not read is lost."""
        self.transport.abort()

    @property
    def _is_draining(self) -> bool:
        """Say whether a request was answered before all of it had come."""
        return self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        if self.conn.their_state is not h11.IDLE:
            self._watch.note_busy(self)
            self._cancel_head()
            return
        self._drained_bytes = 0
        if self._end_timer is not None:
            self._end_timer.cancel()
            self._end_timer = None
        self._watch.note_idle(self)
        if self.conn.trailing_data[0]:
            self._expect_head()
        elif self.cycle is not None and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._limits.head_seconds, self._on_late_head)

    def _cancel_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _on_late_head(self) -> None:
        self.transport.write(TOO_SLOW)
        self.transport.close()
        self._end_soon()

    def _end_soon(self) -> None:
        """End whatever the other side does or leaves undone."""
        if self._end_timer is None:
            self._end_timer = self.loop.call_later(self._limits.linger_seconds, self.abort)
