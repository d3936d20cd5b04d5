"""Two connected sides to measure: real processes, as in the acceptance tests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from tests.acceptance.harness import Side, Stage, open_stage

CATALOG_ROUTES = ("workItemTypes", "workItemTypeCategories", "/projects", "ResourceAreas", "OPTIONS", "connectionData")
"""What is read once and remembered for minutes."""
SETTLE_SECONDS = 2.5
"""Longer than the change feed's interval: an echo would have been noticed by then."""


@dataclass(frozen=True, slots=True)
class ConnectedSides:
    """A public and another side, and the connection between them."""

    stage: Stage
    public: Side
    other: Side
    connection_id: str

    def calls(self) -> list[dict[str, Any]]:
        """Return what the nodes asked of both Azure DevOps, in order; without the feed and what is remembered."""
        return sorted(
            (call for side in (self.public, self.other) for call in journal(side) if _is_counted(call)),
            key=lambda call: float(call["began"]),
        )

    def rest(self) -> None:
        """Wait until nothing is in progress, and an echo would have come."""
        self.stage.wait_for_rest(self.connection_id, self.public, self.other, seconds=600)
        time.sleep(SETTLE_SECONDS)
        self.stage.wait_for_rest(self.connection_id, self.public, self.other, seconds=600)

    def delay(self, milliseconds: float) -> None:
        """Have every call to both Azure DevOps take that much longer."""
        for side in (self.public, self.other):
            side.no_faults()
            if milliseconds:
                side.faults({"latency_ms": milliseconds})


UNBOUND = "100000000"
"""Partners that bring as much as they can: what they may is no figure of speed."""


@contextmanager
def connected_sides(directory: Path, *, is_private: bool = True) -> Iterator[ConnectedSides]:
    """Start everything, connect the sides and warm up what is remembered."""
    directory.mkdir(parents=True, exist_ok=True)
    with open_stage(directory) as stage:
        public = stage.add_side("fabrikam", "Agile", ADNODE_PARTNER_WORK_ITEMS_AN_HOUR=UNBOUND)
        other = stage.add_side("contoso", "Scrum", is_public=not is_private, ADNODE_PARTNER_WORK_ITEMS_AN_HOUR=UNBOUND)
        sides = ConnectedSides(stage, public, other, stage.connect(public, other))
        for source in (public, other):
            number = source.user.create("Task", {"System.Title": "Warm up"})
            stage.synchronize(source, sides.connection_id, [number])
        sides.rest()
        yield sides


def journal(side: Side) -> list[dict[str, Any]]:
    """Return every call that an emulator remembers."""
    response = requests.get(f"{side.emulator.url}/_emulator/calls", timeout=60)
    response.raise_for_status()
    return list(response.json()["calls"])


def is_of_node(call: dict[str, Any]) -> bool:
    """Say whether a node made the call: its client names itself."""
    return "azure-devops" in call["user_agent"]


def is_feed(call: dict[str, Any]) -> bool:
    """Say whether the call is a look at the change feed."""
    return "/wit/reporting/" in call["route"]


def _is_counted(call: dict[str, Any]) -> bool:
    return is_of_node(call) and not is_feed(call) and not any(name in call["route"] for name in CATALOG_ROUTES)
