"""Names of processes as owners of leases, and whether such a process still lives on this machine."""

import os
import secrets
import socket
import sys
from pathlib import Path

ENDED_STATES = (b"Z", b"X")


class ProcessOwner:
    """This process: ``name`` is host, process id and a mark that no other start of a process has."""

    def __init__(self) -> None:
        self._host = socket.gethostname().replace(":", "-")
        self.name = f"{self._host}:{os.getpid()}:{secrets.token_hex(4)}"

    def is_dead(self, owner: str) -> bool:
        """Say whether that owner was a process of this machine that has ended; False where that can't be known."""
        host, _, rest = owner.partition(":")
        process_id = rest.partition(":")[0]
        if owner == self.name or host != self._host or not process_id.isdecimal() or sys.platform == "win32":
            return False
        return int(process_id) == os.getpid() or not _lives(int(process_id))


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return not _is_zombie(process_id)


def _is_zombie(process_id: int) -> bool:
    """Say whether the process has ended and waits for its parent to notice, which in a container may take for ever.

    The state follows the name, which is in parentheses and may hold any character (proc(5), /proc/pid/stat). Where
    there is no such file, it is taken to live.
    """
    try:
        status = Path(f"/proc/{process_id}/stat").read_bytes()
    except OSError:
        return False
    return status.rpartition(b")")[2].split()[0] in ENDED_STATES
