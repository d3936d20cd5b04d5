"""Threads for what blocks. A request has one only while something is done for it."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from adnode.web.errors import BusyError

T = TypeVar("T")


class Pool:
    """At most ``size`` threads, started when they are needed; at most ``waiting`` callers wait for one, and none longer
    than ``wait_seconds``. Used from one event loop.
    """

    def __init__(self, name: str, size: int, waiting: int, wait_seconds: float) -> None:
        self._name = name
        self._size = size
        self._waiting_limit = waiting
        self._wait_seconds = wait_seconds
        self._waiting = 0
        self._busy = 0
        self._started = 0
        self._places = asyncio.Semaphore(size)
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    async def run(self, function: Callable[[], T]) -> T:
        """Return what the function returns, called in a thread; raises BusyError when none is free for too long."""
        await self._take_place()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._start_thread()
        self._work.put(lambda: self._do(function, loop, future))
        return await future

    def close(self) -> None:
        """End the threads, each when it is done with what it does."""
        for _ in range(self._started):
            self._work.put(None)

    async def _take_place(self) -> None:
        if self._waiting >= self._waiting_limit:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1

    def _start_thread(self) -> None:
        self._busy += 1
        if self._busy > self._started:
            self._started += 1
            # Not waited for at the end of the process: what a thread waits for may take longer than that has.
            threading.Thread(target=self._serve, name=f"{self._name}-{self._started}", daemon=True).start()

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def _do(self, function: Callable[[], T], loop: asyncio.AbstractEventLoop, future: "asyncio.Future[T]") -> None:
        outcome: T | None = None
        failure: BaseException | None = None
        try:
            outcome = function()
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            failure = error
        try:
            loop.call_soon_threadsafe(self._finish, future, outcome, failure)
        except RuntimeError:
            # The process ends and nobody waits any more.
            return

    def _finish(self, future: "asyncio.Future[Any]", outcome: object, failure: BaseException | None) -> None:
        self._busy -= 1
        self._places.release()
        if future.cancelled():
            return
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(outcome)


def _busy() -> BusyError:
    return BusyError("This node has more to do than it can just now. Try again in a moment.")
