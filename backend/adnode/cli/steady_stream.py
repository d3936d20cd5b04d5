"""A place for log lines that may be full."""

import threading
from typing import TextIO


class SteadyStream:
    """Writes to a stream as long as that takes anything: a log on a full disk must not end the work that it tells of.

    What could not be written is counted and told once there is room again. Thread-safe.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._lost = 0

    def write(self, text: str) -> int:
        """Write the text, or count it as lost."""
        with self._lock:
            try:
                if self._lost:
                    self._stream.write(f'{{"event": "log_lines_lost", "count": {self._lost}}}\n')
                    self._stream.flush()
                    self._lost = 0
                self._stream.write(text)
                self._stream.flush()
            except OSError:
                self._lost += 1
        return len(text)

    def flush(self) -> None:
        """Do nothing: every write is flushed."""
