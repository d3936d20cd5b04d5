"""Long polls: looked after in threads, waiting without one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from adnode.web.front.call import Call, GoneError
from adnode.web.front.crowd import Crowd
from adnode.web.front.limits import FrontLimits
from adnode.web.front.parking import Parking, Place, Reason
from adnode.web.front.passage import Passage
from adnode.web.front.pool import Pool
from adnode.web.handover import Handover
from adnode.web.node_services import Exchange

Subscribe = Callable[[Callable[[str], None]], None]
"""Has a callback called, in any thread, with the id of each connection that may have something to hear."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PollPools:
    """Threads for polls that come or whose time is over, which may be a thousand at once, and for those that are woken:
    what there is to tell waits behind none of the others.
    """

    coming: Pool
    woken: Pool


class Polls:
    """All long polls of this process. Used in one event loop."""

    def __init__(
        self, exchange: Exchange, passage: Passage, pools: PollPools, subscribe: Subscribe, limits: FrontLimits
    ) -> None:
        self._exchange = exchange
        self._passage = passage
        self._pools = pools
        self._subscribe = subscribe
        self._limits = limits
        self._parking = Parking()
        self._crowd = Crowd()
        self._looking: asyncio.Task[None] | None = None

    @property
    def parked_count(self) -> int:
        """Return how many wait now."""
        return len(self._parking.parked)

    def begin(self) -> None:
        """Listen to wake-ups from now on, and look after polls that nobody wakes."""
        loop = asyncio.get_running_loop()

        def wake(connection_id: str) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._parking.wake, connection_id)

        self._subscribe(wake)
        self._looking = loop.create_task(self._look_after())

    def end(self) -> None:
        """Have all polls answered; those that come do not wait."""
        self._parking.end()
        if self._looking is not None:
            self._looking.cancel()

    async def hold(self, call: Call, handover: Handover, connection_id: str) -> None:
        """Answer a poll: at once, when it is woken, or when its time is over."""
        arrived = asyncio.get_running_loop().time()
        handover.may_park = True
        # It hears what is woken from before the first look on.
        with self._parking.place(connection_id) as place:
            with self._crowd.place((call.group, connection_id), self._limits.crowd):
                answer, piece = await self._passage.ask(call, handover, self._pools.coming)
            while handover.is_parked and handover.poll is not None:
                self._parking.park(place, handover.poll.after)
                wait_seconds = min(handover.poll.wait_seconds, self._limits.poll_seconds)
                reason = await _wait(call, place, arrived + wait_seconds)
                handover.is_parked, handover.must_end = False, reason is not Reason.WOKEN
                pool = self._pools.coming if handover.must_end else self._pools.woken
                answer, piece = await self._passage.ask(call, handover, pool)
        await self._passage.answer(call, self._pools.woken, answer, piece)

    async def _look_after(self) -> None:
        """Wake what has something to hear although nobody woke it: all polls by one look at the database."""
        while True:
            await asyncio.sleep(self._limits.look_seconds)
            try:
                await self._look_once()
            except Exception:
                # A database that is away for a moment must not end the looking.
                log.error("polls_not_looked_after", exc_info=True)

    async def _look_once(self) -> None:
        parked = self._parking.parked
        if parked:
            for connection_id in await self._pools.woken.run(lambda: self._exchange.list_ready(parked)):
                self._parking.wake(connection_id)


async def _wait(call: Call, place: Place, deadline: float) -> Reason:
    """Wait for the reason to go on; raises GoneError when the caller does not wait any more."""
    waiting = asyncio.ensure_future(place.wait(deadline))
    leaving = asyncio.ensure_future(call.wait_for_end())
    try:
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise GoneError
        return waiting.result()
    finally:
        waiting.cancel()
        leaving.cancel()
