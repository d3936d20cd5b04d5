"""What strangers cost a node: one that holds a thousand polls while they open connections and are slow."""

import http.client
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tests.acceptance.strangers import Crowd, Load, add_partners

from benchmarks.memory import list_family
from benchmarks.report import Table, percentile
from benchmarks.stage import ConnectedSides, connected_sides

CROWD = Crowd(heads=500, bodies=500, holders=200)
POLLS = 1000
SECONDS = 90.0
PROBE_SECONDS = 0.1
SAMPLE_SECONDS = 0.5
TITLE = "System.Title"
HEALTH_BOUND_MS = 1000
MEMORY_BOUND_MB = 400


@dataclass
class Watch:
    """Asks a node for its health and samples the memory of all its processes, each in a thread."""

    url: str
    process: int
    answers_ms: list[float] = field(default_factory=list)
    failures: int = 0
    shares_mb: list[float] = field(default_factory=list)
    residents_mb: list[float] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._probe, self._sample)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _probe(self) -> None:
        while not self._ending.wait(PROBE_SECONDS):
            began = time.monotonic()
            if self._is_healthy():
                self.answers_ms.append(1000 * (time.monotonic() - began))
            else:
                self.failures += 1

    def _is_healthy(self) -> bool:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _sample(self) -> None:
        while not self._ending.wait(SAMPLE_SECONDS):
            family = list_family(self.process)
            self.shares_mb.append(sum(_memory_kb(one, "Pss:") for one in family) / 1024)
            self.residents_mb.append(sum(_memory_kb(one, "Rss:") for one in family) / 1024)


def measure_strangers(directory: Path) -> list[Table]:
    """Let them come all at once, and work items travel both ways meanwhile."""
    table = Table(
        "Strangers",
        f"{CROWD.heads} half-open heads, {CROWD.bodies} bodies of 1 kB a second, {CROWD.holders} clients that never "
        f"close and {POLLS} parked polls of partners, at once for {SECONDS:g} seconds at one `adnode run`; each "
        "comes again when it is over. Memory is that of supervisor, web and worker together: Pss counts a page that "
        "they share once, Rss each time.",
        ("figure", "value", "bound"),
    )
    with connected_sides(directory) as sides:
        partners = add_partners(sides.public, POLLS)
        url = sides.public.node.url or ""
        load = Load(url, CROWD, partners)
        with Watch(url, sides.public.node.child.pid or 0) as watch, load:
            arrivals = _edit_meanwhile(sides)
        table.rows.extend(_rows(watch, load, arrivals))
    return [table]


def _edit_meanwhile(sides: ConnectedSides) -> list[float]:
    """Change titles on both sides in turn; return the seconds until each change was at the other."""
    number = sides.public.user.create("Task", {TITLE: "Busy"})
    other = sides.stage.synchronize(sides.public, sides.connection_id, [number], seconds=120)[number]
    ends = [(sides.public.user, number), (sides.other.user, other)]
    seconds: list[float] = []
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        title, began = f"change {len(seconds)}", time.monotonic()
        (here, own), (there, copy) = ends
        here.update(own, {TITLE: title})
        sides.stage.wait_until(
            lambda there=there, copy=copy, title=title: there.fields(copy)[TITLE] == title,  # type: ignore[misc]
            "the change arrives",
            120,
        )
        seconds.append(time.monotonic() - began)
        ends.reverse()
    return seconds


def _rows(watch: Watch, load: Load, arrivals: list[float]) -> list[tuple[str, ...]]:
    polls = load.statuses
    health = percentile(watch.answers_ms, 0.95)
    return [
        ("/healthz p95, ms", f"{health:.0f}", str(HEALTH_BOUND_MS)),
        ("/healthz largest, ms", f"{max(watch.answers_ms):.0f}", "-"),
        ("/healthz answers, failures", f"{len(watch.answers_ms)}, {watch.failures}", "-, 0"),
        ("memory, Pss, largest, MB", f"{max(watch.shares_mb):.0f}", str(MEMORY_BOUND_MB)),
        ("memory, Rss, largest, MB", f"{max(watch.residents_mb):.0f}", "-"),
        ("polls answered with 200, otherwise or not at all", f"{polls[200]}, {polls.total() - polls[200]}", "all, 0"),
        ("connections of strangers that the node ended", str(load.strangers["over"]), "-"),
        ("changes that arrived meanwhile", str(len(arrivals)), "all"),
        (
            "until they were at the other Azure DevOps, p50, p95, s",
            f"{percentile(arrivals, 0.5):.1f}, {percentile(arrivals, 0.95):.1f}",
            "-",
        ),
    ]


def _memory_kb(process: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
