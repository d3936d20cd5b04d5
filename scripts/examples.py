"""Many examples of the property machines, others each time: ``make examples EXAMPLES=100000``.

They run in slices, in as many processes as the machine has processors, at the lowest priority. The first red slice ends
it and prints Hypothesis' smallest failing example. What was run is counted in .setup/examples.log with the commit, so a
run that was ended goes on from there.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parents[1]
LOG = ROOT / ".setup" / "examples.log"
SLICE = 300
"""Examples of the machine of two nodes in a slice; chains and restored backups do a third of that each, connected pairs
half.
"""
EXAMPLES_OF_SLICE = SLICE + SLICE // 3 + SLICE // 2 + SLICE // 3
LINE = re.compile(r"^(?P<commit>\S+) (?P<count>\d+)$")


class RedSliceError(Exception):
    """A slice found something; its output is the message."""


class Tally:
    """Counts what was run at this commit, in this run and in those before. Thread-safe."""

    def __init__(self, commit: str) -> None:
        self._commit = commit
        self._lock = Lock()
        LOG.parent.mkdir(exist_ok=True)
        lines = LOG.read_text().splitlines() if LOG.exists() else []
        counted = [match for line in lines if (match := LINE.match(line)) and match["commit"] == commit]
        self.count = sum(int(match["count"]) for match in counted)

    def add(self, count: int) -> None:
        """Count a green slice."""
        with self._lock:
            self.count += count
            with LOG.open("a") as log:
                log.write(f"{self._commit} {count}\n")
            print(f"{self.count:,} examples at {self._commit}", flush=True)


def run_slice(tally: Tally, wanted: int) -> None:
    """Run one slice unless there are enough; raises RedSliceError."""
    if tally.count >= wanted:
        return
    command = ["nice", "-n", "19", sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += ["tests/property", "-k", "Convergence"]
    environment = {**os.environ, "ADNODE_CONVERGENCE_EXAMPLES": str(SLICE)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RedSliceError(done.stdout + done.stderr)
    tally.add(EXAMPLES_OF_SLICE)


def main() -> int:
    """Run as many examples as the first argument says; return 1 when one is red."""
    wanted = int(sys.argv[1])
    head = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(head, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    tally = Tally(commit)
    slices = range(-(-max(0, wanted - tally.count) // EXAMPLES_OF_SLICE))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        running = [pool.submit(run_slice, tally, wanted) for _ in slices]
        done, waiting = wait(running, return_when=FIRST_EXCEPTION)
        for future in waiting:
            future.cancel()
    red = [future.exception() for future in done if future.exception() is not None]
    for error in red:
        print(error)
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())
