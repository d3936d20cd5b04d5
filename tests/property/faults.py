"""What may go wrong at a node: calls without an answer, refusals, people at the same moment, crashes at any step."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.errors import GatewayUnavailableError, RateLimitedError

WIRE_FAULTS = ("lose", "lose_answer", "double", "delay")
WRITES = frozenset({"write_work_items", "write_work_item", "add_comment", "edit_comment", "delete_comment"})


class Crash(BaseException):
    """The process is gone: nobody handles this, nothing is cleaned up."""


@dataclass(slots=True)
class Fault:
    """Something that happens ``countdown`` steps from now: a crash, a lost answer, a refusal, or an act of others.

    With an ``operation`` only its steps count; ``commit`` is that of the database. Those before and after an effect
    count each. ``meanwhile`` is what others do at that moment: people, the peer, or another process of the node.
    """

    countdown: int
    kind: str
    operation: str = ""
    act: Callable[[], None] | None = None


class Faults:
    """The steps of one node. A crashed process takes no step any more."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.is_dead = False

    def plan(self, fault: Fault) -> None:
        self.planned.append(fault)

    def check_life(self) -> None:
        if self.is_dead:
            raise Crash

    def crash(self) -> None:
        self.is_dead = True
        raise Crash

    def at_commit(self) -> None:
        """A step of the database: the only thing to go wrong is the process."""
        self.check_life()
        if self._due({"crash"}, "commit"):
            self.crash()

    def after_commit(self) -> None:
        """The moment between two transactions: others may work, for a while or for longer than a lease."""
        for fault in self._due({"meanwhile"}, "commit"):
            if fault.act is not None:
                fault.act()

    def at_call(self, operation: str, moment: Moment) -> None:
        """A step of Azure DevOps."""
        self.check_life()
        for fault in self._due({"crash", "lost", "limited", "meanwhile"}, operation):
            if fault.kind == "crash":
                self.crash()
            elif fault.act is not None:
                fault.act()
            elif fault.kind == "limited" and moment is Moment.BEFORE:
                raise RateLimitedError("Slow down.", status=429, retry_after_seconds=7.0)
            else:
                raise GatewayUnavailableError("No answer.", effect_unknown=operation in WRITES)

    def on_wire(self) -> str:
        """Return what happens to the next message to the peer."""
        self.check_life()
        return next((fault.kind for fault in self._due(WIRE_FAULTS, "")), "")

    def _due(self, kinds: Collection[str], operation: str) -> list[Fault]:
        due: list[Fault] = []
        for fault in list(self.planned):
            if fault.kind in kinds and fault.operation in ("", operation):
                fault.countdown -= 1
                if fault.countdown < 0:
                    self.planned.remove(fault)
                    due.append(fault)
        return due
