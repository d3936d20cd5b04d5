"""Names of processes as owners of leases, and whether such a process still lives on this machine."""

import os
import secrets
import socket
import sys
from pathlib import Path

ENDED_STATES = ("Z", "X")
STATE, START_TIME = 0, 19
"""Places of two fields of /proc/pid/stat (proc(5)) behind the process's name."""


class ProcessOwner:
    """This process: ``name`` is host, process id, a mark that no other start of a process has, and its start time."""

    def __init__(self) -> None:
        self._host = socket.gethostname().replace(":", "-")
        process_id = os.getpid()
        status = _read_status(process_id)
        started = f":{status[START_TIME]}" if status else ""
        self.name = f"{self._host}:{process_id}:{secrets.token_hex(4)}{started}"

    def is_dead(self, owner: str) -> bool:
        """Say whether that owner was a process of this machine that has ended; False where that can't be known."""
        host, _, rest = owner.partition(":")
        process_id, _, mark = rest.partition(":")
        if owner == self.name or host != self._host or not process_id.isdecimal() or sys.platform == "win32":
            return False
        return int(process_id) == os.getpid() or not _lives(int(process_id), mark.partition(":")[2])


def _lives(process_id: int, started: str) -> bool:
    """Say whether a process lives that has that id and began at that time, where this is known."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    status = _read_status(process_id)
    if not status:
        return True
    # What has ended stays a zombie until its parent notices, which in a container may take for ever.
    return status[STATE] not in ENDED_STATES and started in ("", status[START_TIME])


def _read_status(process_id: int) -> list[str]:
    """Return the fields of a process's status from its state on, none where the system does not tell.

    They follow the name, which is in parentheses and may hold any character.
    """
    try:
        status = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return status.rpartition(")")[2].split()
