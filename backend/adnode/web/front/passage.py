"""The way of a request to Flask and of its answer back."""

import asyncio
import io
from typing import IO

import structlog

from adnode.web.front.bodies import BodyStream, read_body
from adnode.web.front.bridge import Answer, Application, call_application, make_environ
from adnode.web.front.budget import Budget, Share
from adnode.web.front.call import Call, GoneError
from adnode.web.front.limits import FrontLimits
from adnode.web.front.pool import Pool
from adnode.web.handover import Handover

log = structlog.get_logger(__name__)


class Passage:
    """Hands whole requests over, and answers as fast as they are read. Used in one event loop."""

    def __init__(self, application: Application, limits: FrontLimits) -> None:
        self._application = application
        self._limits = limits
        self._bodies = Budget(limits.budget_bytes)
        self._answers = Budget(limits.budget_bytes)

    async def pass_head(self, call: Call, handover: Handover, pool: Pool) -> None:
        """Have a request answered whose body does not matter."""
        await self.answer(call, pool, *await self.ask(call, handover, pool))

    async def pass_whole(self, call: Call, handover: Handover, pool: Pool, limit_bytes: int) -> None:
        """Read the body, then have the request answered. Raises TooSlowError, BusyError, GoneError."""
        with self._bodies.share(_nothing) as share:
            body = await read_body(call, share, self._limits, limit_bytes)
            asked = await self.ask(call, handover, pool, body)
        await self.answer(call, pool, *asked)

    async def pass_stream(self, call: Call, handover: Handover, pool: Pool) -> None:
        """Have a request answered that is read while its body comes."""
        stream = BodyStream(call, self._limits, asyncio.get_running_loop())
        await self.answer(call, pool, *await self._run(call, handover, pool, stream, call.length))

    async def ask(self, call: Call, handover: Handover, pool: Pool, body: bytes = b"") -> tuple[Answer, bytes]:
        """Return what Flask answers, and the first piece of it."""
        # A body that is too long is not read: its length is what it is refused for.
        return await self._run(call, handover, pool, io.BytesIO(body), call.length or len(body))

    async def answer(self, call: Call, pool: Pool, answer: Answer, piece: bytes) -> None:
        """Send an answer, holding no more of it than a piece; raises GoneError for somebody who reads too slowly while
        others have no memory left.
        """
        loop, patience = asyncio.get_running_loop(), asyncio.timeout(None)
        with self._answers.share(lambda: patience.reschedule(loop.time())) as share:
            try:
                async with patience:
                    share.grow(len(piece))
                    await call.begin_answer(answer.status, answer.headers)
                    await call.continue_answer(piece)
                    if answer.has_more:
                        await self._answer_rest(call, pool, answer, share)
                    await call.end_answer()
            except TimeoutError:
                if not share.is_evicted:
                    raise
                log.info("answer_cut", address=call.group, path=call.path)
                raise GoneError from None
            finally:
                answer.close()

    async def _answer_rest(self, call: Call, pool: Pool, answer: Answer, share: Share) -> None:
        # Whoever leaves is only noticed by listening: what is said to him just disappears.
        leaving = asyncio.ensure_future(call.wait_for_end())
        try:
            while answer.has_more:
                share.shrink()
                piece = await pool.run(answer.produce)
                share.grow(len(piece))
                await call.continue_answer(piece)
                if leaving.done():
                    raise GoneError
        finally:
            leaving.cancel()

    async def _run(
        self, call: Call, handover: Handover, pool: Pool, body: IO[bytes] | io.RawIOBase, length: int | None
    ) -> tuple[Answer, bytes]:
        environ = make_environ(call, body, length, handover)
        return await pool.run(lambda: call_application(self._application, environ))


def _nothing() -> None:
    return
