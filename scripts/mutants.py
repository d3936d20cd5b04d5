"""One-line changes of the engine, each of which must turn a test red: ``make mutants``.

The table is mutants.toml beside this file. Every change is made in a copy of the tree, so that the checkout stays as it
is, and the suites of its area run one after the other until one is red. What survives is either a test that is missing,
or a change that nobody can see: then the table says why.
"""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).with_name("mutants.toml")
COPIED = ("backend", "tests", "scripts", "docs", "pyproject.toml", "requirements.lock", "README.md")
TIMEOUT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one line. ``unseen`` says why it changes nothing that anyone can see, '' when it does."""

    area: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    unseen: str = ""

    @property
    def name(self) -> str:
        """Return what the report calls it."""
        return f"{Path(self.file).stem}: {' '.join(self.old.split())[:70]} -> {' '.join(self.new.split())[:50]}"

    def mutate(self, source: str) -> str:
        """Return the source with the change; raises ValueError when its line stands there not exactly once."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.file} has this {source.count(self.old)} times: {self.old}")
        return source.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the first red test, or '' for a survivor."""

    mutant: Mutant
    killed_by: str
    seconds: float


def read_table(path: Path = TABLE) -> list[Mutant]:
    """Return all mutants with the suites of their area, their own suites first."""
    table = tomllib.loads(path.read_text())
    found = []
    for area, content in table["area"].items():
        for each in content["mutant"]:
            suites = (*each.get("tests", ()), *content["tests"])
            file = content["file"] if "file" not in each else each["file"]
            found.append(Mutant(area, file, each["old"], each["new"], suites, each.get("unseen", "")))
    return found


class Workshop:
    """Copies of the tree in which one mutant at a time is tried."""

    def __init__(self, directory: Path, count: int) -> None:
        self._free: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(count):
            self._free.put(_copy_tree(directory / str(number)))

    def try_mutant(self, mutant: Mutant) -> Verdict:
        """Make the change, run the suites until one is red, and take the change back."""
        tree = self._free.get()
        path = tree / mutant.file
        source = path.read_text()
        began = time.monotonic()
        try:
            path.write_text(mutant.mutate(source))
            killed_by = next((red for suite in mutant.tests if (red := run_suite(tree, suite))), "")
        finally:
            path.write_text(source)
            self._free.put(tree)
        return Verdict(mutant, killed_by, time.monotonic() - began)

    def require_green(self, suites: Sequence[str]) -> None:
        """Raise SystemExit when a suite is red without any change: nothing would be proven then."""
        tree = self._free.get()
        red = [suite for suite in suites if run_suite(tree, suite)]
        self._free.put(tree)
        if red:
            raise SystemExit(f"Red without any change: {', '.join(red)}")


def run_suite(tree: Path, suite: str) -> str:
    """Run tests of a tree; return the first red one, '' when all are green. ``suite`` is what pytest is given."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "backend"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *suite.split()]
    try:
        done = subprocess.run(  # noqa: S603 - commands of our own table
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{suite} (it never ended)"
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return lines[0].partition(" - ")[0] if lines else f"{suite}: {done.stdout[-300:]}{done.stderr[-300:]}"


def _copy_tree(target: Path) -> Path:
    target.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(source, target / name)
    return target


def main() -> int:
    """Try all mutants; return 1 when one survives that somebody could see."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only those whose area, file or line has this text")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--green", action="store_true", help="the suites were seen green already: don't run them first")
    chosen = parser.parse_args()
    wanted = [each for each in read_table() if chosen.only in f"{each.area} {each.file} {each.old}"]
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        workshop = Workshop(Path(directory), chosen.workers)
        if not chosen.green:
            workshop.require_green(sorted({suite for mutant in wanted for suite in mutant.tests}))
        with ThreadPoolExecutor(chosen.workers) as pool:
            verdicts = [_told(verdict) for verdict in pool.map(workshop.try_mutant, wanted)]
    return _report(verdicts)


def _told(verdict: Verdict) -> Verdict:
    outcome = "killed" if verdict.killed_by else "unseen" if verdict.mutant.unseen else "SURVIVED"
    print(f"{outcome:8} {verdict.seconds:5.0f} s  {verdict.mutant.name}  {verdict.killed_by}", flush=True)
    return verdict


def _report(verdicts: Sequence[Verdict]) -> int:
    killed = sum(1 for verdict in verdicts if verdict.killed_by)
    unseen = sum(1 for verdict in verdicts if not verdict.killed_by and verdict.mutant.unseen)
    survivors = len(verdicts) - killed - unseen
    print(f"{len(verdicts)} changes: {killed} turned a test red, {unseen} change nothing to see, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
