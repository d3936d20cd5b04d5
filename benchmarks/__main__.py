"""What a synchronization costs: prints the tables of docs/performance.md. Run with: make bench."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.backfill import measure_backfill
from benchmarks.bulk import measure_bulk
from benchmarks.calls import measure_calls
from benchmarks.latency import measure_latency
from benchmarks.memory import measure_memory
from benchmarks.report import Table
from benchmarks.strangers import measure_strangers

SECTIONS: dict[str, Callable[[Path], list[Table]]] = {
    "calls": measure_calls,
    "latency": measure_latency,
    "backfill": measure_backfill,
    "bulk": measure_bulk,
    "memory": measure_memory,
    "strangers": measure_strangers,
}


def main() -> None:
    """Measure the sections that were asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="default: all")
    chosen = parser.parse_args().sections or list(SECTIONS)
    for name in chosen:
        with tempfile.TemporaryDirectory(prefix=f"adnode-bench-{name}-") as directory:
            for table in SECTIONS[name](Path(directory)):
                print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
