"""What is done for one partner at the same time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from adnode.web.errors import BusyError


class Crowd:
    """Counts requests under way by whom they are for. Used in one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()

    @contextmanager
    def place(self, key: tuple[str, ...], limit: int) -> Iterator[None]:
        """Take part; raises BusyError when so many are under way already."""
        if self._counts[key] >= limit:
            raise BusyError("This connection asks for more at once than this node does for one. Try again in a moment.")
        self._counts[key] += 1
        try:
            yield
        finally:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
