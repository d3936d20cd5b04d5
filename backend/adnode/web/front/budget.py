"""Memory that all callers share: whoever takes longest gives way when it is spent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Share:
    """What one caller holds of a budget. ``on_eviction`` is called once when it has to give way."""

    def __init__(self, budget: "Budget", on_eviction: Callable[[], None]) -> None:
        self._budget = budget
        self.on_eviction = on_eviction
        self.bytes = 0
        self.is_evicted = False

    def grow(self, count: int) -> None:
        """Hold more; who began longest ago gives way, which may be this one."""
        self._budget.take(self, count)

    def shrink(self) -> None:
        """Hold nothing any more."""
        self._budget.give_back(self)


class Budget:
    """So many bytes for all callers together. Used in one thread."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._shares: dict[Share, None] = {}
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Return what is held now."""
        return self._held_bytes

    @contextmanager
    def share(self, on_eviction: Callable[[], None]) -> Iterator[Share]:
        """Take part, holding nothing yet."""
        share = Share(self, on_eviction)
        self._shares[share] = None
        try:
            yield share
        finally:
            self.give_back(share)
            self._shares.pop(share, None)

    def take(self, share: Share, count: int) -> None:
        """Let the share hold more."""
        share.bytes += count
        self._held_bytes += count
        while self._held_bytes > self._limit_bytes:
            oldest = next((one for one in self._shares if one.bytes), None)
            if oldest is None:
                return
            self._evict(oldest)

    def give_back(self, share: Share) -> None:
        """Let the share hold nothing."""
        self._held_bytes -= share.bytes
        share.bytes = 0

    def _evict(self, share: Share) -> None:
        self.give_back(share)
        self._shares.pop(share, None)
        share.is_evicted = True
        share.on_eviction()
