"""Reading bodies: in time, within the budget, and without a thread."""

import asyncio
import concurrent.futures
import io

from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from adnode.web.errors import BusyError
from adnode.web.front.budget import Share
from adnode.web.front.call import Call, GoneError
from adnode.web.front.limits import FrontLimits


class TooSlowError(Exception):
    """A body did not come in time."""


async def read_body(call: Call, share: Share, limits: FrontLimits, limit_bytes: int) -> bytes:
    """Return the body, or of one beyond the limit its beginning, which is longer than the limit.

    Raises TooSlowError, GoneError, and BusyError when the budget is spent and this body took longest.
    """
    if (call.length or 0) > limit_bytes:
        return b""
    loop = asyncio.get_running_loop()
    began = loop.time()
    body = bytearray()
    try:
        async with asyncio.timeout_at(began + limits.patience_seconds) as deadline:
            share.on_eviction = lambda: deadline.reschedule(loop.time())
            has_more = True
            while has_more and len(body) <= limit_bytes:
                piece, has_more = await call.take()
                body += piece
                share.grow(len(piece))
                if not share.is_evicted:
                    earned = limits.patience_seconds + len(body) / limits.slowest_bytes_a_second
                    deadline.reschedule(began + min(limits.body_seconds, earned))
    except TimeoutError:
        if share.is_evicted:
            raise BusyError("This node takes in too much at once. Send it again in a moment.") from None
        raise TooSlowError from None
    finally:
        share.on_eviction = lambda: None
    return bytes(body)


class BodyStream(io.RawIOBase):
    """The body of a request for whoever reads it in a thread, as it comes. It must come fast enough, counting only the
    time in which somebody waits for it.
    """

    def __init__(self, call: Call, limits: FrontLimits, loop: asyncio.AbstractEventLoop) -> None:
        self._call = call
        self._limits = limits
        self._loop = loop
        self._held = b""
        self._has_more = True
        self._taken_bytes = 0
        self._waited_seconds = 0.0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read what there is, waiting for something; raises HTTP errors for a caller that is gone or too slow."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._held and self._has_more:
            self._held = self._fetch()
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _fetch(self) -> bytes:
        future = asyncio.run_coroutine_threadsafe(self._take(), self._loop)
        try:
            return future.result()
        except GoneError:
            raise ClientDisconnected from None
        except (TooSlowError, concurrent.futures.CancelledError):
            raise RequestTimeout("The content came too slowly. Send it again.") from None

    async def _take(self) -> bytes:
        began = self._loop.time()
        earned = self._limits.patience_seconds + self._taken_bytes / self._limits.slowest_bytes_a_second
        try:
            async with asyncio.timeout(earned - self._waited_seconds):
                piece, self._has_more = await self._call.take()
        except TimeoutError:
            raise TooSlowError from None
        self._waited_seconds += self._loop.time() - began
        self._taken_bytes += len(piece)
        return piece
