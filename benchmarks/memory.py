"""Memory of both nodes while a large file passes."""

import threading
import time
from pathlib import Path

from tests.acceptance.harness import Side

from benchmarks.report import Table
from benchmarks.stage import ConnectedSides, connected_sides

SIZE = 60 * 1024 * 1024 - 1024
SAMPLE_SECONDS = 0.02
BOUND_MB = 16.0


class Watch(threading.Thread):
    """Samples the resident memory of a node with its child processes (proc(5): VmRSS)."""

    def __init__(self, side: Side) -> None:
        super().__init__(daemon=True)
        self._processes = list_family(side.node.child.pid or 0)
        self._stopping = threading.Event()
        self.before = self.peak = self._resident()

    def run(self) -> None:
        while not self._stopping.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, self._resident())

    def stop(self) -> float:
        """End and return how much the memory rose, in MB."""
        self._stopping.set()
        self.join()
        return (self.peak - self.before) / 1024

    def _resident(self) -> int:
        return sum(_resident_kb(process) for process in self._processes)


def measure_memory(directory: Path) -> list[Table]:
    """Let one file pass in each direction, after a small one has warmed everything up."""
    table = Table(
        "Memory",
        f"Rise of resident memory while a file of {SIZE / 1024 / 1024:.0f} MB passes, MB.",
        ("direction", "rise of the public node", "rise of the private node", "bound", "seconds"),
    )
    with connected_sides(directory) as sides:
        for name, source, target in (
            ("to the private side (pulled)", sides.public, sides.other),
            ("to the public side (sent when asked for)", sides.other, sides.public),
        ):
            _pass_file(sides, source, target, 5 * 1024 * 1024)
            watches = [Watch(sides.public), Watch(sides.other)]
            for watch in watches:
                watch.start()
            seconds = _pass_file(sides, source, target, SIZE)
            rises = [watch.stop() for watch in watches]
            table.rows.append((name, *(f"{rise:.1f}" for rise in rises), f"{BOUND_MB:.0f}", f"{seconds:.1f}"))
    return [table]


def _pass_file(sides: ConnectedSides, source: Side, target: Side, size: int) -> float:
    [number] = source.seed([{"type": "Task", "fields": {"System.Title": "Heavy"}, "attachments": [_file(size)]}])
    began = time.monotonic()
    other = sides.stage.synchronize(source, sides.connection_id, [number], seconds=300)[number]
    sides.stage.wait_until(lambda: "heavy.bin" in target.user.attachments(other), "the file arrives", 300)
    seconds = time.monotonic() - began
    sides.rest()
    return seconds


def _file(size: int) -> dict[str, object]:
    return {"name": "heavy.bin", "size": size}


def list_family(process: int) -> list[int]:
    """Return a process and all that it started."""
    path = Path(f"/proc/{process}/task/{process}/children")
    children = [int(number) for number in path.read_text().split()] if path.exists() else []
    return [process, *(one for child in children for one in list_family(child))]


def _resident_kb(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
