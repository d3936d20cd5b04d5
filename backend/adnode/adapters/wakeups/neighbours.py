"""Wake-ups between the processes of one machine: each process that listens has a named pipe in a common directory.

One thread reads all that comes to a process. A wake-up is one line, written at once and far below PIPE_BUF, so that the
lines of many writers never mix (https://man7.org/linux/man-pages/man7/pipe.7.html). Where there are no named pipes
(Windows) nobody is told, and Huey and the sweep do what they always did.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import structlog

HANDLER = "handler"
"""Kind of process that handles every topic; any other kind is the one topic that a process wants to hear of."""
READ_BYTES = 65536

Callback = Callable[[str, str], None]
"""Is given topic and key; must not block."""

log = structlog.get_logger(__name__)


class Neighbours:
    """The processes of this machine that share ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ears: list[Ear] = []

    def listen(self, kind: str, callback: Callback) -> None:
        """Hear what is told to processes of that kind, from now on."""
        if not hasattr(os, "mkfifo"):
            return
        try:
            self._ears.append(Ear(self._directory, kind, callback))
        except OSError:
            # The sweep finds what nobody is told of.
            log.warning("neighbours_not_heard", directory=str(self._directory), exc_info=True)

    def tell(self, topic: str, key: str) -> bool:
        """Tell every other process that wants to know; say whether one of them handles it."""
        line = f"{topic}\t{key}\n".encode()
        own = {ear.path for ear in self._ears}
        is_handled = False
        for path in self._pipes(topic):
            if path not in own and _write(path, line):
                is_handled |= path.name.startswith(f"{HANDLER}.")
        return is_handled

    def close(self) -> None:
        """Hear nothing any more."""
        while self._ears:
            self._ears.pop().close()

    def _pipes(self, topic: str) -> Iterator[Path]:
        try:
            names = os.listdir(self._directory)  # noqa: PTH208 - asked for at every wake-up
        except OSError:
            return
        for name in names:
            if name.startswith((f"{HANDLER}.", f"{topic}.")):
                yield self._directory / name


class Ear:
    """A pipe of this process, and the thread that reads it."""

    def __init__(self, directory: Path, kind: str, callback: Callback) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / f"{kind}.{os.getpid()}.{secrets.token_hex(4)}"
        self._callback = callback
        # Nobody sees the pipe before it is read: one without a reader is taken for that of a dead process.
        hidden = directory / f".{self.path.name}"
        os.mkfifo(hidden, 0o600)
        self._reader = os.open(hidden, os.O_RDONLY | os.O_NONBLOCK)
        # A writer of our own keeps the pipe open, or each reading would end with the last writer.
        self._writer = os.open(hidden, os.O_WRONLY)
        os.set_blocking(self._reader, True)
        hidden.rename(self.path)
        self._is_closing = False
        self._thread = threading.Thread(target=self._listen, name=f"neighbours-{kind}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and take the pipe away."""
        self._is_closing = True
        self.path.unlink(missing_ok=True)
        os.set_blocking(self._writer, False)
        with suppress(BlockingIOError):
            os.write(self._writer, b"\n")
        self._thread.join()
        os.close(self._writer)
        os.close(self._reader)

    def _listen(self) -> None:
        rest = b""
        while not self._is_closing:
            *lines, rest = (rest + os.read(self._reader, READ_BYTES)).split(b"\n")
            # What is told many times while one looks is heard once.
            for line in dict.fromkeys(lines):
                topic, tab, key = line.decode(errors="replace").partition("\t")
                if tab:
                    self._call_back(topic, key)

    def _call_back(self, topic: str, key: str) -> None:
        try:
            self._callback(topic, key)
        except Exception:
            # The thread must outlive whatever a callback meets, or this process would be deaf.
            log.error("wakeup_broke", topic=topic, key=key, exc_info=True)


def _write(path: Path, line: bytes) -> bool:
    """Write to a pipe without waiting; say whether somebody reads it."""
    try:
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        # Its reader died.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return False
    try:
        return os.write(pipe, line) == len(line)
    except OSError:
        return False
    finally:
        os.close(pipe)
