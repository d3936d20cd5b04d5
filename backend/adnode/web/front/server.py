"""The front under uvicorn (https://www.uvicorn.org)."""

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, cast

import uvicorn

from adnode.web.front.application import Front
from adnode.web.front.limits import FrontLimits
from adnode.web.front.protocol import Watch

BACKLOG = 2048
END_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class FrontServer(uvicorn.Server):
    """Serves until a signal ends it; requests under way then get ``grace_seconds``."""

    def __init__(self, front: Front, grace_seconds: int, limits: FrontLimits | None = None) -> None:
        self._front = front
        watch = Watch(limits or FrontLimits())
        super().__init__(
            uvicorn.Config(
                cast(Any, front),
                # It is only called, never asked for its type.
                http=cast(Any, watch.make),
                loop="asyncio",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=watch.limits.idle_seconds,
                timeout_graceful_shutdown=grace_seconds,
                h11_max_incomplete_event_size=watch.limits.head_bytes,
            )
        )
        # What strangers send is no news, and what breaks is told by the front.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, to callers and to wake-ups."""
        self._front.begin()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer parked polls, then end."""
        self._front.end()
        await super().shutdown(sockets)
        self._front.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on signals. Unlike uvicorn's own way they are not raised again: the node is still to be closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in END_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.should_exit = True
