"""Two nodes that live: people change work items, nodes run, stop and start, and both pages are read."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tests.unit.web.hub.bench import Bench, Page, Pair, make_pair

from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.domain.connection import TransportKind
from adnode.domain.errors import PeerError, RuleViolationError

REFUSAL = RuleViolationError("The account of this node was refused: field Severity is required.", fields=("Severity",))
TITLE = "System.Title"
STEP_SECONDS = 15.0
STEPS = 40


@dataclass(slots=True)
class Side:
    """A node with its organization and its administrator's page."""

    bench: Bench
    page: Page
    connection_id: str = ""
    is_stopped: bool = False

    @property
    def organization(self) -> MemoryOrganization:
        return self.bench.organizations[0]

    # what the page says ------------------------------------------------------------------------------------------

    def connection(self) -> Any:
        return self.page.connection(self.connection_id)

    def partner(self) -> str:
        return str(self.connection()["partner_state"])

    def pair(self, number: int) -> Any:
        items = self.page.get("/twins")["items"]
        [item] = [item for item in items if (item["local"] or {}).get("id") == str(number)]
        return item

    def holds(self) -> list[tuple[str, str]]:
        items = self.page.get("/queue?lane=outgoing_sync")["items"]
        return [(item["status"], item["hold"]) for item in items if item["status"] in ("waiting", "sending", "blocked")]

    def errors(self) -> list[str]:
        return [item["code"] for item in self.page.get("/errors")["items"]]

    def counts(self) -> tuple[int, int, int, str | None]:
        """What badge, list, connection and bar say: how many, how many, how many, and the newest grave one."""
        counts = self.page.get("/errors/counts")
        grave = counts["newest_grave"]
        listed = self.page.get("/errors")["total"]
        return counts["total"], listed, self.connection()["errors"], grave["message"] if grave else None


@dataclass(slots=True)
class Story:
    """Both sides, moved together."""

    alpha: Side
    beta: Side
    pair: Pair = field(repr=False)

    @property
    def sides(self) -> list[Side]:
        return [self.alpha, self.beta]

    def share(self, title: str = "Fine") -> tuple[int, int]:
        """A work item of alpha in sync, and its counterpart."""
        number = self.alpha.organization.create("Fabrikam", "Task", {TITLE: title})
        path = f"/connections/{self.alpha.connection_id}/work-items"
        answer = self.alpha.page.call("POST", path, {"work_item": str(number)})
        assert answer.status_code in (200, 201, 202), answer.text
        self.run()
        return number, int(self.alpha.pair(number)["remote"]["id"])

    def run(self, minutes: float = 3.0) -> None:
        """Let time pass: every living node does what is due."""
        for _ in range(int(minutes * 60 / STEP_SECONDS)):
            self.pair.alpha.clock.advance(STEP_SECONDS)
            for side in self.sides:
                if not side.is_stopped:
                    self._step(side)
        for side in self.sides:
            side.page = side.bench.sign_in(side.page.name, side.organization)

    def _step(self, side: Side) -> None:
        bench = side.bench
        with suppress(Exception):
            bench.feed.read(side.organization.id)
        bench.console.retries.retry_due()
        connection = bench.connections.show(side.connection_id)
        bench.reconciliation.reconcile(connection.id)
        bench.exchange.send(connection.id)
        if connection.transport is TransportKind.POLL:
            with suppress(PeerError):
                bench.exchange.poll_once(connection.id, 0)
        bench.console.silence.watch(Event())

    @contextmanager
    def refusing(self, side: Side) -> Iterator[None]:
        """An Azure DevOps that takes no write."""
        for operation in ("write_work_item", "write_work_items"):
            side.bench.failures.plan(operation, Moment.BEFORE, REFUSAL, times=50)
        try:
            yield
        finally:
            side.bench.failures.clear()

    @contextmanager
    def stopped(self, side: Side) -> Iterator[None]:
        """A node that does nothing and answers nobody."""
        side.is_stopped = True
        if side.bench.url:
            self.pair.alpha.network.unreachable.add(side.bench.url)
        try:
            yield
        finally:
            side.is_stopped = False
            self.pair.alpha.network.unreachable.discard(side.bench.url)


def tell(visibility: str) -> Story:
    """Return two connected nodes; of a private connection alpha is the side that is called."""
    pair = make_pair(beta_url="" if visibility == "private" else "https://beta.example")
    made, accepted = pair.connect(visibility=visibility)
    alpha, beta = Side(pair.alpha, pair.alice, made["id"]), Side(pair.beta, pair.bob, accepted["id"])
    story = Story(alpha, beta, pair)
    story.run(1)
    return story
