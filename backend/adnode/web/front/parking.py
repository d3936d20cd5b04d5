"""Long polls that wait: each is a few objects in the event loop, no thread and no database connection."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Reason(StrEnum):
    """Why a parked poll goes on."""

    WOKEN = "woken"
    OVER = "over"
    SUPERSEDED = "superseded"


class Place:
    """The place of one poll: it hears wake-ups from before the first look on, so that none falls in between."""

    def __init__(self, connection_id: str) -> None:
        self.connection_id = connection_id
        self.after = 0
        self._reasons: asyncio.Queue[Reason] = asyncio.Queue()

    def tell(self, reason: Reason) -> None:
        """Give the poll a reason to go on."""
        self._reasons.put_nowait(reason)

    async def wait(self, deadline: float) -> Reason:
        """Wait for a reason until the loop's clock says ``deadline``; a reason to end counts more than a wake-up."""
        try:
            async with asyncio.timeout_at(deadline):
                reasons = [await self._reasons.get()]
        except TimeoutError:
            return Reason.OVER
        while not self._reasons.empty():
            reasons.append(self._reasons.get_nowait())
        return next((reason for reason in reasons if reason is not Reason.WOKEN), Reason.WOKEN)


class Parking:
    """All polls of this process. Used in one event loop."""

    def __init__(self) -> None:
        self._listening: dict[str, dict[Place, None]] = {}
        self._parked: dict[str, Place] = {}
        self._is_over = False

    @property
    def parked(self) -> dict[str, int]:
        """Return for each connection whose poll is parked the number after which it wants messages."""
        return {connection_id: place.after for connection_id, place in self._parked.items()}

    @contextmanager
    def place(self, connection_id: str) -> Iterator[Place]:
        """Hear wake-ups of the connection."""
        place = Place(connection_id)
        self._listening.setdefault(connection_id, {})[place] = None
        try:
            yield place
        finally:
            self._leave(place)

    def park(self, place: Place, after: int) -> None:
        """Let the poll wait. There is one for each connection: an older one ends."""
        place.after = after
        older = self._parked.get(place.connection_id)
        if older is not None and older is not place:
            older.tell(Reason.SUPERSEDED)
        self._parked[place.connection_id] = place
        if self._is_over:
            place.tell(Reason.OVER)

    def wake(self, connection_id: str) -> None:
        """Have the polls of the connection look again."""
        for place in self._listening.get(connection_id, ()):
            place.tell(Reason.WOKEN)

    def end(self) -> None:
        """End all polls, and those that come."""
        self._is_over = True
        for place in self._parked.values():
            place.tell(Reason.OVER)

    def _leave(self, place: Place) -> None:
        listening = self._listening.get(place.connection_id, {})
        listening.pop(place, None)
        if not listening:
            self._listening.pop(place.connection_id, None)
        if self._parked.get(place.connection_id) is place:
            del self._parked[place.connection_id]
