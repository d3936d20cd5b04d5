"""Wake-ups over Huey: SQLite on one machine, PostgreSQL or Redis on several (https://huey.readthedocs.io)."""

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import structlog
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message as HueyMessage
from huey.serializer import Serializer

from adnode.adapters.wakeups.dispatcher import Dispatcher
from adnode.adapters.wakeups.neighbours import HANDLER, Neighbours
from adnode.adapters.wakeups.subscriptions import Subscriptions
from adnode.domain.errors import ConfigurationError

POLL_SECONDS = 0.05
MAXIMUM_POLL_SECONDS = 0.1


log = structlog.get_logger(__name__)


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Readable rows instead of pickles, so that who can write the store can't run code here."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Any:
        return HueyMessage(*json.loads(data))


class QuietConsumer(Consumer):  # type: ignore[misc]
    """A consumer inside our process: signals are ours to handle."""

    def _set_signal_handlers(self) -> None:
        return


class HueyWakeups:
    """Wakeups. What this process handles itself goes straight to its threads, what another one on this machine handles
    goes there at once; Huey carries only what others handle.
    """

    def __init__(self, huey: Huey, thread_count: int, neighbours: Neighbours) -> None:
        self._huey = huey
        self._neighbours = neighbours
        self._subscriptions = Subscriptions()
        self._dispatcher = Dispatcher(thread_count)
        self._consumer: QuietConsumer | None = None
        self._sending = threading.Lock()
        self._task = cast(Callable[[str, str], None], huey.task(name="wake")(self._hear))
        logging.getLogger("huey").setLevel(logging.ERROR)

    def wake(self, topic: str, key: str) -> None:
        """Wake whoever handles the topic for that key, here or in another process."""
        self._hear(topic, key)
        is_handled = self._neighbours.tell(topic, key)
        if is_handled or self._dispatcher.is_started:
            return
        try:
            with self._sending:
                self._task(topic, key)
        except Exception:
            # A wake-up only saves time: what is stored must not fail because nobody could be told.
            log.warning("wakeup_lost", topic=topic, key=key, exc_info=True)

    def start(self, handlers: dict[str, Callable[[str], None]]) -> None:
        """Handle wake-ups of this process and of others."""
        self._dispatcher.start(handlers)
        self._neighbours.listen(HANDLER, self._hear)
        self._consumer = QuietConsumer(
            self._huey,
            workers=1,
            periodic=False,
            initial_delay=POLL_SECONDS,
            max_delay=MAXIMUM_POLL_SECONDS,
            check_worker_health=False,
        )
        self._consumer.start()

    def subscribe(self, topic: str, callback: Callable[[str], None]) -> None:
        """Call back with each key that is woken for the topic on this machine."""
        self._subscriptions.add(topic, callback)
        self._neighbours.listen(topic, self._hear)

    def stop(self) -> None:
        """Stop handling and hearing, within a few seconds."""
        self._neighbours.close()
        if self._consumer is not None:
            self._consumer.stop_flag.set()
            self._consumer = None
        self._dispatcher.stop()

    def _hear(self, topic: str, key: str) -> None:
        self._subscriptions.tell(topic, key)
        if self._dispatcher.is_started:
            self._dispatcher.put((topic, key))


def open_wakeups(url: str, thread_count: int, directory: Path) -> HueyWakeups:
    """Open wake-ups at a URL: ``sqlite:///file``, ``postgresql://…`` or ``redis://…``; raises ConfigurationError.

    Processes of this machine that share ``directory`` tell each other directly.
    """
    return HueyWakeups(_open_huey(url), thread_count, Neighbours(directory))


def _open_huey(url: str) -> Huey:
    options: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("adnode", filename=str(path), **options)
    if scheme in {"postgresql", "postgresql+psycopg", "postgres"}:
        return PostgresHuey("adnode", dsn=url.replace("postgresql+psycopg", "postgresql", 1), **options)
    if scheme in {"redis", "rediss"}:
        return _open_redis(url, options)
    raise ConfigurationError(
        "ADNODE_WAKEUPS_URL can't be used. It must begin with sqlite:///, postgresql:// or redis://."
    )


def _open_redis(url: str, options: dict[str, Any]) -> Huey:
    try:
        return RedisHuey("adnode", url=url, **options)
    except ImportError as error:
        raise ConfigurationError("Wake-ups over Redis need the package redis. Install huey[redis].") from error
