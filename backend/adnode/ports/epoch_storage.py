"""Ports to the count that tells a restored database: in the database, and outside of it."""

from typing import Protocol

from adnode.domain.epoch import Epoch


class EpochRepository(Protocol):
    """The count that goes back with the database."""

    def current(self) -> Epoch: ...
    def step(self) -> None:
        """Count one on."""

    def leap(self, number: int) -> None:
        """Count to that number; a lower one changes nothing."""


class EpochWitness(Protocol):
    """The count outside of the database, as far as this machine has one. What it can't keep it forgets, with a line in
    the log: then the partners tell.
    """

    def recall(self, database_id: str) -> int:
        """Return the number that was kept last of that database, 0 when none was."""

    def keep(self, epoch: Epoch) -> None: ...
