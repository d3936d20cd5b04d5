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
        self._line = ""

    def write(self, text: str) -> int:
        """Keep the text until its line is whole, then write that at once: other processes write to the same place."""
        with self._lock:
            self._line += text
            if self._line.endswith("\n"):
                self._write_line(self._line)
                self._line = ""
        return len(text)

    def flush(self) -> None:
        """Do nothing: every whole line is flushed."""

    def _write_line(self, line: str) -> None:
        told = f'{{"event": "log_lines_lost", "count": {self._lost}}}\n' if self._lost else ""
        try:
            self._stream.write(told + line)
            self._stream.flush()
        except OSError:
            self._lost += 1
        else:
            self._lost = 0
