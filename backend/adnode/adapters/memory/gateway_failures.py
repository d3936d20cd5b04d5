"""Disturbing the calls of a gateway in memory, before or after their effect."""

from collections.abc import Callable
from enum import StrEnum

from adnode.domain.errors import GatewayUnavailableError


class Moment(StrEnum):
    """When a call fails: nothing has happened yet, or everything has and only the answer is lost."""

    BEFORE = "before"
    AFTER = "after"


Disturb = Callable[[str, Moment], None]
"""Called with the name of the operation around its effect; raises what shall happen.

A GatewayError is an answer (or none) of Azure DevOps; any other exception passes through, like a crash of the node.
A batch calls it as ``write_work_items`` around the whole and as ``write_work_item`` around each entry, which then fails
alone.
"""


class PlannedFailures:
    """A ``Disturb`` that fails the next calls of chosen operations."""

    def __init__(self) -> None:
        self._planned: list[tuple[str, Moment, BaseException]] = []

    def plan(self, operation: str, moment: Moment, error: BaseException | None = None, times: int = 1) -> None:
        """Fail the next calls of an operation; without an error the answer is lost."""
        self._planned += [(operation, moment, error or lost_answer())] * times

    def clear(self) -> None:
        """Fail nothing more."""
        self._planned.clear()

    def __call__(self, operation: str, moment: Moment) -> None:
        """Raise the first failure that was planned for this operation and moment."""
        for index, (planned_operation, planned_moment, error) in enumerate(self._planned):
            if (planned_operation, planned_moment) == (operation, moment):
                del self._planned[index]
                raise error


def lost_answer() -> GatewayUnavailableError:
    """Return the error of a connection that broke while a write was under way."""
    return GatewayUnavailableError("Azure DevOps gave no answer: the connection was closed.", effect_unknown=True)
