"""Who in this process wants to hear of wake-ups."""

from collections.abc import Callable


class Subscriptions:
    """Callbacks by topic. Whoever subscribes does so before anything is woken."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callable[[str], None]]] = {}

    def add(self, topic: str, callback: Callable[[str], None]) -> None:
        """Call back with each key of that topic from now on."""
        self._callbacks.setdefault(topic, []).append(callback)

    def tell(self, topic: str, key: str) -> None:
        """Call everybody back who wants to hear of the topic."""
        for callback in self._callbacks.get(topic, ()):
            callback(key)
