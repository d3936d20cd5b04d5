"""The node's own share of the latency: change noticed to write sent, without the waiting on Azure DevOps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import Table, percentile
from benchmarks.stage import ConnectedSides, connected_sides, is_feed, is_of_node, journal

CHANGES = 60
BOUNDS_MS = {"push": 50, "long poll": 80}
TITLE = "System.Title"


def measure_latency(directory: Path) -> list[Table]:
    """Change a work item again and again on the side whose messages travel that way."""
    table = Table(
        "Latency",
        "From the answer of the change feed that shows a change to the arrival of the write at the other Azure DevOps, "
        f"less the time that Azure DevOps took for the calls in between; {CHANGES} single changes, milliseconds.",
        ("transport", "p50", "p95", "largest", "p95 bound", "p95 / bound"),
    )
    for transport, is_private in (("push", False), ("long poll", True)):
        with connected_sides(directory / transport.replace(" ", "-"), is_private=is_private) as sides:
            shares = _measure(sides)
        bound = BOUNDS_MS[transport]
        figures = [percentile(shares, 0.5), percentile(shares, 0.95), max(shares)]
        cells = [f"{value:.0f}" for value in figures]
        table.rows.append((transport, *cells, str(bound), f"{figures[1] / bound:.2f}"))
    return [table]


def _measure(sides: ConnectedSides) -> list[float]:
    number = sides.public.user.create("Task", {TITLE: "Clock"})
    other = sides.stage.synchronize(sides.public, sides.connection_id, [number])[number]
    shares = []
    for turn in range(CHANGES):
        title = f"turn {turn}"
        sides.public.user.update(number, {TITLE: title})
        sides.stage.wait_until(lambda title=title: sides.other.user.fields(other)[TITLE] == title, "it arrives")  # type: ignore[misc]
        shares.append(_share_ms(journal(sides.public), journal(sides.other)))
    return shares


def _share_ms(here: Sequence[dict[str, Any]], there: Sequence[dict[str, Any]]) -> float:
    write = [call for call in there if is_of_node(call) and call["route"].startswith("PATCH")][-1]
    reads = [call for call in here if is_of_node(call) and not is_feed(call) and call["began"] < write["began"]]
    read = reads[-1]
    feeds = [call for call in here if is_feed(call) and call["began"] + call["seconds"] <= read["began"]]
    noticed = feeds[-1]["began"] + feeds[-1]["seconds"]
    between = [call for call in reads if call["began"] >= noticed]
    waited = sum(float(call["seconds"]) for call in between)
    return 1000 * (float(write["began"]) - float(noticed) - waited)
