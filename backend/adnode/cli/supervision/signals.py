"""Signals as something to wait for."""

import os
import select
import signal
from types import FrameType
from typing import Self

END_SIGNALS = (signal.SIGTERM, signal.SIGINT)
READ_BYTES = 4096


class Signals:
    """While it is entered, SIGTERM, SIGINT and the end of a child wake who waits here; the first two say to end."""

    def __init__(self) -> None:
        self.is_ending = False
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)

    def __enter__(self) -> Self:
        """Listen from now on."""
        self._before = {number: signal.signal(number, self._note) for number in (*END_SIGNALS, signal.SIGCHLD)}
        self._wakeup = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_exception: object) -> None:
        """Leave signals as they were."""
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._reading)
        os.close(self._writing)

    def wait(self, seconds: float | None) -> None:
        """Return at the next signal, or after that time; at once when one came since the last return."""
        if select.select([self._reading], [], [], seconds)[0]:
            os.read(self._reading, READ_BYTES)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.is_ending = self.is_ending or number in END_SIGNALS
