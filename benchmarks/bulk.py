"""Bulk Exalate of many plain work items between two nodes: calls beside the floor, undisturbed and killed twice."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adnode.domain.job import Job, RowOutcome
from benchmarks.report import Table, ratio
from benchmarks.stage import ConnectedSides, connected_sides

ITEMS = 10_000
LATENCY_MS = 20.0
"""What every call takes longer: about a near data centre."""
BOUND = 1.2
LIMIT_SECONDS = 1800.0
TITLE, DESCRIPTION = "System.Title", "System.Description"
CONDITION = "[System.Title] CONTAINS 'Bulk'"
QUERY = f"SELECT [System.Id] FROM WorkItems WHERE {CONDITION}"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Effort:
    """What a bulk took, both sides together."""

    calls: int
    seconds: float


def measure_bulk(directory: Path) -> list[Table]:
    """Do it twice, each time between fresh sides."""
    floor = -(-ITEMS // 1000) + 2 * -(-ITEMS // 200)
    table = Table(
        "Bulk Exalate",
        f"{ITEMS:,} plain work items, {LATENCY_MS:g} ms added to every call; calls of both sides together, without the "
        f"change feed and what is remembered. The floor of the design is {floor} calls: one for each 1,000 found, and "
        "for each 200 one that reads and one that writes. Killed: kill -9 of the node that does the job, at a third "
        "and at two thirds.",
        ("run", "calls", "floor", "ratio", "bound", "seconds", "work items a second"),
    )
    for name, places in (("undisturbed", ()), ("killed twice", (ITEMS // 3, 2 * ITEMS // 3))):
        with connected_sides(directory / name.replace(" ", "-")) as sides:
            effort = _exalate(sides, places)
            _check_complete(sides)
        figures = (str(effort.calls), str(floor), ratio(effort.calls, floor), f"{BOUND:g}")
        table.rows.append((name, *figures, f"{effort.seconds:.0f}", f"{ITEMS / effort.seconds:.0f}"))
    return [table]


def _exalate(sides: ConnectedSides, kill_at: tuple[int, ...]) -> Effort:
    item = {"type": "Task", "count": ITEMS, "fields": {TITLE: "Bulk {n}", DESCRIPTION: "<p>text {n}</p>"}}
    sides.public.seed([item])
    sides.delay(LATENCY_MS)
    before, began = len(sides.calls()), time.monotonic()
    job_id = str(sides.public.node.command("bulk", "exalate", sides.connection_id, CONDITION)["id"])
    for done in kill_at:
        _wait_for(sides, job_id, lambda job, done=done: job.count(RowOutcome.DONE) >= done)  # type: ignore[misc]
        sides.public.node.kill()
        sides.public.node.start()
    _wait_for(sides, job_id, lambda job: job.is_over)
    seconds = time.monotonic() - began
    sides.rest()
    return Effort(len(sides.calls()) - before, seconds)


def _wait_for(sides: ConnectedSides, job_id: str, condition: Callable[[Job], bool]) -> None:
    def is_met() -> bool:
        with sides.public.observer.new_unit_of_work() as work:
            return condition(work.jobs.get(job_id))

    sides.stage.wait_until(is_met, f"job {job_id} goes on", LIMIT_SECONDS)


def _check_complete(sides: ConnectedSides) -> None:
    arrived = len(sides.other.user.find(QUERY))
    with sides.public.observer.new_unit_of_work() as work:
        [job] = work.jobs.list_page(sides.public.organization_id, limit=10)
    if arrived != ITEMS or job.counts != {RowOutcome.DONE: ITEMS}:
        raise RuntimeError(f"{arrived} of {ITEMS} copies are there, {job.counts}: the figures mean nothing.")
