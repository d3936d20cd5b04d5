"""One part of a node as a process of its own."""

import mmap
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

import structlog

from adnode.domain.errors import AdnodeError

LAST_SECONDS = 10.0
"""What a part gets to end by itself once its supervisor is gone."""
RESET_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

log = structlog.get_logger(__name__)


class SharedFlag:
    """A yes or no that forked processes share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)

    @property
    def is_set(self) -> bool:
        """Return what was said last, in whichever process."""
        return self._memory[0] != 0

    def set(self) -> None:
        """Say yes to all."""
        self._memory[0] = 1

    def clear(self) -> None:
        """Say no to all."""
        self._memory[0] = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the node. ``run`` works until SIGTERM ends it; it is given ``is_up`` to say when it has begun to."""

    name: str
    run: Callable[[SharedFlag], None]
    is_up: SharedFlag = field(default_factory=SharedFlag)


class PartProcess:
    """A part while it runs.

    It is tied to its supervisor by a pipe to which nobody writes: whatever ends the supervisor ends the pipe, and the
    part with it.
    """

    def __init__(self, part: Part, process_id: int, tie: int) -> None:
        self.part = part
        self.process_id = process_id
        self._tie = tie
        self._exit_code: int | None = None

    @classmethod
    def start(cls, part: Part, others: Iterable["PartProcess"]) -> "PartProcess":
        """Fork; ``others`` are those that run, whose ties must not become this one's, too."""
        reading, holding = os.pipe()
        process_id = os.fork()
        if not process_id:
            for tie in (holding, *(other._tie for other in others)):
                os.close(tie)
            _live(part, reading)
        os.close(reading)
        return cls(part, process_id, holding)

    def poll(self) -> int | None:
        """Return how it ended: the exit code, less than zero for the signal that killed it; None while it runs."""
        if self._exit_code is None:
            process_id, status = os.waitpid(self.process_id, os.WNOHANG)
            if process_id:
                self._exit_code = os.waitstatus_to_exitcode(status)
                os.close(self._tie)
                self.part.is_up.clear()
        return self._exit_code

    def signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.process_id, number)


def _live(part: Part, tie: int) -> NoReturn:
    """Be that part, and end with it."""
    exit_code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in RESET_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        threading.Thread(target=_follow, args=(tie,), name="tie", daemon=True).start()
        part.run(part.is_up)
        exit_code = 0
    except AdnodeError as error:
        log.error("process_failed", process=part.name, code=error.code, reason=error.message)  # noqa: TRY400 - enough
    except BaseException:
        log.error("process_broke", process=part.name, exc_info=True)
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        # Nothing of the supervisor's own end is to run here.
        os._exit(exit_code)


def _follow(tie: int) -> None:
    """End this process once the supervisor is gone."""
    os.read(tie, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LAST_SECONDS)
    os._exit(1)
