"""Wake-ups inside one process."""

from collections.abc import Callable

from adnode.adapters.wakeups.dispatcher import Dispatcher
from adnode.adapters.wakeups.subscriptions import Subscriptions


class MemoryWakeups:
    """Wakeups that reach this process only."""

    def __init__(self, thread_count: int = 2) -> None:
        self._subscriptions = Subscriptions()
        self._dispatcher = Dispatcher(thread_count)

    def wake(self, topic: str, key: str) -> None:
        """Wake whoever handles or awaits the topic for that key."""
        self._subscriptions.tell(topic, key)
        if self._dispatcher.is_started:
            self._dispatcher.put((topic, key))

    def subscribe(self, topic: str, callback: Callable[[str], None]) -> None:
        """Call back with each key that is woken for the topic."""
        self._subscriptions.add(topic, callback)

    def start(self, handlers: dict[str, Callable[[str], None]]) -> None:
        """Begin to handle wake-ups."""
        self._dispatcher.start(handlers)

    def stop(self) -> None:
        """Stop handling them."""
        self._dispatcher.stop()
