"""The time in the world of the tests, and the clocks of its places."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class WorldClock:
    """The time everywhere, and how far the clock of one place is off."""

    def __init__(self) -> None:
        self.time = START
        self.offsets: dict[str, float] = {}

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def at(self, place: str) -> "PlaceClock":
        return PlaceClock(self, place)


class PlaceClock:
    """A clock that may be off, stand still, or go back."""

    def __init__(self, world: WorldClock, place: str) -> None:
        self._world = world
        self._place = place

    def now(self) -> datetime:
        return self._world.time + timedelta(seconds=self._world.offsets.get(self._place, 0.0))

    def monotonic(self) -> float:
        return (self._world.time - START).total_seconds()
